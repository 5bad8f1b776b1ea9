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

#ifndef SMTPD_MIX_QUEUE_H
#define SMTPD_MIX_QUEUE_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "compat/compat.h"
#include "ipc/proto.h"
#include "spool/disk.h"
#include "spool/spool.h"

#include "queue_days.h"
#include "queue_replay.h"

/*
 * What the files of the role queue share.  queue.c has the role and its room,
 * queue_recover.c the start, queue_commit.c what comes in, queue_set.c the
 * mails that are several slots, queue_parts.c those of them that come part by
 * part, queue_send.c what goes out, queue_free.c the end of slots, queue_list.c
 * what mixctl sees of them.
 *
 * Of a held message memory has its flags alone, one octet; ids are known to the
 * pool.  Of a mail in several slots it has their list, too.
 */
#define QUEUE_LIVE	0x01	/* durable, told to the pool */
#define QUEUE_LOGGED	0x02	/* its digest is appended to the log */
#define QUEUE_DELIVER	0x04	/* for deliver, else relay */
#define QUEUE_HEAD	0x08	/* of a set */
#define QUEUE_OUT	0x10	/* fired: in a lane or with a peer */
#define QUEUE_DAMAGED	0x20	/* can't be read: stays where it is */
#define QUEUE_PARTS	0x40	/* head: of a mail in parts, it is part 1 */
#define QUEUE_COPY	0x80	/* can't be delivered: to postmaster */

/* A slot that is done with; it waits for the next sync. */
struct queue_gone {
	uint32_t	id;
	uint32_t	day;
	uint8_t		keyid[SPOOL_KEYID_LEN];
	uint8_t		digest[SPOOL_DIGEST_LEN];
};

/*
 * The key of a mail in parts that is done with: in a log before its slots go.
 */
struct queue_record {
	uint8_t			keyid[SPOOL_KEYID_LEN];
	uint8_t			key[SPOOL_PART_KEY_LEN];
	int			appended;
};

struct queue_frees {
	struct queue_gone	*gone;
	size_t			 n;
	size_t			 overwritten;	/* the first so many */
	size_t			 room;
	struct queue_record	*records;
	size_t			 nrecords;
	size_t			 records_room;
};

/* One slot of several; without a digest if the keyid is zero. */
struct queue_member {
	uint32_t	id;
	uint32_t	day;
	uint8_t		keyid[SPOOL_KEYID_LEN];
	uint8_t		digest[SPOOL_DIGEST_LEN];
};

/*
 * A mail in parts: incomplete, or whole and held.  In the tree until it is done
 * with, so that no part comes twice; afterwards the replay records have its
 * key.
 */
struct queue_parts {
	struct mix_parts_set	 set;		/* the first member */
	struct queue_member	*members;	/* by number; NULL: held */
	uint32_t		 durable;
	int64_t			 progress;	/* boot-time clock; not on
						   the disk */
	uint64_t		 expires;	/* of the subkey that ... */
	uint8_t			 keyid[SPOOL_KEYID_LEN]; /* lives longest */
	/* of part 1 */
	int			 deliver;	/* for deliver, else relay */
	int			 fired;		/* found so by recovery */
	uint64_t		 due;
};

/* A mail of several slots: open until its head is durable, then held. */

struct queue_set {
	LIST_ENTRY(queue_set)	 open_entry;
	RB_ENTRY(queue_set)	 held_entry;	/* by head */
	uint64_t		 set;
	uint32_t		 head;
	struct queue_member	*members;
	uint32_t		 n;
	uint32_t		 room;
	uint32_t		 synced;	/* members that are durable */
	int			 failed;	/* open: will be refused */
	int			 ended;		/* open: its head has come */
	struct queue_parts	*parts;		/* a mail in parts; the head
						   is the first member */
	uint32_t		 next;		/* the piece to send, from 1 */
	uint32_t		 unanswered;
	uint32_t		 outcome;	/* enum proto_outcome_kind */
};
LIST_HEAD(queue_open_sets, queue_set);
RB_HEAD(queue_held_sets, queue_set);

/* What a message of the batch is told when the batch is durable. */
enum queue_item_kind {
	QUEUE_ITEM_NOTHING,	/* scratch: answered like any other */
	QUEUE_ITEM_SEEN,	/* scratch whose digest is recorded */
	QUEUE_ITEM_MESSAGE,
	QUEUE_ITEM_PART,
	QUEUE_ITEM_DESTROY,	/* scratch: a mail in parts goes with it */
	QUEUE_ITEM_DUMMY,	/* our own: nobody to answer */
	QUEUE_ITEM_MEMBER,	/* of a set: its head is answered */
	QUEUE_ITEM_HEAD,
	QUEUE_ITEM_FAILED,	/* crypto could not look at it: 451 */
	QUEUE_ITEM_REFUSED,	/* head of a set that failed: 451 */
	QUEUE_ITEM_ABORTED	/* head of a set that smtp broke off */
};

struct queue_item {
	enum queue_item_kind	 kind;
	uint32_t		 id;
	uint32_t		 day;
	uint8_t			 flags;
	uint64_t		 txn;
	uint64_t		 dummies;	/* the pool's batch of them */
	struct queue_set	*set;
	struct queue_parts	*parts;		/* PART */
	uint32_t		 part;
	int			 whole;		/* PART: the last of them */
	uint8_t			 keyid[SPOOL_KEYID_LEN];
	uint8_t			 digest[SPOOL_DIGEST_LEN];
	uint8_t			 part_key[SPOOL_PART_KEY_LEN];
};

#define QUEUE_BATCH_MAX	256
struct queue_batch {
	struct queue_item	 items[QUEUE_BATCH_MAX];
	size_t			 n;
	int			 failed;	/* a slot wasn't written */
	int			 told;		/* that batches fail */
	struct event		 ev;
	int			 scheduled;
	int			 arrived;	/* since the loop's last turn */
	unsigned int		 turns;		/* that it has waited */
};

/* Ids in order. */
struct queue_ids {
	uint32_t	*ids;	/* a ring */
	size_t		 first;
	size_t		 n;
	size_t		 room;
};

/* The way to one of the two peers. */
struct queue_lane {
	enum role		 to;
	uint32_t		 credits;	/* bodies that may go now */
	struct queue_ids	 waiting;
	struct queue_set	*set;		/* being sent */
};

/* A body that is with a peer. */
struct queue_out {
	enum role		 to;
	uint32_t		 id;
	struct queue_set	*set;	/* a piece of it, else NULL */
	struct spool_slot	 slot;	/* not for pieces */
};
#define QUEUE_OUT_MAX	(PROTO_RELAY_CREDITS + PROTO_DELIVER_CREDITS)

struct queue_send {
	struct queue_lane	 relay;
	struct queue_lane	 deliver;
	struct queue_out	 out[QUEUE_OUT_MAX];
	size_t			 nout;
	struct proto_body	 body;
	uint8_t			 buf[SPOOL_BODY_LEN];
	int			 told_damaged;
};

/* A count of what is held, for mixctl. */
struct queue_list {
	struct proto_queue_row	 rows[PROTO_QUEUE_ROWS_MAX];
	uint32_t		 n;
	uint64_t		 counted;	/* wall clock; 0: never */
	int64_t			 boot;		/* the same by that clock */
	uint32_t		 at;		/* the slot that is next */
	uint64_t		 waiting[16];	/* requests */
	uint32_t		 nwaiting;
	struct event		 ev;
};

struct queue_counts {
	uint64_t	committed;
	uint64_t	commits;
	uint64_t	replays;
	uint64_t	failed;
	uint64_t	delivered;
	uint64_t	deferred;
	uint64_t	given_up;
	uint64_t	refused;
	uint64_t	parts_destroyed;
	uint64_t	sets_given_up;
	uint64_t	sets_displaced;
};

struct queue_env {
	int			 dirfd;
	struct disk		 disk;
	struct spool		*spool;		/* NULL: not yet, or closed */
	struct queue_replay	 replay;
	uint8_t			*flags;		/* by slot */
	uint32_t		 nflags;
	struct queue_batch	 batch;
	struct queue_frees	 frees;
	struct queue_open_sets	 open_sets;
	uint32_t		 nopen;
	struct queue_held_sets	 held_sets;
	struct mix_parts	 parts;
	int			 told_parts;	/* that a bound is reached */
	struct event		 parts_ev;
	struct queue_send	 send;
	struct queue_days	 days;
	struct proto_storage_used told_days;
	uint32_t		 granted;	/* credits that smtp may use */
	uint32_t		 room;		/* slots that can be put */
	const char		*full;		/* why nothing is taken */
	const char		*stuck;		/* the same, and nothing sent */
	struct event		 retry_ev;	/* while full or stuck */
	struct event		 minutes_ev;
	struct event		 sweep_ev;
	int			 sweeping;
	int			 stopping;
	struct proto_add_item	*recovered;	/* until the start */
	uint32_t		 nrecovered;
	uint32_t		 recovered_room;
	struct queue_set	*recovered_set;	/* whose members come */
	struct queue_counts	 counts;
	struct queue_list	 list;
};

/* queue.c */

/* After the last commit of an ordered stop: closes all, says so. */
void	queue_close(struct queue_env *);


/* Tells the pool of slots; n is at most PROTO_ITEMS_MAX. */
void	queue_tell_pool(const struct proto_add_item *, uint32_t n);

/* Room after a commit: grants credits to smtp, or says that all is full. */
void	queue_room(struct queue_env *);

/* The disk refuses a write: nothing is taken or sent for some seconds. */
void	queue_stuck(struct queue_env *, const char *why);

/* The flags of a slot. */
uint8_t	*queue_flags(struct queue_env *, uint32_t id);

/* queue_list.c */

/* Answers a request of mixctl with what is held. */
void	queue_list(struct queue_env *, uint64_t id);
void	queue_list_stop(struct queue_env *);

/* queue_recover.c */

/* Opens spool and replay records.  0; -1 with a message in err. */
int	queue_open(struct queue_env *, uint32_t max_slots, char *err,
	    size_t errlen);

/* Tells the pool what recovery found. */
void	queue_tell_recovered(struct queue_env *);

/* queue_commit.c */
void	queue_result(struct queue_env *, const struct proto_result *);
void	queue_dummy(struct queue_env *, const struct proto_dummy *);

/*
 * Writes a slot of the current batch.  0; -1: that failed, now or before, and
 * with it the batch.
 */
int	queue_put(struct queue_env *, const struct spool_slot *,
	    const uint8_t *body, uint32_t *id);
/* A new item of the current batch; it is committed first if it is full. */
struct queue_item *queue_item(struct queue_env *, enum queue_item_kind,
	    uint64_t txn);

/* Something has to be synced: a commit comes when the loop is quiet. */
void	queue_schedule(struct queue_env *);

/* Makes durable what has come and what is done with, and says so. */
void	queue_commit(struct queue_env *);

/* queue_set.c */
void	queue_set_frame(struct queue_env *, const struct proto_result *);
/* A member is durable, or was withdrawn. */
void	queue_set_settle(struct queue_env *, struct queue_set *, int ok);
/* The head is durable: the set is held now. */
void	queue_set_held(struct queue_env *, struct queue_set *, uint32_t head);
/* The parts are all durable: they are held as a set now.  0; -1: no memory. */
int	queue_set_of_parts(struct queue_env *, struct queue_parts *);
/* It comes to nothing: its members are freed. */
void	queue_set_refuse(struct queue_env *, struct queue_set *);
/* A head or member that recovery found: 0; -1: no memory. */
int	queue_set_recovered(struct queue_env *, uint32_t id,
	    const struct spool_slot *);
struct queue_set *queue_set_by_head(struct queue_env *, uint32_t head);
/* All slots of a held set are done with; set is gone. */
void	queue_set_done(struct queue_env *, struct queue_set *);

/* queue_parts.c */
void	queue_parts_init(struct queue_env *);
/* From now on incomplete mails are given up when their time is over. */
void	queue_parts_start(struct queue_env *);
void	queue_parts_stop(struct queue_env *);
/*
 * A part that is no replay has come; item has its kind, subkey and digest.
 * What is not to be kept becomes QUEUE_ITEM_SEEN.
 */
void	queue_parts_take(struct queue_env *, const struct proto_result *,
	    struct queue_item *);
/* The item, a part or the end of a mail in parts, is durable. */
void	queue_parts_settle(struct queue_env *, struct queue_item *);
/* It was withdrawn. */
void	queue_parts_withdraw(struct queue_env *, const struct queue_item *);
/* A held mail in parts is done with, all but its slots; parts is gone. */
void	queue_parts_done(struct queue_env *, struct queue_parts *);
/* A part that recovery found: 0; -1: no memory. */
int	queue_parts_recovered(struct queue_env *, uint32_t id,
	    const struct spool_slot *);
/*
 * All of them were found: those that are whole are held, and told to fn with
 * what part 1 says.  0; -1: no memory.
 */
int	queue_parts_complete(struct queue_env *,
	    int (*fn)(struct queue_env *, uint32_t id,
	    const struct spool_slot *));

/* queue_free.c */
/* Slot is done with: freed with the next commit. */
void	queue_free(struct queue_env *, uint32_t id, const struct spool_slot *);
void	queue_free_member(struct queue_env *, const struct queue_member *);
/* The same by recovery: with the first commit after the start. */
void	queue_free_recovered(struct queue_env *, uint32_t id,
	    const struct spool_slot *);
/*
 * A key for the log of a subkey, durable before what is freed after this call;
 * it is in the replay set already.
 */
void	queue_free_record(struct queue_env *,
	    const uint8_t keyid[SPOOL_KEYID_LEN],
	    const uint8_t key[SPOOL_PART_KEY_LEN]);
/* Before the sync: digests to the logs, headers overwritten. */
void	queue_free_begin(struct queue_env *);
/* After it. */
void	queue_free_end(struct queue_env *);

/* queue_send.c */
void	queue_send_init(struct queue_env *);
void	queue_fire(struct queue_env *, const uint32_t *ids, uint32_t n);
void	queue_outcome(struct queue_env *, enum role from,
	    const struct proto_outcome *);
/* Hands out what credits allow. */
void	queue_send_run(struct queue_env *);

#endif
