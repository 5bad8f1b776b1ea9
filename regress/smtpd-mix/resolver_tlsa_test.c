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

/* Which TLSA records of a server count (RFC 7672 2.2). */

#include <sys/types.h>

#include <atf-c.h>
#include <string.h>

#include "fakedns.h"

#define TLSA_NAME	"_25._tcp.mx.example"

/* Up to the TLSA records of the one host, which is an alias or not. */
static void
reach_tlsa(enum query_state state)
{
	begin_mail();
	no_sts();
	reply_mx("mx.example", QUERY_SECURE);
	reply_a("mx.example", "192.0.2.1", state);
}

ATF_TC_WITHOUT_HEAD(tlsa_is_not_asked_for_where_addresses_are_insecure);
ATF_TC_BODY(tlsa_is_not_asked_for_where_addresses_are_insecure, tc)
{
	reach_tlsa(QUERY_INSECURE);
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, only_host()->tlsa_state);
	ATF_REQUIRE_EQ(0, waiting());
}

ATF_TC_WITHOUT_HEAD(tlsa_that_is_secure_and_absent_is_none);
ATF_TC_BODY(tlsa_that_is_secure_and_absent_is_none, tc)
{
	reach_tlsa(QUERY_SECURE);
	reply_nothing(TLSA_NAME, DNS_TYPE_TLSA, QUERY_SECURE);
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, only_host()->tlsa_state);
}

ATF_TC_WITHOUT_HEAD(tlsa_that_is_insecure_is_none);
ATF_TC_BODY(tlsa_that_is_insecure_is_none, tc)
{
	const struct proto_mx *mx;

	reach_tlsa(QUERY_SECURE);
	message_begin(&m, TLSA_NAME, DNS_TYPE_TLSA, 0);
	message_tlsa(&m, TLSA_NAME, 300, 3, 1, 1, 32);
	reply(TLSA_NAME, DNS_TYPE_TLSA, QUERY_INSECURE);
	mx = only_host();
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, mx->tlsa_state);
	ATF_REQUIRE_EQ(0, mx->ntlsa);
}

ATF_TC_WITHOUT_HEAD(tlsa_that_fails_keeps_its_host_from_use);
ATF_TC_BODY(tlsa_that_fails_keeps_its_host_from_use, tc)
{
	static const enum query_state states[] = { QUERY_FAILED, QUERY_BOGUS };
	size_t i;

	reach_tlsa(QUERY_SECURE);
	reply(TLSA_NAME, DNS_TYPE_TLSA, QUERY_FAILED);
	ATF_REQUIRE_EQ(PROTO_TLSA_FAILED, only_host()->tlsa_state);
	for (i = 0; i < 2; i++) {
		ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
		no_sts();
		reply_mx("mx.example", QUERY_SECURE);
		reply_a("mx.example", "192.0.2.1", QUERY_SECURE);
		reply(TLSA_NAME, DNS_TYPE_TLSA, states[i]);
		ATF_REQUIRE_EQ(PROTO_TLSA_FAILED, only_host()->tlsa_state);
	}
	/* A secure answer that can't be read. */
	ask(ROLE_RELAY, PROTO_LOOKUP_MAIL, DOMAIN);
	no_sts();
	reply_mx("mx.example", QUERY_SECURE);
	reply_a("mx.example", "192.0.2.1", QUERY_SECURE);
	message_begin(&m, TLSA_NAME, DNS_TYPE_TLSA, 0);
	m.len -= 5;
	reply(TLSA_NAME, DNS_TYPE_TLSA, QUERY_SECURE);
	ATF_REQUIRE_EQ(PROTO_TLSA_FAILED, only_host()->tlsa_state);
}

ATF_TC_WITHOUT_HEAD(tlsa_of_no_use_still_asks_for_encryption);
ATF_TC_BODY(tlsa_of_no_use_still_asks_for_encryption, tc)
{
	reach_tlsa(QUERY_SECURE);
	message_begin(&m, TLSA_NAME, DNS_TYPE_TLSA, 0);
	message_tlsa(&m, TLSA_NAME, 300, 0, 0, 1, 32);
	message_tlsa(&m, TLSA_NAME, 300, 1, 0, 1, 32);
	message_tlsa(&m, TLSA_NAME, 300, 3, 1, 1, 31);
	message_tlsa(&m, TLSA_NAME, 300, 3, 1, 9, 32);
	reply(TLSA_NAME, DNS_TYPE_TLSA, QUERY_SECURE);
	ATF_REQUIRE_EQ(PROTO_TLSA_UNUSABLE, only_host()->tlsa_state);
}

ATF_TC_WITHOUT_HEAD(tlsa_of_the_host_itself_come_first);
ATF_TC_BODY(tlsa_of_the_host_itself_come_first, tc)
{
	const struct proto_mx *mx;
	unsigned int i;

	reach_tlsa(QUERY_SECURE);
	message_begin(&m, TLSA_NAME, DNS_TYPE_TLSA, 0);
	for (i = 0; i < 20; i++)
		message_tlsa(&m, TLSA_NAME, 300, 2, 0, 1, 32);
	for (i = 0; i < 3; i++)
		message_tlsa(&m, TLSA_NAME, 300, 3, 1, 2, 64);
	reply(TLSA_NAME, DNS_TYPE_TLSA, QUERY_SECURE);
	mx = only_host();
	ATF_REQUIRE_EQ(PROTO_TLSA_MAX, mx->ntlsa);
	for (i = 0; i < PROTO_TLSA_MAX; i++)
		ATF_REQUIRE_EQ(i < 3 ? 3 : 2, mx->tlsa[i].usage);
}

/* The one host is an alias of another name. */
static void
reach_alias(enum query_state state)
{
	begin_mail();
	no_sts();
	reply_mx("mx.example", QUERY_SECURE);
	message_begin(&m, "mx.example", DNS_TYPE_A, 0);
	message_cname(&m, "mx.example", 300, "real.example");
	message_a(&m, "real.example", 300, "192.0.2.1");
	reply("mx.example", DNS_TYPE_A, state);
	message_begin(&m, "mx.example", DNS_TYPE_AAAA, 0);
	message_cname(&m, "mx.example", 300, "real.example");
	reply("mx.example", DNS_TYPE_AAAA, state);
}

ATF_TC_WITHOUT_HEAD(tlsa_of_an_alias_are_first_those_of_what_it_means);
ATF_TC_BODY(tlsa_of_an_alias_are_first_those_of_what_it_means, tc)
{
	const struct proto_mx *mx;

	reach_alias(QUERY_SECURE);
	ATF_REQUIRE_EQ(1, waiting());
	message_begin(&m, "_25._tcp.real.example", DNS_TYPE_TLSA, 0);
	message_tlsa(&m, "_25._tcp.real.example", 300, 3, 1, 1, 32);
	reply("_25._tcp.real.example", DNS_TYPE_TLSA, QUERY_SECURE);
	mx = only_host();
	ATF_REQUIRE_STREQ("mx.example", mx->host);
	ATF_REQUIRE_EQ(PROTO_TLSA_USABLE, mx->tlsa_state);
}

ATF_TC_WITHOUT_HEAD(tlsa_of_an_alias_are_then_its_own);
ATF_TC_BODY(tlsa_of_an_alias_are_then_its_own, tc)
{
	reach_alias(QUERY_SECURE);
	reply_nothing("_25._tcp.real.example", DNS_TYPE_TLSA, QUERY_SECURE);
	ATF_REQUIRE_EQ(1, waiting());
	message_begin(&m, TLSA_NAME, DNS_TYPE_TLSA, 0);
	message_tlsa(&m, TLSA_NAME, 300, 3, 1, 1, 32);
	reply(TLSA_NAME, DNS_TYPE_TLSA, QUERY_SECURE);
	ATF_REQUIRE_EQ(PROTO_TLSA_USABLE, only_host()->tlsa_state);
}

ATF_TC_WITHOUT_HEAD(tlsa_of_a_secure_alias_of_an_insecure_name_count);
ATF_TC_BODY(tlsa_of_a_secure_alias_of_an_insecure_name_count, tc)
{
	reach_alias(QUERY_INSECURE);
	message_begin(&m, "mx.example", DNS_TYPE_CNAME, 0);
	message_cname(&m, "mx.example", 300, "real.example");
	reply("mx.example", DNS_TYPE_CNAME, QUERY_SECURE);
	message_begin(&m, TLSA_NAME, DNS_TYPE_TLSA, 0);
	message_tlsa(&m, TLSA_NAME, 300, 3, 1, 1, 32);
	reply(TLSA_NAME, DNS_TYPE_TLSA, QUERY_SECURE);
	ATF_REQUIRE_EQ(PROTO_TLSA_USABLE, only_host()->tlsa_state);
}

ATF_TC_WITHOUT_HEAD(tlsa_of_an_insecure_alias_do_not_count);
ATF_TC_BODY(tlsa_of_an_insecure_alias_do_not_count, tc)
{
	reach_alias(QUERY_INSECURE);
	message_begin(&m, "mx.example", DNS_TYPE_CNAME, 0);
	message_cname(&m, "mx.example", 300, "real.example");
	reply("mx.example", DNS_TYPE_CNAME, QUERY_INSECURE);
	ATF_REQUIRE_EQ(PROTO_TLSA_NONE, only_host()->tlsa_state);
}

ATF_TC_WITHOUT_HEAD(tlsa_of_an_alias_that_is_not_known_fail);
ATF_TC_BODY(tlsa_of_an_alias_that_is_not_known_fail, tc)
{
	reach_alias(QUERY_INSECURE);
	reply("mx.example", DNS_TYPE_CNAME, QUERY_BOGUS);
	ATF_REQUIRE_EQ(PROTO_TLSA_FAILED, only_host()->tlsa_state);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tlsa_is_not_asked_for_where_addresses_are_insecure);
	ATF_TP_ADD_TC(tp, tlsa_that_is_secure_and_absent_is_none);
	ATF_TP_ADD_TC(tp, tlsa_that_is_insecure_is_none);
	ATF_TP_ADD_TC(tp, tlsa_that_fails_keeps_its_host_from_use);
	ATF_TP_ADD_TC(tp, tlsa_of_no_use_still_asks_for_encryption);
	ATF_TP_ADD_TC(tp, tlsa_of_the_host_itself_come_first);
	ATF_TP_ADD_TC(tp, tlsa_of_an_alias_are_first_those_of_what_it_means);
	ATF_TP_ADD_TC(tp, tlsa_of_an_alias_are_then_its_own);
	ATF_TP_ADD_TC(tp, tlsa_of_a_secure_alias_of_an_insecure_name_count);
	ATF_TP_ADD_TC(tp, tlsa_of_an_insecure_alias_do_not_count);
	ATF_TP_ADD_TC(tp, tlsa_of_an_alias_that_is_not_known_fail);

	return (atf_no_error());
}
