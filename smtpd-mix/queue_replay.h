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

#ifndef SMTPD_MIX_QUEUE_REPLAY_H
#define SMTPD_MIX_QUEUE_REPLAY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "compat/compat.h"
#include "mixing/replayset.h"
#include "spool/disk.h"
#include "spool/replaylog.h"
#include "spool/spool.h"

/*
 * The replay records of all subkeys: one log on the disk for each, one set in
 * memory for all.  See design, "Replay records".
 */

/* What is known of a subkey. */
struct queue_log {
	LIST_ENTRY(queue_log)	 entry;
	uint8_t			 keyid[SPOOL_KEYID_LEN];
	uint32_t		 tag;		/* in the set */
	uint64_t		 expires;
	struct replaylog	*log;	/* NULL: none, or a damaged one */
	int			 damaged;
	int			 claimed;	/* keys knows the subkey */
};
LIST_HEAD(queue_logs, queue_log);

#define QUEUE_RECENT	16

struct queue_replay {
	const struct disk	*disk;
	/* The subkeys of the messages that came last, a ring. */
	uint8_t			 recent[QUEUE_RECENT][SPOOL_KEYID_LEN];
	uint32_t		 nrecent;	/* ever */
	struct replayset	*set;
	struct queue_logs	 logs;
	uint32_t		 next_tag;
};

/*
 * Reads all logs that are on the disk.  disk must live as long.  Damaged ones
 * are told to warn.  0; -1 with a message in errbuf.
 */
int	queue_replay_open(struct queue_replay *, const struct disk *,
	    const struct rng *, void (*warn)(const uint8_t *keyid),
	    char *errbuf, size_t errlen);

/* Syncs and closes the logs. */
void	queue_replay_close(struct queue_replay *);

/* Inserts the digest of a slot that recovery found.  0; -1: no memory. */
int	queue_replay_recovered(struct queue_replay *,
	    const uint8_t keyid[SPOOL_KEYID_LEN],
	    const uint8_t digest[SPOOL_DIGEST_LEN]);

/*
 * Draws what the slot of a message of our own is to say, so that nothing tells
 * it from one that came: the subkey of a recent message or, before the first
 * one, that which expires last; and a digest, which is in the set then.  0; -1:
 * there is no subkey, or no memory.
 */
int	queue_replay_pretend(struct queue_replay *, const struct rng *,
	    uint8_t keyid[SPOOL_KEYID_LEN], uint64_t *expires,
	    uint8_t digest[SPOOL_DIGEST_LEN]);

enum queue_admit {
	QUEUE_ADMIT_NEW,	/* inserted into the set */
	QUEUE_ADMIT_REPLAY,
	QUEUE_ADMIT_NO_LOG,	/* that subkey must not be used */
	QUEUE_ADMIT_NO_MEMORY
};

/* Whether a verified message may come in. */
enum queue_admit
	queue_replay_admit(struct queue_replay *,
	    const uint8_t keyid[SPOOL_KEYID_LEN],
	    const uint8_t digest[SPOOL_DIGEST_LEN]);

/* Takes back what was admitted: its commit failed. */
void	queue_replay_withdraw(struct queue_replay *,
	    const uint8_t digest[SPOOL_DIGEST_LEN]);

/*
 * Appends a digest, whose slot is durable, to its log.  0, also when the subkey
 * is gone; -1 with errno: not written, and the slot has to stay.
 */
int	queue_replay_append(struct queue_replay *,
	    const uint8_t keyid[SPOOL_KEYID_LEN],
	    const uint8_t digest[SPOOL_DIGEST_LEN]);

/* Makes the log of a subkey durable, if there is one.  0; -1: fatal. */
int	queue_replay_sync(struct queue_replay *,
	    const uint8_t keyid[SPOOL_KEYID_LEN]);

/* Makes the log of a new subkey.  1: it is there, and durable; 0: no. */
int	queue_replay_create(struct queue_replay *,
	    const uint8_t keyid[SPOOL_KEYID_LEN], uint64_t expires);

/* Whether the log of a subkey from before the start is there and good. */
int	queue_replay_claim(struct queue_replay *,
	    const uint8_t keyid[SPOOL_KEYID_LEN]);

/* Removes log and digests of a subkey.  0; -1 with errno: the file stays. */
int	queue_replay_remove(struct queue_replay *,
	    const uint8_t keyid[SPOOL_KEYID_LEN]);

/*
 * Removes the logs that keys has not claimed and that expired before the given
 * time: a crash had come between the end of a subkey and that of its log.
 */
void	queue_replay_sweep(struct queue_replay *, uint64_t before);

#endif
