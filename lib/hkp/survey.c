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
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "hkp/survey_priv.h"

/* Certificates asked for one after another without an answer. */
#define SILENT_MAX	3

/* Armor of so many octets, with headers. */
#define ARMOR_MAX(n)	((n) / 2 * 3 + 4096)

struct survey *
survey_new(const struct survey_conf *conf)
{
	struct survey *s;
	size_t i;

	if (conf->nservers == 0 || conf->nservers > SURVEY_SERVERS_MAX ||
	    (s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->conf = *conf;
	s->conf.servers = NULL;
	s->nservers = conf->nservers;
	for (i = 0; i < s->nservers; i++)
		s->servers[i].server = conf->servers[i];
	if (s->conf.cert_max == 0)
		s->conf.cert_max = SURVEY_CERT_MAX;
	if (s->conf.total_max == 0)
		s->conf.total_max = SURVEY_TOTAL_MAX;
	if (s->conf.keys_max == 0)
		s->conf.keys_max = SURVEY_KEYS_MAX;
	return (s);
}

void
survey_free(struct survey *s)
{
	if (s == NULL)
		return;
	free(s->keys);
	free(s->tails);
	free(s);
}

static uint32_t
bit(size_t server)
{
	return ((uint32_t)1 << server);
}

/* The low 64 bits, which are the key id. */
static uint64_t
tail_of(const char *id)
{
	size_t len = strlen(id);

	return (strtoull(len > 16 ? id + len - 16 : id, NULL, 16));
}

static struct survey_key *
find_key(struct survey *s, const char *id, uint64_t tail)
{
	size_t i;

	for (i = 0; i < s->nkeys; i++)
		if (s->tails[i] == tail && hkp_id_match(s->keys[i].id, id))
			return (&s->keys[i]);
	return (NULL);
}

static int
grow(struct survey *s)
{
	size_t more = s->room == 0 ? 64 : 2 * s->room;
	void *p;

	if (s->nkeys < s->room)
		return (0);
	if ((p = reallocarray(s->keys, more, sizeof(*s->keys))) == NULL)
		return (-1);
	s->keys = p;
	if ((p = reallocarray(s->tails, more, sizeof(*s->tails))) == NULL)
		return (-1);
	s->tails = p;
	s->room = more;
	return (0);
}

/* The key, which is added if it is new.  NULL: no room. */
static struct survey_key *
have_key(struct survey *s, const char *id, const char *address)
{
	uint64_t tail = tail_of(id);
	struct survey_key *key;

	if ((key = find_key(s, id, tail)) != NULL) {
		if (strlen(id) > strlen(key->id))
			strlcpy(key->id, id, sizeof(key->id));
		return (key);
	}
	if (s->nkeys >= s->conf.keys_max || grow(s) == -1)
		return (NULL);
	s->tails[s->nkeys] = tail;
	key = &s->keys[s->nkeys++];
	memset(key, 0, sizeof(*key));
	strlcpy(key->id, id, sizeof(key->id));
	strlcpy(key->address, address, sizeof(key->address));
	return (key);
}

int
survey_know(struct survey *s, const uint8_t fpr[PGP_FPR_LEN],
    const char *address)
{
	struct survey_key *key;
	char id[HKP_ID_MAX];

	hkp_id_write(fpr, id);
	if ((key = have_key(s, id, address)) == NULL)
		return (-1);
	key->known = 1;
	return (0);
}

static void
give_up(struct survey_server *server, const char *why)
{
	server->phase = SURVEY_OVER;
	server->report.failed = 1;
	if (why != server->report.error)
		strlcpy(server->report.error, why,
		    sizeof(server->report.error));
}

static void
begin_fetching(struct survey_server *server)
{
	server->phase = SURVEY_FETCHING;
	server->report.searched = 1;
	server->at = 0;
}

/* 1: a search is to be made; 0: there is no other. */
static int
next_search(struct survey *s, struct survey_server *server, char *url)
{
	char words[SURVEY_WORD_MAX];

	while (server->nwords == 0 || server->narrow) {
		if (survey_next_words(s, server, words) == -1)
			break;
		strlcpy(server->words[server->nwords++], words,
		    sizeof(words));
		if (hkp_search_url(&server->server, words, url) == 0)
			return (1);
	}
	return (0);
}

static int
wanted(const struct survey_server *server, const struct survey_key *key,
    size_t i)
{
	return ((key->listed & bit(i)) != 0 ||
	    (key->known && server->report.capped));
}

static int
next_key(struct survey *s, size_t i, char *url)
{
	struct survey_server *server = &s->servers[i];

	for (; server->at < s->nkeys; server->at++) {
		if (!wanted(server, &s->keys[server->at], i))
			continue;
		if (server->report.octets >= s->conf.total_max)
			server->report.refused[SURVEY_TOTAL]++;
		else if (hkp_get_url(&server->server,
		    s->keys[server->at].id, url) == 0)
			return (1);
	}
	server->phase = SURVEY_OVER;
	return (0);
}

static int
next_of(struct survey *s, size_t i, struct survey_request *r)
{
	struct survey_server *server = &s->servers[i];

	r->server = i;
	if (server->phase == SURVEY_SEARCHING) {
		r->max = SURVEY_INDEX_MAX;
		if (next_search(s, server, r->url))
			return (1);
		/* Where nothing was found, an error wasn't "too many". */
		if (!server->indexed || (server->report.error[0] != '\0' &&
		    server->report.mixes == 0)) {
			give_up(server, server->report.error);
			return (0);
		}
		begin_fetching(server);
	}
	r->max = ARMOR_MAX(s->conf.cert_max);
	return (server->phase == SURVEY_FETCHING && next_key(s, i, r->url));
}

/* How many mixes the others gave and this one didn't. */
static void
count_missing(struct survey *s)
{
	struct survey_report *report;
	size_t i, k;

	for (i = 0; i < s->nservers; i++) {
		report = &s->servers[i].report;
		report->missing = 0;
		if (report->failed || report->capped)
			continue;
		for (k = 0; k < s->nkeys; k++)
			if (s->keys[k].given != 0 &&
			    (s->keys[k].given & bit(i)) == 0)
				report->missing++;
	}
}

int
survey_next(struct survey *s, struct survey_request *r)
{
	size_t i;

	for (i = 0; i < s->nservers; i++) {
		if (s->servers[i].busy || !next_of(s, i, r))
			continue;
		s->servers[i].busy = 1;
		s->servers[i].report.requests++;
		return (1);
	}
	if (survey_done(s))
		count_missing(s);
	return (0);
}

/* Whether it is listed so that it has to be fetched. */
static int
refuse_listed(const struct survey *s, const struct hkp_key *key,
    enum survey_refusal *why)
{
	if (key->nmixes == 0)
		*why = SURVEY_FOREIGN;
	else if (key->expires != 0 && key->expires <= (int64_t)s->conf.now)
		*why = SURVEY_EXPIRED;
	else
		return (0);
	return (1);
}

static void
take_listed(struct survey *s, size_t i, const struct hkp_key *listed,
    size_t refused[SURVEY_NREFUSALS])
{
	struct survey_report *report = &s->servers[i].report;
	struct survey_key *key;
	enum survey_refusal why;

	if (refuse_listed(s, listed, &why)) {
		refused[why]++;
		return;
	}
	if ((key = have_key(s, listed->id, listed->address)) == NULL) {
		refused[SURVEY_SURPLUS]++;
		return;
	}
	if ((key->listed & bit(i)) == 0)
		report->mixes++;
	key->listed |= bit(i);
}

static void
keep_larger(size_t *to, size_t n)
{
	if (n > *to)
		*to = n;
}

/* Octets that list nothing and don't say so are an error, not an answer. */
static int
take_index(struct survey *s, size_t i, const struct survey_answer *a)
{
	struct survey_report *report = &s->servers[i].report;
	size_t refused[SURVEY_NREFUSALS] = { 0 }, n;
	struct hkp_index index;
	struct hkp_key key;

	hkp_index_init(&index, (const char *)a->body, a->len);
	while (hkp_index_next(&index, &key))
		take_listed(s, i, &key, refused);
	if (index.keys == 0 && index.announced == -1)
		return (-1);
	refused[SURVEY_UNUSABLE] = index.unusable;
	for (n = 0; n < SURVEY_NREFUSALS; n++)
		keep_larger(&report->refused[n], refused[n]);
	keep_larger(&report->listed, index.keys);
	if (index.keys >= 500)
		report->capped = 1;
	if (index.keys == 0 || hkp_maybe_capped(index.keys) ||
	    index.announced > (long)index.keys)
		s->servers[i].narrow = 1;
	return (0);
}

/*
 * A search that was too wide is answered with an error, with none, or with as
 * many as the server likes.  More words then find what it left out, and tell
 * that it did.
 */
static void
take_search(struct survey *s, size_t i, const struct survey_answer *a)
{
	struct survey_server *server = &s->servers[i];
	struct survey_report *report = &server->report;

	if (a->status == 0 && !a->too_large) {
		give_up(server, a->error);
		return;
	}
	if (a->status == 404) {
		server->indexed = 1;
		server->narrow = 1;
	} else if (!a->too_large && a->status == 200 &&
	    take_index(s, i, a) == 0)
		server->indexed = 1;
	else {
		server->narrow = 1;
		snprintf(report->error, sizeof(report->error),
		    a->too_large || a->status == 200 ?
		    "its answer to a search is not an index" :
		    "it answers a search with HTTP status %d", a->status);
	}
	if (server->nwords == 1)
		server->first = report->mixes;
	else if (report->mixes > server->first)
		report->capped = 1;
}

static void
take_cert(struct survey *s, size_t i, const struct survey_answer *a)
{
	struct survey_server *server = &s->servers[i];
	struct survey_report *report = &server->report;
	struct survey_key *key = &s->keys[server->at++];
	enum survey_refusal why = SURVEY_TOO_LARGE;
	uint8_t *cert = NULL;
	size_t len = 0;

	if (!a->too_large)
		cert = survey_cert(a, key->id, s->conf.cert_max, &len, &why);
	if (cert == NULL) {
		if (why != SURVEY_NOT_GIVEN || (key->listed & bit(i)) != 0)
			report->refused[why]++;
		return;
	}
	key->given |= bit(i);
	report->given++;
	report->octets += len;
	if (s->conf.take != NULL)
		s->conf.take(s->conf.arg, i, cert, len);
	free(cert);
}

void
survey_take(struct survey *s, size_t i, const struct survey_answer *a)
{
	struct survey_server *server = &s->servers[i];

	if (i >= s->nservers || !server->busy)
		return;
	server->busy = 0;
	if (server->phase == SURVEY_SEARCHING)
		take_search(s, i, a);
	else if (a->status == 0 && !a->too_large) {
		server->at++;
		if (++server->silent == SILENT_MAX)
			give_up(server, a->error);
	} else {
		server->silent = 0;
		take_cert(s, i, a);
	}
}

int
survey_done(const struct survey *s)
{
	size_t i;

	for (i = 0; i < s->nservers; i++)
		if (s->servers[i].phase != SURVEY_OVER)
			return (0);
	return (1);
}

const struct survey_report *
survey_report(const struct survey *s, size_t server)
{
	return (&s->servers[server].report);
}

size_t
survey_keys(const struct survey *s)
{
	return (s->nkeys);
}

const struct survey_key *
survey_key(const struct survey *s, size_t i)
{
	return (&s->keys[i]);
}
