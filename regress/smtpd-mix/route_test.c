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

#include <netinet/in.h>

#include <string.h>

#include <atf-c.h>

#include "route.h"

static const struct proto_conf_route routes[] = {
	{ .domain = "mix2.example", .host = "127.0.0.12", .port = 2525,
	    .tls = CONF_TLS_OFF },
	{ .domain = "mix3.example", .host = "127.0.0.13", .port = 25,
	    .tls = CONF_TLS_VERIFY },
	{ .domain = "mx.example", .kind = CONF_ROUTE_MX, .port = 25,
	    .tls = CONF_TLS_REQUIRE },
	{ .domain = "smart.example", .kind = CONF_ROUTE_HOST, .auth = 1,
	    .host = "relay.example", .port = 465, .tls = CONF_TLS_IMPLICIT },
	{ .domain = "named.example", .host = "127.0.0.14", .port = 587,
	    .tls = CONF_TLS_VERIFY, .name = "other.example" },
	{ .domain = "*", .host = "127.0.0.99", .port = 2526,
	    .tls = CONF_TLS_REQUIRE }
};
#define NROUTES	(sizeof(routes) / sizeof(routes[0]))
static const struct proto_conf_domain domains[] = {
	{ .domain = "own.example", .via = CONF_VIA_HOST, .port = 10025,
	    .to = "127.0.0.20" },
	{ .domain = "box.example", .via = CONF_VIA_MAILDIR,
	    .to = "/var/mail/%u" }
};
static const struct route_table table = { routes, NROUTES, domains, 2 };
static const struct route_table	no_default = {
	routes, NROUTES - 1, domains, 2
};
static struct route_dest dest, other;

ATF_TC_WITHOUT_HEAD(route_takes_the_row_of_the_domain);
ATF_TC_BODY(route_takes_the_row_of_the_domain, tc)
{
	ATF_REQUIRE_EQ(0, route_mix(&table, "MIX2.example", &dest));
	ATF_CHECK_STREQ("127.0.0.12", dest.host);
	ATF_CHECK_EQ(2525, dest.port);
	ATF_CHECK_EQ(CONF_TLS_OFF, dest.tls);
	ATF_CHECK_STREQ("", dest.name);
}

ATF_TC_WITHOUT_HEAD(route_verifies_the_name_of_the_domain);
ATF_TC_BODY(route_verifies_the_name_of_the_domain, tc)
{
	ATF_REQUIRE_EQ(0, route_mix(&table, "mix3.example", &dest));
	ATF_CHECK_EQ(CONF_TLS_VERIFY, dest.tls);
	ATF_CHECK_STREQ("mix3.example", dest.name);
}

ATF_TC_WITHOUT_HEAD(route_falls_back_to_the_star);
ATF_TC_BODY(route_falls_back_to_the_star, tc)
{
	ATF_REQUIRE_EQ(0, route_mix(&table, "sub.mix2.example", &dest));
	ATF_CHECK_STREQ("127.0.0.99", dest.host);
	ATF_CHECK_EQ(CONF_TLS_REQUIRE, dest.tls);
}

ATF_TC_WITHOUT_HEAD(route_goes_by_mx_where_nothing_is_said);
ATF_TC_BODY(route_goes_by_mx_where_nothing_is_said, tc)
{
	ATF_REQUIRE_EQ(0, route_mix(&no_default, "mix9.example", &dest));
	ATF_CHECK_EQ(ROUTE_MX, dest.kind);
	ATF_CHECK_STREQ("mix9.example", dest.host);
	ATF_CHECK_EQ(25, dest.port);
	ATF_CHECK_EQ(CONF_TLS_OPPORTUNISTIC, dest.tls);
	ATF_CHECK_STREQ("", dest.auth);
}

ATF_TC_WITHOUT_HEAD(route_by_mx_may_ask_for_more_tls);
ATF_TC_BODY(route_by_mx_may_ask_for_more_tls, tc)
{
	ATF_REQUIRE_EQ(0, route_mix(&table, "MX.example", &dest));
	ATF_CHECK_EQ(ROUTE_MX, dest.kind);
	ATF_CHECK_STREQ("MX.example", dest.host);
	ATF_CHECK_EQ(CONF_TLS_REQUIRE, dest.tls);
}

ATF_TC_WITHOUT_HEAD(route_asks_the_dns_for_no_literals_and_no_short_names);
ATF_TC_BODY(route_asks_the_dns_for_no_literals_and_no_short_names, tc)
{
	static const char *const bad[] = { "localhost", "[127.0.0.1]",
	    "[IPv6:::1]", "127.0.0.1", "a.1", "", "a..example" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, route_mix(&no_default, bad[i], &dest),
		    "%s", bad[i]);
	ATF_CHECK_EQ(0, route_mix(&table, "localhost", &dest));
	ATF_CHECK_STREQ("127.0.0.99", dest.host);
}

ATF_TC_WITHOUT_HEAD(route_knows_whose_certificate_a_smarthost_has);
ATF_TC_BODY(route_knows_whose_certificate_a_smarthost_has, tc)
{
	ATF_REQUIRE_EQ(0, route_mix(&table, "smart.example", &dest));
	ATF_CHECK_EQ(ROUTE_HOST, dest.kind);
	ATF_CHECK_STREQ("relay.example", dest.name);
	ATF_CHECK_STREQ("smart.example", dest.auth);
	ATF_REQUIRE_EQ(0, route_mix(&table, "named.example", &dest));
	ATF_CHECK_EQ(ROUTE_ADDRESS, dest.kind);
	ATF_CHECK_STREQ("other.example", dest.name);
	ATF_CHECK_STREQ("", dest.auth);
}

ATF_TC_WITHOUT_HEAD(route_of_an_exit_prefers_own_domains);
ATF_TC_BODY(route_of_an_exit_prefers_own_domains, tc)
{
	ATF_REQUIRE_EQ(0, route_exit(&table, "Own.Example", &dest));
	ATF_CHECK_STREQ("127.0.0.20", dest.host);
	ATF_CHECK_EQ(10025, dest.port);
	ATF_CHECK_EQ(CONF_TLS_OPPORTUNISTIC, dest.tls);
	ATF_REQUIRE_EQ(0, route_exit(&table, "mix2.example", &dest));
	ATF_CHECK_STREQ("127.0.0.12", dest.host);
}

ATF_TC_WITHOUT_HEAD(route_leaves_maildirs_to_deliver);
ATF_TC_BODY(route_leaves_maildirs_to_deliver, tc)
{
	ATF_CHECK_EQ(-1, route_exit(&no_default, "box.example", &dest));
	ATF_CHECK_EQ(0, route_exit(&table, "box.example", &dest));
}

ATF_TC_WITHOUT_HEAD(route_tells_destinations_apart);
ATF_TC_BODY(route_tells_destinations_apart, tc)
{
	ATF_REQUIRE_EQ(0, route_mix(&table, "mix3.example", &dest));
	ATF_REQUIRE_EQ(0, route_mix(&table, "MIX3.example", &other));
	ATF_CHECK(route_same(&dest, &other));
	strcpy(other.name, "mix4.example");
	ATF_CHECK(!route_same(&dest, &other));
	other = dest;
	other.port++;
	ATF_CHECK(!route_same(&dest, &other));
}

ATF_TC_WITHOUT_HEAD(route_dials_numeric_hosts_only);
ATF_TC_BODY(route_dials_numeric_hosts_only, tc)
{
	struct sockaddr_storage ss;
	struct sockaddr_in sin;
	socklen_t len;

	ATF_REQUIRE_EQ(0, route_sockaddr("127.0.0.12", 2525, &ss, &len));
	ATF_REQUIRE_EQ(sizeof(sin), len);
	memcpy(&sin, &ss, sizeof(sin));
	ATF_CHECK_EQ(AF_INET, sin.sin_family);
	ATF_CHECK_EQ(htons(2525), sin.sin_port);
	ATF_CHECK_EQ(htonl(0x7f00000c), sin.sin_addr.s_addr);
	ATF_REQUIRE_EQ(0, route_sockaddr("::1", 25, &ss, &len));
	ATF_CHECK_EQ(sizeof(struct sockaddr_in6), len);
	ATF_CHECK_EQ(AF_INET6, ss.ss_family);
	ATF_CHECK_EQ(-1, route_sockaddr("localhost", 25, &ss, &len));
	ATF_CHECK_EQ(-1, route_sockaddr("127.0.0.1", 0, &ss, &len));
	ATF_CHECK_EQ(-1, route_sockaddr("127.0.0.1", 65536, &ss, &len));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, route_takes_the_row_of_the_domain);
	ATF_TP_ADD_TC(tp, route_verifies_the_name_of_the_domain);
	ATF_TP_ADD_TC(tp, route_falls_back_to_the_star);
	ATF_TP_ADD_TC(tp, route_of_an_exit_prefers_own_domains);
	ATF_TP_ADD_TC(tp, route_leaves_maildirs_to_deliver);
	ATF_TP_ADD_TC(tp, route_goes_by_mx_where_nothing_is_said);
	ATF_TP_ADD_TC(tp, route_by_mx_may_ask_for_more_tls);
	ATF_TP_ADD_TC(tp,
	    route_asks_the_dns_for_no_literals_and_no_short_names);
	ATF_TP_ADD_TC(tp, route_knows_whose_certificate_a_smarthost_has);
	ATF_TP_ADD_TC(tp, route_tells_destinations_apart);
	ATF_TP_ADD_TC(tp, route_dials_numeric_hosts_only);

	return (atf_no_error());
}
