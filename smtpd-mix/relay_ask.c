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

#include "compat/compat.h"
#include "log.h"
#include "proc.h"
#include "relay_dest.h"
#include "relay_trust.h"

/*
 * Asks resolver where a destination's servers are, and directory for the policy
 * of its domain; of the answers a plan is made.
 */

static struct relay_dest *
find(struct relay_table *table, uint64_t number)
{
	struct relay_dest *dest;

	TAILQ_FOREACH(dest, &table->dests, entry)
		if (dest->asking != 0 && dest->asking == number)
			return (dest);
	fatalx("an answer to a question that wasn't asked");
}

/* A plan, which is used at once; NULL: there is no memory. */
static void
planned(struct relay_table *table, struct relay_dest *dest,
    struct relay_plan *plan, uint32_t ttl)
{
	free(dest->hosts);
	dest->hosts = NULL;
	dest->asking = 0;
	free(dest->plan);
	dest->plan = plan;
	dest->next_try = 0;
	if (plan == NULL) {
		relay_dest_failed(table, dest, PROTO_WHY_OURS);
		return;
	}
	if (ttl > RELAY_PLAN_MAX)
		ttl = RELAY_PLAN_MAX;
	if (ttl < RELAY_PLAN_MIN || plan->n == 0)
		ttl = RELAY_PLAN_MIN;
	dest->plan_until = table->now() + (time_t)ttl;
	relay_dial(table, dest);
}

static int
ask_dns(struct relay_table *table, struct relay_dest *dest)
{
	struct proto_lookup row;

	if (table->asking >= PROTO_LOOKUPS_MAX)
		return (-1);
	memset(&row, 0, sizeof(row));
	row.id = ++table->last_number;
	row.kind = dest->to.kind == ROUTE_MX ? PROTO_LOOKUP_MAIL :
	    PROTO_LOOKUP_HOST;
	row.port = dest->to.port;
	(void)strlcpy(row.name, dest->to.host, sizeof(row.name));
	if (proc_send(ROLE_RESOLVER, 0, PROTO_LOOKUP, &row,
	    sizeof(row)) == -1)
		return (-1);
	dest->asking = row.id;
	table->asking++;

	return (0);
}

int
relay_ask(struct relay_table *table, struct relay_dest *dest)
{
	if (dest->to.kind != ROUTE_ADDRESS)
		return (ask_dns(table, dest));
	planned(table, dest, relay_plan_static(&dest->to), RELAY_PLAN_MAX);

	return (0);
}

static void
check_dns(const struct proto_looked_up *dns, const struct proto_mx *hosts)
{
	uint32_t i;

	if (dns->n > PROTO_MX_MAX || dns->status > PROTO_DNS_BOGUS ||
	    !proto_string(dns->sts_id, sizeof(dns->sts_id)))
		fatalx("resolver sent a broken answer");
	for (i = 0; i < dns->n; i++)
		if (hosts[i].naddrs > PROTO_ADDRS_MAX ||
		    hosts[i].ntlsa > PROTO_TLSA_MAX ||
		    !proto_string(hosts[i].host, sizeof(hosts[i].host)))
			fatalx("resolver sent a broken host");
}

/* Whether the policy is asked for; the answer so far is kept for then. */
static int
ask_sts(struct relay_dest *dest, const struct proto_looked_up *dns,
    const struct proto_mx *hosts)
{
	struct proto_sts_get row;

	if (!relay_plan_wants_sts(&dest->to, dns, hosts) ||
	    (dest->hosts = calloc(dns->n, sizeof(hosts[0]))) == NULL)
		return (0);
	memcpy(dest->hosts, hosts, dns->n * sizeof(hosts[0]));
	dest->dns = *dns;
	memset(&row, 0, sizeof(row));
	row.number = dest->asking;
	(void)strlcpy(row.domain, dest->to.host, sizeof(row.domain));
	(void)strlcpy(row.id, dns->sts_id, sizeof(row.id));

	return (proc_send(ROLE_DIRECTORY, 0, PROTO_STS_GET, &row,
	    sizeof(row)) == 0);
}

/*
 * That a domain takes no mail is believed, and its mail given up, only when it
 * is proven: a resolver that is wrong, or lied to, must not lose mails.  All
 * others are tried again until they expire, and so are those whose servers have
 * addresses that we don't send to: some may be ours, by mistake.
 */
static void
no_hosts(struct relay_table *table, struct relay_dest *dest,
    const struct proto_looked_up *dns)
{
	if (dns->secure && dns->refused == 0)
		relay_dest_defer(table, dest, PROTO_FAILED,
		    PROTO_WHY_NO_HOST);
	relay_dest_failed(table, dest, PROTO_WHY_NO_HOST);
}

static void
count_silence(struct relay_table *table, const struct proto_looked_up *dns)
{
	if (dns->status == PROTO_DNS_LATER)
		table->unanswered++;
	else
		table->unanswered = 0;
}

static void
got_hosts(struct relay_table *table, struct relay_dest *dest,
    const struct proto_looked_up *dns, const struct proto_mx *hosts)
{
	if (!ask_sts(dest, dns, hosts))
		planned(table, dest, relay_plan_new(&dest->to, dns, hosts,
		    NULL, table->host.conf.hostname), dns->ttl);
}

void
relay_ask_dns(struct relay_table *table, const struct proto_looked_up *dns,
    size_t len)
{
	struct relay_dest *dest = find(table, dns->id);
	struct proto_mx *hosts = NULL;

	/* Behind the answer, and of no alignment that is known. */
	if (dns->n > 0 && (hosts = malloc(len - sizeof(*dns))) == NULL)
		fatal("hosts");
	if (hosts != NULL)
		memcpy(hosts, dns + 1, len - sizeof(*dns));
	check_dns(dns, hosts);
	table->asking--;
	count_silence(table, dns);
	if (dns->status == PROTO_DNS_OK && dns->n > 0)
		got_hosts(table, dest, dns, hosts);
	else {
		dest->asking = 0;
		if (dns->status == PROTO_DNS_LATER ||
		    dns->status == PROTO_DNS_BOGUS)
			relay_dest_failed(table, dest, PROTO_WHY_DNS);
		else
			no_hosts(table, dest, dns);
	}
	free(hosts);
}

static void
check_sts(const struct proto_sts *sts)
{
	uint32_t i;

	if (sts->mode > PROTO_STS_ENFORCE || sts->nmx > PROTO_STS_MX_MAX)
		fatalx("directory sent a broken policy");
	for (i = 0; i < sts->nmx; i++)
		if (!proto_string(sts->mx[i], sizeof(sts->mx[i])))
			fatalx("directory sent a broken pattern");
}

void
relay_ask_sts(struct relay_table *table, const struct proto_sts *sts)
{
	struct relay_dest *dest = find(table, sts->number);
	struct relay_plan *plan;
	uint32_t ttl = dest->dns.ttl;

	check_sts(sts);
	if (dest->hosts == NULL)
		fatalx("a policy that wasn't asked for");
	if (sts->failed) {
		table->host.status.sts_missing++;
		relay_notice(RELAY_NOTICE_STS, time(NULL));
	}
	if (sts->mode != PROTO_STS_NONE && sts->max_age < ttl)
		ttl = sts->max_age;
	plan = relay_plan_new(&dest->to, &dest->dns, dest->hosts, sts,
	    table->host.conf.hostname);
	planned(table, dest, plan, ttl);
}
