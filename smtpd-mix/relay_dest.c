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


#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "relay_dest.h"

/* The table: connections know their destination alone. */
static struct relay_dest_env {
	struct relay_table	*table;
} env;

static time_t
monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return (ts.tv_sec);
}

static int
is_set(const struct relay_job *job)
{
	return (job->body.set_total > 1);
}

static void
answer(struct relay_job *job, enum proto_outcome_kind outcome)
{
	struct proto_status_relay *status = &env.table->host.status;

	if (outcome == PROTO_DEFERRED)
		status->deferred++;
	else if (outcome == PROTO_FAILED)
		status->refused++;
	else if (!is_set(job) ||
	    job->body.set_index == job->body.set_total - 1)
		status->delivered++;
	env.table->answer(job, outcome);
}

/* Answers what waits: all of it, or the pieces of one set. */
static void
defer_jobs(struct relay_dest *dest, uint64_t set)
{
	struct relay_job *job, *next;

	for (job = TAILQ_FIRST(&dest->jobs); job != NULL; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (set != 0 && job->body.set != set)
			continue;
		TAILQ_REMOVE(&dest->jobs, job, entry);
		answer(job, PROTO_DEFERRED);
	}
}

/* A set that will miss pieces can't go on. */
static void
abort_set(struct relay_dest *dest, uint64_t set)
{
	uint64_t wanted;

	if (dest->conn == NULL)
		return;
	wanted = relay_conn_wants_set(dest->conn);
	if (wanted != 0 && (set == 0 || set == wanted))
		relay_conn_abort(dest->conn, "a mail's pieces don't come");
}

/* Defers everything but what is on the wire. */
static void
defer_waiting(struct relay_dest *dest)
{
	abort_set(dest, 0);
	dest->set = 0;
	defer_jobs(dest, 0);
}

static void
back_off(struct relay_dest *dest)
{
	unsigned int most = env.table->host.conf.retry_first;

	if (most == 0 || most > RELAY_BACKOFF_MAX)
		most = RELAY_BACKOFF_MAX;
	dest->backoff = dest->backoff == 0 ? RELAY_BACKOFF_FIRST :
	    dest->backoff * 2;
	if (dest->backoff > most)
		dest->backoff = most;
	dest->not_before = monotonic() + (time_t)dest->backoff;
}

static void
dial(struct relay_dest *dest)
{
	struct relay_host *host = &env.table->host;

	dest->headway = monotonic();
	dest->conn = relay_conn_new(host, dest, &dest->to, dest->in_clear);
	dest->in_clear = 0;
	if (dest->conn != NULL) {
		host->status.connections++;
		return;
	}
	back_off(dest);
	defer_waiting(dest);
}

static struct relay_job *
next_job(struct relay_dest *dest)
{
	struct relay_job *job = TAILQ_FIRST(&dest->jobs);

	if (job != NULL)
		TAILQ_REMOVE(&dest->jobs, job, entry);

	return (job);
}

static void
got_outcome(struct relay_dest *dest, struct relay_job *job,
    enum proto_outcome_kind outcome)
{
	dest->headway = monotonic();
	answer(job, outcome);
}

static void
put_back(struct relay_dest *dest, struct relay_job *job)
{
	dest->headway = monotonic();
	job->again = 1;
	TAILQ_INSERT_HEAD(&dest->jobs, job, entry);
}

static void
set_broken(struct relay_dest *dest, uint64_t set)
{
	if (dest->set == set)
		dest->set = 0;
	defer_jobs(dest, set);
}

static void
ready(struct relay_dest *dest)
{
	dest->headway = monotonic();
	dest->backoff = 0;
	dest->not_before = 0;
}

static void
closed(struct relay_dest *dest, enum relay_close why)
{
	struct relay_host *host = &env.table->host;

	host->status.connections--;
	dest->conn = NULL;
	if (why == RELAY_CLOSE_TLS)
		dest->in_clear = 1;
	else if (why == RELAY_CLOSE_FAILED) {
		back_off(dest);
		defer_waiting(dest);
	}
	if (host->stopping)
		defer_waiting(dest);
	else if (!TAILQ_EMPTY(&dest->jobs))
		dial(dest);
}

void
relay_table_init(struct relay_table *table)
{
	struct relay_host *host = &table->host;

	memset(table, 0, sizeof(*table));
	TAILQ_INIT(&table->dests);
	host->next = next_job;
	host->outcome = got_outcome;
	host->put_back = put_back;
	host->set_broken = set_broken;
	host->ready = ready;
	host->closed = closed;
	env.table = table;
}

static void
forget(struct relay_table *table, struct relay_dest *dest)
{
	TAILQ_REMOVE(&table->dests, dest, entry);
	table->ndests--;
	free(dest);
}

/* Forgets one that is only remembered for not being reached. */
static int
make_room(struct relay_table *table)
{
	struct relay_dest *dest;

	TAILQ_FOREACH(dest, &table->dests, entry)
		if (dest->conn == NULL) {
			forget(table, dest);
			return (0);
		}

	return (-1);
}

static struct relay_dest *
find_or_add(struct relay_table *table, const struct route_dest *to)
{
	struct relay_dest *dest;

	TAILQ_FOREACH(dest, &table->dests, entry)
		if (route_same(&dest->to, to))
			return (dest);
	if (table->ndests >= RELAY_DESTS_MAX && make_room(table) == -1)
		return (NULL);
	if ((dest = calloc(1, sizeof(*dest))) == NULL)
		return (NULL);
	dest->to = *to;
	TAILQ_INIT(&dest->jobs);
	dest->headway = monotonic();
	TAILQ_INSERT_TAIL(&table->dests, dest, entry);
	table->ndests++;

	return (dest);
}

/* A piece must follow the one before it; the first one begins the set. */
static int
in_order(struct relay_dest *dest, const struct relay_job *job)
{
	if (!is_set(job))
		return (1);
	if (job->body.set_index == 1) {
		dest->set = job->body.set;
		dest->set_next = 1;
	}
	if (dest->set != job->body.set ||
	    dest->set_next != job->body.set_index)
		return (0);
	dest->set_next++;
	if (job->body.set_index == job->body.set_total - 1)
		dest->set = 0;

	return (1);
}

static int
usable(struct relay_dest *dest)
{
	time_t now = monotonic();

	if (dest->conn == NULL)
		return (now >= dest->not_before);
	if (relay_conn_idle(dest->conn) && TAILQ_EMPTY(&dest->jobs))
		dest->headway = now;

	return (now - dest->headway < RELAY_STALL_TIME);
}

/* Takes no more of a job's set. */
static void
refuse(struct relay_dest *dest, struct relay_job *job)
{
	if (is_set(job)) {
		abort_set(dest, job->body.set);
		set_broken(dest, job->body.set);
	}
	answer(job, PROTO_DEFERRED);
}

void
relay_table_add(struct relay_table *table, const struct route_dest *to,
    struct relay_job *job)
{
	struct relay_dest *dest;

	if (table->host.stopping ||
	    (dest = find_or_add(table, to)) == NULL) {
		answer(job, PROTO_DEFERRED);
		return;
	}
	if (!usable(dest) || !in_order(dest, job)) {
		refuse(dest, job);
		return;
	}
	TAILQ_INSERT_TAIL(&dest->jobs, job, entry);
	if (dest->conn == NULL)
		dial(dest);
	else
		relay_conn_wake(dest->conn);
}

void
relay_table_tick(struct relay_table *table)
{
	struct relay_dest *dest, *next;
	time_t now = monotonic();

	for (dest = TAILQ_FIRST(&table->dests); dest != NULL; dest = next) {
		next = TAILQ_NEXT(dest, entry);
		if (dest->conn == NULL && now >= dest->not_before +
		    RELAY_BACKOFF_MAX)
			forget(table, dest);
		else if (dest->conn != NULL && !TAILQ_EMPTY(&dest->jobs) &&
		    now - dest->headway >= RELAY_STALL_TIME)
			defer_waiting(dest);
	}
}

void
relay_table_stop(struct relay_table *table)
{
	struct relay_dest *dest;

	table->host.stopping = 1;
	TAILQ_FOREACH(dest, &table->dests, entry) {
		defer_waiting(dest);
		if (dest->conn != NULL && !relay_conn_greeted(dest->conn))
			relay_conn_kill(dest->conn);
		else if (dest->conn != NULL)
			relay_conn_wake(dest->conn);
	}
}

void
relay_table_kill(struct relay_table *table)
{
	struct relay_dest *dest;

	TAILQ_FOREACH(dest, &table->dests, entry)
		if (dest->conn != NULL)
			relay_conn_kill(dest->conn);
}
