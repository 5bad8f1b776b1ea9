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
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "listen.h"

static char errbuf[256];

/* Loopback addresses that no other process has, and any port of theirs. */
#define PORT	2525

static uint32_t
own_address(unsigned int last)
{
	const uint32_t pid = (uint32_t)getpid();

	return (0x7f000000 + ((1 + pid / 256 % 250) << 16) +
	    (pid % 256 << 8) + last);
}

static const char *
own_name(unsigned int last)
{
	static char name[INET_ADDRSTRLEN];
	struct in_addr in;

	in.s_addr = htonl(own_address(last));
	ATF_REQUIRE(inet_ntop(AF_INET, &in, name, sizeof(name)) != NULL);

	return (name);
}

/* Some systems have but one. */
static void
require_addresses(void)
{
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(own_address(1));
	ATF_REQUIRE(fd != -1);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		atf_tc_skip("there is only one loopback address");
	close(fd);
}

static struct conf *
new_conf(void)
{
	struct conf *conf = conf_new();

	ATF_REQUIRE(conf != NULL);
	conf->nlistens = 0;

	return (conf);
}

static void
add(struct conf *conf, unsigned int last)
{
	struct proto_conf_listen *row = &conf->listens[conf->nlistens++];

	memset(row, 0, sizeof(*row));
	strlcpy(row->address, own_name(last), sizeof(row->address));
	row->port = PORT;
}

static int
answers(unsigned int last)
{
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM, 0), result;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(PORT);
	sin.sin_addr.s_addr = htonl(own_address(last));
	result = connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	close(fd);

	return (result == 0);
}

static unsigned int
open_descriptors(void)
{
	unsigned int n = 0;
	int fd;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;

	return (n);
}

static void
opens(struct listeners *next, struct listeners *old, const struct conf *conf)
{
	size_t i;

	ATF_REQUIRE_EQ_MSG(0, listeners_open(next, old, conf, errbuf,
	    sizeof(errbuf)), "%s", errbuf);
	/* In the order of the configuration. */
	ATF_REQUIRE_EQ(conf->nlistens, next->n);
	for (i = 0; i < next->n; i++) {
		ATF_REQUIRE_STREQ(conf->listens[i].address,
		    next->list[i].row.address);
		ATF_REQUIRE_EQ(conf->listens[i].port, next->list[i].row.port);
		ATF_REQUIRE(fcntl(next->list[i].fd, F_GETFL) & O_NONBLOCK);
		ATF_REQUIRE(fcntl(next->list[i].fd, F_GETFD) & FD_CLOEXEC);
	}
}

ATF_TC_WITHOUT_HEAD(a_reload_takes_over_what_stays);
ATF_TC_BODY(a_reload_takes_over_what_stays, tc)
{
	struct listeners old = { .n = 0 }, next = { .n = 0 };
	struct conf *a = new_conf(), *b = new_conf();
	int stays;

	require_addresses();
	add(a, 1);
	add(a, 2);
	opens(&old, &next, a);
	ATF_REQUIRE(answers(1) && answers(2));
	stays = old.list[1].fd;

	add(b, 3);
	add(b, 2);
	opens(&next, &old, b);
	ATF_REQUIRE_EQ(stays, next.list[1].fd);
	/* What is left is what goes. */
	ATF_REQUIRE_EQ(1, old.n);
	ATF_REQUIRE_STREQ(own_name(1), old.list[0].row.address);
	listeners_close(&old);
	ATF_REQUIRE_EQ(0, old.n);
	ATF_REQUIRE(!answers(1));
	ATF_REQUIRE(answers(2) && answers(3));
	listeners_close(&next);
	conf_free(a);
	conf_free(b);
}

ATF_TC_WITHOUT_HEAD(an_address_in_use_changes_nothing);
ATF_TC_BODY(an_address_in_use_changes_nothing, tc)
{
	struct listeners old = { .n = 0 }, next = { .n = 0 };
	struct listeners other = { .n = 0 };
	struct conf *a = new_conf(), *b = new_conf(), *c = new_conf();
	unsigned int before;
	char *expected;

	require_addresses();
	add(c, 9);
	opens(&other, &next, c);
	add(a, 1);
	add(a, 2);
	opens(&old, &next, a);
	before = open_descriptors();

	add(b, 2);
	add(b, 3);
	add(b, 9);
	ATF_REQUIRE_EQ(-1, listeners_open(&next, &old, b, errbuf,
	    sizeof(errbuf)));
	ATF_REQUIRE(asprintf(&expected, "listen on %s port %d: %s",
	    own_name(9), PORT, strerror(EADDRINUSE)) != -1);
	ATF_REQUIRE_MSG(strncmp(expected, errbuf, strlen(expected)) == 0,
	    "%s", errbuf);
	free(expected);
	ATF_REQUIRE_EQ(0, next.n);
	ATF_REQUIRE_EQ(2, old.n);
	ATF_REQUIRE_EQ(before, open_descriptors());
	ATF_REQUIRE(answers(1) && answers(2));
	ATF_REQUIRE(!answers(3));

	/* And the next one finds all of them. */
	opens(&next, &old, a);
	ATF_REQUIRE_EQ(0, old.n);
	ATF_REQUIRE_EQ(before, open_descriptors());
}

/* As many as there can be, before and after. */
ATF_TC_WITHOUT_HEAD(a_reload_that_is_refused_gives_all_back);
ATF_TC_BODY(a_reload_that_is_refused_gives_all_back, tc)
{
	struct listeners old = { .n = 0 }, next = { .n = 0 };
	struct conf *a = new_conf(), *b = new_conf();
	unsigned int before, i;

	require_addresses();
	for (i = 1; i <= CONF_LISTEN_MAX; i++) {
		add(a, i);
		add(b, i == 5 ? i : i + 100);
	}
	opens(&old, &next, a);
	before = open_descriptors();
	opens(&next, &old, b);
	listeners_revert(&next, &old, a);
	ATF_REQUIRE_EQ(0, next.n);
	ATF_REQUIRE_EQ(CONF_LISTEN_MAX, old.n);
	ATF_REQUIRE_EQ(before, open_descriptors());
	for (i = 1; i <= CONF_LISTEN_MAX; i++) {
		ATF_REQUIRE_MSG(answers(i), "%u", i);
		ATF_REQUIRE_MSG(!answers(i + 100), "%u", i);
	}
	opens(&next, &old, a);
	ATF_REQUIRE_EQ(0, old.n);
	ATF_REQUIRE_EQ(before, open_descriptors());
}

static void
set_path(struct conf *conf, const char *name)
{
	char cwd[PROTO_PATH_MAX - 64];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(conf->control_socket, sizeof(conf->control_socket), "%s/%s",
	    cwd, name);
	conf->control_group[0] = '\0';
}

static int
control(const struct conf *conf)
{
	errbuf[0] = '\0';

	return (listen_control(conf, errbuf, sizeof(errbuf)));
}

static void
is_refused(const struct conf *conf, const char *why)
{
	ATF_REQUIRE_EQ(-1, control(conf));
	ATF_REQUIRE_MSG(strstr(errbuf, why) != NULL, "%s", errbuf);
}

ATF_TC_WITHOUT_HEAD(the_control_socket_is_for_its_owner);
ATF_TC_BODY(the_control_socket_is_for_its_owner, tc)
{
	struct conf *conf = new_conf();
	struct stat st;
	int fd;

	umask(0);
	set_path(conf, "control");
	ATF_REQUIRE_MSG((fd = control(conf)) != -1, "%s", errbuf);
	ATF_REQUIRE_EQ(0, lstat(conf->control_socket, &st));
	ATF_REQUIRE(S_ISSOCK(st.st_mode));
	ATF_REQUIRE_EQ(0600, st.st_mode & 07777);
	ATF_REQUIRE(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ATF_REQUIRE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	strlcpy(conf->control_group, "no-such-group-here",
	    sizeof(conf->control_group));
	close(fd);
	is_refused(conf, "no group no-such-group-here");
}

ATF_TC_WITHOUT_HEAD(a_stale_control_socket_is_replaced);
ATF_TC_BODY(a_stale_control_socket_is_replaced, tc)
{
	struct conf *conf = new_conf();
	int fd;

	set_path(conf, "control");
	ATF_REQUIRE_MSG((fd = control(conf)) != -1, "%s", errbuf);
	close(fd);
	ATF_REQUIRE_EQ(0, access(conf->control_socket, F_OK));
	ATF_REQUIRE_MSG((fd = control(conf)) != -1, "%s", errbuf);
	is_refused(conf, "another smtpd-mix is running there");
	close(fd);
}

/* One that takes no connection any more, as when its role stands still. */
ATF_TC_WITHOUT_HEAD(a_busy_control_socket_is_somebodys);
ATF_TC_BODY(a_busy_control_socket_is_somebodys, tc)
{
	struct conf *conf = new_conf();
	struct sockaddr_un sun;
	int i, client;

	set_path(conf, "control");
	ATF_REQUIRE(control(conf) != -1);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, conf->control_socket, sizeof(sun.sun_path));
	for (i = 0; i < 200; i++) {
		client = socket(AF_UNIX, SOCK_STREAM, 0);
		ATF_REQUIRE(client != -1);
		ATF_REQUIRE(fcntl(client, F_SETFL, O_NONBLOCK) != -1);
		if (connect(client, (struct sockaddr *)&sun, sizeof(sun)) != 0)
			break;
	}
	is_refused(conf, "another smtpd-mix is running there");
}

ATF_TC_WITHOUT_HEAD(what_is_no_socket_is_not_removed);
ATF_TC_BODY(what_is_no_socket_is_not_removed, tc)
{
	struct conf *conf = new_conf();
	FILE *f;

	set_path(conf, "precious");
	ATF_REQUIRE((f = fopen("precious", "w")) != NULL);
	fclose(f);
	is_refused(conf, "in the way, and not a socket");
	ATF_REQUIRE_EQ(0, access("precious", F_OK));
	set_path(conf, "link");
	ATF_REQUIRE_EQ(0, symlink("precious", "link"));
	is_refused(conf, "in the way, and not a socket");
	set_path(conf, "no/such/directory");
	is_refused(conf, strerror(ENOENT));
	memset(conf->control_socket, 'x', 200);
	conf->control_socket[200] = '\0';
	is_refused(conf, "path too long");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_reload_takes_over_what_stays);
	ATF_TP_ADD_TC(tp, an_address_in_use_changes_nothing);
	ATF_TP_ADD_TC(tp, a_reload_that_is_refused_gives_all_back);
	ATF_TP_ADD_TC(tp, the_control_socket_is_for_its_owner);
	ATF_TP_ADD_TC(tp, a_stale_control_socket_is_replaced);
	ATF_TP_ADD_TC(tp, a_busy_control_socket_is_somebodys);
	ATF_TP_ADD_TC(tp, what_is_no_socket_is_not_removed);

	return (atf_no_error());
}
