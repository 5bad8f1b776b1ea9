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
#include <stdlib.h>
#include <string.h>

#include "lib/testutil.h"
#include "mixing/rng.h"
#include "mixtasy/message.h"
#include "openpgp/armor.h"

#define SELF	"mixtasy@node1.example.net"

static uint8_t body[MIX_BODY_LEN + 64];

static void
random_body(void)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 7);

	rng_fill(&rng, body, sizeof(body));
}

/* Reads header + the armored first bodylen octets of body. */
static enum mix_outer_error
read_with(const char *header, size_t bodylen, int crlf)
{
	static char text[MIX_OUTER_HEADER_MAX * 3];
	uint8_t got[MIX_BODY_LEN];
	enum mix_outer_error error;
	size_t len;

	random_body();
	len = strlen(header);
	ATF_REQUIRE(len < sizeof(text) / 2);
	memcpy(text, header, len);
	len += pgp_armor_encode(PGP_ARMOR_MESSAGE, body, bodylen, crlf,
	    text + len);
	error = mix_outer_read(text, len, SELF, got);
	if (error == MIX_OUTER_OK)
		ATF_CHECK(memcmp(got, body, sizeof(got)) == 0);
	return (error);
}

#define TYPE	"Remailer-Type: Mixtasy v1\r\n"
#define TO	"To: " SELF "\r\n"

static enum mix_outer_error
read_header(const char *header)
{
	return (read_with(header, MIX_BODY_LEN, 1));
}

ATF_TC_WITHOUT_HEAD(outer_reads_what_it_writes);
ATF_TC_BODY(outer_reads_what_it_writes, tc)
{
	static char text[MIX_OUTER_LEN_MAX];
	uint8_t got[MIX_BODY_LEN];
	size_t len;

	random_body();
	len = mix_outer_write("mixtasy@a.example", SELF, body, text);
	ATF_CHECK_EQ(MIX_OUTER_OK, mix_outer_read(text, len, SELF, got));
	ATF_CHECK(memcmp(got, body, sizeof(got)) == 0);
}

ATF_TC_WITHOUT_HEAD(outer_writes_fields_in_order_and_nothing_else);
ATF_TC_BODY(outer_writes_fields_in_order_and_nothing_else, tc)
{
	static const char with[] = "From: mixtasy@a.example\r\n" TYPE TO
	    "\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n";
	static const char without[] = TYPE TO
	    "\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n";
	static char text[MIX_OUTER_LEN_MAX];
	size_t len;

	random_body();
	len = mix_outer_write("mixtasy@a.example", SELF, body, text);
	ATF_CHECK(memcmp(text, with, sizeof(with) - 1) == 0);
	ATF_CHECK(memcmp(text + len - 27, "-----END PGP MESSAGE-----\r\n",
	    27) == 0);
	len = mix_outer_write(NULL, SELF, body, text);
	ATF_CHECK(len < sizeof(text));
	ATF_CHECK(memcmp(text, without, sizeof(without) - 1) == 0);
}

/* One link, one size: whatever is in the body. */
static size_t
wire_size(const char *from, const char *to, int fill)
{
	static char text[MIX_OUTER_LEN_MAX];

	memset(body, fill, sizeof(body));
	return (mix_outer_write(from, to, body, text));
}

ATF_TC_WITHOUT_HEAD(outer_has_one_size_between_two_addresses);
ATF_TC_BODY(outer_has_one_size_between_two_addresses, tc)
{
	static const char *const names[] = { "mixtasy@ab.example.o",
	    "mixtasy@a-name-of-a-mix-that-is-as-long-as-sixtyx-octets."
	    "example.com" };
	size_t i, j;
	int fill;

	ATF_CHECK_EQ(12, strlen(strchr(names[0], '@') + 1));
	ATF_CHECK_EQ(60, strlen(strchr(names[1], '@') + 1));
	for (i = 0; i < 2; i++)
		for (j = 0; j < 2; j++)
			for (fill = 0; fill < 256; fill += 51)
				ATF_CHECK_EQ(wire_size(names[i], names[j], 0),
				    wire_size(names[i], names[j], fill));
	ATF_CHECK_EQ(wire_size(names[0], names[1], 1),
	    wire_size(names[1], names[0], 1));
}

ATF_TC_WITHOUT_HEAD(outer_fits_its_bound_with_the_longest_addresses);
ATF_TC_BODY(outer_fits_its_bound_with_the_longest_addresses, tc)
{
	char address[MIX_ADDRESS_MAX];
	size_t i;

	memset(address, 'a', sizeof(address));
	memcpy(address, "mixtasy@", 8);
	for (i = 60; i < sizeof(address); i += 60)
		address[i] = '.';
	address[sizeof(address) - 1] = '\0';
	ATF_CHECK(wire_size(address, address, 255) <= MIX_OUTER_LEN_MAX);
}

ATF_TC_WITHOUT_HEAD(outer_accepts_both_spellings_of_the_type);
ATF_TC_BODY(outer_accepts_both_spellings_of_the_type, tc)
{
	ATF_CHECK_EQ(MIX_OUTER_OK, read_header(TYPE TO "\r\n"));
	ATF_CHECK_EQ(MIX_OUTER_OK,
	    read_header("Remailer-Type: Mixtasy 1\r\n" TO "\r\n"));
}

ATF_TC_WITHOUT_HEAD(outer_rejects_other_types);
ATF_TC_BODY(outer_rejects_other_types, tc)
{
	static const char *const types[] = { "Mixtasy v2", "mixtasy v1",
	    "Mixtasy v1.0", "Mixtasy  v1", "Mixtasy", "" };
	char header[200];
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		(void)snprintf(header, sizeof(header),
		    "Remailer-Type: %s\r\n" TO "\r\n", types[i]);
		ATF_CHECK_EQ_MSG(MIX_OUTER_TYPE, read_header(header), "%s",
		    types[i]);
	}
	ATF_CHECK_EQ(MIX_OUTER_TYPE, read_header(TO "\r\n"));
}

ATF_TC_WITHOUT_HEAD(outer_accepts_what_transport_adds);
ATF_TC_BODY(outer_accepts_what_transport_adds, tc)
{
	ATF_CHECK_EQ(MIX_OUTER_OK, read_header("Received: from a by b;\r\n"
	    "\tMon, 1 Jan 2024 00:00:00 +0000\r\nReceived: from c\r\n"
	    "From: someone <a@b.example>\r\nVerification: x\r\n"
	    "remailer-TYPE: Mixtasy v1\r\nTo: <MIXTASY@Node1.Example.NET>"
	    "\r\n\r\n"));
	ATF_CHECK_EQ(MIX_OUTER_OK, read_with("Remailer-Type: Mixtasy v1\n"
	    "To: " SELF "\n\n", MIX_BODY_LEN, 0));
}

ATF_TC_WITHOUT_HEAD(outer_rejects_other_recipients);
ATF_TC_BODY(outer_rejects_other_recipients, tc)
{
	static const char *const tos[] = { "mixtasy@node2.example.net",
	    SELF ", mixtasy@node2.example.net", "node1.example.net", "",
	    "x" SELF, SELF "x" };
	char header[200];
	size_t i;

	for (i = 0; i < sizeof(tos) / sizeof(tos[0]); i++) {
		(void)snprintf(header, sizeof(header), TYPE "To: %s\r\n\r\n",
		    tos[i]);
		ATF_CHECK_EQ_MSG(MIX_OUTER_TO, read_header(header), "%s",
		    tos[i]);
	}
	ATF_CHECK_EQ(MIX_OUTER_TO, read_header(TYPE "\r\n"));
}

ATF_TC_WITHOUT_HEAD(outer_rejects_fields_twice);
ATF_TC_BODY(outer_rejects_fields_twice, tc)
{
	ATF_CHECK_EQ(MIX_OUTER_HEADER, read_header(TYPE TYPE TO "\r\n"));
	ATF_CHECK_EQ(MIX_OUTER_HEADER, read_header(TYPE TO TO "\r\n"));
}

ATF_TC_WITHOUT_HEAD(outer_rejects_fields_of_final_messages);
ATF_TC_BODY(outer_rejects_fields_of_final_messages, tc)
{
	ATF_CHECK_EQ(MIX_OUTER_HEADER,
	    read_header(TYPE TO "Mixtasy-ID: a\r\n\r\n"));
	ATF_CHECK_EQ(MIX_OUTER_HEADER,
	    read_header(TYPE TO "Mixtasy-Type: dummy\r\n\r\n"));
	ATF_CHECK_EQ(MIX_OUTER_HEADER,
	    read_header(TYPE TO "Part: 1/2\r\n\r\n"));
}

ATF_TC_WITHOUT_HEAD(outer_rejects_broken_and_endless_headers);
ATF_TC_BODY(outer_rejects_broken_and_endless_headers, tc)
{
	static char header[MIX_OUTER_HEADER_MAX + 200];
	size_t n;

	ATF_CHECK_EQ(MIX_OUTER_HEADER,
	    read_header(TYPE TO "no field\r\n\r\n"));
	n = (size_t)snprintf(header, sizeof(header), TYPE TO "X: ");
	memset(header + n, 'a', MIX_OUTER_HEADER_MAX);
	memcpy(header + n + MIX_OUTER_HEADER_MAX, "\r\n\r\n", 5);
	ATF_CHECK_EQ(MIX_OUTER_HEADER, read_header(header));
}

ATF_TC_WITHOUT_HEAD(outer_rejects_other_sizes_and_damage);
ATF_TC_BODY(outer_rejects_other_sizes_and_damage, tc)
{
	static char text[MIX_OUTER_LEN_MAX];
	uint8_t got[MIX_BODY_LEN];
	size_t len;

	ATF_CHECK_EQ(MIX_OUTER_SIZE,
	    read_with(TYPE TO "\r\n", MIX_BODY_LEN - 1, 1));
	ATF_CHECK_EQ(MIX_OUTER_SIZE,
	    read_with(TYPE TO "\r\n", MIX_BODY_LEN + 1, 1));
	ATF_CHECK_EQ(MIX_OUTER_SIZE, read_with(TYPE TO "\r\n", 0, 1));

	random_body();
	len = mix_outer_write(NULL, SELF, body, text);
	text[200] ^= 1;
	ATF_CHECK_EQ(MIX_OUTER_ARMOR, mix_outer_read(text, len, SELF, got));
	ATF_CHECK_EQ(MIX_OUTER_ARMOR, mix_outer_read(text, 5000, SELF, got));
	ATF_CHECK(mix_outer_read(text, 0, SELF, got) != MIX_OUTER_OK);
}

ATF_TC_WITHOUT_HEAD(outer_errors_have_texts_of_their_own);
ATF_TC_BODY(outer_errors_have_texts_of_their_own, tc)
{
	int a, b;

	for (a = MIX_OUTER_OK; a <= MIX_OUTER_SIZE; a++)
		for (b = MIX_OUTER_OK; b < a; b++)
			ATF_CHECK(strcmp(mix_outer_strerror(
			    (enum mix_outer_error)a), mix_outer_strerror(
			    (enum mix_outer_error)b)) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, outer_reads_what_it_writes);
	ATF_TP_ADD_TC(tp, outer_writes_fields_in_order_and_nothing_else);
	ATF_TP_ADD_TC(tp, outer_has_one_size_between_two_addresses);
	ATF_TP_ADD_TC(tp, outer_fits_its_bound_with_the_longest_addresses);
	ATF_TP_ADD_TC(tp, outer_accepts_both_spellings_of_the_type);
	ATF_TP_ADD_TC(tp, outer_rejects_other_types);
	ATF_TP_ADD_TC(tp, outer_accepts_what_transport_adds);
	ATF_TP_ADD_TC(tp, outer_rejects_other_recipients);
	ATF_TP_ADD_TC(tp, outer_rejects_fields_twice);
	ATF_TP_ADD_TC(tp, outer_rejects_fields_of_final_messages);
	ATF_TP_ADD_TC(tp, outer_rejects_broken_and_endless_headers);
	ATF_TP_ADD_TC(tp, outer_rejects_other_sizes_and_damage);
	ATF_TP_ADD_TC(tp, outer_errors_have_texts_of_their_own);
	return (atf_no_error());
}
