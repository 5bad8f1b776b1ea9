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


#ifndef SMTPD_MIX_SMTP_SESSION_H
#define SMTPD_MIX_SMTP_SESSION_H

#include <sys/types.h>

#include <stdint.h>

#include "smtp_host.h"
#include "smtp_peer.h"

/*
 * One client of smtp: its socket, TLS, and the state machine of lib/smtp.  A
 * session ends itself, in the event loop, and says so to its host.
 */

/* Seconds that a mail waits for a credit, and for the queue's answer. */
#define SMTP_CREDIT_WAIT	20
#define SMTP_COMMIT_WAIT	300
/* Seconds that the text of a mail may take in all, and a goodbye. */
#define SMTP_TEXT_TIME		1200
#define SMTP_CLOSE_TIME		10

/*
 * Begins a session on a connected non-blocking socket, which is the session's
 * from now.  NULL without memory: the socket is still the caller's.
 */
struct smtp_session *smtp_session_new(struct smtp_host *, int fd,
	    const struct smtp_peer *, int offer_tls);

/* The queue's answer to the transaction that the host last numbered. */
void	smtp_session_committed(struct smtp_session *, int ok);

/* host->stopping was set: who has nothing under way is sent away. */
void	smtp_session_stop(struct smtp_session *);

/* Who is at the other end. */
const struct smtp_peer *smtp_session_peer(const struct smtp_session *);

#endif
