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

#ifndef SMTP_SERVER_H
#define SMTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "mail/address.h"

/*
 * The server side of RFC 5321 as a state machine: octets in, events out.  No
 * I/O, no clock: the caller reads the network, feeds octets, does what the
 * event says, and sends what is in the reply buffer.  PIPELINING, SIZE,
 * 8BITMIME, ENHANCEDSTATUSCODES, STARTTLS.  Bare LF and bare CR are refused
 * everywhere: no smuggling.
 */
#define SMTP_LINE_MAX		512	/* command line with CRLF, 4.5.3.1.4 */
#define SMTP_TEXT_MAX		1000	/* text line with CRLF */
#define SMTP_REPLY_MAX		4096	/* pending replies; pipelining stops */

enum smtp_event {
	SMTP_EV_NEED,		/* all octets taken; wants more */
	SMTP_EV_REPLY,		/* reply buffer is full: send it first */
	SMTP_EV_RCPT,		/* rcpt[] is set: call smtp_server_rcpt() */
	SMTP_EV_DATA,		/* DATA came: call smtp_server_data() */
	SMTP_EV_TEXT,		/* text[0..text_len): one line, dot removed,
				   CRLF included; may point into the caller's
				   buffer, valid until the next call */
	SMTP_EV_DONE,		/* end of data: call smtp_server_done() */
	SMTP_EV_RESET,		/* transaction dropped (RSET, EHLO, HELO) */
	SMTP_EV_STARTTLS,	/* send the reply, then start TLS, then call
				   smtp_server_tls() */
	SMTP_EV_CLOSE		/* send the reply, then close; a transaction
				   that was open is dropped */
};

/* 0 in any of them: no limit. */
struct smtp_server_limits {
	size_t		message_size;	/* octets announced by SIZE */
	unsigned int	commands;	/* without a mail between them */
	unsigned int	errors;		/* 4xx/5xx replies to this client */
	unsigned int	recipients;	/* per transaction */
	unsigned int	transactions;	/* mails begun on one connection */
};

enum smtp_server_state {
	SMTP_ST_GREET, SMTP_ST_READY, SMTP_ST_MAIL, SMTP_ST_RCPT_WAIT,
	SMTP_ST_RCPT, SMTP_ST_DATA_WAIT, SMTP_ST_TEXT, SMTP_ST_DONE_WAIT,
	SMTP_ST_TLS_WAIT, SMTP_ST_CLOSED
};

struct smtp_server {
	const char	*hostname;	/* caller's; must stay */
	struct smtp_server_limits limits;
	enum smtp_server_state state;
	int		 tls_offered;
	int		 tls_active;
	int		 esmtp;		/* EHLO was said */
	char		 from[MAIL_ADDRESS_MAX];	/* empty: <> */
	char		 rcpt[MAIL_ADDRESS_MAX];	/* of SMTP_EV_RCPT,
							   domain in lower
							   case; may be the
							   bare "postmaster" */
	unsigned int	 nrcpt;		/* accepted ones */
	size_t		 text_total;	/* octets of text so far */
	const char	*text;		/* of SMTP_EV_TEXT */
	size_t		 text_len;
	char		 reply[SMTP_REPLY_MAX];
	size_t		 reply_len;
	/* private */
	char		 line[SMTP_TEXT_MAX + 1];	/* a dot more */
	size_t		 line_len;
	int		 last_cr;	/* the last octet taken was a CR */
	int		 line_overlong;
	int		 bare;		/* bare CR or LF in this text */
	int		 oversize;
	unsigned int	 ncommands, nerrors, ntransactions;
};

/* Begins a session; the greeting (220) is in the reply buffer. */
void	smtp_server_init(struct smtp_server *, const char *hostname,
	    const struct smtp_server_limits *, int tls_offered);

/* Begins a session that is refused: 421 or 554 with text, then CLOSE. */
void	smtp_server_init_refused(struct smtp_server *, const char *hostname,
	    int code, const char *text);

/*
 * Takes octets from buf until there is an event; *used is how many.  After an
 * event that asks for a call, nothing is taken until that call (NEED, with
 * *used 0).  After an event other than NEED and after each answer call it
 * again, be it with len 0: an answer may have ended the session (too many
 * errors), which shows as CLOSE.  After STARTTLS, octets that came in the
 * clear behind it are dropped (RFC 3207 section 4.2, command injection).
 *
 * A text is taken to its real end, CRLF.CRLF, whatever is wrong with it, so
 * its length is bounded by the caller alone: by time, or by text_total.
 */
enum smtp_event smtp_server_input(struct smtp_server *, const char *buf,
	    size_t len, size_t *used);

/*
 * Answers: code 250 and 354 accept; 4xx and 5xx with an RFC 3463 status.  A
 * refused DATA leaves the transaction open, as a refused recipient does; 421
 * ends the session.  text is cut at 200 octets; NULL: a usual one.
 */
void	smtp_server_rcpt(struct smtp_server *, int code, const char *status,
	    const char *text);
void	smtp_server_data(struct smtp_server *, int code, const char *status,
	    const char *text);
void	smtp_server_done(struct smtp_server *, int code, const char *status,
	    const char *text);

/*
 * What the text did wrong, known at SMTP_EV_DONE: 0 nothing, else the code
 * that must be answered (552 too large, 550 bare CR/LF or line too long), with
 * status and text set.  smtp_server_done() answers so when told to accept.
 */
int	smtp_server_text_fault(const struct smtp_server *, const char **status,
	    const char **text);

/* TLS is up: forget all that was said before (RFC 3207 section 4.2). */
void	smtp_server_tls(struct smtp_server *);

/* Time ran out, or the daemon stops: 421 with text, then CLOSE. */
void	smtp_server_close(struct smtp_server *, const char *text);

/* The caller has sent n octets of the reply buffer. */
void	smtp_server_sent(struct smtp_server *, size_t n);

#endif
