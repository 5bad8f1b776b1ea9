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

#include "mail/header.h"

#define INIT(h, s)	mail_header_init(h, s, sizeof(s) - 1)

static int
same(const char *s, size_t len, const char *want)
{
	return len == strlen(want) && memcmp(s, want, len) == 0;
}

ATF_TC_WITHOUT_HEAD(header_splits_fields_and_finds_the_body);
ATF_TC_BODY(header_splits_fields_and_finds_the_body, tc)
{
	struct mail_header	h;
	struct mail_field	f;

	INIT(&h, "To: a@b.c\r\nSubject:x\r\n y\r\n\r\nbody: no\r\n");
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK(same(f.name, f.name_len, "To"));
	ATF_CHECK(same(f.value, f.value_len, "a@b.c"));
	ATF_CHECK(same(f.raw, f.raw_len, "To: a@b.c\r\n"));
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK(mail_field_is(&f, "sUBJECT"));
	ATF_CHECK(!mail_field_is(&f, "Subj"));
	ATF_CHECK(!mail_field_is(&f, "Subject2"));
	ATF_CHECK(same(f.value, f.value_len, "x\r\n y"));
	ATF_CHECK(same(f.raw, f.raw_len, "Subject:x\r\n y\r\n"));
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 0);
	ATF_CHECK_STREQ(h.buf + h.pos, "body: no\r\n");
}

ATF_TC_WITHOUT_HEAD(header_takes_lf_and_a_missing_end);
ATF_TC_BODY(header_takes_lf_and_a_missing_end, tc)
{
	struct mail_header	h;
	struct mail_field	f;

	INIT(&h, "A:  1\n\t2\nB:");
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK(same(f.value, f.value_len, " 1\n\t2"));
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK(same(f.name, f.name_len, "B"));
	ATF_CHECK_EQ(f.value_len, 0);
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 0);
	ATF_CHECK_EQ(h.pos, h.len);
	INIT(&h, "");
	ATF_CHECK_EQ(mail_header_next(&h, &f), 0);
	INIT(&h, "\n");
	ATF_CHECK_EQ(mail_header_next(&h, &f), 0);
	ATF_CHECK_EQ(h.pos, 1);
}

ATF_TC_WITHOUT_HEAD(header_bears_space_before_the_colon);
ATF_TC_BODY(header_bears_space_before_the_colon, tc)
{
	static const char	text[] =
	    "X-Mailer \t: x\r\nTo : a@b.example\r\n\r\n";
	struct mail_header	h;
	struct mail_field	f;
	char			value[64];

	mail_header_init(&h, text, sizeof(text) - 1);
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK(mail_field_is(&f, "X-Mailer"));
	ATF_REQUIRE_EQ(mail_field_unfold(&f, value, sizeof(value)), 1);
	ATF_CHECK_STREQ(value, "x");
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK(mail_field_is(&f, "To"));
	ATF_REQUIRE_EQ(mail_field_unfold(&f, value, sizeof(value)), 11);
	ATF_CHECK_STREQ(value, "a@b.example");
	ATF_CHECK_EQ(mail_header_next(&h, &f), 0);
	ATF_CHECK_EQ(h.pos, sizeof(text) - 1);
}

ATF_TC_WITHOUT_HEAD(header_stops_at_a_line_that_is_no_field);
ATF_TC_BODY(header_stops_at_a_line_that_is_no_field, tc)
{
	static const struct {
		const char	*s;
		size_t		 len;
	} bad[] = {
#define BAD(s)	{ s, sizeof(s) - 1 }
		BAD("no colon\r\n"), BAD("nocolon"), BAD(": empty\r\n"),
		BAD(" continues nothing\r\n"), BAD("a b: c\r\n"),
		BAD(" : b\r\n"), BAD("a\0b: c\r\n"), BAD("\0: c\r\n"),
		BAD("\r: c\r\n"), BAD("\rb: c\r\n"), BAD("a\r: c\r\n"),
		BAD("\r\r\n\r\n"), BAD("\r"), BAD("\xc3\xa4: b\r\n"),
		BAD("From a@b.example Mon Jan  1\n"), BAD("\x7f: a\n")
#undef BAD
	};
	struct mail_header	h;
	struct mail_field	f;
	size_t			i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mail_header_init(&h, bad[i].s, bad[i].len);
		ATF_CHECK_EQ_MSG(mail_header_next(&h, &f), -1, "row %zu", i);
		ATF_CHECK_EQ(h.pos, 0);
		ATF_CHECK_EQ(mail_header_next(&h, &f), -1);
	}
}

ATF_TC_WITHOUT_HEAD(header_keeps_a_lone_cr_inside_its_field);
ATF_TC_BODY(header_keeps_a_lone_cr_inside_its_field, tc)
{
	struct mail_header	h;
	struct mail_field	f;

	INIT(&h, "A: b\rTo: c\r\rX\r\n\r\n");
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK(same(f.value, f.value_len, "b\rTo: c\r\rX"));
	ATF_CHECK_EQ(mail_header_next(&h, &f), 0);
	ATF_CHECK_EQ(h.pos, h.len);
}

ATF_TC_WITHOUT_HEAD(header_bears_a_hundred_thousand_fields);
ATF_TC_BODY(header_bears_a_hundred_thousand_fields, tc)
{
	const size_t		 n = 100000;
	struct mail_header	 h;
	struct mail_field	 f;
	char			*s, out[8];
	size_t			 i;

	s = malloc(n * 5);
	ATF_REQUIRE(s != NULL);
	for (i = 0; i < n; i++)
		memcpy(s + i * 5, "a:b\r\n", 5);
	mail_header_init(&h, s, n * 5);
	for (i = 0; mail_header_next(&h, &f) == 1; i++)
		ATF_REQUIRE_EQ(f.raw_len, 5);
	ATF_CHECK_EQ(i, n);
	/* The same octets as one field of as many lines. */
	for (i = 1; i < n; i++)
		s[i * 5] = ' ';
	mail_header_init(&h, s, n * 5);
	ATF_REQUIRE_EQ(mail_header_next(&h, &f), 1);
	ATF_CHECK_EQ(f.raw_len, n * 5);
	ATF_CHECK_EQ(mail_field_unfold(&f, out, sizeof(out)), -1);
	ATF_CHECK_EQ(mail_header_next(&h, &f), 0);
	free(s);
}

static ssize_t
unfold(const char *s, size_t len, char *out, size_t outmax)
{
	struct mail_field	f = { NULL, 0, s, len, s, len };

	return mail_field_unfold(&f, out, outmax);
}

ATF_TC_WITHOUT_HEAD(header_unfold_joins_and_trims);
ATF_TC_BODY(header_unfold_joins_and_trims, tc)
{
	static const char *const good[][2] = {
		{ "", "" }, { "  \t ", "" }, { "a", "a" }, { " a ", "a" },
		{ "a\r\n b", "a b" }, { "a\n\tb", "a b" },
		{ "a \r\n  b", "a   b" }, { "\r\n a\r\n ", "a" },
		{ "a\r\n \r\n b", "a  b" }, { "\xc3\xa4", "\xc3\xa4" },
		{ "a\tb", "a b" }
	};
	char	out[16];
	size_t	i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_CHECK_EQ_MSG(unfold(good[i][0], strlen(good[i][0]), out,
		    sizeof(out)), (ssize_t)strlen(good[i][1]), "row %zu", i);
		ATF_CHECK_STREQ(out, good[i][1]);
	}
}

ATF_TC_WITHOUT_HEAD(header_unfold_refuses_controls_and_excess);
ATF_TC_BODY(header_unfold_refuses_controls_and_excess, tc)
{
	char	out[4];

	ATF_CHECK_EQ(unfold("abc", 3, out, 4), 3);
	ATF_CHECK_EQ(unfold("abc  ", 5, out, 4), 3);
	ATF_CHECK_EQ(unfold("abcd", 4, out, 4), -1);
	ATF_CHECK_EQ(unfold("", 0, out, 0), -1);
	ATF_CHECK_EQ(unfold("a\0b", 3, out, 4), -1);
	ATF_CHECK_EQ(unfold("a\rb", 3, out, 4), -1);
	ATF_CHECK_EQ(unfold("a\r b", 4, out, 4), -1);
	ATF_CHECK_EQ(unfold("a\nb", 3, out, 4), -1);
	ATF_CHECK_EQ(unfold("a\r", 2, out, 4), -1);
	ATF_CHECK_EQ(unfold("\x1b[m", 3, out, 4), -1);
	ATF_CHECK_EQ(unfold("a\x7f", 2, out, 4), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, header_splits_fields_and_finds_the_body);
	ATF_TP_ADD_TC(tp, header_takes_lf_and_a_missing_end);
	ATF_TP_ADD_TC(tp, header_bears_space_before_the_colon);
	ATF_TP_ADD_TC(tp, header_stops_at_a_line_that_is_no_field);
	ATF_TP_ADD_TC(tp, header_keeps_a_lone_cr_inside_its_field);
	ATF_TP_ADD_TC(tp, header_bears_a_hundred_thousand_fields);
	ATF_TP_ADD_TC(tp, header_unfold_joins_and_trims);
	ATF_TP_ADD_TC(tp, header_unfold_refuses_controls_and_excess);
	return atf_no_error();
}
