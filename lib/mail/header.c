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
#include <strings.h>

#include "mail/header.h"

static int
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the line at pos, its LF included if it has one. */
static size_t
line_len(const struct mail_header *h, size_t pos)
{
	const char	*lf;

	lf = memchr(h->buf + pos, '\n', h->len - pos);
	return lf == NULL ? h->len - pos :
	    (size_t)(lf - (h->buf + pos)) + 1;
}

/* n without the CRLF or LF at the end of s. */
static size_t
without_line_end(const char *s, size_t n)
{
	if (n > 0 && s[n - 1] == '\n') {
		n--;
		if (n > 0 && s[n - 1] == '\r')
			n--;
	}
	return n;
}

/* Length of the field name at s; 0 if no colon ends it. */
static size_t
name_len(const char *s, size_t len, size_t *colon)
{
	size_t	i;

	for (i = 0; i < len && s[i] > ' ' && s[i] <= '~' && s[i] != ':'; i++)
		;
	for (*colon = i; *colon < len && is_wsp(s[*colon]); (*colon)++)
		;
	return *colon < len && s[*colon] == ':' ? i : 0;
}

void
mail_header_init(struct mail_header *h, const char *buf, size_t len)
{
	h->buf = buf;
	h->len = len;
	h->pos = 0;
}

int
mail_header_next(struct mail_header *h, struct mail_field *f)
{
	const char	*s = h->buf + h->pos;
	size_t		 n, skip, colon;

	if (h->pos == h->len)
		return 0;
	n = line_len(h, h->pos);
	if (s[n - 1] == '\n' && without_line_end(s, n) == 0) {
		h->pos += n;
		return 0;
	}
	f->name = f->raw = s;
	f->name_len = name_len(s, n, &colon);
	if (f->name_len == 0)
		return -1;
	while (h->pos + n < h->len && s[n - 1] == '\n' && is_wsp(s[n]))
		n += line_len(h, h->pos + n);
	f->raw_len = n;
	skip = colon + 1;
	if (skip < n && is_wsp(s[skip]))
		skip++;
	f->value = s + skip;
	f->value_len = without_line_end(f->value, n - skip);
	h->pos += n;
	return 1;
}

int
mail_field_is(const struct mail_field *f, const char *name)
{
	return strlen(name) == f->name_len &&
	    strncasecmp(f->name, name, f->name_len) == 0;
}

/* Length of s without white space and line ends behind it. */
static size_t
trimmed_len(const char *s, size_t len)
{
	size_t	n;

	for (;;) {
		n = without_line_end(s, len);
		while (n > 0 && is_wsp(s[n - 1]))
			n--;
		if (n == len)
			return n;
		len = n;
	}
}

/*
 * Length of the line end at s if it is a fold: without it a bare CR, or a LF
 * that nothing follows, is a control character like others.
 */
static size_t
fold_len(const char *s, size_t len)
{
	size_t	n;

	n = len > 1 && s[0] == '\r' ? 1 : 0;
	if (n + 1 < len && s[n] == '\n' && is_wsp(s[n + 1]))
		return n + 1;
	return 0;
}

ssize_t
mail_field_unfold(const struct mail_field *f, char *out, size_t outmax)
{
	const char	*s = f->value;
	size_t		 len, i, fold, n = 0;
	unsigned char	 c;

	len = trimmed_len(s, f->value_len);
	for (i = 0; i < len; i++) {
		while ((fold = fold_len(s + i, len - i)) > 0)
			i += fold;
		c = (unsigned char)(s[i] == '\t' ? ' ' : s[i]);
		if (c == ' ' && n == 0)
			continue;
		if (c < ' ' || c == 127 || n + 1 >= outmax)
			return -1;
		out[n++] = (char)c;
	}
	if (outmax == 0)
		return -1;
	out[n] = '\0';
	return (ssize_t)n;
}
