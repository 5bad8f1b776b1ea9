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

#ifndef SMTPD_MIX_RELAY_CONN_PRIV_H
#define SMTPD_MIX_RELAY_CONN_PRIV_H

#include <sys/types.h>

#include <event.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/lines.h"
#include "relay_conn.h"
#include "relay_text.h"
#include "smtp/client.h"
#include "tls_io.h"

/* What relay_conn.c and relay_mail.c share. */

/* What becomes of a text on the wire. */
#define WIRE_MAX	MAIL_LINES_OUT(RELAY_TEXT_MAX)
#define OUT_MAX		(WIRE_MAX + 65536)

struct relay_conn {
	struct relay_host	*host;
	struct relay_dest	*dest;
	struct relay_hop	 hop;
	struct proto_conf_auth	 auth;
	struct tls_io		 io;
	struct smtp_client	 client;
	struct event		 wake;
	struct relay_job	*job;
	uint64_t		 set;		/* being sent, or 0 */
	uint32_t		 set_next;	/* its next piece */
	unsigned int		 tried;		/* mails begun */
	unsigned int		 answered;	/* mails that got an answer */
	int			 text_begun;	/* of the mail under way */
	int			 in_tls;	/* handshake */
	int			 tls_failed;
	int			 untrusted;	/* it isn't who it has to be */
	int			 connected;
	int			 ready;
	int			 done;
	int			 progress;	/* the timer begins anew */
	size_t			 text_len;
	char			 text[RELAY_TEXT_MAX];
};

/* Begins the next mail: 1; or 0, there is none. */
int	relay_mail_begin(struct relay_conn *);

/* Sends text while the server wants it.  1: go on, 0: wait. */
int	relay_mail_push(struct relay_conn *);

/* What became of the mail is in the client's result. */
void	relay_mail_result(struct relay_conn *);

/* The connection ends: what was under way is the host's again. */
void	relay_mail_end(struct relay_conn *);

/* Whether all of the job's mail is on the connection. */
int	relay_mail_last(const struct relay_job *);

/* Records a failure for mixctl status, without names of people. */
void	relay_mail_note(struct relay_conn *,
	    const struct smtp_client_result *);

#endif
