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

#include <atf-c.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "lib/testutil.h"
#include "mixing/dummy.h"
#include "mixing/pool.h"

/*
 * A network of mixes with the pools and dummies of the daemon, in simulated
 * time: how many mails meet a subkey that has expired, and how long they stay.
 *
 * Rates are of mail that reaches a mix, all hops counted, the worst reading: of
 * 4 mails an hour only one comes from a sender.  Each mix has a new subkey a
 * day, good for two; a sender's certificates are up to six hours old.
 */
#define MIXES		8
#define HOPS		4
#define MINUTE		60
#define HOUR		(60 * MINUTE)
#define DAY		(24 * HOUR)
#define SUBKEY_LIFE	(2 * DAY)
#define ROTATION	DAY
#define HOP_DELAY	(4 * HOUR)
#define MARGIN		(2 * HOUR)	/* senders' rule, beside the delays */
#define STALE		(6 * HOUR)
#define WARM_UP		(2 * DAY)

struct message {
	uint8_t		dummy;
	uint8_t		hops;
	uint8_t		at;		/* hop that it is in the pool of */
	uint8_t		path[HOPS];
	time_t		expires[HOPS];
	time_t		since;		/* in this pool */
	uint32_t	next_free;
};

struct mix {
	struct pool		*pool;
	struct dummy_control	 control;
	uint32_t		 others;	/* arrived since the last run */
	time_t			 phase;		/* of the runs */
	time_t			 rotates;
};

static struct net {
	struct mix		 mixes[MIXES];
	struct message		*messages;
	uint32_t		 nmessages;
	uint32_t		 room;
	uint32_t		 free;		/* plus 1; 0: none */
	struct test_rng		 state;
	struct rng		 rng;
	struct dummy_policy	 policy;
	int			 with_dummies;
	/* what is measured */
	uint64_t		 sent;
	uint64_t		 lost;
	uint64_t		 arrived;
	uint64_t		 hop_delays;
	uint64_t		 late;
	uint64_t		 dummies;
	uint64_t		 runs;
} net;

static double
even(void)
{
	uint32_t r;

	rng_fill(&net.rng, &r, sizeof(r));

	return ((r + 0.5) / 4294967296.0);
}

static uint32_t
poisson(double mean)
{
	double limit = exp(-mean), product = even();
	uint32_t n = 0;

	while (product > limit) {
		product *= even();
		n++;
	}

	return (n);
}

static uint32_t
message_new(void)
{
	uint32_t id;

	if (net.free != 0) {
		id = net.free - 1;
		net.free = net.messages[id].next_free;
		return (id);
	}
	if (net.nmessages == net.room) {
		net.room = net.room == 0 ? 1024 : net.room * 2;
		net.messages = reallocarray(net.messages, net.room,
		    sizeof(*net.messages));
		ATF_REQUIRE(net.messages != NULL);
	}

	return (net.nmessages++);
}

static void
message_free(uint32_t id)
{
	net.messages[id].next_free = net.free;
	net.free = id + 1;
}

/* When the newest subkey of a mix that was known at a time expires. */
static time_t
expiry(const struct mix *mix, time_t known)
{
	time_t since = known - mix->rotates;
	time_t made = mix->rotates + since / ROTATION * ROTATION;

	if (since < 0)
		made -= ROTATION;

	return (made + SUBKEY_LIFE);
}

/* Draws a mix for each hop by the senders' rule; none twice. */
static void
draw_path(struct message *m, time_t now, int but)
{
	time_t known = now - (time_t)(even() * STALE);
	unsigned int taken = but < 0 ? 0 : 1U << but;
	uint32_t k, i;

	for (k = 0; k < m->hops; k++) {
		do {
			i = rng_uniform(&net.rng, MIXES);
			m->expires[k] = expiry(&net.mixes[i], known);
		} while ((taken & 1U << i) != 0 || m->expires[k] - now <
		    (time_t)k * HOP_DELAY + MARGIN);
		taken |= 1U << i;
		m->path[k] = (uint8_t)i;
	}
}

/* A message that another mix or a sender gives to a mix. */
static void
arrive(uint32_t id, uint32_t hop, time_t now)
{
	struct message *m = &net.messages[id];
	struct mix *mix = &net.mixes[m->path[hop]];

	if (now >= m->expires[hop] || (m->dummy && hop + 1U == m->hops)) {
		if (!m->dummy)
			net.lost++;
		message_free(id);
		return;
	}
	m->at = (uint8_t)hop;
	m->since = now;
	mix->others++;
	ATF_REQUIRE_EQ(0, pool_add(mix->pool, id, now));
}

/* It leaves a pool: on to the next mix, or to who it is for. */
static void
leave(uint32_t id, time_t now)
{
	struct message *m = &net.messages[id];

	net.hop_delays++;
	net.late += now - m->since > HOP_DELAY;
	if (m->at + 1U < m->hops) {
		arrive(id, m->at + 1U, now);
		return;
	}
	net.arrived++;
	message_free(id);
}

static uint32_t
dummy_new(uint32_t maker, time_t now)
{
	uint32_t id = message_new();
	struct message *m = &net.messages[id];

	memset(m, 0, sizeof(*m));
	m->dummy = 1;
	m->hops = (uint8_t)(1 + rng_uniform(&net.rng, HOPS));
	draw_path(m, now, (int)maker);
	net.dummies++;

	return (id);
}

/* Our own, in our own pool: marked by a hop that is before the first. */
#define OWN	0xff

static void
timed_dummies(uint32_t i, time_t now)
{
	struct mix *mix = &net.mixes[i];
	uint32_t n, id;

	n = dummy_draw(&mix->control, &net.policy, &net.rng);
	while (n-- > 0) {
		id = dummy_new(i, now);
		net.messages[id].at = OWN;
		ATF_REQUIRE_EQ(0, pool_add(mix->pool, id, now));
	}
}

static void
send_out(uint32_t id, time_t now)
{
	if (net.messages[id].at == OWN)
		arrive(id, 0, now);
	else
		leave(id, now);
}

static void
run(uint32_t i, time_t now)
{
	struct mix *mix = &net.mixes[i];
	static uint32_t ids[65536];
	uint32_t n, k, flush;

	net.runs++;
	dummy_arrived(&mix->control, &net.policy, mix->others);
	mix->others = 0;
	n = pool_batch(&net.policy.pool, pool_count(mix->pool), &net.rng);
	ATF_REQUIRE(n <= sizeof(ids) / sizeof(ids[0]));
	if (n == 0)
		pool_round_empty(mix->pool);
	else
		n = pool_take(mix->pool, n, &net.rng, now, ids);
	for (k = 0; k < n; k++)
		send_out(ids[k], now);
	if (!net.with_dummies)
		return;
	/* With a batch 1 to 3 go out beside it; others for the next run. */
	flush = n == 0 ? 0 : 1 + rng_uniform(&net.rng, 3);
	for (k = 0; k < flush; k++)
		arrive(dummy_new(i, now), 0, now);
	timed_dummies(i, now);
}

/* New mails whose first hop is this mix, between two runs of it. */
static void
new_mails(uint32_t i, time_t from, time_t to, double an_hour)
{
	uint32_t n = poisson(an_hour / HOPS * (double)(to - from) / HOUR), id;
	struct message *m;
	time_t now;

	while (n-- > 0) {
		now = from + (time_t)(even() * (double)(to - from));
		id = message_new();
		m = &net.messages[id];
		memset(m, 0, sizeof(*m));
		m->hops = HOPS;
		do
			draw_path(m, now, -1);
		while (m->path[0] != i);
		net.sent++;
		arrive(id, 0, now);
	}
}

static void
begin(uint32_t low, uint32_t high, int with_dummies, uint64_t seed)
{
	const struct pool_policy pool = { 15 * MINUTE, 45, 1, 0.65 };
	uint32_t i;

	memset(&net, 0, sizeof(net));
	net.rng = test_rng(&net.state, seed);
	net.policy.pool = pool;
	net.policy.hop_delay = HOP_DELAY;
	net.policy.low = low;
	net.policy.high = high;
	net.with_dummies = with_dummies;
	for (i = 0; i < MIXES; i++) {
		ATF_REQUIRE((net.mixes[i].pool = pool_new()) != NULL);
		net.mixes[i].phase = (time_t)(i * pool.interval / MIXES);
		net.mixes[i].rotates = (time_t)(even() * ROTATION);
	}
}

static void
forget_figures(void)
{
	net.sent = net.lost = net.arrived = 0;
	net.hop_delays = net.late = net.dummies = net.runs = 0;
}

/* Until so many mails were sent. */
static void
simulate(double an_hour, uint64_t mails)
{
	const time_t interval = net.policy.pool.interval;
	time_t t, now;
	uint32_t i;
	int warm = 0;

	for (t = 10 * DAY; !warm || net.sent < mails; t += interval) {
		if (!warm && t > 10 * DAY + WARM_UP) {
			forget_figures();
			warm = 1;
		}
		for (i = 0; i < MIXES; i++) {
			now = t + net.mixes[i].phase;
			new_mails(i, now - interval, now, an_hour);
			run(i, now);
		}
	}
	printf("%g an hour: %.5f lost, %.3f of delays late, %.1f dummies a "
	    "run\n", an_hour, (double)net.lost / (double)net.sent,
	    (double)net.late / (double)net.hop_delays,
	    (double)net.dummies / (double)net.runs);
}

/* One in 10,000 lost, and one in 20 late, are too many. */
static void
check(double an_hour, uint64_t mails)
{
	begin(1, 12, 1, (uint64_t)an_hour);
	simulate(an_hour, mails);
	ATF_CHECK_MSG(net.lost * 10000 < net.sent, "%llu of %llu are lost",
	    (unsigned long long)net.lost, (unsigned long long)net.sent);
	ATF_CHECK_MSG(net.late * 20 <= net.hop_delays,
	    "%llu of %llu are late", (unsigned long long)net.late,
	    (unsigned long long)net.hop_delays);
}

ATF_TC_WITHOUT_HEAD(mails_arrive_at_4_an_hour);
ATF_TC_BODY(mails_arrive_at_4_an_hour, tc)
{
	check(4, 200000);
}

ATF_TC_WITHOUT_HEAD(mails_arrive_at_20_an_hour);
ATF_TC_BODY(mails_arrive_at_20_an_hour, tc)
{
	check(20, 200000);
}

ATF_TC_WITHOUT_HEAD(mails_arrive_at_80_an_hour);
ATF_TC_BODY(mails_arrive_at_80_an_hour, tc)
{
	check(80, 200000);
}

/* What the simulation says when the dummies don't do what they should. */
ATF_TC_WITHOUT_HEAD(mails_are_lost_without_timed_dummies);
ATF_TC_BODY(mails_are_lost_without_timed_dummies, tc)
{
	begin(0, 0, 0, 1);
	simulate(4, 10000);
	ATF_CHECK(net.lost * 10 > net.sent * 3);
	ATF_CHECK(net.late * 10 > net.hop_delays * 3);
	begin(0, 1, 1, 1);
	simulate(4, 10000);
	ATF_CHECK(net.late * 20 > net.hop_delays);
}

ATF_TC_WITHOUT_HEAD(dummies_give_way_to_traffic);
ATF_TC_BODY(dummies_give_way_to_traffic, tc)
{
	double low, high;

	begin(0, 12, 1, 2);
	simulate(4, 5000);
	low = (double)net.dummies / (double)net.runs;
	begin(0, 12, 1, 2);
	simulate(80, 5000);
	high = (double)net.dummies / (double)net.runs;
	/* With each batch there are two on average. */
	ATF_CHECK(low > 4);
	ATF_CHECK(high < 2.1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mails_arrive_at_4_an_hour);
	ATF_TP_ADD_TC(tp, mails_arrive_at_20_an_hour);
	ATF_TP_ADD_TC(tp, mails_arrive_at_80_an_hour);
	ATF_TP_ADD_TC(tp, mails_are_lost_without_timed_dummies);
	ATF_TP_ADD_TC(tp, dummies_give_way_to_traffic);

	return (atf_no_error());
}
