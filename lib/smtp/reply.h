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

#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include <stddef.h>

/*
 * The replies of an SMTP server, RFC 5321 section 4.2, from hostile octets:
 * strict about codes and CRLF, bounded in lines and in their length.
 */
#define SMTP_REPLY_LINE_MAX	1024	/* octets without CRLF; 512 would do */
#define SMTP_REPLY_LINES_MAX	100	/* lines of one reply */
#define SMTP_REPLY_TEXT		256	/* of the text that is kept, with NUL */

enum smtp_reply_event {
	SMTP_REPLY_MORE,	/* all octets taken, no line is complete */
	SMTP_REPLY_LINE,	/* a line of a reply that goes on */
	SMTP_REPLY_END,		/* the last line; code and text are valid */
	SMTP_REPLY_BAD		/* malformed, why says how; for good */
};

struct smtp_reply {
	int		 code;		/* 200 to 599 */
	unsigned int	 nlines;	/* of this reply so far */
	char		 text[SMTP_REPLY_TEXT];	/* lines joined by a space;
						   printable, cut if longer */
	const char	*arg;		/* this line behind its code */
	size_t		 arg_len;
	const char	*why;
	/* private */
	char		 line[SMTP_REPLY_LINE_MAX];
	size_t		 line_len;
	size_t		 text_len;
	int		 last_cr;
	int		 ended;		/* the next line begins a reply */
};

/* Forgets all, an incomplete line too. */
void	smtp_reply_init(struct smtp_reply *);

/* Takes octets up to the end of a line; *used is how many. */
enum smtp_reply_event smtp_reply_input(struct smtp_reply *, const char *buf,
	    size_t len, size_t *used);

/* Copies s to out, printable only, cut to SMTP_REPLY_TEXT - 1. */
void	smtp_reply_printable(char out[SMTP_REPLY_TEXT], const char *s);

#endif
