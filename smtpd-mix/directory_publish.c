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

#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"

#include "directory_net.h"
#include "directory_publish.h"
#include "log.h"

#define OWN_MAX		(1024 * 1024)
#define ANSWER_MAX	65536
#define TIMEOUT		180	/* seconds */
#define SOON		5

static struct publish_env {
	const struct role_conf	*conf;
	struct servers		*servers;
	uint8_t			*own;
	size_t			 len;
	uint8_t			*coming;	/* from keys */
	size_t			 coming_len;
	uint8_t			 fpr[PGP_FPR_LEN];
	uint32_t		 subkey_expires;
	uint32_t		 given;		/* bit s: server s gave it */
	int			 revoked;	/* as a server says */
	struct publish_result	 result;
} env;

const struct publish_result *
publish_result(void)
{
	return (&env.result);
}

void
publish_init(struct servers *servers)
{
	env.servers = servers;
}

/* What others will say to it: what they can't use isn't submitted. */
static void
examine(void)
{
	size_t counts[ROSTER_NERRORS] = { 0 }, i;
	struct roster r;

	roster_init(&r);
	(void)roster_add(&r, env.own, env.len, clock_wall(), counts);
	env.result.error = ROSTER_BROKEN;
	for (i = 0; i < ROSTER_NERRORS; i++)
		if (counts[i] > 0)
			env.result.error = (enum roster_error)i;
	env.subkey_expires = r.nmixes == 1 ? r.mixes[0].subkey_expires : 0;
	roster_clear(&r);
	if (env.revoked)
		env.result.error = ROSTER_REVOKED;
	if (store_fingerprint(env.own, env.len, env.fpr) == -1)
		memset(env.fpr, 0, sizeof(env.fpr));
}

static void
again(struct server *server)
{
	struct timeval tv;

	server->publish_failures++;
	servers_back_off(server->publish_failures,
	    env.conf->global.directory_every, &tv);
	evtimer_add(&server->publish, &tv);
}

static void
failed(struct server *server, const char *why)
{
	/* To the log once, until it works again. */
	if (server->publish_failures == 0)
		log_warnx("our certificate: the keyserver %s: %s",
		    server->name, why);
	strlcpy(server->publish_error, why, sizeof(server->publish_error));
	again(server);
}

static void
answered(void *arg, const struct fetch_answer *a)
{
	struct server *server = arg;
	char why[64];

	server->publishing = 0;
	if (a->result == FETCH_FAILED)
		failed(server, a->error);
	else if (a->status < 200 || a->status > 299) {
		(void)snprintf(why, sizeof(why), "it refuses with HTTP status "
		    "%d", a->status);
		failed(server, why);
	} else {
		server->published = env.result.last = clock_wall();
		server->publish_failures = 0;
		server->publish_error[0] = '\0';
		log_debug("published by %s", server->name);
	}
}

static void
submit(struct server *server, const char *url, const char *body, size_t len)
{
	struct net_request n;
	const char *why;

	memset(&n, 0, sizeof(n));
	n.host = server->where.host;
	n.tls = server->where.tls;
	n.url = url;
	n.post = body;
	n.postlen = len;
	n.max = ANSWER_MAX;
	n.timeout = TIMEOUT;
	server->publishing = net_start(&n, answered, server, &why);
	if (server->publishing == 0)
		failed(server, why);
}

static void
publish_fired(int fd, short what, void *arg)
{
	struct server *server = arg;
	char url[HKP_URL_MAX], *body;
	size_t len;

	(void)fd, (void)what;
	if (!env.result.has_own || env.conf->global.directory_silent)
		return;
	/* Subkeys expire while a server doesn't answer. */
	examine();
	if (env.result.error != ROSTER_OK)
		return;
	if (hkp_add_url(&server->where, url) == -1 ||
	    (body = hkp_add_body(env.own, env.len, &len)) == NULL) {
		failed(server, "out of memory");
		return;
	}
	submit(server, url, body, len);
	free(body);
}

static void
publish_soon(struct server *server)
{
	uint32_t most = env.conf->global.directory_every / 4;
	struct timeval tv;

	net_cancel(server->publishing);
	server->publishing = 0;
	server->published = 0;
	server->publish_failures = 0;
	if (!env.result.has_own || env.conf->global.directory_silent)
		return;
	servers_soon(most < SOON ? most : SOON, &tv);
	evtimer_del(&server->publish);
	evtimer_add(&server->publish, &tv);
}

void
publish_configure(const struct role_conf *conf)
{
	int silent = env.conf != NULL && env.conf->global.directory_silent;
	size_t i;

	env.conf = conf;
	if (silent && !conf->global.directory_silent)
		for (i = 0; i < env.servers->n; i++)
			publish_soon(env.servers->list[i]);
}

void
publish_server_new(struct server *server)
{
	evtimer_set(&server->publish, publish_fired, server);
	/* The configuration that has it isn't live yet. */
	if (env.conf != NULL)
		publish_soon(server);
}

void
publish_server_gone(struct server *server)
{
	evtimer_del(&server->publish);
	net_cancel(server->publishing);
}

static int
same_as_before(void)
{
	return (env.own != NULL && env.len == env.coming_len &&
	    memcmp(env.own, env.coming, env.len) == 0);
}

static void
use_coming(void)
{
	size_t i;

	if (same_as_before())
		return;
	free(env.own);
	env.own = env.coming;
	env.len = env.coming_len;
	env.coming = NULL;
	env.coming_len = 0;
	env.result.has_own = 1;
	examine();
	if (env.result.error != ROSTER_OK)
		log_warnx("our certificate isn't published: %s",
		    roster_strerror(env.result.error));
	for (i = 0; i < env.servers->n; i++)
		publish_soon(env.servers->list[i]);
}

int
publish_own(const struct proto_own_cert *piece)
{
	uint8_t *more;

	if (piece->first)
		env.coming_len = 0;
	if (piece->n > OWN_MAX - env.coming_len ||
	    (more = realloc(env.coming, env.coming_len + piece->n + 1)) == NULL)
		fatalx("keys sent too large a certificate");
	env.coming = more;
	memcpy(env.coming + env.coming_len, piece + 1, piece->n);
	env.coming_len += piece->n;
	if (!piece->last)
		return (0);
	use_coming();

	return (1);
}

/*
 * Whether a copy of ours lacks the newest subkey.  A server can say that it has
 * taken a certificate and yet keep the old one: onak does when two are
 * submitted at once.
 */
static int
is_older(const uint8_t *cert, size_t len)
{
	size_t counts[ROSTER_NERRORS] = { 0 };
	struct roster r;
	int older;

	roster_init(&r);
	(void)roster_add(&r, cert, len, clock_wall(), counts);
	older = r.nmixes == 1 ? !roster_lives_as_long(
	    r.mixes[0].subkey_expires, env.subkey_expires) :
	    counts[ROSTER_REVOKED] == 0;
	roster_clear(&r);

	return (older);
}

/* Somebody with our long-term key has said so; nobody else could. */
static void
take_revocation(const struct server *server)
{
	if (env.revoked)
		return;
	env.revoked = 1;
	env.result.error = ROSTER_REVOKED;
	log_warnx("our certificate is revoked, as the keyserver %s shows: no "
	    "one will use this mix any more", server->name);
}

void
publish_given(struct server *server, const uint8_t *cert, size_t len,
    const struct store_mix *m)
{
	if (!env.result.has_own || memcmp(m->fpr, env.fpr, PGP_FPR_LEN) != 0)
		return;
	/* Of one that is revoked only that copy is kept. */
	if (m->ncopies > 0 && m->copies[0].error == ROSTER_REVOKED)
		take_revocation(server);
	if (env.revoked || !is_older(cert, len))
		env.given |= (uint32_t)1 << server->i;
}

/*
 * Who answered, had it once, and doesn't give it any more, or an older one,
 * gets it again.
 */
void
publish_surveyed(void)
{
	struct server *server;
	size_t i;

	for (i = 0; i < env.servers->n; i++) {
		server = env.servers->list[i];
		if (server->checked == server->asked)
			continue;	/* it wasn't asked this time */
		server->checked = server->asked;
		if (server->published == 0 || server->failures > 0 ||
		    server->report.capped || server->publishing != 0 ||
		    server->published >= server->asked ||
		    (env.given & (uint32_t)1 << i) != 0)
			continue;
		log_debug("%s has lost our certificate", server->name);
		publish_soon(server);
	}
	env.given = 0;
}

void
publish_end(void)
{
	size_t i;

	for (i = 0; i < env.servers->n; i++)
		publish_server_gone(env.servers->list[i]);
	free(env.own);
	free(env.coming);
	env.own = env.coming = NULL;
}
