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
#include <string.h>

#include "spool/checksum.h"

ATF_TC_WITHOUT_HEAD(it_is_gmac);
ATF_TC_BODY(it_is_gmac, tc)
{
	/* Test case 1 of the GCM specification. */
	static const uint8_t wanted[CHECKSUM_LEN] = { 0x58, 0xe2, 0xfc, 0xce,
	    0xfa, 0x7e, 0x30, 0x61, 0x36, 0x7f, 0x1d, 0x57, 0xa4, 0xe7, 0x45,
	    0x5a };
	struct checksum *c = checksum_new();
	uint8_t sum[CHECKSUM_LEN];

	ATF_REQUIRE(c != NULL);
	ATF_CHECK_EQ(checksum(c, "x", 1, sum), 0);
	ATF_CHECK(memcmp(sum, wanted, sizeof(sum)) != 0);
	ATF_CHECK_EQ(checksum(c, "", 0, sum), 0);
	ATF_CHECK_EQ(memcmp(sum, wanted, sizeof(sum)), 0);
	checksum_free(c);
}

ATF_TC_WITHOUT_HEAD(every_octet_and_the_length_count);
ATF_TC_BODY(every_octet_and_the_length_count, tc)
{
	struct checksum *c = checksum_new();
	uint8_t data[100] = { 0 }, sum[CHECKSUM_LEN], other[CHECKSUM_LEN];
	size_t i;

	ATF_REQUIRE(c != NULL);
	ATF_REQUIRE_EQ(checksum(c, data, sizeof(data), sum), 0);
	for (i = 0; i < sizeof(data); i++) {
		data[i] ^= 1;
		ATF_REQUIRE_EQ(checksum(c, data, sizeof(data), other), 0);
		ATF_CHECK(memcmp(sum, other, sizeof(sum)) != 0);
		data[i] ^= 1;
		ATF_REQUIRE_EQ(checksum(c, data, i, other), 0);
		ATF_CHECK(memcmp(sum, other, sizeof(sum)) != 0);
	}
	checksum_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, it_is_gmac);
	ATF_TP_ADD_TC(tp, every_octet_and_the_length_count);
	return (atf_no_error());
}
