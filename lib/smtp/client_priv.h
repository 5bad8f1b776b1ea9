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

#ifndef SMTP_CLIENT_PRIV_H
#define SMTP_CLIENT_PRIV_H

#include "smtp/client.h"

/* What the parts of the client share; for nobody else. */

/* Adds to out. */
void	smtp_client_put(struct smtp_client *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

/* One reply is due, to what the state tells. */
void	smtp_client_await(struct smtp_client *, enum smtp_client_state);

/* The session can't go on: with it the mail under way, for this time. */
void	smtp_client_fail(struct smtp_client *, int code, const char *text);

/* Whether the len octets are that word, in any case. */
int	smtp_client_keyword(const char *s, size_t len, const char *word);

/* What follows AUTH in the reply to EHLO. */
void	smtp_client_mechanisms(struct smtp_client *, const char *s,
	    size_t len);

/* Greeted, and in TLS if need be: authenticates, or is ready for mails. */
void	smtp_client_auth(struct smtp_client *);

/* The reply to a step of it. */
void	smtp_client_got_auth(struct smtp_client *);

#endif
