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

#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "mail/address.h"
#include "mail/lines.h"

/*
 * The client side of RFC 5321 as a state machine: octets from the server in,
 * actions out.  Several mails over one connection.  No I/O, no clock.
 */
enum smtp_action {
	SMTP_CL_READ,		/* wants octets from the server */
	SMTP_CL_WRITE,		/* send out[0..out_len), then smtp_client_sent() */
	SMTP_CL_STARTTLS,	/* start TLS now, then smtp_client_tls() */
	SMTP_CL_READY,		/* greeted; smtp_client_mail() or _quit() */
	SMTP_CL_DATA,		/* 354 came: smtp_client_text() pieces, then
				   smtp_client_text_end() */
	SMTP_CL_RESULT,		/* the mail's outcome is in result */
	SMTP_CL_CLOSED		/* session over (221, 421, protocol error) */
};

enum smtp_outcome {
	SMTP_DELIVERED,
	SMTP_TEMPFAIL,		/* 4xx, or the connection broke: try again */
	SMTP_PERMFAIL		/* 5xx for this mail */
};

struct smtp_client_result {
	enum smtp_outcome outcome;
	int		  code;		/* 0: connection or protocol */
	char		  text[256];	/* server's text, printable only */
	int		  final_sent;	/* the final dot had been sent */
};

enum smtp_tls_wish {
	SMTP_TLS_OFF,
	SMTP_TLS_OPPORTUNISTIC,
	SMTP_TLS_REQUIRE		/* no STARTTLS offered: TEMPFAIL */
};

struct smtp_client {
	const char	*hostname;	/* what EHLO says */
	enum smtp_tls_wish tls_wish;
	int		 tls_active;
	int		 state;
	size_t		 peer_size;	/* SIZE limit, 0: unknown */
	int		 peer_pipelining, peer_8bitmime, peer_starttls;
	char		 from[MAIL_ADDRESS_MAX];
	char		 to[MAIL_ADDRESS_MAX];
	struct smtp_client_result result;
	char		 out[4096];
	size_t		 out_len;
	/* private */
	char		 line[1024];
	size_t		 line_len;
	int		 code;
	unsigned int	 nlines;
	unsigned int	 expect;	/* replies outstanding */
	int		 rcpt_ok;
};

void	smtp_client_init(struct smtp_client *, const char *hostname,
	    enum smtp_tls_wish);

/* Takes octets from the server (len 0: only asks what to do next). */
enum smtp_action smtp_client_input(struct smtp_client *, const char *buf,
	    size_t len, size_t *used);

/*
 * Begins a mail.  size is for SIZE=.  MAIL, RCPT and DATA are pipelined if the
 * server can.  The commands are the same octets for every mail of equal addresses
 * and size.
 */
void	smtp_client_mail(struct smtp_client *, const char *from,
	    const char *to, size_t size, int body_8bit);

/*
 * The text is sent by the caller itself, dot-stuffed and with CRLF (lib/mail/lines.h),
 * straight to its connection; text_end() then puts the final dot into out.
 */
void	smtp_client_text_end(struct smtp_client *);

void	smtp_client_quit(struct smtp_client *);
void	smtp_client_tls(struct smtp_client *);
void	smtp_client_sent(struct smtp_client *, size_t n);

/* The connection broke or timed out: fills result as TEMPFAIL. */
void	smtp_client_broken(struct smtp_client *, const char *why);

#endif
