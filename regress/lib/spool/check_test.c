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

#include "spool/check.h"
#include "spool/slot.h"
#include "spool/spool_priv.h"

#include "lib/spool/fixture.h"

#define START_LEN	(SUPER_LEN + SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN)

static struct spool_check	found;
static unsigned int		nlost;
static int			may_lose;
static uint8_t			lost_octet;

static int
lost(void *arg, const struct spool_slot *slot)
{
	ATF_REQUIRE(arg == &nlost);
	lost_octet = slot->digest[0];
	nlost++;
	return (may_lose ? 0 : -1);
}

/* A spool with three messages, closed; their slots. */
static uint32_t	ids[3];

static void
three_messages(void)
{
	struct spool *s = fixture_new();
	struct spool_slot slot;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		slot = fixture_slot(SPOOL_FORWARD, FIXTURE_LEN, (uint8_t)i);
		memset(slot.keyid, 1, sizeof(slot.keyid));
		memset(slot.digest, 0x70 + (int)i, sizeof(slot.digest));
		ATF_REQUIRE_EQ(spool_put(s, &slot, fx.body, &ids[i]), 0);
	}
	fixture_sync(s);
	spool_close(s);
	nlost = 0;
	may_lose = 1;
}

static int
check(int repair)
{
	fx.errbuf[0] = '\0';
	return (spool_check(&fx.disk, repair, lost, &nlost, &found,
	    fx.errbuf, sizeof(fx.errbuf)));
}

/* A look changes nothing; what it says is in found. */
static void
look(void)
{
	static uint8_t before[START_LEN], after[START_LEN];
	unsigned long ops;

	simdisk_peek(fx.sim, "spool", 0, before, sizeof(before));
	ops = simdisk_count(fx.sim, SIMDISK_WRITE) +
	    simdisk_count(fx.sim, SIMDISK_SYNC) +
	    simdisk_count(fx.sim, SIMDISK_TRUNCATE) +
	    simdisk_count(fx.sim, SIMDISK_SYNC_DIR);
	ATF_REQUIRE_EQ_MSG(check(0), 0, "%s", fx.errbuf);
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_WRITE) +
	    simdisk_count(fx.sim, SIMDISK_SYNC) +
	    simdisk_count(fx.sim, SIMDISK_TRUNCATE) +
	    simdisk_count(fx.sim, SIMDISK_SYNC_DIR), ops);
	simdisk_peek(fx.sim, "spool", 0, after, sizeof(after));
	ATF_CHECK_EQ(memcmp(before, after, sizeof(before)), 0);
	ATF_CHECK_EQ(nlost, 0);
}

static void
repair(void)
{
	ATF_REQUIRE_EQ_MSG(check(1), 0, "%s", fx.errbuf);
}

/* Is the place of the body overwritten? */
static void
check_wiped(uint32_t id)
{
	uint32_t i;

	simdisk_peek(fx.sim, "spool", spool_body_offset(id), fx.body,
	    SPOOL_BODY_LEN);
	for (i = 0; i < SPOOL_BODY_LEN; i++)
		ATF_REQUIRE_EQ(fx.body[i], 0);
}

/* All is in order, and so many messages are there; ends the test. */
static void
check_good(unsigned int messages)
{
	struct spool *s;

	look();
	ATF_CHECK(spool_check_clean(&found));
	ATF_CHECK_EQ(found.found.live, messages);
	s = fixture_open();
	ATF_CHECK_EQ(fx.nfound, messages);
	ATF_CHECK_EQ(fixture_stats(s).damaged, 0);
	ATF_CHECK_EQ(fixture_stats(s).free, SPOOL_EXTENT_SLOTS - messages);
	fixture_end(s);
}

ATF_TC_WITHOUT_HEAD(a_good_spool_is_found_clean);
ATF_TC_BODY(a_good_spool_is_found_clean, tc)
{
	three_messages();
	look();
	ATF_CHECK(spool_check_clean(&found));
	ATF_CHECK_EQ(found.format, 1);
	ATF_CHECK_EQ(found.slots, SPOOL_EXTENT_SLOTS);
	ATF_CHECK_EQ(found.classes[SPOOL_FORWARD], 3);
	ATF_CHECK_EQ(found.found.bodies_checked, 3);
	repair();
	check_good(3);
}

ATF_TC_WITHOUT_HEAD(what_a_kill_leaves_is_told_and_mended);
ATF_TC_BODY(what_a_kill_leaves_is_told_and_mended, tc)
{
	struct spool *s;
	uint32_t torn;

	three_messages();
	s = fixture_open();
	torn = fixture_put(s, 9);
	ATF_REQUIRE_EQ(spool_free(s, ids[2]), 0);
	(void)fixture_put_member(s, 42, 1, 3);
	fixture_sync(s);
	simdisk_damage(fx.sim, "spool", spool_body_offset(torn) + 99, 1);
	spool_release(s);
	look();
	ATF_CHECK(!spool_check_clean(&found));
	ATF_CHECK_EQ(found.found.torn, 1);
	ATF_CHECK_EQ(found.found.pending_freed, 1);
	ATF_CHECK_EQ(found.found.wiped, 1);
	repair();
	ATF_CHECK_EQ(nlost, 0);
	check_wiped(ids[2]);
	check_wiped(torn);
	check_good(2);
}

ATF_TC_WITHOUT_HEAD(a_damaged_header_is_overwritten_with_its_body);
ATF_TC_BODY(a_damaged_header_is_overwritten_with_its_body, tc)
{
	three_messages();
	simdisk_damage(fx.sim, "spool", spool_header_offset(ids[1]) + 9, 1);
	look();
	ATF_CHECK_EQ(found.found.damaged, 1);
	ATF_CHECK_EQ(found.found.live, 2);
	repair();
	ATF_CHECK_EQ(nlost, 0);
	check_wiped(ids[1]);
	check_good(2);
}

ATF_TC_WITHOUT_HEAD(a_damaged_body_is_overwritten_when_its_digest_is_kept);
ATF_TC_BODY(a_damaged_body_is_overwritten_when_its_digest_is_kept, tc)
{
	three_messages();
	simdisk_damage(fx.sim, "spool", spool_body_offset(ids[1]) + 7, 1);
	look();
	ATF_CHECK_EQ(found.found.broken, 1);
	ATF_CHECK_EQ(found.found.live, 2);
	may_lose = 0;
	repair();
	ATF_CHECK_EQ(nlost, 1);
	ATF_CHECK_EQ(lost_octet, 0x71);
	nlost = 0;
	look();
	ATF_CHECK_EQ(found.found.broken, 1);
	may_lose = 1;
	repair();
	check_wiped(ids[1]);
	nlost = 0;
	check_good(2);
}

ATF_TC_WITHOUT_HEAD(a_set_that_lost_a_member_goes_as_a_whole);
ATF_TC_BODY(a_set_that_lost_a_member_goes_as_a_whole, tc)
{
	struct spool *s;
	uint32_t set[4], i;

	three_messages();
	s = fixture_open();
	for (i = 4; i-- > 0; )
		set[i] = fixture_put_member(s, 42, i, 4);
	fixture_sync(s);
	spool_close(s);
	simdisk_damage(fx.sim, "spool", spool_header_offset(set[2]), 1);
	look();
	ATF_CHECK_EQ(found.found.damaged, 1);
	ATF_CHECK_EQ(found.found.orphaned, 3);
	ATF_CHECK_EQ(found.found.live, 3);
	repair();
	for (i = 0; i < 4; i++)
		check_wiped(set[i]);
	check_good(3);
}

ATF_TC_WITHOUT_HEAD(the_members_of_a_damaged_head_are_kept_until_repair);
ATF_TC_BODY(the_members_of_a_damaged_head_are_kept_until_repair, tc)
{
	struct spool *s;
	uint32_t set[3], i;

	three_messages();
	s = fixture_open();
	for (i = 3; i-- > 0; )
		set[i] = fixture_put_member(s, 42, i, 3);
	fixture_sync(s);
	spool_close(s);
	simdisk_damage(fx.sim, "spool", spool_header_offset(set[0]), 1);
	s = fixture_open();
	ATF_CHECK_EQ(fixture_stats(s).damaged, 3);
	spool_close(s);
	look();
	ATF_CHECK_EQ(found.found.orphaned, 2);
	ATF_CHECK_EQ(found.found.pending_freed, 0);
	repair();
	check_good(3);
}

/* A slot that a later program wrote into this file: it knows why. */
ATF_TC_WITHOUT_HEAD(a_header_of_another_format_is_never_repaired);
ATF_TC_BODY(a_header_of_another_format_is_never_repaired, tc)
{
	uint8_t header[SPOOL_HEADER_LEN], after[SPOOL_HEADER_LEN];
	struct checksum *c;
	struct spool *s;
	int handle;

	three_messages();
	s = fixture_open();
	(void)fixture_put_member(s, 42, 0, 2);
	fixture_sync(s);
	spool_close(s);
	ATF_REQUIRE((c = checksum_new()) != NULL);
	simdisk_peek(fx.sim, "spool", spool_header_offset(ids[1]), header,
	    sizeof(header));
	ATF_REQUIRE_EQ(slot_set_version(c, 2, header), 0);
	handle = fx.disk.open(fx.disk.ctx, "spool", 0);
	ATF_REQUIRE(fx.disk.pwrite(fx.disk.ctx, handle, header,
	    sizeof(header), spool_header_offset(ids[1])) != -1);
	ATF_REQUIRE_EQ(fx.disk.sync(fx.disk.ctx, handle), 0);
	look();
	ATF_CHECK_EQ(found.found.foreign, 1);
	ATF_CHECK_EQ(found.found.orphaned, 1);
	repair();
	simdisk_peek(fx.sim, "spool", spool_header_offset(ids[1]), after,
	    sizeof(after));
	ATF_CHECK_EQ(memcmp(header, after, sizeof(header)), 0);
	simdisk_peek(fx.sim, "spool", spool_body_offset(ids[1]), fx.body, 10);
	ATF_CHECK_EQ(fx.body[0], 1);
	look();
	ATF_CHECK_EQ(found.found.foreign, 1);
	ATF_CHECK_EQ(found.found.orphaned, 1);
	simdisk_free(fx.sim);
}

ATF_TC_WITHOUT_HEAD(a_lost_superblock_and_a_long_file_are_mended);
ATF_TC_BODY(a_lost_superblock_and_a_long_file_are_mended, tc)
{
	int handle;

	three_messages();
	simdisk_damage(fx.sim, "spool", 60, 1);
	handle = fx.disk.open(fx.disk.ctx, "spool", 0);
	ATF_REQUIRE_EQ(fx.disk.truncate(fx.disk.ctx, handle,
	    spool_extents_end(1) + 4096), 0);
	look();
	ATF_CHECK_EQ(found.superblocks, 1);
	ATF_CHECK_EQ(found.excess, 4096);
	ATF_CHECK(!spool_check_clean(&found));
	repair();
	check_good(3);
}

ATF_TC_WITHOUT_HEAD(what_is_no_spool_is_not_repaired);
ATF_TC_BODY(what_is_no_spool_is_not_repaired, tc)
{
	static const uint8_t junk[100] = "junk";
	uint8_t after[100];
	struct spool *s = fixture_new();

	spool_close(s);
	ATF_REQUIRE_EQ(fx.disk.unlink(fx.disk.ctx, "spool"), 0);
	ATF_CHECK_EQ(check(0), -1);
	ATF_CHECK_STREQ(fx.errbuf, "spool: No such file or directory");
	ATF_CHECK_EQ(check(1), -1);
	ATF_CHECK_EQ(simdisk_size(fx.sim, "spool"), -1);
	simdisk_set(fx.sim, "spool", junk, sizeof(junk));
	ATF_CHECK_EQ(check(0), -1);
	ATF_CHECK_STREQ(fx.errbuf, "spool: both superblocks are damaged");
	ATF_CHECK_EQ(check(1), -1);
	simdisk_peek(fx.sim, "spool", 0, after, sizeof(after));
	ATF_CHECK_EQ(memcmp(junk, after, sizeof(after)), 0);
	simdisk_free(fx.sim);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_good_spool_is_found_clean);
	ATF_TP_ADD_TC(tp, what_a_kill_leaves_is_told_and_mended);
	ATF_TP_ADD_TC(tp, a_damaged_header_is_overwritten_with_its_body);
	ATF_TP_ADD_TC(tp,
	    a_damaged_body_is_overwritten_when_its_digest_is_kept);
	ATF_TP_ADD_TC(tp, a_set_that_lost_a_member_goes_as_a_whole);
	ATF_TP_ADD_TC(tp, the_members_of_a_damaged_head_are_kept_until_repair);
	ATF_TP_ADD_TC(tp, a_header_of_another_format_is_never_repaired);
	ATF_TP_ADD_TC(tp, a_lost_superblock_and_a_long_file_are_mended);
	ATF_TP_ADD_TC(tp, what_is_no_spool_is_not_repaired);
	return (atf_no_error());
}
