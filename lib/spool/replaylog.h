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

#ifndef SPOOL_REPLAYLOG_H
#define SPOOL_REPLAYLOG_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "spool/disk.h"
#include "spool/spool.h"

/*
 * One append-only log of fixed-size, checksummed records for each subkey.
 * See design, "Replay records".  Files are named replay-<16 hex keyid>.
 */
struct replaylog;

enum replaylog_error {
	REPLAYLOG_OK,
	REPLAYLOG_MISSING,	/* no such log: the subkey can't be used */
	REPLAYLOG_DAMAGED,	/* bad record before the last sync mark: same */
	REPLAYLOG_IO
};

/*
 * Makes the log of a new subkey, durable (file and directory) on return.  One
 * that is there already is kept as it is, or reported as damaged.
 */
enum replaylog_error
	replaylog_create(const struct disk *, const uint8_t keyid[8],
	    uint64_t expires);

/*
 * Opens a log and calls fn (may be NULL) for every digest in it.  A torn last
 * record is dropped (and cut off).  *expires is what create was given.
 */
enum replaylog_error
	replaylog_open(const struct disk *, const uint8_t keyid[8],
	    void (*fn)(void *, const uint8_t digest[SPOOL_DIGEST_LEN]),
	    void *arg, uint64_t *expires, struct replaylog **);

/* Whether opening it had to cut off a torn end. */
int	replaylog_was_torn(const struct replaylog *);

/* Appends a digest; not durable before replaylog_sync().  0 or -1. */
int	replaylog_append(struct replaylog *,
	    const uint8_t digest[SPOOL_DIGEST_LEN]);

/* Syncs, if something was appended, and leaves a sync mark.  -1: fatal. */
int	replaylog_sync(struct replaylog *);

/* Syncs and frees; NULL is nothing. */
void	replaylog_close(struct replaylog *);

/* Removes the log of a subkey that expired, durably.  0 or -1. */
int	replaylog_remove(const struct disk *, const uint8_t keyid[8]);

/* Calls fn with the key id of each log there is. */
int	replaylog_list(const struct disk *,
	    void (*fn)(void *, const uint8_t keyid[8]), void *arg);

#endif
