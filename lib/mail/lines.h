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

#ifndef MAIL_LINES_H
#define MAIL_LINES_H

#include <stddef.h>

/*
 * Makes a stream of octets conform to SMTP: every bare CR and bare LF becomes
 * CRLF, NULs are dropped (thesis 6.4: "alter the message to be conform"),
 * lines longer than 998 octets are broken.  With dots set, lines that begin
 * with a dot get another (RFC 5321 section 4.5.2).  State carries over from
 * one piece to the next, so the pieces may be cut anywhere.
 */
struct mail_lines {
	int	dots;
	int	last_cr;	/* the last octet taken was a CR */
	int	at_start;	/* at the beginning of a line */
	size_t	column;
};

/* At the beginning of a text; dots: dots at line starts are doubled. */
void	mail_lines_init(struct mail_lines *, int dots);

/* Room that out needs for len octets in. */
#define MAIL_LINES_OUT(len)	(2 * (len) + (len) / 499 * 2 + 8)

/* Converts len octets; returns how many were written to out. */
size_t	mail_lines_convert(struct mail_lines *, const char *in, size_t len,
	    char *out);

/* Ends the stream: completes the last line.  At most 2 octets. */
size_t	mail_lines_finish(struct mail_lines *, char *out);

/* A whole text at once; out as above.  Returns how many were written. */
size_t	mail_lines_all(int dots, const char *in, size_t len, char *out);

/*
 * The same for local delivery, where lines end in LF and may have any length:
 * nothing is broken and no dot is added.  out needs len octets.
 */
size_t	mail_lines_to_unix(struct mail_lines *, const char *in, size_t len,
	    char *out);

/* Completes the last line with a LF.  At most 1 octet. */
size_t	mail_lines_finish_unix(struct mail_lines *, char *out);

#endif
