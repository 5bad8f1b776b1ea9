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

#include "smtp/reply.h"

void
smtp_reply_init(struct smtp_reply *r)
{
	memset(r, 0, sizeof(*r));
	r->ended = 1;
}

static enum smtp_reply_event
bad(struct smtp_reply *r, const char *why)
{
	r->why = why;
	return SMTP_REPLY_BAD;
}

static int
in_range(char c, char from, char to)
{
	return c >= from && c <= to;
}

/*
 * The code at the begin of a line, or -1.  Servers are known that use second
 * digits beyond the RFC's 0 to 5.
 */
static int
line_code(const char *s, size_t len)
{
	if (len < 3 || !in_range(s[0], '2', '5') ||
	    !in_range(s[1], '0', '9') || !in_range(s[2], '0', '9'))
		return -1;
	if (len > 3 && s[3] != ' ' && s[3] != '-')
		return -1;
	return (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
}

static void
add_text(struct smtp_reply *r, const char *s, size_t len)
{
	size_t	i;

	if (r->text_len > 0 && r->text_len + 1 < sizeof(r->text))
		r->text[r->text_len++] = ' ';
	for (i = 0; i < len && r->text_len + 1 < sizeof(r->text); i++)
		r->text[r->text_len++] =
		    (char)(in_range(s[i], ' ', '~') ? s[i] : '?');
	r->text[r->text_len] = '\0';
}

static void
begin_reply(struct smtp_reply *r, int code)
{
	r->code = code;
	r->nlines = 0;
	r->text_len = 0;
	r->text[0] = '\0';
	r->ended = 0;
}

/* The line buffer holds a line without CRLF. */
static enum smtp_reply_event
take_line(struct smtp_reply *r)
{
	size_t	n = r->line_len;
	int	code;

	r->line_len = 0;
	if (memchr(r->line, '\0', n) != NULL)
		return bad(r, "NUL in a reply");
	if ((code = line_code(r->line, n)) == -1)
		return bad(r, "reply without a code");
	if (r->ended)
		begin_reply(r, code);
	else if (code != r->code)
		return bad(r, "codes of a reply differ");
	if (++r->nlines > SMTP_REPLY_LINES_MAX)
		return bad(r, "reply of too many lines");
	r->arg = r->line + (n > 3 ? 4 : 3);
	r->arg_len = n > 3 ? n - 4 : 0;
	add_text(r, r->arg, r->arg_len);
	r->ended = n == 3 || r->line[3] == ' ';
	return r->ended ? SMTP_REPLY_END : SMTP_REPLY_LINE;
}

enum smtp_reply_event
smtp_reply_input(struct smtp_reply *r, const char *buf, size_t len,
    size_t *used)
{
	char	c;

	*used = 0;
	while (r->why == NULL && *used < len) {
		c = buf[(*used)++];
		if (r->last_cr ? c != '\n' : c == '\n')
			return bad(r, "bare CR or LF in a reply");
		r->last_cr = c == '\r';
		if (c == '\n')
			return take_line(r);
		if (c == '\r')
			continue;
		if (r->line_len == sizeof(r->line))
			return bad(r, "line of a reply too long");
		r->line[r->line_len++] = c;
	}
	return r->why == NULL ? SMTP_REPLY_MORE : SMTP_REPLY_BAD;
}

void
smtp_reply_printable(char out[SMTP_REPLY_TEXT], const char *s)
{
	size_t	i;

	for (i = 0; s[i] != '\0' && i + 1 < SMTP_REPLY_TEXT; i++)
		out[i] = (char)(in_range(s[i], ' ', '~') ? s[i] : '?');
	out[i] = '\0';
}
