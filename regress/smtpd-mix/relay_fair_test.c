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

/*
 * All destinations share queue's credits: here queue hands out mails as it
 * does, and nobody may hold up the others.
 */
#define STATUS	(table.host.status)

struct lot {
	const char	*domain;
	struct peer	*peer;
	uint32_t	 left;		/* mails that queue still has */
	uint32_t	 first;		/* their ids: from here ... */
	uint32_t	 next;		/* ... to before here were handed out */
};

static int64_t	ticked;

/* The number of mails of a lot with that outcome. */
static unsigned int
count(const struct lot *lot, enum proto_outcome_kind outcome)
{
	unsigned int n = 0;
	uint32_t i;

	for (i = lot->first; i < lot->next; i++)
		n += outcomes[i] == outcome;

	return (n);
}

static void
answer_questions(const struct lot *lots, size_t n)
{
	const struct proto_lookup *q;
	size_t i;

	while (fake_count(ROLE_RESOLVER, PROTO_LOOKUP) > 0) {
		q = fake_take(ROLE_RESOLVER, PROTO_LOOKUP);
		for (i = 0; i < n; i++)
			if (strcmp(lots[i].domain, q->name) == 0)
				break;
		ATF_REQUIRE(i < n);
		tell_begin(PROTO_DNS_OK);
		tell_host("mx.example", 10, lots[i].peer);
		told.dns.id = q->id;
		relay_ask_dns(&table, &told.dns, sizeof(told.dns) +
		    sizeof(told.hosts[0]));
		tell_sts(PROTO_STS_NONE, NULL, 0);
	}
}

/* Hands out at random while there are credits, as queue does. */
static void
hand_out(struct lot *lots, size_t n)
{
	uint32_t sum, at;
	size_t i;

	for (;;) {
		for (i = 0, sum = 0; i < n; i++)
			sum += lots[i].left;
		if (sum == 0 || table.held >= PROTO_RELAY_CREDITS)
			return;
		at = rng_uniform(&rng_system, sum);
		for (i = 0; at >= lots[i].left; i++)
			at -= lots[i].left;
		lots[i].left--;
		peers_mail(lots[i].next++, lots[i].domain);
		answer_questions(lots, n);
	}
}

static void
run(struct lot *lots, size_t n, const struct lot *until, unsigned int total,
    int seconds)
{
	int64_t end = fake_ms() + seconds * 1000;

	while (count(until, PROTO_DELIVERED) < total && fake_ms() < end) {
		hand_out(lots, n);
		peers_turn();
		if (fake_ms() - ticked >= 1000) {
			ticked = fake_ms();
			relay_table_tick(&table);
		}
		usleep(200);
	}
}

ATF_TC_WITHOUT_HEAD(relay_sends_the_fast_ones_beside_a_slow_and_a_dead_one);
ATF_TC_BODY(relay_sends_the_fast_ones_beside_a_slow_and_a_dead_one, tc)
{
	static const struct answer dead[] = {
		{ "GREETING", NULL }, { NULL, NULL }
	};
	struct lot lots[] = {
		{ "fast.example", NULL, 300, 0, 0 },
		{ "slow.example", NULL, 300, 500, 500 },
		{ "dead.example", NULL, 300, 1000, 1000 }
	};
	int64_t begun;

	peers_setup();
	lots[0].peer = peers_add(NULL, 1);
	lots[1].peer = peers_add(NULL, 1);
	lots[1].peer->delay = 3000;
	lots[2].peer = peers_add(dead, 1);
	begun = fake_ms();
	run(lots, 3, &lots[0], 300, 25);
	ATF_CHECK_EQ(300, count(&lots[0], PROTO_DELIVERED));
	/* Held up only until the others were found to be slow. */
	ATF_CHECK_MSG(fake_ms() - begun < 18000, "%lld ms",
	    (long long)(fake_ms() - begun));
	/* What the others couldn't take is put off, and nothing was lost. */
	ATF_CHECK(count(&lots[1], PROTO_POSTPONED) > 200);
	ATF_CHECK_EQ(0, count(&lots[1], PROTO_FAILED));
	ATF_CHECK_EQ(0, count(&lots[2], PROTO_DELIVERED));
	ATF_CHECK(table.held <= PROTO_RELAY_CREDITS - RELAY_RESERVE);
	ATF_CHECK(lots[1].peer->most <= 4);
	ATF_CHECK(lots[2].peer->most <= 1);
}

ATF_TC_WITHOUT_HEAD(relay_goes_on_with_the_slow_one_too);
ATF_TC_BODY(relay_goes_on_with_the_slow_one_too, tc)
{
	struct lot lots[] = { { "slow.example", NULL, 60, 0, 0 } };

	peers_setup();
	lots[0].peer = peers_add(NULL, 1);
	lots[0].peer->delay = 500;
	run(lots, 1, &lots[0], 20, 20);
	ATF_CHECK(count(&lots[0], PROTO_DELIVERED) >= 20);
	/* As soon as mails wait it gets more connections, up to its limit. */
	ATF_CHECK_EQ(4, lots[0].peer->most);
}

ATF_TC_WITHOUT_HEAD(relay_bears_a_server_that_wants_one_connection);
ATF_TC_BODY(relay_bears_a_server_that_wants_one_connection, tc)
{
	struct lot lots[] = { { "slow.example", NULL, 12, 0, 0 } };

	peers_setup();
	lots[0].peer = peers_add(NULL, 1);
	lots[0].peer->delay = 500;
	lots[0].peer->limit = 1;
	run(lots, 1, &lots[0], 12, 20);
	ATF_CHECK_EQ(12, count(&lots[0], PROTO_DELIVERED));
	/* It was asked for one more, once, and isn't avoided for that. */
	ATF_CHECK_EQ(2, lots[0].peer->accepted);
	ATF_CHECK_EQ(0, STATUS.deferred);
	lots[0].left = 1;
	run(lots, 1, &lots[0], 13, 5);
	ATF_CHECK_EQ(13, count(&lots[0], PROTO_DELIVERED));
}

ATF_TC_WITHOUT_HEAD(relay_lets_a_fast_one_alone_have_all_credits);
ATF_TC_BODY(relay_lets_a_fast_one_alone_have_all_credits, tc)
{
	struct lot lots[] = { { "fast.example", NULL, 500, 0, 0 } };

	peers_setup();
	lots[0].peer = peers_add(NULL, 1);
	run(lots, 1, &lots[0], 500, 20);
	ATF_CHECK_EQ(500, count(&lots[0], PROTO_DELIVERED));
}

ATF_TC_WITHOUT_HEAD(relay_shares_between_several_slow_ones);
ATF_TC_BODY(relay_shares_between_several_slow_ones, tc)
{
	struct lot lots[] = {
		{ "a.example", NULL, 100, 0, 0 },
		{ "b.example", NULL, 100, 200, 200 },
		{ "c.example", NULL, 100, 400, 400 },
		{ "d.example", NULL, 100, 600, 600 },
		{ "fast.example", NULL, 100, 800, 800 }
	};
	size_t i;

	peers_setup();
	for (i = 0; i < 5; i++) {
		lots[i].peer = peers_add(NULL, 1);
		lots[i].peer->delay = i < 4 ? 2500 : 0;
	}
	run(lots, 5, &lots[4], 100, 25);
	ATF_CHECK_EQ(100, count(&lots[4], PROTO_DELIVERED));
	for (i = 0; i < 4; i++)
		ATF_CHECK_MSG(lots[i].peer->accepted > 0, "%zu", i);
	ATF_CHECK(table.held <= PROTO_RELAY_CREDITS - RELAY_RESERVE);
}

ATF_TC_WITHOUT_HEAD(relay_caps_connections_in_all_and_to_a_server);
ATF_TC_BODY(relay_caps_connections_in_all_and_to_a_server, tc)
{
	static const struct answer slow[] = {
		{ "GREETING", NULL }, { NULL, NULL }
	};
	char domain[64];
	struct peer *p, *q;
	uint32_t i;

	peers_setup();
	p = peers_add(slow, 1);
	q = peers_add(slow, 1);
	table.host.conf.relay_connections = 6;
	/* However many domains have one server. */
	for (i = 0; i < 20; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		peers_mail(i, domain);
		tell_one(domain, p);
	}
	peers_idle(100);
	ATF_CHECK_EQ(4, p->accepted);
	ATF_CHECK_EQ(16, noutcomes);
	ATF_CHECK_EQ(PROTO_POSTPONED, outcomes[4]);
	for (; i < 24; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		peers_mail(i, domain);
		tell_one(domain, q);
	}
	peers_idle(100);
	ATF_CHECK_EQ(2, q->accepted);
	ATF_CHECK_EQ(6, STATUS.connections);
	ATF_CHECK_EQ(18, STATUS.why[PROTO_WHY_ROOM]);
}

ATF_TC_WITHOUT_HEAD(relay_remembers_a_bounded_number_of_destinations);
ATF_TC_BODY(relay_remembers_a_bounded_number_of_destinations, tc)
{
	char domain[64];
	uint32_t i;

	peers_setup();
	peers_port = 25;
	for (i = 0; i < 3 * RELAY_DESTS_MAX; i++) {
		(void)snprintf(domain, sizeof(domain), "d%u.example", i);
		peers_mail(i, domain);
		tell_begin(PROTO_DNS_LATER);
		tell(domain);
		ATF_REQUIRE_EQ(PROTO_DEFERRED, outcomes[i]);
	}
	ATF_CHECK_EQ(RELAY_DESTS_MAX, table.ndests);
	relay_table_tick(&table);
	ATF_CHECK_EQ(0, table.ndests);
	/* Forgotten as a destination, but not that it failed. */
	peers_mail(i, domain);
	ATF_CHECK_EQ(PROTO_DEFERRED, outcomes[i]);
	ATF_CHECK_EQ(0, fake_count(ROLE_RESOLVER, PROTO_LOOKUP));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    relay_sends_the_fast_ones_beside_a_slow_and_a_dead_one);
	ATF_TP_ADD_TC(tp, relay_goes_on_with_the_slow_one_too);
	ATF_TP_ADD_TC(tp, relay_bears_a_server_that_wants_one_connection);
	ATF_TP_ADD_TC(tp, relay_lets_a_fast_one_alone_have_all_credits);
	ATF_TP_ADD_TC(tp, relay_shares_between_several_slow_ones);
	ATF_TP_ADD_TC(tp, relay_caps_connections_in_all_and_to_a_server);
	ATF_TP_ADD_TC(tp, relay_remembers_a_bounded_number_of_destinations);

	return (atf_no_error());
}
