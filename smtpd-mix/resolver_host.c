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

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "mail/netaddr.h"

#include "resolver_host.h"

static void	ask_tlsa(struct host *, const char *);

static void
complete(struct host *h)
{
	h->complete = 1;
	h->done(h);
}

static void
lower_ttl(struct host *h, uint32_t ttl)
{
	if (ttl < h->ttl)
		h->ttl = ttl;
}

static int
is_own(const struct role_conf *conf, const struct proto_addr *addr)
{
	size_t i;

	for (i = 0; i < conf->nself; i++)
		if (netaddr_same(addr->family, addr->octets,
		    conf->self[i].family, conf->self[i].octets))
			return (1);

	return (0);
}

static void
take_addr(struct host *h, const struct proto_addr *addr)
{
	if (is_own(h->conf, addr)) {
		h->ours = 1;
		h->refused++;
	} else if (netaddr_refused(addr->family, addr->octets))
		h->refused++;
	else if (h->naddrs < HOST_ADDRS_MAX)
		h->addrs[h->naddrs++] = *addr;
}

/* 0; -1: the answer is broken. */
static int
take_addrs(struct host *h, const uint8_t *buf, size_t len, uint16_t type)
{
	struct dns_answer answer;
	struct dns_rdata data;
	struct proto_addr addr;

	if (dns_answer_open(&answer, buf, len, h->mx.host, type) == -1 ||
	    (answer.rcode != DNS_RCODE_OK &&
	    answer.rcode != DNS_RCODE_NO_NAME))
		return (-1);
	lower_ttl(h, answer.ttl);
	if (answer.naliases > 0)
		strlcpy(h->alias, answer.name, sizeof(h->alias));
	while (dns_answer_next(&answer, &data))
		if (dns_addr_read(&data, &addr) &&
		    (addr.family == 4) == (type == DNS_TYPE_A))
			take_addr(h, &addr);

	return (0);
}

/* The addresses are there: in the order in which to try them. */
static void
order_addrs(struct host *h)
{
	size_t n = h->naddrs;

	dns_addr_order(h->addrs, n, &rng_system);
	if (n > PROTO_ADDRS_MAX)
		n = PROTO_ADDRS_MAX;
	memcpy(h->mx.addrs, h->addrs, n * sizeof(h->addrs[0]));
	h->mx.naddrs = (uint32_t)n;
}

/* First those of a usage whose match decides alone, as far as they fit. */
static void
take_tlsa(struct host *h, struct dns_answer answer, uint8_t usage)
{
	struct dns_rdata data;
	struct proto_tlsa tlsa;

	while (h->mx.ntlsa < PROTO_TLSA_MAX &&
	    dns_answer_next(&answer, &data))
		if (dns_tlsa_read(&data, &tlsa) && tlsa.usage == usage)
			h->mx.tlsa[h->mx.ntlsa++] = tlsa;
}

/* 0; -1: the answer is broken. */
static int
read_tlsa(struct host *h, const uint8_t *buf, size_t len, const char *name)
{
	struct dns_answer answer;

	if (dns_answer_open(&answer, buf, len, name, DNS_TYPE_TLSA) == -1 ||
	    (answer.rcode != DNS_RCODE_OK &&
	    answer.rcode != DNS_RCODE_NO_NAME))
		return (-1);
	lower_ttl(h, answer.ttl);
	if (answer.nrecords == 0)
		return (0);
	take_tlsa(h, answer, 3);
	take_tlsa(h, answer, 2);
	h->mx.tlsa_state = h->mx.ntlsa > 0 ? PROTO_TLSA_USABLE :
	    PROTO_TLSA_UNUSABLE;

	return (0);
}

/* "_25._tcp." before a name.  0; -1: too long. */
static int
tlsa_name(const struct host *h, const char *base, char name[DNS_NAME_MAX])
{
	return (snprintf(name, DNS_NAME_MAX, "_%u._tcp.%s", h->port, base) <
	    DNS_NAME_MAX ? 0 : -1);
}

static void
got_tlsa(void *arg, enum query_state state, const uint8_t *buf, size_t len)
{
	struct host *h = arg;
	char name[DNS_NAME_MAX];

	h->slots[HOST_MORE] = NULL;
	if (tlsa_name(h, h->base ? h->alias : h->mx.host, name) == -1 ||
	    (state != QUERY_SECURE && state != QUERY_INSECURE) ||
	    (state == QUERY_SECURE && read_tlsa(h, buf, len, name) == -1))
		h->mx.tlsa_state = PROTO_TLSA_FAILED;
	if (h->mx.tlsa_state == PROTO_TLSA_NONE && h->base) {
		h->base = 0;
		ask_tlsa(h, h->mx.host);
		return;
	}
	complete(h);
}

static void
ask_tlsa(struct host *h, const char *base)
{
	char name[DNS_NAME_MAX];

	/* Under a name as long as that there can't be any. */
	if (tlsa_name(h, base, name) == -1) {
		complete(h);
		return;
	}
	h->slots[HOST_MORE] = query_new(h->resolver, name, DNS_TYPE_TLSA,
	    got_tlsa, h);
	if (h->slots[HOST_MORE] == NULL) {
		h->mx.tlsa_state = PROTO_TLSA_FAILED;
		complete(h);
	}
}

/* An alias whose own record is signed: only under its name can TLSA be. */
static void
got_alias(void *arg, enum query_state state, const uint8_t *buf, size_t len)
{
	struct host *h = arg;

	(void)buf, (void)len;
	h->slots[HOST_MORE] = NULL;
	switch (state) {
	case QUERY_SECURE:
		ask_tlsa(h, h->mx.host);
		break;
	case QUERY_INSECURE:
		complete(h);
		break;
	default:
		h->mx.tlsa_state = PROTO_TLSA_FAILED;
		complete(h);
	}
}

static void
ask_alias(struct host *h)
{
	h->slots[HOST_MORE] = query_new(h->resolver, h->mx.host,
	    DNS_TYPE_CNAME, got_alias, h);
	if (h->slots[HOST_MORE] == NULL) {
		h->mx.tlsa_state = PROTO_TLSA_FAILED;
		complete(h);
	}
}

/* Both address records have been answered. */
static void
got_addrs(struct host *h)
{
	order_addrs(h);
	if (h->port == 0 || h->mx.naddrs == 0)
		complete(h);
	else if (h->insecure && h->alias[0] != '\0')
		ask_alias(h);
	else if (h->insecure)
		complete(h);
	else {
		h->base = h->alias[0] != '\0';
		ask_tlsa(h, h->base ? h->alias : h->mx.host);
	}
}

static void
got_addr(struct host *h, enum host_slot slot, enum query_state state,
    const uint8_t *buf, size_t len)
{
	uint16_t type = slot == HOST_A ? DNS_TYPE_A : DNS_TYPE_AAAA;

	h->slots[slot] = NULL;
	if (state == QUERY_BOGUS)
		h->bogus = 1;
	else if (state == QUERY_FAILED || take_addrs(h, buf, len, type) == -1)
		h->failed = 1;
	else if (state == QUERY_INSECURE)
		h->insecure = 1;
	if (h->slots[HOST_A] == NULL && h->slots[HOST_AAAA] == NULL)
		got_addrs(h);
}

static void
got_a(void *arg, enum query_state state, const uint8_t *buf, size_t len)
{
	got_addr(arg, HOST_A, state, buf, len);
}

static void
got_aaaa(void *arg, enum query_state state, const uint8_t *buf, size_t len)
{
	got_addr(arg, HOST_AAAA, state, buf, len);
}

int
host_start(struct host *h, struct resolver *resolver,
    const struct role_conf *conf, const char *name, uint32_t preference,
    uint32_t port, host_done *done, void *arg)
{
	memset(h, 0, sizeof(*h));
	h->resolver = resolver;
	h->conf = conf;
	h->done = done;
	h->arg = arg;
	h->port = port;
	h->ttl = UINT32_MAX;
	h->ours = strcasecmp(name, conf->global.hostname) == 0;
	strlcpy(h->mx.host, name, sizeof(h->mx.host));
	h->mx.preference = preference;
	h->mx.tlsa_state = PROTO_TLSA_NONE;
	h->slots[HOST_A] = query_new(resolver, name, DNS_TYPE_A, got_a, h);
	h->slots[HOST_AAAA] = query_new(resolver, name, DNS_TYPE_AAAA,
	    got_aaaa, h);
	if (h->slots[HOST_A] != NULL && h->slots[HOST_AAAA] != NULL)
		return (0);
	host_stop(h);

	return (-1);
}

void
host_stop(struct host *h)
{
	int slot;

	if (h->complete)
		return;
	/* The addresses of one family are better than none. */
	if (h->slots[HOST_A] != NULL || h->slots[HOST_AAAA] != NULL) {
		h->failed = 1;
		order_addrs(h);
	}
	/* Unless it is known to have none, it needs its TLSA records. */
	if (h->port != 0 && (!h->insecure || h->alias[0] != '\0'))
		h->mx.tlsa_state = PROTO_TLSA_FAILED;
	for (slot = 0; slot < HOST_SLOTS; slot++) {
		if (h->slots[slot] != NULL)
			query_forget(h->slots[slot]);
		h->slots[slot] = NULL;
	}
	h->complete = 1;
}
