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
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "role_conf.h"

/* Gives a row as it comes from the parent. */
static int
put_fd(struct role_conf *conf, uint32_t type, const void *row, size_t len,
    int fd)
{
	struct role_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.from = ROLE_PARENT;
	msg.type = type;
	msg.data = row;
	msg.len = len;
	msg.fd = fd;

	return (role_conf_row(conf, &msg));
}

static void
put(struct role_conf *conf, uint32_t type, const void *row, size_t len)
{
	ATF_REQUIRE_EQ(1, put_fd(conf, type, row, len, -1));
}

static int
some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY);

	ATF_REQUIRE(fd != -1);

	return (fd);
}

static int
is_open(int fd)
{
	return (fcntl(fd, F_GETFD) != -1);
}

ATF_TC_WITHOUT_HEAD(rows_are_kept_in_order);
ATF_TC_BODY(rows_are_kept_in_order, tc)
{
	struct role_conf *conf = role_conf_new();
	struct proto_conf_global g;
	struct proto_conf_route route;
	struct proto_conf_domain domain;
	uint32_t i;

	ATF_REQUIRE_EQ(-1, conf->tls_cert_fd);
	ATF_REQUIRE_EQ(-1, conf->tls_key_fd);
	memset(&g, 0, sizeof(g));
	strlcpy(g.hostname, "mix.example", sizeof(g.hostname));
	put(conf, PROTO_CONF_GLOBAL, &g, sizeof(g));
	for (i = 0; i < 100; i++) {
		memset(&route, 0, sizeof(route));
		route.port = i;
		put(conf, PROTO_CONF_ROUTE, &route, sizeof(route));
		memset(&domain, 0, sizeof(domain));
		domain.port = i + 1000;
		put(conf, PROTO_CONF_DOMAIN, &domain, sizeof(domain));
	}
	ATF_REQUIRE_STREQ("mix.example", conf->global.hostname);
	ATF_REQUIRE_EQ(100, conf->nroutes);
	ATF_REQUIRE_EQ(100, conf->ndomains);
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(i, conf->routes[i].port);
		ATF_REQUIRE_EQ(i + 1000, conf->domains[i].port);
	}
	role_conf_free(conf);
	role_conf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(what_is_no_row_is_left_to_others);
ATF_TC_BODY(what_is_no_row_is_left_to_others, tc)
{
	struct role_conf *conf = role_conf_new();
	static const uint32_t types[] = { PROTO_CONF_BEGIN, PROTO_CONF_END,
	    PROTO_CONF_SWITCH, PROTO_CONF_DROP, PROTO_STOP, PROTO_PEER,
	    PROTO_FRAME, 0 };
	uint64_t row[64] = { 0 };
	size_t i;

	for (i = 0; i < nitems(types); i++)
		ATF_REQUIRE_EQ(0, put_fd(conf, types[i], row, sizeof(row),
		    -1));
	role_conf_free(conf);
}

static void
put_piece(struct role_conf *conf, uint32_t kind, const char *text, size_t len,
    uint32_t last)
{
	uint8_t buf[sizeof(struct proto_conf_blob) + PROTO_BLOB_PIECE];
	struct proto_conf_blob *row = (struct proto_conf_blob *)(void *)buf;

	memset(buf, 0, sizeof(buf));
	row->n = (uint32_t)len;
	row->kind = kind;
	row->last = last;
	memcpy(buf + sizeof(*row), text, len);
	put(conf, PROTO_CONF_BLOB, buf, sizeof(*row) + len);
}

static void
blob_is(const struct role_conf *conf, size_t i, uint32_t kind,
    const char *text)
{
	ATF_REQUIRE(i < conf->nblobs);
	ATF_REQUIRE_EQ(kind, conf->blobs[i].kind);
	ATF_REQUIRE_EQ(strlen(text), conf->blobs[i].len);
	ATF_REQUIRE_EQ(0, memcmp(text, conf->blobs[i].data, strlen(text)));
}

ATF_TC_WITHOUT_HEAD(files_are_put_together_from_pieces);
ATF_TC_BODY(files_are_put_together_from_pieces, tc)
{
	struct role_conf *conf = role_conf_new();

	put_piece(conf, PROTO_BLOB_ROSTER, "one", 3, 1);
	put_piece(conf, PROTO_BLOB_CA, "fir", 3, 0);
	put_piece(conf, PROTO_BLOB_CA, "st ", 3, 0);
	put_piece(conf, PROTO_BLOB_CA, "", 0, 0);
	ATF_REQUIRE(conf->blob_open);
	put_piece(conf, PROTO_BLOB_CA, "last", 4, 1);
	ATF_REQUIRE(!conf->blob_open);
	put_piece(conf, PROTO_BLOB_ROSTER, "two", 3, 1);
	ATF_REQUIRE_EQ(3, conf->nblobs);
	blob_is(conf, 0, PROTO_BLOB_ROSTER, "one");
	blob_is(conf, 1, PROTO_BLOB_CA, "first last");
	blob_is(conf, 2, PROTO_BLOB_ROSTER, "two");
	role_conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(descriptors_that_nobody_took_are_closed);
ATF_TC_BODY(descriptors_that_nobody_took_are_closed, tc)
{
	struct role_conf *conf = role_conf_new();
	struct proto_conf_listen listen;
	struct proto_conf_tls tls;
	int fds[5], i;

	for (i = 0; i < 5; i++)
		fds[i] = some_fd();
	memset(&listen, 0, sizeof(listen));
	memset(&tls, 0, sizeof(tls));
	ATF_REQUIRE_EQ(1, put_fd(conf, PROTO_CONF_LISTEN, &listen,
	    sizeof(listen), fds[0]));
	ATF_REQUIRE_EQ(1, put_fd(conf, PROTO_CONF_LISTEN, &listen,
	    sizeof(listen), fds[1]));
	ATF_REQUIRE_EQ(1, put_fd(conf, PROTO_CONF_TLS, &tls, sizeof(tls),
	    fds[2]));
	/* A second certificate takes the place of the first. */
	ATF_REQUIRE_EQ(1, put_fd(conf, PROTO_CONF_TLS, &tls, sizeof(tls),
	    fds[3]));
	ATF_REQUIRE(!is_open(fds[2]));
	tls.is_key = 1;
	ATF_REQUIRE_EQ(1, put_fd(conf, PROTO_CONF_TLS, &tls, sizeof(tls),
	    fds[4]));
	ATF_REQUIRE_EQ(fds[3], conf->tls_cert_fd);
	ATF_REQUIRE_EQ(fds[4], conf->tls_key_fd);
	/* The role has taken one of them over. */
	conf->listens[1].fd = -1;
	role_conf_free(conf);
	ATF_REQUIRE(!is_open(fds[0]));
	ATF_REQUIRE(is_open(fds[1]));
	ATF_REQUIRE(!is_open(fds[3]));
	ATF_REQUIRE(!is_open(fds[4]));
}

/* Whether a row ends the process, in order. */
static int
is_fatal(uint32_t type, const void *row, size_t len)
{
	int status;
	pid_t pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)put_fd(role_conf_new(), type, row, len, -1);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));

	return (WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

#define TEXT_WITHOUT_END(type, row, member) do {			\
	memset(&(row), 0, sizeof(row));					\
	ATF_REQUIRE(!is_fatal(type, &(row), sizeof(row)));		\
	memset((row).member, 'x', sizeof((row).member));		\
	ATF_REQUIRE(is_fatal(type, &(row), sizeof(row)));		\
} while (0)

ATF_TC_WITHOUT_HEAD(text_without_an_end_is_fatal);
ATF_TC_BODY(text_without_an_end_is_fatal, tc)
{
	struct proto_conf_global g;
	struct proto_conf_listen l;
	struct proto_conf_route r;
	struct proto_conf_domain d;

	TEXT_WITHOUT_END(PROTO_CONF_GLOBAL, g, hostname);
	TEXT_WITHOUT_END(PROTO_CONF_GLOBAL, g, address);
	TEXT_WITHOUT_END(PROTO_CONF_GLOBAL, g, postmaster_to);
	TEXT_WITHOUT_END(PROTO_CONF_GLOBAL, g, postmaster_rcpt);
	TEXT_WITHOUT_END(PROTO_CONF_LISTEN, l, address);
	TEXT_WITHOUT_END(PROTO_CONF_ROUTE, r, domain);
	TEXT_WITHOUT_END(PROTO_CONF_ROUTE, r, host);
	TEXT_WITHOUT_END(PROTO_CONF_DOMAIN, d, domain);
	TEXT_WITHOUT_END(PROTO_CONF_DOMAIN, d, to);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rows_are_kept_in_order);
	ATF_TP_ADD_TC(tp, what_is_no_row_is_left_to_others);
	ATF_TP_ADD_TC(tp, files_are_put_together_from_pieces);
	ATF_TP_ADD_TC(tp, descriptors_that_nobody_took_are_closed);
	ATF_TP_ADD_TC(tp, text_without_an_end_is_fatal);

	return (atf_no_error());
}
