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
#include <string.h>

#include "smtp/reply.h"

/* Feeds all of s; the last event, *used what was taken in all. */
static enum smtp_reply_event
feed(struct smtp_reply *r, const char *s, size_t *total)
{
	enum smtp_reply_event	ev;
	size_t			len = strlen(s), used;

	*total = 0;
	do {
		ev = smtp_reply_input(r, s + *total, len - *total, &used);
		*total += used;
	} while (ev == SMTP_REPLY_LINE);
	return ev;
}

ATF_TC_WITHOUT_HEAD(reply_joins_lines_and_stops_at_the_last);
ATF_TC_BODY(reply_joins_lines_and_stops_at_the_last, tc)
{
	struct smtp_reply	r;
	size_t			used;

	smtp_reply_init(&r);
	ATF_REQUIRE_EQ(feed(&r, "250-a\r\n250-b c\r\n250 d\r\n354", &used),
	    SMTP_REPLY_END);
	ATF_CHECK_EQ(used, 23);
	ATF_CHECK_EQ(r.code, 250);
	ATF_CHECK_EQ(r.nlines, 3);
	ATF_CHECK_STREQ(r.text, "a b c d");
	ATF_CHECK_EQ(feed(&r, "354", &used), SMTP_REPLY_MORE);
	ATF_REQUIRE_EQ(feed(&r, "\r\n", &used), SMTP_REPLY_END);
	ATF_CHECK_EQ(r.code, 354);
	ATF_CHECK_EQ(r.nlines, 1);
	ATF_CHECK_STREQ(r.text, "");
}

ATF_TC_WITHOUT_HEAD(reply_shows_each_line);
ATF_TC_BODY(reply_shows_each_line, tc)
{
	struct smtp_reply	r;
	size_t			used;

	smtp_reply_init(&r);
	ATF_REQUIRE_EQ(smtp_reply_input(&r, "250-SIZE 10\r\n250", 16, &used),
	    SMTP_REPLY_LINE);
	ATF_CHECK_EQ(used, 13);
	ATF_CHECK_EQ(r.arg_len, 7);
	ATF_CHECK(memcmp(r.arg, "SIZE 10", 7) == 0);
	ATF_REQUIRE_EQ(smtp_reply_input(&r, "250\r\n", 5, &used),
	    SMTP_REPLY_END);
	ATF_CHECK_EQ(r.arg_len, 0);
}

ATF_TC_WITHOUT_HEAD(reply_stays_bad);
ATF_TC_BODY(reply_stays_bad, tc)
{
	static const char *const	bad[] = {
		"\r\n", "25\r\n", "199 x\r\n", "600 x\r\n", "2x0 x\r\n",
		"250x\r\n", "250\tx\r\n", "250 x\n", "250 x\ry",
		"250-x\r\n251 y\r\n", "250-x\r\n\r\n"
	};
	struct smtp_reply		r;
	size_t				i, used;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		smtp_reply_init(&r);
		ATF_CHECK_EQ_MSG(feed(&r, bad[i], &used), SMTP_REPLY_BAD,
		    "%zu", i);
		ATF_CHECK(r.why != NULL);
		ATF_CHECK_EQ(feed(&r, "250 x\r\n", &used), SMTP_REPLY_BAD);
		ATF_CHECK_EQ(used, 0);
	}
}

ATF_TC_WITHOUT_HEAD(reply_takes_lines_up_to_its_limit);
ATF_TC_BODY(reply_takes_lines_up_to_its_limit, tc)
{
	struct smtp_reply	r;
	char			line[SMTP_REPLY_LINE_MAX + 4] = "250 ";
	size_t			used;

	memset(line + 4, 'x', SMTP_REPLY_LINE_MAX - 4);
	strcpy(line + SMTP_REPLY_LINE_MAX, "\r\n");
	smtp_reply_init(&r);
	ATF_CHECK_EQ(feed(&r, line, &used), SMTP_REPLY_END);
	ATF_CHECK_EQ(strlen(r.text), SMTP_REPLY_TEXT - 1);
	strcpy(line + SMTP_REPLY_LINE_MAX, "x\r\n");
	smtp_reply_init(&r);
	ATF_CHECK_EQ(feed(&r, line, &used), SMTP_REPLY_BAD);
}

ATF_TC_WITHOUT_HEAD(reply_text_is_printable);
ATF_TC_BODY(reply_text_is_printable, tc)
{
	char	out[SMTP_REPLY_TEXT], in[2 * SMTP_REPLY_TEXT];

	smtp_reply_printable(out, "a\x1b\n\x80z");
	ATF_CHECK_STREQ(out, "a???z");
	memset(in, 'x', sizeof(in));
	in[sizeof(in) - 1] = '\0';
	smtp_reply_printable(out, in);
	ATF_CHECK_EQ(strlen(out), SMTP_REPLY_TEXT - 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reply_joins_lines_and_stops_at_the_last);
	ATF_TP_ADD_TC(tp, reply_shows_each_line);
	ATF_TP_ADD_TC(tp, reply_stays_bad);
	ATF_TP_ADD_TC(tp, reply_takes_lines_up_to_its_limit);
	ATF_TP_ADD_TC(tp, reply_text_is_printable);
	return atf_no_error();
}
