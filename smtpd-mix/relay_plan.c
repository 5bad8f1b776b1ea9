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
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "mail/sts.h"
#include "relay_plan.h"

static struct relay_plan *
new_plan(const struct route_dest *to, size_t nhosts)
{
	struct relay_plan *plan;

	plan = calloc(1, sizeof(*plan) + nhosts * sizeof(plan->hosts[0]));
	if (plan == NULL)
		return (NULL);
	plan->to = *to;
	plan->nhosts = nhosts;
	plan->why = PROTO_WHY_NO_HOST;

	return (plan);
}

struct relay_plan *
relay_plan_static(const struct route_dest *to)
{
	struct relay_plan *plan;

	if ((plan = new_plan(to, 0)) != NULL)
		plan->n = 1;

	return (plan);
}

static int
sockaddr_of(const struct proto_addr *addr, uint32_t port,
    struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(ss, 0, sizeof(*ss));
	if (addr->family == 4) {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_port = htons((uint16_t)port);
		memcpy(&sin.sin_addr, addr->octets, 4);
		memcpy(ss, &sin, sizeof(sin));
		*len = sizeof(sin);
		return (0);
	}
	if (addr->family != 6)
		return (-1);
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_port = htons((uint16_t)port);
	memcpy(&sin6.sin6_addr, addr->octets, 16);
	memcpy(ss, &sin6, sizeof(sin6));
	*len = sizeof(sin6);

	return (0);
}

/* The least preference at which it is we; those from there on go. */
static uint64_t
own_preference(const struct relay_plan *plan, const char *hostname)
{
	uint64_t least = UINT64_MAX;
	size_t i;

	if (plan->to.kind != ROUTE_MX)
		return (least);
	for (i = 0; i < plan->nhosts; i++)
		if (plan->hosts[i].preference < least &&
		    strcasecmp(plan->hosts[i].host, hostname) == 0)
			least = plan->hosts[i].preference;

	return (least);
}

static int
fits_policy(const struct proto_sts *sts, const char *host)
{
	uint32_t i;

	for (i = 0; i < sts->nmx && i < PROTO_STS_MX_MAX; i++)
		if (sts_mx_match(sts->mx[i], host))
			return (1);

	return (0);
}

/* Whether a host may be used at all; if not: why. */
static int
is_allowed(struct relay_plan *plan, size_t i)
{
	const struct proto_mx *mx = &plan->hosts[i];

	if (plan->to.tls == CONF_TLS_OFF)
		return (1);
	if (mx->tlsa_state == PROTO_TLSA_FAILED) {
		plan->why = PROTO_WHY_DNS;
		return (0);
	}
	/* RFC 8461 section 2: DANE's word is the last one. */
	if (mx->tlsa_state == PROTO_TLSA_USABLE ||
	    plan->sts != PROTO_STS_ENFORCE || plan->fits[i])
		return (1);
	plan->why = PROTO_WHY_TLS;

	return (0);
}

static void
add_tries(struct relay_plan *plan, size_t host)
{
	uint32_t i;

	for (i = 0; i < plan->hosts[host].naddrs &&
	    i < PROTO_ADDRS_MAX && plan->n < RELAY_TRIES_MAX; i++) {
		plan->tries[plan->n].host = (uint8_t)host;
		plan->tries[plan->n++].addr = (uint8_t)i;
	}
}

struct relay_plan *
relay_plan_new(const struct route_dest *to, const struct proto_looked_up *dns,
    const struct proto_mx *hosts, const struct proto_sts *sts,
    const char *hostname)
{
	struct relay_plan *plan;
	uint64_t least;
	size_t i;

	if ((plan = new_plan(to, dns->n)) == NULL)
		return (NULL);
	memcpy(plan->hosts, hosts, dns->n * sizeof(hosts[0]));
	plan->secure = dns->secure != 0;
	if (sts != NULL && to->kind == ROUTE_MX)
		plan->sts = (enum proto_sts_mode)sts->mode;
	least = own_preference(plan, hostname);
	for (i = 0; i < plan->nhosts; i++) {
		if (plan->hosts[i].preference >= least) {
			plan->why = PROTO_WHY_LOOP;
			continue;
		}
		plan->fits[i] = sts != NULL && fits_policy(sts,
		    plan->hosts[i].host);
		if (is_allowed(plan, i))
			add_tries(plan, i);
	}

	return (plan);
}

int
relay_plan_wants_sts(const struct route_dest *to,
    const struct proto_looked_up *dns, const struct proto_mx *hosts)
{
	uint32_t i;

	if (to->kind != ROUTE_MX || to->tls == CONF_TLS_OFF)
		return (0);
	for (i = 0; i < dns->n; i++)
		if (hosts[i].tlsa_state == PROTO_TLSA_NONE ||
		    hosts[i].tlsa_state == PROTO_TLSA_UNUSABLE)
			return (1);

	return (0);
}

static void
add_name(struct relay_hop *hop, const char *prefix, const char *name)
{
	if (hop->nnames < sizeof(hop->names) / sizeof(hop->names[0]))
		(void)snprintf(hop->names[hop->nnames++],
		    sizeof(hop->names[0]), "%s%.255s", prefix, name);
}

static void
copy_records(struct relay_hop *hop, const struct proto_mx *mx)
{
	struct dane_record *to;
	uint32_t i;

	for (i = 0; i < mx->ntlsa && i < PROTO_TLSA_MAX; i++) {
		to = &hop->records[hop->nrecords++];
		to->usage = mx->tlsa[i].usage;
		to->selector = mx->tlsa[i].selector;
		to->matching = mx->tlsa[i].matching;
		to->len = mx->tlsa[i].len;
		memcpy(to->data, mx->tlsa[i].data, sizeof(to->data));
	}
}

/* As the route says. */
static void
set_trust(struct relay_hop *hop, enum conf_tls tls)
{
	switch (tls) {
	case CONF_TLS_OFF:
		hop->trust = RELAY_CLEAR;
		break;
	case CONF_TLS_REQUIRE:
		hop->trust = RELAY_TLS;
		break;
	case CONF_TLS_VERIFY:
		hop->trust = RELAY_CA;
		break;
	case CONF_TLS_IMPLICIT:
		hop->trust = RELAY_CA;
		hop->implicit = 1;
		break;
	default:
		hop->trust = RELAY_ANY;
		break;
	}
}

static void
static_hop(const struct route_dest *to, struct relay_hop *hop)
{
	(void)route_sockaddr(to->host, to->port, &hop->addr, &hop->addr_len);
	set_trust(hop, to->tls);
	if (to->name[0] == '\0')
		return;
	(void)strlcpy(hop->sni, to->name, sizeof(hop->sni));
	add_name(hop, "", to->name);
}

/*
 * A server found by an unsigned MX record could be anybody's: what verifies it
 * then has to be for the mail domain, or for a name below it.
 */
static void
set_names(struct relay_hop *hop, const struct relay_plan *plan,
    const char *host)
{
	if (plan->to.kind == ROUTE_HOST) {
		add_name(hop, "", plan->to.name[0] != '\0' ? plan->to.name :
		    plan->to.host);
		return;
	}
	if (plan->secure || hop->by_sts)
		add_name(hop, "", host);
	if (!hop->by_sts)
		add_name(hop, "", plan->to.host);
	if (!plan->secure && !hop->by_sts)
		add_name(hop, ".", plan->to.host);
}

static void
dane_hop(struct relay_hop *hop, const struct relay_plan *plan,
    const struct proto_mx *mx)
{
	hop->trust = RELAY_DANE;
	copy_records(hop, mx);
	add_name(hop, "", mx->host);
	if (plan->secure)
		add_name(hop, "", plan->to.host);
}

static void
sts_hop(struct relay_hop *hop, const struct relay_plan *plan, size_t host)
{
	if (plan->sts == PROTO_STS_ENFORCE) {
		hop->trust = RELAY_CA;
		hop->by_sts = 1;
	} else if (plan->sts == PROTO_STS_TESTING)
		hop->testing = plan->fits[host] ? RELAY_TEST_NAME :
		    RELAY_TEST_FAILED;
}

void
relay_plan_hop(const struct relay_plan *plan, size_t i, struct relay_hop *hop)
{
	const struct proto_mx *mx;
	size_t host = plan->tries[i].host;

	memset(hop, 0, sizeof(*hop));
	(void)strlcpy(hop->auth, plan->to.auth, sizeof(hop->auth));
	if (plan->to.kind == ROUTE_ADDRESS) {
		static_hop(&plan->to, hop);
		return;
	}
	mx = &plan->hosts[host];
	hop->by_mx = plan->to.kind == ROUTE_MX;
	(void)sockaddr_of(&mx->addrs[plan->tries[i].addr], plan->to.port,
	    &hop->addr, &hop->addr_len);
	(void)strlcpy(hop->sni, plan->to.kind == ROUTE_HOST &&
	    plan->to.name[0] != '\0' ? plan->to.name : mx->host,
	    sizeof(hop->sni));
	set_trust(hop, plan->to.tls);
	if (hop->trust == RELAY_CLEAR)
		return;
	if (mx->tlsa_state == PROTO_TLSA_USABLE) {
		dane_hop(hop, plan, mx);
		return;
	}
	if (mx->tlsa_state == PROTO_TLSA_UNUSABLE && hop->trust == RELAY_ANY)
		hop->trust = RELAY_TLS;
	sts_hop(hop, plan, host);
	set_names(hop, plan, mx->host);
}
