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

#include <stdint.h>
#include <string.h>

#include "smtp/server_text.h"

int
smtp_text_is_bare(const struct smtp_server *s, char c)
{
	return s->last_cr ? c != '\n' : c == '\n';
}

void
smtp_text_forget(struct smtp_server *s)
{
	s->line_len = 0;
	s->line_overlong = 0;
	s->last_cr = 0;
	s->text = NULL;
	s->text_len = 0;
	s->text_total = 0;
	s->bare = 0;
	s->oversize = 0;
}

static void
count_text(struct smtp_server *s, size_t n)
{
	if (n > SIZE_MAX - s->text_total)
		s->text_total = SIZE_MAX;
	else
		s->text_total += n;
	if (s->limits.message_size > 0 &&
	    s->text_total > s->limits.message_size)
		s->oversize = 1;
}

/* Length of the line at p, if all of it is there and nothing in it is bare. */
static size_t
clean_line(const char *p, size_t len)
{
	const char	*lf;
	size_t		 n;

	if (len > SMTP_TEXT_MAX + 1)
		len = SMTP_TEXT_MAX + 1;
	if ((lf = memchr(p, '\n', len)) == NULL)
		return 0;
	n = (size_t)(lf - p) + 1;
	if (n < 2 || memchr(p, '\r', n - 1) != p + n - 2)
		return 0;
	return n;
}

/* One line of text with its CRLF; after a fault the caller sees no more. */
static enum smtp_event
text_line(struct smtp_server *s, const char *p, size_t n)
{
	s->line_len = 0;
	s->last_cr = 0;
	if (n == 3 && p[0] == '.') {
		s->state = SMTP_ST_DONE_WAIT;
		return SMTP_EV_DONE;
	}
	if (p[0] == '.') {
		p++;
		n--;
	}
	count_text(s, n);
	if (n > SMTP_TEXT_MAX)
		s->line_overlong = 1;
	if (s->bare || s->line_overlong || s->oversize)
		return SMTP_EV_NEED;
	s->text = p;
	s->text_len = n;
	return SMTP_EV_TEXT;
}

/*
 * Octets that are bare stay ordinary octets of their line: the text can't end
 * but at CRLF.CRLF.  Those a line has no room for are counted and dropped.
 */
static enum smtp_event
text_octet(struct smtp_server *s, char c)
{
	int	ends = s->last_cr && c == '\n';

	if (smtp_text_is_bare(s, c))
		s->bare = 1;
	s->last_cr = c == '\r';
	if (s->line_len < sizeof(s->line)) {
		s->line[s->line_len++] = c;
	} else {
		s->line_overlong = 1;
		count_text(s, 1);
	}
	return ends ? text_line(s, s->line, s->line_len) : SMTP_EV_NEED;
}

enum smtp_event
smtp_text_input(struct smtp_server *s, const char *buf, size_t len,
    size_t *used)
{
	enum smtp_event	ev;
	size_t		n;

	while (*used < len) {
		n = s->line_len > 0 ? 0 :
		    clean_line(buf + *used, len - *used);
		if (n > 0) {
			ev = text_line(s, buf + *used, n);
			*used += n;
		} else
			ev = text_octet(s, buf[(*used)++]);
		if (ev != SMTP_EV_NEED)
			return ev;
	}
	return SMTP_EV_NEED;
}

int
smtp_server_text_fault(const struct smtp_server *s, const char **status,
    const char **text)
{
	*status = "5.6.0";
	if (s->oversize) {
		*status = "5.3.4";
		*text = "message too large";
		return 552;
	}
	if (s->bare) {
		*text = "bare CR or LF in the text";
		return 550;
	}
	if (s->line_overlong) {
		*text = "line too long in the text";
		return 550;
	}
	*status = *text = NULL;
	return 0;
}
