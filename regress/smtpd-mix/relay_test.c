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

#include <event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include <atf-c.h>

#include "compat/compat.h"
#include "fakeproc.h"
#include "keys_tls.h"
#include "lib/testutil.h"
#include "mixtasy/message.h"
#include "relay_dest.h"
#include "sealed.h"
#include "smtp/dane.h"
#include "smtp_session.h"
#include "spool/spool.h"

#define OUTCOMES_MAX	64
#define NONE		99

/* A server that answers by a table: the first prefix that fits. */
struct rule {
	const char	*prefix;
	const char	*reply;		/* "" closes */
};

static const struct rule obliging[] = {
	{ "EHLO", "250-peer\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
	    "250 SIZE 100000000\r\n" },
	{ "MAIL", "250 ok\r\n" },
	{ "RCPT", "250 ok\r\n" },
	{ "DATA", "354 go\r\n" },
	{ ".", "250 taken\r\n" },
	{ "QUIT", "221 bye\r\n" },
	{ NULL, NULL }
};

static struct peer {
	int		 lfd, fd;
	uint32_t	 port;
	const struct rule *rules;	/* tried before the obliging ones */
	unsigned int	 accepted;
	int		 in_text;
	char		 line[2048];
	size_t		 line_len;
	char		 commands[4096];	/* all but text */
	char		 text[400000];
	size_t		 text_len;
} peer = { .lfd = -1, .fd = -1 };

static const struct role_ops ops = { .role = ROLE_RELAY };
static struct relay_table table;
static struct storage_keys keys;
static struct test_rng	rng_state;
static struct rng	rng;
static struct route_dest dest;
static unsigned int	outcomes[OUTCOMES_MAX];	/* by id */
static unsigned int	noutcomes;
static uint8_t		mix_body[MIX_BODY_LEN];

static time_t			skipped;	/* by the clock */

static time_t
now(void)
{
	return (time(NULL) + skipped);
}

static void
got_answer(struct relay_job *job, enum proto_outcome_kind outcome)
{
	ATF_REQUIRE(job->body.id < OUTCOMES_MAX);
	ATF_REQUIRE_EQ(NONE, outcomes[job->body.id]);
	outcomes[job->body.id] = outcome;
	noutcomes++;
	free(job);
}

static int
open_payload(const struct relay_job *job, uint8_t *buf, size_t *len)
{
	char rcpt[MAIL_ADDRESS_MAX];

	return (sealed_open(&keys, &job->body, rcpt, buf, len));
}

static void
listen_somewhere(void)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer.lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ATF_REQUIRE(peer.lfd != -1);
	ATF_REQUIRE_EQ(0, bind(peer.lfd, (struct sockaddr *)&sin, len));
	ATF_REQUIRE_EQ(0, getsockname(peer.lfd, (struct sockaddr *)&sin,
	    &len));
	ATF_REQUIRE_EQ(0, listen(peer.lfd, 5));
	peer.port = ntohs(sin.sin_port);
}

static void
setup(const struct rule *rules)
{
	struct proto_storage_key key;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE(event_init() != NULL);
	fake.ops = &ops;
	for (i = 0; i < OUTCOMES_MAX; i++)
		outcomes[i] = NONE;
	rng = test_rng(&rng_state, 3);
	rng_fill(&rng, mix_body, sizeof(mix_body));
	memset(&key, 1, sizeof(key));
	ATF_REQUIRE_EQ(0, storage_keys_add(&keys, &key));
	relay_table_init(&table);
	table.answer = got_answer;
	table.now = now;
	table.host.payload = open_payload;
	table.host.tls = tls_config_new();
	tls_config_insecure_noverifycert(table.host.tls);
	tls_config_insecure_noverifyname(table.host.tls);
	strcpy(table.host.conf.hostname, "mix1.example");
	strcpy(table.host.conf.address, "mixtasy@mix1.example");
	table.host.conf.retry_first = 60;
	listen_somewhere();
	peer.rules = rules;
	strcpy(dest.host, "127.0.0.1");
	dest.port = peer.port;
	dest.tls = CONF_TLS_OPPORTUNISTIC;
}

static struct relay_job *
new_job(uint32_t id, uint32_t class, const char *rcpt)
{
	struct relay_job *job = calloc(1, sizeof(*job));

	ATF_REQUIRE(job != NULL);
	job->body.id = id;
	job->body.class = class;
	job->body.set_total = 1;
	job->body.body_len = MIX_BODY_LEN;
	strcpy(job->rcpt, rcpt);

	return (job);
}

static void
add_mix(uint32_t id)
{
	struct relay_job *job;

	job = new_job(id, SPOOL_FORWARD, "mixtasy@mix2.example");
	memcpy(job->body.body, mix_body, MIX_BODY_LEN);
	relay_table_add(&table, &dest, job);
}

static void
seal_into(struct relay_job *job, const char *text, size_t len)
{
	struct sealed_name name = { job->body.class, job->body.set_index,
	    job->body.set };

	ATF_REQUIRE_EQ(0, sealed_seal(&keys, &rng, &name, job->rcpt,
	    (const uint8_t *)text, len, &job->body.storage_day,
	    job->body.body));
}

static void
add_exit(uint32_t id, const char *text)
{
	struct relay_job *job;

	job = new_job(id, SPOOL_EXIT, "bob@own.example");
	seal_into(job, text, strlen(text));
	relay_table_add(&table, &dest, job);
}

/* A piece holds len times one letter, in lines. */
static void
add_piece(uint32_t id, uint64_t set, uint32_t index, uint32_t total,
    size_t len)
{
	static char text[PROTO_PIECE_LEN];
	struct relay_job *job;
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' :
		    (char)('a' + index);
	job = new_job(id, SPOOL_POSTMASTER, "root@own.example");
	job->body.set = set;
	job->body.set_index = index;
	job->body.set_total = total;
	seal_into(job, text, len);
	relay_table_add(&table, &dest, job);
}

static void
peer_close(void)
{
	if (peer.fd != -1)
		close(peer.fd);
	peer.fd = -1;
	peer.in_text = 0;
	peer.line_len = 0;
}

static void
peer_say(const char *text)
{
	if (text[0] == '\0')
		peer_close();
	else if (write(peer.fd, text, strlen(text)) == -1)
		peer_close();
}

static const char *
reply_to(const char *line)
{
	const struct rule *r;

	for (r = peer.rules; r != NULL && r->prefix != NULL; r++)
		if (strncasecmp(line, r->prefix, strlen(r->prefix)) == 0)
			return (r->reply);
	for (r = obliging; r->prefix != NULL; r++)
		if (strncasecmp(line, r->prefix, strlen(r->prefix)) == 0)
			return (r->reply);

	return ("500 what\r\n");
}

static void
peer_line(const char *line, size_t len)
{
	const char *reply;

	if (peer.in_text && strcmp(line, ".\r\n") != 0) {
		ATF_REQUIRE(peer.text_len + len < sizeof(peer.text));
		memcpy(peer.text + peer.text_len, line, len);
		peer.text_len += len;
		peer.text[peer.text_len] = '\0';
		return;
	}
	if (!peer.in_text)
		strlcat(peer.commands, line, sizeof(peer.commands));
	reply = reply_to(line);
	peer.in_text = strncmp(reply, "354", 3) == 0;
	peer_say(reply);
}

static void
peer_read(void)
{
	char c;
	ssize_t n;

	while (peer.fd != -1 && (n = read(peer.fd, &c, 1)) != -1) {
		if (n == 0) {
			peer_close();
			return;
		}
		ATF_REQUIRE(peer.line_len < sizeof(peer.line) - 1);
		peer.line[peer.line_len++] = c;
		if (c != '\n')
			continue;
		peer.line[peer.line_len] = '\0';
		n = (ssize_t)peer.line_len;
		peer.line_len = 0;
		peer_line(peer.line, (size_t)n);
	}
}

static void
turn(void)
{
	event_loop(EVLOOP_NONBLOCK);
	if (peer.fd == -1 && peer.lfd != -1 &&
	    (peer.fd = accept4(peer.lfd, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		peer.accepted++;
		peer_say(reply_to("GREETING")[0] == '5' ?
		    "220 peer\r\n" : reply_to("GREETING"));
	}
	peer_read();
}

static int
outcomes_within(unsigned int n, int seconds)
{
	time_t end = time(NULL) + seconds + 1;

	while (noutcomes < n && time(NULL) < end) {
		turn();
		usleep(200);
	}

	return (noutcomes == n);
}

#define WAIT_FOR(n)	ATF_REQUIRE(outcomes_within(n, 10))

ATF_TC_WITHOUT_HEAD(relay_sends_mix_messages_over_one_connection);
ATF_TC_BODY(relay_sends_mix_messages_over_one_connection, tc)
{
	static char expected[MIX_OUTER_LEN_MAX];
	size_t len;
	int i;

	setup(NULL);
	len = mix_outer_write("mixtasy@mix1.example", "mixtasy@mix2.example",
	    mix_body, expected);
	for (i = 0; i < 3; i++)
		add_mix((uint32_t)i);
	WAIT_FOR(3);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[i]);
	ATF_CHECK_EQ(1, peer.accepted);
	ATF_REQUIRE_EQ(3 * len, peer.text_len);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(0, memcmp(expected, peer.text + (size_t)i * len,
		    len));
	ATF_CHECK(strstr(peer.commands, "EHLO mix1.example\r\n") != NULL);
	ATF_CHECK(strstr(peer.commands, "MAIL FROM:<mixtasy@mix1.example>")
	    != NULL);
	ATF_CHECK(strstr(peer.commands, "RCPT TO:<mixtasy@mix2.example>\r\n")
	    != NULL);
	ATF_CHECK_EQ(3, table.host.status.delivered);
	ATF_CHECK_EQ(2, table.host.status.reused);
	ATF_CHECK_EQ(1, table.host.status.clear);
	ATF_CHECK_EQ(1, table.host.status.connections);
}

ATF_TC_WITHOUT_HEAD(relay_makes_exit_mail_conformant);
ATF_TC_BODY(relay_makes_exit_mail_conformant, tc)
{
	setup(NULL);
	add_exit(1, "Subject: x\n\n.dot\r\nbare\rcr \xc3\xa4\nend");
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_STREQ("Subject: x\r\n\r\n..dot\r\nbare\r\ncr \xc3\xa4\r\n"
	    "end\r\n", peer.text);
	ATF_CHECK(strstr(peer.commands, "MAIL FROM:<mixtasy@mix1.example>")
	    != NULL);
	ATF_CHECK(strstr(peer.commands, " BODY=8BITMIME\r\n") != NULL);
	ATF_CHECK(strstr(peer.commands, "RCPT TO:<bob@own.example>\r\n") !=
	    NULL);
}

ATF_TC_WITHOUT_HEAD(relay_tells_refusals_for_now_and_for_good);
ATF_TC_BODY(relay_tells_refusals_for_now_and_for_good, tc)
{
	static const struct rule rules[] = {
		{ "RCPT TO:<mixtasy@", "450 4.2.0 later bob@x.example\r\n" },
		{ "RCPT TO:<bob@", "550 5.1.1 never\r\n" },
		{ "DATA", "503 no recipients\r\n" },
		{ "RSET", "250 ok\r\n" },
		{ NULL, NULL }
	};

	setup(rules);
	add_mix(1);
	add_exit(2, "x\r\n");
	add_mix(3);
	WAIT_FOR(3);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_FAILED, outcomes[2]);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[3]);
	ATF_CHECK_EQ(1, peer.accepted);
	ATF_CHECK_EQ(2, table.host.status.deferred);
	ATF_CHECK_EQ(1, table.host.status.refused);
	ATF_CHECK_STREQ("the peer answered 450", table.host.status.last_error);
}

ATF_TC_WITHOUT_HEAD(relay_defers_what_had_no_final_answer);
ATF_TC_BODY(relay_defers_what_had_no_final_answer, tc)
{
	static const struct rule rules[] = {
		{ ".", "" },
		{ NULL, NULL }
	};

	setup(rules);
	add_mix(1);
	add_mix(2);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	ATF_CHECK_EQ(0, table.host.status.delivered);
}

ATF_TC_WITHOUT_HEAD(relay_does_not_dial_a_dead_peer_again_at_once);
ATF_TC_BODY(relay_does_not_dial_a_dead_peer_again_at_once, tc)
{
	setup(NULL);
	close(peer.lfd);
	peer.lfd = -1;
	add_mix(1);
	add_mix(2);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	ATF_CHECK(table.host.status.last_error[0] != '\0');
	add_mix(3);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[3]);
	ATF_CHECK_EQ(0, table.host.status.connections);
}

ATF_TC_WITHOUT_HEAD(relay_dials_again_after_the_backoff);
ATF_TC_BODY(relay_dials_again_after_the_backoff, tc)
{
	static const struct rule dead[] = {
		{ "GREETING", "421 later\r\n" },
		{ NULL, NULL }
	};

	setup(dead);
	add_mix(1);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	peer_close();
	peer.rules = NULL;
	skipped += RELAY_BACKOFF_FIRST;
	add_mix(2);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
	ATF_CHECK(!relay_shunned(&table.shun,
	    TAILQ_FIRST(&table.dests)->key, 0));
}

ATF_TC_WITHOUT_HEAD(relay_goes_on_elsewhere_when_a_connection_is_used_up);
ATF_TC_BODY(relay_goes_on_elsewhere_when_a_connection_is_used_up, tc)
{
	static const struct rule used_up[] = {
		{ "MAIL", "421 enough\r\n" },
		{ NULL, NULL }
	};

	setup(NULL);
	add_mix(1);
	WAIT_FOR(1);
	peer.rules = used_up;
	peer.commands[0] = '\0';
	add_mix(2);
	add_mix(3);
	while (strstr(peer.commands, "MAIL") == NULL)
		turn();
	peer_close();
	peer.rules = NULL;
	WAIT_FOR(3);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[3]);
	ATF_CHECK_EQ(2, peer.accepted);
}

ATF_TC_WITHOUT_HEAD(relay_sends_a_set_as_one_mail);
ATF_TC_BODY(relay_sends_a_set_as_one_mail, tc)
{
	setup(NULL);
	add_piece(1, 77, 1, 4, PROTO_PIECE_LEN);
	add_piece(2, 77, 2, 4, PROTO_PIECE_LEN);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
	ATF_CHECK_EQ(0, table.host.status.delivered);
	add_piece(3, 77, 3, 4, 64);
	add_mix(4);
	WAIT_FOR(4);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[3]);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[4]);
	ATF_CHECK_EQ(2, table.host.status.delivered);
	ATF_REQUIRE(peer.text_len > 2 * PROTO_PIECE_LEN + 64);
	ATF_CHECK_EQ('b', peer.text[0]);
	ATF_CHECK_EQ('c', peer.text[PROTO_PIECE_LEN]);
	ATF_CHECK_EQ('d', peer.text[2 * PROTO_PIECE_LEN]);
	ATF_CHECK_EQ('F', peer.text[2 * PROTO_PIECE_LEN + 64]);
}

ATF_TC_WITHOUT_HEAD(relay_defers_a_set_as_a_whole);
ATF_TC_BODY(relay_defers_a_set_as_a_whole, tc)
{
	static const struct rule rules[] = {
		{ "RCPT TO:<root@", "550 5.1.1 never\r\n" },
		{ "DATA", "503 no\r\n" },
		{ "RSET", "250 ok\r\n" },
		{ NULL, NULL }
	};

	setup(rules);
	add_piece(1, 77, 1, 4, 640);
	add_piece(2, 77, 2, 4, 640);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_FAILED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	add_piece(3, 77, 3, 4, 640);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[3]);
}

ATF_TC_WITHOUT_HEAD(relay_breaks_a_set_off_when_a_piece_is_missing);
ATF_TC_BODY(relay_breaks_a_set_off_when_a_piece_is_missing, tc)
{
	setup(NULL);
	add_piece(1, 77, 1, 5, 640);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	add_piece(3, 77, 3, 5, 640);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[3]);
	while (table.host.status.connections > 0)
		turn();
	ATF_CHECK_EQ(0, table.host.status.delivered);
	add_piece(4, 77, 4, 5, 640);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[4]);
}

ATF_TC_WITHOUT_HEAD(relay_falls_back_to_the_clear_when_tls_fails);
ATF_TC_BODY(relay_falls_back_to_the_clear_when_tls_fails, tc)
{
	static const struct rule rules[] = {
		{ "EHLO", "250-peer\r\n250 STARTTLS\r\n" },
		{ "STARTTLS", "220 go\r\n" },
		{ NULL, NULL }
	};

	setup(rules);
	/* The peer answers a ClientHello with "500 what". */
	add_mix(1);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_EQ(2, peer.accepted);
	ATF_CHECK_EQ(1, table.host.status.clear);
	ATF_CHECK_EQ(0, table.host.status.tls);
	ATF_CHECK(table.host.status.last_error[0] != '\0');
}

ATF_TC_WITHOUT_HEAD(relay_sends_nothing_in_the_clear_where_tls_is_required);
ATF_TC_BODY(relay_sends_nothing_in_the_clear_where_tls_is_required, tc)
{
	setup(NULL);
	dest.tls = CONF_TLS_REQUIRE;
	add_mix(1);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK(strstr(peer.commands, "MAIL") == NULL);
	ATF_CHECK_EQ(0, peer.text_len);
}

ATF_TC_WITHOUT_HEAD(relay_frees_the_credits_of_a_stalled_peer);
ATF_TC_BODY(relay_frees_the_credits_of_a_stalled_peer, tc)
{
	static const struct rule rules[] = {
		{ "MAIL", "250-still thinking\r\n" },
		{ NULL, NULL }
	};
	struct relay_dest *d;

	setup(rules);
	add_mix(1);
	add_mix(2);
	add_mix(3);
	while (strstr(peer.commands, "MAIL") == NULL)
		turn();
	relay_table_tick(&table);
	ATF_CHECK_EQ(0, noutcomes);
	d = TAILQ_FIRST(&table.dests);
	d->headway -= RELAY_STALL_TIME;
	relay_table_tick(&table);
	ATF_CHECK_EQ(2, noutcomes);
	ATF_CHECK_EQ(NONE, outcomes[1]);
	add_mix(4);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[4]);
}

ATF_TC_WITHOUT_HEAD(relay_stops_in_order);
ATF_TC_BODY(relay_stops_in_order, tc)
{
	setup(NULL);
	add_mix(1);
	WAIT_FOR(1);
	relay_table_stop(&table);
	add_mix(2);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	while (table.host.status.connections > 0)
		turn();
	ATF_CHECK(strstr(peer.commands, "QUIT\r\n") != NULL);
}

ATF_TC_WITHOUT_HEAD(relay_answers_all_when_it_is_killed);
ATF_TC_BODY(relay_answers_all_when_it_is_killed, tc)
{
	static const struct rule rules[] = {
		{ "MAIL", "250-still thinking\r\n" },
		{ NULL, NULL }
	};

	setup(rules);
	add_mix(1);
	add_mix(2);
	while (strstr(peer.commands, "MAIL") == NULL)
		turn();
	relay_table_stop(&table);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	relay_table_kill(&table);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(0, table.host.status.connections);
}

/* The other side of a TLS test: a session of smtp. */
static struct smtp_host	server;
static size_t		nframes;

static void
server_frame(const struct proto_frame *frame)
{
	ATF_CHECK_EQ(0, memcmp(frame->body, mix_body, MIX_BODY_LEN));
	nframes++;
}

static struct smtp_session *server_session;

static uint64_t
server_txn(struct smtp_session *s)
{
	server_session = s;

	return (1);
}

static void
server_gone(struct smtp_session *s)
{
	(void)s;
	server_session = NULL;
}

static int
sign_here(const struct proto_sign *in, struct proto_signed *out)
{
	keys_tls_sign(in, out);

	return (0);
}

static void
setup_server(void)
{
	const uint8_t *chain;
	char err[256];
	size_t len;

	setup(NULL);
	ATF_REQUIRE_EQ(0, keys_tls_generate("mix2.example", time(NULL), err,
	    sizeof(err)));
	keys_tls_switch();
	ATF_REQUIRE_EQ(0, tls_remote_init(sign_here));
	chain = keys_tls_chain(&len);
	server.tls = tls_server_new(chain, len, err, sizeof(err));
	ATF_REQUIRE(server.tls != NULL);
	table.host.cas = dane_store_new(chain, len);
	ATF_REQUIRE(table.host.cas != NULL);
	smtp_credits_init(&server.credits);
	smtp_credits_add(&server.credits, 100, 0);
	server.frame = server_frame;
	server.txn = server_txn;
	server.gone = server_gone;
	strcpy(server.conf.hostname, "mix2.example");
	strcpy(server.conf.address, "mixtasy@mix2.example");
}

static void
serve_until(unsigned int n)
{
	struct smtp_peer from;
	struct sockaddr_storage ss;
	time_t end = time(NULL) + 20;
	int fd;

	memset(&ss, 0, sizeof(ss));
	smtp_peer_set(&from, (struct sockaddr *)&ss);
	while (noutcomes < n && time(NULL) < end) {
		event_loop(EVLOOP_NONBLOCK);
		fd = accept4(peer.lfd, NULL, NULL, SOCK_NONBLOCK);
		if (fd != -1)
			ATF_REQUIRE(smtp_session_new(&server, fd, &from, 1) !=
			    NULL);
		if (nframes > noutcomes && server_session != NULL)
			smtp_session_committed(server_session, 1);
	}
	ATF_REQUIRE_EQ(n, noutcomes);
}

ATF_TC_WITHOUT_HEAD(relay_and_smtp_talk_through_tls);
ATF_TC_BODY(relay_and_smtp_talk_through_tls, tc)
{
	setup_server();
	add_mix(1);
	add_mix(2);
	serve_until(2);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
	ATF_CHECK_EQ(2, nframes);
	ATF_CHECK_EQ(1, table.host.status.tls);
	ATF_CHECK_EQ(1, server.status.tls);
	ATF_CHECK_EQ(2, server.status.accepted);
}

ATF_TC_WITHOUT_HEAD(relay_verifies_whom_it_talks_to);
ATF_TC_BODY(relay_verifies_whom_it_talks_to, tc)
{
	setup_server();
	dest.tls = CONF_TLS_VERIFY;
	strcpy(dest.name, "mix2.example");
	add_mix(1);
	serve_until(1);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	strcpy(dest.name, "mix3.example");
	add_mix(2);
	serve_until(2);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	ATF_CHECK_EQ(1, nframes);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, relay_sends_mix_messages_over_one_connection);
	ATF_TP_ADD_TC(tp, relay_makes_exit_mail_conformant);
	ATF_TP_ADD_TC(tp, relay_tells_refusals_for_now_and_for_good);
	ATF_TP_ADD_TC(tp, relay_defers_what_had_no_final_answer);
	ATF_TP_ADD_TC(tp, relay_does_not_dial_a_dead_peer_again_at_once);
	ATF_TP_ADD_TC(tp, relay_dials_again_after_the_backoff);
	ATF_TP_ADD_TC(tp,
	    relay_goes_on_elsewhere_when_a_connection_is_used_up);
	ATF_TP_ADD_TC(tp, relay_sends_a_set_as_one_mail);
	ATF_TP_ADD_TC(tp, relay_defers_a_set_as_a_whole);
	ATF_TP_ADD_TC(tp, relay_breaks_a_set_off_when_a_piece_is_missing);
	ATF_TP_ADD_TC(tp, relay_falls_back_to_the_clear_when_tls_fails);
	ATF_TP_ADD_TC(tp,
	    relay_sends_nothing_in_the_clear_where_tls_is_required);
	ATF_TP_ADD_TC(tp, relay_frees_the_credits_of_a_stalled_peer);
	ATF_TP_ADD_TC(tp, relay_stops_in_order);
	ATF_TP_ADD_TC(tp, relay_answers_all_when_it_is_killed);
	ATF_TP_ADD_TC(tp, relay_and_smtp_talk_through_tls);
	ATF_TP_ADD_TC(tp, relay_verifies_whom_it_talks_to);

	return (atf_no_error());
}
