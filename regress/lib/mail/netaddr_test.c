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

#include <arpa/inet.h>

#include <atf-c.h>
#include <string.h>

#include "mail/netaddr.h"

struct address {
	uint32_t	family;
	uint8_t		octets[16];
};

static struct address
from(const char *text)
{
	struct address a;

	memset(&a, 0, sizeof(a));
	a.family = strchr(text, ':') == NULL ? 4 : 6;
	ATF_REQUIRE_MSG(inet_pton(a.family == 4 ? AF_INET : AF_INET6, text,
	    a.octets) == 1, "%s", text);

	return (a);
}

static int
refused(const char *text)
{
	struct address a = from(text);

	return (netaddr_refused(a.family, a.octets));
}

static int
same(const char *one, const char *other)
{
	struct address a = from(one), b = from(other);
	int result = netaddr_same(a.family, a.octets, b.family, b.octets);

	ATF_REQUIRE_EQ(result, netaddr_same(b.family, b.octets, a.family,
	    a.octets));

	return (result);
}

/* The first and the last address of each network. */
ATF_TC_WITHOUT_HEAD(netaddr_refuses_ipv4_that_is_nobody_outside);
ATF_TC_BODY(netaddr_refuses_ipv4_that_is_nobody_outside, tc)
{
	static const char *const list[] = {
		"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255",
		"100.64.0.0", "100.127.255.255", "127.0.0.0", "127.0.0.1",
		"127.255.255.255", "169.254.0.0", "169.254.169.254",
		"169.254.255.255", "172.16.0.0", "172.31.255.255",
		"192.0.0.0", "192.0.0.255", "192.88.99.1", "192.168.0.0",
		"192.168.255.255", "198.18.0.0", "198.19.255.255",
		"224.0.0.0", "239.255.255.255", "240.0.0.0",
		"255.255.255.255"
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		ATF_CHECK_MSG(refused(list[i]), "%s", list[i]);
}

ATF_TC_WITHOUT_HEAD(netaddr_takes_ipv4_beside_what_it_refuses);
ATF_TC_BODY(netaddr_takes_ipv4_beside_what_it_refuses, tc)
{
	static const char *const list[] = {
		"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255",
		"100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.15.255.255",
		"172.32.0.0", "191.255.255.255", "192.0.1.0",
		"192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255",
		/* For documentation: nobody is there, but tests are. */
		"192.0.2.1", "198.51.100.1", "203.0.113.1"
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		ATF_CHECK_MSG(!refused(list[i]), "%s", list[i]);
}

ATF_TC_WITHOUT_HEAD(netaddr_refuses_ipv6_that_is_nobody_outside);
ATF_TC_BODY(netaddr_refuses_ipv6_that_is_nobody_outside, tc)
{
	static const char *const list[] = {
		"::", "::1", "::2", "100::1", "fc00::1", "fdff::1",
		"fe80::1", "febf::1", "fec0::1", "feff::1", "ff00::",
		"ff02::1", "ff0e::1", "4000::1", "1fff::1",
		/* IPv4 written as IPv6, whatever it is. */
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:192.0.2.1",
		"::127.0.0.1", "::192.0.2.1",
		/* 6to4, NAT64: what is in them. */
		"2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1",
		"2002:a9fe:a9fe::", "64:ff9b::127.0.0.1",
		"64:ff9b::10.1.2.3", "64:ff9b::192.168.1.1",
		/* Another prefix of NAT64's, for a network's own use. */
		"64:ff9b:1::192.0.2.1", "64:ff9b::1:192.0.2.1",
		"2001::1", "2001:0:7f00:1::"
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		ATF_CHECK_MSG(refused(list[i]), "%s", list[i]);
}

ATF_TC_WITHOUT_HEAD(netaddr_takes_ipv6_of_hosts);
ATF_TC_BODY(netaddr_takes_ipv6_of_hosts, tc)
{
	static const char *const list[] = {
		"2000::1", "2001:1::1", "2001:db8::1", "2606:4700::1111",
		"2a00:1450::1", "3fff:ffff::1", "2002:c000:201::1",
		"2002:808:808::1", "64:ff9b::192.0.2.1", "64:ff9b::8.8.8.8"
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		ATF_CHECK_MSG(!refused(list[i]), "%s", list[i]);
}

ATF_TC_WITHOUT_HEAD(netaddr_refuses_other_families);
ATF_TC_BODY(netaddr_refuses_other_families, tc)
{
	static const uint8_t octets[16] = { 0x20, 1, 0x0d, 0xb8 };

	ATF_REQUIRE(netaddr_refused(0, octets));
	ATF_REQUIRE(netaddr_refused(5, octets));
	ATF_REQUIRE(netaddr_refused(10, octets));
}

ATF_TC_WITHOUT_HEAD(netaddr_knows_the_same_host_in_another_form);
ATF_TC_BODY(netaddr_knows_the_same_host_in_another_form, tc)
{
	ATF_REQUIRE(same("192.0.2.1", "192.0.2.1"));
	ATF_REQUIRE(!same("192.0.2.1", "192.0.2.2"));
	ATF_REQUIRE(same("2001:db8::1", "2001:db8::1"));
	ATF_REQUIRE(!same("2001:db8::1", "2001:db8::2"));
	ATF_REQUIRE(same("192.0.2.1", "::ffff:192.0.2.1"));
	ATF_REQUIRE(same("192.0.2.1", "::192.0.2.1"));
	ATF_REQUIRE(same("192.0.2.1", "2002:c000:201::7"));
	ATF_REQUIRE(same("192.0.2.1", "64:ff9b::192.0.2.1"));
	ATF_REQUIRE(!same("192.0.2.1", "64:ff9b::192.0.2.2"));
	ATF_REQUIRE(!same("192.0.2.1", "2001:db8::192.0.2.1"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, netaddr_refuses_ipv4_that_is_nobody_outside);
	ATF_TP_ADD_TC(tp, netaddr_takes_ipv4_beside_what_it_refuses);
	ATF_TP_ADD_TC(tp, netaddr_refuses_ipv6_that_is_nobody_outside);
	ATF_TP_ADD_TC(tp, netaddr_takes_ipv6_of_hosts);
	ATF_TP_ADD_TC(tp, netaddr_refuses_other_families);
	ATF_TP_ADD_TC(tp, netaddr_knows_the_same_host_in_another_form);

	return (atf_no_error());
}
