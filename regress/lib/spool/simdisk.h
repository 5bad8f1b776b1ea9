/*
 * Copyright (c) 2026 The smtpd-mix developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#ifndef SIMDISK_H
#define SIMDISK_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixing/rng.h"
#include "spool/disk.h"

/*
 * A disk in memory that behaves as badly as a real one may.  What was written
 * since the last sync of its file is, after a power failure, there or not by
 * the sector, whatever the order; a later write may be there without an earlier
 * one.  So are changes of the directory since its last sync, by the change.
 */
struct simdisk;

struct simdisk *simdisk_new(const struct rng *);
void	simdisk_free(struct simdisk *);

/* The operations on it, for those who are tested. */
void	simdisk_table(struct simdisk *, struct disk *);

/*
 * The machine loses its power: what was not synced is there at random.  (A
 * killed process loses nothing; it only has to open its files again.)
 */
void	simdisk_power_failure(struct simdisk *);

/* Called before each operation that changes something, or makes it durable. */
void	simdisk_hook(struct simdisk *, void (*)(void *), void *);

/*
 * Lets the n-th (from 0) of the coming operations of one kind fail, once.  A
 * failed write may be there in part; a failed sync drops what it was to write,
 * though the cache goes on showing it.
 */
enum simdisk_op {
	SIMDISK_NONE,
	SIMDISK_ANY,		/* of those below, but reads */
	SIMDISK_OPEN,
	SIMDISK_READ,
	SIMDISK_WRITE,
	SIMDISK_ALLOCATE,
	SIMDISK_TRUNCATE,
	SIMDISK_SYNC,
	SIMDISK_SYNC_DIR,
	SIMDISK_UNLINK,
	SIMDISK_RENAME
};
void	simdisk_fail(struct simdisk *, enum simdisk_op, unsigned int n, int e);

/* How many operations of a kind there were. */
unsigned long simdisk_count(const struct simdisk *, enum simdisk_op);

/* Makes a durable file of the octets; the file's octets; its size, or -1. */
void	simdisk_set(struct simdisk *, const char *name, const void *, size_t);
void	simdisk_peek(struct simdisk *, const char *name, off_t, void *, size_t);
off_t	simdisk_size(struct simdisk *, const char *name);

/* The sector there can't be read, in any file, until another is; -1: none. */
void	simdisk_bad_sector(struct simdisk *, off_t);

/* Flips every bit of the octets, in the cache and on the medium. */
void	simdisk_damage(struct simdisk *, const char *name, off_t, size_t);

#endif
