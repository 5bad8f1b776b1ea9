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
#include <stdint.h>

#include "lib/testutil.h"
#include "mixing/moments.h"

#define INTERVAL	900000

ATF_TC_WITHOUT_HEAD(moments_are_spread_evenly);
ATF_TC_BODY(moments_are_spread_evenly, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 1);
	uint32_t tenths[10] = { 0 };
	struct moments m;
	uint32_t i, round;

	for (round = 0; round < 1000; round++) {
		moments_draw(&m, &rng, INTERVAL, 10);
		ATF_REQUIRE_EQ(10, m.n);
		for (i = 0; i < m.n; i++) {
			ATF_REQUIRE(m.at[i] < INTERVAL);
			ATF_REQUIRE(i == 0 || m.at[i - 1] <= m.at[i]);
			tenths[m.at[i] / (INTERVAL / 10)]++;
		}
	}
	/* 1,000 each, with a deviation of 30. */
	for (i = 0; i < 10; i++)
		ATF_CHECK_MSG(tenths[i] > 850 && tenths[i] < 1150, "%u: %u",
		    i, tenths[i]);
}

ATF_TC_WITHOUT_HEAD(each_moment_comes_once);
ATF_TC_BODY(each_moment_comes_once, tc)
{
	struct moments m = { { 5, 5, 70, 900 }, 4, 0 };

	ATF_CHECK_EQ(5, moments_wait(&m, 0));
	ATF_CHECK_EQ(0, moments_due(&m, 4, 10));
	ATF_CHECK_EQ(1, moments_due(&m, 5, 1));
	ATF_CHECK_EQ(1, moments_wait(&m, 5));
	ATF_CHECK_EQ(1, moments_due(&m, 5, 10));
	ATF_CHECK_EQ(0, moments_due(&m, 5, 10));
	ATF_CHECK_EQ(10, moments_wait(&m, 60));
	/* A timer that is late. */
	ATF_CHECK_EQ(1, moments_wait(&m, 80));
	ATF_CHECK_EQ(1, moments_due(&m, 80, 10));
	ATF_CHECK_EQ(1, moments_due(&m, UINT32_MAX, 10));
	ATF_CHECK_EQ(0, moments_wait(&m, 0));
	ATF_CHECK_EQ(0, moments_due(&m, UINT32_MAX, 10));
}

ATF_TC_WITHOUT_HEAD(moments_are_bounded);
ATF_TC_BODY(moments_are_bounded, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 2);
	struct moments m;

	moments_draw(&m, &rng, 1, UINT32_MAX);
	ATF_CHECK_EQ(MOMENTS_MAX, m.n);
	ATF_CHECK_EQ(MOMENTS_MAX, moments_due(&m, 0, UINT32_MAX));
	moments_draw(&m, &rng, INTERVAL, 0);
	ATF_CHECK_EQ(0, moments_wait(&m, 0));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, moments_are_spread_evenly);
	ATF_TP_ADD_TC(tp, each_moment_comes_once);
	ATF_TP_ADD_TC(tp, moments_are_bounded);

	return (atf_no_error());
}
