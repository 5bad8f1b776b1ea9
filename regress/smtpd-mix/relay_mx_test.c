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

#include "relay_peers.h"

#define STATUS	(table.host.status)

ATF_TC_WITHOUT_HEAD(relay_asks_once_for_the_mails_of_a_domain);
ATF_TC_BODY(relay_asks_once_for_the_mails_of_a_domain, tc)
{
	struct peer *p;
	uint32_t i;

	peers_setup();
	p = peers_add(NULL, 1);
	for (i = 0; i < 5; i++)
		peers_mail(i, i % 2 ? "a.example" : "A.Example");
	ATF_CHECK_EQ(1, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	tell_one("A.Example", p);
	WAIT_FOR(5);
	ATF_CHECK_EQ(5, p->taken);
	ATF_CHECK_EQ(1, p->accepted);
	ATF_CHECK_EQ(5, STATUS.by_mx);
	peers_mail(5, "a.example");
	WAIT_FOR(6);
	ATF_CHECK_EQ(0, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[5]);
}

ATF_TC_WITHOUT_HEAD(relay_asks_anew_when_the_answer_is_old);
ATF_TC_BODY(relay_asks_anew_when_the_answer_is_old, tc)
{
	struct peer *p;

	peers_setup();
	p = peers_add(NULL, 1);
	table.host.times.idle = 1;
	peers_mail(1, "a.example");
	tell_one("a.example", p);
	WAIT_FOR(1);
	while (STATUS.connections > 0)
		peers_turn();
	skipped += 301;
	peers_mail(2, "a.example");
	ATF_CHECK_EQ(1, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	tell_one("a.example", p);
	WAIT_FOR(2);
}

ATF_TC_WITHOUT_HEAD(relay_goes_on_to_the_next_server);
ATF_TC_BODY(relay_goes_on_to_the_next_server, tc)
{
	static const struct answer busy[] = {
		{ "GREETING", "421 busy\r\n" }, { NULL, NULL }
	};
	static const struct answer none[] = {
		{ "GREETING", "554 no mail\r\n" }, { NULL, NULL }
	};
	static const struct answer hello[] = {
		{ "EHLO", "451 later\r\n" }, { NULL, NULL }
	};
	struct peer *p;
	uint32_t i;

	peers_setup();
	peers_add(NULL, 0);
	peers_add(busy, 1);
	peers_add(none, 1);
	peers_add(hello, 1);
	p = peers_add(NULL, 1);
	tell_begin(PROTO_DNS_OK);
	for (i = 0; i < npeers; i++)
		tell_host("mx.example", i, &peers[i]);
	peers_mail(1, "a.example");
	peers_mail(2, "a.example");
	tell("a.example");
	tell_sts(PROTO_STS_NONE, NULL, 0);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
	ATF_CHECK_EQ(2, p->taken);
	for (i = 1; i < npeers; i++)
		ATF_CHECK_EQ(1, peers[i].accepted);
}

ATF_TC_WITHOUT_HEAD(relay_defers_when_no_server_is_left);
ATF_TC_BODY(relay_defers_when_no_server_is_left, tc)
{
	struct peer *dead;

	peers_setup();
	dead = peers_add(NULL, 0);
	peers_mail(1, "a.example");
	peers_mail(2, "a.example");
	tell_one("a.example", dead);
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	ATF_CHECK_EQ(2, STATUS.why[PROTO_WHY_UNREACHED]);
	/* Neither asked for nor dialled again at once. */
	peers_mail(3, "a.example");
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[3]);
	ATF_CHECK_EQ(0, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	ATF_CHECK_EQ(0, STATUS.connections);
}

ATF_TC_WITHOUT_HEAD(relay_spares_a_dead_server_of_other_domains_too);
ATF_TC_BODY(relay_spares_a_dead_server_of_other_domains_too, tc)
{
	static const struct answer busy[] = {
		{ "GREETING", "421 busy\r\n" }, { NULL, NULL }
	};
	struct peer *p;

	peers_setup();
	p = peers_add(busy, 1);
	peers_mail(1, "a.example");
	tell_one("a.example", p);
	WAIT_FOR(1);
	peers_mail(2, "b.example");
	tell_one("b.example", p);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	ATF_CHECK_EQ(1, p->accepted);
	p->answers = NULL;
	skipped += 2 * RELAY_BACKOFF_FIRST;
	peers_mail(3, "b.example");
	WAIT_FOR(3);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[3]);
}

static void
check_none(enum proto_dns status, uint32_t secure, uint32_t id,
    enum proto_outcome_kind outcome, enum proto_why why)
{
	char domain[64];
	uint64_t before = STATUS.why[why];

	(void)snprintf(domain, sizeof(domain), "d%u.example", id);
	peers_mail(id, domain);
	tell_begin(status);
	told.dns.secure = secure;
	tell(domain);
	ATF_CHECK_EQ_MSG(outcome, outcomes[id], "%u", id);
	ATF_CHECK_EQ_MSG(before + (outcome == PROTO_DEFERRED),
	    STATUS.why[why], "%u", id);
}

ATF_TC_WITHOUT_HEAD(relay_gives_up_only_by_a_proven_answer);
ATF_TC_BODY(relay_gives_up_only_by_a_proven_answer, tc)
{
	peers_setup();
	peers_port = 25;
	check_none(PROTO_DNS_NONE, 0, 1, PROTO_DEFERRED, PROTO_WHY_NO_HOST);
	check_none(PROTO_DNS_NONE, 1, 2, PROTO_FAILED, PROTO_WHY_NO_HOST);
	check_none(PROTO_DNS_NULL_MX, 0, 3, PROTO_DEFERRED,
	    PROTO_WHY_NO_HOST);
	check_none(PROTO_DNS_NULL_MX, 1, 4, PROTO_FAILED, PROTO_WHY_NO_HOST);
	check_none(PROTO_DNS_LATER, 0, 5, PROTO_DEFERRED, PROTO_WHY_DNS);
	check_none(PROTO_DNS_BOGUS, 1, 6, PROTO_DEFERRED, PROTO_WHY_DNS);
	check_none(PROTO_DNS_OK, 0, 7, PROTO_DEFERRED, PROTO_WHY_NO_HOST);
	ATF_CHECK_EQ(2, STATUS.refused);
	/* There are servers, but at addresses that may be ours. */
	peers_mail(8, "d8.example");
	tell_begin(PROTO_DNS_NONE);
	told.dns.secure = 1;
	told.dns.refused = 1;
	tell("d8.example");
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[8]);
}

ATF_TC_WITHOUT_HEAD(relay_says_when_the_dns_is_silent);
ATF_TC_BODY(relay_says_when_the_dns_is_silent, tc)
{
	struct peer *p;
	uint32_t i;

	peers_setup();
	p = peers_add(NULL, 1);
	for (i = 1; i <= 3; i++) {
		relay_table_status(&table);
		ATF_CHECK_STREQ("", STATUS.state);
		check_none(PROTO_DNS_LATER, 0, i, PROTO_DEFERRED,
		    PROTO_WHY_DNS);
	}
	relay_table_status(&table);
	ATF_CHECK_STREQ("the DNS gave no answer to the last 3 questions",
	    STATUS.state);
	peers_mail(4, "a.example");
	tell_one("a.example", p);
	relay_table_status(&table);
	ATF_CHECK_STREQ("", STATUS.state);
}

ATF_TC_WITHOUT_HEAD(relay_defers_when_the_dns_never_answers);
ATF_TC_BODY(relay_defers_when_the_dns_never_answers, tc)
{
	struct peer *p;

	peers_setup();
	p = peers_add(NULL, 1);
	peers_mail(1, "a.example");
	relay_table_tick(&table);
	ATF_CHECK_EQ(0, noutcomes);
	skipped += RELAY_STALL_TIME;
	relay_table_tick(&table);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.why[PROTO_WHY_DNS]);
	/* An answer that comes late after all does no harm. */
	tell_one("a.example", p);
	peers_mail(2, "a.example");
	WAIT_FOR(2);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[2]);
}

ATF_TC_WITHOUT_HEAD(relay_asks_a_bounded_number_of_questions);
ATF_TC_BODY(relay_asks_a_bounded_number_of_questions, tc)
{
	char domain[64];
	uint32_t i;

	peers_setup();
	for (i = 0; i <= PROTO_LOOKUPS_MAX; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		peers_mail(i, domain);
	}
	ATF_CHECK_EQ(PROTO_LOOKUPS_MAX,
	    fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
	ATF_CHECK_EQ(PROTO_POSTPONED, outcomes[PROTO_LOOKUPS_MAX]);
	ATF_CHECK_EQ(1, noutcomes);
}

ATF_TC_WITHOUT_HEAD(relay_does_not_send_to_itself);
ATF_TC_BODY(relay_does_not_send_to_itself, tc)
{
	struct peer *p;

	peers_setup();
	p = peers_add(NULL, 1);
	peers_mail(1, "a.example");
	tell_begin(PROTO_DNS_OK);
	tell_host("MIX1.example", 10, p);
	tell_host("mx.example", 20, p);
	tell("a.example");
	tell_sts(PROTO_STS_NONE, NULL, 0);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.why[PROTO_WHY_LOOP]);
	ATF_CHECK_EQ(0, p->accepted);
}

ATF_TC_WITHOUT_HEAD(relay_says_nothing_to_a_server_below_the_policy);
ATF_TC_BODY(relay_says_nothing_to_a_server_below_the_policy, tc)
{
	struct peer *p;

	peers_setup();
	p = peers_add(NULL, 1);
	peers_mail(1, "a.example");
	tell_begin(PROTO_DNS_OK);
	strcpy(told.dns.sts_id, "20261123");
	tell_host("mx.a.example", 10, p);
	tell("a.example");
	tell_sts(PROTO_STS_ENFORCE, "*.a.example", 0);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.why[PROTO_WHY_TLS]);
	ATF_CHECK_EQ(1, p->accepted);
	ATF_CHECK(strstr(p->commands, "MAIL") == NULL);
	/* Not even dialled, as the policy doesn't know it. */
	peers_mail(2, "b.example");
	tell_begin(PROTO_DNS_OK);
	tell_host("mx.b.example", 10, p);
	tell("b.example");
	tell_sts(PROTO_STS_ENFORCE, "mail.b.example", 0);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[2]);
	ATF_CHECK_EQ(2, STATUS.why[PROTO_WHY_TLS]);
	ATF_CHECK_EQ(1, p->accepted);
}

ATF_TC_WITHOUT_HEAD(relay_reports_what_a_tested_policy_forbids);
ATF_TC_BODY(relay_reports_what_a_tested_policy_forbids, tc)
{
	struct peer *p;

	peers_setup();
	p = peers_add(NULL, 1);
	peers_mail(1, "a.example");
	tell_begin(PROTO_DNS_OK);
	tell_host("mx.a.example", 10, p);
	tell("a.example");
	tell_sts(PROTO_STS_TESTING, "*.a.example", 0);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.testing_failed);
	ATF_CHECK_EQ(0, STATUS.sts_missing);
}

ATF_TC_WITHOUT_HEAD(relay_goes_on_without_a_policy_that_cannot_be_had);
ATF_TC_BODY(relay_goes_on_without_a_policy_that_cannot_be_had, tc)
{
	struct peer *p;

	peers_setup();
	p = peers_add(NULL, 1);
	peers_mail(1, "a.example");
	tell_begin(PROTO_DNS_OK);
	strcpy(told.dns.sts_id, "1");
	tell_host("mx.a.example", 10, p);
	tell("a.example");
	tell_sts(PROTO_STS_NONE, NULL, 1);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.sts_missing);
}

ATF_TC_WITHOUT_HEAD(relay_asks_for_the_policy_with_the_id_of_the_dns);
ATF_TC_BODY(relay_asks_for_the_policy_with_the_id_of_the_dns, tc)
{
	const struct proto_sts_get *q;
	struct peer *p;

	peers_setup();
	p = peers_add(NULL, 1);
	peers_mail(1, "a.example");
	tell_begin(PROTO_DNS_OK);
	strcpy(told.dns.sts_id, "20261123");
	tell_host("mx.a.example", 10, p);
	tell("a.example");
	q = fake_take(ROLE_DIRECTORY, PROTO_STS_GET);
	ATF_REQUIRE(q != NULL);
	ATF_CHECK_STREQ("a.example", q->domain);
	ATF_CHECK_STREQ("20261123", q->id);
	ATF_CHECK_EQ(0, p->accepted);
}

ATF_TC_WITHOUT_HEAD(relay_avoids_a_server_whose_tlsa_lookup_failed);
ATF_TC_BODY(relay_avoids_a_server_whose_tlsa_lookup_failed, tc)
{
	struct peer *p, *q;

	peers_setup();
	p = peers_add(NULL, 1);
	q = peers_add(NULL, 1);
	peers_mail(1, "a.example");
	tell_begin(PROTO_DNS_OK);
	tell_host("mx1.a.example", 10, p)->tlsa_state = PROTO_TLSA_FAILED;
	tell_host("mx2.a.example", 20, q);
	tell("a.example");
	tell_sts(PROTO_STS_NONE, NULL, 0);
	WAIT_FOR(1);
	ATF_CHECK_EQ(0, p->accepted);
	ATF_CHECK_EQ(1, q->taken);
}

ATF_TC_WITHOUT_HEAD(relay_never_falls_back_where_dane_is_to_be_used);
ATF_TC_BODY(relay_never_falls_back_where_dane_is_to_be_used, tc)
{
	static const struct answer bad_tls[] = {
		{ "EHLO", "250-peer\r\n250 STARTTLS\r\n" },
		{ "STARTTLS", "220 go\r\n" },
		{ NULL, NULL }
	};
	struct proto_mx *mx;
	struct peer *p;

	peers_setup();
	p = peers_add(bad_tls, 1);
	peers_mail(1, "a.example");
	tell_begin(PROTO_DNS_OK);
	told.dns.secure = 1;
	mx = tell_host("mx.a.example", 10, p);
	mx->tlsa_state = PROTO_TLSA_USABLE;
	mx->ntlsa = 1;
	mx->tlsa[0].usage = 3;
	mx->tlsa[0].matching = 1;
	mx->tlsa[0].len = 32;
	tell("a.example");
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[1]);
	ATF_CHECK_EQ(1, STATUS.why[PROTO_WHY_TLS]);
	ATF_CHECK_EQ(1, p->accepted);
	ATF_CHECK_EQ(0, STATUS.downgraded);
	ATF_CHECK(strstr(p->commands, "MAIL") == NULL);
}

ATF_TC_WITHOUT_HEAD(relay_counts_each_downgrade);
ATF_TC_BODY(relay_counts_each_downgrade, tc)
{
	static const struct answer bad_tls[] = {
		{ "EHLO", "250-peer\r\n250 STARTTLS\r\n" },
		{ "STARTTLS", "220 go\r\n" },
		{ NULL, NULL }
	};
	struct peer *p;

	peers_setup();
	p = peers_add(bad_tls, 1);
	peers_mail(1, "a.example");
	tell_one("a.example", p);
	WAIT_FOR(1);
	ATF_CHECK_EQ(PROTO_DELIVERED, outcomes[1]);
	ATF_CHECK_EQ(2, p->accepted);
	ATF_CHECK_EQ(1, STATUS.downgraded);
	ATF_CHECK_EQ(1, STATUS.clear);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, relay_asks_once_for_the_mails_of_a_domain);
	ATF_TP_ADD_TC(tp, relay_asks_anew_when_the_answer_is_old);
	ATF_TP_ADD_TC(tp, relay_goes_on_to_the_next_server);
	ATF_TP_ADD_TC(tp, relay_defers_when_no_server_is_left);
	ATF_TP_ADD_TC(tp, relay_spares_a_dead_server_of_other_domains_too);
	ATF_TP_ADD_TC(tp, relay_gives_up_only_by_a_proven_answer);
	ATF_TP_ADD_TC(tp, relay_says_when_the_dns_is_silent);
	ATF_TP_ADD_TC(tp, relay_defers_when_the_dns_never_answers);
	ATF_TP_ADD_TC(tp, relay_asks_a_bounded_number_of_questions);
	ATF_TP_ADD_TC(tp, relay_does_not_send_to_itself);
	ATF_TP_ADD_TC(tp, relay_says_nothing_to_a_server_below_the_policy);
	ATF_TP_ADD_TC(tp, relay_reports_what_a_tested_policy_forbids);
	ATF_TP_ADD_TC(tp, relay_goes_on_without_a_policy_that_cannot_be_had);
	ATF_TP_ADD_TC(tp, relay_asks_for_the_policy_with_the_id_of_the_dns);
	ATF_TP_ADD_TC(tp, relay_avoids_a_server_whose_tlsa_lookup_failed);
	ATF_TP_ADD_TC(tp, relay_never_falls_back_where_dane_is_to_be_used);
	ATF_TP_ADD_TC(tp, relay_counts_each_downgrade);

	return (atf_no_error());
}
