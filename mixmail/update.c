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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <tls.h>
#include <unistd.h>

#include "compat/compat.h"
#include "fetch/fetch.h"
#include "hkp/strip.h"
#include "hkp/survey.h"

#include "bag.h"
#include "cache.h"
#include "say.h"
#include "sources.h"
#include "update.h"

/* Redirections that a keyserver may make; they go to https only. */
#define REDIRECTS	3

/* Seconds for one answer: it may come by Tor, and an index is large. */
#define TIME_LIMIT	120

struct asking {
	struct update	*u;
	size_t		 server;
};

struct update {
	const struct mixmail_conf	*conf;
	const struct roster		*trust;
	time_t				 now;
	int				 verbose;
	int				 terminal;
	struct fetch			*fetch;
	struct survey			*survey;
	uint8_t				*ca;
	size_t				 calen;
	struct asking			 asking[SURVEY_SERVERS_MAX];
	struct bag			 found;
	struct bag			 older;
	size_t				 before;	/* mixes then */
};

static void
no_memory(void)
{
	say_fatal(EX_OSERR, "out of memory");
}

/* What expired or says nothing here isn't kept. */
static void
take_cert(void *arg, size_t server, const uint8_t *cert, size_t len)
{
	uint8_t issuers[PGP_TRUSTERS_MAX][PGP_KEYID_LEN], *out;
	struct update *u = arg;
	size_t i;

	(void)server;
	for (i = 0; i < u->trust->ntrusters; i++)
		memcpy(issuers[i], u->trust->trusters[i].key.keyid,
		    PGP_KEYID_LEN);
	if ((out = malloc(len)) == NULL)
		no_memory();
	len = hkp_strip(cert, len, u->now,
	    (const uint8_t (*)[PGP_KEYID_LEN])issuers, i, out);
	if (len > 0 && bag_add(&u->found, out, len) == -1)
		no_memory();
	free(out);
}

static void	take_answer(void *, const struct fetch_answer *);

static void
give(struct update *u, size_t server, const struct fetch_answer *answer)
{
	struct survey_answer a;

	memset(&a, 0, sizeof(a));
	a.status = answer->result == FETCH_OK ? answer->status : 0;
	a.too_large = answer->result == FETCH_TOO_LARGE;
	a.body = answer->body;
	a.len = answer->len;
	a.error = answer->error;
	survey_take(u->survey, server, &a);
}

static void
show_progress(const struct update *u)
{
	const struct survey_report *report;
	size_t i, mixes = 0, given = 0;

	if (!u->terminal)
		return;
	for (i = 0; i < u->conf->nkeyservers; i++) {
		report = survey_report(u->survey, i);
		mixes += report->mixes;
		given += report->given;
	}
	fprintf(stderr, "\rmixmail: %zu of %zu certificates fetched", given,
	    mixes);
	fflush(stderr);
}

static void
ask(struct update *u)
{
	struct survey_request next;
	struct fetch_request r;
	struct fetch_answer none;

	while (survey_next(u->survey, &next)) {
		memset(&r, 0, sizeof(r));
		r.url = next.url;
		r.max = next.max;
		r.proxy = u->conf->proxy[0] == '\0' ? NULL : u->conf->proxy;
		r.ca = u->ca;
		r.calen = u->calen;
		r.timeout = TIME_LIMIT;
		r.redirects = REDIRECTS;
		if (fetch_start(u->fetch, &r, take_answer,
		    &u->asking[next.server]) != 0)
			continue;
		memset(&none, 0, sizeof(none));
		none.result = FETCH_FAILED;
		strlcpy(none.error, "it can't be asked", sizeof(none.error));
		give(u, next.server, &none);
	}
}

static void
take_answer(void *arg, const struct fetch_answer *answer)
{
	struct asking *asking = arg;

	give(asking->u, asking->server, answer);
	show_progress(asking->u);
	ask(asking->u);
}

/* The trusted certificates in memory: nothing else is trusted then. */
static void
load_ca(struct update *u)
{
	const char *path = u->conf->ca_file;
	size_t i;

	for (i = 0; i < u->conf->nkeyservers; i++)
		if (u->conf->keyservers[i].tls)
			break;
	if (i == u->conf->nkeyservers)
		return;
	if (path[0] == '\0')
		path = tls_default_ca_cert_file();
	if ((u->ca = tls_load_file(path, &u->calen, NULL)) == NULL)
		say_fatal(EX_CONFIG, "the trusted certificates can't be read: "
		    "%s: %s", path, strerror(errno));
}

/*
 * Mixes in a bag at a time.  One of long ago is counted as of then: that now
 * all its subkeys have expired doesn't mean that it was empty.
 */
static size_t
count_mixes(const struct update *u, const struct bag *bag, time_t now,
    struct survey *survey)
{
	size_t counts[ROSTER_NERRORS] = { 0 }, i, n;
	struct roster roster;

	if (bag_roster_init(&roster, u->trust) == -1)
		no_memory();
	bag_roster(bag, &roster, now, counts);
	n = roster.nmixes;
	for (i = 0; survey != NULL && i < n; i++)
		if (survey_know(survey, roster.mixes[i].fpr,
		    roster.mixes[i].address) == -1)
			break;
	roster_clear(&roster);
	return n;
}

static void
prepare(struct update *u, const char *cache)
{
	struct survey_conf conf;
	time_t when = 0;
	size_t i;

	if (fetch_init() == -1 || (u->fetch = fetch_new(NULL)) == NULL)
		no_memory();
	memset(&conf, 0, sizeof(conf));
	conf.servers = u->conf->keyservers;
	conf.nservers = u->conf->nkeyservers;
	conf.now = u->now;
	conf.take = take_cert;
	conf.arg = u;
	if ((u->survey = survey_new(&conf)) == NULL)
		no_memory();
	for (i = 0; i < SURVEY_SERVERS_MAX; i++) {
		u->asking[i].u = u;
		u->asking[i].server = i;
	}
	bag_init(&u->found);
	bag_init(&u->older);
	if (cache_read(cache, &u->older, &when) == -1)
		say_fatal(EX_CONFIG, "the roster can't be read: %s: %s",
		    cache, strerror(errno));
	u->before = count_mixes(u, &u->older, when, u->survey);
	load_ca(u);
}

static void
say_server(const struct update *u, size_t i)
{
	const struct survey_report *report = survey_report(u->survey, i);
	char name[HKP_SERVER_TEXT];
	int why;

	hkp_server_write(&u->conf->keyservers[i], name);
	say("%s: %zu requests, %zu keys listed, %zu of them mixes, %zu "
	    "certificates with %zu octets", name, report->requests,
	    report->listed, report->mixes, report->given, report->octets);
	for (why = 0; why < SURVEY_NREFUSALS; why++)
		if (report->refused[why] != 0)
			say("%s: left out: %zu: %s", name,
			    report->refused[why],
			    survey_refusal_name((enum survey_refusal)why));
}

/* How many answered. */
static size_t
count_searched(const struct update *u)
{
	size_t i, n = 0;

	for (i = 0; i < u->conf->nkeyservers; i++)
		n += survey_report(u->survey, i)->searched != 0;
	return n;
}

static void
say_warnings(const struct update *u, size_t now)
{
	struct survey_warning warnings[SURVEY_WARNINGS_MAX];
	char text[SURVEY_WARNING_TEXT];
	size_t i, n;

	n = survey_warnings(u->survey, count_searched(u) > 0 ? u->before : 0,
	    now, warnings);
	for (i = 0; i < n; i++) {
		survey_warning_text(u->survey, &warnings[i], text);
		say("warning: %s", text);
	}
	if (u->found.dropped > 0)
		say("warning: no room for all certificates: %zu left out",
		    u->found.dropped);
}

/* Nothing that was found is no reason to forget what was known. */
static int
finish(struct update *u, const char *cache)
{
	size_t counts[ROSTER_NERRORS] = { 0 };
	struct roster roster;
	size_t now;
	int i, kept;

	if (bag_roster_init(&roster, u->trust) == -1)
		no_memory();
	bag_roster(&u->found, &roster, u->now, counts);
	now = roster.nmixes;
	roster_clear(&roster);
	for (i = 0; u->verbose && (size_t)i < u->conf->nkeyservers; i++)
		say_server(u, (size_t)i);
	if (u->verbose)
		sources_say("certificates left out", counts);
	say_warnings(u, now);
	if (now == 0) {
		say("no keyserver %s; the roster stays as it was",
		    count_searched(u) > 0 ? "has a mix that can be used" :
		    "could be asked");
		return count_searched(u) > 0 ? EX_UNAVAILABLE : EX_TEMPFAIL;
	}
	if ((kept = bag_keep(&u->found, &u->older, u->trust, u->now)) == -1)
		no_memory();
	bag_sort(&u->found);
	if (cache_write(cache, &u->found) == -1) {
		say("the roster can't be written: %s: %s", cache,
		    strerror(errno));
		return EX_CANTCREAT;
	}
	if (u->verbose)
		say("%s: %zu mixes that can be used, %d certificates of before "
		    "kept", cache, now, kept);
	return EX_OK;
}

int
update(const struct mixmail_conf *conf, const char *cache,
    const struct roster *trust, time_t now, int verbose)
{
	struct update u;
	int status;

	memset(&u, 0, sizeof(u));
	u.conf = conf;
	u.trust = trust;
	u.now = now;
	u.verbose = verbose;
	u.terminal = isatty(STDERR_FILENO);
	prepare(&u, cache);
	ask(&u);
	while (fetch_pending(u.fetch) > 0 && fetch_wait(u.fetch, 1000) != -1)
		;
	if (u.terminal)
		putc('\n', stderr);
	status = finish(&u, cache);
	fetch_free(u.fetch);
	survey_free(u.survey);
	bag_clear(&u.found);
	bag_clear(&u.older);
	free(u.ca);
	return status;
}
