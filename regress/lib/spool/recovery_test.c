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
#include <string.h>

#include "spool/spool.h"
#include "spool/spool_priv.h"

#include "lib/spool/fixture.h"

#define HALF_SUPER	(SUPER_LEN / 2)

static void
check_errno(int rc, int e)
{
	ATF_CHECK_EQ(rc, -1);
	ATF_CHECK_EQ_MSG(errno, e, "%s", strerror(errno));
}

/*
 * Sets.
 */
ATF_TC_WITHOUT_HEAD(a_committed_set_is_found_whole);
ATF_TC_BODY(a_committed_set_is_found_whole, tc)
{
	struct spool *s = fixture_new();
	uint32_t i;

	for (i = 3; i > 0; i--)
		(void)fixture_put_member(s, 42, i, 4);
	fixture_sync(s);
	(void)fixture_put_member(s, 42, 0, 4);
	(void)fixture_put(s, 1);
	fixture_sync(s);
	spool_close(s);
	s = fixture_open();
	ATF_REQUIRE_EQ(fx.nfound, 5);
	ATF_CHECK_EQ(fx.found[0].slot.set, 0);
	for (i = 0; i < 4; i++) {
		ATF_CHECK_EQ(fx.found[i + 1].slot.set, 42);
		ATF_CHECK_EQ(fx.found[i + 1].slot.set_index, i);
		ATF_CHECK_EQ(fx.found[i + 1].slot.state,
		    i == 0 ? SPOOL_HEAD : SPOOL_MEMBER);
	}
	ATF_CHECK_EQ(fixture_stats(s).live, 5);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(members_without_a_head_are_freed);
ATF_TC_BODY(members_without_a_head_are_freed, tc)
{
	struct spool *s = fixture_new();

	(void)fixture_put_member(s, 42, 1, 3);
	(void)fixture_put_member(s, 42, 2, 3);
	fixture_sync(s);
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.nfound, 0);
	ATF_CHECK_EQ(fx.counts.pending_freed, 2);
	ATF_CHECK_EQ(fixture_stats(s).free, SPOOL_EXTENT_SLOTS);
	ATF_CHECK_EQ(fixture_stats(s).live, 0);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(what_is_left_of_a_delivered_set_is_freed);
ATF_TC_BODY(what_is_left_of_a_delivered_set_is_freed, tc)
{
	struct spool *s = fixture_new();
	uint32_t ids[3], i;

	for (i = 0; i < 3; i++)
		ids[i] = fixture_put_member(s, 42, i, 3);
	fixture_sync(s);
	ATF_REQUIRE_EQ(spool_free(s, ids[2]), 0);
	fixture_sync(s);
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.nfound, 0);
	ATF_CHECK_EQ(fx.counts.pending_freed, 2);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_set_that_damage_hit_is_kept_aside);
ATF_TC_BODY(a_set_that_damage_hit_is_kept_aside, tc)
{
	struct spool *s = fixture_new();
	uint32_t ids[3], i;

	for (i = 0; i < 3; i++)
		ids[i] = fixture_put_member(s, 42, i, 3);
	fixture_sync(s);
	spool_close(s);
	simdisk_damage(fx.sim, "spool", spool_header_offset(ids[1]), 8);
	s = fixture_open();
	ATF_CHECK_EQ(fx.nfound, 0);
	ATF_CHECK_EQ(fx.counts.pending_freed, 0);
	ATF_CHECK_EQ(fx.counts.damaged, 1);
	ATF_CHECK_EQ(fx.counts.orphaned, 2);
	ATF_CHECK_EQ(fixture_stats(s).damaged, 3);
	ATF_CHECK_EQ(fixture_stats(s).free, SPOOL_EXTENT_SLOTS - 3);
	fixture_end(s);
}

/*
 * Damage.
 */
ATF_TC_WITHOUT_HEAD(a_damaged_body_is_told);
ATF_TC_BODY(a_damaged_body_is_told, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot;
	uint32_t a = fixture_put(s, 1), b = fixture_put(s, 2);

	fixture_sync(s);
	simdisk_damage(fx.sim, "spool", spool_body_offset(a) + 30719, 1);
	check_errno(spool_get(s, a, &slot, fx.body), EBADMSG);
	fixture_check(s, b, 2);
	ATF_CHECK_EQ(spool_free(s, a), 0);
	fixture_sync(s);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_damaged_header_is_kept_aside);
ATF_TC_BODY(a_damaged_header_is_kept_aside, tc)
{
	struct spool *s = fixture_new();
	uint32_t a = fixture_put(s, 1), b = fixture_put(s, 2), i;

	fixture_sync(s);
	spool_close(s);
	simdisk_damage(fx.sim, "spool", spool_header_offset(a) + 50, 1);
	s = fixture_open();
	ATF_CHECK_EQ(fx.counts.damaged, 1);
	ATF_CHECK_EQ(fixture_stats(s).damaged, 1);
	ATF_REQUIRE_EQ(fx.nfound, 1);
	ATF_CHECK_EQ(fx.found[0].id, b);
	for (i = 0; i < SPOOL_EXTENT_SLOTS - 2; i++)
		ATF_REQUIRE(fixture_put(s, 3) != a);
	ATF_CHECK_EQ(fixture_stats(s).free, 0);
	fixture_sync(s);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(one_superblock_is_enough);
ATF_TC_BODY(one_superblock_is_enough, tc)
{
	struct spool *s;
	uint32_t id;
	off_t copy;

	for (copy = 0; copy < SUPER_LEN; copy += HALF_SUPER) {
		s = fixture_new();
		id = fixture_put(s, 8);
		spool_close(s);
		simdisk_damage(fx.sim, "spool", copy + 100, 1);
		s = fixture_open();
		ATF_REQUIRE_EQ(fx.nfound, 1);
		fixture_check(s, id, 8);
		fixture_end(s);
	}
}

ATF_TC_WITHOUT_HEAD(a_file_that_is_no_spool_is_told);
ATF_TC_BODY(a_file_that_is_no_spool_is_told, tc)
{
	struct spool *s = fixture_new();
	uint8_t super[SUPER_LEN];

	(void)fixture_put(s, 1);
	spool_close(s);
	simdisk_peek(fx.sim, "spool", 0, super, sizeof(super));
	simdisk_damage(fx.sim, "spool", 8, 1);
	simdisk_damage(fx.sim, "spool", HALF_SUPER + 8, 1);
	ATF_CHECK(fixture_try_open(1) == NULL);
	ATF_CHECK_STREQ(fx.errbuf, "spool: both superblocks are damaged");

	simdisk_set(fx.sim, "spool", super, sizeof(super));
	ATF_CHECK(fixture_try_open(1) == NULL);
	ATF_CHECK_STREQ(fx.errbuf, "spool: the file is cut off");
	simdisk_free(fx.sim);
}

ATF_TC_WITHOUT_HEAD(errors_while_opening_are_told);
ATF_TC_BODY(errors_while_opening_are_told, tc)
{
	struct spool *s = fixture_new();

	(void)fixture_put(s, 1);
	spool_close(s);
	simdisk_fail(fx.sim, SIMDISK_OPEN, 0, EACCES);
	ATF_CHECK(fixture_try_open(1) == NULL);
	ATF_CHECK_STREQ(fx.errbuf, "spool: Permission denied");
	simdisk_fail(fx.sim, SIMDISK_READ, 0, EIO);
	ATF_CHECK(fixture_try_open(1) == NULL);
	ATF_CHECK_STREQ(fx.errbuf, "spool: Input/output error");
	simdisk_fail(fx.sim, SIMDISK_READ, 2, ENOMEM);
	ATF_CHECK(fixture_try_open(1) == NULL);
	ATF_CHECK_STREQ(fx.errbuf, "spool: recovery: Cannot allocate memory");
	s = fixture_open();
	ATF_CHECK_EQ(fx.nfound, 1);
	fixture_end(s);
}

/* The process is killed, and another one begins. */
static struct spool *
again(struct spool *s)
{
	spool_release(s);
	return (fixture_open());
}

ATF_TC_WITHOUT_HEAD(a_sector_that_cant_be_read_costs_no_other_message);
ATF_TC_BODY(a_sector_that_cant_be_read_costs_no_other_message, tc)
{
	struct spool *s = fixture_new();
	uint32_t a = fixture_put(s, 1), b = fixture_put(s, 2);

	fixture_sync(s);
	simdisk_bad_sector(fx.sim, spool_header_offset(a));
	s = again(s);
	ATF_CHECK_EQ(fx.counts.damaged, 1);
	ATF_REQUIRE_EQ(fx.nfound, 1);
	ATF_CHECK_EQ(fx.found[0].id, b);
	fixture_check(s, b, 2);

	/* A body of after the checkpoint: it may have been acknowledged. */
	simdisk_bad_sector(fx.sim, -1);
	s = again(s);
	ATF_REQUIRE_EQ(fx.nfound, 2);
	a = fixture_put(s, 3);
	fixture_sync(s);
	simdisk_bad_sector(fx.sim, spool_body_offset(a) + 512);
	s = again(s);
	ATF_CHECK_EQ(fx.nfound, 2);
	ATF_CHECK_EQ(fx.counts.broken, 1);
	ATF_CHECK_EQ(fixture_stats(s).damaged, 1);
	fixture_end(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_committed_set_is_found_whole);
	ATF_TP_ADD_TC(tp, members_without_a_head_are_freed);
	ATF_TP_ADD_TC(tp, what_is_left_of_a_delivered_set_is_freed);
	ATF_TP_ADD_TC(tp, a_set_that_damage_hit_is_kept_aside);
	ATF_TP_ADD_TC(tp, a_damaged_body_is_told);
	ATF_TP_ADD_TC(tp, a_damaged_header_is_kept_aside);
	ATF_TP_ADD_TC(tp, one_superblock_is_enough);
	ATF_TP_ADD_TC(tp, a_file_that_is_no_spool_is_told);
	ATF_TP_ADD_TC(tp, errors_while_opening_are_told);
	ATF_TP_ADD_TC(tp, a_sector_that_cant_be_read_costs_no_other_message);
	return (atf_no_error());
}
