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


#ifndef SMTPD_MIX_RELAY_CONN_H
#define SMTPD_MIX_RELAY_CONN_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <tls.h>

#include "compat/compat.h"
#include "ipc/proto.h"
#include "mail/address.h"
#include "route.h"

/*
 * One outgoing connection of relay: dials, greets, starts TLS, and sends the
 * mails that its host hands out, one after the other, until there are none for
 * some seconds.  Everything happens in the event loop.
 */

/* Seconds that each stage may last; RFC 5321 section 4.5.3.2, scaled down. */
#define RELAY_CONNECT_TIME	30
#define RELAY_COMMAND_TIME	60	/* greeting, TLS, commands */
#define RELAY_TEXT_TIME		120	/* a mail's text, or a piece of it */
#define RELAY_PIECE_WAIT	30	/* until the next piece is there */
#define RELAY_FINAL_TIME	600	/* the answer to the final dot */
#define RELAY_IDLE_TIME		10
#define RELAY_QUIT_TIME		5

/* A body that queue wants to be sent. */
struct relay_job {
	TAILQ_ENTRY(relay_job)	entry;
	char			rcpt[MAIL_ADDRESS_MAX];
	int			again;	/* was put back once */
	struct proto_body	body;
};

/* Why a connection has ended. */
enum relay_close {
	RELAY_CLOSE_DONE,	/* it did what it could */
	RELAY_CLOSE_FAILED,	/* the destination can't be used now */
	RELAY_CLOSE_TLS		/* opportunistic TLS failed: in the clear? */
};

struct relay_dest;

struct relay_host {
	struct proto_conf_global conf;
	struct proto_status_relay status;
	struct tls_config	*tls_any;	/* nothing is verified */
	struct tls_config	*tls_verify;	/* NULL: no CA */
	int			 stopping;

	/* Takes the first job of the destination's queue, or NULL. */
	struct relay_job *(*next)(struct relay_dest *);
	/* Clear text of a sealed job, as sealed_open(). */
	int	(*payload)(const struct relay_job *, uint8_t *, size_t *);
	/* What became of a job, which is the host's again. */
	void	(*outcome)(struct relay_dest *, struct relay_job *,
		    enum proto_outcome_kind);
	/* Not sent, through no fault of the job: to be tried next. */
	void	(*put_back)(struct relay_dest *, struct relay_job *);
	/* The rest of a set can't be sent. */
	void	(*set_broken)(struct relay_dest *, uint64_t set);
	/* The peer has greeted us. */
	void	(*ready)(struct relay_dest *);
	/* It has ended, and is freed after the call. */
	void	(*closed)(struct relay_dest *, enum relay_close);
};

struct relay_conn;

/* Dials; in_clear: TLS isn't tried.  NULL if that fails at once. */
struct relay_conn *relay_conn_new(struct relay_host *, struct relay_dest *,
	    const struct route_dest *, int in_clear);

/* There is a new job, or host->stopping was set. */
void	relay_conn_wake(struct relay_conn *);

/* Breaks off what is under way; the host will hear of it. */
void	relay_conn_abort(struct relay_conn *, const char *why);

/* Whether the peer has greeted us; and whether there is nothing to do. */
int	relay_conn_greeted(const struct relay_conn *);
int	relay_conn_idle(const struct relay_conn *);

/* The set of which it needs more pieces than it has, or 0. */
uint64_t relay_conn_wants_set(const struct relay_conn *);

/* Ends at once; a job under way goes to outcome() as deferred. */
void	relay_conn_kill(struct relay_conn *);

#endif
