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

/* What of a configuration arrives at which role, and what is read for it. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "conf_resolver.h"
#include "conf_send.h"
#include "lib/testutil.h"
#include "role_conf.h"

static struct conf	*conf;
static struct listeners	 listeners;
static char		 errbuf[256];

/* What a role has received. */
static struct received {
	struct role_conf	*conf;
	uint64_t		 generation;
	int			 ended;
} got;

static void
message(struct channel *ch, const struct role_msg *msg)
{
	const struct proto_conf_begin *begin = msg->data;

	(void)ch;
	if (msg->type == PROTO_CONF_BEGIN)
		got.generation = begin->generation;
	else if (msg->type == PROTO_CONF_END)
		got.ended = 1;
	else
		ATF_REQUIRE_EQ(1, role_conf_row(got.conf, msg));
	/* Nothing is outside of the two. */
	ATF_REQUIRE(got.generation != 0);
}

static void
gone(struct channel *ch, int broken)
{
	(void)ch;
	atf_tc_fail("the channel is gone (%d)", broken);
}

static void
set_up(void)
{
	char cwd[PROTO_PATH_MAX - 64];

	ATF_REQUIRE(event_init() != NULL);
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	ATF_REQUIRE((conf = conf_new()) != NULL);
	snprintf(conf->roster_dir, PROTO_PATH_MAX, "%s/roster", cwd);
	snprintf(conf->trust_dir, PROTO_PATH_MAX, "%s/trust", cwd);
	snprintf(conf->ca_file, PROTO_PATH_MAX, "%s/ca.pem", cwd);
	strlcpy(conf->global.hostname, "mix.example",
	    sizeof(conf->global.hostname));
	ATF_REQUIRE_EQ(0, mkdir("roster", 0700));
	ATF_REQUIRE_EQ(0, mkdir("trust", 0700));
}

static void
add_route(uint32_t port, uint32_t tls)
{
	struct proto_conf_route *row;

	conf->routes = reallocarray(conf->routes, conf->nroutes + 1,
	    sizeof(*row));
	ATF_REQUIRE(conf->routes != NULL);
	row = &conf->routes[conf->nroutes++];
	memset(row, 0, sizeof(*row));
	row->port = port;
	row->tls = tls;
}

static void
add_domain(const char *name)
{
	struct proto_conf_domain *row;

	conf->domains = reallocarray(conf->domains, conf->ndomains + 1,
	    sizeof(*row));
	ATF_REQUIRE(conf->domains != NULL);
	row = &conf->domains[conf->ndomains++];
	memset(row, 0, sizeof(*row));
	strlcpy(row->domain, name, sizeof(row->domain));
}

static void
write_file(const char *name, char fill, size_t len)
{
	char *buf = malloc(len + 1);

	ATF_REQUIRE(buf != NULL);
	memset(buf, fill, len);
	ATF_REQUIRE_EQ(0, test_write_file(name, buf, len));
	free(buf);
}

/* Sends it to one role; what that has got is in got. */
static void
send_to(enum role role, const struct conf_files *files)
{
	struct channel parent, child;
	int fds[2], i, control = open("/dev/null", O_RDONLY);

	role_conf_free(got.conf);
	memset(&got, 0, sizeof(got));
	got.conf = role_conf_new();
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	for (i = 0; i < 2; i++)
		ATF_REQUIRE(fcntl(fds[i], F_SETFL, O_NONBLOCK) != -1);
	channel_init(&parent, fds[0], ROLE_PARENT, role, 0);
	channel_init(&child, fds[1], role, ROLE_PARENT, 0);
	parent.gone = child.gone = gone;
	child.message = message;
	channel_start(&parent);
	channel_start(&child);
	conf_send(&parent, 42, conf, files, &listeners, control);
	while (!got.ended)
		ATF_REQUIRE(event_loop(EVLOOP_ONCE) != -1);
	ATF_REQUIRE_EQ(42, got.generation);
	ATF_REQUIRE_STREQ("mix.example", got.conf->global.hostname);
	ATF_REQUIRE_EQ(0, imsg_queuelen(&parent.ibuf));
	channel_close(&parent);
	channel_close(&child);
	close(control);
}

static void
files_open(struct conf_files *files)
{
	ATF_REQUIRE_EQ_MSG(0, conf_files_open(files, conf, errbuf,
	    sizeof(errbuf)), "%s", errbuf);
}

ATF_TC_WITHOUT_HEAD(each_role_gets_its_rows_and_no_others);
ATF_TC_BODY(each_role_gets_its_rows_and_no_others, tc)
{
	struct conf_files files;
	const struct role_conf *c;
	int role, routes, domains, certs, listens, tls;

	set_up();
	add_route(1, CONF_TLS_OFF);
	add_route(2, CONF_TLS_VERIFY);
	add_domain("a.example");
	write_file("ca.pem", 'c', 40000);
	write_file("roster/one", '1', 10);
	write_file("roster/two", '2', 20000);
	write_file("trust/neutral", 'n', 30);
	conf->nkeyservers = 2;
	conf->nforwards = 3;
	write_file("anchor", 'a', 300);
	strlcpy(conf->anchor_file, "anchor", sizeof(conf->anchor_file));
	strlcpy(conf->tls_cert, "ca.pem", sizeof(conf->tls_cert));
	strlcpy(conf->tls_key, "ca.pem", sizeof(conf->tls_key));
	conf->nlistens = 1;
	listeners.n = 1;
	strlcpy(listeners.list[0].row.address, "192.0.2.1",
	    sizeof(listeners.list[0].row.address));
	ATF_REQUIRE((listeners.list[0].fd = dup(STDERR_FILENO)) != -1);
	files_open(&files);
	for (role = ROLE_SMTP; role < ROLE_COUNT; role++) {
		send_to((enum role)role, &files);
		c = got.conf;
		routes = role == ROLE_RELAY ? 2 : 0;
		domains = role == ROLE_RELAY || role == ROLE_CRYPTO ||
		    role == ROLE_DELIVER;
		certs = role == ROLE_SEAL ? 3 : role == ROLE_DIRECTORY ? 4 :
		    role == ROLE_RELAY || role == ROLE_RESOLVER;
		listens = role == ROLE_SMTP || role == ROLE_CONTROL;
		tls = role == ROLE_KEYS;
		ATF_REQUIRE_EQ_MSG((size_t)routes, c->nroutes, "%d", role);
		ATF_REQUIRE_EQ_MSG((size_t)domains, c->ndomains, "%d", role);
		ATF_REQUIRE_EQ_MSG((size_t)certs, c->nblobs, "%d", role);
		ATF_REQUIRE_EQ_MSG((size_t)listens, c->nlistens, "%d", role);
		ATF_REQUIRE_EQ_MSG((size_t)(role == ROLE_DIRECTORY) * 2,
		    c->nkeyservers, "%d", role);
		ATF_REQUIRE_EQ_MSG((size_t)(role == ROLE_RESOLVER) * 3,
		    c->nforwards, "%d", role);
		ATF_REQUIRE_EQ_MSG(role == ROLE_RESOLVER, c->nself == 1, "%d",
		    role);
		ATF_REQUIRE_EQ_MSG(tls, c->tls_cert_fd != -1, "%d", role);
		ATF_REQUIRE_EQ_MSG(tls, c->tls_key_fd != -1, "%d", role);
		if (role == ROLE_RELAY) {
			ATF_REQUIRE_EQ(PROTO_BLOB_CA, c->blobs[0].kind);
			ATF_REQUIRE_EQ(40000, c->blobs[0].len);
			ATF_REQUIRE_EQ('c', c->blobs[0].data[39999]);
		}
		if (role == ROLE_RESOLVER) {
			ATF_REQUIRE_EQ(PROTO_BLOB_ANCHOR, c->blobs[0].kind);
			ATF_REQUIRE_EQ(300, c->blobs[0].len);
			ATF_REQUIRE_EQ(4, c->self[0].family);
		}
		/* By whom mixes are ranked, comes before the mixes. */
		if (certs > 2)
			ATF_REQUIRE_EQ(PROTO_BLOB_TRUST, c->blobs[0].kind);
	}
	conf_files_close(&files);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(tls_files_are_read_from_their_start_each_time);
ATF_TC_BODY(tls_files_are_read_from_their_start_each_time, tc)
{
	struct conf_files files;
	char octet;
	int i;

	set_up();
	write_file("pem", 'p', 3);
	strlcpy(conf->tls_cert, "pem", sizeof(conf->tls_cert));
	strlcpy(conf->tls_key, "pem", sizeof(conf->tls_key));
	files_open(&files);
	for (i = 0; i < 3; i++) {
		send_to(ROLE_KEYS, &files);
		ATF_REQUIRE_EQ(1, read(got.conf->tls_cert_fd, &octet, 1));
		ATF_REQUIRE_EQ('p', octet);
	}
	conf_files_close(&files);
}

ATF_TC_WITHOUT_HEAD(only_certificates_are_read_from_the_roster);
ATF_TC_BODY(only_certificates_are_read_from_the_roster, tc)
{
	struct conf_files files;

	set_up();
	write_file("roster/good", 'g', 100);
	write_file("roster/.hidden", 'h', 100);
	write_file("roster/empty", 'e', 0);
	write_file("roster/large", 'l', 256 * 1024);
	write_file("roster/too-large", 't', 256 * 1024 + 1);
	ATF_REQUIRE_EQ(0, mkdir("roster/directory", 0700));
	ATF_REQUIRE_EQ(0, symlink("nowhere", "roster/link"));
	/* Nobody writes to it: it must not be waited for. */
	ATF_REQUIRE_EQ(0, mkfifo("roster/fifo", 0600));
	files_open(&files);
	ATF_REQUIRE_EQ(3, files.roster.n);
	ATF_REQUIRE_EQ(256 * 1024 + 100, files.roster.len);
	send_to(ROLE_SEAL, &files);
	/* There is nothing to send of an empty one. */
	ATF_REQUIRE_EQ(2, got.conf->nblobs);
	ATF_REQUIRE_EQ(256 * 1024 + 100, got.conf->blobs[0].len +
	    got.conf->blobs[1].len);
	conf_files_close(&files);
	ATF_REQUIRE_EQ(0, files.roster.n);
	ATF_REQUIRE_EQ(-1, files.tls_cert_fd);
}

ATF_TC_WITHOUT_HEAD(a_roster_without_end_is_cut);
ATF_TC_BODY(a_roster_without_end_is_cut, tc)
{
	struct conf_files files;
	char name[64];
	int i;

	set_up();
	write_file("roster/0", 'x', 256 * 1024);
	for (i = 1; i < 300; i++) {
		snprintf(name, sizeof(name), "roster/%d", i);
		ATF_REQUIRE_EQ(0, link("roster/0", name));
	}
	files_open(&files);
	ATF_REQUIRE_EQ(256, files.roster.n);
	ATF_REQUIRE_EQ((size_t)64 * 1024 * 1024, files.roster.len);
	conf_files_close(&files);
}

static void
fails(const char *why)
{
	struct conf_files files;

	ATF_REQUIRE_EQ(-1, conf_files_open(&files, conf, errbuf,
	    sizeof(errbuf)));
	ATF_REQUIRE_MSG(strncmp(errbuf, why, strlen(why)) == 0, "%s", errbuf);
	/* Nothing is left to be closed. */
	ATF_REQUIRE(files.roster.list == NULL && files.ca == NULL);
	ATF_REQUIRE_EQ(-1, files.tls_cert_fd);
	ATF_REQUIRE_EQ(-1, files.tls_key_fd);
}

ATF_TC_WITHOUT_HEAD(missing_files_are_named);
ATF_TC_BODY(missing_files_are_named, tc)
{
	struct conf_files files;

	set_up();
	/* A roster that isn't there yet is an empty one. */
	ATF_REQUIRE_EQ(0, rmdir("roster"));
	files_open(&files);
	ATF_REQUIRE_EQ(0, files.roster.n);
	conf_files_close(&files);
	write_file("roster", 'x', 1);
	fails("roster: ");
	ATF_REQUIRE_EQ(0, unlink("roster"));

	/* Needed when somebody's certificate is to be checked. */
	add_route(1, CONF_TLS_REQUIRE);
	files_open(&files);
	conf_files_close(&files);
	add_route(2, CONF_TLS_VERIFY);
	fails("ca file: ");
	write_file("ca.pem", 'c', 10);
	files_open(&files);
	ATF_REQUIRE_EQ(10, files.ca_len);
	conf_files_close(&files);

	strlcpy(conf->tls_cert, "cert.pem", sizeof(conf->tls_cert));
	strlcpy(conf->tls_key, "key.pem", sizeof(conf->tls_key));
	fails("tls certificate: cert.pem: ");
	write_file("cert.pem", 'c', 10);
	fails("tls key: key.pem: ");
}

ATF_TC_WITHOUT_HEAD(addresses_of_all_interfaces_are_our_own);
ATF_TC_BODY(addresses_of_all_interfaces_are_our_own, tc)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct proto_conf_self own[CONF_OWN_MAX];
	struct listeners all;
	size_t i, n;
	int found = 0;

	memset(&all, 0, sizeof(all));
	all.n = 2;
	strlcpy(all.list[0].row.address, "0.0.0.0",
	    sizeof(all.list[0].row.address));
	strlcpy(all.list[1].row.address, "2001:db8::25",
	    sizeof(all.list[1].row.address));
	n = conf_own_addresses(&all, own, nitems(own));
	ATF_REQUIRE(n >= 2);
	for (i = 0; i < n; i++) {
		found |= own[i].addr.family == 4 &&
		    memcmp(own[i].addr.octets, loopback, 4) == 0;
		/* Of IPv6 only the one that is listened on. */
		ATF_REQUIRE_EQ(i == n - 1 ? 6 : 4, own[i].addr.family);
	}
	ATF_REQUIRE(found);
	ATF_REQUIRE_EQ(1, conf_own_addresses(&all, own, 1));
}

/* It would pass for none, which is the root's keys. */
ATF_TC_WITHOUT_HEAD(empty_trust_anchors_are_refused);
ATF_TC_BODY(empty_trust_anchors_are_refused, tc)
{
	struct conf_files files;
	char err[256];

	set_up();
	write_file("anchor", 'a', 0);
	strlcpy(conf->anchor_file, "anchor", sizeof(conf->anchor_file));
	ATF_REQUIRE_EQ(-1, conf_files_open(&files, conf, err, sizeof(err)));
	ATF_REQUIRE(strstr(err, "is empty") != NULL);
	strlcpy(conf->anchor_file, "missing", sizeof(conf->anchor_file));
	ATF_REQUIRE_EQ(-1, conf_files_open(&files, conf, err, sizeof(err)));
	ATF_REQUIRE(strstr(err, "missing: No such file") != NULL);
	conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, addresses_of_all_interfaces_are_our_own);
	ATF_TP_ADD_TC(tp, empty_trust_anchors_are_refused);
	ATF_TP_ADD_TC(tp, each_role_gets_its_rows_and_no_others);
	ATF_TP_ADD_TC(tp, tls_files_are_read_from_their_start_each_time);
	ATF_TP_ADD_TC(tp, only_certificates_are_read_from_the_roster);
	ATF_TP_ADD_TC(tp, a_roster_without_end_is_cut);
	ATF_TP_ADD_TC(tp, missing_files_are_named);

	return (atf_no_error());
}
