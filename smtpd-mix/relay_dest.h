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

#ifndef SMTPD_MIX_RELAY_DEST_H
#define SMTPD_MIX_RELAY_DEST_H

#include <sys/types.h>

#include <stdint.h>
#include <time.h>

#include "compat/compat.h"
#include "relay_conn.h"
#include "relay_plan.h"
#include "relay_shun.h"
#include "route.h"

/*
 * Where relay sends to: the servers that a destination has, a few connections
 * at a time, and the jobs that wait for them.  All destinations share the
 * credits that queue gives, so none may keep many of them without making use of
 * them:
 *
 * - One that can't be reached, or that makes no headway, defers what it has.
 * - One that is slow keeps no more jobs than are left over, so that one slow
 *   destination has at most half of what slow ones may have, two a third each,
 *   and so on; a quarter of the credits is never theirs.
 */
#define RELAY_DESTS_MAX		256
#define RELAY_BACKOFF_FIRST	1	/* seconds without dialling ... */
#define RELAY_BACKOFF_MAX	300	/* ... doubled up to this */
#define RELAY_STALL_TIME	10	/* without headway: nobody waits */
#define RELAY_SLOW_TIME		4	/* waiting jobs make it a slow one */
#define RELAY_WIDEN_TIME	1	/* they get one more connection */
#define RELAY_RESERVE		(PROTO_RELAY_CREDITS / 4)
#define RELAY_LINKS_MAX		16	/* connections of a destination */
#define RELAY_PLAN_MIN		30	/* seconds that a plan is kept ... */
#define RELAY_PLAN_MAX		3600

TAILQ_HEAD(relay_jobs, relay_job);

/* A connection, and the key of its address. */
struct relay_link {
	struct relay_conn	*conn;
	uint64_t		 key;
	size_t			 try;		/* of the plan */
};

struct relay_dest {
	TAILQ_ENTRY(relay_dest)	 entry;
	struct route_dest	 to;
	uint64_t		 key;
	struct relay_jobs	 jobs;		/* that wait */
	unsigned int		 held;		/* and that are on their way */
	struct relay_link	 links[RELAY_LINKS_MAX];
	size_t			 nlinks;
	size_t			 bound;		/* no more links; 0: unknown */
	struct relay_plan	*plan;		/* NULL: none yet */
	time_t			 plan_until;
	size_t			 next_try;	/* of the plan, in this round */
	size_t			 clear_try;	/* dial it without TLS, once; it
						   is one too high, or 0 */
	int			 slow;
	time_t			 headway;	/* when something went on */
	uint64_t		 set;		/* whose pieces are coming */
	uint32_t		 set_next;
	time_t			 set_since;

	/* relay_ask.c: the question under way, and half of its answer */
	uint64_t		 asking;	/* its number, or 0 */
	struct proto_looked_up	 dns;
	struct proto_mx		*hosts;
};
TAILQ_HEAD(relay_dests, relay_dest);

/* All destinations, and who answers for them. */
struct relay_table {
	struct relay_host	 host;
	struct relay_shun	 shun;
	struct relay_dests	 dests;
	unsigned int		 ndests;
	unsigned int		 held;
	unsigned int		 asking;	/* questions to the DNS */
	unsigned int		 unanswered;	/* the latest ones in a row */
	uint64_t		 last_number;
	/* Tells queue; frees the job. */
	void			(*answer)(struct relay_job *,
				    enum proto_outcome_kind);
	/* Monotonic seconds. */
	time_t			(*now)(void);
};

/* host.conf, host.payload, host.tls and answer are the caller's to set. */
void	relay_table_init(struct relay_table *);

/* Queues a job, and dials if need be; or answers it at once. */
void	relay_table_add(struct relay_table *, const struct route_dest *,
	    struct relay_job *);

/* To be called every second: stalled destinations, and forgotten ones. */
void	relay_table_tick(struct relay_table *);

/* The routes may be others: what the DNS said is asked for anew. */
void	relay_table_changed(struct relay_table *);

/* Stops: host.stopping is set, what waits is deferred. */
void	relay_table_stop(struct relay_table *);

/* Ends all connections now. */
void	relay_table_kill(struct relay_table *);

/* Sets the figures of host.status that are of now. */
void	relay_table_status(struct relay_table *);

/* Between the files of relay_table: see there. */

/* relay_dest.c: counts why a job isn't delivered now, and answers it. */
void	relay_dest_answer(struct relay_table *, struct relay_dest *,
	    struct relay_job *, enum proto_outcome_kind, enum proto_why);
/* Answers all that waits, but not what is on the wire. */
void	relay_dest_defer(struct relay_table *, struct relay_dest *,
	    enum proto_outcome_kind, enum proto_why);
/* What has this key failed: it isn't tried again for a while. */
void	relay_dest_shun(struct relay_table *, uint64_t key);
/* Nothing of it works: it isn't tried again for a while. */
void	relay_dest_failed(struct relay_table *, struct relay_dest *,
	    enum proto_why);

/* relay_dial.c: makes the callbacks of host. */
void	relay_dial_init(struct relay_table *);
/* Something is to be done for what waits: asks, dials, wakes. */
void	relay_dial(struct relay_table *, struct relay_dest *);
/* One connection more, if that is allowed and of use. */
void	relay_dial_more(struct relay_table *, struct relay_dest *);

/* relay_ask.c: asks where the destination's servers are: 0, or -1. */
int	relay_ask(struct relay_table *, struct relay_dest *);
/* The answers; broken ones are our own fault, and fatal. */
void	relay_ask_dns(struct relay_table *, const struct proto_looked_up *,
	    size_t len);
void	relay_ask_sts(struct relay_table *, const struct proto_sts *);

#endif
