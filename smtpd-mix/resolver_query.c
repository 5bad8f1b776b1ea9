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
#include <sys/queue.h>

#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

#include "compat/compat.h"
#include "dns/anchor.h"
#include "dns/answer.h"

#include "log.h"
#include "resolver_event.h"
#include "resolver_query.h"

#define CLASS_IN	1
/*
 * Questions at once, those counted that nobody waits for any more: libunbound
 * gives up on a dead server in its own time.  The rest waits here.
 */
#define RUNNING_MAX	512

struct query {
	TAILQ_ENTRY(query) entry;
	struct resolver	*resolver;
	query_done	*done;		/* NULL: forgotten */
	void		*arg;
	int		 running;
	uint16_t	 type;
	char		 name[DNS_NAME_MAX + 1];
};

TAILQ_HEAD(queries, query);

struct resolver {
	struct ub_ctx	*ctx;
	struct event	 start;		/* what waits */
	struct queries	 waiting;
	struct queries	 running;
	unsigned int	 nrunning;
};

/*
 * What is not the default of a library.  The first ones are needed; the others
 * not every version knows.
 */
static const struct option {
	const char	*name;
	const char	*value;
	int		 needed;
} options[] = {
	/* A resolver beside us is a usual thing to forward to. */
	{ "do-not-query-localhost:", "no", 1 },
	/* Names are shown to nobody who needn't see them, nor logged. */
	{ "qname-minimisation:", "yes", 1 },
	{ "use-syslog:", "no", 1 },
	{ "verbosity:", "0", 1 },
	{ "log-queries:", "no", 1 },
	{ "target-fetch-policy:", "0 0 0 0 0", 1 },
	{ "trust-anchor-signaling:", "no", 0 },
	{ "minimal-responses:", "yes", 0 },
	/* Memory. */
	{ "msg-cache-size:", "4m", 1 },
	{ "rrset-cache-size:", "8m", 1 },
	{ "key-cache-size:", "1m", 1 },
	{ "neg-cache-size:", "1m", 1 },
	{ "infra-cache-numhosts:", "5000", 1 },
	{ "outgoing-range:", "256", 1 },
	{ "outgoing-num-tcp:", "32", 1 },
	/*
	 * What a server was like is soon forgotten: anybody's domain without
	 * an answer makes the one that is forwarded to look dead, for all.
	 * Before libunbound believes it (when it waits 12 s) it has to ask
	 * anew.
	 */
	{ "infra-host-ttl:", "10", 1 },
	/* And what it has in its cache it answers faster than all else. */
	{ "infra-cache-min-rtt:", "300", 0 },
	{ "infra-keep-probing:", "yes", 0 },
	{ "val-bogus-ttl:", "30", 0 },
	{ "cache-max-negative-ttl:", "600", 0 },
	{ "edns-buffer-size:", "1232", 1 },
	{ "harden-glue:", "yes", 1 },
	{ "harden-dnssec-stripped:", "yes", 1 },
	{ "harden-below-nxdomain:", "yes", 0 },
	/* Not from the host file, nor out of date. */
	{ "serve-expired:", "no", 0 },
};

static void	start_waiting(int, short, void *);

/* libunbound's functions don't write to their arguments, but don't say so. */
static char *
unconst(const char *s)
{
	char *p;

	memcpy(&p, &s, sizeof(p));

	return (p);
}

static int
complain(char *err, size_t len, const char *what, int error)
{
	(void)snprintf(err, len, "%s: %s", what,
	    ub_strerror(error));

	return (-1);
}

static int
set_options(struct ub_ctx *ctx, char *err, size_t len)
{
	const struct option *o;
	int error;

	for (o = options; o < options + nitems(options); o++) {
		error = ub_ctx_set_option(ctx, unconst(o->name),
		    unconst(o->value));
		if (error != 0 && o->needed)
			return (complain(err, len, o->name, error));
	}

	return (0);
}

static int
set_forwards(struct ub_ctx *ctx, const struct role_conf *conf, char *err,
    size_t len)
{
	char at[sizeof(conf->forwards->address) + 16];
	size_t i;
	int error;

	for (i = 0; i < conf->nforwards; i++) {
		(void)snprintf(at, sizeof(at), "%s@%u",
		    conf->forwards[i].address, conf->forwards[i].port);
		if ((error = ub_ctx_set_fwd(ctx, at)) != 0)
			return (complain(err, len, at, error));
	}

	return (0);
}

static const struct role_blob *
find_anchor(const struct role_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nblobs; i++)
		if (conf->blobs[i].kind == PROTO_BLOB_ANCHOR)
			return (&conf->blobs[i]);

	return (NULL);
}

static int
add_anchor(struct ub_ctx *ctx, const char *record, char *err, size_t len)
{
	int error;

	if ((error = ub_ctx_add_ta(ctx, unconst(record))) != 0)
		return (complain(err, len, "trust anchor", error));

	return (0);
}

/* Those of the file, or else the root's. */
static int
set_anchors(struct ub_ctx *ctx, const struct role_conf *conf, char *err,
    size_t len)
{
	const struct role_blob *blob;
	char record[DNS_ANCHOR_MAX];
	unsigned int n = 0;
	size_t pos = 0;
	int more;

	if ((blob = find_anchor(conf)) == NULL) {
		for (; dns_root_anchors[n] != NULL; n++)
			if (add_anchor(ctx, dns_root_anchors[n], err,
			    len) == -1)
				return (-1);
		return (0);
	}
	while ((more = dns_anchor_next((const char *)blob->data, blob->len,
	    &pos, record)) == 1) {
		if (add_anchor(ctx, record, err, len) == -1)
			return (-1);
		n++;
	}
	if (more == 0 && n > 0)
		return (0);
	(void)snprintf(err, len, "trust anchor file: %s",
	    n == 0 && more == 0 ? "there is no DS or DNSKEY record in it" :
	    "there is something else than DS and DNSKEY records in it");

	return (-1);
}

static void
ignore(void *arg, int rcode, void *packet, int len, int sec, char *why,
    int limited)
{
	(void)arg, (void)rcode, (void)packet, (void)len, (void)sec;
	(void)why, (void)limited;
}

/*
 * The settings are looked at when the first question comes; localhost is
 * answered without the network.
 */
static int
finish(struct ub_ctx *ctx, char *err, size_t len)
{
	int error;

	error = ub_resolve_event(ctx, "localhost", DNS_TYPE_A, CLASS_IN, NULL,
	    ignore, NULL);
	if (error != 0)
		return (complain(err, len, "forward or trust anchor", error));

	return (0);
}

static int
configure(struct ub_ctx *ctx, const struct role_conf *conf, char *err,
    size_t len)
{
	/* It would write names. */
	(void)ub_ctx_debugout(ctx, NULL);

	return (set_options(ctx, err, len) == -1 ||
	    set_forwards(ctx, conf, err, len) == -1 ||
	    set_anchors(ctx, conf, err, len) == -1 ||
	    finish(ctx, err, len) == -1 ? -1 : 0);
}

struct resolver *
resolver_new(const struct role_conf *conf, char *err, size_t len)
{
	struct resolver *r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->ctx = ub_ctx_create_ub_event(resolver_event_base())) == NULL) {
		free(r);
		(void)snprintf(err, len, "libunbound does not start");
		return (NULL);
	}
	TAILQ_INIT(&r->waiting);
	TAILQ_INIT(&r->running);
	evtimer_set(&r->start, start_waiting, r);
	if (configure(r->ctx, conf, err, len) == -1) {
		resolver_free(r);
		return (NULL);
	}

	return (r);
}

static void
free_queries(struct queries *list)
{
	struct query *q;

	while ((q = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, q, entry);
		free(q);
	}
}

void
resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	(void)evtimer_del(&r->start);
	ub_ctx_delete(r->ctx);
	free_queries(&r->waiting);
	free_queries(&r->running);
	free(r);
}

/* From the loop, so that nobody is called back while he asks. */
static void
start_soon(struct resolver *r)
{
	struct timeval now = { 0, 0 };

	if (!evtimer_pending(&r->start, NULL) && r->nrunning < RUNNING_MAX)
		(void)evtimer_add(&r->start, &now);
}

static void
end(struct query *q, enum query_state state, const uint8_t *answer, size_t len)
{
	struct resolver *r = q->resolver;

	TAILQ_REMOVE(&r->running, q, entry);
	r->nrunning--;
	if (q->done != NULL)
		q->done(q->arg, state, answer, len);
	free(q);
	if (!TAILQ_EMPTY(&r->waiting))
		start_soon(r);
}

static void
answered(void *arg, int rcode, void *packet, int len, int sec, char *why,
    int limited)
{
	const struct query *q = arg;

	(void)limited;
	if (sec == 1) {
		log_debug("%s type %u: %s", q->name, q->type, why == NULL ?
		    "bogus" : why);
		end(arg, QUERY_BOGUS, NULL, 0);
	} else if (rcode != DNS_RCODE_OK || packet == NULL || len <= 0)
		end(arg, QUERY_FAILED, NULL, 0);
	else
		end(arg, sec == 2 ? QUERY_SECURE : QUERY_INSECURE, packet,
		    (size_t)len);
}

static void
start_waiting(int fd, short what, void *arg)
{
	struct resolver *r = arg;
	struct query *q;

	(void)fd, (void)what;
	while (r->nrunning < RUNNING_MAX &&
	    (q = TAILQ_FIRST(&r->waiting)) != NULL) {
		TAILQ_REMOVE(&r->waiting, q, entry);
		TAILQ_INSERT_TAIL(&r->running, q, entry);
		r->nrunning++;
		q->running = 1;
		/* What is in the cache is answered during the call. */
		if (ub_resolve_event(r->ctx, q->name, q->type, CLASS_IN, q,
		    answered, NULL) != 0)
			end(q, QUERY_FAILED, NULL, 0);
	}
}

struct query *
query_new(struct resolver *r, const char *name, uint16_t type,
    query_done *done, void *arg)
{
	struct query *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return (NULL);
	q->resolver = r;
	q->done = done;
	q->arg = arg;
	q->type = type;
	/* With a last dot: it is a full name. */
	if (snprintf(q->name, sizeof(q->name), "%s.", name) >=
	    (int)sizeof(q->name)) {
		free(q);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&r->waiting, q, entry);
	start_soon(r);

	return (q);
}

void
query_forget(struct query *q)
{
	if (q->running) {
		q->done = NULL;
		return;
	}
	TAILQ_REMOVE(&q->resolver->waiting, q, entry);
	free(q);
}
