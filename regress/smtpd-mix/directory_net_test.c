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

/* Requests of the role directory: names that the resolver is asked for. */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <atf-c.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "directory_net.h"
#include "fakeproc.h"
#include "fetch/fetch.h"
#include "roles.h"

static const struct role_ops ops = { .role = ROLE_DIRECTORY };
static struct fetch_answer got;
static size_t ngot;
static char body[1024];
static const char *why;

static void
done(void *arg, const struct fetch_answer *a)
{
	(void)arg;
	got = *a;
	snprintf(body, sizeof(body), "%.*s", (int)a->len,
	    (const char *)a->body);
	ngot++;
}

static void
begin(void)
{
	fake.ops = &ops;
	ATF_REQUIRE_EQ(0, fetch_init());
	ATF_REQUIRE(event_init() != NULL);
	net_init();
	net_configure(&fake.conf);
}

static uint64_t
start(const char *host, const char *url)
{
	struct net_request r;

	memset(&r, 0, sizeof(r));
	r.host = host;
	r.tls = strncmp(url, "https:", 6) == 0;
	r.url = url;
	r.max = 1000;
	r.timeout = 10;

	return (net_start(&r, done, NULL, &why));
}

static void
await(size_t n)
{
	int64_t end = fake_ms() + 10000;

	while (ngot < n && fake_ms() < end)
		fake_run_ms(10);
	ATF_REQUIRE_EQ(n, ngot);
}

/* What the resolver says to the oldest question; its name. */
static const char *
look_up(uint32_t status, const char *address)
{
	static char name[PROTO_HOST_MAX];
	struct {
		struct proto_looked_up	row;
		struct proto_mx		host;
	} a;
	const struct proto_lookup *q;
	size_t len = sizeof(a.row);

	ATF_REQUIRE((q = fake_take(ROLE_RESOLVER, PROTO_LOOKUP)) != NULL);
	ATF_REQUIRE_EQ(PROTO_LOOKUP_HOST, q->kind);
	strlcpy(name, q->name, sizeof(name));
	memset(&a, 0, sizeof(a));
	a.row.id = q->id;
	a.row.status = status;
	if (address != NULL) {
		a.row.n = 1;
		len = sizeof(a);
		a.host.naddrs = 1;
		a.host.addrs[0].family = 4;
		ATF_REQUIRE_EQ(1, inet_pton(AF_INET, address,
		    a.host.addrs[0].octets));
	} else
		a.row.refused = 1;
	ATF_REQUIRE(proto_check(PROTO_LOOKED_UP, ROLE_RESOLVER,
	    ROLE_DIRECTORY, &a, len) != NULL);
	net_looked_up(&a.row);

	return (name);
}

/* Answers one request with its first line and Host; the port. */
static unsigned int
serve(pid_t *pid)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	char buf[4096];
	ssize_t n;
	int fd, c;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
	ATF_REQUIRE_EQ(0, listen(fd, 5));
	ATF_REQUIRE_EQ(0, getsockname(fd, (struct sockaddr *)&sin, &len));
	if ((*pid = fork()) == 0) {
		alarm(30);
		if ((c = accept(fd, NULL, NULL)) == -1 ||
		    (n = read(c, buf, sizeof(buf) - 1)) < 1)
			_exit(1);
		buf[n] = '\0';
		buf[strcspn(buf, "\r")] = '\0';
		dprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s",
		    buf);
		_exit(0);
	}
	close(fd);

	return (ntohs(sin.sin_port));
}

ATF_TC_WITHOUT_HEAD(names_are_looked_up_by_the_resolver);
ATF_TC_BODY(names_are_looked_up_by_the_resolver, tc)
{
	char url[128];
	pid_t pid;

	begin();
	snprintf(url, sizeof(url), "http://keys.example:%u/path",
	    serve(&pid));
	ATF_REQUIRE(start("keys.example", url) != 0);
	fake_run_ms(50);
	ATF_CHECK_EQ(0, ngot);
	ATF_CHECK_STREQ("keys.example", look_up(PROTO_DNS_OK, "127.0.0.1"));
	ATF_CHECK_EQ(0, ngot);
	await(1);
	ATF_CHECK_EQ(FETCH_OK, got.result);
	ATF_CHECK_EQ(200, got.status);
	ATF_CHECK_STREQ("GET /path HTTP/1.1", body);
	kill(pid, SIGTERM);
	net_end();
}

ATF_TC_WITHOUT_HEAD(addresses_are_not_looked_up);
ATF_TC_BODY(addresses_are_not_looked_up, tc)
{
	char url[128];
	pid_t pid;

	begin();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", serve(&pid));
	ATF_REQUIRE(start("127.0.0.1", url) != 0);
	ATF_CHECK_EQ(0, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	await(1);
	ATF_CHECK_EQ(200, got.status);
	kill(pid, SIGTERM);
	net_end();
}

ATF_TC_WITHOUT_HEAD(names_that_lead_nowhere_are_not_dialled);
ATF_TC_BODY(names_that_lead_nowhere_are_not_dialled, tc)
{
	static const uint32_t statuses[] = { PROTO_DNS_NONE,
	    PROTO_DNS_NULL_MX, PROTO_DNS_LATER, PROTO_DNS_BOGUS,
	    PROTO_DNS_OK };
	size_t i;

	begin();
	for (i = 0; i < nitems(statuses); i++) {
		ATF_REQUIRE(start("k.example", "http://k.example/") != 0);
		(void)look_up(statuses[i], NULL);
		await(i + 1);
		ATF_CHECK_EQ(FETCH_FAILED, got.result);
		ATF_CHECK_EQ(0, got.status);
		ATF_CHECK(got.error[0] != '\0');
	}
	ATF_CHECK(strstr(got.error, "private") != NULL);
	net_end();
}

ATF_TC_WITHOUT_HEAD(requests_are_bounded_and_dropped);
ATF_TC_BODY(requests_are_bounded_and_dropped, tc)
{
	uint64_t numbers[NET_MAX];
	size_t i;

	begin();
	for (i = 0; i < NET_MAX; i++) {
		numbers[i] = start("k.example", "http://k.example/");
		ATF_REQUIRE(numbers[i] != 0);
	}
	ATF_CHECK_EQ(0, start("k.example", "http://k.example/"));
	ATF_CHECK_STREQ("too many requests at one time", why);
	/* The resolver owes answers to those that are dropped, too. */
	net_cancel(numbers[0]);
	net_cancel(numbers[0]);
	ATF_CHECK_EQ(0, start("k.example", "http://k.example/"));
	(void)look_up(PROTO_DNS_OK, "127.0.0.1");
	ATF_CHECK_EQ(0, ngot);
	ATF_CHECK(start("k.example", "http://k.example/") != 0);
	net_end();
	ATF_CHECK_EQ(0, ngot);
}

ATF_TC_WITHOUT_HEAD(nothing_is_asked_by_tls_without_certificates_to_trust);
ATF_TC_BODY(nothing_is_asked_by_tls_without_certificates_to_trust, tc)
{
	begin();
	ATF_CHECK_EQ(0, start("k.example", "https://k.example/"));
	ATF_CHECK(strstr(why, "ca file") != NULL);
	ATF_CHECK_EQ(0, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	net_end();
}

ATF_TC_WITHOUT_HEAD(another_proxy_ends_what_goes_on);
ATF_TC_BODY(another_proxy_ends_what_goes_on, tc)
{
	static struct role_conf next;

	begin();
	ATF_REQUIRE(start("k.example", "http://k.example/") != 0);
	net_configure(&fake.conf);
	ATF_CHECK_EQ_MSG(0, ngot, "nothing has changed");
	strlcpy(next.global.proxy, "::1", sizeof(next.global.proxy));
	next.global.proxy_port = 1;
	net_configure(&next);
	ATF_CHECK_EQ(1, ngot);
	ATF_CHECK_EQ(FETCH_FAILED, got.result);
	/* The proxy looks names up; nobody is there. */
	(void)fake_take(ROLE_RESOLVER, PROTO_LOOKUP);
	ATF_REQUIRE(start("k.example", "http://k.example/") != 0);
	ATF_CHECK_EQ(0, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	await(2);
	ATF_CHECK_EQ(FETCH_FAILED, got.result);
	net_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names_are_looked_up_by_the_resolver);
	ATF_TP_ADD_TC(tp, addresses_are_not_looked_up);
	ATF_TP_ADD_TC(tp, names_that_lead_nowhere_are_not_dialled);
	ATF_TP_ADD_TC(tp, requests_are_bounded_and_dropped);
	ATF_TP_ADD_TC(tp,
	    nothing_is_asked_by_tls_without_certificates_to_trust);
	ATF_TP_ADD_TC(tp, another_proxy_ends_what_goes_on);

	return (atf_no_error());
}
