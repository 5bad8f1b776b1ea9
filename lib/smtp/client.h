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
#include "smtp/reply.h"

/*
 * The client side of RFC 5321 as a state machine: octets from the server in,
 * actions out.  Several mails over one connection.  No I/O, no clock.  With
 * lmtp set it speaks LMTP (RFC 2033), for one recipient a mail.
 */
enum smtp_action {
	SMTP_CL_READ,		/* wants octets from the server */
	SMTP_CL_WRITE,		/* send out[0..out_len), then
				   smtp_client_sent() */
	SMTP_CL_STARTTLS,	/* start TLS now, then smtp_client_tls() */
	SMTP_CL_READY,		/* greeted; smtp_client_mail() or _quit() */
	SMTP_CL_DATA,		/* 354 came: send the text, pieces that
				   smtp_client_text() made, then
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
	char		  text[SMTP_REPLY_TEXT]; /* server's, printable only */
	int		  final_sent;	/* the final dot had been sent */
};

enum smtp_tls_wish {
	SMTP_TLS_OFF,
	SMTP_TLS_OPPORTUNISTIC,
	SMTP_TLS_REQUIRE		/* no STARTTLS offered: TEMPFAIL */
};

enum smtp_client_state {
	SMTP_CS_GREETING, SMTP_CS_EHLO, SMTP_CS_HELO, SMTP_CS_STARTTLS,
	SMTP_CS_TLS, SMTP_CS_AUTH, SMTP_CS_AUTH_USER, SMTP_CS_AUTH_PASSWORD,
	SMTP_CS_READY, SMTP_CS_MAIL, SMTP_CS_RCPT, SMTP_CS_DATA,
	SMTP_CS_TEXT, SMTP_CS_FINAL, SMTP_CS_LONE_DOT, SMTP_CS_RSET,
	SMTP_CS_QUIT, SMTP_CS_CLOSED
};

struct smtp_client {
	const char	*hostname;	/* what EHLO says */
	enum smtp_tls_wish tls_wish;
	int		 tls_active;
	int		 lmtp;		/* caller's, set after init */
	const char	*auth_user;	/* the same: who we are, or NULL */
	const char	*auth_password;
	int		 auth_failed;	/* the server doesn't take them */
	int		 tls_missing;	/* nor offers the TLS required */
	enum smtp_client_state state;	/* what is waited for */
	size_t		 peer_size;	/* SIZE limit, 0: unknown */
	int		 peer_esize;	/* SIZE was offered */
	int		 peer_pipelining, peer_8bitmime, peer_starttls;
	int		 peer_plain, peer_login;	/* of AUTH */
	char		 from[MAIL_ADDRESS_MAX];
	char		 to[MAIL_ADDRESS_MAX];
	struct smtp_client_result result;
	char		 out[4096];
	size_t		 out_len;
	/* private */
	struct smtp_reply reply;
	unsigned int	 expect;	/* replies outstanding */
	int		 authenticated;
	int		 in_mail;	/* a mail without result */
	int		 refused;	/* result holds why, replies are left */
	int		 mail_ok;	/* MAIL was accepted: RSET is needed */
	int		 have_result;	/* SMTP_CL_RESULT is due */
	int		 have_action;	/* STARTTLS or DATA is due */
	int		 text_seen;	/* smtp_client_text() was called */
	struct mail_lines lines;
};

/*
 * With auth_user and auth_password set, no mail goes out before the server has
 * taken them (RFC 4954), by PLAIN or else by LOGIN, and TLS is up before they
 * are said; a server with which that can't be ends the session.  They stay the
 * caller's until the session has ended.  With tls_active set it begins in TLS.
 */
void	smtp_client_init(struct smtp_client *, const char *hostname,
	    enum smtp_tls_wish);

/*
 * Takes octets from the server (len 0: only asks what to do next); *used is
 * how many.  Call it again after each action that was carried out.  STARTTLS,
 * DATA and RESULT are told once.  While the text is sent it may be called to
 * see whether the server has hung up.
 *
 * A reply that nobody asked for, one that isn't well-formed and one that
 * doesn't fit its command end the session (CLOSED), with TEMPFAIL for the mail
 * under way.  CLOSED without a RESULT before it: no mail was under way, result
 * says why.
 */
enum smtp_action smtp_client_input(struct smtp_client *, const char *buf,
	    size_t len, size_t *used);

/*
 * Begins a mail, after SMTP_CL_READY.  from may be empty, to may be the bare
 * postmaster.  size is for SIZE=.  MAIL, RCPT and DATA are pipelined if the
 * server can.  The commands are the same octets for every mail of equal
 * addresses and size.  PERMFAIL without asking: an address that is none (code
 * 553), more than the server's SIZE (552).  body_8bit goes out as it is even
 * to a server without 8BITMIME.
 */
void	smtp_client_mail(struct smtp_client *, const char *from,
	    const char *to, size_t size, int body_8bit);

/*
 * Makes a piece of text fit to be sent: dots stuffed, CRLF at all line ends
 * (lib/mail/lines.h).  Returns how many octets it wrote to out, which has
 * MAIL_LINES_OUT(len); the caller sends them straight to its connection.  A
 * text that has this form already comes out unchanged but for the dots.
 */
size_t	smtp_client_text(struct smtp_client *, const char *in, size_t len,
	    char *out);

/*
 * Completes the text: puts into out what its last line lacks, and the final
 * dot.  A caller that sends a text it has stuffed before, without
 * smtp_client_text(), needn't end it in CRLF, at the price of an empty line
 * if it does: it says with smtp_client_text_ended() that it did.
 */
void	smtp_client_text_end(struct smtp_client *);
void	smtp_client_text_ended(struct smtp_client *);

/* Ends the session with QUIT; CLOSED comes after the reply. */
void	smtp_client_quit(struct smtp_client *);

/* TLS is up: all that the server said before is forgotten (RFC 3207 4.2). */
void	smtp_client_tls(struct smtp_client *);

/* The caller has sent n octets of out. */
void	smtp_client_sent(struct smtp_client *, size_t n);

/*
 * The connection broke or timed out: fills result as TEMPFAIL with why, unless
 * the mail under way has been refused already; smtp_client_input() then tells
 * RESULT, if there was a mail, and CLOSED.
 */
void	smtp_client_broken(struct smtp_client *, const char *why);

#endif
