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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "hkp/hkp.h"
#include "hkp/survey.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "openpgp/key.h"
#include "openpgp/packet.h"

#define NOW	((time_t)1700000000)
#define KEYS_MAX	700

/* A key, and which of the servers have it (a bit each). */
struct fake_key {
	char		 uid[160];
	char		 id[HKP_ID_MAX];
	uint8_t		 fpr[PGP_FPR_LEN];
	uint8_t		*cert;
	size_t		 len;
	uint32_t	 listed;
	uint32_t	 given;
	const char	*behind;	/* of the id in the index */
};

enum fake_cap {
	CAP_CUTS,
	CAP_SAYS_NONE,
	CAP_FAILS
};

struct fake_server {
	size_t		 cap;		/* 0: none */
	enum fake_cap	 how;
	int		 down;		/* from request so on; 0: never */
	const char	*says;		/* this, whatever is asked */
	int		 status;
	int		 short_ids;
};

static struct fake_key keys[KEYS_MAX];
static size_t nkeys;
static struct fake_server fakes[SURVEY_SERVERS_MAX];
static struct survey_conf conf;
static size_t taken[SURVEY_SERVERS_MAX];
static size_t requests;
static char asked[4096];

/* A key without subkeys: nothing looks at them here. */
static struct fake_key *
have(const char *uid, uint32_t servers)
{
	static struct pgp_seckey secret;
	struct fake_key *k = &keys[nkeys++];
	ssize_t n;

	ATF_REQUIRE(nkeys <= KEYS_MAX);
	strlcpy(k->uid, uid, sizeof(k->uid));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&secret, PGP_ALG_EDDSA, 0,
	    NOW - 1000));
	ATF_REQUIRE((k->cert = malloc(PGP_CERT_BEGIN_MAX)) != NULL);
	n = pgp_cert_begin(&secret, uid, 0, NOW - 1000, k->cert);
	ATF_REQUIRE(n != -1);
	k->len = (size_t)n;
	memcpy(k->fpr, secret.pub.fpr, sizeof(k->fpr));
	hkp_id_write(k->fpr, k->id);
	k->listed = k->given = servers;
	k->behind = ":22:255:1699999000::";
	return (k);
}

static void
have_many(const char *domain, size_t n, uint32_t servers)
{
	char uid[128];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(uid, sizeof(uid), "(mixtasy-mode:middleman) "
		    "<mixtasy@n%zu.%s>", i, domain);
		have(uid, servers);
	}
}

/* Whole words, as keyservers do it. */
static int
has_word(const char *uid, const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	const char *p;
	size_t n;

	for (p = uid; *p != '\0'; p += n + (p[n] != '\0')) {
		n = strspn(p, letters);
		if (n == strlen(word) && strncasecmp(p, word, n) == 0)
			return (1);
	}
	return (0);
}

static int
has_words(const char *uid, const char *words)
{
	char copy[128], *rest = copy, *word;

	strlcpy(copy, words, sizeof(copy));
	while ((word = strsep(&rest, " ")) != NULL)
		if (!has_word(uid, word))
			return (0);
	return (1);
}

static void
get_words(const char *url, char words[128])
{
	const char *p = strstr(url, "search=");
	size_t n = 0;

	ATF_REQUIRE(p != NULL);
	for (p += 7; *p != '\0' && n < 127; p++) {
		if (strncmp(p, "%20", 3) == 0) {
			words[n++] = ' ';
			p += 2;
		} else
			words[n++] = *p;
	}
	words[n] = '\0';
}

static size_t
count_found(size_t server, const char *words)
{
	size_t i, n = 0;

	for (i = 0; i < nkeys; i++)
		n += (keys[i].listed & (1U << server)) != 0 &&
		    has_words(keys[i].uid, words);
	return (n);
}

/* As Hockeypuck does it. */
static void
put_uid(const char *uid, FILE *out)
{
	for (; *uid != '\0'; uid++) {
		if (*uid == ':')
			fputs("%3a", out);
		else
			putc(*uid, out);
	}
	fputs(":1699999000::\n", out);
}

static void
answer_index(size_t server, const char *words, FILE *out, int *status)
{
	const struct fake_server *f = &fakes[server];
	size_t i, left, n = count_found(server, words);

	left = n;
	if (f->cap != 0 && n > f->cap) {
		left = f->how == CAP_CUTS ? f->cap : 0;
		if (f->how == CAP_FAILS)
			*status = 500;
	}
	fprintf(out, "info:1:%zu\n", left);
	for (i = 0; i < nkeys && left > 0; i++) {
		if ((keys[i].listed & (1U << server)) == 0 ||
		    !has_words(keys[i].uid, words))
			continue;
		fprintf(out, "pub:%s%s\nuid:", keys[i].id +
		    (f->short_ids ? 24 : 0), keys[i].behind);
		put_uid(keys[i].uid, out);
		left--;
	}
}

static void
answer_get(size_t server, const char *id, FILE *out, int *status)
{
	char *armor;
	size_t i, n;

	*status = 404;
	for (i = 0; i < nkeys; i++) {
		if ((keys[i].given & (1U << server)) == 0 ||
		    !hkp_id_match(keys[i].id, id))
			continue;
		n = pgp_armor_size(PGP_ARMOR_PUBLIC_KEY, keys[i].len, 0);
		ATF_REQUIRE((armor = malloc(n)) != NULL);
		n = pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, keys[i].cert,
		    keys[i].len, 0, armor);
		fputs("<pre>\n", out);
		fwrite(armor, 1, n, out);
		fputs("</pre>\n", out);
		free(armor);
		*status = 200;
	}
}

static void
answer(struct survey *s, const struct survey_request *r)
{
	const struct fake_server *f = &fakes[r->server];
	struct survey_answer a;
	char words[128], *body = NULL;
	size_t len = 0;
	FILE *out;

	memset(&a, 0, sizeof(a));
	get_words(r->url, words);
	strlcat(asked, words, sizeof(asked));
	strlcat(asked, "\n", sizeof(asked));
	if (f->down != 0 && (size_t)f->down <= survey_report(s,
	    r->server)->requests) {
		a.error = "refused";
		survey_take(s, r->server, &a);
		return;
	}
	ATF_REQUIRE((out = open_memstream(&body, &len)) != NULL);
	a.status = 200;
	if (f->says != NULL) {
		fputs(f->says, out);
		a.status = f->status;
	} else if (strstr(r->url, "op=index") != NULL)
		answer_index(r->server, words, out, &a.status);
	else
		answer_get(r->server, words + 2, out, &a.status);
	fclose(out);
	a.too_large = len > r->max;
	a.body = (uint8_t *)body;
	a.len = a.too_large ? 0 : len;
	survey_take(s, r->server, &a);
	free(body);
}

static void
take(void *arg, size_t server, const uint8_t *cert, size_t len)
{
	size_t i;

	(void)arg;
	for (i = 0; i < nkeys; i++)
		if (keys[i].len == len && memcmp(keys[i].cert, cert, len) == 0)
			break;
	ATF_REQUIRE(i < nkeys);
	taken[server]++;
}

static struct survey *
begin(size_t nservers)
{
	static struct hkp_server servers[SURVEY_SERVERS_MAX];
	struct survey *s;
	char text[64];
	size_t i;

	for (i = 0; i < nservers; i++) {
		snprintf(text, sizeof(text), "hkp://s%zu.example.org", i);
		ATF_REQUIRE_EQ(0, hkp_server_read(text, &servers[i]));
	}
	conf.servers = servers;
	conf.nservers = nservers;
	conf.now = NOW;
	conf.take = take;
	ATF_REQUIRE((s = survey_new(&conf)) != NULL);
	return (s);
}

static void
run(struct survey *s)
{
	struct survey_request r;

	while (survey_next(s, &r)) {
		answer(s, &r);
		ATF_REQUIRE(++requests < 20000);
	}
	ATF_REQUIRE(survey_done(s));
}

static void
expect_warning(const struct survey *s, size_t before, size_t now,
    const char *text)
{
	struct survey_warning warnings[SURVEY_WARNINGS_MAX];
	char line[SURVEY_WARNING_TEXT];
	size_t n;

	n = survey_warnings(s, before, now, warnings);
	if (text == NULL) {
		ATF_REQUIRE_EQ(0, n);
		return;
	}
	ATF_REQUIRE_EQ(1, n);
	survey_warning_text(s, &warnings[0], line);
	ATF_REQUIRE_STREQ(text, line);
}

ATF_TC_WITHOUT_HEAD(survey_fetches_all_mixes_and_nothing_else);
ATF_TC_BODY(survey_fetches_all_mixes_and_nothing_else, tc)
{
	const struct survey_report *report;
	struct survey *s;

	have("(mixtasy-mode:middleman) <mixtasy@a.example.net>", 1);
	have("<mixtasy@b.example.net>", 1)->behind = ":22:255:1::r";
	have("Mixtasy Fan <fan@example.net>", 1);
	have("<mixtasy@c.example.net>", 1)->behind = ":22:255:1:1600000000:";
	s = begin(1);
	run(s);
	report = survey_report(s, 0);
	ATF_REQUIRE(report->searched && !report->capped && !report->failed);
	ATF_REQUIRE_EQ(4, report->listed);
	ATF_REQUIRE_EQ(2, report->mixes);
	ATF_REQUIRE_EQ(2, report->given);
	ATF_REQUIRE_EQ(2, taken[0]);
	ATF_REQUIRE_EQ(3, report->requests);
	ATF_REQUIRE_EQ(1, report->refused[SURVEY_FOREIGN]);
	ATF_REQUIRE_EQ(1, report->refused[SURVEY_EXPIRED]);
	ATF_REQUIRE_EQ(2, survey_keys(s));
	ATF_REQUIRE_STREQ("mixtasy@a.example.net", survey_key(s, 0)->address);
	expect_warning(s, 2, 2, NULL);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(servers_that_disagree_are_told);
ATF_TC_BODY(servers_that_disagree_are_told, tc)
{
	struct survey *s;

	have_many("example.net", 5, 3);
	have("<mixtasy@x.example.net>", 1);
	have("<mixtasy@y.example.net>", 3)->given = 1;
	s = begin(2);
	run(s);
	ATF_REQUIRE_EQ(7, survey_keys(s));
	ATF_REQUIRE_EQ(7, taken[0]);
	ATF_REQUIRE_EQ(5, taken[1]);
	ATF_REQUIRE_EQ(0, survey_report(s, 0)->missing);
	ATF_REQUIRE_EQ(2, survey_report(s, 1)->missing);
	ATF_REQUIRE_EQ(1, survey_report(s, 1)->refused[SURVEY_NOT_GIVEN]);
	ATF_REQUIRE_EQ(3, survey_key(s, 6)->listed);
	ATF_REQUIRE_EQ(1, survey_key(s, 6)->given);
	expect_warning(s, 0, 7, "the keyservers disagree: "
	    "hkp://s1.example.org lacks 2 of 7 mixes");
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(server_that_is_down_is_told_and_replaced);
ATF_TC_BODY(server_that_is_down_is_told_and_replaced, tc)
{
	struct survey *s;

	have_many("example.net", 6, 3);
	fakes[0].down = 1;
	s = begin(2);
	run(s);
	ATF_REQUIRE_EQ(0, taken[0]);
	ATF_REQUIRE_EQ(6, taken[1]);
	ATF_REQUIRE_EQ(1, survey_report(s, 0)->requests);
	ATF_REQUIRE_EQ(0, survey_report(s, 0)->missing);
	expect_warning(s, 6, 6,
	    "the keyserver hkp://s0.example.org: refused");
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(server_that_falls_silent_is_given_up);
ATF_TC_BODY(server_that_falls_silent_is_given_up, tc)
{
	struct survey *s;

	have_many("example.net", 6, 1);
	fakes[0].down = 3;
	s = begin(1);
	run(s);
	ATF_REQUIRE_EQ(1, taken[0]);
	ATF_REQUIRE_EQ(5, survey_report(s, 0)->requests);
	ATF_REQUIRE(survey_report(s, 0)->failed);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(index_that_is_cut_off_takes_more_words);
ATF_TC_BODY(index_that_is_cut_off_takes_more_words, tc)
{
	struct survey *s;
	enum fake_cap how;

	have_many("example.net", 80, 7);
	have_many("example.org", 30, 7);
	have_many("example.onion", 20, 7);
	for (how = CAP_CUTS; how <= CAP_FAILS; how++) {
		fakes[how].cap = 100;
		fakes[how].how = how;
	}
	s = begin(3);
	run(s);
	for (how = CAP_CUTS; how <= CAP_FAILS; how++) {
		ATF_REQUIRE(survey_report(s, how)->capped);
		ATF_REQUIRE(!survey_report(s, how)->failed);
	}
	/* Only an index that was cut off tells of onion. */
	ATF_REQUIRE(strstr(asked, "mixtasy org\n") != NULL);
	ATF_REQUIRE_EQ(110, taken[CAP_CUTS]);
	ATF_REQUIRE(taken[CAP_SAYS_NONE] >= 110);
	ATF_REQUIRE(taken[CAP_FAILS] >= 110);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(top_level_domains_are_learnt);
ATF_TC_BODY(top_level_domains_are_learnt, tc)
{
	struct survey *s;

	have("<mixtasy@a.example.onion>", 1);
	have_many("example.net", 99, 1);
	have_many("other.onion", 20, 1);
	fakes[0].cap = 100;
	s = begin(1);
	run(s);
	ATF_REQUIRE(strstr(asked, "mixtasy onion\n") != NULL);
	ATF_REQUIRE_EQ(120, taken[0]);
	expect_warning(s, 0, 120, "the keyserver hkp://s0.example.org cuts "
	    "its list off: there may be mixes that it doesn't tell of");
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(round_number_alone_is_no_cap);
ATF_TC_BODY(round_number_alone_is_no_cap, tc)
{
	struct survey *s;

	have_many("example.net", 100, 1);
	s = begin(1);
	run(s);
	ATF_REQUIRE(!survey_report(s, 0)->capped);
	ATF_REQUIRE_EQ(100, taken[0]);
	survey_free(s);
}

/* What a server lists nobody else must not mark who asks. */
ATF_TC_WITHOUT_HEAD(known_mixes_are_asked_for_only_when_cut_off);
ATF_TC_BODY(known_mixes_are_asked_for_only_when_cut_off, tc)
{
	struct survey *s;
	struct fake_key *k;

	have_many("example.net", 5, 1);
	k = have("<mixtasy@hidden.example.xyz>", 1);
	k->listed = 0;
	s = begin(1);
	ATF_REQUIRE_EQ(0, survey_know(s, k->fpr, "mixtasy@hidden.example"));
	run(s);
	ATF_REQUIRE(strstr(asked, k->id) == NULL);
	ATF_REQUIRE_EQ(5, taken[0]);
	survey_free(s);
	taken[0] = 0;
	have_many("example.org", 500, 1);
	fakes[0].cap = 500;
	s = begin(1);
	ATF_REQUIRE_EQ(0, survey_know(s, k->fpr, "mixtasy@hidden.example"));
	run(s);
	ATF_REQUIRE(survey_key(s, 0)->known);
	ATF_REQUIRE_EQ(1, survey_key(s, 0)->given);
	ATF_REQUIRE_EQ(506, taken[0]);
	survey_free(s);
}

/* A signature of no use. */
static void
append_junk(struct fake_key *k, size_t len)
{
	ATF_REQUIRE((k->cert = realloc(k->cert, k->len + 6 + len)) != NULL);
	k->len += pgp_packet_header(k->cert + k->len, PGP_TAG_SIGNATURE, len);
	memset(k->cert + k->len, 4, len);
	k->len += len;
}

ATF_TC_WITHOUT_HEAD(certificates_over_a_limit_are_refused);
ATF_TC_BODY(certificates_over_a_limit_are_refused, tc)
{
	struct survey *s;
	struct fake_key *k;
	size_t size;

	have_many("example.net", 4, 1);
	size = keys[0].len;
	k = have("<mixtasy@large.example.net>", 1);
	append_junk(k, 70000);
	conf.cert_max = 4096;
	s = begin(1);
	run(s);
	ATF_REQUIRE_EQ(4, taken[0]);
	ATF_REQUIRE_EQ(1, survey_report(s, 0)->refused[SURVEY_TOO_LARGE]);
	survey_free(s);
	nkeys--;
	conf.total_max = 2 * size;
	taken[0] = 0;
	s = begin(1);
	run(s);
	ATF_REQUIRE_EQ(2, taken[0]);
	ATF_REQUIRE_EQ(2, survey_report(s, 0)->refused[SURVEY_TOTAL]);
	survey_free(s);
	conf.total_max = 0;
	conf.keys_max = 3;
	taken[0] = 0;
	s = begin(1);
	run(s);
	ATF_REQUIRE_EQ(3, taken[0]);
	ATF_REQUIRE_EQ(1, survey_report(s, 0)->refused[SURVEY_SURPLUS]);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(another_key_than_asked_for_is_refused);
ATF_TC_BODY(another_key_than_asked_for_is_refused, tc)
{
	struct survey *s;
	struct fake_key *a, *b;

	a = have("<mixtasy@a.example.net>", 1);
	b = have("<mixtasy@b.example.net>", 0);
	free(a->cert);
	a->cert = b->cert;
	a->len = b->len;
	s = begin(1);
	run(s);
	ATF_REQUIRE_EQ(0, taken[0]);
	ATF_REQUIRE_EQ(1, survey_report(s, 0)->refused[SURVEY_OTHER_KEY]);
	survey_free(s);
}

/* Only the first of several certificates in an answer was asked for. */
ATF_TC_WITHOUT_HEAD(what_is_behind_the_certificate_is_cut_off);
ATF_TC_BODY(what_is_behind_the_certificate_is_cut_off, tc)
{
	struct survey *s;
	struct fake_key *a, *b;
	size_t len;

	a = have("<mixtasy@a.example.net>", 1);
	b = have("<mixtasy@b.example.net>", 0);
	len = a->len;
	ATF_REQUIRE((a->cert = realloc(a->cert, a->len + b->len)) != NULL);
	memcpy(a->cert + a->len, b->cert, b->len);
	a->len += b->len;
	conf.cert_max = len;
	/* take() looks for what was cut. */
	have("<mixtasy@other.example.net>", 0);
	free(keys[2].cert);
	keys[2].cert = a->cert;
	keys[2].len = len;
	s = begin(1);
	run(s);
	ATF_REQUIRE_EQ(1, taken[0]);
	ATF_REQUIRE_EQ(len, survey_report(s, 0)->octets);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(key_ids_do_where_there_are_no_fingerprints);
ATF_TC_BODY(key_ids_do_where_there_are_no_fingerprints, tc)
{
	struct survey *s;

	have_many("example.net", 3, 3);
	fakes[0].short_ids = 1;
	s = begin(2);
	run(s);
	ATF_REQUIRE_EQ(3, survey_keys(s));
	ATF_REQUIRE_EQ(3, taken[0]);
	ATF_REQUIRE_EQ(3, taken[1]);
	ATF_REQUIRE_STREQ(keys[0].id, survey_key(s, 0)->id);
	expect_warning(s, 3, 3, NULL);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(what_is_no_index_is_an_error);
ATF_TC_BODY(what_is_no_index_is_an_error, tc)
{
	struct survey *s;

	fakes[0].says = "<html>Welcome to the hotel</html>";
	fakes[0].status = 200;
	s = begin(1);
	run(s);
	ATF_REQUIRE(!survey_report(s, 0)->searched);
	expect_warning(s, 0, 0, "the keyserver hkp://s0.example.org: "
	    "its answer to a search is not an index");
	survey_free(s);
	fakes[0].status = 503;
	s = begin(1);
	run(s);
	expect_warning(s, 0, 0, "the keyserver hkp://s0.example.org: "
	    "it answers a search with HTTP status 503");
	survey_free(s);
	fakes[0].status = 404;
	s = begin(1);
	run(s);
	ATF_REQUIRE(survey_report(s, 0)->searched);
	expect_warning(s, 0, 0, NULL);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(shrinking_by_more_than_a_fifth_is_told);
ATF_TC_BODY(shrinking_by_more_than_a_fifth_is_told, tc)
{
	struct survey *s;

	ATF_REQUIRE(!survey_shrank(0, 0));
	ATF_REQUIRE(!survey_shrank(5, 6));
	ATF_REQUIRE(!survey_shrank(10, 8));
	ATF_REQUIRE(survey_shrank(10, 7));
	ATF_REQUIRE(survey_shrank(4, 3));
	ATF_REQUIRE(survey_shrank(1, 0));
	have_many("example.net", 7, 1);
	s = begin(1);
	run(s);
	expect_warning(s, 10, 7, "the roster shrinks: 7 of 10 mixes are left; "
	    "that can be somebody who hides the others");
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(servers_are_asked_side_by_side);
ATF_TC_BODY(servers_are_asked_side_by_side, tc)
{
	struct survey_request r[3];
	struct survey *s;

	have_many("example.net", 2, 3);
	s = begin(2);
	ATF_REQUIRE(survey_next(s, &r[0]));
	ATF_REQUIRE(survey_next(s, &r[1]));
	ATF_REQUIRE(r[0].server != r[1].server);
	ATF_REQUIRE(!survey_next(s, &r[2]));
	ATF_REQUIRE(!survey_done(s));
	answer(s, &r[0]);
	ATF_REQUIRE(survey_next(s, &r[2]));
	ATF_REQUIRE_EQ(r[0].server, r[2].server);
	answer(s, &r[2]);
	answer(s, &r[1]);
	/* One that nobody waits for. */
	answer(s, &r[1]);
	run(s);
	ATF_REQUIRE_EQ(2, taken[0]);
	ATF_REQUIRE_EQ(2, taken[1]);
	survey_free(s);
}

ATF_TC_WITHOUT_HEAD(survey_needs_servers);
ATF_TC_BODY(survey_needs_servers, tc)
{
	memset(&conf, 0, sizeof(conf));
	ATF_REQUIRE(survey_new(&conf) == NULL);
	conf.nservers = SURVEY_SERVERS_MAX + 1;
	ATF_REQUIRE(survey_new(&conf) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, survey_fetches_all_mixes_and_nothing_else);
	ATF_TP_ADD_TC(tp, servers_that_disagree_are_told);
	ATF_TP_ADD_TC(tp, server_that_is_down_is_told_and_replaced);
	ATF_TP_ADD_TC(tp, server_that_falls_silent_is_given_up);
	ATF_TP_ADD_TC(tp, index_that_is_cut_off_takes_more_words);
	ATF_TP_ADD_TC(tp, top_level_domains_are_learnt);
	ATF_TP_ADD_TC(tp, round_number_alone_is_no_cap);
	ATF_TP_ADD_TC(tp, known_mixes_are_asked_for_only_when_cut_off);
	ATF_TP_ADD_TC(tp, certificates_over_a_limit_are_refused);
	ATF_TP_ADD_TC(tp, another_key_than_asked_for_is_refused);
	ATF_TP_ADD_TC(tp, what_is_behind_the_certificate_is_cut_off);
	ATF_TP_ADD_TC(tp, key_ids_do_where_there_are_no_fingerprints);
	ATF_TP_ADD_TC(tp, what_is_no_index_is_an_error);
	ATF_TP_ADD_TC(tp, shrinking_by_more_than_a_fifth_is_told);
	ATF_TP_ADD_TC(tp, servers_are_asked_side_by_side);
	ATF_TP_ADD_TC(tp, survey_needs_servers);
	return (atf_no_error());
}
