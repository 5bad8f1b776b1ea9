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

#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "relay_dest.h"
#include "relay_trust.h"

/* Which servers of a destination are dialled, and what became of it. */

static struct relay_dial_env {
	struct relay_table	*table;	/* connections know their destination */
} env;

static unsigned int
most_links(const struct relay_table *table)
{
	unsigned int most = table->host.conf.relay_per_destination;

	return (most == 0 || most > RELAY_LINKS_MAX ? RELAY_LINKS_MAX : most);
}

/* How many connections there are to an address, whoever wanted them. */
static unsigned int
links_to(const struct relay_table *table, uint64_t key)
{
	const struct relay_dest *dest;
	unsigned int n = 0;
	size_t i;

	TAILQ_FOREACH(dest, &table->dests, entry)
		for (i = 0; i < dest->nlinks; i++)
			n += dest->links[i].key == key;

	return (n);
}

static int
may_connect(const struct relay_table *table)
{
	const struct relay_host *host = &table->host;

	return (host->conf.relay_connections == 0 ||
	    host->status.connections < host->conf.relay_connections);
}

/* Dials the try that is next: 0; -1: it can't be; 1: not one more. */
static int
dial_try(struct relay_table *table, struct relay_dest *dest)
{
	struct relay_link *link = &dest->links[dest->nlinks];
	struct relay_hop hop;
	uint64_t key;
	int in_clear = dest->clear_try == dest->next_try + 1;

	dest->clear_try = 0;

	relay_plan_hop(dest->plan, dest->next_try, &hop);
	key = relay_shun_key(&table->shun, 1, &hop.addr, hop.addr_len);
	if (relay_shunned(&table->shun, key, table->now()))
		return (-1);
	if (links_to(table, key) >= most_links(table))
		return (1);
	link->conn = relay_conn_new(&table->host, dest, &hop, in_clear);
	if (link->conn == NULL) {
		relay_dest_shun(table, key);
		return (-1);
	}
	if (in_clear)
		table->host.status.downgraded++;
	link->key = key;
	link->try = dest->next_try;
	dest->nlinks++;
	table->host.status.connections++;

	return (0);
}

/* Dials the first of the servers left in this round that can be. */
static void
dial_next(struct relay_table *table, struct relay_dest *dest,
    enum proto_why why)
{
	int busy = 0, result;

	if (!may_connect(table)) {
		if (dest->nlinks == 0)
			relay_dest_defer(table, dest, PROTO_POSTPONED,
			    PROTO_WHY_ROOM);
		return;
	}
	for (; dest->next_try < dest->plan->n; dest->next_try++) {
		if ((result = dial_try(table, dest)) == 0)
			return;
		busy |= result == 1;
	}
	dest->next_try = 0;
	if (dest->nlinks == 0 && busy)
		relay_dest_defer(table, dest, PROTO_POSTPONED,
		    PROTO_WHY_ROOM);
	else if (dest->nlinks == 0)
		relay_dest_failed(table, dest, dest->plan->n == 0 ?
		    dest->plan->why : why);
}

static int
has_plan(const struct relay_table *table, const struct relay_dest *dest)
{
	return (dest->plan != NULL && (dest->to.kind == ROUTE_ADDRESS ||
	    table->now() < dest->plan_until));
}

void
relay_dial(struct relay_table *table, struct relay_dest *dest)
{
	size_t i;

	if (TAILQ_EMPTY(&dest->jobs) || table->host.stopping)
		return;
	for (i = 0; i < dest->nlinks; i++)
		relay_conn_wake(dest->links[i].conn);
	if (dest->nlinks > 0)
		return;
	if (has_plan(table, dest)) {
		dial_next(table, dest, PROTO_WHY_UNREACHED);
		return;
	}
	if (dest->asking != 0)
		return;
	dest->headway = table->now();
	if (relay_ask(table, dest) == -1)
		relay_dest_defer(table, dest, PROTO_POSTPONED, PROTO_WHY_ROOM);
}

/* Only beside one that works: a dead server isn't dialled twice. */
void
relay_dial_more(struct relay_table *table, struct relay_dest *dest)
{
	size_t i;

	if (dest->nlinks == 0 || dest->nlinks >= most_links(table) ||
	    (dest->bound != 0 && dest->nlinks >= dest->bound) ||
	    !may_connect(table) || dest->plan == NULL || dest->set != 0)
		return;
	for (i = 0; i < dest->nlinks; i++)
		if (!relay_conn_greeted(dest->links[i].conn) ||
		    relay_conn_idle(dest->links[i].conn))
			return;
	dest->next_try = dest->links[0].try < dest->plan->n ?
	    dest->links[0].try : 0;
	dial_next(table, dest, PROTO_WHY_UNREACHED);
}

static struct relay_job *
next_job(struct relay_dest *dest, uint64_t set)
{
	struct relay_job *job;

	TAILQ_FOREACH(job, &dest->jobs, entry) {
		if (set != 0 && job->body.set != set)
			continue;
		if (set == 0 && job->body.set_total > 1 &&
		    job->body.set_index > 1)
			continue;
		TAILQ_REMOVE(&dest->jobs, job, entry);
		job->since = env.table->now();
		return (job);
	}

	return (NULL);
}

/* It is no slow one any more when nothing waits and a mail went quickly. */
static void
got_outcome(struct relay_dest *dest, struct relay_job *job,
    enum proto_outcome_kind outcome, enum proto_why why)
{
	time_t now = env.table->now();

	dest->headway = now;
	if (outcome == PROTO_DELIVERED && TAILQ_EMPTY(&dest->jobs) &&
	    now - job->since <= RELAY_SLOW_TIME)
		dest->slow = 0;
	relay_dest_answer(env.table, dest, job, outcome, why);
}

static void
put_back(struct relay_dest *dest, struct relay_job *job)
{
	dest->headway = env.table->now();
	job->again = 1;
	job->since = dest->headway;
	TAILQ_INSERT_HEAD(&dest->jobs, job, entry);
}

static void
set_broken(struct relay_dest *dest, uint64_t set)
{
	struct relay_job *job, *next;

	if (dest->set == set)
		dest->set = 0;
	for (job = TAILQ_FIRST(&dest->jobs); job != NULL; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (job->body.set != set)
			continue;
		TAILQ_REMOVE(&dest->jobs, job, entry);
		relay_dest_answer(env.table, dest, job, PROTO_DEFERRED,
		    PROTO_WHY_BROKEN);
	}
}

static struct relay_link *
find_link(struct relay_dest *dest, const struct relay_conn *conn)
{
	size_t i;

	for (i = 0; i < dest->nlinks; i++)
		if (dest->links[i].conn == conn)
			return (&dest->links[i]);

	return (NULL);
}

static void
ready(struct relay_dest *dest, struct relay_conn *conn)
{
	const struct relay_link *link = find_link(dest, conn);

	dest->headway = env.table->now();
	relay_shun_clear(&env.table->shun, dest->key);
	if (link != NULL)
		relay_shun_clear(&env.table->shun, link->key);
}

static void
in_clear_next(struct relay_dest *dest, size_t try)
{
	dest->clear_try = try + 1;
	dest->next_try = try;
	relay_notice(RELAY_NOTICE_DOWNGRADE, time(NULL));
}

/* Whether a connection to the same address works. */
static int
works(const struct relay_dest *dest, uint64_t key)
{
	size_t i;

	for (i = 0; i < dest->nlinks; i++)
		if (dest->links[i].key == key &&
		    relay_conn_greeted(dest->links[i].conn))
			return (1);

	return (0);
}

/* The address isn't dialled for a while; the round goes on behind it. */
static void
address_failed(struct relay_dest *dest, const struct relay_link *link)
{
	relay_dest_shun(env.table, link->key);
	if (dest->next_try <= link->try)
		dest->next_try = link->try + 1;
}

static void
closed(struct relay_dest *dest, struct relay_conn *conn,
    enum relay_close kind, enum proto_why why)
{
	struct relay_link *link = find_link(dest, conn), old = *link;

	*link = dest->links[--dest->nlinks];
	env.table->host.status.connections--;
	if (kind == RELAY_CLOSE_TLS)
		in_clear_next(dest, old.try);
	else if (kind == RELAY_CLOSE_FAILED && works(dest, old.key))
		dest->bound = dest->nlinks;	/* it wants no more of us */
	else if (kind == RELAY_CLOSE_FAILED)
		address_failed(dest, &old);
	else
		dest->next_try = 0;
	if (env.table->host.stopping)
		relay_dest_defer(env.table, dest, PROTO_DEFERRED,
		    PROTO_WHY_OURS);
	else if (TAILQ_EMPTY(&dest->jobs))
		dest->next_try = 0;
	else if (dest->nlinks > 0)
		return;
	else if (kind == RELAY_CLOSE_FAILED && has_plan(env.table, dest))
		dial_next(env.table, dest, why);
	else
		relay_dial(env.table, dest);
}

void
relay_dial_init(struct relay_table *table)
{
	struct relay_host *host = &table->host;

	host->next = next_job;
	host->outcome = got_outcome;
	host->put_back = put_back;
	host->set_broken = set_broken;
	host->ready = ready;
	host->closed = closed;
	env.table = table;
}
