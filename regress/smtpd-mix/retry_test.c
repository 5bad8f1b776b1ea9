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

#include "lib/testutil.h"
#include "mixing/rng.h"

#include "retry.h"

ATF_TC_WITHOUT_HEAD(retry_doubles_up_to_the_maximum);
ATF_TC_BODY(retry_doubles_up_to_the_maximum, tc)
{
	const uint64_t base[] = { 300, 600, 1200, 2400, 3600, 3600, 3600 };
	struct test_rng state;
	struct rng rng = test_rng(&state, 1);
	uint64_t wait;
	uint32_t i, draw;

	for (i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		for (draw = 0; draw < 200; draw++) {
			wait = retry_delay(300, 3600, i + 1, &rng);
			ATF_REQUIRE(wait >= base[i]);
			ATF_REQUIRE(wait <= base[i] + base[i] / 4);
		}
}

ATF_TC_WITHOUT_HEAD(retry_waits_are_spread);
ATF_TC_BODY(retry_waits_are_spread, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 2);
	uint64_t wait, least = UINT64_MAX, most = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		wait = retry_delay(1000, 10000, 1, &rng);
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	ATF_CHECK(least < 1010);
	ATF_CHECK(most > 1240);
}

ATF_TC_WITHOUT_HEAD(retry_comes_soon_to_what_was_put_off);
ATF_TC_BODY(retry_comes_soon_to_what_was_put_off, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 3);
	uint64_t wait, least = UINT64_MAX, most = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		wait = retry_soon(300, &rng);
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
		ATF_REQUIRE(retry_soon(1, &rng) >= 1);
		ATF_REQUIRE(retry_soon(1, &rng) <= 2);
	}
	ATF_CHECK(least >= 31 && least < 35);
	ATF_CHECK(most <= 91 && most > 87);
	ATF_CHECK(retry_soon(UINT32_MAX, &rng) <= 91);
}

ATF_TC_WITHOUT_HEAD(retry_takes_extreme_figures);
ATF_TC_BODY(retry_takes_extreme_figures, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 3);

	ATF_CHECK(retry_delay(UINT32_MAX, UINT32_MAX, UINT32_MAX, &rng) >=
	    UINT32_MAX);
	ATF_CHECK_EQ(5, retry_delay(3600, 5, 1, &rng) / 5 * 5);
	ATF_CHECK(retry_delay(1, UINT32_MAX, 65535, &rng) >= UINT32_MAX);
	ATF_CHECK_EQ(0, retry_delay(0, 0, 7, &rng));
}

ATF_TC_WITHOUT_HEAD(retry_keeps_the_first_try_coarsely);
ATF_TC_BODY(retry_keeps_the_first_try_coarsely, tc)
{
	ATF_CHECK_EQ(7200, retry_fired(10799, 86400));
	ATF_CHECK_EQ(10800, retry_fired(10800, 7 * 86400));
	ATF_CHECK_EQ(10790, retry_fired(10799, 240));
	ATF_CHECK_EQ(10799, retry_fired(10799, 30));
	ATF_CHECK_EQ(10799, retry_fired(10799, 0));
}

ATF_TC_WITHOUT_HEAD(retry_gives_up_after_the_time);
ATF_TC_BODY(retry_gives_up_after_the_time, tc)
{
	ATF_CHECK(!retry_expired(1000, 1099, 100));
	ATF_CHECK(retry_expired(1000, 1100, 100));
	ATF_CHECK(!retry_expired(1000, 500, 100));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, retry_doubles_up_to_the_maximum);
	ATF_TP_ADD_TC(tp, retry_waits_are_spread);
	ATF_TP_ADD_TC(tp, retry_comes_soon_to_what_was_put_off);
	ATF_TP_ADD_TC(tp, retry_takes_extreme_figures);
	ATF_TP_ADD_TC(tp, retry_keeps_the_first_try_coarsely);
	ATF_TP_ADD_TC(tp, retry_gives_up_after_the_time);

	return (atf_no_error());
}
