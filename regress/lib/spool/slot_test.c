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

#include "spool/slot.h"

static const uint8_t	sum[CHECKSUM_LEN] = { 7, 8, 9 };
static struct checksum	*c;

static void
fill(struct spool_slot *slot)
{
	memset(slot, 0, sizeof(*slot));
	slot->class = SPOOL_EXIT;
	slot->state = SPOOL_FIRED;
	slot->tries = 0x1234;
	slot->body_len = SPOOL_BODY_LEN;
	slot->set = 0x1122334455667788;
	slot->set_index = 0xa1a2a3a4;
	slot->set_total = 0xb1b2b3b4;
	slot->due = 0xc1c2c3c4c5c6c7c8;
	slot->fired = 0xd1d2d3d4d5d6d7d8;
	slot->key_expires = 0xe1e2e3e4e5e6e7e8;
	memset(slot->keyid, 0xf1, sizeof(slot->keyid));
	memset(slot->digest, 0xf2, sizeof(slot->digest));
	slot->storage_day = 0xf3f4f5f6;
	memset(slot->hop, 'h', sizeof(slot->hop) - 1);
	memset(slot->part_key, 0xf6, sizeof(slot->part_key));
	slot->arrived = 0x9192939495969798;
	slot->batch = 0x0102030405060708;
}

ATF_TC_WITHOUT_HEAD(all_fields_come_back);
ATF_TC_BODY(all_fields_come_back, tc)
{
	uint8_t header[SPOOL_HEADER_LEN], found_sum[CHECKSUM_LEN];
	struct spool_slot slot, found;

	ATF_REQUIRE((c = checksum_new()) != NULL);
	fill(&slot);
	memset(&found, 0, sizeof(found));
	ATF_REQUIRE_EQ(slot_encode(c, 77, &slot, sum, header), 0);
	ATF_REQUIRE_EQ(slot_decode(c, 77, header, &found, found_sum), 0);
	ATF_CHECK_EQ(memcmp(&found, &slot, sizeof(slot)), 0);
	ATF_CHECK_EQ(memcmp(found_sum, sum, sizeof(sum)), 0);
	checksum_free(c);
}

ATF_TC_WITHOUT_HEAD(numbers_are_little_endian_at_their_places);
ATF_TC_BODY(numbers_are_little_endian_at_their_places, tc)
{
	static const uint8_t start[] = { 'S', 'L', 'O', 'T', 1, 0,
	    SPOOL_EXIT, SPOOL_FIRED, 8, 7, 6, 5, 4, 3, 2, 1, 77, 0, 0, 0,
	    0, 0x80, 0, 0, 0x88, 0x77 };
	uint8_t header[SPOOL_HEADER_LEN];
	struct spool_slot slot;

	ATF_REQUIRE((c = checksum_new()) != NULL);
	fill(&slot);
	ATF_REQUIRE_EQ(slot_encode(c, 77, &slot, sum, header), 0);
	ATF_CHECK_EQ(memcmp(header, start, sizeof(start)), 0);
	checksum_free(c);
}

ATF_TC_WITHOUT_HEAD(a_changed_or_misplaced_header_is_none);
ATF_TC_BODY(a_changed_or_misplaced_header_is_none, tc)
{
	uint8_t header[SPOOL_HEADER_LEN], found_sum[CHECKSUM_LEN];
	struct spool_slot slot, found;
	size_t i;

	ATF_REQUIRE((c = checksum_new()) != NULL);
	fill(&slot);
	ATF_REQUIRE_EQ(slot_encode(c, 77, &slot, sum, header), 0);
	ATF_CHECK_EQ(slot_decode(c, 78, header, &found, found_sum), -1);
	for (i = 0; i < sizeof(header); i++) {
		header[i] ^= 0x10;
		ATF_CHECK_EQ(slot_decode(c, 77, header, &found, found_sum),
		    -1);
		header[i] ^= 0x10;
	}
	memset(header, 0, sizeof(header));
	ATF_CHECK_EQ(slot_decode(c, 0, header, &found, found_sum), -1);
	checksum_free(c);
}

ATF_TC_WITHOUT_HEAD(impossible_fields_are_refused);
ATF_TC_BODY(impossible_fields_are_refused, tc)
{
	struct spool_slot slot;

	fill(&slot);
	ATF_CHECK(slot_valid(&slot));
	slot.class = SPOOL_POSTMASTER + 1;
	ATF_CHECK(!slot_valid(&slot));
	fill(&slot);
	slot.body_len = SPOOL_BODY_LEN + 1;
	ATF_CHECK(!slot_valid(&slot));
	fill(&slot);
	slot.hop[SPOOL_HOP_MAX - 1] = 'h';
	ATF_CHECK(!slot_valid(&slot));
	fill(&slot);
	slot.batch = UINT64_MAX;
	ATF_CHECK(!slot_valid(&slot));
	fill(&slot);
	slot.class = SPOOL_PART;
	ATF_CHECK(!slot_valid(&slot));
	slot.set = 0;
	ATF_CHECK(slot_valid(&slot));
	slot.set_index = 0;
	ATF_CHECK(!slot_valid(&slot));
	slot.set_index = slot.set_total + 1;
	ATF_CHECK(!slot_valid(&slot));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_fields_come_back);
	ATF_TP_ADD_TC(tp, numbers_are_little_endian_at_their_places);
	ATF_TP_ADD_TC(tp, a_changed_or_misplaced_header_is_none);
	ATF_TP_ADD_TC(tp, impossible_fields_are_refused);
	return (atf_no_error());
}
