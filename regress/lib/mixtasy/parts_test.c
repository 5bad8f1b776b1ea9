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
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "mixtasy/parts.h"

#define NOW	1750000000

static struct mix_parts parts;

static void
set_up(void)
{
	mix_parts_init(&parts);
	parts.limits.parts = 10;
	parts.limits.sets = 3;
	parts.limits.held = 12;
	parts.limits.keep = 100;
}

static void
make_key(uint32_t n, uint8_t key[MIX_PARTS_KEY_LEN])
{
	memset(key, 0x77, MIX_PARTS_KEY_LEN);
	memcpy(key, &n, sizeof(n));
}

static struct mix_parts_set *
find(uint32_t n)
{
	uint8_t key[MIX_PARTS_KEY_LEN];

	make_key(n, key);
	return (mix_parts_find(&parts, key));
}

static struct mix_parts_set *
begin(uint32_t n, uint32_t total, uint64_t since)
{
	struct mix_parts_set *set;

	ATF_REQUIRE((set = calloc(1, sizeof(*set))) != NULL);
	make_key(n, set->key);
	set->total = total;
	set->since = since;
	set->taken = calloc(1, MIX_PARTS_TAKEN_LEN(total));
	ATF_REQUIRE(set->taken != NULL);
	mix_parts_begin(&parts, set);
	return (set);
}

/* Judges a part of set n, and takes it if it is good. */
static enum mix_parts_verdict
offer(uint32_t n, uint32_t part, uint32_t total)
{
	uint8_t key[MIX_PARTS_KEY_LEN];
	enum mix_parts_verdict verdict;
	struct mix_parts_set *set;

	make_key(n, key);
	verdict = mix_parts_judge(&parts, key, part, total);
	if (verdict == MIX_PARTS_FIRST)
		begin(n, total, NOW);
	if (verdict == MIX_PARTS_FIRST || verdict == MIX_PARTS_MORE) {
		ATF_REQUIRE((set = find(n)) != NULL);
		ATF_CHECK(!mix_parts_has(set, part));
		ATF_CHECK_EQ(set->n + 1 == set->total,
		    mix_parts_take(&parts, set, part));
		ATF_CHECK(mix_parts_has(set, part));
	}
	return (verdict);
}

static void
drop(uint32_t n)
{
	struct mix_parts_set *set = find(n);

	ATF_REQUIRE(set != NULL);
	mix_parts_end(&parts, set);
	ATF_CHECK(find(n) == NULL);
	free(set->taken);
	free(set);
}

ATF_TC_WITHOUT_HEAD(set_is_whole_when_all_numbers_came);
ATF_TC_BODY(set_is_whole_when_all_numbers_came, tc)
{
	set_up();
	ATF_CHECK_EQ(MIX_PARTS_FIRST, offer(1, 2, 3));
	ATF_CHECK_EQ(MIX_PARTS_MORE, offer(1, 3, 3));
	ATF_CHECK_EQ(1, parts.incomplete);
	ATF_CHECK_EQ(2, parts.held);
	ATF_CHECK_EQ(MIX_PARTS_MORE, offer(1, 1, 3));
	ATF_CHECK(mix_parts_whole(find(1)));
	ATF_CHECK_EQ(0, parts.incomplete);
	ATF_CHECK_EQ(0, parts.held);
	drop(1);
	ATF_CHECK_EQ(0, parts.incomplete);
	ATF_CHECK_EQ(MIX_PARTS_FIRST, offer(2, 1, 1));
	ATF_CHECK(mix_parts_whole(find(2)));
	drop(2);
}

ATF_TC_WITHOUT_HEAD(first_part_of_a_number_stays);
ATF_TC_BODY(first_part_of_a_number_stays, tc)
{
	set_up();
	ATF_CHECK_EQ(MIX_PARTS_FIRST, offer(1, 1, 2));
	ATF_CHECK_EQ(MIX_PARTS_TAKEN, offer(1, 1, 2));
	ATF_CHECK_EQ(MIX_PARTS_MORE, offer(1, 2, 2));
	/* Of a whole set too, until it has gone. */
	ATF_CHECK_EQ(MIX_PARTS_TAKEN, offer(1, 2, 2));
	drop(1);
}

ATF_TC_WITHOUT_HEAD(numbers_that_can_not_be_are_refused);
ATF_TC_BODY(numbers_that_can_not_be_are_refused, tc)
{
	set_up();
	ATF_CHECK_EQ(MIX_PARTS_REFUSED, offer(1, 0, 3));
	ATF_CHECK_EQ(MIX_PARTS_REFUSED, offer(1, 4, 3));
	ATF_CHECK_EQ(MIX_PARTS_REFUSED, offer(1, 1, 11));
	ATF_CHECK_EQ(MIX_PARTS_FIRST, offer(1, 10, 10));
	ATF_CHECK_EQ(MIX_PARTS_REFUSED, offer(1, 1, 9));
	drop(1);
}

ATF_TC_WITHOUT_HEAD(too_many_sets_refuse_new_ones_only);
ATF_TC_BODY(too_many_sets_refuse_new_ones_only, tc)
{
	uint32_t i;

	set_up();
	for (i = 1; i <= 3; i++)
		ATF_CHECK_EQ(MIX_PARTS_FIRST, offer(i, 1, 2));
	ATF_CHECK_EQ(MIX_PARTS_REFUSED, offer(4, 1, 2));
	ATF_CHECK_EQ(MIX_PARTS_MORE, offer(2, 2, 2));
	/* A whole one leaves room. */
	ATF_CHECK_EQ(MIX_PARTS_FIRST, offer(4, 1, 2));
	for (i = 1; i <= 4; i++)
		drop(i);
	ATF_CHECK_EQ(0, parts.held);
}

ATF_TC_WITHOUT_HEAD(too_many_parts_refuse_new_sets_first);
ATF_TC_BODY(too_many_parts_refuse_new_sets_first, tc)
{
	uint32_t i;

	set_up();
	ATF_CHECK_EQ(MIX_PARTS_FIRST, offer(1, 1, 10));
	for (i = 2; i <= 6; i++)
		ATF_CHECK_EQ(MIX_PARTS_MORE, offer(1, i, 10));
	ATF_CHECK_EQ(MIX_PARTS_REFUSED, offer(2, 1, 10));
	for (i = 7; i <= 9; i++)
		ATF_CHECK_EQ(MIX_PARTS_MORE, offer(1, i, 10));
	begin(2, 10, NOW);
	for (i = 1; i <= 3; i++)
		ATF_CHECK_EQ(MIX_PARTS_MORE, offer(2, i, 10));
	ATF_CHECK_EQ(12, parts.held);
	ATF_CHECK_EQ(MIX_PARTS_REFUSED, offer(2, 4, 10));
	drop(2);
	ATF_CHECK_EQ(MIX_PARTS_MORE, offer(1, 10, 10));
	ATF_CHECK_EQ(0, parts.held);
	drop(1);
}

ATF_TC_WITHOUT_HEAD(part_that_is_given_back_never_came);
ATF_TC_BODY(part_that_is_given_back_never_came, tc)
{
	set_up();
	offer(1, 1, 2);
	offer(1, 2, 2);
	mix_parts_give_back(&parts, find(1), 1);
	ATF_CHECK(!mix_parts_whole(find(1)));
	ATF_CHECK_EQ(1, parts.incomplete);
	ATF_CHECK_EQ(1, parts.held);
	mix_parts_give_back(&parts, find(1), 2);
	ATF_CHECK_EQ(0, parts.held);
	ATF_CHECK_EQ(MIX_PARTS_MORE, offer(1, 2, 2));
	drop(1);
	ATF_CHECK_EQ(0, parts.incomplete);
}

ATF_TC_WITHOUT_HEAD(incomplete_sets_expire_whole_ones_do_not);
ATF_TC_BODY(incomplete_sets_expire_whole_ones_do_not, tc)
{
	set_up();
	begin(1, 2, NOW);
	begin(2, 2, NOW + 10);
	mix_parts_take(&parts, find(1), 1);
	ATF_CHECK(mix_parts_expired(&parts, NOW + 99) == NULL);
	ATF_CHECK(mix_parts_expired(&parts, NOW + 100) == find(1));
	ATF_CHECK(mix_parts_expired(&parts, NOW - 1000000) == NULL);
	mix_parts_take(&parts, find(1), 2);
	ATF_CHECK(mix_parts_expired(&parts, NOW + 105) == NULL);
	ATF_CHECK(mix_parts_expired(&parts, NOW + 110) == find(2));
	drop(1);
	drop(2);
}

ATF_TC_WITHOUT_HEAD(key_follows_from_id_and_total);
ATF_TC_BODY(key_follows_from_id_and_total, tc)
{
	uint8_t a[MIX_PARTS_KEY_LEN], b[MIX_PARTS_KEY_LEN];
	const uint8_t zeros[MIX_PARTS_KEY_LEN] = { 0 };

	ATF_REQUIRE_EQ(0, mix_parts_key("<a@b>", 3, a));
	ATF_REQUIRE_EQ(0, mix_parts_key("<a@b>", 3, b));
	ATF_CHECK(memcmp(a, b, sizeof(a)) == 0);
	ATF_REQUIRE_EQ(0, mix_parts_key("<a@b>", 4, b));
	ATF_CHECK(memcmp(a, b, sizeof(a)) != 0);
	ATF_REQUIRE_EQ(0, mix_parts_key("<a@c>", 3, b));
	ATF_CHECK(memcmp(a, b, sizeof(a)) != 0);
	ATF_CHECK(mix_parts_number(a) != mix_parts_number(b));
	ATF_CHECK(mix_parts_number(zeros) != 0);
}

ATF_TC_WITHOUT_HEAD(most_parts_carry_the_largest_mail);
ATF_TC_BODY(most_parts_carry_the_largest_mail, tc)
{
	char id[MIX_ID_MAX];

	memset(id, 'x', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	ATF_CHECK_EQ(1, mix_parts_most(0));
	ATF_CHECK_EQ(1, mix_parts_most(1));
	ATF_CHECK(mix_parts_most(MIX_PARTS_OCTETS) >=
	    mix_parts_count(id, MIX_PARTS_OCTETS));
	ATF_CHECK(mix_parts_most(300000) >= mix_parts_count(id, 300000));
	ATF_CHECK_EQ(MIX_PARTS_MAX, mix_parts_most(UINT64_MAX));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, set_is_whole_when_all_numbers_came);
	ATF_TP_ADD_TC(tp, first_part_of_a_number_stays);
	ATF_TP_ADD_TC(tp, numbers_that_can_not_be_are_refused);
	ATF_TP_ADD_TC(tp, too_many_sets_refuse_new_ones_only);
	ATF_TP_ADD_TC(tp, too_many_parts_refuse_new_sets_first);
	ATF_TP_ADD_TC(tp, part_that_is_given_back_never_came);
	ATF_TP_ADD_TC(tp, incomplete_sets_expire_whole_ones_do_not);
	ATF_TP_ADD_TC(tp, key_follows_from_id_and_total);
	ATF_TP_ADD_TC(tp, most_parts_carry_the_largest_mail);
	return (atf_no_error());
}
