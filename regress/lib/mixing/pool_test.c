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

#include <atf-c.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mixing/pool.h"

#include "lib/testutil.h"

static struct test_rng	state;

static struct pool *
new_pool(void)
{
	struct pool *pool = pool_new();

	ATF_REQUIRE(pool != NULL);
	return (pool);
}

ATF_TC_WITHOUT_HEAD(nothing_leaves_below_the_threshold);
ATF_TC_BODY(nothing_leaves_below_the_threshold, tc)
{
	const struct pool_policy policy = { 900, 45, 10, 0.65 };
	struct rng rng = test_rng(&state, 1);

	ATF_CHECK_EQ(pool_batch(&policy, 0, &rng), 0);
	ATF_CHECK_EQ(pool_batch(&policy, 54, &rng), 0);
	ATF_CHECK(pool_batch(&policy, 55, &rng) > 0);
}

ATF_TC_WITHOUT_HEAD(a_batch_is_one_at_least_and_all_at_most);
ATF_TC_BODY(a_batch_is_one_at_least_and_all_at_most, tc)
{
	const struct pool_policy little = { 900, 45, 1, 0.001 };
	const struct pool_policy all = { 900, 0, 1, 1 };
	const struct pool_policy open = { 900, 5, 0, 0.5 };
	const struct pool_policy huge = { 900, UINT32_MAX, UINT32_MAX, 1 };
	struct rng rng = test_rng(&state, 2);
	int i;

	for (i = 0; i < 100; i++)
		ATF_CHECK(pool_batch(&little, 46, &rng) == 1);
	ATF_CHECK_EQ(pool_batch(&all, 17, &rng), 17);
	ATF_CHECK_EQ(pool_batch(&open, 5, &rng), 1);
	ATF_CHECK_EQ(pool_batch(&open, 4, &rng), 0);
	ATF_CHECK_EQ(pool_batch(&huge, UINT32_MAX, &rng), 0);
}

ATF_TC_WITHOUT_HEAD(a_fraction_is_rounded_by_a_draw);
ATF_TC_BODY(a_fraction_is_rounded_by_a_draw, tc)
{
	const struct pool_policy policy = { 900, 45, 1, 0.65 };
	struct rng rng = test_rng(&state, 3);
	unsigned int i, sum = 0;
	uint32_t n;

	/* 10 * 0.65 and 5 * 0.65: 6.5 and 3.25 in the mean. */
	for (i = 0; i < 10000; i++) {
		n = pool_batch(&policy, 55, &rng);
		ATF_REQUIRE(n == 6 || n == 7);
		sum += n;
	}
	ATF_CHECK_MSG(sum > 64750 && sum < 65250, "%u", sum);
	for (i = 0, sum = 0; i < 10000; i++)
		sum += pool_batch(&policy, 50, &rng);
	ATF_CHECK_MSG(sum > 32280 && sum < 32720, "%u", sum);
}

ATF_TC_WITHOUT_HEAD(everything_leaves_once);
ATF_TC_BODY(everything_leaves_once, tc)
{
	struct pool *pool = new_pool();
	struct rng rng = test_rng(&state, 4);
	uint32_t ids[1000], i, n, left = 1000;
	uint8_t seen[1000] = { 0 };

	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ(pool_add(pool, i, 0), 0);
	while (left > 0) {
		n = pool_take(pool, 300, &rng, 0, ids);
		ATF_REQUIRE_EQ(n, left < 300 ? left : 300);
		for (i = 0; i < n; i++)
			ATF_REQUIRE_EQ(seen[ids[i]]++, 0);
		left -= n;
		ATF_REQUIRE_EQ(pool_count(pool), left);
	}
	ATF_CHECK_EQ(pool_take(pool, 5, &rng, 0, ids), 0);
	pool_free(pool);
}

/* Which leave, and which of them first, doesn't depend on when they came. */
ATF_TC_WITHOUT_HEAD(each_leaves_as_often_at_each_place);
ATF_TC_BODY(each_leaves_as_often_at_each_place, tc)
{
	struct pool *pool;
	struct rng rng = test_rng(&state, 5);
	unsigned int first[5] = { 0 }, second[5] = { 0 }, i, round;
	uint32_t ids[2];

	for (round = 0; round < 10000; round++) {
		pool = new_pool();
		for (i = 0; i < 5; i++)
			ATF_REQUIRE_EQ(pool_add(pool, i, 0), 0);
		ATF_REQUIRE_EQ(pool_take(pool, 2, &rng, 0, ids), 2);
		first[ids[0]]++;
		second[ids[1]]++;
		pool_free(pool);
	}
	/* 2000 each; five standard deviations. */
	for (i = 0; i < 5; i++) {
		ATF_CHECK(first[i] > 1800 && first[i] < 2200);
		ATF_CHECK(second[i] > 1800 && second[i] < 2200);
	}
}

/* The closed form: H = (1 + f/n) log2(n + f) - (f/n) log2 f. */
static void
check_threshold_pool(uint32_t n, uint32_t f)
{
	const double ratio = (double)f / n;
	struct pool *pool = new_pool();
	struct rng rng = test_rng(&state, 6);
	struct pool_figures figures;
	uint32_t *ids, i, round;
	double wanted;

	wanted = (1 + ratio) * log2(n + f) - (f > 0 ? ratio * log2(f) : 0);
	ATF_REQUIRE((ids = calloc(n, sizeof(*ids))) != NULL);
	for (i = 0; i < f; i++)
		ATF_REQUIRE_EQ(pool_add(pool, i, 0), 0);
	for (round = 1; round <= 400; round++) {
		for (i = 0; i < n; i++)
			ATF_REQUIRE_EQ(pool_add(pool, i, round), 0);
		ATF_REQUIRE_EQ(pool_take(pool, n, &rng, round + 1, ids), n);
	}
	pool_figures(pool, &figures);
	ATF_CHECK_MSG(fabs(figures.entropy - wanted) < 0.001,
	    "n %u f %u: %f, not %f", n, f, figures.entropy, wanted);
	ATF_CHECK_MSG(fabs(figures.mean_delay - (1 + ratio)) < 0.1,
	    "n %u f %u: delay %f", n, f, figures.mean_delay);
	ATF_CHECK_EQ(figures.last_batch, n);
	ATF_CHECK_EQ(figures.rounds, 64);
	free(ids);
	pool_free(pool);
}

ATF_TC_WITHOUT_HEAD(entropy_of_a_threshold_pool_is_the_closed_form);
ATF_TC_BODY(entropy_of_a_threshold_pool_is_the_closed_form, tc)
{
	const double published = 1.6 * log2(160) - 0.6 * log2(60);

	ATF_CHECK(fabs(published - 8.171) < 0.001);
	check_threshold_pool(100, 60);
	check_threshold_pool(100, 0);
	check_threshold_pool(30, 45);
}

/*
 * By hand: four come and two leave, then two more come.  Of these four each is
 * one of the new with 1/4, one of the old four with 1/8.
 */
ATF_TC_WITHOUT_HEAD(entropy_of_two_rounds_is_as_by_hand);
ATF_TC_BODY(entropy_of_two_rounds_is_as_by_hand, tc)
{
	struct pool *pool = new_pool();
	struct rng rng = test_rng(&state, 7);
	struct pool_figures figures;
	uint32_t ids[4], i;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE_EQ(pool_add(pool, i, 100), 0);
	ATF_REQUIRE_EQ(pool_take(pool, 2, &rng, 110, ids), 2);
	pool_figures(pool, &figures);
	ATF_CHECK(fabs(figures.entropy - 2) < 1e-9);
	ATF_CHECK(fabs(figures.mean_delay - 10) < 1e-9);

	ATF_REQUIRE_EQ(pool_add(pool, 4, 110), 0);
	pool_round_empty(pool);
	ATF_REQUIRE_EQ(pool_add(pool, 5, 110), 0);
	ATF_REQUIRE_EQ(pool_take(pool, 1, &rng, 110, ids), 1);
	pool_figures(pool, &figures);
	ATF_CHECK_MSG(fabs(figures.entropy - 2.5) < 1e-9, "%f",
	    figures.entropy);
	ATF_CHECK_EQ(figures.rounds, 2);
	ATF_CHECK_EQ(figures.last_batch, 1);
	pool_free(pool);
}

ATF_TC_WITHOUT_HEAD(a_clock_that_goes_back_makes_no_delay);
ATF_TC_BODY(a_clock_that_goes_back_makes_no_delay, tc)
{
	struct pool *pool = new_pool();
	struct rng rng = test_rng(&state, 8);
	struct pool_figures figures;
	uint32_t id;

	ATF_REQUIRE_EQ(pool_add(pool, 1, 1000), 0);
	ATF_REQUIRE_EQ(pool_take(pool, 1, &rng, 10, &id), 1);
	pool_figures(pool, &figures);
	ATF_CHECK(figures.mean_delay >= 0 && figures.mean_delay <= 0);
	ATF_CHECK(figures.entropy >= 0 && figures.entropy <= 0);
	pool_free(pool);
}

/* How many of a Poisson process come in one interval of so many seconds. */
static uint32_t
arrivals(const struct rng *rng, double mean)
{
	double product = 1, limit = exp(-mean);
	uint32_t draw, n = 0;

	for (;;) {
		rng_fill(rng, &draw, sizeof(draw));
		product *= (draw + 1.0) / 4294967297.0;
		if (product <= limit)
			return (n);
		n++;
	}
}

struct traffic {
	double	entropy;
	double	minutes;
};

static void
simulate(const struct pool_policy *policy, double per_hour,
    struct traffic *result)
{
	struct pool *pool = new_pool();
	struct rng rng = test_rng(&state, 9);
	struct pool_figures figures;
	double delays = 0, entropies = 0, weights = 0;
	uint32_t ids[1000], batch, n, round, measured = 0, last = 0;
	const uint32_t warm = 3000, rounds = 60000;
	time_t now = 0;

	for (round = 0; round < warm + rounds; round++) {
		/* They come at all times: in the middle, in the mean. */
		n = arrivals(&rng, per_hour * policy->interval / 3600);
		while (n-- > 0)
			ATF_REQUIRE_EQ(pool_add(pool, n,
			    now + policy->interval / 2), 0);
		now += policy->interval;
		batch = pool_batch(policy, pool_count(pool), &rng);
		ATF_REQUIRE(batch <= 1000);
		if (batch == 0) {
			pool_round_empty(pool);
			continue;
		}
		ATF_REQUIRE_EQ(pool_take(pool, batch, &rng, now, ids), batch);
		if (round < warm)
			continue;
		pool_figures(pool, &figures);
		entropies += figures.entropy * batch;
		measured += batch;
		/* The delay is that of 64 rounds; a sample in each. */
		if (round / 64 == last)
			continue;
		last = round / 64;
		delays += figures.mean_delay * figures.rounds;
		weights += figures.rounds;
	}
	result->entropy = entropies / measured;
	result->minutes = delays / weights / 60;
	pool_free(pool);
}

ATF_TC_WITHOUT_HEAD(the_default_pool_has_the_published_figures);
ATF_TC_BODY(the_default_pool_has_the_published_figures, tc)
{
	const struct pool_policy policy = { 900, 45, 1, 0.65 };
	struct traffic low, high;

	simulate(&policy, 4, &low);
	simulate(&policy, 80, &high);
	printf("at 4/h %.3f bit %.1f min; at 80/h %.3f bit %.1f min\n",
	    low.entropy, low.minutes, high.entropy, high.minutes);
	/* The published entropies are the least ones, these are means. */
	ATF_CHECK(fabs(low.entropy - 6.97) < 0.05);
	ATF_CHECK(high.entropy > 7.39 && high.entropy < 7.39 + 0.15);
	ATF_CHECK(fabs(low.minutes - 702) < 20);
	ATF_CHECK(fabs(high.minutes - 50) < 3);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_leaves_below_the_threshold);
	ATF_TP_ADD_TC(tp, a_batch_is_one_at_least_and_all_at_most);
	ATF_TP_ADD_TC(tp, a_fraction_is_rounded_by_a_draw);
	ATF_TP_ADD_TC(tp, everything_leaves_once);
	ATF_TP_ADD_TC(tp, each_leaves_as_often_at_each_place);
	ATF_TP_ADD_TC(tp, entropy_of_a_threshold_pool_is_the_closed_form);
	ATF_TP_ADD_TC(tp, entropy_of_two_rounds_is_as_by_hand);
	ATF_TP_ADD_TC(tp, a_clock_that_goes_back_makes_no_delay);
	ATF_TP_ADD_TC(tp, the_default_pool_has_the_published_figures);
	return (atf_no_error());
}
