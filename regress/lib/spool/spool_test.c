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

static void
check_errno(int rc, int e)
{
	ATF_CHECK_EQ(rc, -1);
	ATF_CHECK_EQ_MSG(errno, e, "%s", strerror(errno));
}

/*
 * Put, get, free.
 */
ATF_TC_WITHOUT_HEAD(what_was_put_is_got);
ATF_TC_BODY(what_was_put_is_got, tc)
{
	struct spool *s = fixture_new();
	uint32_t a = fixture_put(s, 1), b = fixture_put(s, 2);

	ATF_CHECK(a != b);
	fixture_check(s, a, 1);
	fixture_sync(s);
	fixture_check(s, a, 1);
	fixture_check(s, b, 2);
	ATF_CHECK_EQ(fixture_stats(s).live, 2);
	ATF_CHECK_EQ(fixture_stats(s).free, SPOOL_EXTENT_SLOTS - 2);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(all_fields_survive_a_restart);
ATF_TC_BODY(all_fields_survive_a_restart, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot = fixture_slot(SPOOL_EXIT, SPOOL_BODY_LEN, 3);
	uint32_t id;

	slot.tries = 3;
	slot.due = 1700000000;
	slot.fired = 472222;
	slot.key_expires = 1700000001;
	slot.storage_day = 19675;
	memset(slot.keyid, 0x11, sizeof(slot.keyid));
	memset(slot.digest, 0x22, sizeof(slot.digest));
	memcpy(slot.hop, "mix@mix2.example", 17);
	ATF_REQUIRE_EQ(spool_put(s, &slot, fx.body, &id), 0);
	fixture_sync(s);
	spool_close(s);

	s = fixture_open();
	ATF_REQUIRE_EQ(fx.nfound, 1);
	ATF_CHECK_EQ(fx.found[0].id, id);
	ATF_CHECK(fx.found[0].slot.batch > 0);
	slot.batch = fx.found[0].slot.batch;
	ATF_CHECK_EQ(memcmp(&fx.found[0].slot, &slot, sizeof(slot)), 0);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(slots_are_taken_at_random);
ATF_TC_BODY(slots_are_taken_at_random, tc)
{
	struct spool *s = fixture_new();
	uint32_t ids[300], i, rising = 0;

	for (i = 0; i < 300; i++) {
		ids[i] = fixture_put(s, 0);
		rising += i > 0 && ids[i] > ids[i - 1];
	}
	ATF_CHECK_MSG(rising > 110 && rising < 190, "%u", rising);
	fixture_sync(s);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_freed_slot_is_taken_after_the_sync_only);
ATF_TC_BODY(a_freed_slot_is_taken_after_the_sync_only, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot = fixture_slot(SPOOL_FORWARD, 1, 1);
	uint32_t ids[SPOOL_EXTENT_SLOTS], id, i;

	for (i = 0; i < SPOOL_EXTENT_SLOTS; i++)
		ATF_REQUIRE_EQ(spool_put(s, &slot, fx.body, &ids[i]), 0);
	check_errno(spool_put(s, &slot, fx.body, &id), ENOSPC);
	fixture_sync(s);
	ATF_REQUIRE_EQ(spool_free(s, ids[7]), 0);
	check_errno(spool_get(s, ids[7], &slot, fx.body), EINVAL);
	slot = fixture_slot(SPOOL_FORWARD, 1, 1);
	check_errno(spool_put(s, &slot, fx.body, &id), ENOSPC);
	fixture_sync(s);
	ATF_REQUIRE_EQ(spool_put(s, &slot, fx.body, &id), 0);
	ATF_CHECK_EQ(id, ids[7]);
	fixture_sync(s);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_freed_body_is_wiped);
ATF_TC_BODY(a_freed_body_is_wiped, tc)
{
	static const uint8_t zeros[SPOOL_BODY_LEN];
	struct spool *s = fixture_new();
	uint32_t id = fixture_put(s, 0x77);

	fixture_sync(s);
	ATF_REQUIRE_EQ(spool_free(s, id), 0);
	simdisk_peek(fx.sim, "spool", spool_body_offset(id), fx.body, 100);
	ATF_CHECK_EQ(fx.body[99], 0x77);
	fixture_sync(s);
	simdisk_peek(fx.sim, "spool", spool_body_offset(id), fx.body,
	    sizeof(fx.body));
	ATF_CHECK_EQ(memcmp(fx.body, zeros, sizeof(fx.body)), 0);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_scratch_slot_is_free_again_and_unreadable);
ATF_TC_BODY(a_scratch_slot_is_free_again_and_unreadable, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot = fixture_slot(SPOOL_SCRATCH, 30720, 0x77);
	unsigned long writes;
	uint32_t id, i, same = 0;

	memset(slot.digest, 0x77, sizeof(slot.digest));
	writes = simdisk_count(fx.sim, SIMDISK_WRITE);
	ATF_REQUIRE_EQ(spool_put(s, &slot, fx.body, &id), 0);
	writes = simdisk_count(fx.sim, SIMDISK_WRITE) - writes;
	check_errno(spool_get(s, id, &slot, fx.body), EINVAL);
	check_errno(spool_free(s, id), EINVAL);
	ATF_CHECK_EQ(fixture_stats(s).free, SPOOL_EXTENT_SLOTS - 1);
	fixture_sync(s);
	ATF_CHECK_EQ(fixture_stats(s).free, SPOOL_EXTENT_SLOTS);
	ATF_CHECK_EQ(fixture_stats(s).live, 0);

	simdisk_peek(fx.sim, "spool", spool_body_offset(id), fx.body, 30720);
	for (i = 0; i < 30720; i++)
		same += fx.body[i] == 0x77;
	ATF_CHECK_MSG(same < 250, "%u", same);
	simdisk_peek(fx.sim, "spool", spool_header_offset(id), fx.body,
	    SPOOL_HEADER_LEN);
	for (i = same = 0; i < SPOOL_HEADER_LEN - CHECKSUM_LEN; i++)
		same += fx.body[i] == 0x77;
	ATF_CHECK_MSG(same < 20, "%u", same);

	/* As many writes as a real one. */
	i = (uint32_t)simdisk_count(fx.sim, SIMDISK_WRITE);
	(void)fixture_put(s, 1);
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_WRITE) - i, writes);
	fixture_sync(s);
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.nfound, 1);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(an_update_changes_the_mutable_fields_only);
ATF_TC_BODY(an_update_changes_the_mutable_fields_only, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot;
	uint32_t id = fixture_put(s, 5);

	fixture_sync(s);
	memset(&slot, 0xee, sizeof(slot));
	slot.state = SPOOL_FIRED;
	slot.tries = 4;
	slot.due = 99;
	slot.fired = 98;
	ATF_REQUIRE_EQ(spool_update(s, id, &slot), 0);
	fixture_sync(s);
	simdisk_power_failure(fx.sim);
	s->failed = 1;
	spool_close(s);
	s = fixture_open();
	ATF_REQUIRE_EQ(fx.nfound, 1);
	ATF_CHECK_EQ(fx.found[0].slot.state, SPOOL_FIRED);
	ATF_CHECK_EQ(fx.found[0].slot.tries, 4);
	ATF_CHECK_EQ(fx.found[0].slot.due, 99);
	ATF_CHECK_EQ(fx.found[0].slot.fired, 98);
	ATF_CHECK_EQ(fx.found[0].slot.class, SPOOL_FORWARD);
	ATF_CHECK_EQ(fx.found[0].slot.hop[0], '\0');
	fixture_check(s, id, 5);
	fixture_end(s);
}

/* Who has the disk must not see which of them was made when they left. */
ATF_TC_WITHOUT_HEAD(messages_that_leave_the_pool_are_of_one_batch);
ATF_TC_BODY(messages_that_leave_the_pool_are_of_one_batch, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot, other;
	uint32_t old = fixture_put(s, 5), new;
	uint64_t came;

	fixture_sync(s);
	new = fixture_put(s, 6);
	fixture_sync(s);
	ATF_REQUIRE_EQ(spool_get(s, old, &slot, fx.body), 0);
	ATF_REQUIRE_EQ(spool_get(s, new, &other, fx.body), 0);
	came = slot.batch;
	ATF_CHECK(came < other.batch);
	ATF_REQUIRE_EQ(spool_update(s, old, &slot), 0);
	ATF_REQUIRE_EQ(spool_get(s, old, &slot, fx.body), 0);
	ATF_CHECK_EQ(slot.batch, came);

	slot.state = other.state = SPOOL_FIRED;
	ATF_REQUIRE_EQ(spool_update(s, old, &slot), 0);
	ATF_REQUIRE_EQ(spool_update(s, new, &other), 0);
	ATF_REQUIRE_EQ(spool_get(s, old, &slot, fx.body), 0);
	ATF_REQUIRE_EQ(spool_get(s, new, &other, fx.body), 0);
	ATF_CHECK_EQ(slot.batch, other.batch);
	fixture_check(s, old, 5);
	/* The next try is no news. */
	fixture_sync(s);
	came = slot.batch;
	ATF_REQUIRE_EQ(spool_update(s, old, &slot), 0);
	ATF_REQUIRE_EQ(spool_get(s, old, &slot, fx.body), 0);
	ATF_CHECK_EQ(slot.batch, came);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(withdrawn_puts_are_gone_and_others_stay);
ATF_TC_BODY(withdrawn_puts_are_gone_and_others_stay, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot;
	uint32_t a = fixture_put(s, 1), b, c;

	fixture_sync(s);
	b = fixture_put(s, 2);
	slot = fixture_slot(SPOOL_FORWARD, 30720, 3);
	simdisk_fail(fx.sim, SIMDISK_WRITE, 1, EIO);
	check_errno(spool_put(s, &slot, fx.body, &c), EIO);
	spool_withdraw(s);
	check_errno(spool_get(s, b, &slot, fx.body), EINVAL);
	fixture_sync(s);
	ATF_CHECK_EQ(fixture_stats(s).free, SPOOL_EXTENT_SLOTS - 1);
	fixture_check(s, a, 1);
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.nfound, 1);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(what_makes_no_sense_is_refused);
ATF_TC_BODY(what_makes_no_sense_is_refused, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot = fixture_slot(SPOOL_FREE, 1, 1);
	uint32_t id;

	check_errno(spool_put(s, &slot, fx.body, &id), EINVAL);
	slot.class = SPOOL_POSTMASTER + 1;
	check_errno(spool_put(s, &slot, fx.body, &id), EINVAL);
	slot = fixture_slot(SPOOL_FORWARD, SPOOL_BODY_LEN + 1, 1);
	check_errno(spool_put(s, &slot, fx.body, &id), EINVAL);
	slot = fixture_slot(SPOOL_FORWARD, 1, 1);
	memset(slot.hop, 'x', sizeof(slot.hop));
	check_errno(spool_put(s, &slot, fx.body, &id), EINVAL);
	check_errno(spool_get(s, 0, &slot, fx.body), EINVAL);
	check_errno(spool_get(s, UINT32_MAX, &slot, fx.body), EINVAL);
	check_errno(spool_free(s, SPOOL_EXTENT_SLOTS), EINVAL);
	check_errno(spool_update(s, 5, &slot), EINVAL);
	fixture_end(s);
}

/*
 * Syncs and the checkpoint.
 */
ATF_TC_WITHOUT_HEAD(a_batch_costs_one_sync_and_nothing_none);
ATF_TC_BODY(a_batch_costs_one_sync_and_nothing_none, tc)
{
	struct spool *s = fixture_new();
	unsigned long before;
	uint32_t id = fixture_put(s, 0), i;

	fixture_sync(s);
	before = simdisk_count(fx.sim, SIMDISK_SYNC);
	for (i = 0; i < 50; i++)
		(void)fixture_put(s, 1);
	ATF_REQUIRE_EQ(spool_free(s, id), 0);
	fixture_sync(s);
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_SYNC), before + 1);
	fixture_sync(s);
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_SYNC), before + 1);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_failed_sync_is_final);
ATF_TC_BODY(a_failed_sync_is_final, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot = fixture_slot(SPOOL_FORWARD, 1, 1);
	const char *reason;
	uint32_t id;

	(void)fixture_put(s, 1);
	simdisk_fail(fx.sim, SIMDISK_SYNC, 0, EIO);
	ATF_CHECK_EQ(spool_sync(s), -1);
	ATF_CHECK_EQ(spool_sync(s), -1);
	check_errno(spool_put(s, &slot, fx.body, &id), EIO);
	ATF_CHECK_EQ(spool_room(s, &reason), 0);
	ATF_CHECK_STREQ(reason, "sync failed");
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(bodies_before_the_checkpoint_are_not_read);
ATF_TC_BODY(bodies_before_the_checkpoint_are_not_read, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot = fixture_slot(SPOOL_SCRATCH, 10, 1);
	uint32_t i, id;

	for (i = 0; i < 30; i++)
		(void)fixture_put(s, (uint8_t)i);
	fixture_sync(s);
	/* The process dies: without a checkpoint all are read. */
	s->failed = 1;
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.counts.bodies_checked, 30);
	ATF_CHECK_EQ(fx.counts.live, 30);
	ATF_CHECK_EQ(fx.nfound, 30);

	/* Recovery left one, and then some are put. */
	for (i = 0; i < 3; i++)
		(void)fixture_put(s, 0);
	fixture_sync(s);
	s->failed = 1;
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.counts.bodies_checked, 3);

	/* So many puts that it moves by itself. */
	for (i = 0; i < 1100; i++) {
		ATF_REQUIRE_EQ(spool_put(s, &slot, fx.body, &id), 0);
		if (i % 10 == 0)
			fixture_sync(s);
	}
	fixture_sync(s);
	s->failed = 1;
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.counts.bodies_checked, 0);
	ATF_CHECK_EQ(fx.counts.live, 33);
	spool_close(s);
	s = fixture_open();
	ATF_CHECK_EQ(fx.counts.bodies_checked, 0);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_slot_never_has_a_batch_twice);
ATF_TC_BODY(a_slot_never_has_a_batch_twice, tc)
{
	struct spool *s = fixture_new();
	struct spool_slot slot;
	uint64_t last = 0;
	uint32_t i, id;

	for (i = 0; i < 10; i++) {
		id = fixture_put(s, 0);
		fixture_sync(s);
		ATF_REQUIRE_EQ(spool_get(s, id, &slot, fx.body), 0);
		ATF_CHECK(slot.batch > last);
		last = slot.batch;
		ATF_REQUIRE_EQ(spool_free(s, id), 0);
		fixture_sync(s);
		/* Killed: there is no checkpoint, and no slot in use. */
		s->failed = 1;
		spool_close(s);
		s = fixture_open();
		ATF_CHECK_EQ(fx.nfound, 0);
	}
	fixture_end(s);
}

/*
 * Room.
 */
ATF_TC_WITHOUT_HEAD(room_ends_at_the_bound_and_says_so);
ATF_TC_BODY(room_ends_at_the_bound_and_says_so, tc)
{
	struct spool *s = fixture_new();
	const char *reason;
	uint32_t i;

	ATF_CHECK_EQ(spool_room(s, &reason), SPOOL_EXTENT_SLOTS);
	ATF_CHECK(reason == NULL);
	for (i = 0; i < SPOOL_EXTENT_SLOTS - 10; i++)
		(void)fixture_put(s, 1);
	fixture_sync(s);
	ATF_CHECK_EQ(spool_room(s, &reason), 10);
	ATF_CHECK_STREQ(reason, "the spool has reached its configured size");
	ATF_CHECK_EQ(fixture_stats(s).max_slots, SPOOL_EXTENT_SLOTS);
	fixture_end(s);
}

/* Puts until so many slots are left, without a look at the room. */
static void
fill_up_to(struct spool *s, uint32_t left)
{
	while (fixture_stats(s).free > left)
		(void)fixture_put(s, 1);
	fixture_sync(s);
}

ATF_TC_WITHOUT_HEAD(the_file_grows_ahead_of_need_in_steps);
ATF_TC_BODY(the_file_grows_ahead_of_need_in_steps, tc)
{
	unsigned long zeros, syncs, calls = 0;
	struct spool *s;
	const char *reason;
	uint32_t i;

	spool_close(fixture_new());
	ATF_REQUIRE((s = fixture_try_open(SPOOL_EXTENT_SLOTS + 1)) != NULL);
	fill_up_to(s, SPOOL_EXTENT_SLOTS / 2);
	ATF_CHECK_EQ(spool_room(s, &reason), SPOOL_EXTENT_SLOTS / 2);
	while (fixture_stats(s).slots == SPOOL_EXTENT_SLOTS) {
		for (i = 0; i < 8; i++)
			(void)fixture_put(s, 1);
		zeros = simdisk_count(fx.sim, SIMDISK_ALLOCATE);
		syncs = simdisk_count(fx.sim, SIMDISK_SYNC);
		ATF_REQUIRE(spool_room(s, &reason) > SPOOL_EXTENT_SLOTS / 8);
		ATF_CHECK(reason == NULL);
		ATF_CHECK(simdisk_count(fx.sim, SIMDISK_ALLOCATE) <= zeros + 2);
		fixture_sync(s);
		ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_SYNC), syncs + 1);
		calls++;
	}
	ATF_CHECK(calls >= 8);
	ATF_CHECK_EQ(fixture_stats(s).slots, 2 * SPOOL_EXTENT_SLOTS);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(the_file_grows_at_once_when_nearly_nothing_is_left);
ATF_TC_BODY(the_file_grows_at_once_when_nearly_nothing_is_left, tc)
{
	struct spool *s;
	const char *reason;

	spool_close(fixture_new());
	ATF_REQUIRE((s = fixture_try_open(SPOOL_EXTENT_SLOTS + 1)) != NULL);
	fill_up_to(s, 100);
	ATF_CHECK_EQ(spool_room(s, &reason), 100 + SPOOL_EXTENT_SLOTS);
	ATF_CHECK(reason == NULL);
	ATF_CHECK_EQ(fixture_stats(s).slots, 2 * SPOOL_EXTENT_SLOTS);
	fixture_sync(s);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_full_disk_leaves_the_file_as_it_was);
ATF_TC_BODY(a_full_disk_leaves_the_file_as_it_was, tc)
{
	struct spool *s;
	const char *reason;
	off_t before;
	uint32_t id, i;

	spool_close(fixture_new());
	ATF_REQUIRE((s = fixture_try_open(2 * SPOOL_EXTENT_SLOTS)) != NULL);
	fill_up_to(s, 400);
	id = fixture_put(s, 0x42);
	before = simdisk_size(fx.sim, "spool");
	(void)spool_room(s, &reason);
	ATF_CHECK(reason == NULL);
	simdisk_fail(fx.sim, SIMDISK_ALLOCATE, 0, ENOSPC);
	for (i = 0; i < 4 && reason == NULL; i++)
		ATF_CHECK_EQ(spool_room(s, &reason), 399);
	ATF_REQUIRE(reason != NULL);
	ATF_CHECK_STREQ(reason, "no room on the disk for a larger spool");
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), before);
	fixture_sync(s);
	fixture_check(s, id, 0x42);

	/* Tried again, but not at every call. */
	ATF_CHECK_EQ(spool_room(s, &reason), 399);
	ATF_CHECK(reason != NULL);
	for (i = 0; i < 64 + 17; i++)
		(void)spool_room(s, &reason);
	fixture_sync(s);
	ATF_CHECK_EQ(spool_room(s, &reason), 399 + SPOOL_EXTENT_SLOTS);
	ATF_CHECK(reason == NULL);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(an_extent_that_cant_be_counted_is_counted_later);
ATF_TC_BODY(an_extent_that_cant_be_counted_is_counted_later, tc)
{
	struct spool *s;
	const char *reason;
	unsigned long zeros;

	spool_close(fixture_new());
	ATF_REQUIRE((s = fixture_try_open(2 * SPOOL_EXTENT_SLOTS)) != NULL);
	fill_up_to(s, 100);
	zeros = simdisk_count(fx.sim, SIMDISK_WRITE);
	ATF_CHECK_EQ(spool_room(s, &reason), 100 + SPOOL_EXTENT_SLOTS);
	zeros = simdisk_count(fx.sim, SIMDISK_WRITE) - zeros;
	fixture_end(s);

	/* The last write is the superblock's. */
	spool_close(fixture_new());
	ATF_REQUIRE((s = fixture_try_open(2 * SPOOL_EXTENT_SLOTS)) != NULL);
	fill_up_to(s, 100);
	simdisk_fail(fx.sim, SIMDISK_WRITE, (unsigned int)zeros - 1, EIO);
	ATF_CHECK_EQ(spool_room(s, &reason), 100);
	ATF_CHECK_STREQ(reason, "the superblock can't be written");
	zeros = simdisk_count(fx.sim, SIMDISK_ALLOCATE);
	(void)fixture_put(s, 1);
	fixture_sync(s);
	ATF_CHECK_EQ(spool_room(s, &reason), 99 + SPOOL_EXTENT_SLOTS);
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_ALLOCATE), zeros);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_smaller_bound_keeps_what_is_held);
ATF_TC_BODY(a_smaller_bound_keeps_what_is_held, tc)
{
	struct spool *s = fixture_new();
	uint32_t id = fixture_put(s, 9);

	fixture_sync(s);
	spool_close(s);
	ATF_REQUIRE((s = fixture_try_open(0)) != NULL);
	ATF_CHECK_EQ(fx.nfound, 1);
	ATF_CHECK_EQ(fixture_stats(s).max_slots, SPOOL_EXTENT_SLOTS);
	fixture_check(s, id, 9);
	fixture_end(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_was_put_is_got);
	ATF_TP_ADD_TC(tp, all_fields_survive_a_restart);
	ATF_TP_ADD_TC(tp, slots_are_taken_at_random);
	ATF_TP_ADD_TC(tp, a_freed_slot_is_taken_after_the_sync_only);
	ATF_TP_ADD_TC(tp, a_freed_body_is_wiped);
	ATF_TP_ADD_TC(tp, a_scratch_slot_is_free_again_and_unreadable);
	ATF_TP_ADD_TC(tp, an_update_changes_the_mutable_fields_only);
	ATF_TP_ADD_TC(tp, messages_that_leave_the_pool_are_of_one_batch);
	ATF_TP_ADD_TC(tp, withdrawn_puts_are_gone_and_others_stay);
	ATF_TP_ADD_TC(tp, what_makes_no_sense_is_refused);
	ATF_TP_ADD_TC(tp, a_batch_costs_one_sync_and_nothing_none);
	ATF_TP_ADD_TC(tp, a_failed_sync_is_final);
	ATF_TP_ADD_TC(tp, bodies_before_the_checkpoint_are_not_read);
	ATF_TP_ADD_TC(tp, a_slot_never_has_a_batch_twice);
	ATF_TP_ADD_TC(tp, room_ends_at_the_bound_and_says_so);
	ATF_TP_ADD_TC(tp, the_file_grows_ahead_of_need_in_steps);
	ATF_TP_ADD_TC(tp,
	    the_file_grows_at_once_when_nearly_nothing_is_left);
	ATF_TP_ADD_TC(tp, an_extent_that_cant_be_counted_is_counted_later);
	ATF_TP_ADD_TC(tp, a_full_disk_leaves_the_file_as_it_was);
	ATF_TP_ADD_TC(tp, a_smaller_bound_keeps_what_is_held);
	return (atf_no_error());
}
