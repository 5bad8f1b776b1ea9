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
#include <netinet/in.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_plan.h"

static struct route_dest to;
static struct proto_looked_up dns;
static struct proto_mx hosts[PROTO_MX_MAX];
static struct proto_sts sts;
static struct relay_hop hop;

static void
setup(void)
{
	memset(&to, 0, sizeof(to));
	memset(&dns, 0, sizeof(dns));
	memset(hosts, 0, sizeof(hosts));
	memset(&sts, 0, sizeof(sts));
	to.kind = ROUTE_MX;
	to.port = 25;
	strcpy(to.host, "example.org");
}

/* A host at 192.0.2.n, .n+1, ... */
static struct proto_mx *
add_host(const char *name, uint32_t preference, unsigned int n,
    uint32_t naddrs)
{
	struct proto_mx *mx = &hosts[dns.n++];
	uint32_t i;

	strcpy(mx->host, name);
	mx->preference = preference;
	mx->naddrs = naddrs;
	for (i = 0; i < naddrs; i++) {
		mx->addrs[i].family = 4;
		memcpy(mx->addrs[i].octets, "\xc0\x00\x02", 3);
		mx->addrs[i].octets[3] = (uint8_t)(n + i);
	}

	return (mx);
}

static void
add_pattern(const char *pattern)
{
	strcpy(sts.mx[sts.nmx++], pattern);
}

static struct relay_plan *
plan_with(const struct proto_sts *policy)
{
	struct relay_plan *plan;

	plan = relay_plan_new(&to, &dns, hosts, policy, "mix.example.net");
	ATF_REQUIRE(plan != NULL);

	return (plan);
}

/* The order of the last octets of the addresses, "1 2 3". */
static const char *
order(const struct relay_plan *plan)
{
	static char text[256];
	struct sockaddr_in sin;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < plan->n; i++) {
		relay_plan_hop(plan, i, &hop);
		memcpy(&sin, &hop.addr, sizeof(sin));
		sprintf(text + strlen(text), "%s%u", i == 0 ? "" : " ",
		    (unsigned int)(ntohl(sin.sin_addr.s_addr) & 255));
	}

	return (text);
}

ATF_TC_WITHOUT_HEAD(plan_takes_hosts_and_addresses_in_order);
ATF_TC_BODY(plan_takes_hosts_and_addresses_in_order, tc)
{
	struct sockaddr_in sin;

	setup();
	add_host("a.example.org", 10, 1, 2);
	add_host("b.example.org", 10, 5, 1);
	add_host("c.example.org", 20, 9, 3);
	ATF_CHECK_STREQ("1 2 5 9 10 11", order(plan_with(NULL)));
	relay_plan_hop(plan_with(NULL), 2, &hop);
	memcpy(&sin, &hop.addr, sizeof(sin));
	ATF_CHECK_EQ(AF_INET, sin.sin_family);
	ATF_CHECK_EQ(htons(25), sin.sin_port);
	ATF_CHECK_EQ(RELAY_ANY, hop.trust);
	ATF_CHECK_STREQ("b.example.org", hop.sni);
	ATF_CHECK(hop.by_mx);
}

ATF_TC_WITHOUT_HEAD(plan_knows_both_families);
ATF_TC_BODY(plan_knows_both_families, tc)
{
	struct sockaddr_in6 sin6;

	setup();
	add_host("a.example.org", 10, 1, 1);
	hosts[0].addrs[0].family = 6;
	memset(hosts[0].addrs[0].octets, 0xab, 16);
	relay_plan_hop(plan_with(NULL), 0, &hop);
	memcpy(&sin6, &hop.addr, sizeof(sin6));
	ATF_CHECK_EQ(sizeof(sin6), hop.addr_len);
	ATF_CHECK_EQ(AF_INET6, sin6.sin6_family);
	ATF_CHECK_EQ(0xab, sin6.sin6_addr.s6_addr[15]);
}

ATF_TC_WITHOUT_HEAD(plan_tries_a_bounded_number_of_addresses);
ATF_TC_BODY(plan_tries_a_bounded_number_of_addresses, tc)
{
	int i;

	setup();
	for (i = 0; i < PROTO_MX_MAX; i++)
		add_host("a.example.org", 10, 1, PROTO_ADDRS_MAX);
	ATF_CHECK_EQ(RELAY_TRIES_MAX, plan_with(NULL)->n);
}

ATF_TC_WITHOUT_HEAD(plan_without_addresses_has_no_host);
ATF_TC_BODY(plan_without_addresses_has_no_host, tc)
{
	setup();
	add_host("a.example.org", 10, 1, 0);
	ATF_CHECK_EQ(0, plan_with(NULL)->n);
	ATF_CHECK_EQ(PROTO_WHY_NO_HOST, plan_with(NULL)->why);
}

ATF_TC_WITHOUT_HEAD(plan_leaves_out_us_and_what_is_behind);
ATF_TC_BODY(plan_leaves_out_us_and_what_is_behind, tc)
{
	setup();
	add_host("a.example.org", 10, 1, 1);
	add_host("b.example.org", 20, 2, 1);
	add_host("MIX.example.net", 20, 3, 1);
	add_host("c.example.org", 30, 4, 1);
	ATF_CHECK_STREQ("1", order(plan_with(NULL)));
	hosts[2].preference = 5;
	ATF_CHECK_EQ(0, plan_with(NULL)->n);
	ATF_CHECK_EQ(PROTO_WHY_LOOP, plan_with(NULL)->why);
}

ATF_TC_WITHOUT_HEAD(plan_uses_dane_where_it_can);
ATF_TC_BODY(plan_uses_dane_where_it_can, tc)
{
	struct proto_mx *mx;

	setup();
	dns.secure = 1;
	mx = add_host("a.example.org", 10, 1, 1);
	mx->tlsa_state = PROTO_TLSA_USABLE;
	mx->ntlsa = 2;
	mx->tlsa[1].usage = 3;
	mx->tlsa[1].selector = 1;
	mx->tlsa[1].matching = 1;
	mx->tlsa[1].len = 32;
	memset(mx->tlsa[1].data, 7, 32);
	relay_plan_hop(plan_with(NULL), 0, &hop);
	ATF_CHECK_EQ(RELAY_DANE, hop.trust);
	ATF_REQUIRE_EQ(2, hop.nrecords);
	ATF_CHECK_EQ(3, hop.records[1].usage);
	ATF_CHECK_EQ(7, hop.records[1].data[31]);
	ATF_REQUIRE_EQ(2, hop.nnames);
	ATF_CHECK_STREQ("a.example.org", hop.names[0]);
	ATF_CHECK_STREQ("example.org", hop.names[1]);
	ATF_CHECK_STREQ("a.example.org", hop.sni);
}

ATF_TC_WITHOUT_HEAD(plan_avoids_hosts_whose_tlsa_lookup_failed);
ATF_TC_BODY(plan_avoids_hosts_whose_tlsa_lookup_failed, tc)
{
	setup();
	add_host("a.example.org", 10, 1, 1)->tlsa_state = PROTO_TLSA_FAILED;
	ATF_CHECK_EQ(0, plan_with(NULL)->n);
	ATF_CHECK_EQ(PROTO_WHY_DNS, plan_with(NULL)->why);
	add_host("b.example.org", 20, 2, 1);
	ATF_CHECK_STREQ("2", order(plan_with(NULL)));
	/* The operator says that TLS is of no concern there. */
	to.tls = CONF_TLS_OFF;
	ATF_CHECK_STREQ("1 2", order(plan_with(NULL)));
	ATF_CHECK_EQ(RELAY_CLEAR, hop.trust);
}

ATF_TC_WITHOUT_HEAD(plan_encrypts_where_tlsa_records_are_unusable);
ATF_TC_BODY(plan_encrypts_where_tlsa_records_are_unusable, tc)
{
	setup();
	add_host("a.example.org", 10, 1, 1)->tlsa_state = PROTO_TLSA_UNUSABLE;
	relay_plan_hop(plan_with(NULL), 0, &hop);
	ATF_CHECK_EQ(RELAY_TLS, hop.trust);
	to.tls = CONF_TLS_VERIFY;
	relay_plan_hop(plan_with(NULL), 0, &hop);
	ATF_CHECK_EQ(RELAY_CA, hop.trust);
}

ATF_TC_WITHOUT_HEAD(plan_enforces_a_policy);
ATF_TC_BODY(plan_enforces_a_policy, tc)
{
	setup();
	add_host("a.example.org", 10, 1, 1);
	add_host("evil.example", 20, 2, 1);
	sts.mode = PROTO_STS_ENFORCE;
	add_pattern("*.example.org");
	ATF_CHECK_STREQ("1", order(plan_with(&sts)));
	ATF_CHECK_EQ(RELAY_CA, hop.trust);
	ATF_CHECK(hop.by_sts);
	ATF_REQUIRE_EQ(1, hop.nnames);
	ATF_CHECK_STREQ("a.example.org", hop.names[0]);
	sts.nmx = 0;
	add_pattern("mail.example.org");
	ATF_CHECK_EQ(0, plan_with(&sts)->n);
	ATF_CHECK_EQ(PROTO_WHY_TLS, plan_with(&sts)->why);
}

ATF_TC_WITHOUT_HEAD(plan_lets_a_policy_in_testing_only_report);
ATF_TC_BODY(plan_lets_a_policy_in_testing_only_report, tc)
{
	setup();
	add_host("a.example.org", 10, 1, 1);
	add_host("evil.example", 20, 2, 1);
	sts.mode = PROTO_STS_TESTING;
	add_pattern("a.example.org");
	ATF_CHECK_STREQ("1 2", order(plan_with(&sts)));
	ATF_CHECK_EQ(RELAY_ANY, hop.trust);
	ATF_CHECK_EQ(RELAY_TEST_FAILED, hop.testing);
	relay_plan_hop(plan_with(&sts), 0, &hop);
	ATF_CHECK_EQ(RELAY_TEST_NAME, hop.testing);
	ATF_CHECK_EQ(RELAY_ANY, hop.trust);
}

ATF_TC_WITHOUT_HEAD(plan_puts_dane_before_a_policy);
ATF_TC_BODY(plan_puts_dane_before_a_policy, tc)
{
	setup();
	dns.secure = 1;
	add_host("a.example.org", 10, 1, 1)->tlsa_state = PROTO_TLSA_USABLE;
	sts.mode = PROTO_STS_ENFORCE;
	add_pattern("other.example");
	ATF_CHECK_STREQ("1", order(plan_with(&sts)));
	ATF_CHECK_EQ(RELAY_DANE, hop.trust);
	ATF_CHECK(!relay_plan_wants_sts(&to, &dns, hosts));
	/* A policy doesn't help what DANE forbids. */
	hosts[0].tlsa_state = PROTO_TLSA_FAILED;
	add_pattern("a.example.org");
	ATF_CHECK_EQ(0, plan_with(&sts)->n);
}

ATF_TC_WITHOUT_HEAD(plan_asks_for_a_policy_only_if_it_matters);
ATF_TC_BODY(plan_asks_for_a_policy_only_if_it_matters, tc)
{
	setup();
	add_host("a.example.org", 10, 1, 1)->tlsa_state = PROTO_TLSA_USABLE;
	add_host("b.example.org", 10, 1, 1);
	ATF_CHECK(relay_plan_wants_sts(&to, &dns, hosts));
	to.tls = CONF_TLS_OFF;
	ATF_CHECK(!relay_plan_wants_sts(&to, &dns, hosts));
	to.tls = CONF_TLS_VERIFY;
	to.kind = ROUTE_HOST;
	ATF_CHECK(!relay_plan_wants_sts(&to, &dns, hosts));
}

ATF_TC_WITHOUT_HEAD(plan_verifies_the_domain_when_the_mx_is_unsigned);
ATF_TC_BODY(plan_verifies_the_domain_when_the_mx_is_unsigned, tc)
{
	setup();
	to.tls = CONF_TLS_VERIFY;
	add_host("mx.provider.example", 10, 1, 1);
	relay_plan_hop(plan_with(NULL), 0, &hop);
	ATF_CHECK_EQ(RELAY_CA, hop.trust);
	ATF_REQUIRE_EQ(2, hop.nnames);
	ATF_CHECK_STREQ("example.org", hop.names[0]);
	ATF_CHECK_STREQ(".example.org", hop.names[1]);
	dns.secure = 1;
	relay_plan_hop(plan_with(NULL), 0, &hop);
	ATF_REQUIRE_EQ(2, hop.nnames);
	ATF_CHECK_STREQ("mx.provider.example", hop.names[0]);
	ATF_CHECK_STREQ("example.org", hop.names[1]);
}

ATF_TC_WITHOUT_HEAD(plan_of_a_static_route_has_one_try);
ATF_TC_BODY(plan_of_a_static_route_has_one_try, tc)
{
	struct relay_plan *plan;
	struct sockaddr_in sin;

	setup();
	to.kind = ROUTE_ADDRESS;
	strcpy(to.host, "127.0.0.9");
	to.port = 465;
	to.tls = CONF_TLS_IMPLICIT;
	strcpy(to.name, "smart.example");
	strcpy(to.auth, "*");
	ATF_REQUIRE((plan = relay_plan_static(&to)) != NULL);
	ATF_REQUIRE_EQ(1, plan->n);
	relay_plan_hop(plan, 0, &hop);
	memcpy(&sin, &hop.addr, sizeof(sin));
	ATF_CHECK_EQ(htons(465), sin.sin_port);
	ATF_CHECK_EQ(RELAY_CA, hop.trust);
	ATF_CHECK(hop.implicit);
	ATF_CHECK(!hop.by_mx);
	ATF_CHECK_STREQ("*", hop.auth);
	ATF_CHECK_STREQ("smart.example", hop.sni);
	ATF_CHECK_STREQ("smart.example", hop.names[0]);
	ATF_CHECK_EQ(1, hop.nnames);
}

ATF_TC_WITHOUT_HEAD(plan_of_a_named_host_verifies_that_name);
ATF_TC_BODY(plan_of_a_named_host_verifies_that_name, tc)
{
	setup();
	to.kind = ROUTE_HOST;
	to.tls = CONF_TLS_VERIFY;
	strcpy(to.host, "smart.example");
	strcpy(to.name, "smart.example");
	to.port = 587;
	/* Our own name is no loop here: the operator wrote it. */
	add_host("mix.example.net", 0, 1, 1);
	relay_plan_hop(plan_with(NULL), 0, &hop);
	ATF_REQUIRE_EQ(1, hop.nnames);
	ATF_CHECK_STREQ("smart.example", hop.names[0]);
	ATF_CHECK_STREQ("smart.example", hop.sni);
	ATF_CHECK(!hop.by_mx);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plan_takes_hosts_and_addresses_in_order);
	ATF_TP_ADD_TC(tp, plan_knows_both_families);
	ATF_TP_ADD_TC(tp, plan_tries_a_bounded_number_of_addresses);
	ATF_TP_ADD_TC(tp, plan_without_addresses_has_no_host);
	ATF_TP_ADD_TC(tp, plan_leaves_out_us_and_what_is_behind);
	ATF_TP_ADD_TC(tp, plan_uses_dane_where_it_can);
	ATF_TP_ADD_TC(tp, plan_avoids_hosts_whose_tlsa_lookup_failed);
	ATF_TP_ADD_TC(tp, plan_encrypts_where_tlsa_records_are_unusable);
	ATF_TP_ADD_TC(tp, plan_enforces_a_policy);
	ATF_TP_ADD_TC(tp, plan_lets_a_policy_in_testing_only_report);
	ATF_TP_ADD_TC(tp, plan_puts_dane_before_a_policy);
	ATF_TP_ADD_TC(tp, plan_asks_for_a_policy_only_if_it_matters);
	ATF_TP_ADD_TC(tp, plan_verifies_the_domain_when_the_mx_is_unsigned);
	ATF_TP_ADD_TC(tp, plan_of_a_static_route_has_one_try);
	ATF_TP_ADD_TC(tp, plan_of_a_named_host_verifies_that_name);

	return (atf_no_error());
}
