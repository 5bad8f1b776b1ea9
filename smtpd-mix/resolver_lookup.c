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
#include <sys/time.h>

#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "dns/order.h"
#include "dns/rdata.h"
#include "mail/address.h"

#include "resolver_host.h"
#include "resolver_lookup.h"

#define MX_MAX		256	/* records that are looked at */

struct lookup {
	struct resolver	*resolver;
	const struct role_conf *conf;
	struct proto_lookup question;
	lookup_done	*done;
	void		*arg;
	struct event	 timer;
	int		 late;		/* for the TXT record */
	struct query	*mx;
	struct query	*txt;
	struct host	*hosts;		/* PROTO_MX_MAX of them */
	size_t		 nhosts;
	size_t		 complete;	/* of them */
	uint32_t	 ttl;
	uint32_t	 txt_ttl;
	uint32_t	 secure;
	char		 sts_id[DNS_STS_ID_MAX];
};

void
lookup_answer_none(struct lookup_answer *a, const struct proto_lookup *q,
    enum proto_dns status, const char *error)
{
	memset(a, 0, sizeof(*a));
	a->head.id = q->id;
	a->head.status = (uint32_t)status;
	a->head.ttl = LOOKUP_TTL_MIN;
	a->error = error;
}

static void
stop(struct lookup *l)
{
	size_t i;

	(void)evtimer_del(&l->timer);
	if (l->mx != NULL)
		query_forget(l->mx);
	if (l->txt != NULL)
		query_forget(l->txt);
	l->mx = l->txt = NULL;
	for (i = 0; i < l->nhosts; i++)
		host_stop(&l->hosts[i]);
}

void
lookup_free(struct lookup *l)
{
	stop(l);
	free(l->hosts);
	free(l);
}

static uint32_t
clamp_ttl(const struct lookup *l, uint32_t status)
{
	uint32_t ttl = l->ttl;

	if (status == PROTO_DNS_LATER || status == PROTO_DNS_BOGUS ||
	    ttl < LOOKUP_TTL_MIN)
		return (LOOKUP_TTL_MIN);

	return (ttl > LOOKUP_TTL_MAX ? LOOKUP_TTL_MAX : ttl);
}

static void
lower(uint32_t *ttl, uint32_t to)
{
	if (to < *ttl)
		*ttl = to;
}

/* The end: hands out the answer. */
static void
answer(struct lookup *l, struct lookup_answer *a)
{
	lookup_done *done = l->done;
	void *arg = l->arg;

	lookup_free(l);
	done(arg, a);
}

/* The end without hosts. */
static void
end(struct lookup *l, enum proto_dns status, const char *error)
{
	struct lookup_answer a;

	lookup_answer_none(&a, &l->question, status, error);
	a.head.ttl = clamp_ttl(l, a.head.status);
	a.head.secure = l->secure;
	answer(l, &a);
}

/*
 * RFC 5321 5.1: where this machine is among the servers, it and those behind it
 * are no way.  Returns the first preference that isn't.
 */
static uint32_t
first_no_way(const struct lookup *l)
{
	uint32_t least = UINT32_MAX;
	size_t i;

	if (l->question.kind != PROTO_LOOKUP_MAIL)
		return (least);
	for (i = 0; i < l->nhosts; i++)
		if (l->hosts[i].ours)
			lower(&least, l->hosts[i].mx.preference);

	return (least);
}

/* What there is to say when no host is left. */
static void
explain_none(const struct lookup *l, struct lookup_answer *a)
{
	int failed = 0, bogus = 0;
	size_t i;

	for (i = 0; i < l->nhosts; i++) {
		failed |= l->hosts[i].failed;
		bogus |= l->hosts[i].bogus;
	}
	a->head.status = bogus ? PROTO_DNS_BOGUS : failed ? PROTO_DNS_LATER :
	    PROTO_DNS_NONE;
	a->error = bogus ? "addresses: DNSSEC validation failed" : failed ?
	    "addresses: no answer, or an error" : a->head.refused > 0 ?
	    "all addresses are of this machine or no public ones" :
	    "no addresses";
}

/* All that is to be known is known, or time is up. */
static void
end_with_hosts(struct lookup *l)
{
	struct lookup_answer a;
	const struct host *h;
	uint32_t limit;

	stop(l);
	lookup_answer_none(&a, &l->question, PROTO_DNS_OK, NULL);
	limit = first_no_way(l);
	for (h = l->hosts; h < l->hosts + l->nhosts; h++) {
		a.head.refused += h->refused;
		lower(&l->ttl, h->ttl);
		if (h->mx.naddrs == 0)
			continue;
		if (h->mx.preference >= limit)
			a.head.refused += h->mx.naddrs;
		else
			a.hosts[a.head.n++] = h->mx;
	}
	if (a.head.n == 0)
		explain_none(l, &a);
	if (l->sts_id[0] != '\0')
		lower(&l->ttl, l->txt_ttl);
	strlcpy(a.head.sts_id, l->sts_id, sizeof(a.head.sts_id));
	a.head.ttl = clamp_ttl(l, a.head.status);
	a.head.secure = l->secure;
	answer(l, &a);
}

static int
has_hosts(const struct lookup *l)
{
	return (l->mx == NULL && l->complete == l->nhosts);
}

static void
look(struct lookup *l)
{
	if (has_hosts(l) && (l->txt == NULL || l->late))
		end_with_hosts(l);
}

static void
host_complete(struct host *h)
{
	struct lookup *l = h->arg;

	l->complete++;
	look(l);
}

/* First the TXT record's time is up, then all. */
static void
time_up(int fd, short what, void *arg)
{
	struct timeval rest = { LOOKUP_SECONDS - LOOKUP_STS_SECONDS, 0 };
	struct lookup *l = arg;

	(void)fd, (void)what;
	if (!l->late) {
		l->late = 1;
		(void)evtimer_add(&l->timer, &rest);
		look(l);
	} else if (l->mx != NULL)
		end(l, PROTO_DNS_LATER, "MX: no answer in time");
	else
		end_with_hosts(l);
}

static int
add_host(struct lookup *l, const char *name, uint32_t preference)
{
	uint32_t port = l->question.kind == PROTO_LOOKUP_MAIL ?
	    l->question.port : 0;

	if (host_start(&l->hosts[l->nhosts], l->resolver, l->conf, name,
	    preference, port, host_complete, l) == -1)
		return (-1);
	l->nhosts++;

	return (0);
}

/* Reads the MX records; those of no use are left out. */
static size_t
read_mx(struct dns_answer *from, struct dns_mx *list, size_t max)
{
	struct dns_rdata data;
	size_t n = 0;

	while (n < max && dns_answer_next(from, &data))
		n += (size_t)dns_mx_read(&data, &list[n]);

	return (n);
}

/* "." says that there is no mail here, if it is alone; else it says nothing. */
static size_t
drop_null(struct dns_mx *list, size_t n)
{
	size_t i, left = 0;

	for (i = 0; i < n; i++)
		if (list[i].host[0] != '\0')
			list[left++] = list[i];

	return (left);
}

static void
start_hosts(struct lookup *l, struct dns_mx *list, size_t n)
{
	size_t i;

	n = dns_mx_order(list, n, &rng_system);
	if (n > PROTO_MX_MAX)
		n = PROTO_MX_MAX;
	for (i = 0; i < n; i++)
		if (add_host(l, list[i].host, list[i].preference) == -1) {
			end(l, PROTO_DNS_LATER, "out of memory");
			return;
		}
}

static void
take_mx(struct lookup *l, struct dns_answer *from)
{
	struct dns_mx *list;
	size_t n, hosts;

	if ((list = calloc(MX_MAX, sizeof(*list))) == NULL) {
		end(l, PROTO_DNS_LATER, "out of memory");
		return;
	}
	n = read_mx(from, list, MX_MAX);
	hosts = drop_null(list, n);
	if (hosts > 0)
		start_hosts(l, list, hosts);
	else if (n > 0)
		end(l, PROTO_DNS_NULL_MX, NULL);
	else
		end(l, PROTO_DNS_NONE, "MX: names of no hosts");
	free(list);
}

/* Without MX records the domain is its own server. */
static void
take_domain(struct lookup *l)
{
	if (add_host(l, l->question.name, 0) == -1)
		end(l, PROTO_DNS_LATER, "out of memory");
}

static void
got_mx(void *arg, enum query_state state, const uint8_t *buf, size_t len)
{
	struct lookup *l = arg;
	struct dns_answer from;

	l->mx = NULL;
	l->secure = state == QUERY_SECURE;
	if (state == QUERY_BOGUS)
		end(l, PROTO_DNS_BOGUS, "MX: DNSSEC validation failed");
	else if (state == QUERY_FAILED)
		end(l, PROTO_DNS_LATER, "MX: no answer, or an error");
	else if (dns_answer_open(&from, buf, len, l->question.name,
	    DNS_TYPE_MX) == -1)
		end(l, PROTO_DNS_LATER, "MX: the answer is broken");
	else {
		lower(&l->ttl, from.ttl);
		if (from.rcode == DNS_RCODE_NO_NAME)
			end(l, PROTO_DNS_NONE, "no such domain");
		else if (from.rcode != DNS_RCODE_OK)
			end(l, PROTO_DNS_LATER, "MX: an error");
		else if (from.nrecords == 0)
			take_domain(l);
		else
			take_mx(l, &from);
	}
}

/* Exactly one record of MTA-STS counts, and only if it is well-formed. */
static void
take_txt(struct lookup *l, struct dns_answer *from)
{
	char id[DNS_STS_ID_MAX];
	struct dns_rdata data;
	unsigned int n = 0;
	int found;

	while (dns_answer_next(from, &data)) {
		if ((found = dns_sts_id_read(&data, id)) == 0)
			continue;
		n++;
		if (found == 1)
			strlcpy(l->sts_id, id, sizeof(l->sts_id));
		else
			n++;
	}
	if (n != 1)
		l->sts_id[0] = '\0';
	l->txt_ttl = from->ttl;
}

static int
txt_name(const struct lookup *l, char name[DNS_NAME_MAX])
{
	return (snprintf(name, DNS_NAME_MAX, "_mta-sts.%s", l->question.name) <
	    DNS_NAME_MAX ? 0 : -1);
}

static void
got_txt(void *arg, enum query_state state, const uint8_t *buf, size_t len)
{
	struct lookup *l = arg;
	struct dns_answer from;
	char name[DNS_NAME_MAX];

	l->txt = NULL;
	if ((state == QUERY_SECURE || state == QUERY_INSECURE) &&
	    txt_name(l, name) == 0 && dns_answer_open(&from, buf, len, name,
	    DNS_TYPE_TXT) == 0)
		take_txt(l, &from);
	look(l);
}

static int
start_mail(struct lookup *l)
{
	char name[DNS_NAME_MAX];

	l->mx = query_new(l->resolver, l->question.name, DNS_TYPE_MX, got_mx,
	    l);
	if (l->mx == NULL)
		return (-1);
	if (txt_name(l, name) == -1)
		return (0);
	l->txt = query_new(l->resolver, name, DNS_TYPE_TXT, got_txt, l);

	return (l->txt == NULL ? -1 : 0);
}

struct lookup *
lookup_new(struct resolver *resolver, const struct role_conf *conf,
    const struct proto_lookup *question, lookup_done *done, void *arg)
{
	struct timeval tv = { LOOKUP_STS_SECONDS, 0 };
	struct lookup *l;
	int error;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	l->resolver = resolver;
	l->conf = conf;
	l->question = *question;
	l->done = done;
	l->arg = arg;
	l->ttl = UINT32_MAX;
	evtimer_set(&l->timer, time_up, l);
	(void)evtimer_add(&l->timer, &tv);
	l->hosts = calloc(PROTO_MX_MAX, sizeof(*l->hosts));
	if (l->hosts == NULL)
		error = -1;
	else if (question->kind == PROTO_LOOKUP_MAIL)
		error = start_mail(l);
	else
		error = add_host(l, question->name, 0);
	if (error == 0)
		return (l);
	lookup_free(l);

	return (NULL);
}
