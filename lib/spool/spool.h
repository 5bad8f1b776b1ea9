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

#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixing/rng.h"
#include "spool/disk.h"

/*
 * The spool: one file of extents; an extent is a dense region of slot headers
 * followed by as many bodies of equal size.  Slots are allocated at random,
 * those of a batch near each other; one sync makes a batch durable.  See
 * design, "The spool".
 *
 * A slot's life: spool_put() (written, not yet durable) -> spool_sync() -> live
 * -> spool_free() (header overwritten) -> spool_sync() -> body overwritten, and
 * the slot can be allocated again.
 *
 * A set (a mail cut into several slots) shares a set id, chosen at random by
 * the caller.  Members (index >= 1, SPOOL_PENDING) are put before or in the
 * same sync as the head (index 0, SPOOL_HEAD, set_total slots in all); the sync
 * of the head commits the set.  Recovery goes by set and set_index: members
 * without a head were never committed, and are freed; a head without all of its
 * members was never committed or is delivered already, and is freed with what
 * is left.  So members have to be freed before the head or in the same sync.
 *
 * Parts (SPOOL_PART) are no set for the spool: each came by itself and was
 * acknowledged by itself, and recovery finds each by itself.  Their header says
 * whose part they are (part_key), which one of how many (set_index of
 * set_total, from 1), and when they came.  Who delivers them records the key,
 * durably, before the first one is freed: what recovery finds of a recorded key
 * is left over, not incomplete.
 */
#define SPOOL_BODY_LEN		32768	/* on disk; a body may be shorter */
#define SPOOL_HEADER_LEN	512
#define SPOOL_EXTENT_SLOTS	1024
#define SPOOL_DIGEST_LEN	20
#define SPOOL_KEYID_LEN		8
#define SPOOL_PART_KEY_LEN	20
#define SPOOL_HOP_MAX		262	/* address with its NUL */

enum spool_class {
	SPOOL_FREE = 0,
	SPOOL_SCRATCH,		/* written for the time it takes; free again */
	SPOOL_FORWARD,		/* to another mix */
	SPOOL_EXIT,		/* sealed payload for relay or deliver */
	SPOOL_PART,		/* one part of a split mail */
	SPOOL_POSTMASTER	/* a set outside the pool */
};

enum spool_state {
	SPOOL_POOLED = 1,	/* waits in the pool */
	SPOOL_FIRED,		/* left the pool, being delivered */
	SPOOL_PENDING,		/* member of a set without a head yet */
	SPOOL_MEMBER,		/* after recovery: one that has a head */
	SPOOL_HEAD		/* commits its set; freed last */
};

/* What a slot's header holds; fixed width, written little-endian. */
struct spool_slot {
	uint8_t		class;
	uint8_t		state;
	uint16_t	tries;
	uint32_t	body_len;
	uint64_t	set;		/* 0: none */
	uint32_t	set_index;	/* 0 is the head; PART: from 1 */
	uint32_t	set_total;
	uint64_t	due;		/* seconds; next try */
	uint64_t	fired;		/* hour in which it left the pool */
	uint64_t	key_expires;	/* of the subkey that opened it */
	uint8_t		keyid[SPOOL_KEYID_LEN];	/* zero: none, no digest */
	uint8_t		digest[SPOOL_DIGEST_LEN];
	uint32_t	storage_day;	/* EXIT, PART: which storage key */
	char		hop[SPOOL_HOP_MAX];	/* FORWARD: next mix */
	uint8_t		part_key[SPOOL_PART_KEY_LEN];	/* PART: its mail */
	uint64_t	arrived;	/* PART: seconds, rounded down */
	/*
	 * Set by spool_put() and recovery, not taken from the caller.  Slot id
	 * and batch together are never used twice, a slot id alone is.
	 */
	uint64_t	batch;
};

struct spool;

/* What recovery found; for the log and mixctl status. */
struct spool_recovery {
	uint32_t	live;
	uint32_t	bodies_checked;
	uint32_t	torn;		/* unacknowledged, dropped */
	uint32_t	damaged;	/* header unreadable: kept aside */
	uint32_t	pending_freed;
	uint32_t	foreign;	/* of these: of another format */
	uint32_t	broken;		/* body unreadable: kept aside */
	uint32_t	orphaned;	/* head of those that are kept aside */
	uint32_t	wiped;		/* freed, but not overwritten yet */
};

/*
 * Opens or creates the spool file, recovers it, and calls fn once for every
 * live slot; sets come last, only complete ones, each its head first and then
 * its members by index (as SPOOL_MEMBER).  fn must not use the spool yet.
 * max_slots bounds growth (rounded up to extents).  NULL with a message in
 * errbuf.
 */
struct spool *spool_open(const struct disk *, const struct rng *,
	    uint32_t max_slots, void (*fn)(void *, uint32_t id,
	    const struct spool_slot *), void *arg, struct spool_recovery *,
	    char *errbuf, size_t errlen);

/* Writes a checkpoint and closes.  All must have been synced. */
void	spool_close(struct spool *);

/*
 * How many slots can be put now without an error for lack of room.  When less
 * than half an extent is left each call writes a part of the next one, in the
 * measure in which slots are used; only when nearly none is left it waits for
 * the disk.  When the disk or the bound is reached the number just gets small;
 * *reason then says why (static text, or NULL).
 */
uint32_t spool_room(struct spool *, const char **reason);

/*
 * To be called at regular times, some minutes apart: when the file was more
 * than half empty for twelve calls the slots at its end are not given out any
 * more, and cut off when they are free.  Does no I/O but a look at the file's
 * size.  1 if spool_sync() has more of it to do.
 */
int	spool_trim(struct spool *);

/*
 * Takes a free slot at random and writes header and body.  *id is the slot.
 * Class SPOOL_SCRATCH does the same work, but what it writes is unreadable; its
 * slot frees itself at the sync.  0, or -1 with errno (EIO, ENOSPC: no free
 * slot, see spool_room(); EINVAL); the slot is then free again.
 */
int	spool_put(struct spool *, const struct spool_slot *,
	    const uint8_t *body, uint32_t *id);

/*
 * Makes all puts and frees since the last call durable (one sync).  0, or -1:
 * fatal, never to be tried again, the process has to exit.
 */
int	spool_sync(struct spool *);

/*
 * Withdraws the puts since the last sync: overwrites them as free.  Durable
 * with the next sync, which has to come before the senders are told to try
 * again: else a crash could leave the withdrawn copy beside the new one.
 */
void	spool_withdraw(struct spool *);

/*
 * Reads a live slot; body holds SPOOL_BODY_LEN, body_len octets of it are set.
 * -1 with errno EBADMSG: damaged; EINVAL: not a live slot.
 */
int	spool_get(struct spool *, uint32_t id, struct spool_slot *,
	    uint8_t *body);

/* The same without the body. */
int	spool_peek(struct spool *, uint32_t id, struct spool_slot *);

/*
 * Rewrites the mutable fields of a live slot: state, tries, due, fired.  One
 * that leaves the pool comes into the batch that is being written.  Durable
 * with the next sync, and harmless if lost.
 */
int	spool_update(struct spool *, uint32_t id, const struct spool_slot *);

/* Frees a live slot, durable with the next sync.  -1: it is live still. */
int	spool_free(struct spool *, uint32_t id);

struct spool_stats {
	uint32_t	slots;		/* in the file */
	uint32_t	max_slots;
	uint32_t	live;
	uint32_t	free;
	uint32_t	damaged;
	uint64_t	syncs;
};
void	spool_stats(const struct spool *, struct spool_stats *);

#endif
