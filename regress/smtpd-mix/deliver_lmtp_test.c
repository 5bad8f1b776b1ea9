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

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/testutil.h"
#include "spool/spool.h"

#include "fakeproc.h"
#include "roles.h"
#include "sealed.h"

/* The role deliver with an LMTP server that the test plays. */
static struct storage_keys keys;
static struct proto_conf_domain domains[2];
static struct test_rng rng_state;
static int server = -1;
static char got[65536];
static size_t got_len;
static uint64_t dialled;

static void
start(void)
{
	struct proto_conf_global *g = &fake.conf.global;
	struct proto_storage_key key;

	strlcpy(domains[0].domain, "here.example", sizeof(domains[0].domain));
	domains[0].via = CONF_VIA_LMTP;
	strlcpy(domains[0].to, "/run/lmtp", sizeof(domains[0].to));
	strlcpy(domains[1].domain, "tcp.example", sizeof(domains[1].domain));
	domains[1].via = CONF_VIA_LMTP;
	strlcpy(domains[1].to, "127.0.0.1", sizeof(domains[1].to));
	domains[1].port = 24;
	fake.conf.domains = domains;
	fake.conf.ndomains = 2;
	strlcpy(g->hostname, "mix.example", sizeof(g->hostname));
	strlcpy(g->address, "mixtasy@mix.example", sizeof(g->address));
	g->postmaster_via = CONF_VIA_LMTP;
	strlcpy(g->postmaster_to, "/run/lmtp", sizeof(g->postmaster_to));
	strlcpy(g->postmaster_rcpt, "root@here.example",
	    sizeof(g->postmaster_rcpt));
	fake_start(&deliver_ops);

	memset(&key, 0, sizeof(key));
	key.day = 20000;
	key.current = 1;
	ATF_REQUIRE_EQ(0, storage_keys_add(&keys, &key));
	fake_message(ROLE_KEYS, PROTO_STORAGE_KEY, &key, sizeof(key));
}

static void
send_body(uint32_t id, uint32_t class, const char *rcpt, const char *text,
    uint32_t index, uint32_t total, uint32_t undeliverable)
{
	static struct proto_body body;
	struct sealed_name name;
	struct rng rng = test_rng(&rng_state, id);

	memset(&body, 0, sizeof(body));
	body.id = id;
	body.class = class;
	body.set = total > 1 ? 9 : 0;
	body.set_index = index;
	body.set_total = total;
	body.undeliverable = undeliverable;
	body.body_len = MIX_BODY_LEN;
	memset(body.token, 0xab, sizeof(body.token));
	name.class = class;
	name.set = body.set;
	name.set_index = index;
	ATF_REQUIRE_EQ(0, sealed_seal(&keys, &rng, &name, rcpt,
	    (const uint8_t *)text, strlen(text), &body.storage_day,
	    body.body));
	fake_message(ROLE_QUEUE, PROTO_BODY, &body, sizeof(body));
}

static void
mail(uint32_t id, const char *rcpt)
{
	send_body(id, SPOOL_EXIT, rcpt, "Subject: x\r\n\r\n.text\r\n", 0, 1,
	    0);
}

/* The role asks the parent for a connection to here. */
static void
expect_dial(const char *to, uint32_t port)
{
	const struct proto_lmtp_open *open;

	open = fake_take(ROLE_PARENT, PROTO_LMTP_OPEN);
	ATF_REQUIRE(open != NULL);
	ATF_CHECK_STREQ(to, open->to);
	ATF_CHECK_EQ(port, open->port);
	dialled = open->id;
}

static void
connect_it(void)
{
	struct proto_lmtp_socket row = { dialled };
	struct role_msg msg;
	int fds[2];

	if (server != -1)
		close(server);
	got_len = 0;
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	ATF_REQUIRE(fcntl(fds[0], F_SETFL, O_NONBLOCK) != -1);
	ATF_REQUIRE(fcntl(fds[1], F_SETFL, O_NONBLOCK) != -1);
	server = fds[1];
	memset(&msg, 0, sizeof(msg));
	msg.from = ROLE_PARENT;
	msg.type = PROTO_LMTP_SOCKET;
	msg.data = &row;
	msg.len = sizeof(row);
	msg.fd = fds[0];
	ATF_REQUIRE(proto_check(msg.type, ROLE_PARENT, ROLE_DELIVER, &row,
	    sizeof(row)) != NULL);
	fake.ops->message(&msg);
}

static void
say(const char *text)
{
	ATF_REQUIRE_EQ((ssize_t)strlen(text), write(server, text,
	    strlen(text)));
	fake_run();
}

static void
expect(const char *text)
{
	size_t len = strlen(text);
	ssize_t n;
	int i;

	for (i = 0; i < 200 && got_len < len; i++) {
		fake_run();
		n = read(server, got + got_len, sizeof(got) - got_len - 1);
		if (n > 0)
			got_len += (size_t)n;
		else
			fake_run_ms(10);
	}
	got[got_len] = '\0';
	ATF_REQUIRE_MSG(got_len >= len && memcmp(got, text, len) == 0,
	    "expected %s, got %s", text, got);
	memmove(got, got + len, got_len - len);
	got_len -= len;
}

static void
greet(void)
{
	say("220 lmtp.example LMTP\r\n");
	expect("LHLO mix.example\r\n");
	say("250-lmtp.example\r\n250 ENHANCEDSTATUSCODES\r\n");
}

static void
dial_and_greet(void)
{
	expect_dial("/run/lmtp", 0);
	connect_it();
	greet();
}

static void
envelope(const char *rcpt)
{
	char line[256];

	expect("MAIL FROM:<mixtasy@mix.example>\r\n");
	say("250 2.1.0 ok\r\n");
	snprintf(line, sizeof(line), "RCPT TO:<%s>\r\n", rcpt);
	expect(line);
}

static void
take_mail(const char *rcpt, const char *answer)
{
	envelope(rcpt);
	say("250 2.1.5 ok\r\n");
	expect("DATA\r\n");
	say("354 go on\r\n");
	expect("Subject: x\r\n\r\n..text\r\n.\r\n");
	say(answer);
}

static void
expect_outcome(uint32_t id, uint32_t outcome)
{
	const struct proto_outcome *o = fake_take(ROLE_QUEUE, PROTO_OUTCOME);

	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ_MSG(id, o->id, "%u", o->id);
	ATF_CHECK_EQ_MSG(outcome, o->outcome, "%u", o->outcome);
}

static struct proto_status_deliver
status(void)
{
	struct proto_status_deliver row;
	struct proto_ctl ctl = { 1 };

	fake_message(ROLE_CONTROL, PROTO_CTL_STATUS, &ctl, sizeof(ctl));
	memcpy(&row, fake_take(ROLE_CONTROL, PROTO_STATUS_DELIVER),
	    sizeof(row));

	return (row);
}

ATF_TC_WITHOUT_HEAD(mails_go_over_one_connection_as_they_are);
ATF_TC_BODY(mails_go_over_one_connection_as_they_are, tc)
{
	start();
	mail(1, "bob@here.example");
	mail(2, "eve@here.example");
	ATF_CHECK_EQ(1, fake_count(ROLE_PARENT, PROTO_LMTP_OPEN));
	dial_and_greet();
	take_mail("bob@here.example", "250 2.0.0 kept\r\n");
	expect_outcome(1, PROTO_DELIVERED);
	take_mail("eve@here.example", "250 2.0.0 kept\r\n");
	expect_outcome(2, PROTO_DELIVERED);
	ATF_CHECK_EQ(2, status().delivered);
	/* Without work the connection stays for a while. */
	mail(3, "bob@here.example");
	take_mail("bob@here.example", "250 2.0.0 kept\r\n");
	expect_outcome(3, PROTO_DELIVERED);
}

ATF_TC_WITHOUT_HEAD(refusals_are_of_the_mail_that_they_answer);
ATF_TC_BODY(refusals_are_of_the_mail_that_they_answer, tc)
{
	uint32_t id;

	start();
	for (id = 1; id <= 5; id++)
		mail(id, "bob@here.example");
	dial_and_greet();
	envelope("bob@here.example");
	say("550 5.1.1 no such user\r\n");
	expect_outcome(1, PROTO_FAILED);
	expect("RSET\r\n");
	say("250 ok\r\n");
	envelope("bob@here.example");
	say("451 4.3.0 mailbox is locked\r\n");
	expect_outcome(2, PROTO_DEFERRED);
	expect("RSET\r\n");
	say("250 ok\r\n");
	take_mail("bob@here.example", "452 4.2.2 over quota\r\n");
	expect_outcome(3, PROTO_DEFERRED);
	take_mail("bob@here.example", "552 5.2.2 over quota\r\n");
	expect_outcome(4, PROTO_FAILED);
	ATF_CHECK_STREQ("the LMTP server answered 552", status().last_error);
	take_mail("bob@here.example", "250 2.0.0 kept\r\n");
	expect_outcome(5, PROTO_DELIVERED);
	ATF_CHECK_EQ(2, status().refused);
	ATF_CHECK_EQ(2, status().deferred);
}

ATF_TC_WITHOUT_HEAD(unreachable_server_gives_back_all_that_waits);
ATF_TC_BODY(unreachable_server_gives_back_all_that_waits, tc)
{
	struct proto_lmtp_failed failed;

	start();
	mail(1, "bob@here.example");
	mail(2, "bob@here.example");
	expect_dial("/run/lmtp", 0);
	memset(&failed, 0, sizeof(failed));
	failed.id = dialled;
	failed.error = ECONNREFUSED;
	fake_message(ROLE_PARENT, PROTO_LMTP_FAILED, &failed, sizeof(failed));
	expect_outcome(1, PROTO_DEFERRED);
	expect_outcome(2, PROTO_DEFERRED);
	ATF_CHECK(strstr(status().last_error, "LMTP server: ") != NULL);
	ATF_CHECK(strstr(status().last_error, "/run") == NULL);
	/* The next mail tries anew. */
	mail(3, "bob@here.example");
	dial_and_greet();
	take_mail("bob@here.example", "250 ok\r\n");
	expect_outcome(3, PROTO_DELIVERED);
}

ATF_TC_WITHOUT_HEAD(server_that_says_no_lmtp_is_not_used);
ATF_TC_BODY(server_that_says_no_lmtp_is_not_used, tc)
{
	start();
	mail(1, "bob@here.example");
	mail(2, "bob@here.example");
	expect_dial("/run/lmtp", 0);
	connect_it();
	say("220 smtp.example ESMTP\r\n");
	expect("LHLO mix.example\r\n");
	say("500 5.5.1 unknown\r\n");
	fake_run();
	expect_outcome(1, PROTO_DEFERRED);
	expect_outcome(2, PROTO_DEFERRED);
	ATF_CHECK_EQ(0, fake_count(ROLE_PARENT, PROTO_LMTP_OPEN));
}

ATF_TC_WITHOUT_HEAD(idle_connection_that_was_closed_is_dialled_anew);
ATF_TC_BODY(idle_connection_that_was_closed_is_dialled_anew, tc)
{
	start();
	mail(1, "bob@here.example");
	dial_and_greet();
	take_mail("bob@here.example", "250 ok\r\n");
	expect_outcome(1, PROTO_DELIVERED);
	mail(2, "bob@here.example");
	fake_run();
	close(server);
	server = -1;
	fake_run();
	ATF_CHECK_EQ(0, fake_count(ROLE_QUEUE, PROTO_OUTCOME));
	dial_and_greet();
	take_mail("bob@here.example", "250 ok\r\n");
	expect_outcome(2, PROTO_DELIVERED);
}

ATF_TC_WITHOUT_HEAD(connection_lost_in_the_text_is_deferred);
ATF_TC_BODY(connection_lost_in_the_text_is_deferred, tc)
{
	start();
	mail(1, "bob@here.example");
	dial_and_greet();
	envelope("bob@here.example");
	say("250 ok\r\n");
	expect("DATA\r\n");
	say("354 go on\r\n");
	close(server);
	server = -1;
	fake_run();
	expect_outcome(1, PROTO_DEFERRED);
	ATF_CHECK_EQ(0, fake_count(ROLE_PARENT, PROTO_LMTP_OPEN));
}

ATF_TC_WITHOUT_HEAD(servers_have_connections_of_their_own);
ATF_TC_BODY(servers_have_connections_of_their_own, tc)
{
	start();
	mail(1, "bob@here.example");
	expect_dial("/run/lmtp", 0);
	mail(2, "bob@TCP.example");
	expect_dial("127.0.0.1", 24);
	connect_it();
	greet();
	take_mail("bob@TCP.example", "250 ok\r\n");
	expect_outcome(2, PROTO_DELIVERED);
	mail(3, "bob@nowhere.example");
	expect_outcome(3, PROTO_FAILED);
}

ATF_TC_WITHOUT_HEAD(pieces_become_one_mail);
ATF_TC_BODY(pieces_become_one_mail, tc)
{
	start();
	send_body(1, SPOOL_PART, "bob@here.example", "Subject: x\r\n\r\none ",
	    1, 4, 0);
	dial_and_greet();
	envelope("bob@here.example");
	say("250 ok\r\n");
	expect("DATA\r\n");
	say("354 go on\r\n");
	expect_outcome(1, PROTO_DELIVERED);
	send_body(2, SPOOL_PART, "", "two\r", 2, 4, 0);
	fake_run();
	expect_outcome(2, PROTO_DELIVERED);
	send_body(3, SPOOL_PART, "", "\n.three", 3, 4, 0);
	expect("Subject: x\r\n\r\none two\r\n..three\r\n.\r\n");
	ATF_CHECK_EQ(0, fake_count(ROLE_QUEUE, PROTO_OUTCOME));
	say("250 ok\r\n");
	expect_outcome(3, PROTO_DELIVERED);
	ATF_CHECK_EQ(1, status().delivered);
}

ATF_TC_WITHOUT_HEAD(rest_of_a_set_that_was_refused_is_given_back);
ATF_TC_BODY(rest_of_a_set_that_was_refused_is_given_back, tc)
{
	start();
	send_body(1, SPOOL_PART, "bob@here.example", "Subject: x\r\n\r\none ",
	    1, 3, 0);
	send_body(2, SPOOL_PART, "", "two", 2, 3, 0);
	mail(3, "bob@here.example");
	dial_and_greet();
	envelope("bob@here.example");
	say("550 5.1.1 no such user\r\n");
	expect_outcome(1, PROTO_FAILED);
	expect("RSET\r\n");
	say("250 ok\r\n");
	expect_outcome(2, PROTO_DEFERRED);
	take_mail("bob@here.example", "250 ok\r\n");
	expect_outcome(3, PROTO_DELIVERED);
}

ATF_TC_WITHOUT_HEAD(postmaster_and_undeliverable_mail_go_to_postmaster);
ATF_TC_BODY(postmaster_and_undeliverable_mail_go_to_postmaster, tc)
{
	start();
	send_body(1, SPOOL_POSTMASTER, "", "Subject: x\r\n\r\n.text\r\n", 1,
	    2, 0);
	dial_and_greet();
	take_mail("root@here.example", "250 ok\r\n");
	expect_outcome(1, PROTO_DELIVERED);
	send_body(2, SPOOL_EXIT, "bob@nowhere.example",
	    "Subject: x\r\n\r\n.text\r\n", 0, 1, 1);
	take_mail("root@here.example", "250 ok\r\n");
	expect_outcome(2, PROTO_DELIVERED);
}

ATF_TC_WITHOUT_HEAD(stop_ends_the_mail_under_way_and_gives_back_the_rest);
ATF_TC_BODY(stop_ends_the_mail_under_way_and_gives_back_the_rest, tc)
{
	start();
	mail(1, "bob@here.example");
	mail(2, "bob@here.example");
	dial_and_greet();
	envelope("bob@here.example");
	fake.ops->stop();
	ATF_CHECK(!fake.stopped);
	say("250 2.1.5 ok\r\n");
	expect("DATA\r\n");
	say("354 go on\r\n");
	expect("Subject: x\r\n\r\n..text\r\n.\r\n");
	say("250 ok\r\n");
	expect_outcome(1, PROTO_DELIVERED);
	expect("QUIT\r\n");
	say("221 bye\r\n");
	fake_run_ms(200);
	expect_outcome(2, PROTO_DEFERRED);
	ATF_CHECK(fake.stopped);
}

ATF_TC_WITHOUT_HEAD(stop_does_not_wait_for_a_server_that_hangs);
ATF_TC_BODY(stop_does_not_wait_for_a_server_that_hangs, tc)
{
	start();
	mail(1, "bob@here.example");
	dial_and_greet();
	envelope("bob@here.example");
	fake.ops->stop();
	fake_run_ms(3500);
	ATF_CHECK(fake.stopped);
	expect_outcome(1, PROTO_DEFERRED);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mails_go_over_one_connection_as_they_are);
	ATF_TP_ADD_TC(tp, refusals_are_of_the_mail_that_they_answer);
	ATF_TP_ADD_TC(tp, unreachable_server_gives_back_all_that_waits);
	ATF_TP_ADD_TC(tp, server_that_says_no_lmtp_is_not_used);
	ATF_TP_ADD_TC(tp, idle_connection_that_was_closed_is_dialled_anew);
	ATF_TP_ADD_TC(tp, connection_lost_in_the_text_is_deferred);
	ATF_TP_ADD_TC(tp, servers_have_connections_of_their_own);
	ATF_TP_ADD_TC(tp, pieces_become_one_mail);
	ATF_TP_ADD_TC(tp, rest_of_a_set_that_was_refused_is_given_back);
	ATF_TP_ADD_TC(tp,
	    postmaster_and_undeliverable_mail_go_to_postmaster);
	ATF_TP_ADD_TC(tp,
	    stop_ends_the_mail_under_way_and_gives_back_the_rest);
	ATF_TP_ADD_TC(tp, stop_does_not_wait_for_a_server_that_hangs);

	return (atf_no_error());
}
