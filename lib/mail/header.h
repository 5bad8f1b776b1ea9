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

#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include <sys/types.h>

#include <stddef.h>

/*
 * A pull parser over the header of an RFC 5322 message in memory: no I/O, no
 * allocation.  Accepts CRLF or LF, and space before the colon (RFC 5322 section
 * 4.5.8), so that no field hides by it.
 */
struct mail_field {
	const char	*name;
	size_t		 name_len;
	const char	*value;		/* after the colon and one space/tab;
					   folding included, line end not */
	size_t		 value_len;
	const char	*raw;		/* whole field, line ends included */
	size_t		 raw_len;
};

struct mail_header {
	const char	*buf;
	size_t		 len;
	size_t		 pos;		/* at the end: where the body begins */
};

/* Begins to read; buf must stay meanwhile. */
void	mail_header_init(struct mail_header *, const char *buf, size_t len);

/*
 * The next field: 1.  0: the empty line was reached, pos is the first octet
 * of the body (or the message ended without one: pos == len); don't call it
 * again then.  -1: a line that is no field (no colon, white space or a
 * control or 8-bit character in the name, a continuation of nothing); pos
 * stays at that line.
 */
int	mail_header_next(struct mail_header *, struct mail_field *);

/* Compares a field's name without regard to case; 1 equal. */
int	mail_field_is(const struct mail_field *, const char *name);

/*
 * Unfolds a value and trims white space at both ends into out
 * (NUL-terminated); tabs become spaces.  Returns the length, -1: too long, or
 * it holds a NUL or a control character (a bare CR or LF is one).
 */
ssize_t	mail_field_unfold(const struct mail_field *, char *out, size_t outmax);

#endif
