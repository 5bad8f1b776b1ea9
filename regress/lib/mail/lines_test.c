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

#include "lib/testutil.h"
#include "mail/lines.h"
#include "mixing/rng.h"

static const struct {
	const char	*in;
	size_t		 len;
	const char	*smtp;		/* with dots */
	const char	*plain;
	const char	*unix_;
} rows[] = {
#define ROW(in, smtp, plain, unix_) { in, sizeof(in) - 1, smtp, plain, unix_ }
	ROW("", "", "", ""),
	ROW("a", "a\r\n", "a\r\n", "a\n"),
	ROW("a\r\n", "a\r\n", "a\r\n", "a\n"),
	ROW("a\n", "a\r\n", "a\r\n", "a\n"),
	ROW("a\r", "a\r\n", "a\r\n", "a\n"),
	ROW("a\rb\nc", "a\r\nb\r\nc\r\n", "a\r\nb\r\nc\r\n", "a\nb\nc\n"),
	ROW("\r\r\n", "\r\n\r\n", "\r\n\r\n", "\n\n"),
	ROW("\n\r", "\r\n\r\n", "\r\n\r\n", "\n\n"),
	ROW("\r\0\n", "\r\n", "\r\n", "\n"),
	ROW("a\0b\0", "ab\r\n", "ab\r\n", "ab\n"),
	ROW("\0", "", "", ""),
	ROW(".", "..\r\n", ".\r\n", ".\n"),
	ROW(".\r\n..\r\n", "..\r\n...\r\n", ".\r\n..\r\n", ".\n..\n"),
	ROW("a\n.\n", "a\r\n..\r\n", "a\r\n.\r\n", "a\n.\n"),
	ROW("a\r.\r", "a\r\n..\r\n", "a\r\n.\r\n", "a\n.\n"),
	ROW("\0.\r\n", "..\r\n", ".\r\n", ".\n"),
	ROW("\r\0.\r\n", "\r\n..\r\n", "\r\n.\r\n", "\n.\n"),
	ROW("\xff\x80", "\xff\x80\r\n", "\xff\x80\r\n", "\xff\x80\n")
#undef ROW
};
#define NROWS	(sizeof(rows) / sizeof(rows[0]))

ATF_TC_WITHOUT_HEAD(lines_become_conformant);
ATF_TC_BODY(lines_become_conformant, tc)
{
	char	out[64];
	size_t	i, n;

	for (i = 0; i < NROWS; i++) {
		n = mail_lines_all(1, rows[i].in, rows[i].len, out);
		ATF_CHECK_EQ_MSG(n, strlen(rows[i].smtp), "row %zu", i);
		ATF_CHECK(memcmp(out, rows[i].smtp, n) == 0);
		n = mail_lines_all(0, rows[i].in, rows[i].len, out);
		ATF_CHECK_EQ_MSG(n, strlen(rows[i].plain), "row %zu", i);
		ATF_CHECK(memcmp(out, rows[i].plain, n) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(lines_become_unix_lines);
ATF_TC_BODY(lines_become_unix_lines, tc)
{
	struct mail_lines	ml;
	char			out[64];
	size_t			i, n;

	for (i = 0; i < NROWS; i++) {
		mail_lines_init(&ml, 0);
		n = mail_lines_to_unix(&ml, rows[i].in, rows[i].len, out);
		ATF_CHECK(n <= rows[i].len);
		n += mail_lines_finish_unix(&ml, out + n);
		ATF_CHECK_EQ_MSG(n, strlen(rows[i].unix_), "row %zu", i);
		ATF_CHECK(memcmp(out, rows[i].unix_, n) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(lines_break_after_998_octets);
ATF_TC_BODY(lines_break_after_998_octets, tc)
{
	char	in[2500], out[MAIL_LINES_OUT(2500)];

	memset(in, '.', sizeof(in));
	ATF_CHECK_EQ(mail_lines_all(0, in, 998, out), 1000);
	memcpy(in + 998, "\r\n", 2);
	ATF_CHECK_EQ(mail_lines_all(0, in, 1000, out), 1000);
	ATF_CHECK_EQ(mail_lines_all(1, in, 1000, out), 1001);
	memset(in, '.', sizeof(in));
	/* 998, 998, 504, CRLF and a dot each. */
	ATF_REQUIRE_EQ(mail_lines_all(1, in, 2500, out), 2509);
	ATF_CHECK(memcmp(out + 998, ".\r\n..", 5) == 0);
	ATF_CHECK(memcmp(out + 2507, "\r\n", 2) == 0);
}

/* Converts in pieces cut at random, each into a buffer of the stated size. */
static size_t
convert_in_pieces(const char *in, size_t len, char *out,
    const struct rng *rng)
{
	struct mail_lines	 ml;
	char			*piece;
	size_t			 i, n, m, total = 0;

	mail_lines_init(&ml, 1);
	for (i = 0; i < len; i += n) {
		n = 1 + rng_uniform(rng, 7);
		if (n > len - i)
			n = len - i;
		piece = malloc(MAIL_LINES_OUT(n));
		ATF_REQUIRE(piece != NULL);
		m = mail_lines_convert(&ml, in + i, n, piece);
		ATF_REQUIRE(m <= MAIL_LINES_OUT(n));
		memcpy(out + total, piece, m);
		total += m;
		free(piece);
	}
	return total + mail_lines_finish(&ml, out + total);
}

ATF_TC_WITHOUT_HEAD(lines_dont_depend_on_the_pieces);
ATF_TC_BODY(lines_dont_depend_on_the_pieces, tc)
{
	static const char	alphabet[] = "\r\n.a\0";
	struct test_rng		state;
	struct rng		rng = test_rng(&state, 4);
	char			in[3000], a[MAIL_LINES_OUT(3000)],
				b[MAIL_LINES_OUT(3000)];
	size_t			n, i;
	int			round;

	for (round = 0; round < 200; round++) {
		n = rng_uniform(&rng, round < 150 ? 40 : sizeof(in));
		for (i = 0; i < n; i++)
			in[i] = round < 150 ?
			    alphabet[rng_uniform(&rng, 5)] : '.';
		i = mail_lines_all(1, in, n, a);
		ATF_REQUIRE_EQ(convert_in_pieces(in, n, b, &rng), i);
		ATF_REQUIRE(memcmp(a, b, i) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(lines_leave_conformant_text_alone);
ATF_TC_BODY(lines_leave_conformant_text_alone, tc)
{
	static const char	text[] = "A: b\r\n\r\nline\r\n\r\nx.\r\n";
	char			out[MAIL_LINES_OUT(sizeof(text))];

	ATF_REQUIRE_EQ(mail_lines_all(1, text, sizeof(text) - 1, out),
	    sizeof(text) - 1);
	ATF_CHECK(memcmp(out, text, sizeof(text) - 1) == 0);
}

ATF_TC_WITHOUT_HEAD(lines_take_linear_time_for_one_long_line);
ATF_TC_BODY(lines_take_linear_time_for_one_long_line, tc)
{
	const size_t	 n = 8 << 20;
	char		*in, *out;

	in = malloc(n);
	out = malloc(MAIL_LINES_OUT(n));
	ATF_REQUIRE(in != NULL && out != NULL);
	memset(in, 'x', n);
	/* Quadratic, this would take minutes: the test's time limit. */
	ATF_CHECK_EQ(mail_lines_all(1, in, n, out), n + (n + 997) / 998 * 2);
	free(in);
	free(out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines_become_conformant);
	ATF_TP_ADD_TC(tp, lines_become_unix_lines);
	ATF_TP_ADD_TC(tp, lines_break_after_998_octets);
	ATF_TP_ADD_TC(tp, lines_dont_depend_on_the_pieces);
	ATF_TP_ADD_TC(tp, lines_leave_conformant_text_alone);
	ATF_TP_ADD_TC(tp, lines_take_linear_time_for_one_long_line);
	return atf_no_error();
}
