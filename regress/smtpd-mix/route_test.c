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
	{ "mix2.example", "127.0.0.12", 2525, CONF_TLS_OFF },
	{ "mix3.example", "127.0.0.13", 25, CONF_TLS_VERIFY },
	{ "*", "127.0.0.99", 2526, CONF_TLS_REQUIRE }
};
static const struct proto_conf_domain domains[] = {
	{ "own.example", CONF_VIA_HOST, 10025, "127.0.0.20" },
	{ "box.example", CONF_VIA_MAILDIR, 0, "/var/mail/%u" }
};
static const struct route_table table = { routes, 3, domains, 2 };
static const struct route_table no_default = { routes, 2, domains, 2 };
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
	ATF_CHECK_EQ(-1, route_mix(&no_default, "mix9.example", &dest));
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
	ATF_CHECK_EQ(-1, route_mix(&no_default, "own.example", &dest));
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
	ATF_TP_ADD_TC(tp, route_tells_destinations_apart);
	ATF_TP_ADD_TC(tp, route_dials_numeric_hosts_only);

	return (atf_no_error());
}
