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

#include <time.h>

#include "compat/compat.h"
#include "relay_conn.h"
#include "route.h"

/*
 * Where relay sends to: one connection at a time and the jobs that wait for it.
 * A destination that can't be reached, or that makes no headway, defers what it
 * has, so that it can't keep all of the queue's credits.
 */
#define RELAY_DESTS_MAX		256
#define RELAY_BACKOFF_FIRST	1	/* seconds without dialling ... */
#define RELAY_BACKOFF_MAX	60	/* ... doubled up to this */
#define RELAY_STALL_TIME	10	/* without headway: nobody waits */

TAILQ_HEAD(relay_jobs, relay_job);

struct relay_dest {
	TAILQ_ENTRY(relay_dest)	 entry;
	struct route_dest	 to;
	struct relay_jobs	 jobs;
	struct relay_conn	*conn;
	int			 in_clear;	/* dial without TLS, once */
	time_t			 not_before;	/* monotonic */
	unsigned int		 backoff;
	time_t			 headway;	/* when something went on */
	uint64_t		 set;		/* whose pieces are coming */
	uint32_t		 set_next;
};
TAILQ_HEAD(relay_dests, relay_dest);

/* All destinations, and who answers for them; now is monotonic. */
struct relay_table {
	struct relay_host	 host;
	struct relay_dests	 dests;
	unsigned int		 ndests;
	/* Tells queue; frees the job. */
	void			(*answer)(struct relay_job *,
				    enum proto_outcome_kind);
};

/* host.conf, host.payload and answer are the caller's to set. */
void	relay_table_init(struct relay_table *);

/* Queues a job, and dials if need be; or answers it at once. */
void	relay_table_add(struct relay_table *, const struct route_dest *,
	    struct relay_job *);

/* To be called every second: stalled destinations, and forgotten ones. */
void	relay_table_tick(struct relay_table *);

/* Stops: host.stopping is set, what waits is deferred. */
void	relay_table_stop(struct relay_table *);

/* Ends all connections now. */
void	relay_table_kill(struct relay_table *);

#endif
