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

#include "openpgp/packet.h"

#define CHECK_READ(bytes, pkt)						\
	ATF_REQUIRE_EQ(0, pgp_packet_read((const uint8_t *)(bytes),	\
	    sizeof(bytes) - 1, (pkt)))
#define CHECK_REFUSED(bytes) do {					\
	struct pgp_packet refused_;					\
	ATF_CHECK_EQ(-1, pgp_packet_read((const uint8_t *)(bytes),	\
	    sizeof(bytes) - 1, &refused_));				\
} while (0)

ATF_TC_WITHOUT_HEAD(packet_reads_old_lengths);
ATF_TC_BODY(packet_reads_old_lengths, tc)
{
	struct pgp_packet pkt;

	CHECK_READ("\xb4\x03" "abc", &pkt);
	ATF_CHECK_EQ(PGP_TAG_USER_ID, pkt.tag);
	ATF_CHECK_EQ(0, pkt.new_format);
	ATF_CHECK_EQ(PGP_LEN_DEFINITE, pkt.length);
	ATF_CHECK_EQ(2, pkt.header_len);
	ATF_CHECK_EQ(3, pkt.body_len);
	ATF_CHECK_EQ('a', pkt.body[0]);

	CHECK_READ("\xb5\x00\x03" "abc", &pkt);
	ATF_CHECK_EQ(3, pkt.header_len);
	ATF_CHECK_EQ(3, pkt.body_len);

	CHECK_READ("\xb6\x00\x00\x00\x03" "abc", &pkt);
	ATF_CHECK_EQ(5, pkt.header_len);
	ATF_CHECK_EQ(3, pkt.body_len);

	CHECK_READ("\xa7" "abc", &pkt);
	ATF_CHECK_EQ(PGP_TAG_SED, pkt.tag);
	ATF_CHECK_EQ(PGP_LEN_INDETERMINATE, pkt.length);
	ATF_CHECK_EQ(1, pkt.header_len);
	ATF_CHECK_EQ(3, pkt.body_len);
}

ATF_TC_WITHOUT_HEAD(packet_reads_new_lengths);
ATF_TC_BODY(packet_reads_new_lengths, tc)
{
	struct pgp_packet pkt;
	uint8_t buf[3 + 8383];

	CHECK_READ("\xcd\x03" "abc", &pkt);
	ATF_CHECK_EQ(PGP_TAG_USER_ID, pkt.tag);
	ATF_CHECK_EQ(1, pkt.new_format);
	ATF_CHECK_EQ(3, pkt.body_len);

	CHECK_READ("\xcd\xff\x00\x00\x00\x03" "abc", &pkt);
	ATF_CHECK_EQ(6, pkt.header_len);
	ATF_CHECK_EQ(3, pkt.body_len);

	CHECK_READ("\xff\x00", &pkt);
	ATF_CHECK_EQ(PGP_TAG_PADDING_PRIVATE, pkt.tag);
	ATF_CHECK_EQ(0, pkt.body_len);

	/* The examples of RFC 4880 section 4.2.3. */
	memset(buf, 0, sizeof(buf));
	memcpy(buf, "\xcd\xc5\xfb", 3);
	ATF_REQUIRE_EQ(0, pgp_packet_read(buf, sizeof(buf), &pkt));
	ATF_CHECK_EQ(1723, pkt.body_len);
	memcpy(buf, "\xcd\xdf\xff", 3);
	ATF_REQUIRE_EQ(0, pgp_packet_read(buf, sizeof(buf), &pkt));
	ATF_CHECK_EQ(8383, pkt.body_len);
}

ATF_TC_WITHOUT_HEAD(packet_refuses_what_is_cut_off);
ATF_TC_BODY(packet_refuses_what_is_cut_off, tc)
{
	CHECK_REFUSED("");
	CHECK_REFUSED("\xb4");
	CHECK_REFUSED("\xb4\x03" "ab");
	CHECK_REFUSED("\xb5\x00");
	CHECK_REFUSED("\xb6\x00\x00\x00");
	CHECK_REFUSED("\xb6\xff\xff\xff\xff" "abc");
	CHECK_REFUSED("\xcd");
	CHECK_REFUSED("\xcd\xc0");
	CHECK_REFUSED("\xcd\xff\x00\x00\x00");
	CHECK_REFUSED("\xcd\xff\xff\xff\xff\xff" "abc");
	CHECK_REFUSED("\xcb\xe2" "abc");
}

ATF_TC_WITHOUT_HEAD(packet_refuses_what_is_none);
ATF_TC_BODY(packet_refuses_what_is_none, tc)
{
	/* No bit 7; tag 0; a user id in chunks. */
	CHECK_REFUSED("\x34\x03" "abc");
	CHECK_REFUSED("\x80\x03" "abc");
	CHECK_REFUSED("\xc0\x03" "abc");
	CHECK_REFUSED("\xcd\xe1" "ab\x01" "c");
}

ATF_TC_WITHOUT_HEAD(packet_peek_accepts_a_length_past_the_end);
ATF_TC_BODY(packet_peek_accepts_a_length_past_the_end, tc)
{
	static const uint8_t sed[] = { 0xa5, 0x78, 0x00, 1, 2, 3 };
	static const uint8_t chunk[] = { 0xc9, 0xe9, 1, 2, 3 };
	struct pgp_packet pkt;

	ATF_CHECK_EQ(-1, pgp_packet_read(sed, sizeof(sed), &pkt));
	ATF_REQUIRE_EQ(0, pgp_packet_peek(sed, sizeof(sed), &pkt));
	ATF_CHECK_EQ(PGP_TAG_SED, pkt.tag);
	ATF_CHECK_EQ(30720, pkt.body_len);
	ATF_CHECK_EQ(sed + 3, pkt.body);
	ATF_CHECK_EQ(-1, pgp_packet_peek(chunk, sizeof(chunk), &pkt));
}

ATF_TC_WITHOUT_HEAD(packet_joins_chunks);
ATF_TC_BODY(packet_joins_chunks, tc)
{
	static const uint8_t buf[] = { 0xcb, 0xe1, 'a', 'b', 0xe0, 'c', 2,
	    'd', 'e', 'X' };
	uint8_t out[5];
	size_t used = 0;

	ATF_CHECK_EQ(5, pgp_packet_join(buf, sizeof(buf), out, sizeof(out),
	    &used));
	ATF_CHECK_EQ(0, memcmp(out, "abcde", 5));
	ATF_CHECK_EQ(sizeof(buf) - 1, used);
	/* A zero length ends it, too. */
	ATF_CHECK_EQ(2, pgp_packet_join((const uint8_t *)"\xcb\xe1" "ab\x00",
	    5, out, sizeof(out), &used));
	ATF_CHECK_EQ(5, used);
	/* One of a definite length is copied. */
	ATF_CHECK_EQ(3, pgp_packet_join((const uint8_t *)"\xac\x03" "abc", 5,
	    out, sizeof(out), &used));
	ATF_CHECK_EQ(5, used);
}

ATF_TC_WITHOUT_HEAD(packet_join_refuses_broken_chunks);
ATF_TC_BODY(packet_join_refuses_broken_chunks, tc)
{
	static const uint8_t buf[] = { 0xcb, 0xe1, 'a', 'b', 0xe0, 'c', 2,
	    'd', 'e' };
	uint8_t out[5];
	size_t len, used;

	for (len = 0; len < sizeof(buf); len++)
		ATF_CHECK_EQ_MSG(-1, pgp_packet_join(buf, len, out,
		    sizeof(out), &used), "%zu octets", len);
	for (len = 0; len < sizeof(out); len++)
		ATF_CHECK_EQ_MSG(-1, pgp_packet_join(buf, sizeof(buf), out,
		    len, &used), "room for %zu", len);
	ATF_CHECK_EQ(-1, pgp_packet_join((const uint8_t *)"\xaf" "abc", 4,
	    out, sizeof(out), &used));
}

ATF_TC_WITHOUT_HEAD(packet_headers_are_read_back);
ATF_TC_BODY(packet_headers_are_read_back, tc)
{
	static const size_t lens[] = { 0, 1, 191, 192, 255, 256, 8383, 8384,
	    65535, 65536, 30720 };
	static const unsigned int tags[] = { PGP_TAG_PKESK, PGP_TAG_LITERAL,
	    PGP_TAG_USER_ATTRIBUTE, PGP_TAG_PADDING_PRIVATE };
	struct pgp_packet pkt;
	uint8_t head[6];
	size_t i, j, n;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		for (j = 0; j < sizeof(tags) / sizeof(tags[0]); j++) {
			n = pgp_packet_header(head, tags[j], lens[i]);
			ATF_REQUIRE_EQ(0, pgp_packet_peek(head, n, &pkt));
			ATF_CHECK_EQ(tags[j], pkt.tag);
			ATF_CHECK_EQ(lens[i], pkt.body_len);
			ATF_CHECK_EQ(n, pkt.header_len);
			ATF_CHECK_EQ(tags[j] > 15, pkt.new_format);
		}
	}
	ATF_CHECK_EQ(1, pgp_packet_header_indeterminate(head, PGP_TAG_SED));
	ATF_CHECK_EQ(0xa7, head[0]);
}

ATF_TC_WITHOUT_HEAD(literal_is_taken_apart);
ATF_TC_BODY(literal_is_taken_apart, tc)
{
	static const uint8_t body[] = { 't', 2, 'n', 'm', 1, 2, 3, 4, 'x' };
	uint8_t ours[PGP_LITERAL_PREFIX_LEN];
	struct pgp_literal lit;
	size_t len;

	ATF_REQUIRE_EQ(0, pgp_literal_read(body, sizeof(body), &lit));
	ATF_CHECK_EQ('t', lit.format);
	ATF_CHECK_EQ(2, lit.name_len);
	ATF_CHECK_EQ(body + 2, lit.name);
	ATF_CHECK_EQ(0x01020304, lit.date);
	ATF_CHECK_EQ(1, lit.data_len);
	ATF_CHECK_EQ(body + 8, lit.data);
	for (len = 0; len < 8; len++)
		ATF_CHECK_EQ(-1, pgp_literal_read(body, len, &lit));

	pgp_literal_prefix(ours);
	ATF_REQUIRE_EQ(0, pgp_literal_read(ours, sizeof(ours), &lit));
	ATF_CHECK_EQ('b', lit.format);
	ATF_CHECK_EQ(0, lit.name_len);
	ATF_CHECK_EQ(0, lit.date);
	ATF_CHECK_EQ(0, lit.data_len);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, packet_reads_old_lengths);
	ATF_TP_ADD_TC(tp, packet_reads_new_lengths);
	ATF_TP_ADD_TC(tp, packet_refuses_what_is_cut_off);
	ATF_TP_ADD_TC(tp, packet_refuses_what_is_none);
	ATF_TP_ADD_TC(tp, packet_peek_accepts_a_length_past_the_end);
	ATF_TP_ADD_TC(tp, packet_joins_chunks);
	ATF_TP_ADD_TC(tp, packet_join_refuses_broken_chunks);
	ATF_TP_ADD_TC(tp, packet_headers_are_read_back);
	ATF_TP_ADD_TC(tp, literal_is_taken_apart);

	return (atf_no_error());
}
