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

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/rng_system.h"
#include "relay_dest.h"

#define DNS_SILENCE	3	/* questions: somebody should look */

static int
is_set(const struct relay_job *job)
{
	return (job->body.set_total > 1);
}

static int
is_whole(const struct relay_job *job)
{
	return (!is_set(job) ||
	    job->body.set_index == job->body.set_total - 1);
}

static void
count(struct relay_table *table, const struct relay_dest *dest,
    const struct relay_job *job, enum proto_outcome_kind outcome,
    enum proto_why why)
{
	struct proto_status_relay *status = &table->host.status;

	switch (outcome) {
	case PROTO_DELIVERED:
		if (!is_whole(job))
			break;
		status->delivered++;
		if (dest != NULL && dest->to.kind == ROUTE_MX)
			status->by_mx++;
		else
			status->by_route++;
		break;
	case PROTO_FAILED:
		status->refused++;
		break;
	default:
		status->deferred++;
		status->why[why]++;
		break;
	}
}

void
relay_dest_answer(struct relay_table *table, struct relay_dest *dest,
    struct relay_job *job, enum proto_outcome_kind outcome,
    enum proto_why why)
{
	count(table, dest, job, outcome, why);
	/* Of a set only the whole can be put off. */
	if (outcome == PROTO_POSTPONED && is_set(job))
		outcome = PROTO_DEFERRED;
	if (dest != NULL) {
		dest->held--;
		table->held--;
	}
	table->answer(job, outcome);
}

/* Breaks off a set (0: any) whose pieces are still coming. */
static void
abort_set(struct relay_dest *dest, uint64_t set)
{
	uint64_t wanted;
	size_t i;

	for (i = 0; i < dest->nlinks; i++) {
		wanted = relay_conn_wants_set(dest->links[i].conn);
		if (wanted != 0 && (set == 0 || set == wanted))
			relay_conn_abort(dest->links[i].conn,
			    "a mail's pieces don't come");
	}
}

void
relay_dest_defer(struct relay_table *table, struct relay_dest *dest,
    enum proto_outcome_kind outcome, enum proto_why why)
{
	struct relay_job *job;

	abort_set(dest, 0);
	dest->set = 0;
	while ((job = TAILQ_FIRST(&dest->jobs)) != NULL) {
		TAILQ_REMOVE(&dest->jobs, job, entry);
		relay_dest_answer(table, dest, job, outcome, why);
	}
}

void
relay_dest_shun(struct relay_table *table, uint64_t key)
{
	unsigned int most = table->host.conf.retry_first;

	/* Not for longer than mails wait for their next try. */
	if (most == 0 || most > RELAY_BACKOFF_MAX)
		most = RELAY_BACKOFF_MAX;
	relay_shun_add(&table->shun, key, table->now(), RELAY_BACKOFF_FIRST,
	    most);
}

void
relay_dest_failed(struct relay_table *table, struct relay_dest *dest,
    enum proto_why why)
{
	relay_dest_shun(table, dest->key);
	relay_dest_defer(table, dest, PROTO_DEFERRED, why);
}

void
relay_table_init(struct relay_table *table)
{
	memset(table, 0, sizeof(*table));
	TAILQ_INIT(&table->dests);
	table->now = clock_monotonic;
	table->host.times = relay_times;
	relay_shun_init(&table->shun, &rng_system);
	relay_dial_init(table);
}

static void
forget(struct relay_table *table, struct relay_dest *dest)
{
	TAILQ_REMOVE(&table->dests, dest, entry);
	table->ndests--;
	free(dest->hosts);
	free(dest->plan);
	free(dest);
}

/* Nothing is under way for it: it is kept for its plan alone. */
static int
is_idle(const struct relay_dest *dest)
{
	return (dest->held == 0 && dest->nlinks == 0 && dest->asking == 0);
}

static int
make_room(struct relay_table *table)
{
	struct relay_dest *dest;

	TAILQ_FOREACH(dest, &table->dests, entry)
		if (is_idle(dest)) {
			forget(table, dest);
			return (0);
		}

	return (-1);
}

static uint64_t
key_of(const struct relay_table *table, const struct route_dest *to)
{
	struct route_dest same;
	char *s;

	/* Cleared behind the ends of its strings; names in lower case. */
	memset(&same, 0, sizeof(same));
	same.kind = to->kind;
	same.port = to->port;
	(void)strlcpy(same.host, to->host, sizeof(same.host));
	for (s = same.host; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s + ('a' - 'A'));

	return (relay_shun_key(&table->shun, 0, &same,
	    offsetof(struct route_dest, name)));
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
	dest->key = key_of(table, to);
	TAILQ_INIT(&dest->jobs);
	dest->headway = table->now();
	TAILQ_INSERT_TAIL(&table->dests, dest, entry);
	table->ndests++;

	return (dest);
}

/* A piece must follow the one before it; the first one begins the set. */
static int
in_order(struct relay_table *table, struct relay_dest *dest,
    const struct relay_job *job)
{
	if (!is_set(job))
		return (1);
	if (job->body.set_index == 1) {
		dest->set = job->body.set;
		dest->set_next = 1;
		dest->set_since = table->now();
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
usable(struct relay_table *table, struct relay_dest *dest)
{
	time_t now = table->now();

	if (dest->nlinks == 0 && dest->asking == 0)
		return (!relay_shunned(&table->shun, dest->key, now));
	if (dest->held == 0)
		dest->headway = now;

	return (now - dest->headway < RELAY_STALL_TIME);
}

/* Whether a slow one has what is its share of the credits, or more. */
static int
has_enough(const struct relay_table *table, const struct relay_dest *dest)
{
	return (dest->slow && dest->held + 1 + table->held + 1 +
	    RELAY_RESERVE > PROTO_RELAY_CREDITS);
}

/* Takes no more of a job's set. */
static void
refuse(struct relay_table *table, struct relay_dest *dest,
    struct relay_job *job, enum proto_outcome_kind outcome,
    enum proto_why why)
{
	if (is_set(job)) {
		abort_set(dest, job->body.set);
		table->host.set_broken(dest, job->body.set);
	}
	relay_dest_answer(table, NULL, job, outcome, why);
}

void
relay_table_add(struct relay_table *table, const struct route_dest *to,
    struct relay_job *job)
{
	struct relay_dest *dest;
	int more = is_set(job) && job->body.set_index > 1;

	if (table->host.stopping) {
		relay_dest_answer(table, NULL, job, PROTO_DEFERRED,
		    PROTO_WHY_OURS);
		return;
	}
	if ((dest = find_or_add(table, to)) == NULL) {
		relay_dest_answer(table, NULL, job, PROTO_POSTPONED,
		    PROTO_WHY_ROOM);
		return;
	}
	if (!usable(table, dest)) {
		refuse(table, dest, job, PROTO_DEFERRED, PROTO_WHY_UNREACHED);
		return;
	}
	if ((!more && has_enough(table, dest)) ||
	    !in_order(table, dest, job)) {
		refuse(table, dest, job, PROTO_POSTPONED, PROTO_WHY_ROOM);
		return;
	}
	job->since = table->now();
	dest->held++;
	table->held++;
	TAILQ_INSERT_TAIL(&dest->jobs, job, entry);
	relay_dial(table, dest);
}

/* The last of what waits, sets aside: those can't be given back in part. */
static struct relay_job *
last_single(struct relay_dest *dest)
{
	struct relay_job *job;

	TAILQ_FOREACH_REVERSE(job, &dest->jobs, relay_jobs, entry)
		if (!is_set(job))
			return (job);

	return (NULL);
}

/* Jobs that wait too long show that a destination is slow: it gives back. */
static void
look_at_speed(struct relay_table *table, struct relay_dest *dest, time_t now)
{
	struct relay_job *job = TAILQ_FIRST(&dest->jobs);

	if (job == NULL)
		return;
	/* Whole seconds: a difference of one may be next to nothing. */
	if (now - job->since > RELAY_WIDEN_TIME)
		relay_dial_more(table, dest);
	if (now - job->since > RELAY_SLOW_TIME)
		dest->slow = 1;
	while (dest->slow && dest->held + table->held + RELAY_RESERVE >
	    PROTO_RELAY_CREDITS && (job = last_single(dest)) != NULL) {
		TAILQ_REMOVE(&dest->jobs, job, entry);
		relay_dest_answer(table, dest, job, PROTO_POSTPONED,
		    PROTO_WHY_ROOM);
	}
}

/*
 * While the pieces of a set come nobody else gets anything: it has to make some
 * 24 KB a second.
 */
static void
look_at_set(struct relay_table *table, struct relay_dest *dest, time_t now)
{
	uint64_t set = dest->set;

	if (set == 0 || now - dest->set_since <=
	    RELAY_STALL_TIME + (time_t)dest->set_next)
		return;
	abort_set(dest, set);
	table->host.set_broken(dest, set);
}

void
relay_table_tick(struct relay_table *table)
{
	struct relay_dest *dest, *next;
	time_t now = table->now();

	for (dest = TAILQ_FIRST(&table->dests); dest != NULL; dest = next) {
		next = TAILQ_NEXT(dest, entry);
		if (is_idle(dest)) {
			dest->bound = 0;
			if (dest->plan == NULL || now >= dest->plan_until)
				forget(table, dest);
			continue;
		}
		look_at_set(table, dest, now);
		look_at_speed(table, dest, now);
		if (!TAILQ_EMPTY(&dest->jobs) &&
		    now - dest->headway >= RELAY_STALL_TIME)
			relay_dest_defer(table, dest, PROTO_DEFERRED,
			    dest->asking != 0 ? PROTO_WHY_DNS :
			    PROTO_WHY_UNREACHED);
	}
}

void
relay_table_changed(struct relay_table *table)
{
	struct relay_dest *dest;

	TAILQ_FOREACH(dest, &table->dests, entry)
		dest->plan_until = 0;
}

void
relay_table_stop(struct relay_table *table)
{
	struct relay_dest *dest;
	size_t i;

	table->host.stopping = 1;
	TAILQ_FOREACH(dest, &table->dests, entry) {
		relay_dest_defer(table, dest, PROTO_DEFERRED, PROTO_WHY_OURS);
		for (i = dest->nlinks; i-- > 0; ) {
			if (relay_conn_greeted(dest->links[i].conn))
				relay_conn_wake(dest->links[i].conn);
			else
				relay_conn_kill(dest->links[i].conn);
		}
	}
}

void
relay_table_kill(struct relay_table *table)
{
	struct relay_dest *dest;

	TAILQ_FOREACH(dest, &table->dests, entry)
		while (dest->nlinks > 0)
			relay_conn_kill(dest->links[dest->nlinks - 1].conn);
}

void
relay_table_status(struct relay_table *table)
{
	struct proto_status_relay *status = &table->host.status;
	const struct relay_dest *dest;

	status->waiting = table->held;
	status->destinations = 0;
	TAILQ_FOREACH(dest, &table->dests, entry)
		status->destinations += dest->held > 0;
	(void)strlcpy(status->state, table->host.auth_trouble,
	    sizeof(status->state));
	if (status->state[0] == '\0' && table->unanswered >= DNS_SILENCE)
		(void)snprintf(status->state, sizeof(status->state), "the DNS "
		    "gave no answer to the last %u questions",
		    table->unanswered);
}
