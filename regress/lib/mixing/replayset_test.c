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
#include <stdlib.h>
#include <string.h>

#include "mixing/replayset.h"

#include "lib/testutil.h"

#define MANY	20000

static struct test_rng	state;

static struct replayset *
new_set(void)
{
	struct rng rng = test_rng(&state, 5);
	struct replayset *set = replayset_new(&rng);

	ATF_REQUIRE(set != NULL);
	return (set);
}

static const uint8_t *
digest(uint32_t n)
{
	static uint8_t d[REPLAYSET_DIGEST_LEN];

	memset(d, 0x5a, sizeof(d));
	memcpy(d + 7, &n, sizeof(n));
	return (d);
}

ATF_TC_WITHOUT_HEAD(what_was_inserted_is_found);
ATF_TC_BODY(what_was_inserted_is_found, tc)
{
	struct replayset *set = new_set();
	uint32_t i;

	for (i = 0; i < MANY; i++)
		ATF_REQUIRE_EQ(replayset_insert(set, digest(i), i % 3), 1);
	ATF_CHECK_EQ(replayset_count(set), MANY);
	for (i = 0; i < MANY; i++)
		ATF_REQUIRE(replayset_has(set, digest(i)));
	for (; i < 2 * MANY; i++)
		ATF_REQUIRE(!replayset_has(set, digest(i)));
	replayset_free(set);
}

ATF_TC_WITHOUT_HEAD(a_second_insertion_says_so);
ATF_TC_BODY(a_second_insertion_says_so, tc)
{
	struct replayset *set = new_set();

	ATF_CHECK_EQ(replayset_insert(set, digest(1), 7), 1);
	ATF_CHECK_EQ(replayset_insert(set, digest(1), 8), 0);
	ATF_CHECK_EQ(replayset_count(set), 1);
	replayset_drop(set, 8);
	ATF_CHECK(replayset_has(set, digest(1)));
	replayset_free(set);
}

ATF_TC_WITHOUT_HEAD(a_withdrawal_leaves_all_others);
ATF_TC_BODY(a_withdrawal_leaves_all_others, tc)
{
	struct replayset *set = new_set();
	uint32_t i;

	for (i = 0; i < MANY; i++)
		ATF_REQUIRE_EQ(replayset_insert(set, digest(i), 0), 1);
	for (i = 0; i < MANY; i += 2)
		replayset_withdraw(set, digest(i));
	replayset_withdraw(set, digest(MANY));
	ATF_CHECK_EQ(replayset_count(set), MANY / 2);
	for (i = 0; i < MANY; i++)
		ATF_REQUIRE_EQ(replayset_has(set, digest(i)), (int)(i % 2));
	replayset_free(set);
}

ATF_TC_WITHOUT_HEAD(a_tag_is_dropped_with_all_its_digests);
ATF_TC_BODY(a_tag_is_dropped_with_all_its_digests, tc)
{
	struct replayset *set = new_set();
	uint32_t i;

	for (i = 0; i < MANY; i++)
		ATF_REQUIRE_EQ(replayset_insert(set, digest(i),
		    i % 10 == 0 ? UINT32_MAX : 0), 1);
	replayset_drop(set, 0);
	ATF_CHECK_EQ(replayset_count(set), MANY / 10);
	for (i = 0; i < MANY; i++)
		ATF_REQUIRE_EQ(replayset_has(set, digest(i)), i % 10 == 0);
	replayset_drop(set, UINT32_MAX);
	ATF_CHECK_EQ(replayset_count(set), 0);
	ATF_CHECK_EQ(replayset_insert(set, digest(0), 0), 1);
	replayset_free(set);
}

/* Random operations beside a plain array. */
ATF_TC_WITHOUT_HEAD(it_agrees_with_an_array);
ATF_TC_BODY(it_agrees_with_an_array, tc)
{
	struct replayset *set = new_set();
	struct test_rng mine;
	struct rng rng = test_rng(&mine, 6);
	uint8_t tags[300] = { 0 };	/* 0: not there, else tag + 1 */
	uint32_t i, n, step;
	size_t count;

	for (step = 0; step < 60000; step++) {
		n = rng_uniform(&rng, 300);
		switch (rng_uniform(&rng, 5)) {
		case 0:
			replayset_withdraw(set, digest(n));
			tags[n] = 0;
			break;
		case 1:
			ATF_REQUIRE_EQ(replayset_has(set, digest(n)),
			    tags[n] != 0);
			break;
		default:
			ATF_REQUIRE_EQ(replayset_insert(set, digest(n), n % 4),
			    tags[n] == 0);
			if (tags[n] == 0)
				tags[n] = (uint8_t)(n % 4 + 1);
		}
		if (step % 1000 != 999)
			continue;
		replayset_drop(set, 2);
		for (i = 0, count = 0; i < 300; i++) {
			if (tags[i] == 3)
				tags[i] = 0;
			count += tags[i] != 0;
			ATF_REQUIRE_EQ(replayset_has(set, digest(i)),
			    tags[i] != 0);
		}
		ATF_REQUIRE_EQ(replayset_count(set), count);
	}
	replayset_free(set);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_was_inserted_is_found);
	ATF_TP_ADD_TC(tp, a_second_insertion_says_so);
	ATF_TP_ADD_TC(tp, a_withdrawal_leaves_all_others);
	ATF_TP_ADD_TC(tp, a_tag_is_dropped_with_all_its_digests);
	ATF_TP_ADD_TC(tp, it_agrees_with_an_array);
	return (atf_no_error());
}
