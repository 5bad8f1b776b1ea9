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

/*
 * The runtime of a role in a real process and its real sandbox; this test is
 * its parent, and its peers.  The role here is smtp by name, and does what the
 * test asks of it through control.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"

#include "proc.h"

#define CALL_MS		300

/* What control asks for: in the id of its request. */
enum command {
	REPORT = 1,		/* answer with what was counted */
	CALL			/* call keys, and answer how it went */
};

/*
 * The role.
 */
static struct proto_status_smtp counts;

static int
role_accept(const struct role_conf *conf, char *err, size_t errlen)
{
	if (strcmp(conf->global.hostname, "bad.example") != 0)
		return (0);
	strlcpy(err, "bad it is", errlen);

	return (-1);
}

static void
role_switched(struct role_conf *conf)
{
	counts.sessions++;
	counts.connections = conf->global.timeout;
}

static void
role_start(void)
{
	counts.accepted++;
}

static void
call_keys(void)
{
	struct proto_sign sign;
	struct proto_signed answer;

	memset(&sign, 0, sizeof(sign));
	memset(&answer, 0, sizeof(answer));
	sign.id = ++counts.refused;
	counts.tls_failed = (uint64_t)-proc_call(ROLE_KEYS, PROTO_SIGN, &sign,
	    sizeof(sign), PROTO_SIGNED, &answer, sizeof(answer), CALL_MS);
	counts.credit = answer.len;
}

static void
role_message(const struct role_msg *msg)
{
	switch (msg->type) {
	case PROTO_CTL_STATUS:
		memcpy(&counts.id, msg->data, sizeof(counts.id));
		if (counts.id == CALL)
			call_keys();
		(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_SMTP, &counts,
		    sizeof(counts));
		break;
	case PROTO_SIGNED:
		counts.rejected++;
		break;
	case PROTO_TLS_CHAIN:
		counts.tls++;
		break;
	}
}

static const struct role_ops ops = {
	.role = ROLE_SMTP,
	.accept = role_accept,
	.start = role_start,
	.switched = role_switched,
	.message = role_message
};

/*
 * Its parent and peers.
 */
static struct peer {
	struct channel	 ch;
	uint32_t	 type;		/* of the last message */
	unsigned int	 count;
	union {
		struct proto_hello		hello;
		struct proto_conf_accept	accept;
		struct proto_conf_reject	reject;
		struct proto_status_smtp	status;
		struct proto_sign		sign;
	} u;
	int		 gone;
} parent, control, keys;
static pid_t role;

static void
message(struct channel *ch, const struct role_msg *msg)
{
	struct peer *p = ch->arg;

	ATF_REQUIRE(msg->len <= sizeof(p->u));
	if (msg->len > 0)
		memcpy(&p->u, msg->data, msg->len);
	p->type = msg->type;
	p->count++;
}

static void
gone(struct channel *ch, int broken)
{
	struct peer *p = ch->arg;

	ATF_REQUIRE_EQ(0, broken);
	p->gone = 1;
}

/* One end to a peer; the other end's descriptor. */
static int
open_peer(struct peer *p, enum role self)
{
	int fds[2];

	memset(p, 0, sizeof(*p));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	ATF_REQUIRE(fcntl(fds[0], F_SETFL, O_NONBLOCK) != -1);
	ATF_REQUIRE(fcntl(fds[1], F_SETFL, O_NONBLOCK) != -1);
	ATF_REQUIRE(fcntl(fds[0], F_SETFD, FD_CLOEXEC) != -1);
	channel_init(&p->ch, fds[0], self, ROLE_SMTP, 0);
	p->ch.message = message;
	p->ch.gone = gone;
	p->ch.arg = p;

	return (fds[1]);
}

static void
put(struct peer *p, uint32_t type, const void *data, size_t len, int fd)
{
	struct iovec iov;

	memcpy(&iov.iov_base, &data, sizeof(data));
	iov.iov_len = len;
	ATF_REQUIRE_EQ(0, channel_send(&p->ch, type, &iov, data != NULL, fd));
	ATF_REQUIRE_EQ(0, channel_flush(&p->ch, 10000));
}

static void
expect(struct peer *p, uint32_t type)
{
	ATF_REQUIRE_EQ(1, channel_wait(&p->ch, 20000));
	ATF_REQUIRE_EQ_MSG(type, p->type, "type %u, not %u", p->type, type);
}

static void
run_role(void)
{
	int fd = open_peer(&parent, ROLE_PARENT);

	(void)signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE((role = fork()) != -1);
	if (role == 0) {
		if (dup2(fd, PROC_PARENT_FD) == -1)
			_exit(9);
		proc_run(&ops, 0, 1);
	}
	close(fd);
}

/* How the role ended: its exit status; -1 by a signal. */
static int
ended(void)
{
	int status;

	ATF_REQUIRE_EQ(role, waitpid(role, &status, 0));

	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void
boot(uint32_t version)
{
	struct proto_boot b;

	memset(&b, 0, sizeof(b));
	b.version = version;
	b.role = ROLE_SMTP;
	put(&parent, PROTO_BOOT, &b, sizeof(b), -1);
}

static void
introduce(struct peer *p, enum role who)
{
	struct proto_peer row = { who, 0 };

	put(&parent, PROTO_PEER, &row, sizeof(row), open_peer(p, who));
}

static void
configure(uint64_t generation, const char *hostname, uint32_t timeout)
{
	struct proto_conf_begin begin = { generation };
	struct proto_conf_global g;

	memset(&g, 0, sizeof(g));
	strlcpy(g.hostname, hostname, sizeof(g.hostname));
	g.timeout = timeout;
	put(&parent, PROTO_CONF_BEGIN, &begin, sizeof(begin), -1);
	put(&parent, PROTO_CONF_GLOBAL, &g, sizeof(g), -1);
	put(&parent, PROTO_CONF_END, NULL, 0, -1);
}

static void
start_role(void)
{
	run_role();
	boot(PROTO_VERSION);
	expect(&parent, PROTO_HELLO);
	introduce(&control, ROLE_CONTROL);
	introduce(&keys, ROLE_KEYS);
	configure(1, "good.example", 11);
	expect(&parent, PROTO_CONF_ACCEPT);
	put(&parent, PROTO_CONF_SWITCH, NULL, 0, -1);
}

static void
ask(enum command what)
{
	struct proto_ctl req = { what };

	put(&control, PROTO_CTL_STATUS, &req, sizeof(req), -1);
}

/* What the role has counted. */
static const struct proto_status_smtp *
report(void)
{
	ask(REPORT);
	expect(&control, PROTO_STATUS_SMTP);

	return (&control.u.status);
}

ATF_TC_WITHOUT_HEAD(role_says_hello_from_its_sandbox);
ATF_TC_BODY(role_says_hello_from_its_sandbox, tc)
{
	run_role();
	boot(PROTO_VERSION);
	expect(&parent, PROTO_HELLO);
	ATF_REQUIRE_EQ(PROTO_VERSION, parent.u.hello.version);
	ATF_REQUIRE_EQ(ROLE_SMTP, parent.u.hello.role);
	ATF_REQUIRE_EQ(0, parent.u.hello.instance);
	ATF_REQUIRE_EQ((uint32_t)role, parent.u.hello.pid);
	ATF_REQUIRE(proto_string(parent.u.hello.sandbox, PROTO_SANDBOX_MAX));
	ATF_REQUIRE(parent.u.hello.sandbox[0] != '\0');
	channel_close(&parent.ch);
	ATF_REQUIRE_EQ(0, ended());
}

ATF_TC_WITHOUT_HEAD(role_refuses_a_parent_of_another_version);
ATF_TC_BODY(role_refuses_a_parent_of_another_version, tc)
{
	run_role();
	boot(PROTO_VERSION + 1);
	ATF_REQUIRE_EQ(-1, channel_wait(&parent.ch, 20000));
	ATF_REQUIRE_EQ(0, parent.count);
	ATF_REQUIRE_EQ(1, ended());
}

ATF_TC_WITHOUT_HEAD(role_starts_when_its_first_configuration_is_live);
ATF_TC_BODY(role_starts_when_its_first_configuration_is_live, tc)
{
	run_role();
	boot(PROTO_VERSION);
	expect(&parent, PROTO_HELLO);
	introduce(&control, ROLE_CONTROL);
	/* A peer is heard only then. */
	ask(REPORT);
	configure(7, "good.example", 11);
	expect(&parent, PROTO_CONF_ACCEPT);
	ATF_REQUIRE_EQ(7, parent.u.accept.generation);
	ATF_REQUIRE_EQ(0, channel_wait(&control.ch, 200));
	put(&parent, PROTO_CONF_SWITCH, NULL, 0, -1);
	expect(&control, PROTO_STATUS_SMTP);
	ATF_REQUIRE_EQ(1, control.u.status.accepted);
	ATF_REQUIRE_EQ(1, control.u.status.sessions);
	ATF_REQUIRE_EQ(11, control.u.status.connections);
}

/* Waits until the role has switched so many times. */
static const struct proto_status_smtp *
switched(uint64_t times)
{
	while (report()->sessions < times)
		;
	ATF_REQUIRE_EQ(times, control.u.status.sessions);

	return (&control.u.status);
}

ATF_TC_WITHOUT_HEAD(role_keeps_its_configuration_until_the_next_is_live);
ATF_TC_BODY(role_keeps_its_configuration_until_the_next_is_live, tc)
{
	start_role();
	ATF_REQUIRE_EQ(11, switched(1)->connections);

	/* Refused, with the reason; then dropped. */
	configure(2, "bad.example", 12);
	expect(&parent, PROTO_CONF_REJECT);
	ATF_REQUIRE_EQ(2, parent.u.reject.generation);
	ATF_REQUIRE_STREQ("bad it is", parent.u.reject.text);
	put(&parent, PROTO_CONF_DROP, NULL, 0, -1);
	ATF_REQUIRE_EQ(11, switched(1)->connections);

	/* Accepted, but dropped: another role has refused it. */
	configure(3, "good.example", 13);
	expect(&parent, PROTO_CONF_ACCEPT);
	ATF_REQUIRE_EQ(3, parent.u.accept.generation);
	put(&parent, PROTO_CONF_DROP, NULL, 0, -1);
	ATF_REQUIRE_EQ(11, switched(1)->connections);

	/* One that is begun anew before it has ended: the second counts. */
	put(&parent, PROTO_CONF_BEGIN, &(struct proto_conf_begin){ 4 },
	    sizeof(struct proto_conf_begin), -1);
	configure(5, "good.example", 15);
	expect(&parent, PROTO_CONF_ACCEPT);
	ATF_REQUIRE_EQ(5, parent.u.accept.generation);
	put(&parent, PROTO_CONF_SWITCH, NULL, 0, -1);
	ATF_REQUIRE_EQ(15, switched(2)->connections);
	/* It has started once. */
	ATF_REQUIRE_EQ(1, control.u.status.accepted);
}

ATF_TC_WITHOUT_HEAD(role_switches_to_nothing_that_was_not_sent);
ATF_TC_BODY(role_switches_to_nothing_that_was_not_sent, tc)
{
	start_role();
	put(&parent, PROTO_CONF_SWITCH, NULL, 0, -1);
	ATF_REQUIRE_EQ(-1, channel_wait(&parent.ch, 20000));
	ATF_REQUIRE_EQ(1, ended());
}

ATF_TC_WITHOUT_HEAD(role_says_that_it_has_stopped);
ATF_TC_BODY(role_says_that_it_has_stopped, tc)
{
	start_role();
	put(&parent, PROTO_STOP, NULL, 0, -1);
	expect(&parent, PROTO_STOPPED);
	/* The others may still need it, until the parent lets go. */
	(void)report();
	channel_close(&parent.ch);
	ATF_REQUIRE_EQ(0, ended());
}

ATF_TC_WITHOUT_HEAD(role_gets_each_peer_once);
ATF_TC_BODY(role_gets_each_peer_once, tc)
{
	struct peer again;

	start_role();
	introduce(&again, ROLE_KEYS);
	ATF_REQUIRE_EQ(-1, channel_wait(&parent.ch, 20000));
	ATF_REQUIRE_EQ(1, ended());
}

ATF_TC_WITHOUT_HEAD(role_outlives_a_peer_that_ends);
ATF_TC_BODY(role_outlives_a_peer_that_ends, tc)
{
	start_role();
	channel_close(&keys.ch);
	/* To call it fails at once. */
	ask(CALL);
	expect(&control, PROTO_STATUS_SMTP);
	ATF_REQUIRE_EQ(1, control.u.status.tls_failed);
	(void)report();
}

ATF_TC_WITHOUT_HEAD(role_ends_with_a_broken_message_of_a_peer);
ATF_TC_BODY(role_ends_with_a_broken_message_of_a_peer, tc)
{
	struct proto_ctl row = { 1 };

	start_role();
	ATF_REQUIRE_EQ(1, imsg_compose(&keys.ch.ibuf, PROTO_CTL_STATUS, 0, 0,
	    -1, &row, sizeof(row)));
	ATF_REQUIRE_EQ(0, channel_flush(&keys.ch, 1000));
	ATF_REQUIRE_EQ(1, ended());
}

ATF_TC_WITHOUT_HEAD(role_ends_with_a_broken_message_of_its_parent);
ATF_TC_BODY(role_ends_with_a_broken_message_of_its_parent, tc)
{
	start_role();
	ATF_REQUIRE_EQ(1, imsg_compose(&parent.ch.ibuf, 9999, 0, 0, -1, NULL,
	    0));
	ATF_REQUIRE_EQ(0, channel_flush(&parent.ch, 1000));
	ATF_REQUIRE_EQ(1, ended());
}

static void
answer(uint64_t id, uint32_t len)
{
	struct proto_signed row;

	memset(&row, 0, sizeof(row));
	row.id = id;
	row.ok = 1;
	row.len = len;
	put(&keys, PROTO_SIGNED, &row, sizeof(row), -1);
}

static void
send_chain(void)
{
	struct proto_tls_chain row = { 0, 0 };

	put(&keys, PROTO_TLS_CHAIN, &row, sizeof(row), -1);
}

ATF_TC_WITHOUT_HEAD(call_brings_the_answer);
ATF_TC_BODY(call_brings_the_answer, tc)
{
	start_role();
	ask(CALL);
	expect(&keys, PROTO_SIGN);
	ATF_REQUIRE_EQ(1, keys.u.sign.id);
	answer(1, 77);
	expect(&control, PROTO_STATUS_SMTP);
	ATF_REQUIRE_EQ(0, control.u.status.tls_failed);
	ATF_REQUIRE_EQ(77, control.u.status.credit);
}

ATF_TC_WITHOUT_HEAD(call_is_not_answered_by_a_late_answer);
ATF_TC_BODY(call_is_not_answered_by_a_late_answer, tc)
{
	start_role();
	ask(CALL);
	expect(&keys, PROTO_SIGN);
	expect(&control, PROTO_STATUS_SMTP);
	ATF_REQUIRE_EQ(1, control.u.status.tls_failed);

	/* The second call meets the first one's answer before its own. */
	ask(CALL);
	expect(&keys, PROTO_SIGN);
	ATF_REQUIRE_EQ(2, keys.u.sign.id);
	answer(1, 11);
	answer(2, 22);
	expect(&control, PROTO_STATUS_SMTP);
	ATF_REQUIRE_EQ(0, control.u.status.tls_failed);
	ATF_REQUIRE_EQ(22, control.u.status.credit);

	/* One that is nobody's reaches the role, which may ignore it. */
	answer(2, 33);
	while (report()->rejected == 0)
		;
	ATF_REQUIRE_EQ(1, control.u.status.rejected);
}

ATF_TC_WITHOUT_HEAD(call_keeps_other_messages_for_the_role);
ATF_TC_BODY(call_keeps_other_messages_for_the_role, tc)
{
	start_role();
	ask(CALL);
	expect(&keys, PROTO_SIGN);
	send_chain();
	answer(1, 5);
	send_chain();
	expect(&control, PROTO_STATUS_SMTP);
	ATF_REQUIRE_EQ(0, control.u.status.tls_failed);
	/* No octet of keys follows, which would wake its channel. */
	while (report()->tls < 2)
		;
	ATF_REQUIRE_EQ(2, control.u.status.tls);
	ATF_REQUIRE_EQ(0, control.u.status.rejected);
}

ATF_TC_WITHOUT_HEAD(call_gives_up_in_time);
ATF_TC_BODY(call_gives_up_in_time, tc)
{
	struct timespec start, end;
	double seconds;

	start_role();
	(void)report();
	clock_gettime(CLOCK_MONOTONIC, &start);
	ask(CALL);
	expect(&control, PROTO_STATUS_SMTP);
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds = (double)(end.tv_sec - start.tv_sec) +
	    (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	ATF_REQUIRE_EQ(1, control.u.status.tls_failed);
	ATF_REQUIRE_MSG(seconds > 0.29 && seconds < 5, "%g", seconds);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, role_says_hello_from_its_sandbox);
	ATF_TP_ADD_TC(tp, role_refuses_a_parent_of_another_version);
	ATF_TP_ADD_TC(tp, role_starts_when_its_first_configuration_is_live);
	ATF_TP_ADD_TC(tp, role_keeps_its_configuration_until_the_next_is_live);
	ATF_TP_ADD_TC(tp, role_switches_to_nothing_that_was_not_sent);
	ATF_TP_ADD_TC(tp, role_says_that_it_has_stopped);
	ATF_TP_ADD_TC(tp, role_gets_each_peer_once);
	ATF_TP_ADD_TC(tp, role_outlives_a_peer_that_ends);
	ATF_TP_ADD_TC(tp, role_ends_with_a_broken_message_of_a_peer);
	ATF_TP_ADD_TC(tp, role_ends_with_a_broken_message_of_its_parent);
	ATF_TP_ADD_TC(tp, call_brings_the_answer);
	ATF_TP_ADD_TC(tp, call_is_not_answered_by_a_late_answer);
	ATF_TP_ADD_TC(tp, call_keeps_other_messages_for_the_role);
	ATF_TP_ADD_TC(tp, call_gives_up_in_time);

	return (atf_no_error());
}
