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

#include <string.h>

#include "mail/lines.h"

#define LINE_MAX_TEXT	998	/* RFC 5321 section 4.5.3.1.6, CRLF apart */

void
mail_lines_init(struct mail_lines *ml, int dots)
{
	ml->dots = dots;
	ml->last_cr = 0;
	ml->at_start = 1;
	ml->column = 0;
}

static void
begin_line(struct mail_lines *ml)
{
	ml->at_start = 1;
	ml->column = 0;
}

static size_t
until(const char *in, size_t len, char c)
{
	const char	*p;

	p = memchr(in, c, len);
	return p == NULL ? len : (size_t)(p - in);
}

/*
 * How many octets from in on are neither NUL nor part of a line end.  Looks
 * no further than a line may be long, lest a long line is scanned again and
 * again.  Three memchr(3) are several times faster than one loop.
 */
static size_t
plain_run(const char *in, size_t len)
{
	if (len > LINE_MAX_TEXT)
		len = LINE_MAX_TEXT;
	return until(in, until(in, until(in, len, '\n'), '\r'), '\0');
}

/*
 * A CR ends a line at once; a LF behind it then adds nothing.  Returns whether
 * a line end is to be written.
 */
static int
ends_line(struct mail_lines *ml, char c)
{
	int	end;

	end = c == '\r' || (c == '\n' && !ml->last_cr);
	if (c != '\0')
		ml->last_cr = c == '\r';
	if (end)
		begin_line(ml);
	return end;
}

/*
 * Copies as much of a run as fits into the line; *out advances.  The dot that
 * is put in front doesn't count for the length of the line.
 */
static size_t
copy_into_line(struct mail_lines *ml, const char *in, size_t run, char **out)
{
	if (ml->column == LINE_MAX_TEXT) {
		*(*out)++ = '\r';
		*(*out)++ = '\n';
		begin_line(ml);
	}
	if (run > LINE_MAX_TEXT - ml->column)
		run = LINE_MAX_TEXT - ml->column;
	if (ml->at_start && ml->dots && in[0] == '.')
		*(*out)++ = '.';
	memcpy(*out, in, run);
	*out += run;
	ml->column += run;
	ml->at_start = 0;
	ml->last_cr = 0;
	return run;
}

size_t
mail_lines_convert(struct mail_lines *ml, const char *in, size_t len,
    char *out)
{
	char	*start = out;
	size_t	 i = 0, run;

	while (i < len) {
		run = plain_run(in + i, len - i);
		if (run > 0)
			i += copy_into_line(ml, in + i, run, &out);
		else if (ends_line(ml, in[i++])) {
			*out++ = '\r';
			*out++ = '\n';
		}
	}
	return (size_t)(out - start);
}

size_t
mail_lines_finish(struct mail_lines *ml, char *out)
{
	int	open = !ml->at_start;

	ml->last_cr = 0;
	begin_line(ml);
	if (!open)
		return 0;
	memcpy(out, "\r\n", 2);
	return 2;
}

size_t
mail_lines_all(int dots, const char *in, size_t len, char *out)
{
	struct mail_lines	ml;
	size_t			n;

	mail_lines_init(&ml, dots);
	n = mail_lines_convert(&ml, in, len, out);
	return n + mail_lines_finish(&ml, out + n);
}

size_t
mail_lines_to_unix(struct mail_lines *ml, const char *in, size_t len,
    char *out)
{
	char	*start = out;
	size_t	 i = 0, run;

	while (i < len) {
		run = plain_run(in + i, len - i);
		if (run > 0) {
			memcpy(out, in + i, run);
			out += run;
			i += run;
			ml->at_start = 0;
			ml->last_cr = 0;
		} else if (ends_line(ml, in[i++]))
			*out++ = '\n';
	}
	return (size_t)(out - start);
}

size_t
mail_lines_finish_unix(struct mail_lines *ml, char *out)
{
	char	end[2];

	if (mail_lines_finish(ml, end) == 0)
		return 0;
	*out = '\n';
	return 1;
}
