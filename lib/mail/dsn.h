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

#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include <stddef.h>

#include "mail/address.h"

/*
 * A pull parser over a delivery status notification (RFC 3464) in memory: no
 * I/O, no allocation, and never more than one look at each octet of the parts
 * that it searches.  Accepts CRLF or LF.  Strangers write these: nothing in
 * them is believed, and nobody is answered.
 */
#define DSN_PARTS_MAX		16	/* that are searched for the report */
#define DSN_RECIPIENTS_MAX	64	/* of a report that are told */

enum dsn_kind {
	DSN_NONE,		/* nothing of the kind */
	DSN_REPORT,		/* with a part that machines read */
	DSN_FREE_FORM		/* a bounce of the older sort, or an answer
				   that a machine made */
};

enum dsn_action {
	DSN_FAILED,
	DSN_DELAYED,
	DSN_OTHER		/* delivered, relayed, expanded, unknown */
};

struct dsn_recipient {
	enum dsn_action	 action;
	/* Of Final-Recipient, else Original-Recipient; lower case, or "". */
	char		 domain[MAIL_DOMAIN_MAX];
};

struct dsn {
	/* private */
	const char	*pos;
	const char	*end;
	unsigned int	 told;
};

/* Looks what a text, header and body, is. */
enum dsn_kind dsn_begin(struct dsn *, const char *text, size_t len);

/* The next recipient of a DSN_REPORT: 1; 0: no more. */
int	dsn_next(struct dsn *, struct dsn_recipient *);

#endif
