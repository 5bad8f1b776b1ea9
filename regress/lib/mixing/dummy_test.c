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
#include <string.h>

#include "lib/testutil.h"
#include "mixing/dummy.h"

static struct test_rng	state;
static struct rng	rng;

static struct dummy_policy
policy(uint32_t low, uint32_t high)
{
	struct dummy_policy p = {
		{ 900, 45, 1, 0.65 }, 4 * 3600, low, high
	};

	rng = test_rng(&state, 5);

	return (p);
}

/* Sixteen runs that each let this share go leave DUMMY_LATE behind. */
ATF_TC_WITHOUT_HEAD(needed_arrivals_keep_delays_under_the_hop_delay);
ATF_TC_BODY(needed_arrivals_keep_delays_under_the_hop_delay, tc)
{
	struct dummy_policy p = policy(0, 100);
	double a = dummy_needed(&p), left = 1, share;
	int i;

	share = a / (45 + a / 0.65);
	for (i = 0; i < 16; i++)
		left *= 1 - share;
	ATF_CHECK(fabs(left - DUMMY_LATE) < 1e-9);
	ATF_CHECK(a > 10 && a < 13);
}

ATF_TC_WITHOUT_HEAD(range_ends_what_is_made);
ATF_TC_BODY(range_ends_what_is_made, tc)
{
	struct dummy_policy p = policy(2, 6);
	struct dummy_control c = { 0 };
	int i;

	ATF_CHECK_EQ(6, dummy_draw(&c, &p, &rng));
	c.others = 1000;
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(2, dummy_draw(&c, &p, &rng));
	p.low = p.high = 4;
	ATF_CHECK_EQ(4, dummy_draw(&c, &p, &rng));
	p.low = p.high = 0;
	c.others = 0;
	ATF_CHECK_EQ(0, dummy_draw(&c, &p, &rng));
}

ATF_TC_WITHOUT_HEAD(draws_keep_their_mean_and_spread);
ATF_TC_BODY(draws_keep_their_mean_and_spread, tc)
{
	struct dummy_policy p = policy(0, 12);
	struct dummy_control c = { 0 };
	uint32_t n, seen[13] = { 0 };
	double mean, sum = 0;
	int i;

	c.others = dummy_needed(&p) - 3.4;
	mean = dummy_mean(&c, &p);
	ATF_CHECK(fabs(mean - 3.4) < 1e-9);
	for (i = 0; i < 100000; i++) {
		n = dummy_draw(&c, &p, &rng);
		ATF_REQUIRE(n <= 12);
		seen[n]++;
		sum += n;
	}
	ATF_CHECK(fabs(sum / 100000 - mean) < 0.03);
	ATF_CHECK(seen[0] > 1000 && seen[6] > 1000);
	ATF_CHECK_EQ(0, seen[8]);
}

ATF_TC_WITHOUT_HEAD(traffic_is_averaged_over_a_hop_delay);
ATF_TC_BODY(traffic_is_averaged_over_a_hop_delay, tc)
{
	struct dummy_policy p = policy(0, 12);
	struct dummy_control c = { 0 };
	double before = dummy_mean(&c, &p);
	int i;

	/* A flood of one interval doesn't end them. */
	dummy_arrived(&c, &p, 100);
	ATF_CHECK(dummy_mean(&c, &p) > before / 4);
	for (i = 0; i < 200; i++)
		dummy_arrived(&c, &p, 7);
	ATF_CHECK(fabs(c.others - 7) < 0.01);
	ATF_CHECK(fabs(dummy_mean(&c, &p) - (dummy_needed(&p) - 7)) < 0.01);
	for (i = 0; i < 200; i++)
		dummy_arrived(&c, &p, 0);
	ATF_CHECK(fabs(dummy_mean(&c, &p) - before) < 0.01);
}

/* Where no number helps, as many as may be. */
ATF_TC_WITHOUT_HEAD(delay_that_can_not_be_kept_takes_all);
ATF_TC_BODY(delay_that_can_not_be_kept_takes_all, tc)
{
	struct dummy_policy p = policy(0, 12);
	struct dummy_control c = { 500 };

	p.hop_delay = 60;
	ATF_CHECK_EQ(HUGE_VAL, dummy_needed(&p));
	ATF_CHECK_EQ(12, dummy_draw(&c, &p, &rng));
	dummy_arrived(&c, &p, 3);
	ATF_CHECK_EQ(3, c.others);
	p.hop_delay = 900;
	ATF_CHECK_EQ(HUGE_VAL, dummy_needed(&p));
	p.pool.interval = 0;
	ATF_CHECK_EQ(12, dummy_draw(&c, &p, &rng));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, needed_arrivals_keep_delays_under_the_hop_delay);
	ATF_TP_ADD_TC(tp, range_ends_what_is_made);
	ATF_TP_ADD_TC(tp, draws_keep_their_mean_and_spread);
	ATF_TP_ADD_TC(tp, traffic_is_averaged_over_a_hop_delay);
	ATF_TP_ADD_TC(tp, delay_that_can_not_be_kept_takes_all);

	return (atf_no_error());
}
