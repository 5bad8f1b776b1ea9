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
#include <stdio.h>
#include <string.h>

#include "lib/testutil.h"
#include "mixing/rng.h"
#include "mixtasy/message.h"

#define SELF	"mixtasy@node1.example.net"
#define NEXT	"mixtasy@node2.example.net"
#define TYPE	"Remailer-Type: Mixtasy v1\r\n"
#define FINAL	TYPE "Mixtasy-ID: <a@b>\r\nMixtasy-Type: singlepart\r\n"
#define PARTS	TYPE "Mixtasy-ID: <a@b>\r\nMixtasy-Type: multipart\r\n"

static struct mix_inner inner;

/* Reads the header with some octets of a body behind it. */
static enum mix_inner_error
read_inner(const char *header)
{
	char text[8192];
	size_t n = strlen(header);

	ATF_REQUIRE(n + 8 < sizeof(text));
	memcpy(text, header, n);
	memcpy(text + n, "\x85\x01\x0c\x03 body", 8);
	return (mix_inner_read(text, n + 8, SELF, 10, &inner));
}

ATF_TC_WITHOUT_HEAD(inner_reads_an_intermediate_header);
ATF_TC_BODY(inner_reads_an_intermediate_header, tc)
{
	static const char header[] = "From: " SELF "\r\n" TYPE "To: " NEXT
	    "\r\n\r\n";

	ATF_CHECK_EQ(MIX_INNER_OK, read_inner(header));
	ATF_CHECK_EQ(MIX_INTERMEDIATE, inner.type);
	ATF_CHECK_STREQ(SELF, inner.from);
	ATF_CHECK_STREQ(NEXT, inner.to);
	ATF_CHECK_EQ(sizeof(header) - 1, inner.header_len);
}

ATF_TC_WITHOUT_HEAD(inner_takes_fields_in_any_order_and_passes_over_others);
ATF_TC_BODY(inner_takes_fields_in_any_order_and_passes_over_others, tc)
{
	ATF_CHECK_EQ(MIX_INNER_OK, read_inner("To: MIXTASY@Node2.example.net"
	    "\r\nX-Other: 1\r\nX-Other: 2\r\nremailer-type: Mixtasy 1\r\n"
	    "\r\n"));
	ATF_CHECK_STREQ(NEXT, inner.to);
	ATF_CHECK_STREQ("", inner.from);
}

ATF_TC_WITHOUT_HEAD(inner_writes_what_it_reads);
ATF_TC_BODY(inner_writes_what_it_reads, tc)
{
	static const char *const headers[] = {
	    "From: " SELF "\r\n" TYPE "To: " NEXT "\r\n\r\n",
	    "Mixtasy-ID: <a@b>\r\nMixtasy-Type: singlepart\r\n" TYPE "\r\n",
	    "Mixtasy-ID: <a@b>\r\nMixtasy-Type: multipart\r\nPart: 2/10\r\n"
	    TYPE "\r\n",
	    "Mixtasy-ID: <a@b>\r\nMixtasy-Type: dummy\r\n" TYPE "\r\n"
	};
	char out[MIX_HEADER_MAX];
	size_t i, n;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		ATF_CHECK_EQ(MIX_INNER_OK, read_inner(headers[i]));
		n = mix_inner_write(&inner, out);
		ATF_CHECK_EQ(strlen(headers[i]), n);
		ATF_CHECK(memcmp(out, headers[i], n) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(inner_wants_a_mix_as_the_next_hop);
ATF_TC_BODY(inner_wants_a_mix_as_the_next_hop, tc)
{
	static const char *const tos[] = { "victim@example.com",
	    NEXT ", " NEXT, "<" NEXT ">", "Mix <" NEXT ">", "mixtasy@node2",
	    "mixtasy@[127.0.0.1]", "mixtasy@127.0.0.1", "mixtasy@", "",
	    "xmixtasy@node2.example.net", NEXT "\r\n\tx" };
	char header[400];
	size_t i;

	for (i = 0; i < sizeof(tos) / sizeof(tos[0]); i++) {
		(void)snprintf(header, sizeof(header), TYPE "To: %s\r\n\r\n",
		    tos[i]);
		ATF_CHECK_EQ_MSG(MIX_INNER_ADDRESS, read_inner(header), "%s",
		    tos[i]);
	}
	ATF_CHECK_EQ(MIX_INNER_ADDRESS, read_inner(TYPE "\r\n"));
}

ATF_TC_WITHOUT_HEAD(inner_wants_this_mix_as_the_sender_or_none);
ATF_TC_BODY(inner_wants_this_mix_as_the_sender_or_none, tc)
{
	ATF_CHECK_EQ(MIX_INNER_OK, read_inner(TYPE "To: " NEXT "\r\n"
	    "From: Mixtasy@NODE1.example.net\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_ADDRESS, read_inner(TYPE "To: " NEXT "\r\n"
	    "From: " NEXT "\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_ADDRESS, read_inner(TYPE "To: " NEXT "\r\n"
	    "From:\r\n\r\n"));
}

ATF_TC_WITHOUT_HEAD(inner_rejects_any_known_field_twice);
ATF_TC_BODY(inner_rejects_any_known_field_twice, tc)
{
	static const char *const headers[] = {
	    TYPE TYPE "To: " NEXT "\r\n\r\n",
	    TYPE "To: " NEXT "\r\nto: " NEXT "\r\n\r\n",
	    TYPE "From: " SELF "\r\nFrom: " SELF "\r\nTo: " NEXT "\r\n\r\n",
	    FINAL "Mixtasy-ID: <a@b>\r\n\r\n",
	    FINAL "mixtasy-type: singlepart\r\n\r\n",
	    PARTS "Part: 1/2\r\nPart: 1/2\r\n\r\n",
	    "Verification: 0\r\n" TYPE "To: " NEXT "\r\n\r\n" };
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		ATF_CHECK_EQ_MSG(MIX_INNER_STRUCTURE, read_inner(headers[i]),
		    "%s", headers[i]);
}

ATF_TC_WITHOUT_HEAD(inner_wants_the_whole_header_with_its_empty_line);
ATF_TC_BODY(inner_wants_the_whole_header_with_its_empty_line, tc)
{
	static const char text[] = TYPE "To: " NEXT "\r\n\r\nbody";
	size_t n;

	for (n = 0; n <= sizeof(text) - 1 - 4; n++)
		ATF_CHECK(mix_inner_read(text, n, SELF, 10, &inner) !=
		    MIX_INNER_OK);
	ATF_CHECK_EQ(MIX_INNER_OK, mix_inner_read(text, n, SELF, 10, &inner));
	ATF_CHECK_EQ(MIX_INNER_STRUCTURE,
	    read_inner(TYPE "nonsense\r\nTo: " NEXT "\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_STRUCTURE, read_inner(""));
}

ATF_TC_WITHOUT_HEAD(inner_rejects_other_types);
ATF_TC_BODY(inner_rejects_other_types, tc)
{
	ATF_CHECK_EQ(MIX_INNER_TYPE, read_inner("To: " NEXT "\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_TYPE, read_inner("Remailer-Type: Mixtasy v2\r\n"
	    "To: " NEXT "\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_TYPE, read_inner(TYPE "Mixtasy-ID: a\r\n"
	    "Mixtasy-Type: Singlepart\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_TYPE, read_inner(TYPE "Mixtasy-ID: a\r\n\r\n"));
}

ATF_TC_WITHOUT_HEAD(inner_rejects_final_messages_with_addresses);
ATF_TC_BODY(inner_rejects_final_messages_with_addresses, tc)
{
	ATF_CHECK_EQ(MIX_INNER_OK, read_inner(FINAL "\r\n"));
	ATF_CHECK_EQ(MIX_INNER_ADDRESS,
	    read_inner(FINAL "To: " NEXT "\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_ADDRESS,
	    read_inner(FINAL "From: " SELF "\r\n\r\n"));
}

static enum mix_inner_error
read_id(const char *id)
{
	char header[1200];

	(void)snprintf(header, sizeof(header), TYPE "Mixtasy-ID: %s\r\n"
	    "Mixtasy-Type: dummy\r\n\r\n", id);
	return (read_inner(header));
}

ATF_TC_WITHOUT_HEAD(inner_wants_an_id_of_printable_octets);
ATF_TC_BODY(inner_wants_an_id_of_printable_octets, tc)
{
	char id[300];

	ATF_CHECK_EQ(MIX_INNER_STRUCTURE,
	    read_inner(TYPE "Mixtasy-Type: dummy\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_STRUCTURE, read_id(""));
	ATF_CHECK_EQ(MIX_INNER_STRUCTURE, read_id("a b"));
	ATF_CHECK_EQ(MIX_INNER_STRUCTURE, read_id("a\x01"));
	ATF_CHECK_EQ(MIX_INNER_STRUCTURE, read_id("a\xc3\xa4"));
	ATF_CHECK_EQ(MIX_INNER_OK, read_id("6SYYYZ8E229R0G6927XR"));
	memset(id, 'x', sizeof(id));
	id[250] = '\0';
	ATF_CHECK_EQ(MIX_INNER_OK, read_id(id));
	ATF_CHECK_STREQ(id, inner.id);
	id[250] = 'x';
	id[251] = '\0';
	ATF_CHECK_EQ(MIX_INNER_STRUCTURE, read_id(id));
}

static enum mix_inner_error
read_parts(const char *part)
{
	char header[400];

	(void)snprintf(header, sizeof(header), PARTS "Part: %s\r\n\r\n", part);
	return (read_inner(header));
}

ATF_TC_WITHOUT_HEAD(inner_bounds_part_numbers);
ATF_TC_BODY(inner_bounds_part_numbers, tc)
{
	static const char *const bad[] = { "", "1", "/", "1/", "/2", "0/2",
	    "3/2", "1/11", "-1/2", "1/2/3", "1 /2", "1/ 2", "a/2", "1/2x",
	    "4294967297/4294967298", "1/99999999999999999999", "+1/2" };
	size_t i;

	ATF_CHECK_EQ(MIX_INNER_OK, read_parts("10/10"));
	ATF_CHECK_EQ(10, inner.part);
	ATF_CHECK_EQ(10, inner.total);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(MIX_INNER_PART, read_parts(bad[i]), "%s",
		    bad[i]);
}

ATF_TC_WITHOUT_HEAD(inner_wants_a_part_with_multipart_only);
ATF_TC_BODY(inner_wants_a_part_with_multipart_only, tc)
{
	ATF_CHECK_EQ(MIX_INNER_PART, read_inner(PARTS "\r\n"));
	ATF_CHECK_EQ(MIX_INNER_PART, read_inner(FINAL "Part: 1/2\r\n\r\n"));
	ATF_CHECK_EQ(MIX_INNER_PART, read_inner(TYPE "To: " NEXT "\r\n"
	    "Part: 1/2\r\n\r\n"));
}

ATF_TC_WITHOUT_HEAD(inner_rejects_parts_where_none_are_accepted);
ATF_TC_BODY(inner_rejects_parts_where_none_are_accepted, tc)
{
	static const char text[] = PARTS "Part: 1/1\r\n\r\nbody";

	ATF_CHECK_EQ(MIX_INNER_PART, mix_inner_read(text, sizeof(text) - 1,
	    SELF, 0, &inner));
	ATF_CHECK_EQ(MIX_INNER_OK, mix_inner_read(text, sizeof(text) - 1,
	    SELF, 1, &inner));
}

ATF_TC_WITHOUT_HEAD(verification_accepts_exactly_one_line);
ATF_TC_BODY(verification_accepts_exactly_one_line, tc)
{
	static uint8_t message[MIX_VERIFICATION_LINE + MIX_HASHED_LEN + 9];
	uint8_t digest[MIX_DIGEST_LEN];
	struct test_rng state;
	struct rng rng = test_rng(&state, 3);
	size_t i;

	rng_fill(&rng, message, sizeof(message));
	mix_verification_write(message + MIX_VERIFICATION_LINE,
	    (char *)message);
	ATF_CHECK_EQ(0, mix_verify(message, sizeof(message), digest));
	ATF_CHECK_EQ(0, mix_verify(message, sizeof(message) - 9, digest));
	ATF_CHECK_EQ(-1, mix_verify(message, sizeof(message) - 10, digest));
	ATF_CHECK_EQ(-1, mix_verify(message, 0, digest));

	/* Any bit of the line, upper-case digits included. */
	for (i = 0; i < MIX_VERIFICATION_LINE * 8; i++) {
		message[i / 8] ^= (uint8_t)(1 << i % 8);
		ATF_CHECK_EQ(-1, mix_verify(message, sizeof(message),
		    digest));
		message[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

ATF_TC_WITHOUT_HEAD(verification_covers_the_octets_behind_it_and_no_more);
ATF_TC_BODY(verification_covers_the_octets_behind_it_and_no_more, tc)
{
	static uint8_t message[MIX_VERIFICATION_LINE + MIX_HASHED_LEN + 9];
	uint8_t digest[MIX_DIGEST_LEN];
	size_t first = MIX_VERIFICATION_LINE;
	size_t last = MIX_VERIFICATION_LINE + MIX_HASHED_LEN - 1;

	mix_verification_write(message + first, (char *)message);
	message[first] ^= 1;
	ATF_CHECK_EQ(-1, mix_verify(message, sizeof(message), digest));
	message[first] ^= 1;
	message[last] ^= 1;
	ATF_CHECK_EQ(-1, mix_verify(message, sizeof(message), digest));
	message[last] ^= 1;
	message[last + 1] ^= 1;
	ATF_CHECK_EQ(0, mix_verify(message, sizeof(message), digest));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, inner_reads_an_intermediate_header);
	ATF_TP_ADD_TC(tp,
	    inner_takes_fields_in_any_order_and_passes_over_others);
	ATF_TP_ADD_TC(tp, inner_writes_what_it_reads);
	ATF_TP_ADD_TC(tp, inner_wants_a_mix_as_the_next_hop);
	ATF_TP_ADD_TC(tp, inner_wants_this_mix_as_the_sender_or_none);
	ATF_TP_ADD_TC(tp, inner_rejects_any_known_field_twice);
	ATF_TP_ADD_TC(tp, inner_wants_the_whole_header_with_its_empty_line);
	ATF_TP_ADD_TC(tp, inner_rejects_other_types);
	ATF_TP_ADD_TC(tp, inner_rejects_final_messages_with_addresses);
	ATF_TP_ADD_TC(tp, inner_wants_an_id_of_printable_octets);
	ATF_TP_ADD_TC(tp, inner_bounds_part_numbers);
	ATF_TP_ADD_TC(tp, inner_wants_a_part_with_multipart_only);
	ATF_TP_ADD_TC(tp, inner_rejects_parts_where_none_are_accepted);
	ATF_TP_ADD_TC(tp, verification_accepts_exactly_one_line);
	ATF_TP_ADD_TC(tp,
	    verification_covers_the_octets_behind_it_and_no_more);
	return (atf_no_error());
}
