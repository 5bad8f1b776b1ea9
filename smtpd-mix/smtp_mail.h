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


#ifndef SMTPD_MIX_SMTP_MAIL_H
#define SMTPD_MIX_SMTP_MAIL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "smtp_host.h"

/*
 * One mail on its way in.  A mix message is collected whole, checked, and
 * becomes one frame; a mail to postmaster is sent on in pieces.  A mail that
 * has begun holds a credit for the frame that ends it.
 */
enum smtp_mail_kind {
	SMTP_MAIL_NONE,
	SMTP_MAIL_MIX,
	SMTP_MAIL_POSTMASTER
};

/* Most octets of a mix message's text: header, and armor with short lines. */
#define SMTP_MAIL_MIX_MAX	(MIX_OUTER_HEADER_MAX + 65536)

struct smtp_mail {
	enum smtp_mail_kind	 kind;
	struct smtp_host	*host;
	uint64_t		 txn;
	char			*buf;
	size_t			 len, size;
	size_t			 total;
	size_t			 limit;		/* of total */
	int			 too_large;
	int			 failed;	/* its text is ignored */
	int			 null_sender;	/* the caller's to set */
	uint64_t		 set;		/* POSTMASTER */
	uint32_t		 npieces;	/* sent */
};

/* What to answer; 250: it was a report on what we sent, and is forgotten. */
struct smtp_mail_answer {
	int		 code;
	const char	*status;
	const char	*text;
};

/* Which of our two recipients an address is. */
enum smtp_mail_kind smtp_mail_kind_of(const struct proto_conf_global *,
	    const char *rcpt);

/* The most octets that any mail may have, to be announced. */
size_t	smtp_mail_size_limit(const struct proto_conf_global *);

/* Begins; the caller has taken one credit, which is the mail's from now. */
void	smtp_mail_begin(struct smtp_mail *, struct smtp_host *,
	    enum smtp_mail_kind, uint64_t txn);

/* Adds text: at most a line after each 0 of smtp_mail_wants_credit(). */
void	smtp_mail_text(struct smtp_mail *, const char *, size_t);

/* Whether a piece is complete, and must be sent before more text comes. */
int	smtp_mail_wants_credit(const struct smtp_mail *);

/* Sends that piece; the caller has taken a credit for it. */
void	smtp_mail_send_piece(struct smtp_mail *);

/* It can't be stored: what follows is ignored, and the end answered 452. */
void	smtp_mail_fail(struct smtp_mail *);

/* Whether smtp_mail_end() needs a credit beside the one that the mail holds. */
int	smtp_mail_end_wants_credit(const struct smtp_mail *);

/*
 * The text is complete; the caller has taken the credit that was wanted.  1: it
 * is on its way, PROTO_COMMITTED will come; 0: it isn't, answer says why.
 * Either way the mail is over.
 */
int	smtp_mail_end(struct smtp_mail *, struct smtp_mail_answer *);

/* Gives up, whatever has been sent; nothing if no mail has begun. */
void	smtp_mail_drop(struct smtp_mail *);

#endif
