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
#include <errno.h>
#include <stdint.h>

#include "spool/spool.h"
#include "spool/spool_priv.h"

#include "lib/spool/fixture.h"

#define EXTENTS		3
#define CALLS		12	/* after which something is set aside */

static uint32_t	ids[EXTENTS * SPOOL_EXTENT_SLOTS];
static uint32_t	nids;

/* A file of three extents; all slots but some are used. */
static struct spool *
large(void)
{
	struct spool *s;
	const char *reason;

	spool_close(fixture_new());
	s = fixture_try_open(EXTENTS * SPOOL_EXTENT_SLOTS);
	ATF_REQUIRE(s != NULL);
	for (nids = 0; nids < EXTENTS * SPOOL_EXTENT_SLOTS - 100; nids++) {
		ATF_REQUIRE(spool_room(s, &reason) > 0);
		ids[nids] = fixture_put(s, 1);
		if (nids % 100 == 0)
			fixture_sync(s);
	}
	fixture_sync(s);
	ATF_REQUIRE_EQ(fixture_stats(s).slots, EXTENTS * SPOOL_EXTENT_SLOTS);
	return (s);
}

/* Frees the messages from an index on that lie in extents from one on. */
static void
free_those(struct spool *s, uint32_t from, uint32_t extent)
{
	uint32_t i;

	for (i = from; i < nids; i++) {
		if (ids[i] == UINT32_MAX ||
		    ids[i] < extent * SPOOL_EXTENT_SLOTS)
			continue;
		ATF_REQUIRE_EQ(spool_free(s, ids[i]), 0);
		ids[i] = UINT32_MAX;
	}
	fixture_sync(s);
}

/* So often that what can be done is done. */
static void
trim(struct spool *s, int calls)
{
	int i;

	while (calls-- > 0)
		for (i = 0; spool_trim(s); i++) {
			ATF_REQUIRE(i < 10);
			fixture_sync(s);
		}
}

static off_t
size_of(uint32_t extents)
{
	return (spool_extents_end(extents));
}

ATF_TC_WITHOUT_HEAD(an_empty_end_is_cut_off_after_a_while);
ATF_TC_BODY(an_empty_end_is_cut_off_after_a_while, tc)
{
	struct spool *s = large();
	uint32_t i;

	free_those(s, 10, 0);
	free_those(s, 0, 1);
	trim(s, CALLS - 1);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(3));
	trim(s, 2);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(1));
	ATF_CHECK_EQ(fixture_stats(s).slots, SPOOL_EXTENT_SLOTS);
	for (i = 0; i < 10; i++)
		if (ids[i] != UINT32_MAX)
			fixture_check(s, ids[i], 1);
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.counts.damaged + fx.counts.torn, 0);
	ATF_CHECK_EQ(fixture_stats(s).slots, SPOOL_EXTENT_SLOTS);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(what_is_held_at_the_end_is_waited_for);
ATF_TC_BODY(what_is_held_at_the_end_is_waited_for, tc)
{
	struct spool *s = large();
	uint32_t last, i;

	/* The ninth and last ones lie anywhere. */
	for (last = nids; ids[--last] < 2 * SPOOL_EXTENT_SLOTS; )
		;
	i = ids[last];
	ids[last] = UINT32_MAX;
	free_those(s, 0, 0);
	trim(s, 3 * CALLS);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(3));
	fixture_check(s, i, 1);
	ATF_REQUIRE_EQ(spool_free(s, i), 0);
	fixture_sync(s);
	trim(s, 1);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(1));
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(nothing_new_goes_to_an_end_that_is_set_aside);
ATF_TC_BODY(nothing_new_goes_to_an_end_that_is_set_aside, tc)
{
	struct spool *s = large();
	uint32_t i, first = SPOOL_EXTENT_SLOTS, low = 0;

	free_those(s, 1, 0);
	free_those(s, 0, 2);
	(void)spool_trim(s);
	ids[0] = fixture_put(s, 1);
	for (i = 0; i < CALLS; i++)
		(void)spool_trim(s);
	for (i = 0; i < 400; i++) {
		ids[1] = fixture_put(s, 1);
		ATF_REQUIRE(ids[1] < first);
		low += ids[1] < first / 2;
	}
	/* At random among the rest. */
	ATF_CHECK(low > 50 && low < 350);
	fixture_sync(s);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(the_end_is_used_again_before_the_file_grows);
ATF_TC_BODY(the_end_is_used_again_before_the_file_grows, tc)
{
	struct spool *s = large();
	unsigned long zeros;
	const char *reason;
	uint32_t n, last;

	last = ids[nids - 1];
	free_those(s, 0, 0);
	s = (spool_close(s), fixture_try_open(EXTENTS * SPOOL_EXTENT_SLOTS));
	ATF_REQUIRE(s != NULL);
	/* Something at the very end keeps it from being cut. */
	while ((last = fixture_put(s, 1)) < 2 * SPOOL_EXTENT_SLOTS)
		;
	fixture_sync(s);
	trim(s, 2 * CALLS);
	ATF_CHECK(spool_room(s, &reason) < SPOOL_EXTENT_SLOTS + 1);
	zeros = simdisk_count(fx.sim, SIMDISK_ALLOCATE);
	for (n = 0; n < 2 * SPOOL_EXTENT_SLOTS; n++) {
		ATF_REQUIRE(spool_room(s, &reason) > 0);
		(void)fixture_put(s, 1);
	}
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_ALLOCATE), zeros);
	ATF_CHECK_EQ(fixture_stats(s).slots, EXTENTS * SPOOL_EXTENT_SLOTS);
	fixture_sync(s);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_file_that_is_half_full_stays_as_it_is);
ATF_TC_BODY(a_file_that_is_half_full_stays_as_it_is, tc)
{
	struct spool *s = large();

	free_those(s, nids / 2, 0);
	trim(s, 3 * CALLS);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(3));
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(one_moment_of_need_is_remembered);
ATF_TC_BODY(one_moment_of_need_is_remembered, tc)
{
	struct spool *s = large();

	(void)spool_trim(s);
	free_those(s, 0, 0);
	trim(s, CALLS - 1);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(3));
	trim(s, CALLS);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(1));
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_superblock_that_cant_be_written_is_tried_again);
ATF_TC_BODY(a_superblock_that_cant_be_written_is_tried_again, tc)
{
	struct spool *s = large();
	const char *reason;
	int i;

	free_those(s, 0, 0);
	for (i = 0; i < CALLS; i++)
		(void)spool_trim(s);
	simdisk_fail(fx.sim, SIMDISK_WRITE, 0, EIO);
	fixture_sync(s);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(3));
	/* Meanwhile there is room, but none that would grow. */
	ATF_CHECK(spool_room(s, &reason) > 0);
	for (i = 0; i < 3; i++)
		fixture_sync(s);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(1));
	fixture_end(s);
}

/* What a cut that was broken off has left is cut when there is time. */
ATF_TC_WITHOUT_HEAD(what_lies_behind_the_slots_is_cut_off);
ATF_TC_BODY(what_lies_behind_the_slots_is_cut_off, tc)
{
	struct spool *s = fixture_new();
	int handle;

	ATF_REQUIRE((handle = fx.disk.open(fx.disk.ctx, "spool", 0)) != -1);
	ATF_REQUIRE_EQ(fx.disk.truncate(fx.disk.ctx, handle,
	    size_of(1) + 100000), 0);
	trim(s, 1);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), size_of(1));
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(it_grows_again_where_it_was_cut);
ATF_TC_BODY(it_grows_again_where_it_was_cut, tc)
{
	struct spool *s = large();
	const char *reason;
	uint32_t i;

	free_those(s, 0, 0);
	trim(s, CALLS + 1);
	ATF_REQUIRE_EQ(simdisk_size(fx.sim, "spool"), size_of(1));
	for (i = 0; i < 2 * SPOOL_EXTENT_SLOTS; i++) {
		ATF_REQUIRE(spool_room(s, &reason) > 0);
		ids[i] = fixture_put(s, (uint8_t)i);
		if (i % 50 == 0)
			fixture_sync(s);
	}
	fixture_sync(s);
	for (i = 0; i < 2 * SPOOL_EXTENT_SLOTS; i++)
		fixture_check(s, ids[i], (uint8_t)i);
	ATF_CHECK_EQ(fixture_stats(s).slots, EXTENTS * SPOOL_EXTENT_SLOTS);
	fixture_end(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_empty_end_is_cut_off_after_a_while);
	ATF_TP_ADD_TC(tp, what_is_held_at_the_end_is_waited_for);
	ATF_TP_ADD_TC(tp, nothing_new_goes_to_an_end_that_is_set_aside);
	ATF_TP_ADD_TC(tp, the_end_is_used_again_before_the_file_grows);
	ATF_TP_ADD_TC(tp, a_file_that_is_half_full_stays_as_it_is);
	ATF_TP_ADD_TC(tp, one_moment_of_need_is_remembered);
	ATF_TP_ADD_TC(tp, a_superblock_that_cant_be_written_is_tried_again);
	ATF_TP_ADD_TC(tp, what_lies_behind_the_slots_is_cut_off);
	ATF_TP_ADD_TC(tp, it_grows_again_where_it_was_cut);
	return (atf_no_error());
}
