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

/* The role, with the DNS played by hand. */

#include <sys/types.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "fakedns.h"
#include "resolver_lookup.h"

ATF_TC_WITHOUT_HEAD(mail_is_looked_up_step_by_step);
ATF_TC_BODY(mail_is_looked_up_step_by_step, tc)
{
	const struct proto_looked_up *a;

	begin_mail();
	ATF_REQUIRE_EQ(2, waiting());
	message_begin(&m, DOMAIN, DNS_TYPE_MX, 0);
	message_mx(&m, DOMAIN, 400, 20, "mx2.example");
	message_mx(&m, DOMAIN, 400, 10, "mx1.example");
	reply(DOMAIN, DNS_TYPE_MX, QUERY_SECURE);
	ATF_REQUIRE_EQ(5, waiting());
	reply_a("mx1.example", "192.0.2.1", QUERY_SECURE);
	reply_a("mx2.example", "192.0.2.2", QUERY_INSECURE);
	message_begin(&m, "_25._tcp.mx1.example", DNS_TYPE_TLSA, 0);
	message_tlsa(&m, "_25._tcp.mx1.example", 250, 3, 1, 1, 32);
	reply("_25._tcp.mx1.example", DNS_TYPE_TLSA, QUERY_SECURE);
	ATF_REQUIRE_EQ(1, waiting());
	message_begin(&m, "_mta-sts." DOMAIN, DNS_TYPE_TXT, 0);
	message_txt(&m, "_mta-sts." DOMAIN, 500, "v=STSv1; id=77;");
	reply("_mta-sts." DOMAIN, DNS_TYPE_TXT, QUERY_INSECURE);
	a = answered(PROTO_DNS_OK);
	ATF_REQUIRE_EQ(2, a->n);
	ATF_REQUIRE_EQ(1, a->secure);
	ATF_REQUIRE_EQ(250, a->ttl);
	ATF_REQUIRE_STREQ("77", a->sts_id);
	ATF_REQUIRE_STREQ("mx1.example", hosts_of(a)[0].host);
	ATF_REQUIRE_EQ(10, hosts_of(a)[0].preference);
	ATF_REQUIRE_EQ(PROTO_TLSA_USABLE, hosts_of(a)[0].tlsa_state);
	ATF_REQUIRE_EQ(1, hosts_of(a)[0].ntlsa);
	ATF_REQUIRE_STREQ("mx2.example", hosts_of(a)[1].host);
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, hosts_of(a)[1].tlsa_state);
	ATF_REQUIRE_EQ(1, hosts_of(a)[1].naddrs);
	ATF_REQUIRE_EQ(1, status()->found);
}

ATF_TC_WITHOUT_HEAD(host_is_looked_up_for_addresses_only);
ATF_TC_BODY(host_is_looked_up_for_addresses_only, tc)
{
	const struct proto_looked_up *a;

	begin();
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "keys.example");
	ATF_REQUIRE_EQ(2, waiting());
	reply_a("keys.example", "192.0.2.1", QUERY_SECURE);
	a = answered(PROTO_DNS_OK);
	ATF_REQUIRE_EQ(1, a->n);
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, hosts_of(a)[0].tlsa_state);
	ATF_REQUIRE_EQ(0, waiting());
}

ATF_TC_WITHOUT_HEAD(domain_without_mx_is_its_own_server);
ATF_TC_BODY(domain_without_mx_is_its_own_server, tc)
{
	const struct proto_looked_up *a;

	begin_mail();
	no_sts();
	reply_nothing(DOMAIN, DNS_TYPE_MX, QUERY_SECURE);
	reply_a(DOMAIN, "192.0.2.1", QUERY_INSECURE);
	a = answered(PROTO_DNS_OK);
	ATF_REQUIRE_EQ(1, a->n);
	ATF_REQUIRE_STREQ(DOMAIN, hosts_of(a)[0].host);
	ATF_REQUIRE_EQ(1, a->secure);
}

ATF_TC_WITHOUT_HEAD(domain_that_does_not_exist_has_no_server);
ATF_TC_BODY(domain_that_does_not_exist_has_no_server, tc)
{
	begin_mail();
	message_begin(&m, DOMAIN, DNS_TYPE_MX, DNS_RCODE_NO_NAME);
	message_soa(&m, "example", 1000, 900);
	reply(DOMAIN, DNS_TYPE_MX, QUERY_SECURE);
	ATF_REQUIRE_EQ(900, answered(PROTO_DNS_NONE)->ttl);
	/* What was asked for it is forgotten. */
	ATF_REQUIRE_EQ(0, waiting());
	ATF_REQUIRE_EQ(1, status()->none);
}

ATF_TC_WITHOUT_HEAD(null_mx_counts_if_it_is_alone);
ATF_TC_BODY(null_mx_counts_if_it_is_alone, tc)
{
	begin_mail();
	reply_mx("", QUERY_SECURE);
	ATF_REQUIRE_EQ(1, answered(PROTO_DNS_NULL_MX)->secure);
	ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
	message_begin(&m, DOMAIN, DNS_TYPE_MX, 0);
	message_mx(&m, DOMAIN, 400, 0, "");
	message_mx(&m, DOMAIN, 400, 10, "mx1.example");
	reply(DOMAIN, DNS_TYPE_MX, QUERY_INSECURE);
	no_sts();
	reply_a("mx1.example", "192.0.2.1", QUERY_INSECURE);
	ATF_REQUIRE_EQ(1, answered(PROTO_DNS_OK)->n);
}

ATF_TC_WITHOUT_HEAD(mx_that_fail_are_told_from_forged_ones);
ATF_TC_BODY(mx_that_fail_are_told_from_forged_ones, tc)
{
	begin_mail();
	reply(DOMAIN, DNS_TYPE_MX, QUERY_FAILED);
	ATF_REQUIRE_EQ(LOOKUP_TTL_MIN, answered(PROTO_DNS_LATER)->ttl);
	ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
	reply(DOMAIN, DNS_TYPE_MX, QUERY_BOGUS);
	ATF_REQUIRE_EQ(0, answered(PROTO_DNS_BOGUS)->secure);
	ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
	m.len = 11;
	reply(DOMAIN, DNS_TYPE_MX, QUERY_SECURE);
	answered(PROTO_DNS_LATER);
	ATF_REQUIRE_EQ(2, status()->later);
	ATF_REQUIRE_EQ(1, status()->bogus);
	ATF_REQUIRE_STREQ("MX: the answer is broken", status()->last_error);
}

ATF_TC_WITHOUT_HEAD(mx_are_sixteen_at_most);
ATF_TC_BODY(mx_are_sixteen_at_most, tc)
{
	const struct proto_looked_up *a;
	char host[32];
	unsigned int i;

	begin_mail();
	message_begin(&m, DOMAIN, DNS_TYPE_MX, 0);
	for (i = 0; i < 300; i++) {
		snprintf(host, sizeof(host), "mx%u.example", i);
		message_mx(&m, DOMAIN, 400, i, host);
	}
	reply(DOMAIN, DNS_TYPE_MX, QUERY_INSECURE);
	no_sts();
	ATF_REQUIRE_EQ(2 * PROTO_MX_MAX, waiting());
	for (i = 0; i < PROTO_MX_MAX; i++) {
		snprintf(host, sizeof(host), "mx%u.example", i);
		reply_a(host, "192.0.2.1", QUERY_INSECURE);
	}
	a = answered(PROTO_DNS_OK);
	ATF_REQUIRE_EQ(PROTO_MX_MAX, a->n);
	ATF_REQUIRE_STREQ("mx15.example", hosts_of(a)[15].host);
}

ATF_TC_WITHOUT_HEAD(addresses_of_one_family_are_enough);
ATF_TC_BODY(addresses_of_one_family_are_enough, tc)
{
	begin_mail();
	no_sts();
	reply_mx("mx.example", QUERY_INSECURE);
	reply("mx.example", DNS_TYPE_A, QUERY_FAILED);
	message_begin(&m, "mx.example", DNS_TYPE_AAAA, 0);
	message_a(&m, "mx.example", 300, "2001:db8::1");
	reply("mx.example", DNS_TYPE_AAAA, QUERY_INSECURE);
	ATF_REQUIRE_EQ(6, only_host()->addrs[0].family);
}

ATF_TC_WITHOUT_HEAD(addresses_that_fail_are_told_from_absent_ones);
ATF_TC_BODY(addresses_that_fail_are_told_from_absent_ones, tc)
{
	begin();
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	reply("h.example", DNS_TYPE_A, QUERY_FAILED);
	reply_nothing("h.example", DNS_TYPE_AAAA, QUERY_SECURE);
	answered(PROTO_DNS_LATER);
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	reply("h.example", DNS_TYPE_A, QUERY_BOGUS);
	reply("h.example", DNS_TYPE_AAAA, QUERY_FAILED);
	answered(PROTO_DNS_BOGUS);
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	reply_nothing("h.example", DNS_TYPE_A, QUERY_SECURE);
	reply_nothing("h.example", DNS_TYPE_AAAA, QUERY_SECURE);
	ATF_REQUIRE_EQ(300, answered(PROTO_DNS_NONE)->ttl);
}

ATF_TC_WITHOUT_HEAD(addresses_nobody_may_be_sent_to_are_left_out);
ATF_TC_BODY(addresses_nobody_may_be_sent_to_are_left_out, tc)
{
	const struct proto_looked_up *a;

	begin();
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	message_begin(&m, "h.example", DNS_TYPE_A, 0);
	message_a(&m, "h.example", 300, "127.0.0.1");
	message_a(&m, "h.example", 300, "192.0.2.1");
	message_a(&m, "h.example", 300, "10.0.0.1");
	reply("h.example", DNS_TYPE_A, QUERY_SECURE);
	message_begin(&m, "h.example", DNS_TYPE_AAAA, 0);
	message_a(&m, "h.example", 300, "::1");
	reply("h.example", DNS_TYPE_AAAA, QUERY_SECURE);
	a = answered(PROTO_DNS_OK);
	ATF_REQUIRE_EQ(3, a->refused);
	ATF_REQUIRE_EQ(1, hosts_of(a)[0].naddrs);
	ATF_REQUIRE_EQ(3, status()->refused);
	/* And if there are no others, there is nothing. */
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	reply_a("h.example", "192.168.1.1", QUERY_SECURE);
	ATF_REQUIRE_EQ(1, answered(PROTO_DNS_NONE)->refused);
}

/* Preferences 10, 20 and 30; the second one is this machine. */
static void
ask_with_us_between(const char *second, const char *address)
{
	begin_mail();
	no_sts();
	message_begin(&m, DOMAIN, DNS_TYPE_MX, 0);
	message_mx(&m, DOMAIN, 400, 10, "mx1.example");
	message_mx(&m, DOMAIN, 400, 20, second);
	message_mx(&m, DOMAIN, 400, 30, "mx3.example");
	reply(DOMAIN, DNS_TYPE_MX, QUERY_INSECURE);
	reply_a("mx1.example", "192.0.2.1", QUERY_INSECURE);
	reply_a(second, address, QUERY_INSECURE);
	reply_a("mx3.example", "192.0.2.3", QUERY_INSECURE);
	ATF_REQUIRE_STREQ("mx1.example", only_host()->host);
}

ATF_TC_WITHOUT_HEAD(mail_does_not_go_to_ourselves_nor_behind_by_address);
ATF_TC_BODY(mail_does_not_go_to_ourselves_nor_behind_by_address, tc)
{
	struct proto_addr self[2] = { { 4, { 192, 0, 2, 99 } },
	    { 4, { 192, 0, 2, 98 } } };

	fake.conf.self = self;
	fake.conf.nself = 2;
	ask_with_us_between("mx2.example", "192.0.2.98");
}

ATF_TC_WITHOUT_HEAD(mail_does_not_go_to_ourselves_nor_behind_by_name);
ATF_TC_BODY(mail_does_not_go_to_ourselves_nor_behind_by_name, tc)
{
	ask_with_us_between("mix.example.net", "192.0.2.2");
}

ATF_TC_WITHOUT_HEAD(policy_needs_exactly_one_good_record);
ATF_TC_BODY(policy_needs_exactly_one_good_record, tc)
{
	static const struct {
		const char	*texts[3];
		const char	*id;
	} cases[] = {
		{ { "v=spf1 -all", "v=STSv1; id=a;", NULL }, "a" },
		{ { "v=STSv1; id=a;", "v=STSv1; id=b;", NULL }, "" },
		{ { "v=STSv1; id=a;", "v=STSv1; id=-;", NULL }, "" },
		{ { "v=STSv1; id=-;", NULL, NULL }, "" },
		{ { "v=spf1 -all", NULL, NULL }, "" },
		{ { NULL, NULL, NULL }, "" }
	};
	const char *name = "_mta-sts." DOMAIN;
	size_t i, k;

	begin();
	for (i = 0; i < nitems(cases); i++) {
		ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
		message_begin(&m, name, DNS_TYPE_TXT, 0);
		for (k = 0; cases[i].texts[k] != NULL; k++)
			message_txt(&m, name, 300, cases[i].texts[k]);
		reply(name, DNS_TYPE_TXT, QUERY_INSECURE);
		reply_mx("mx.example", QUERY_INSECURE);
		reply_a("mx.example", "192.0.2.1", QUERY_INSECURE);
		ATF_CHECK_STREQ(cases[i].id, answered(PROTO_DNS_OK)->sts_id);
	}
	ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
	reply(name, DNS_TYPE_TXT, QUERY_BOGUS);
	reply_mx("mx.example", QUERY_INSECURE);
	reply_a("mx.example", "192.0.2.1", QUERY_INSECURE);
	ATF_REQUIRE_STREQ("", answered(PROTO_DNS_OK)->sts_id);
}

ATF_TC_WITHOUT_HEAD(names_that_are_none_are_not_asked_for);
ATF_TC_BODY(names_that_are_none_are_not_asked_for, tc)
{
	static const char *const names[] = { "", "a", "[192.0.2.1]",
	    "192.0.2.1", "a..example", "a b.example", ".example" };
	size_t i;

	begin();
	for (i = 0; i < nitems(names); i++) {
		ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, names[i]);
		answered(PROTO_DNS_NONE);
	}
	ATF_REQUIRE_EQ(0, waiting());
}

ATF_TC_WITHOUT_HEAD(questions_beyond_the_bound_are_for_later);
ATF_TC_BODY(questions_beyond_the_bound_are_for_later, tc)
{
	int i;

	begin();
	for (i = 0; i < PROTO_LOOKUPS_MAX; i++)
		ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	ATF_REQUIRE_EQ(0, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	answered(PROTO_DNS_LATER);
	/* The bound is a role's. */
	ask(ROLE_DIRECTORY, PROTO_LOOKUP_HOST, "h.example");
	ATF_REQUIRE_EQ(0, fake_count(ROLE_DIRECTORY, PROTO_LOOKED_UP));
	ATF_REQUIRE_EQ(PROTO_LOOKUPS_MAX + 1, status()->waiting);
	ATF_REQUIRE_EQ(PROTO_LOOKUPS_MAX + 2, status()->asked);
	/* Whoever is answered may ask again. */
	reply_a("h.example", "192.0.2.1", QUERY_INSECURE);
	ATF_REQUIRE_EQ(1, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));
	ask(ROLE_RELAY, PROTO_LOOKUP_HOST, "h.example");
	ATF_REQUIRE_EQ(1, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));
}

ATF_TC_WITHOUT_HEAD(reload_answers_what_is_unanswered);
ATF_TC_BODY(reload_answers_what_is_unanswered, tc)
{
	char err[256];
	int i;

	begin();
	for (i = 0; i < 10; i++) {
		ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
		ask(ROLE_DIRECTORY, PROTO_LOOKUP_HOST, "h.example");
	}
	/* In the middle of one. */
	reply_mx("mx.example", QUERY_SECURE);
	ATF_REQUIRE_EQ(0, resolver_ops.accept(&fake.conf, err, sizeof(err)));
	ATF_REQUIRE_EQ(0, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));
	resolver_ops.switched(&fake.conf);
	ATF_REQUIRE_EQ(10, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));
	ATF_REQUIRE_EQ(10, fake_count(ROLE_DIRECTORY, PROTO_LOOKED_UP));
	ATF_REQUIRE_EQ(0, waiting());
	ATF_REQUIRE_EQ(0, status()->waiting);
	ATF_REQUIRE_EQ(20, status()->later);
}

/* Several things that don't come; the time is the same for all. */
ATF_TC(answers_come_in_time);
ATF_TC_HEAD(answers_come_in_time, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(answers_come_in_time, tc)
{
	const struct proto_looked_up *a;
	const struct proto_mx *mx;

	/* Without the record of MTA-STS; all else is there. */
	begin_mail();
	reply_mx("sts.example", QUERY_INSECURE);
	reply_a("sts.example", "192.0.2.1", QUERY_INSECURE);
	fake_run_ms(LOOKUP_STS_SECONDS * 1000 - 500);
	ATF_REQUIRE_EQ(0, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));
	fake_run_ms(1000);
	ATF_REQUIRE_STREQ("sts.example", only_host()->host);
	/* Without TLSA records for one of two hosts. */
	ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
	no_sts();
	message_begin(&m, DOMAIN, DNS_TYPE_MX, 0);
	message_mx(&m, DOMAIN, 400, 10, "mx1.example");
	message_mx(&m, DOMAIN, 400, 20, "mx2.example");
	message_mx(&m, DOMAIN, 400, 30, "mx3.example");
	message_mx(&m, DOMAIN, 400, 40, "mx4.example");
	reply(DOMAIN, DNS_TYPE_MX, QUERY_SECURE);
	reply_a("mx1.example", "192.0.2.1", QUERY_SECURE);
	reply_a("mx2.example", "192.0.2.2", QUERY_INSECURE);
	/* And without one family of addresses of the others. */
	message_begin(&m, "mx3.example", DNS_TYPE_A, 0);
	message_a(&m, "mx3.example", 300, "192.0.2.3");
	reply("mx3.example", DNS_TYPE_A, QUERY_SECURE);
	message_begin(&m, "mx4.example", DNS_TYPE_A, 0);
	message_a(&m, "mx4.example", 300, "192.0.2.4");
	reply("mx4.example", DNS_TYPE_A, QUERY_INSECURE);
	fake_run_ms(LOOKUP_SECONDS * 1000 - 500);
	ATF_REQUIRE_EQ(0, fake_count(ROLE_RELAY, PROTO_LOOKED_UP));
	fake_run_ms(1000);
	a = answered(PROTO_DNS_OK);
	mx = hosts_of(a);
	ATF_REQUIRE_EQ(4, a->n);
	ATF_REQUIRE_EQ(PROTO_TLSA_FAILED, mx[0].tlsa_state);
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, mx[1].tlsa_state);
	ATF_REQUIRE_EQ(PROTO_TLSA_FAILED, mx[2].tlsa_state);
	ATF_REQUIRE_EQ(1, mx[2].naddrs);
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, mx[3].tlsa_state);
	ATF_REQUIRE_EQ(1, mx[3].naddrs);
	ATF_REQUIRE_EQ(0, waiting());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mail_is_looked_up_step_by_step);
	ATF_TP_ADD_TC(tp, host_is_looked_up_for_addresses_only);
	ATF_TP_ADD_TC(tp, domain_without_mx_is_its_own_server);
	ATF_TP_ADD_TC(tp, domain_that_does_not_exist_has_no_server);
	ATF_TP_ADD_TC(tp, null_mx_counts_if_it_is_alone);
	ATF_TP_ADD_TC(tp, mx_that_fail_are_told_from_forged_ones);
	ATF_TP_ADD_TC(tp, mx_are_sixteen_at_most);
	ATF_TP_ADD_TC(tp, addresses_of_one_family_are_enough);
	ATF_TP_ADD_TC(tp, addresses_that_fail_are_told_from_absent_ones);
	ATF_TP_ADD_TC(tp, addresses_nobody_may_be_sent_to_are_left_out);
	ATF_TP_ADD_TC(tp, mail_does_not_go_to_ourselves_nor_behind_by_address);
	ATF_TP_ADD_TC(tp, mail_does_not_go_to_ourselves_nor_behind_by_name);
	ATF_TP_ADD_TC(tp, policy_needs_exactly_one_good_record);
	ATF_TP_ADD_TC(tp, names_that_are_none_are_not_asked_for);
	ATF_TP_ADD_TC(tp, questions_beyond_the_bound_are_for_later);
	ATF_TP_ADD_TC(tp, reload_answers_what_is_unanswered);
	ATF_TP_ADD_TC(tp, answers_come_in_time);

	return (atf_no_error());
}
