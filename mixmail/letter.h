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


#ifndef MIXMAIL_LETTER_H
#define MIXMAIL_LETTER_H

#include <sys/types.h>

#include <stddef.h>

#include "mail/address.h"

/*
 * A mail as it was given, with CRLF at the ends of its lines, and what each
 * recipient gets of it.
 */
struct letter {
	char	*text;
	size_t	 len;
	size_t	 header_len;	/* without the empty line */
	size_t	 body;		/* where the body begins */
};

enum letter_error {
	LETTER_OK,
	LETTER_IO,		/* errno says what */
	LETTER_TOO_LARGE	/* over max */
};

/*
 * Reads a mail of at most max octets, until the end or, with dot set, until a
 * line that is a single dot.  A line "From ..." in front is dropped.  Text
 * without a header is taken as a body.  Release with letter_clear().
 */
enum letter_error
	letter_read(struct letter *, int fd, int dot, size_t max);
void	letter_clear(struct letter *);

/*
 * Puts another header in the place of the mail's: len octets, fields with CRLF
 * at the ends of their lines.  0; -1: out of memory, nothing has changed.
 */
int	letter_set_header(struct letter *, const char *header, size_t len);

/* A list of recipients, each once. */
#define RCPT_MAX	100
struct rcpts {
	char	list[RCPT_MAX][MAIL_ADDRESS_MAX];
	size_t	n;
};

enum rcpt_error {
	RCPT_OK,
	RCPT_BAD,		/* something isn't a mail address */
	RCPT_MANY
};

/* Adds the addresses of a list like that of a To: field. */
enum rcpt_error
	rcpts_add(struct rcpts *, const char *list, size_t len);

/* Adds the recipients that To, Cc and Bcc name. */
enum rcpt_error
	letter_recipients(const struct letter *, struct rcpts *);

/*
 * The mail for one recipient, who is the only one in its To: the others that it
 * named visibly are in Cc, and Bcc, Received and Return-Path are gone.  A
 * mail that has that form is left as it is.  NULL: out of memory.  The
 * caller frees it.
 */
char	*letter_for(const struct letter *, const char *rcpt, size_t *len);

#endif
