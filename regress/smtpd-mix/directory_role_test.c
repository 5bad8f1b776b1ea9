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

/* The role directory without a network: who asks for what, is answered here. */

#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "directory_net.h"
#include "directory_policy.h"
#include "fakecert.h"
#include "fakeproc.h"
#include "hkp/hkp.h"
#include "openpgp/armor.h"
#include "roles.h"

#define DAY		86400
#define CERTS_MAX	48

/* Requests under way; a number is its place and one. */
struct asked {
	int		 open;
	int		 tls;
	char		 host[256];
	char		 url[HKP_URL_MAX];
	char		*post;
	fetch_done	*done;
	void		*arg;
};
static struct asked asked[1024];
static size_t nasked;
static size_t cancelled;
static uint32_t queued;

static struct fakecert certs[CERTS_MAX];
static struct fakecert own;
static struct proto_conf_keyserver server;

uint32_t
proc_queued(enum role role, unsigned int instance)
{
	(void)role, (void)instance;

	return (queued);
}

void
net_init(void)
{
}

void
net_configure(const struct role_conf *conf)
{
	(void)conf;
}

void
net_end(void)
{
}

void
net_looked_up(const struct proto_looked_up *row)
{
	(void)row;
}

uint64_t
net_start(const struct net_request *r, fetch_done *done, void *arg,
    const char **why)
{
	struct asked *a = &asked[nasked];

	*why = "no more";
	ATF_REQUIRE(nasked < nitems(asked));
	memset(a, 0, sizeof(*a));
	a->open = 1;
	a->tls = r->tls;
	strlcpy(a->host, r->host, sizeof(a->host));
	strlcpy(a->url, r->url, sizeof(a->url));
	if (r->post != NULL)
		a->post = strdup(r->post);
	a->done = done;
	a->arg = arg;

	return (++nasked);
}

void
net_cancel(uint64_t number)
{
	if (number == 0 || !asked[number - 1].open)
		return;
	asked[number - 1].open = 0;
	cancelled++;
}

static size_t
count_open(const char *what)
{
	size_t i, n = 0;

	for (i = 0; i < nasked; i++)
		n += asked[i].open && strstr(asked[i].url, what) != NULL;

	return (n);
}

/* The first open request with this in its URL; waits for it. */
static struct asked *
await(const char *what)
{
	int64_t end = fake_ms() + 10000;
	size_t i;

	do {
		for (i = 0; i < nasked; i++)
			if (asked[i].open &&
			    strstr(asked[i].url, what) != NULL)
				return (&asked[i]);
		fake_run_ms(10);
	} while (fake_ms() < end);
	atf_tc_fail("nobody asks for %s", what);
}

static void
answer(struct asked *a, int status, const void *body, size_t len)
{
	struct fetch_answer f;

	ATF_REQUIRE(a->open);
	a->open = 0;
	memset(&f, 0, sizeof(f));
	f.result = status == 0 ? FETCH_FAILED : FETCH_OK;
	f.status = status;
	f.body = body;
	f.len = len;
	if (status == 0)
		strlcpy(f.error, "no answer", sizeof(f.error));
	a->done(a->arg, &f);
}

static void
begin(size_t nservers)
{
	struct proto_conf_global *g = &fake.conf.global;

	g->directory_every = 1;
	strlcpy(g->address, "mixtasy@own.example", sizeof(g->address));
	strlcpy(server.server, "hkp://keys.example", sizeof(server.server));
	fake.conf.keyservers = &server;
	fake.conf.nkeyservers = nservers;
	fake.ops = &directory_ops;
	ATF_REQUIRE(event_init() != NULL);
	directory_ops.init(0);
	directory_ops.switched(&fake.conf);
	directory_ops.start();
	fakecert_mix(&own, "own.example", time(NULL) - 100,
	    time(NULL) + DAY);
}

/* keys sends it in pieces. */
static void
send_own(const struct fakecert *c)
{
	uint8_t buf[sizeof(struct proto_own_cert) + 64];
	struct proto_own_cert row;
	size_t pos;

	for (pos = 0; pos < c->len; pos += row.n) {
		memset(&row, 0, sizeof(row));
		row.n = (uint32_t)(c->len - pos < 64 ? c->len - pos : 64);
		row.first = pos == 0;
		row.last = pos + row.n == c->len;
		memcpy(buf, &row, sizeof(row));
		memcpy(buf + sizeof(row), c->buf + pos, row.n);
		fake_message(ROLE_KEYS, PROTO_OWN_CERT, buf,
		    sizeof(row) + row.n);
	}
}

static const struct proto_status_directory *
status(void)
{
	const struct proto_ctl req = { 77 };
	const struct proto_status_directory *row;

	fake_message(ROLE_CONTROL, PROTO_CTL_STATUS, &req, sizeof(req));
	row = fake_take(ROLE_CONTROL, PROTO_STATUS_DIRECTORY);
	ATF_REQUIRE(row != NULL);
	ATF_REQUIRE_EQ(77, row->id);

	return (row);
}

/* Answers a survey: n mixes of certs. */
static void
survey(size_t n)
{
	static char index[16384], text[32768];
	char id[HKP_ID_MAX];
	size_t i, len, at;

	at = (size_t)snprintf(index, sizeof(index), "info:1:%zu\n", n);
	for (i = 0; i < n; i++) {
		hkp_id_write(certs[i].primary.pub.fpr, id);
		at += (size_t)snprintf(index + at, sizeof(index) - at,
		    "pub:%s:22:256:1::\nuid:<mixtasy@m%zu.example>:1::\n", id,
		    i);
	}
	answer(await("op=index"), 200, index, at);
	for (i = 0; i < n; i++) {
		hkp_id_write(certs[i].primary.pub.fpr, id);
		len = pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, certs[i].buf,
		    certs[i].len, 0, text);
		answer(await(id), 200, text, len);
	}
}

static void
make_mixes(size_t n)
{
	char name[64];
	size_t i;

	for (i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "m%zu.example", i);
		fakecert_mix(&certs[i], name, time(NULL) - 100,
		    time(NULL) + DAY);
	}
}

/* What seal has got, whole; its length. */
static size_t
seal_gets(uint8_t *buf, size_t size)
{
	const struct proto_roster *row;
	size_t len = 0, pieces = 0;
	uint32_t last = 0;

	while ((row = fake_take(ROLE_SEAL, PROTO_ROSTER)) != NULL) {
		ATF_REQUIRE_EQ(pieces == 0, row->first != 0);
		ATF_REQUIRE_EQ(0, last);
		ATF_REQUIRE(len + row->n <= size);
		memcpy(buf + len, row + 1, row->n);
		len += row->n;
		last = row->last;
		pieces++;
	}
	ATF_REQUIRE_EQ(1, last);

	return (len);
}

ATF_TC_WITHOUT_HEAD(without_a_keyserver_nothing_is_asked);
ATF_TC_BODY(without_a_keyserver_nothing_is_asked, tc)
{
	uint8_t buf[16];

	begin(0);
	send_own(&own);
	fake_run_ms(100);
	ATF_CHECK_EQ(0, nasked);
	ATF_CHECK_EQ(0, status()->keyservers);
	ATF_CHECK_STREQ("", status()->warning);
	/* Seal is told that there is nothing. */
	ATF_CHECK_EQ(0, seal_gets(buf, sizeof(buf)));
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(our_certificate_is_published_until_it_is_taken);
ATF_TC_BODY(our_certificate_is_published_until_it_is_taken, tc)
{
	struct asked *a;

	begin(1);
	fake_run_ms(100);
	ATF_CHECK_EQ(0, count_open("/pks/add"));
	send_own(&own);
	a = await("http://keys.example:11371/pks/add");
	ATF_CHECK_STREQ("keys.example", a->host);
	ATF_REQUIRE(a->post != NULL);
	ATF_CHECK(strncmp(a->post, "keytext=-----BEGIN", 18) == 0);
	answer(a, 503, "", 0);
	ATF_CHECK_EQ(0, status()->published);
	answer(await("/pks/add"), 0, "", 0);
	answer(await("/pks/add"), 200, "", 0);
	ATF_CHECK_EQ(1, status()->published);
	ATF_CHECK(status()->last_published != 0);
	/* The same again changes nothing; another is published too. */
	send_own(&own);
	ATF_CHECK_EQ(1, status()->published);
	fakecert_subkey(&own, time(NULL) + 2 * DAY);
	send_own(&own);
	ATF_CHECK_EQ(0, status()->published);
	answer(await("/pks/add"), 200, "", 0);
	ATF_CHECK_EQ(1, status()->published);
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(what_others_cannot_use_is_not_published);
ATF_TC_BODY(what_others_cannot_use_is_not_published, tc)
{
	const struct proto_ctl req = { 5 };
	const struct proto_dir *row;

	begin(1);
	fakecert_revoke(&own);
	send_own(&own);
	fake_run_ms(200);
	ATF_CHECK_EQ(0, count_open("/pks/add"));
	fake_message(ROLE_CONTROL, PROTO_CTL_DIRECTORY, &req, sizeof(req));
	ATF_REQUIRE((row = fake_take(ROLE_CONTROL, PROTO_DIR)) != NULL);
	ATF_CHECK_EQ(1, row->has_own);
	ATF_CHECK_EQ(ROSTER_REVOKED, row->own_error);
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(a_revocation_that_a_keyserver_has_ends_publishing);
ATF_TC_BODY(a_revocation_that_a_keyserver_has_ends_publishing, tc)
{
	const struct proto_ctl req = { 5 };
	const struct proto_dir *row;

	begin(1);
	certs[0] = own;
	fakecert_revoke(&certs[0]);
	send_own(&own);
	answer(await("/pks/add"), 200, "", 0);
	survey(1);
	fake_message(ROLE_CONTROL, PROTO_CTL_DIRECTORY, &req, sizeof(req));
	ATF_REQUIRE((row = fake_take(ROLE_CONTROL, PROTO_DIR)) != NULL);
	ATF_CHECK_EQ(ROSTER_REVOKED, row->own_error);
	fakecert_subkey(&own, time(NULL) + 2 * DAY);
	send_own(&own);
	fake_run_ms(500);
	ATF_CHECK_EQ(0, count_open("/pks/add"));
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(nothing_is_published_where_that_is_not_wished);
ATF_TC_BODY(nothing_is_published_where_that_is_not_wished, tc)
{
	static struct role_conf next;

	fake.conf.global.directory_silent = 1;
	begin(1);
	send_own(&own);
	fake_run_ms(200);
	ATF_CHECK_EQ(0, count_open("/pks/add"));
	ATF_CHECK_EQ(1, count_open("op=index"));
	/* Another configuration. */
	next = fake.conf;
	next.global.directory_silent = 0;
	directory_ops.switched(&next);
	(void)await("/pks/add");
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(what_is_found_goes_to_seal_in_whole_sets);
ATF_TC_BODY(what_is_found_goes_to_seal_in_whole_sets, tc)
{
	static uint8_t buf[CERTS_MAX * 16384];
	size_t len = 0, i;

	make_mixes(CERTS_MAX);
	begin(1);
	(void)seal_gets(buf, sizeof(buf));
	send_own(&own);
	survey(CERTS_MAX);
	for (i = 0; i < CERTS_MAX; i++)
		len += certs[i].len;
	ATF_REQUIRE(len > PROTO_CERT_PIECE);
	ATF_CHECK(fake_count(ROLE_SEAL, PROTO_ROSTER) > 1);
	ATF_CHECK_EQ(len, seal_gets(buf, sizeof(buf)));
	ATF_CHECK(memcmp(buf, certs[0].buf, certs[0].len) == 0);
	ATF_CHECK_EQ(CERTS_MAX, status()->mixes);
	ATF_CHECK_EQ(CERTS_MAX, status()->found);
	ATF_CHECK_EQ(1, status()->answering);
	/* The same again isn't sent. */
	survey(CERTS_MAX);
	ATF_CHECK_EQ(0, fake_count(ROLE_SEAL, PROTO_ROSTER));
	/* To a seal that reads nothing, little is sent. */
	queued = 1000;
	fakecert_subkey(&certs[0], time(NULL) + 2 * DAY);
	survey(CERTS_MAX);
	fake_run_ms(100);
	ATF_CHECK_EQ(0, fake_count(ROLE_SEAL, PROTO_ROSTER));
	queued = 0;
	fake_run_ms(100);
	ATF_CHECK(seal_gets(buf, sizeof(buf)) > len);
	fake_stop();
}

/* In a process of its own: a restart begins with nothing but the files. */
static void
in_a_process(void (*fn)(void))
{
	int status_of_it;
	pid_t pid;

	switch (pid = fork()) {
	case -1:
		atf_tc_fail("fork");
	case 0:
		fn();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status_of_it, 0));
	ATF_REQUIRE(WIFEXITED(status_of_it));
	ATF_REQUIRE_EQ(0, WEXITSTATUS(status_of_it));
}

static void
fill_the_cache(void)
{
	begin(1);
	send_own(&own);
	survey(2);
	(void)await("op=index");
	fake_stop();
	if (cancelled == 0)
		_exit(1);
}

ATF_TC_WITHOUT_HEAD(a_restart_sends_the_cache_at_once);
ATF_TC_BODY(a_restart_sends_the_cache_at_once, tc)
{
	static uint8_t buf[65536];

	make_mixes(2);
	in_a_process(fill_the_cache);
	begin(1);
	ATF_CHECK_EQ(certs[0].len + certs[1].len, seal_gets(buf,
	    sizeof(buf)));
	ATF_CHECK_EQ(2, status()->mixes);
	fake_stop();
}

static void
sts_get(uint64_t number, const char *domain, const char *id)
{
	struct proto_sts_get get;

	memset(&get, 0, sizeof(get));
	get.number = number;
	strlcpy(get.domain, domain, sizeof(get.domain));
	strlcpy(get.id, id, sizeof(get.id));
	fake_message(ROLE_RELAY, PROTO_STS_GET, &get, sizeof(get));
}

/* The only answer there is, to that question. */
static struct proto_sts
sts(uint64_t number)
{
	const struct proto_sts *row = fake_take(ROLE_RELAY, PROTO_STS);
	struct proto_sts copy;

	ATF_REQUIRE(row != NULL);
	copy = *row;
	ATF_REQUIRE_EQ(number, copy.number);
	ATF_REQUIRE_EQ(0, fake_count(ROLE_RELAY, PROTO_STS));

	return (copy);
}

static const char policy[] = "version: STSv1\r\nmode: enforce\r\n"
    "mx: mail.a.example\r\nmx: *.b.example\r\nmax_age: 604800\r\n";
static const char another[] = "version: STSv1\nmode: testing\n"
    "mx: mx.c.example\nmax_age: 86400\n";
#define URL "https://mta-sts.a.example/.well-known/mta-sts.txt"

ATF_TC_WITHOUT_HEAD(policies_are_fetched_once_and_kept);
ATF_TC_BODY(policies_are_fetched_once_and_kept, tc)
{
	struct proto_sts row;
	struct asked *a;

	begin(0);
	/* What isn't announced isn't asked for. */
	sts_get(1, "a.example", "");
	row = sts(1);
	ATF_CHECK_EQ(PROTO_STS_NONE, row.mode);
	ATF_CHECK_EQ(0, row.failed);
	ATF_CHECK_EQ(0, nasked);

	sts_get(2, "a.example", "id1");
	sts_get(3, "A.example", "id1");
	ATF_CHECK_EQ(0, fake_count(ROLE_RELAY, PROTO_STS));
	ATF_CHECK_EQ(1, nasked);
	a = await(URL);
	ATF_CHECK(a->tls);
	ATF_CHECK_STREQ("mta-sts.a.example", a->host);
	answer(a, 200, policy, sizeof(policy) - 1);
	ATF_CHECK_EQ(2, fake_count(ROLE_RELAY, PROTO_STS));
	(void)fake_take(ROLE_RELAY, PROTO_STS);
	row = sts(3);
	ATF_CHECK_EQ(PROTO_STS_ENFORCE, row.mode);
	ATF_CHECK_EQ(0, row.failed);
	ATF_REQUIRE_EQ(2, row.nmx);
	ATF_CHECK_STREQ("mail.a.example", row.mx[0]);
	ATF_CHECK_STREQ("*.b.example", row.mx[1]);
	ATF_CHECK(row.max_age > 604700 && row.max_age <= 604800);

	/* It holds, also when the DNS says nothing any more. */
	sts_get(4, "a.example", "id1");
	ATF_CHECK_EQ(PROTO_STS_ENFORCE, sts(4).mode);
	sts_get(5, "a.example", "");
	ATF_CHECK_EQ(PROTO_STS_ENFORCE, sts(5).mode);
	ATF_CHECK_EQ(1, nasked);
	ATF_CHECK_EQ(1, status()->policies);

	/* There is another, which can't be had; later it can. */
	sts_get(6, "a.example", "id2");
	answer(await(URL), 404, "", 0);
	ATF_CHECK_EQ(PROTO_STS_ENFORCE, sts(6).mode);
	sts_get(7, "a.example", "id2");
	ATF_CHECK_EQ(PROTO_STS_ENFORCE, sts(7).mode);
	ATF_CHECK_EQ(0, count_open(URL));
	sts_get(8, "a.example", "id3");
	answer(await(URL), 200, another, sizeof(another) - 1);
	row = sts(8);
	ATF_CHECK_EQ(PROTO_STS_TESTING, row.mode);
	ATF_CHECK_EQ(1, row.nmx);
	fake_stop();
	ATF_CHECK_EQ(0, access(POLICY_FILE, F_OK));
}

static void
fetch_a_policy(void)
{
	begin(0);
	sts_get(1, "a.example", "id1");
	answer(await(URL), 200, policy, sizeof(policy) - 1);
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(policies_survive_a_restart);
ATF_TC_BODY(policies_survive_a_restart, tc)
{
	struct proto_sts row;

	in_a_process(fetch_a_policy);
	begin(0);
	sts_get(2, "a.example", "");
	row = sts(2);
	ATF_CHECK_EQ(PROTO_STS_ENFORCE, row.mode);
	ATF_REQUIRE_EQ(2, row.nmx);
	ATF_CHECK_STREQ("*.b.example", row.mx[1]);
	ATF_CHECK_EQ(0, nasked);
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(policies_that_cannot_be_had_are_told_of);
ATF_TC_BODY(policies_that_cannot_be_had_are_told_of, tc)
{
	static const char *const wrong[] = { "", "mode: enforce\n",
	    "version: STSv1\nmode: enforce\nmax_age: 100\n", "<html>" };
	struct proto_sts row;
	char domain[64];
	size_t i;

	begin(0);
	for (i = 0; i < nitems(wrong); i++) {
		(void)snprintf(domain, sizeof(domain), "d%zu.example", i);
		sts_get(i, domain, "id");
		answer(await(domain), 200, wrong[i], strlen(wrong[i]));
		row = sts(i);
		ATF_CHECK_EQ(PROTO_STS_NONE, row.mode);
		ATF_CHECK_EQ_MSG(1, row.failed, "%s", wrong[i]);
	}
	/* A redirection is an error; so is what comes late. */
	sts_get(10, "r.example", "id");
	answer(await("r.example"), 301, policy, sizeof(policy) - 1);
	ATF_CHECK_EQ(1, sts(10).failed);
	sts_get(11, "t.example", "id");
	answer(await("t.example"), 0, "", 0);
	ATF_CHECK_EQ(1, sts(11).failed);
	/* It isn't tried again at once, unless it is another. */
	i = nasked;
	sts_get(12, "t.example", "id");
	ATF_CHECK_EQ(1, sts(12).failed);
	ATF_CHECK_EQ(i, nasked);
	sts_get(13, "t.example", "new");
	ATF_CHECK_EQ(i + 1, nasked);
	/* Names that are none. */
	sts_get(14, "a..b", "id");
	ATF_CHECK_EQ(0, sts(14).failed);
	sts_get(15, "x/y.example", "id");
	ATF_CHECK_EQ(0, sts(15).failed);
	ATF_CHECK_EQ(i + 1, nasked);
	/* The end answers what is open. */
	fake_stop();
	ATF_CHECK_EQ(1, sts(13).failed);
}

ATF_TC_WITHOUT_HEAD(policies_are_fetched_by_a_bounded_number);
ATF_TC_BODY(policies_are_fetched_by_a_bounded_number, tc)
{
	char domain[64];
	uint64_t i;

	begin(0);
	for (i = 0; i < 500; i++) {
		(void)snprintf(domain, sizeof(domain), "d%03d.example",
		    (int)i);
		sts_get(i, domain, "id");
	}
	ATF_CHECK_EQ(POLICY_FETCHES_MAX, nasked);
	ATF_CHECK_EQ(500 - POLICY_FETCHES_MAX,
	    fake_count(ROLE_RELAY, PROTO_STS));
	for (i = 0; i < 200; i++)
		sts_get(1000 + i, "d000.example", "id");
	ATF_CHECK_EQ(POLICY_FETCHES_MAX, nasked);
	ATF_CHECK_EQ(500 - POLICY_FETCHES_MAX + 200 -
	    (POLICY_WAITING_MAX - 1), fake_count(ROLE_RELAY, PROTO_STS));
	for (i = 0; i < POLICY_FETCHES_MAX; i++)
		answer(&asked[i], 200, policy, sizeof(policy) - 1);
	/* Each is answered, and once. */
	ATF_CHECK_EQ(700, fake_count(ROLE_RELAY, PROTO_STS));
	ATF_CHECK_EQ(POLICY_FETCHES_MAX, status()->policies);
	fake_stop();
	ATF_CHECK_EQ(700, fake_count(ROLE_RELAY, PROTO_STS));
}

ATF_TC_WITHOUT_HEAD(mixctl_is_told_of_all);
ATF_TC_BODY(mixctl_is_told_of_all, tc)
{
	const struct proto_ctl req = { 9 };
	const struct proto_dir_mixes *row;
	const struct proto_dir_mix *mix;
	const struct proto_dir_server *s;
	const struct proto_ctl_done *done;

	make_mixes(3);
	fakecert_revoke(&certs[2]);
	begin(1);
	send_own(&own);
	survey(3);
	answer(await("op=index"), 0, "", 0);
	fake_message(ROLE_CONTROL, PROTO_CTL_DIRECTORY, &req, sizeof(req));
	ATF_REQUIRE((s = fake_take(ROLE_CONTROL, PROTO_DIR_SERVER)) != NULL);
	ATF_CHECK_STREQ("hkp://keys.example", s->server);
	ATF_CHECK_EQ(1, s->failures);
	ATF_CHECK_STREQ("no answer", s->error);
	ATF_CHECK(s->answered != 0);
	ATF_CHECK_EQ(1, fake_count(ROLE_CONTROL, PROTO_DIR_WARNING));
	ATF_REQUIRE((row = fake_take(ROLE_CONTROL, PROTO_DIR_MIXES)) != NULL);
	ATF_CHECK_EQ(9, row->id);
	ATF_REQUIRE_EQ(3, row->n);
	mix = (const struct proto_dir_mix *)(row + 1);
	ATF_CHECK_STREQ("mixtasy@m0.example", mix[0].address);
	ATF_CHECK_EQ(ROSTER_OK, mix[0].state);
	ATF_CHECK_EQ(1, mix[0].servers);
	ATF_CHECK_EQ(PROTO_DIR_KEYSERVER, mix[0].sources);
	ATF_CHECK_EQ(MIX_MODE_MIDDLEMAN, mix[0].modes);
	ATF_CHECK_EQ(ROSTER_REVOKED, mix[2].state);
	ATF_REQUIRE((done = fake_take(ROLE_CONTROL, PROTO_CTL_DONE)) != NULL);
	ATF_CHECK_EQ(9, done->id);
	ATF_CHECK_EQ(1, done->ok);
	fake_stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, without_a_keyserver_nothing_is_asked);
	ATF_TP_ADD_TC(tp, our_certificate_is_published_until_it_is_taken);
	ATF_TP_ADD_TC(tp, what_others_cannot_use_is_not_published);
	ATF_TP_ADD_TC(tp, a_revocation_that_a_keyserver_has_ends_publishing);
	ATF_TP_ADD_TC(tp, nothing_is_published_where_that_is_not_wished);
	ATF_TP_ADD_TC(tp, what_is_found_goes_to_seal_in_whole_sets);
	ATF_TP_ADD_TC(tp, a_restart_sends_the_cache_at_once);
	ATF_TP_ADD_TC(tp, policies_are_fetched_once_and_kept);
	ATF_TP_ADD_TC(tp, policies_survive_a_restart);
	ATF_TP_ADD_TC(tp, policies_that_cannot_be_had_are_told_of);
	ATF_TP_ADD_TC(tp, policies_are_fetched_by_a_bounded_number);
	ATF_TP_ADD_TC(tp, mixctl_is_told_of_all);

	return (atf_no_error());
}
