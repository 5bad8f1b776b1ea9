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

#include "mixing/rng.h"
#include "openpgp/armor.h"

#include "lib/testutil.h"

#define BEGIN	"-----BEGIN PGP MESSAGE-----\n"
#define END	"-----END PGP MESSAGE-----\n"

static ssize_t
decode(const char *text, uint8_t *out, size_t outmax)
{
	return (pgp_armor_decode(PGP_ARMOR_MESSAGE, text, strlen(text), out,
	    outmax, NULL));
}

/* Room is given in full, so that only the text can be at fault. */
static void
check_refused(const char *text)
{
	uint8_t out[256];

	ATF_CHECK_EQ_MSG(-1, decode(text, out, sizeof(out)), "%s", text);
}

static void
check_abc(const char *text)
{
	uint8_t out[256];

	ATF_CHECK_EQ_MSG(3, decode(text, out, sizeof(out)), "%s", text);
	ATF_CHECK_EQ_MSG(0, memcmp(out, "abc", 3), "%s", text);
}

/* RFC 4880 section 6.1, a bit at a time. */
static uint32_t
crc_bitwise(const uint8_t *buf, size_t len)
{
	uint32_t crc = 0xb704ce;
	int i;

	while (len-- > 0) {
		crc ^= (uint32_t)*buf++ << 16;
		for (i = 0; i < 8; i++) {
			crc <<= 1;
			if (crc & 0x1000000)
				crc ^= 0x1864cfb;
		}
	}
	return (crc);
}

ATF_TC_WITHOUT_HEAD(crc24_is_the_one_of_the_rfc);
ATF_TC_BODY(crc24_is_the_one_of_the_rfc, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 1);
	uint8_t buf[300];
	size_t len;

	ATF_CHECK_EQ(0x21cf02, pgp_crc24((const uint8_t *)"123456789", 9));
	ATF_CHECK_EQ(0xb704ce, pgp_crc24(buf, 0));
	rng_fill(&rng, buf, sizeof(buf));
	for (len = 0; len <= sizeof(buf); len++)
		ATF_REQUIRE_EQ(crc_bitwise(buf, len), pgp_crc24(buf, len));
}

ATF_TC_WITHOUT_HEAD(armor_has_this_form);
ATF_TC_BODY(armor_has_this_form, tc)
{
	static const char want[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n"
	    "\r\nMTIzNDU2Nzg5\r\n=Ic8C\r\n"
	    "-----END PGP PUBLIC KEY BLOCK-----\r\n";
	char text[sizeof(want)];

	ATF_CHECK_EQ(sizeof(want) - 1,
	    pgp_armor_size(PGP_ARMOR_PUBLIC_KEY, 9, 1));
	ATF_REQUIRE_EQ(sizeof(want) - 1, pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY,
	    (const uint8_t *)"123456789", 9, 1, text));
	text[sizeof(want) - 1] = '\0';
	ATF_CHECK_STREQ(want, text);
}

ATF_TC_WITHOUT_HEAD(armor_lines_have_64_columns);
ATF_TC_BODY(armor_lines_have_64_columns, tc)
{
	uint8_t buf[49];
	char text[256], *line;
	size_t len;

	memset(buf, 0, sizeof(buf));
	len = pgp_armor_encode(PGP_ARMOR_MESSAGE, buf, sizeof(buf), 0, text);
	text[len] = '\0';
	line = strstr(text, "\n\n") + 2;
	ATF_CHECK_EQ(64, strcspn(line, "\n"));
	ATF_CHECK_EQ(4, strcspn(line + 65, "\n"));
}

ATF_TC_WITHOUT_HEAD(armor_round_trip_at_every_length);
ATF_TC_BODY(armor_round_trip_at_every_length, tc)
{
	static const enum pgp_armor_type types[] = { PGP_ARMOR_MESSAGE,
	    PGP_ARMOR_PUBLIC_KEY, PGP_ARMOR_PRIVATE_KEY };
	struct test_rng state;
	struct rng rng = test_rng(&state, 2);
	uint8_t buf[200], out[200];
	char text[512];
	size_t len, size, used, i;

	rng_fill(&rng, buf, sizeof(buf));
	for (len = 0; len <= sizeof(buf); len++) {
		i = len % 3;
		size = pgp_armor_encode(types[i], buf, len, len % 2, text);
		ATF_REQUIRE_EQ(size, pgp_armor_size(types[i], len, len % 2));
		ATF_REQUIRE_EQ((ssize_t)len, pgp_armor_decode(types[i], text,
		    size, out, len, &used));
		ATF_REQUIRE_EQ(size, used);
		ATF_REQUIRE_EQ(0, memcmp(buf, out, len));
		/* One octet less of room is too little. */
		if (len > 0)
			ATF_REQUIRE_EQ(-1, pgp_armor_decode(types[i], text,
			    size, out, len - 1, &used));
		ATF_REQUIRE_EQ(-1, pgp_armor_decode(types[(i + 1) % 3], text,
		    size, out, len, &used));
	}
}

ATF_TC_WITHOUT_HEAD(armor_accepts_what_transport_does);
ATF_TC_BODY(armor_accepts_what_transport_does, tc)
{
	check_abc(BEGIN "\nYWJj\n=uhx7\n" END);
	check_abc(BEGIN "\nYWJj\n" END);
	check_abc("x\n" BEGIN "Comment: x\nVersion: y\n\nYWJj\n" END "z\n");
	check_abc("-----BEGIN PGP MESSAGE----- \t\r\n \r\nYWJj  \r\n\r\n"
	    "=uhx7\t\r\n-----END PGP MESSAGE-----");
	check_abc("-----BEGIN PGP ARMORED FILE-----\n\nYWJj\n"
	    "-----END PGP ARMORED FILE-----\n");
	check_abc(BEGIN "\nYW\nJj\n=uhx7\n" END);
	/* One of another kind before it. */
	check_abc("-----BEGIN PGP SIGNATURE-----\n\nYWJj\n"
	    "-----END PGP SIGNATURE-----\n" BEGIN "\nYWJj\n" END);
}

ATF_TC_WITHOUT_HEAD(armor_rejects_what_is_cut_off);
ATF_TC_BODY(armor_rejects_what_is_cut_off, tc)
{
	static const char text[] = BEGIN "a: b\n\nYWJj\n=uhx7\n" END;
	uint8_t out[16];
	size_t len;

	/* The last line feed may be missing. */
	for (len = 0; len < sizeof(text) - 2; len++)
		ATF_CHECK_EQ_MSG(-1, pgp_armor_decode(PGP_ARMOR_MESSAGE, text,
		    len, out, sizeof(out), NULL), "%zu octets", len);
	ATF_CHECK_EQ(3, pgp_armor_decode(PGP_ARMOR_MESSAGE, text, len, out,
	    sizeof(out), NULL));
}

ATF_TC_WITHOUT_HEAD(armor_rejects_wrong_checksum);
ATF_TC_BODY(armor_rejects_wrong_checksum, tc)
{
	check_refused(BEGIN "\nYWJj\n=uhx8\n" END);
	check_refused(BEGIN "\nYWJk\n=uhx7\n" END);
	check_refused(BEGIN "\nYWJj\n=uhx\n" END);
	check_refused(BEGIN "\nYWJj\n=uhx7=\n" END);
	check_refused(BEGIN "\nYWJj\n=uh==\n" END);
	check_refused(BEGIN "\nYWJj\n=uhx7\n=uhx7\n" END);
}

ATF_TC_WITHOUT_HEAD(armor_rejects_characters_that_do_not_belong);
ATF_TC_BODY(armor_rejects_characters_that_do_not_belong, tc)
{
	char text[64];
	uint8_t out[16];
	size_t at, len;
	int c;

	check_refused(BEGIN "no header\n\nYWJj\n" END);
	check_refused(BEGIN "YWJj\n" END);
	check_refused(BEGIN "\nYW Jj\n" END);
	check_refused(BEGIN "\n YWJj\n" END);
	check_refused(BEGIN "\nYWJj\n=uhx7\nYWJj\n" END);
	check_refused(BEGIN "\nYWJj\n-----END PGP ARMORED FILE-----\n");

	/* Each octet value in place of a digit. */
	len = (size_t)snprintf(text, sizeof(text), BEGIN "\nYWJj\n");
	at = len - 3;
	memcpy(text + len, END, sizeof(END) - 1);
	for (c = 0; c < 256; c++) {
		text[at] = (char)c;
		ATF_CHECK_EQ_MSG((c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '+' || c == '/', pgp_armor_decode(PGP_ARMOR_MESSAGE,
		    text, len + sizeof(END) - 1, out, sizeof(out),
		    NULL) == 3, "octet %d", c);
	}
}

ATF_TC_WITHOUT_HEAD(armor_rejects_wrong_padding);
ATF_TC_BODY(armor_rejects_wrong_padding, tc)
{
	check_refused(BEGIN "\nYWJ\n" END);
	check_refused(BEGIN "\nYW\n" END);
	check_refused(BEGIN "\nYQ=\n" END);
	check_refused(BEGIN "\nYQ=a\n" END);
	check_refused(BEGIN "\nY===\n" END);
	check_refused(BEGIN "\n====\n" END);
	check_refused(BEGIN "\nYQ==YWJj\n" END);
	check_refused(BEGIN "\nYQ==\nYWJj\n" END);
	check_refused(BEGIN "\nYQ===\n" END);
	check_refused(BEGIN "\nYQ=\n=\n" END);
	/* Bits beyond the last octet. */
	check_refused(BEGIN "\nYR==\n" END);
	check_refused(BEGIN "\nYWK=\n" END);
}

ATF_TC_WITHOUT_HEAD(armor_reads_the_vectors);
ATF_TC_BODY(armor_reads_the_vectors, tc)
{
	static const char *const files[] = { "rsa2048-4hop/hop1.eml",
	    "rsa2048-4hop/hop4.eml", "cv25519-4hop/hop1.eml",
	    "cases/prototype-made.eml" };
	uint8_t *text, body[30721];
	char path[128];
	size_t len, i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "regress/vectors/mixtasy-v1/%s",
		    files[i]);
		text = test_read_file(test_path(path), &len);
		ATF_REQUIRE_MSG(text != NULL, "%s", path);
		ATF_CHECK_EQ_MSG(30720, pgp_armor_decode(PGP_ARMOR_MESSAGE,
		    (const char *)text, len, body, sizeof(body), NULL), "%s",
		    path);
		free(text);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, crc24_is_the_one_of_the_rfc);
	ATF_TP_ADD_TC(tp, armor_has_this_form);
	ATF_TP_ADD_TC(tp, armor_lines_have_64_columns);
	ATF_TP_ADD_TC(tp, armor_round_trip_at_every_length);
	ATF_TP_ADD_TC(tp, armor_accepts_what_transport_does);
	ATF_TP_ADD_TC(tp, armor_rejects_what_is_cut_off);
	ATF_TP_ADD_TC(tp, armor_rejects_wrong_checksum);
	ATF_TP_ADD_TC(tp, armor_rejects_characters_that_do_not_belong);
	ATF_TP_ADD_TC(tp, armor_rejects_wrong_padding);
	ATF_TP_ADD_TC(tp, armor_reads_the_vectors);

	return (atf_no_error());
}
