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
 * The role control between clients, played by this test over its real socket,
 * and the other roles.  Clients may do what they want; nothing of it is fatal.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atf-c.h>
#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/imsg.h"

#include "roles.h"

#include "fakeproc.h"

#define CLIENTS		16	/* that it serves at a time */

static uint32_t	unread;		/* by each role */

uint32_t
proc_queued(enum role role, unsigned int instance)
{
	(void)role, (void)instance;

	return (unread);
}

unsigned int
proc_instances(enum role role)
{
	return (role == ROLE_CRYPTO ? 2 : 1);
}

static const char path[] = "control";

static int
listener(void)
{
	struct sockaddr_un sun;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 64));
	ATF_REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) != -1);

	return (fd);
}

/* The parent's list of roles, in answer to a request. */
static void
put_roles(uint64_t id)
{
	static const enum role roles[] = { ROLE_SMTP, ROLE_CRYPTO, ROLE_KEYS,
	    ROLE_CONTROL, ROLE_PARENT };
	struct proto_status_role row;
	size_t i;

	for (i = 0; i < nitems(roles); i++) {
		memset(&row, 0, sizeof(row));
		row.id = id;
		row.role = roles[i];
		row.pid = 100 + roles[i];
		fake_message(ROLE_PARENT, PROTO_STATUS_ROLE, &row,
		    sizeof(row));
	}
}

static void
start(void)
{
	static struct role_listen listen_row;
	const struct proto_ctl *list;

	(void)signal(SIGPIPE, SIG_IGN);
	ATF_REQUIRE(event_init() != NULL);
	listen_row.fd = listener();
	fake.conf.listens = &listen_row;
	fake.conf.nlistens = 1;
	fake.ops = &control_ops;
	control_ops.switched(&fake.conf);
	/* It has taken the descriptor, and asks who there is. */
	ATF_REQUIRE_EQ(-1, listen_row.fd);
	ATF_REQUIRE((list = fake_take(ROLE_PARENT, PROTO_CTL_STATUS)) != NULL);
	put_roles(list->id);
}

static struct imsgbuf *
client_new(void)
{
	struct imsgbuf *ibuf = calloc(1, sizeof(*ibuf));
	struct sockaddr_un sun;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ATF_REQUIRE(ibuf != NULL && fd != -1);
	ATF_REQUIRE_EQ(0, connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE(fcntl(fd, F_SETFL, O_NONBLOCK) != -1);
	ATF_REQUIRE_EQ(0, imsg_init(ibuf, fd));
	ATF_REQUIRE_EQ(0, imsg_set_maxsize(ibuf, PROTO_MAX_SIZE));
	fake_run();

	return (ibuf);
}

static void
client_end(struct imsgbuf *ibuf)
{
	close(ibuf->fd);
	imsg_clear(ibuf);
	free(ibuf);
	fake_run();
}

static void
request(struct imsgbuf *ibuf, uint32_t type)
{
	struct proto_ctl req = { 77 };

	ATF_REQUIRE_EQ(1, imsg_compose(ibuf, type, 0, 0, -1, &req,
	    sizeof(req)));
	ATF_REQUIRE_EQ(0, imsg_flush(ibuf));
	fake_run();
}

/* The next message to a client: its type, 0: none, -1: disconnected. */
static int
next(struct imsgbuf *ibuf, void *data, size_t size)
{
	struct imsg imsg;
	ssize_t n;
	int type;

	fake_run();
	while (imsg_get(ibuf, &imsg) == 0) {
		n = imsg_read(ibuf);
		if (n == -1 && errno == EAGAIN)
			return (0);
		if (n < 1)
			return (-1);
	}
	type = (int)imsg.hdr.type;
	ATF_REQUIRE(proto_check(imsg.hdr.type, ROLE_CONTROL, ROLE_MIXCTL,
	    imsg.data, imsg_get_len(&imsg)) != NULL);
	if (data != NULL && imsg_get_len(&imsg) <= size)
		memcpy(data, imsg.data, imsg_get_len(&imsg));
	imsg_free(&imsg);

	return (type);
}

static void
is_done(struct imsgbuf *ibuf, uint32_t ok, const char *text)
{
	struct proto_ctl_done done;

	ATF_REQUIRE_EQ(PROTO_CTL_DONE, next(ibuf, &done, sizeof(done)));
	ATF_REQUIRE_EQ(ok, done.ok);
	ATF_REQUIRE_STREQ(text, done.text);
}

static void
answer(enum role from, uint64_t id, const char *text)
{
	struct proto_ctl_done done;

	memset(&done, 0, sizeof(done));
	done.id = id;
	done.ok = 1;
	strlcpy(done.text, text, sizeof(done.text));
	fake_message(from, PROTO_CTL_DONE, &done, sizeof(done));
}

/* The number under which a request went to a role. */
static uint64_t
asked(enum role to, uint32_t type)
{
	const struct proto_ctl *req = fake_take(to, type);

	ATF_REQUIRE_MSG(req != NULL, "%u did not go to %s", type,
	    role_name(to));

	return (req->id);
}

ATF_TC_WITHOUT_HEAD(requests_go_to_the_role_concerned);
ATF_TC_BODY(requests_go_to_the_role_concerned, tc)
{
	static const struct {
		uint32_t	type;
		enum role	to;
	} requests[] = {
		{ PROTO_CTL_ROTATE, ROLE_KEYS },
		{ PROTO_CTL_CERT, ROLE_KEYS },
		{ PROTO_CTL_QUEUE, ROLE_QUEUE },
		{ PROTO_CTL_RELOAD, ROLE_PARENT },
		{ PROTO_CTL_STOP, ROLE_PARENT }
	};
	struct imsgbuf *client;
	size_t i;

	start();
	client = client_new();
	for (i = 0; i < nitems(requests); i++) {
		request(client, requests[i].type);
		answer(requests[i].to, asked(requests[i].to,
		    requests[i].type), "so it is");
		is_done(client, 1, "so it is");
	}
}

ATF_TC_WITHOUT_HEAD(answers_go_to_who_asked);
ATF_TC_BODY(answers_go_to_who_asked, tc)
{
	struct imsgbuf *a, *b;
	uint64_t for_a, for_b;

	start();
	a = client_new();
	b = client_new();
	request(a, PROTO_CTL_RELOAD);
	for_a = asked(ROLE_PARENT, PROTO_CTL_RELOAD);
	request(b, PROTO_CTL_RELOAD);
	for_b = asked(ROLE_PARENT, PROTO_CTL_RELOAD);
	ATF_REQUIRE(for_a != for_b);
	answer(ROLE_PARENT, for_b, "b");
	is_done(b, 1, "b");
	ATF_REQUIRE_EQ(0, next(a, NULL, 0));
	/* One that was answered already is nobody's. */
	answer(ROLE_PARENT, for_b, "again");
	ATF_REQUIRE_EQ(0, next(b, NULL, 0));
	answer(ROLE_PARENT, for_a, "a");
	is_done(a, 1, "a");
	/* Nor are numbers that nobody got. */
	answer(ROLE_PARENT, 0, "0");
	answer(ROLE_PARENT, 1, "1");
	answer(ROLE_PARENT, UINT64_MAX, "max");
	ATF_REQUIRE_EQ(0, next(a, NULL, 0));
	ATF_REQUIRE_EQ(0, next(b, NULL, 0));
}

ATF_TC_WITHOUT_HEAD(an_answer_finds_its_client_gone);
ATF_TC_BODY(an_answer_finds_its_client_gone, tc)
{
	struct imsgbuf *client;
	uint64_t id;

	start();
	client = client_new();
	request(client, PROTO_CTL_CERT);
	id = asked(ROLE_KEYS, PROTO_CTL_CERT);
	client_end(client);
	answer(ROLE_KEYS, id, "");
	client = client_new();
	ATF_REQUIRE_EQ(0, next(client, NULL, 0));
}

static void
put_figures(enum role role, uint32_t type, size_t len, uint64_t id)
{
	static uint64_t row[512];

	row[0] = id;
	ATF_REQUIRE(len <= sizeof(row));
	fake_message(role, type, row, len);
}

ATF_TC_WITHOUT_HEAD(status_says_who_does_not_answer);
ATF_TC_BODY(status_says_who_does_not_answer, tc)
{
	struct proto_status_role row;
	struct imsgbuf *client;
	uint64_t id;
	int type, nroles = 0;

	start();
	client = client_new();
	request(client, PROTO_CTL_STATUS);
	id = asked(ROLE_PARENT, PROTO_CTL_STATUS);
	ATF_REQUIRE_EQ(2, fake_count(ROLE_CRYPTO, PROTO_CTL_STATUS));
	ATF_REQUIRE_EQ(1, fake_count(ROLE_QUEUE, PROTO_CTL_STATUS));
	put_roles(id);
	put_figures(ROLE_SMTP, PROTO_STATUS_SMTP,
	    sizeof(struct proto_status_smtp), id);
	put_figures(ROLE_CRYPTO, PROTO_STATUS_CRYPTO,
	    sizeof(struct proto_status_crypto), id);
	/* The figures come at once, the end after a while. */
	ATF_REQUIRE_EQ(PROTO_STATUS_SMTP, next(client, NULL, 0));
	ATF_REQUIRE_EQ(PROTO_STATUS_CRYPTO, next(client, NULL, 0));
	ATF_REQUIRE_EQ(0, next(client, NULL, 0));
	fake_run_ms(2300);
	while ((type = next(client, &row, sizeof(row))) ==
	    PROTO_STATUS_ROLE) {
		nroles++;
		ATF_REQUIRE_EQ_MSG(row.role != ROLE_KEYS, row.answering,
		    "%s: %u", role_name((enum role)row.role), row.answering);
	}
	ATF_REQUIRE_EQ(PROTO_CTL_DONE, type);
	ATF_REQUIRE_EQ(5, nroles);
}

/* What no mixctl sends. */
static void
is_disconnected(uint32_t type, size_t len)
{
	struct imsgbuf *client = client_new();
	static const uint8_t zero[128];

	ATF_REQUIRE_EQ(1, imsg_compose(client, type, 0, 0, -1, zero, len));
	ATF_REQUIRE_EQ(0, imsg_flush(client));
	ATF_REQUIRE_EQ_MSG(-1, next(client, NULL, 0), "%u, %zu", type, len);
	client_end(client);
}

ATF_TC_WITHOUT_HEAD(clients_that_break_the_rules_are_disconnected);
ATF_TC_BODY(clients_that_break_the_rules_are_disconnected, tc)
{
	static const uint8_t noise[64] = "GET / HTTP/1.0\r\n\r\n";
	struct imsgbuf *client;

	start();
	is_disconnected(0, 0);
	is_disconnected(99999, 8);
	is_disconnected(PROTO_CTL_STATUS, 0);
	is_disconnected(PROTO_CTL_STATUS, 7);
	is_disconnected(PROTO_CTL_STATUS, 9);
	/* Messages of roles, and of the parent. */
	is_disconnected(PROTO_CONF_SWITCH, 0);
	is_disconnected(PROTO_STOP, 0);
	is_disconnected(PROTO_CTL_DONE, 8);
	client = client_new();
	ATF_REQUIRE_EQ((ssize_t)sizeof(noise), write(client->fd, noise,
	    sizeof(noise)));
	ATF_REQUIRE_EQ(-1, next(client, NULL, 0));
	/* It serves others as ever. */
	client = client_new();
	request(client, PROTO_CTL_RELOAD);
	answer(ROLE_PARENT, asked(ROLE_PARENT, PROTO_CTL_RELOAD), "yes");
	is_done(client, 1, "yes");
}

ATF_TC_WITHOUT_HEAD(clients_above_the_limit_wait_for_others_to_go);
ATF_TC_BODY(clients_above_the_limit_wait_for_others_to_go, tc)
{
	struct imsgbuf *clients[CLIENTS], *more;
	int i;

	start();
	for (i = 0; i < CLIENTS; i++)
		clients[i] = client_new();
	more = client_new();
	ATF_REQUIRE_EQ(-1, next(more, NULL, 0));
	for (i = 0; i < CLIENTS; i++)
		ATF_REQUIRE_EQ(0, next(clients[i], NULL, 0));
	client_end(clients[7]);
	more = client_new();
	request(more, PROTO_CTL_RELOAD);
	answer(ROLE_PARENT, asked(ROLE_PARENT, PROTO_CTL_RELOAD), "");
	is_done(more, 1, "");
}

ATF_TC_WITHOUT_HEAD(a_client_has_one_request_at_a_time);
ATF_TC_BODY(a_client_has_one_request_at_a_time, tc)
{
	struct imsgbuf *client;
	int i;

	start();
	client = client_new();
	for (i = 0; i < 1000; i++)
		request(client, PROTO_CTL_STATUS);
	ATF_REQUIRE_EQ(1, fake_count(ROLE_QUEUE, PROTO_CTL_STATUS));
	ATF_REQUIRE_EQ(1, fake_count(ROLE_PARENT, PROTO_CTL_STATUS));
}

/* Asks and leaves, over and over, while the roles stand still. */
ATF_TC_WITHOUT_HEAD(roles_that_stand_still_are_not_asked_without_end);
ATF_TC_BODY(roles_that_stand_still_are_not_asked_without_end, tc)
{
	struct imsgbuf *client;
	int i;

	start();
	for (i = 0; i < 50; i++) {
		client = client_new();
		request(client, PROTO_CTL_STATUS);
		client_end(client);
	}
	ATF_REQUIRE_EQ(50, fake_count(ROLE_QUEUE, PROTO_CTL_STATUS));
	unread = 64;
	for (i = 0; i < 50; i++) {
		client = client_new();
		request(client, PROTO_CTL_STATUS);
		client_end(client);
	}
	ATF_REQUIRE_EQ(50, fake_count(ROLE_QUEUE, PROTO_CTL_STATUS));
	ATF_REQUIRE_EQ(50, fake_count(ROLE_PARENT, PROTO_CTL_STATUS));
	client = client_new();
	request(client, PROTO_CTL_CERT);
	ATF_REQUIRE_EQ(0, fake_count(ROLE_KEYS, PROTO_CTL_CERT));
	is_done(client, 0, "too busy: see mixctl status");
}

ATF_TC_WITHOUT_HEAD(a_client_that_does_not_read_is_not_fed_without_end);
ATF_TC_BODY(a_client_that_does_not_read_is_not_fed_without_end, tc)
{
	static uint8_t data[sizeof(struct proto_ctl_cert_data) +
	    PROTO_BLOB_PIECE];
	struct proto_ctl_cert_data *row =
	    (struct proto_ctl_cert_data *)(void *)data;
	struct imsgbuf *client;
	int i, type, pieces = 0;

	start();
	client = client_new();
	request(client, PROTO_CTL_CERT);
	row->id = asked(ROLE_KEYS, PROTO_CTL_CERT);
	row->n = PROTO_BLOB_PIECE;
	for (i = 0; i < 2000; i++) {
		fake_message(ROLE_KEYS, PROTO_CTL_CERT_DATA, data,
		    sizeof(data));
		fake_run();
	}
	while ((type = next(client, NULL, 0)) == PROTO_CTL_CERT_DATA)
		pieces++;
	ATF_REQUIRE_EQ(0, type);
	ATF_REQUIRE_MSG(pieces > 10 && pieces < 500, "%d", pieces);
}

ATF_TC_WITHOUT_HEAD(a_second_reload_brings_no_second_socket);
ATF_TC_BODY(a_second_reload_brings_no_second_socket, tc)
{
	struct imsgbuf *client;
	struct role_listen row;

	start();
	memset(&row, 0, sizeof(row));
	ATF_REQUIRE((row.fd = dup(STDERR_FILENO)) != -1);
	fake.conf.listens = &row;
	control_ops.switched(&fake.conf);
	client = client_new();
	request(client, PROTO_CTL_RELOAD);
	answer(ROLE_PARENT, asked(ROLE_PARENT, PROTO_CTL_RELOAD), "");
	is_done(client, 1, "");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests_go_to_the_role_concerned);
	ATF_TP_ADD_TC(tp, answers_go_to_who_asked);
	ATF_TP_ADD_TC(tp, an_answer_finds_its_client_gone);
	ATF_TP_ADD_TC(tp, status_says_who_does_not_answer);
	ATF_TP_ADD_TC(tp, clients_that_break_the_rules_are_disconnected);
	ATF_TP_ADD_TC(tp, clients_above_the_limit_wait_for_others_to_go);
	ATF_TP_ADD_TC(tp, a_client_has_one_request_at_a_time);
	ATF_TP_ADD_TC(tp, roles_that_stand_still_are_not_asked_without_end);
	ATF_TP_ADD_TC(tp,
	    a_client_that_does_not_read_is_not_fed_without_end);
	ATF_TP_ADD_TC(tp, a_second_reload_brings_no_second_socket);

	return (atf_no_error());
}
