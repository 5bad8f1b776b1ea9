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

#ifndef SPOOL_SUPER_H
#define SPOOL_SUPER_H

#include <sys/types.h>

#include <stdint.h>

#include "spool/checksum.h"
#include "spool/disk.h"

/*
 * The superblock: two copies, written in turn, the valid one with the higher
 * generation counts.  Whoever writes one must have synced since the last time,
 * so that there is always one whole copy on the disk.
 *
 * Whatever a later format changes, magic, version, generation and checksum stay
 * where they are, so that the copy that counts is found by any program.
 */
#define SUPER_COPY_LEN	512
#define SUPER_LEN	8192	/* both, a page each; extents start here */

struct super {
	uint64_t	generation;
	uint64_t	checkpoint;	/* batches to it: durable, wiped */
	uint32_t	extents;
	uint32_t	version;	/* of the format */
	uint32_t	upgraded_from;	/* not done yet; 0: none under way */
	unsigned int	copies;		/* that super_read() found whole */
};

enum super_error {
	SUPER_OK,
	SUPER_NONE,		/* no valid copy */
	SUPER_NEWER,		/* by a program that is newer than this */
	SUPER_OTHER,		/* slots of other sizes */
	SUPER_IO
};

/*
 * Finds the copy that counts.  newest is the latest version that the caller
 * understands; of a SUPER_NEWER one only version and generation are set.
 */
enum super_error
	super_read(const struct disk *, int handle, struct checksum *,
	    uint32_t newest, struct super *);

/* Raises the generation and writes the copy whose turn it is.  0 or -1. */
int	super_write(const struct disk *, int handle, struct checksum *,
	    struct super *);

#endif
