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

#ifndef SMTP_SERVER_COMMAND_H
#define SMTP_SERVER_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "mail/address.h"

/*
 * The command lines of RFC 5321 section 4.1, taken apart.  Nothing is copied
 * but addresses; lines come without their CRLF.
 */
enum smtp_verb {
	SMTP_VERB_UNKNOWN,
	SMTP_VERB_GARBAGE,	/* control characters, or no word at all */
	SMTP_VERB_HTTP,		/* a web client that was lured here */
	SMTP_VERB_UNSUPPORTED,	/* known to SMTP, not to us */
	SMTP_VERB_HELO,
	SMTP_VERB_EHLO,
	SMTP_VERB_MAIL,
	SMTP_VERB_RCPT,
	SMTP_VERB_DATA,
	SMTP_VERB_RSET,
	SMTP_VERB_NOOP,
	SMTP_VERB_QUIT,
	SMTP_VERB_HELP,
	SMTP_VERB_VRFY,
	SMTP_VERB_STARTTLS,
	SMTP_VERB_COUNT
};

struct smtp_command {
	enum smtp_verb	 verb;
	const char	*arg;		/* points into the line */
	size_t		 arg_len;	/* white space trimmed at both ends */
};

enum smtp_syntax {
	SMTP_SYNTAX_OK,
	SMTP_SYNTAX_BAD,		/* not of the form FROM:<...> */
	SMTP_SYNTAX_ADDRESS,		/* no mailbox between < and > */
	SMTP_SYNTAX_ROUTE,		/* a source route */
	SMTP_SYNTAX_PARAMETER,		/* a known parameter, used wrongly */
	SMTP_SYNTAX_UNKNOWN_PARAMETER
};

struct smtp_mail_args {
	char		 from[MAIL_ADDRESS_MAX];	/* empty: <> */
	unsigned int	 nparameters;
	int		 has_size;
	uint64_t	 size;		/* RFC 1870, saturating */
	int		 has_body;
	int		 body_8bit;	/* RFC 6152 */
};

/* Reads a line without its end; what is wrong is in the result. */
void	smtp_command_parse(const char *line, size_t len,
	    struct smtp_command *);

/* Whether s can be the argument of HELO or EHLO: one printable word. */
int	smtp_command_helo_valid(const char *s, size_t len);

/* The argument of MAIL; parameters SIZE and BODY. */
enum smtp_syntax smtp_command_mail(const char *arg, size_t len,
	    struct smtp_mail_args *);

/*
 * The argument of RCPT; no parameters.  The domain is in lower case; a bare
 * postmaster is "postmaster" (RFC 5321 section 4.5.1).
 */
enum smtp_syntax smtp_command_rcpt(const char *arg, size_t len,
	    char rcpt[MAIL_ADDRESS_MAX]);

#endif
