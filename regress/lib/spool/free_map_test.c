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
#include <string.h>

#include "spool/free_map.h"

#include "lib/testutil.h"

static struct test_rng	state;

static void
make(struct free_map *map, uint32_t slots)
{
	uint32_t i;

	memset(map, 0, sizeof(*map));
	ATF_REQUIRE_EQ(free_map_grow(map, slots), 0);
	ATF_CHECK_EQ(map->count, 0);
	for (i = 0; i < slots; i++)
		free_map_add(map, i);
}

ATF_TC_WITHOUT_HEAD(every_slot_is_taken_once);
ATF_TC_BODY(every_slot_is_taken_once, tc)
{
	struct rng rng = test_rng(&state, 1);
	uint8_t seen[1024] = { 0 };
	struct free_map map;
	uint32_t i, id;

	make(&map, 1024);
	for (i = 0; i < 1024; i++) {
		ATF_REQUIRE_EQ(map.count, 1024 - i);
		id = free_map_pick(&map, &rng);
		ATF_REQUIRE(id < 1024);
		ATF_REQUIRE_EQ(seen[id]++, 0);
		free_map_remove(&map, id);
	}
	ATF_CHECK_EQ(map.count, 0);
	free_map_clear(&map);
}

ATF_TC_WITHOUT_HEAD(a_batch_lies_together_in_random_order);
ATF_TC_BODY(a_batch_lies_together_in_random_order, tc)
{
	struct rng rng = test_rng(&state, 2);
	struct free_map map;
	uint32_t i, id, last = 0, group = 0, rising = 0;

	make(&map, 64 * 100);
	for (i = 0; i < 64; i++) {
		id = free_map_pick(&map, &rng);
		free_map_remove(&map, id);
		if (i == 0)
			group = id / 64;
		ATF_CHECK_EQ(id / 64, group);
		rising += i > 0 && id > last;
		last = id;
	}
	ATF_CHECK_MSG(rising > 16 && rising < 48, "%u", rising);
	ATF_CHECK(free_map_pick(&map, &rng) / 64 != group);
	free_map_clear(&map);
}

ATF_TC_WITHOUT_HEAD(each_slot_is_taken_as_often);
ATF_TC_BODY(each_slot_is_taken_as_often, tc)
{
	struct rng rng = test_rng(&state, 3);
	unsigned int count[256] = { 0 };
	struct free_map map;
	uint32_t i;

	for (i = 0; i < 25600; i++) {
		memset(&map, 0, sizeof(map));
		ATF_REQUIRE_EQ(free_map_grow(&map, 256), 0);
		free_map_add(&map, 3);
		free_map_add(&map, 100);
		free_map_add(&map, 255);
		count[free_map_pick(&map, &rng)]++;
		free_map_clear(&map);
	}
	/* Alone in their groups; the group 2 is empty and leads to 3. */
	ATF_CHECK_EQ(count[3] + count[100] + count[255], 25600);
	ATF_CHECK(count[3] > 6000 && count[100] > 6000 && count[255] > 6000);
}

ATF_TC_WITHOUT_HEAD(the_last_free_slot_is_found);
ATF_TC_BODY(the_last_free_slot_is_found, tc)
{
	struct rng rng = test_rng(&state, 4);
	struct free_map map;

	memset(&map, 0, sizeof(map));
	ATF_REQUIRE_EQ(free_map_grow(&map, 1 << 20), 0);
	free_map_add(&map, 777777);
	ATF_CHECK_EQ(free_map_pick(&map, &rng), 777777);
	ATF_REQUIRE_EQ(free_map_grow(&map, 1 << 21), 0);
	free_map_remove(&map, 777777);
	free_map_add(&map, 2000000);
	ATF_CHECK_EQ(free_map_pick(&map, &rng), 2000000);
	free_map_clear(&map);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_slot_is_taken_once);
	ATF_TP_ADD_TC(tp, a_batch_lies_together_in_random_order);
	ATF_TP_ADD_TC(tp, each_slot_is_taken_as_often);
	ATF_TP_ADD_TC(tp, the_last_free_slot_is_found);
	return (atf_no_error());
}
