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

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "fetch/fetch_event.h"

#include "directory_net.h"
#include "log.h"

struct request {
	TAILQ_ENTRY(request)	 entry;
	uint64_t		 number;
	uint64_t		 fetch;		/* 0: being looked up */
	fetch_done		*done;
	void			*arg;
	char			*url;
	char			*post;
	size_t			 postlen;
	int			 tls;
	size_t			 max;
	unsigned int		 timeout;
};
TAILQ_HEAD(requests, request);

static struct net_env {
	struct fetch_event	*events;
	struct requests		 requests;
	size_t			 n;
	size_t			 asked;		/* and not answered */
	uint64_t		 last;
	char			 proxy[80];	/* "": none */
	uint8_t			*ca;
	size_t			 calen;
} net;

void
net_init(void)
{
	TAILQ_INIT(&net.requests);
	if ((net.events = fetch_event_new()) == NULL)
		fatalx("libcurl does not start");
}

static void
drop(struct request *r)
{
	TAILQ_REMOVE(&net.requests, r, entry);
	net.n--;
	free(r->url);
	free(r->post);
	free(r);
}

static void
fail(struct request *r, const char *why)
{
	static const uint8_t nothing[1];
	struct fetch_answer a;
	fetch_done *done = r->done;
	void *arg = r->arg;

	memset(&a, 0, sizeof(a));
	a.result = FETCH_FAILED;
	a.body = nothing;
	strlcpy(a.error, why, sizeof(a.error));
	drop(r);
	done(arg, &a);
}

static void
cancel(struct request *r)
{
	if (r->fetch != 0)
		fetch_cancel(fetch_event_fetch(net.events), r->fetch);
}

void
net_end(void)
{
	struct request *r;

	while ((r = TAILQ_FIRST(&net.requests)) != NULL) {
		cancel(r);
		drop(r);
	}
	fetch_event_free(net.events);
	net.events = NULL;
	free(net.ca);
	net.ca = NULL;
}

/* Those that are made because others fail are left alone. */
static void
fail_all(void)
{
	struct request *r;
	uint64_t last = net.last;

	while ((r = TAILQ_FIRST(&net.requests)) != NULL && r->number <= last)
		fail(r, "the configuration was changed meanwhile");
}

static const struct role_blob *
find_ca(const struct role_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nblobs; i++)
		if (conf->blobs[i].kind == PROTO_BLOB_CA)
			return (&conf->blobs[i]);

	return (NULL);
}

static int
same_ca(const struct role_blob *blob)
{
	size_t len = blob == NULL ? 0 : blob->len;

	return (len == net.calen &&
	    (len == 0 || memcmp(net.ca, blob->data, len) == 0));
}

static void
set_ca(const struct role_blob *blob)
{
	size_t len = blob == NULL ? 0 : blob->len;

	free(net.ca);
	if ((net.ca = malloc(len + 1)) == NULL)
		fatal("ca file");
	if (len > 0)
		memcpy(net.ca, blob->data, len);
	net.calen = len;
}

void
net_configure(const struct role_conf *conf)
{
	const struct proto_conf_global *g = &conf->global;
	const struct role_blob *ca = find_ca(conf);
	char proxy[sizeof(net.proxy)] = "";
	struct request *r;

	if (g->proxy[0] != '\0')
		(void)snprintf(proxy, sizeof(proxy), strchr(g->proxy, ':') ==
		    NULL ? "%s:%u" : "[%s]:%u", g->proxy, g->proxy_port);
	if (same_ca(ca) && strcmp(proxy, net.proxy) == 0)
		return;
	TAILQ_FOREACH(r, &net.requests, entry)
		cancel(r);
	set_ca(ca);
	strlcpy(net.proxy, proxy, sizeof(net.proxy));
	fail_all();
}

static void
fetched(void *arg, const struct fetch_answer *answer)
{
	struct request *r = arg;
	fetch_done *done = r->done;
	void *done_arg = r->arg;

	drop(r);
	done(done_arg, answer);
}

/* 0; -1: it can't be made. */
static int
fetch(struct request *r, const char *const *addrs, size_t naddrs)
{
	struct fetch_request f;

	memset(&f, 0, sizeof(f));
	f.url = r->url;
	f.post = r->post;
	f.postlen = r->postlen;
	f.proxy = net.proxy[0] != '\0' ? net.proxy : NULL;
	f.ca = net.ca;
	f.calen = net.calen;
	f.addrs = addrs;
	f.naddrs = naddrs;
	f.no_lookup = 1;
	f.max = r->max;
	f.timeout = r->timeout;
	r->fetch = fetch_start(fetch_event_fetch(net.events), &f, fetched, r);

	return (r->fetch == 0 ? -1 : 0);
}

static int
is_address(const char *host)
{
	unsigned char octets[sizeof(struct in6_addr)];

	return (inet_pton(AF_INET, host, octets) == 1 ||
	    inet_pton(AF_INET6, host, octets) == 1);
}

static void
look_up(const struct request *r, const char *host)
{
	struct proto_lookup row;

	memset(&row, 0, sizeof(row));
	row.id = r->number;
	row.kind = PROTO_LOOKUP_HOST;
	strlcpy(row.name, host, sizeof(row.name));
	net.asked++;
	(void)proc_send(ROLE_RESOLVER, 0, PROTO_LOOKUP, &row, sizeof(row));
}

static struct request *
request_new(const struct net_request *from, fetch_done *done, void *arg)
{
	struct request *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (NULL);
	r->number = ++net.last;
	r->done = done;
	r->arg = arg;
	r->tls = from->tls;
	r->max = from->max;
	r->timeout = from->timeout;
	TAILQ_INSERT_TAIL(&net.requests, r, entry);
	net.n++;
	if ((r->url = strdup(from->url)) == NULL ||
	    (from->post != NULL && (r->post = malloc(from->postlen + 1)) ==
	    NULL)) {
		drop(r);
		return (NULL);
	}
	if (from->post != NULL) {
		memcpy(r->post, from->post, from->postlen);
		r->postlen = from->postlen;
	}

	return (r);
}

uint64_t
net_start(const struct net_request *from, fetch_done *done, void *arg,
    const char **why)
{
	struct request *r;

	*why = "out of memory";
	if (net.n == NET_MAX || net.asked == PROTO_LOOKUPS_MAX) {
		*why = "too many requests at one time";
		return (0);
	}
	if (from->tls && net.calen == 0) {
		*why = "there are no certificates to trust (ca file)";
		return (0);
	}
	if ((r = request_new(from, done, arg)) == NULL)
		return (0);
	if (net.proxy[0] == '\0' && !is_address(from->host)) {
		look_up(r, from->host);
		return (r->number);
	}
	if (fetch(r, NULL, 0) == -1) {
		*why = "the request can't be made";
		drop(r);
		return (0);
	}

	return (r->number);
}

static struct request *
find(uint64_t number)
{
	struct request *r;

	TAILQ_FOREACH(r, &net.requests, entry)
		if (r->number == number)
			break;

	return (r);
}

void
net_cancel(uint64_t number)
{
	struct request *r;

	if (number == 0 || (r = find(number)) == NULL)
		return;
	cancel(r);
	drop(r);
}

static const char *
dns_text(const struct proto_looked_up *row)
{
	switch (row->status) {
	case PROTO_DNS_OK:
		return (row->refused > 0 ? "its addresses are private ones: "
		    "those are only dialled when the configuration has them" :
		    "it has no address");
	case PROTO_DNS_LATER:
		return ("the DNS doesn't answer");
	case PROTO_DNS_BOGUS:
		return ("what the DNS says of it isn't authentic");
	default:
		return ("there is no such name");
	}
}

static size_t
addresses(const struct proto_looked_up *row,
    char text[PROTO_ADDRS_MAX][INET6_ADDRSTRLEN])
{
	const struct proto_mx *host = (const struct proto_mx *)(row + 1);
	size_t i, n = 0;

	if (row->status != PROTO_DNS_OK || row->n == 0)
		return (0);
	for (i = 0; i < host->naddrs && i < PROTO_ADDRS_MAX; i++)
		if (inet_ntop(host->addrs[i].family == 6 ? AF_INET6 : AF_INET,
		    host->addrs[i].octets, text[n],
		    INET6_ADDRSTRLEN) != NULL)
			n++;

	return (n);
}

void
net_looked_up(const struct proto_looked_up *row)
{
	char text[PROTO_ADDRS_MAX][INET6_ADDRSTRLEN];
	const char *list[PROTO_ADDRS_MAX];
	struct request *r = find(row->id);
	size_t i, n;

	if (net.asked > 0)
		net.asked--;
	if (r == NULL || r->fetch != 0)
		return;
	if ((n = addresses(row, text)) == 0) {
		fail(r, dns_text(row));
		return;
	}
	for (i = 0; i < n; i++)
		list[i] = text[i];
	if (fetch(r, list, n) == -1)
		fail(r, "the request can't be made");
}
