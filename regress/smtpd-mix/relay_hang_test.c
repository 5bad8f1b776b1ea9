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

#include "relay_peers.h"

/*
 * Servers that stop in the midst of something.  Each mail has one outcome, in
 * time, and the next one finds relay as it was.
 */
#define STATUS	(table.host.status)

static void
impatient(void)
{
	const struct relay_times times = { 1, 1, 1, 1, 1, 1, 1 };

	peers_setup();
	table.host.times = times;
}

/* A static route to a peer, so that TLS can be asked for. */
static void
mail_to(uint32_t id, const struct peer *p, enum conf_tls tls, size_t len)
{
	struct relay_job *job = calloc(1, sizeof(*job));
	struct route_dest to;

	ATF_REQUIRE(job != NULL);
	job->body.id = id;
	job->body.class = SPOOL_EXIT;
	job->body.set_total = 1;
	job->body.body_len = (uint32_t)len;
	memset(job->body.body, 'x', len);
	strcpy(job->rcpt, "bob@a.example");
	memset(&to, 0, sizeof(to));
	to.port = peers_port;
	to.tls = tls;
	(void)snprintf(to.host, sizeof(to.host), "127.0.0.%td",
	    p - peers + 1);
	if (tls == CONF_TLS_IMPLICIT || tls == CONF_TLS_VERIFY)
		strcpy(to.name, "mx.example");
	relay_table_add(&table, &to, job);
}

static const struct answer *
hang_at(const char *prefix)
{
	static struct answer answers[3];

	memset(answers, 0, sizeof(answers));
	answers[0].prefix = prefix;
	answers[1].prefix = strcmp(prefix, "STARTTLS") == 0 ? "EHLO" : NULL;
	answers[1].reply = "250-peer\r\n250 STARTTLS\r\n";

	return (answers);
}

/* It is deferred within the stage's time and some more, and nothing stays. */
static void
check_hang(const char *prefix, enum proto_why why)
{
	struct peer *p;
	int64_t begun;

	impatient();
	p = peers_add(hang_at(prefix), 1);
	begun = fake_ms();
	mail_to(1, p, CONF_TLS_OPPORTUNISTIC, 100);
	ATF_REQUIRE(peers_outcomes(1, 8));
	ATF_CHECK(fake_ms() - begun < 5000);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.why[why]);
	ATF_CHECK(STATUS.last_error[0] != '\0');
	peers_idle(50);
	ATF_CHECK_EQ(0, STATUS.connections);
	ATF_CHECK_EQ(0, table.held);
	/* Once it speaks again so do we. */
	p->answers = NULL;
	skipped += RELAY_BACKOFF_MAX;
	mail_to(2, p, CONF_TLS_OPPORTUNISTIC, 100);
	ATF_REQUIRE(peers_outcomes(2, 8));
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
}

#define HANG(name, prefix, why)						\
ATF_TC_WITHOUT_HEAD(relay_bears_a_peer_that_hangs_##name);		\
ATF_TC_BODY(relay_bears_a_peer_that_hangs_##name, tc)			\
{									\
	check_hang(prefix, why);					\
}

HANG(before_its_greeting, "GREETING", PROTO_WHY_BROKEN)
HANG(at_ehlo, "EHLO", PROTO_WHY_BROKEN)
HANG(at_starttls, "STARTTLS", PROTO_WHY_BROKEN)
HANG(at_mail, "MAIL", PROTO_WHY_BROKEN)
HANG(at_rcpt, "RCPT", PROTO_WHY_BROKEN)
HANG(at_data, "DATA", PROTO_WHY_BROKEN)
HANG(at_the_final_dot, ".", PROTO_WHY_BROKEN)

ATF_TC_WITHOUT_HEAD(relay_bears_a_peer_that_hangs_in_the_handshake);
ATF_TC_BODY(relay_bears_a_peer_that_hangs_in_the_handshake, tc)
{
	/* What follows is "answered" by waiting for the end of a line. */
	static const struct answer answers[] = {
		{ "GREETING", "220 hi\r\n" },
		{ "EHLO", "250-peer\r\n250 STARTTLS\r\n" },
		{ "STARTTLS", "220 go\r\n" },
		{ "", NULL },
		{ NULL, NULL }
	};
	struct peer *p;

	impatient();
	p = peers_add(answers, 1);
	mail_to(1, p, CONF_TLS_REQUIRE, 100);
	ATF_REQUIRE(peers_outcomes(1, 8));
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.why[PROTO_WHY_TLS]);
	ATF_CHECK_EQ(1, p->accepted);
	ATF_CHECK(strstr(p->commands, "MAIL") == NULL);
}

ATF_TC_WITHOUT_HEAD(relay_bears_a_peer_that_hangs_in_implicit_tls);
ATF_TC_BODY(relay_bears_a_peer_that_hangs_in_implicit_tls, tc)
{
	static const struct answer answers[] = {
		{ "GREETING", NULL }, { NULL, NULL }
	};
	struct peer *p;

	impatient();
	p = peers_add(answers, 1);
	mail_to(1, p, CONF_TLS_IMPLICIT, 100);
	ATF_REQUIRE(peers_outcomes(1, 8));
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.why[PROTO_WHY_TLS]);
	ATF_CHECK_STREQ("", p->commands);
}

ATF_TC_WITHOUT_HEAD(relay_bears_a_peer_that_reads_no_text);
ATF_TC_BODY(relay_bears_a_peer_that_reads_no_text, tc)
{
	struct peer *p;
	uint32_t i;

	impatient();
	p = peers_add(NULL, 1);
	p->deaf_text = 1;
	for (i = 1; i < 4; i++)
		mail_to(i, p, CONF_TLS_OPPORTUNISTIC, 10000);
	ATF_REQUIRE(peers_outcomes(3, 8));
	for (i = 1; i < 4; i++)
		ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[i]);
	peers_idle(50);
	ATF_CHECK_EQ(0, STATUS.connections);
	ATF_CHECK_EQ(1, p->accepted);
}

ATF_TC_WITHOUT_HEAD(relay_sends_again_what_a_tired_peer_did_not_take);
ATF_TC_BODY(relay_sends_again_what_a_tired_peer_did_not_take, tc)
{
	struct peer *p;

	impatient();
	p = peers_add(NULL, 1);
	mail_to(1, p, CONF_TLS_OPPORTUNISTIC, 100);
	ATF_REQUIRE(peers_outcomes(1, 8));
	p->conns[0].deaf = 1;
	mail_to(2, p, CONF_TLS_OPPORTUNISTIC, 100);
	ATF_REQUIRE(peers_outcomes(2, 8));
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
	ATF_CHECK_EQ(2, p->accepted);
}

ATF_TC_WITHOUT_HEAD(relay_gives_no_time_for_dripping_octets);
ATF_TC_BODY(relay_gives_no_time_for_dripping_octets, tc)
{
	static const struct answer drip[] = {
		{ "MAIL", "250-and\r\n" }, { NULL, NULL }
	};
	struct peer *p;
	int64_t begun;

	impatient();
	p = peers_add(drip, 1);
	mail_to(1, p, CONF_TLS_OPPORTUNISTIC, 100);
	begun = fake_ms();
	while (noutcomes == 0 && fake_ms() - begun < 8000) {
		peers_idle(100);
		if (p->conns[0].fd != -1 && strstr(p->commands, "MAIL"))
			ATF_CHECK(write(p->conns[0].fd, "2", 1) <= 1);
	}
	ATF_CHECK(fake_ms() - begun < 4000);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
}

ATF_TC_WITHOUT_HEAD(relay_bears_a_peer_that_refuses_for_ever);
ATF_TC_BODY(relay_bears_a_peer_that_refuses_for_ever, tc)
{
	static const struct answer never[] = {
		{ "MAIL", "451 4.3.0 later\r\n" },
		{ "RCPT", "503 no\r\n" },
		{ "DATA", "503 no\r\n" },
		{ NULL, NULL }
	};
	struct peer *p;
	uint32_t i;

	impatient();
	p = peers_add(never, 1);
	for (i = 0; i < 50; i++)
		mail_to(i, p, CONF_TLS_OPPORTUNISTIC, 100);
	ATF_REQUIRE(peers_outcomes(50, 8));
	for (i = 0; i < 50; i++)
		ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[i]);
	ATF_CHECK_EQ(50, STATUS.why[PROTO_WHY_PEER]);
	ATF_CHECK_STREQ("the peer answered 451", STATUS.last_error);
	ATF_CHECK_EQ(1, p->accepted);
}

ATF_TC_WITHOUT_HEAD(relay_takes_nothing_that_was_injected_before_tls);
ATF_TC_BODY(relay_takes_nothing_that_was_injected_before_tls, tc)
{
	static const struct answer inject[] = {
		{ "GREETING", "220 hi\r\n" },
		{ "EHLO", "250-peer\r\n250 STARTTLS\r\n" },
		{ "STARTTLS", "220 go\r\n250 peer\r\n250 ok\r\n250 ok\r\n"
		    "354 go\r\n250 taken\r\n" },
		{ "", "" },
		{ NULL, NULL }
	};
	struct peer *p;

	impatient();
	p = peers_add(inject, 1);
	mail_to(1, p, CONF_TLS_REQUIRE, 100);
	ATF_REQUIRE(peers_outcomes(1, 8));
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(0, STATUS.tls);
	ATF_CHECK(strstr(p->commands, "MAIL") == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_before_its_greeting);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_at_ehlo);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_at_starttls);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_at_mail);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_at_rcpt);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_at_data);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_at_the_final_dot);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_in_the_handshake);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_hangs_in_implicit_tls);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_reads_no_text);
	ATF_TP_ADD_TC(tp, relay_sends_again_what_a_tired_peer_did_not_take);
	ATF_TP_ADD_TC(tp, relay_gives_no_time_for_dripping_octets);
	ATF_TP_ADD_TC(tp, relay_bears_a_peer_that_refuses_for_ever);
	ATF_TP_ADD_TC(tp, relay_takes_nothing_that_was_injected_before_tls);

	return (atf_no_error());
}
