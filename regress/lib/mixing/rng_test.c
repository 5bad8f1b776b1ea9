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
#include <stdint.h>
#include <string.h>

#include "mixing/rng.h"

#include "lib/testutil.h"

/* Gives the numbers of a list, one after the other. */
struct script {
	const uint32_t	*next;
};

static void
fill_script(void *ctx, void *buf, size_t len)
{
	struct script *script = ctx;

	ATF_REQUIRE_EQ(len, sizeof(uint32_t));
	memcpy(buf, script->next++, len);
}

ATF_TC_WITHOUT_HEAD(uniform_draws_nothing_for_bounds_0_and_1);
ATF_TC_BODY(uniform_draws_nothing_for_bounds_0_and_1, tc)
{
	struct rng rng = { NULL, NULL };

	ATF_CHECK_EQ(rng_uniform(&rng, 0), 0);
	ATF_CHECK_EQ(rng_uniform(&rng, 1), 0);
}

ATF_TC_WITHOUT_HEAD(uniform_draws_again_where_there_would_be_bias);
ATF_TC_BODY(uniform_draws_again_where_there_would_be_bias, tc)
{
	/* 2^32 mod 3 is 1: of 0 there would be one too many. */
	const uint32_t numbers[] = { 0, 5 };
	struct script script = { numbers };
	struct rng rng = { fill_script, &script };

	ATF_CHECK_EQ(rng_uniform(&rng, 3), 2);
	ATF_CHECK_EQ(script.next, numbers + 2);
}

ATF_TC_WITHOUT_HEAD(uniform_reaches_every_number_as_often);
ATF_TC_BODY(uniform_reaches_every_number_as_often, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 11);
	unsigned int count[7] = { 0 }, i;
	uint32_t n;

	for (i = 0; i < 70000; i++) {
		n = rng_uniform(&rng, 7);
		ATF_REQUIRE(n < 7);
		count[n]++;
	}
	/* Five standard deviations. */
	for (i = 0; i < 7; i++)
		ATF_CHECK_MSG(count[i] > 9537 && count[i] < 10463, "%u: %u",
		    i, count[i]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, uniform_draws_nothing_for_bounds_0_and_1);
	ATF_TP_ADD_TC(tp, uniform_draws_again_where_there_would_be_bias);
	ATF_TP_ADD_TC(tp, uniform_reaches_every_number_as_often);
	return (atf_no_error());
}
