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
#include <string.h>

#include "lib/testutil.h"
#include "mixing/rng.h"

#include "due.h"

ATF_TC_WITHOUT_HEAD(due_gives_the_earliest_first);
ATF_TC_BODY(due_gives_the_earliest_first, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 1);
	struct due due;
	int64_t when, times[1000], last = -1;
	uint32_t i, id;
	uint8_t seen[1000];

	memset(&due, 0, sizeof(due));
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < 1000; i++) {
		times[i] = rng_uniform(&rng, 300);
		ATF_REQUIRE_EQ(0, due_push(&due, i, times[i]));
	}
	for (i = 0; i < 1000; i++) {
		when = due_first(&due)->when;
		ATF_REQUIRE(due_pop(&due, 300, &id));
		ATF_REQUIRE_EQ(when, times[id]);
		ATF_REQUIRE(when >= last);
		ATF_REQUIRE(!seen[id]);
		seen[id] = 1;
		last = when;
	}
	ATF_CHECK(due_first(&due) == NULL);
	due_clear(&due);
}

ATF_TC_WITHOUT_HEAD(due_keeps_what_is_not_due);
ATF_TC_BODY(due_keeps_what_is_not_due, tc)
{
	struct due due;
	uint32_t id;

	memset(&due, 0, sizeof(due));
	ATF_CHECK_EQ(0, due_pop(&due, INT64_MAX, &id));
	ATF_REQUIRE_EQ(0, due_push(&due, 7, 100));
	ATF_REQUIRE_EQ(0, due_push(&due, 8, 50));
	ATF_CHECK_EQ(0, due_pop(&due, 49, &id));
	ATF_CHECK_EQ(1, due_pop(&due, 50, &id));
	ATF_CHECK_EQ(8, id);
	ATF_CHECK_EQ(0, due_pop(&due, 99, &id));
	ATF_CHECK_EQ(100, due_first(&due)->when);
	ATF_CHECK_EQ(1, due_pop(&due, 101, &id));
	ATF_CHECK_EQ(7, id);
	due_clear(&due);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, due_gives_the_earliest_first);
	ATF_TP_ADD_TC(tp, due_keeps_what_is_not_due);

	return (atf_no_error());
}
