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

#include "spool/format.h"
#include "spool/le.h"
#include "spool/slot.h"
#include "spool/spool_priv.h"

#include "lib/spool/fixture.h"

/*
 * There is only one format by now.  The upgrade is tested with one to come: its
 * headers have a mark where the first one has zeros.
 */
#define AT_MARK		480
#define MARK		0x6b72616d

static void
to_two(uint8_t header[SPOOL_HEADER_LEN])
{
	le_put(header + AT_MARK, MARK, 4);
}

static void
to_three(uint8_t header[SPOOL_HEADER_LEN])
{
	le_put(header + AT_MARK + 4, MARK, 4);
}

static const struct spool_format two[] = {
	{ 1, to_two },
	{ 2, NULL }
};
static const struct spool_format three[] = {
	{ 1, to_two },
	{ 2, to_three },
	{ 3, NULL }
};

static struct checksum	*sums;

/* What a program of that table does before recovery. */
static enum upgrade_error
upgrade(const struct spool_format *table, size_t n)
{
	enum upgrade_error e = UPGRADE_IO;
	struct super super;
	int handle;

	if (sums == NULL)
		ATF_REQUIRE((sums = checksum_new()) != NULL);
	handle = fx.disk.open(fx.disk.ctx, "spool", 0);
	ATF_REQUIRE(handle != -1);
	ATF_REQUIRE_EQ(super_read(&fx.disk, handle, sums,
	    table[n - 1].version, &super), SUPER_OK);
	e = spool_upgrade(&fx.disk, handle, sums, table, n, &super);
	fx.disk.close(fx.disk.ctx, handle);
	return (e);
}

static struct super
superblock(void)
{
	struct super super;
	int handle;

	handle = fx.disk.open(fx.disk.ctx, "spool", 0);
	ATF_REQUIRE(handle != -1);
	ATF_REQUIRE_EQ(super_read(&fx.disk, handle, sums, 9, &super),
	    SUPER_OK);
	fx.disk.close(fx.disk.ctx, handle);
	return (super);
}

/* Is the slot's header of that format, and what it was else? */
static void
check_header(uint32_t id, uint32_t version)
{
	uint8_t header[SPOOL_HEADER_LEN], sum[CHECKSUM_LEN];
	struct spool_slot slot;
	uint32_t found;

	simdisk_peek(fx.sim, "spool", spool_header_offset(id), header,
	    sizeof(header));
	ATF_REQUIRE_EQ(slot_version(sums, id, header, &found), 0);
	ATF_REQUIRE_EQ(found, version);
	ATF_CHECK_EQ(le_get(header + AT_MARK, 4), version > 1 ? MARK : 0);
	ATF_CHECK_EQ(le_get(header + AT_MARK + 4, 4), version > 2 ? MARK : 0);
	ATF_CHECK_EQ(slot_decode(sums, id, header, &slot, sum),
	    version == SPOOL_VERSION ? 0 : SLOT_FOREIGN);
	ATF_REQUIRE_EQ(slot_set_version(sums, SPOOL_VERSION, header), 0);
	ATF_REQUIRE_EQ(slot_decode(sums, id, header, &slot, sum), 0);
	ATF_CHECK_EQ(slot.class, SPOOL_FORWARD);
	ATF_CHECK_EQ(slot.body_len, FIXTURE_LEN);
}

ATF_TC_WITHOUT_HEAD(the_table_ends_with_what_is_written);
ATF_TC_BODY(the_table_ends_with_what_is_written, tc)
{
	size_t i;

	ATF_REQUIRE(spool_nformats >= 1);
	for (i = 0; i + 1 < spool_nformats; i++) {
		ATF_CHECK(spool_formats[i].step != NULL);
		ATF_CHECK_EQ(spool_formats[i].version + 1,
		    spool_formats[i + 1].version);
	}
	ATF_CHECK_EQ(spool_formats[i].version, SPOOL_VERSION);
	ATF_CHECK(spool_formats[i].step == NULL);
}

ATF_TC_WITHOUT_HEAD(a_spool_is_brought_to_the_next_format);
ATF_TC_BODY(a_spool_is_brought_to_the_next_format, tc)
{
	struct spool *s = fixture_new();
	uint32_t id = fixture_put(s, 1), bad = fixture_put(s, 2);
	uint8_t before[SPOOL_HEADER_LEN], after[SPOOL_HEADER_LEN];

	fixture_sync(s);
	spool_close(s);
	simdisk_damage(fx.sim, "spool", spool_header_offset(bad) + 50, 1);
	simdisk_peek(fx.sim, "spool", spool_header_offset(bad), before,
	    sizeof(before));
	ATF_REQUIRE_EQ(upgrade(two, 2), UPGRADE_OK);
	check_header(id, 2);
	ATF_CHECK_EQ(superblock().version, 2);
	ATF_CHECK_EQ(superblock().upgraded_from, 0);
	ATF_CHECK_EQ(superblock().copies, 2);

	/* What can't be read is left as it is found. */
	simdisk_peek(fx.sim, "spool", spool_header_offset(bad), after,
	    sizeof(after));
	ATF_CHECK_EQ(memcmp(before, after, sizeof(before)), 0);
	simdisk_free(fx.sim);
}

ATF_TC_WITHOUT_HEAD(formats_are_not_skipped);
ATF_TC_BODY(formats_are_not_skipped, tc)
{
	struct spool *s = fixture_new();
	uint32_t id = fixture_put(s, 1);

	fixture_sync(s);
	spool_close(s);
	ATF_REQUIRE_EQ(upgrade(three, 3), UPGRADE_OK);
	check_header(id, 3);
	ATF_REQUIRE_EQ(upgrade(three, 3), UPGRADE_OK);
	check_header(id, 3);
	simdisk_free(fx.sim);
}

ATF_TC_WITHOUT_HEAD(a_format_before_the_first_is_not_known);
ATF_TC_BODY(a_format_before_the_first_is_not_known, tc)
{
	struct spool *s = fixture_new();
	uint32_t id = fixture_put(s, 1);

	fixture_sync(s);
	spool_close(s);
	ATF_CHECK_EQ(upgrade(three + 1, 2), UPGRADE_UNKNOWN);
	check_header(id, 1);
	ATF_CHECK_EQ(superblock().version, 1);
	simdisk_free(fx.sim);
}

/* The disk loses its power before each operation, and after each has failed. */
ATF_TC_WITHOUT_HEAD(an_upgrade_that_broke_off_is_gone_on_with);
ATF_TC_BODY(an_upgrade_that_broke_off_is_gone_on_with, tc)
{
	struct spool *s;
	enum upgrade_error e = UPGRADE_IO;
	unsigned int n, broken = 0;
	uint32_t id;

	for (n = 0; e == UPGRADE_IO; n++) {
		s = fixture_new();
		id = fixture_put(s, 5);
		fixture_sync(s);
		spool_close(s);
		simdisk_fail(fx.sim, SIMDISK_ANY, n + 1, EIO);
		e = upgrade(two, 2);
		simdisk_fail(fx.sim, SIMDISK_NONE, 0, 0);
		simdisk_power_failure(fx.sim);
		if (superblock().version == 2) {
			/* A program of before doesn't take it for its own. */
			ATF_CHECK(fixture_try_open(1) == NULL);
			ATF_CHECK(superblock().upgraded_from == 1 ||
			    e == UPGRADE_OK || n > 4);
		} else
			check_header(id, 1);
		broken += e == UPGRADE_IO;
		/* The next one might itself be of a later format. */
		ATF_REQUIRE_EQ(n % 2 == 0 ? upgrade(two, 2) :
		    upgrade(three, 3), UPGRADE_OK);
		check_header(id, n % 2 == 0 ? 2 : 3);
		simdisk_free(fx.sim);
	}
	ATF_CHECK(broken >= 9);
}

static void
check_untouched(const uint8_t *before, size_t len)
{
	static uint8_t after[SUPER_LEN + SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN];

	ATF_REQUIRE_EQ(len, sizeof(after));
	simdisk_peek(fx.sim, "spool", 0, after, sizeof(after));
	ATF_CHECK_EQ(memcmp(before, after, sizeof(after)), 0);
}

ATF_TC_WITHOUT_HEAD(a_newer_spool_is_refused_and_left_alone);
ATF_TC_BODY(a_newer_spool_is_refused_and_left_alone, tc)
{
	static uint8_t start[SUPER_LEN + SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN];
	unsigned long writes, syncs, truncates;
	struct spool *s = fixture_new();

	(void)fixture_put(s, 1);
	fixture_sync(s);
	spool_close(s);
	ATF_REQUIRE_EQ(upgrade(two, 2), UPGRADE_OK);
	simdisk_peek(fx.sim, "spool", 0, start, sizeof(start));
	writes = simdisk_count(fx.sim, SIMDISK_WRITE);
	syncs = simdisk_count(fx.sim, SIMDISK_SYNC);
	truncates = simdisk_count(fx.sim, SIMDISK_TRUNCATE);
	ATF_CHECK(fixture_try_open(SPOOL_EXTENT_SLOTS) == NULL);
	ATF_CHECK_STREQ(fx.errbuf, "spool: format 2 is newer than this "
	    "program, which knows it up to 1");
	check_untouched(start, sizeof(start));
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_WRITE), writes);
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_SYNC), syncs);
	ATF_CHECK_EQ(simdisk_count(fx.sim, SIMDISK_TRUNCATE), truncates);
	simdisk_free(fx.sim);
}

/* A newer program was killed when it had written one of the superblocks. */
ATF_TC_WITHOUT_HEAD(one_newer_superblock_is_enough_to_refuse);
ATF_TC_BODY(one_newer_superblock_is_enough_to_refuse, tc)
{
	struct spool *s = fixture_new();
	struct super super;
	int handle;

	spool_close(s);
	ATF_REQUIRE((sums = checksum_new()) != NULL);
	super = superblock();
	super.version = 2;
	super.upgraded_from = 1;
	handle = fx.disk.open(fx.disk.ctx, "spool", 0);
	ATF_REQUIRE_EQ(super_write(&fx.disk, handle, sums, &super), 0);
	ATF_CHECK(fixture_try_open(SPOOL_EXTENT_SLOTS) == NULL);
	ATF_CHECK_STREQ(fx.errbuf, "spool: format 2 is newer than this "
	    "program, which knows it up to 1");
	simdisk_free(fx.sim);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_table_ends_with_what_is_written);
	ATF_TP_ADD_TC(tp, a_spool_is_brought_to_the_next_format);
	ATF_TP_ADD_TC(tp, formats_are_not_skipped);
	ATF_TP_ADD_TC(tp, a_format_before_the_first_is_not_known);
	ATF_TP_ADD_TC(tp, an_upgrade_that_broke_off_is_gone_on_with);
	ATF_TP_ADD_TC(tp, a_newer_spool_is_refused_and_left_alone);
	ATF_TP_ADD_TC(tp, one_newer_superblock_is_enough_to_refuse);
	return (atf_no_error());
}
