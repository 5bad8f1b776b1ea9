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
#include <sys/un.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <errno.h>
#include <event.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "lmtp_dial.h"

/* The parent's side of it, with a channel whose other end the test holds. */
static struct conf conf;
static struct proto_conf_domain domain;
static struct channel parent, role;
static uint32_t answer;
static int got_fd = -1, got_error;

static void
from_parent(struct channel *ch, const struct role_msg *msg)
{
	(void)ch;
	answer = msg->type;
	got_fd = msg->fd;
	if (msg->type == PROTO_LMTP_FAILED)
		got_error = (int)((const struct proto_lmtp_failed *)
		    msg->data)->error;
}

static void
start(void)
{
	int fds[2];

	ATF_REQUIRE(event_init() != NULL);
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fds));
	channel_init(&parent, fds[0], ROLE_PARENT, ROLE_DELIVER, 0);
	channel_init(&role, fds[1], ROLE_DELIVER, ROLE_PARENT, 0);
	role.message = from_parent;
	conf.domains = &domain;
	conf.ndomains = 1;
	domain.via = CONF_VIA_LMTP;
}

static void
dial(const struct conf *c, const char *to, uint32_t port)
{
	struct proto_lmtp_open open;

	memset(&open, 0, sizeof(open));
	open.id = 7;
	open.port = port;
	strlcpy(open.to, to, sizeof(open.to));
	answer = 0;
	got_fd = -1;
	got_error = 0;
	lmtp_dial(&parent, c, &open);
	ATF_REQUIRE_EQ(0, channel_flush(&parent, 1000));
	ATF_REQUIRE_EQ(1, channel_wait(&role, 1000));
}

static int
listen_unix(const char *path)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 1));

	return (fd);
}

ATF_TC_WITHOUT_HEAD(socket_that_is_configured_is_connected);
ATF_TC_BODY(socket_that_is_configured_is_connected, tc)
{
	char c;
	int fd;

	start();
	strlcpy(domain.to, "lmtp", sizeof(domain.to));
	dial(&conf, "lmtp", 0);
	ATF_CHECK_EQ(PROTO_LMTP_FAILED, answer);
	ATF_CHECK_EQ(ENOENT, got_error);
	fd = listen_unix("lmtp");
	dial(&conf, "lmtp", 0);
	ATF_REQUIRE_EQ(PROTO_LMTP_SOCKET, answer);
	ATF_REQUIRE_EQ(1, write(got_fd, "x", 1));
	ATF_REQUIRE((fd = accept(fd, NULL, NULL)) != -1);
	ATF_CHECK_EQ(1, read(fd, &c, 1));
}

static void
check_tcp(int family, const char *host, struct sockaddr *sa, socklen_t len,
    in_port_t *port)
{
	int fd;

	ATF_REQUIRE((fd = socket(family, SOCK_STREAM, 0)) != -1);
	if (bind(fd, sa, len) == -1 && errno == EADDRNOTAVAIL)
		return;
	ATF_REQUIRE_EQ(0, listen(fd, 1));
	ATF_REQUIRE_EQ(0, getsockname(fd, sa, &len));
	strlcpy(domain.to, host, sizeof(domain.to));
	domain.port = ntohs(*port);
	dial(&conf, host, domain.port);
	ATF_REQUIRE_EQ(PROTO_LMTP_SOCKET, answer);
	ATF_CHECK(accept(fd, NULL, NULL) != -1);
}

ATF_TC_WITHOUT_HEAD(host_that_is_configured_is_connected);
ATF_TC_BODY(host_that_is_configured_is_connected, tc)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	start();
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check_tcp(AF_INET, "127.0.0.1", (struct sockaddr *)&sin, sizeof(sin),
	    &sin.sin_port);
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_addr = in6addr_loopback;
	check_tcp(AF_INET6, "::1", (struct sockaddr *)&sin6, sizeof(sin6),
	    &sin6.sin6_port);
}

ATF_TC_WITHOUT_HEAD(nothing_else_is_connected);
ATF_TC_BODY(nothing_else_is_connected, tc)
{
	start();
	(void)listen_unix("other");
	strlcpy(domain.to, "lmtp", sizeof(domain.to));
	dial(&conf, "other", 0);
	ATF_CHECK_EQ(PROTO_LMTP_FAILED, answer);
	ATF_CHECK_EQ(EACCES, got_error);
	dial(&conf, "lmtp", 24);
	ATF_CHECK_EQ(EACCES, got_error);
	dial(NULL, "lmtp", 0);
	ATF_CHECK_EQ(EACCES, got_error);
	/* Nor where mail goes by other ways. */
	strlcpy(domain.to, "other", sizeof(domain.to));
	domain.via = CONF_VIA_MAILDIR;
	dial(&conf, "other", 0);
	ATF_CHECK_EQ(EACCES, got_error);
	conf.global.postmaster_via = CONF_VIA_LMTP;
	strlcpy(conf.global.postmaster_to, "other",
	    sizeof(conf.global.postmaster_to));
	dial(&conf, "other", 0);
	ATF_CHECK_EQ(PROTO_LMTP_SOCKET, answer);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, socket_that_is_configured_is_connected);
	ATF_TP_ADD_TC(tp, host_that_is_configured_is_connected);
	ATF_TP_ADD_TC(tp, nothing_else_is_connected);

	return (atf_no_error());
}
