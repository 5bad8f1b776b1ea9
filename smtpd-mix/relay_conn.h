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

#include <openssl/x509_vfy.h>

#include <stddef.h>
#include <stdint.h>
#include <tls.h>

#include "compat/compat.h"
#include "ipc/proto.h"
#include "mail/address.h"
#include "relay_plan.h"

/*
 * One outgoing connection of relay: dials, greets, starts TLS, sees who that
 * is, authenticates, and sends the mails that its host hands out, one after
 * the other, until there are none for some seconds.  All in the event loop.
 */

/* Seconds that each stage may last; RFC 5321 section 4.5.3.2, scaled down. */
struct relay_times {
	unsigned int	connect;
	unsigned int	command;	/* greeting, TLS, commands */
	unsigned int	text;		/* a mail's text, or a piece of it */
	unsigned int	piece;		/* until the next piece is there */
	unsigned int	final;		/* the answer to the final dot */
	unsigned int	idle;
	unsigned int	quit;
};
extern const struct relay_times relay_times;

/* A body that queue wants to be sent. */
struct relay_job {
	TAILQ_ENTRY(relay_job)	entry;
	char			rcpt[MAIL_ADDRESS_MAX];
	int			again;	/* was put back once */
	time_t			since;	/* monotonic: waits, or is on its way */
	struct proto_body	body;
};

/* Why a connection has ended. */
enum relay_close {
	RELAY_CLOSE_DONE,	/* it did what it could */
	RELAY_CLOSE_FAILED,	/* the address can't be used now */
	RELAY_CLOSE_TLS		/* opportunistic TLS failed: in the clear? */
};

struct relay_dest;
struct relay_conn;

struct relay_host {
	struct proto_conf_global conf;
	struct proto_status_relay status;
	struct relay_times	 times;
	struct tls_config	*tls;		/* nothing is verified by it */
	X509_STORE		*cas;		/* NULL: none */
	const struct proto_conf_auth *auths;
	size_t			 nauths;
	int			 stopping;
	char			 auth_trouble[PROTO_TEXT_MAX];	/* or "" */

	/* Takes the first job of the destination's queue, or of a set. */
	struct relay_job *(*next)(struct relay_dest *, uint64_t set);
	/* Clear text of a sealed job, as sealed_open(). */
	int	(*payload)(const struct relay_job *, uint8_t *, size_t *);
	/* What became of a job, which is the host's again; deferred: why. */
	void	(*outcome)(struct relay_dest *, struct relay_job *,
		    enum proto_outcome_kind, enum proto_why);
	/* Not sent, through no fault of the job: to be tried next. */
	void	(*put_back)(struct relay_dest *, struct relay_job *);
	/* The rest of a set can't be sent. */
	void	(*set_broken)(struct relay_dest *, uint64_t set);
	/* The peer has greeted us. */
	void	(*ready)(struct relay_dest *, struct relay_conn *);
	/* It has ended, and is freed after the call. */
	void	(*closed)(struct relay_dest *, struct relay_conn *,
		    enum relay_close, enum proto_why);
};

/* Dials; in_clear: TLS isn't tried.  NULL if that fails at once. */
struct relay_conn *relay_conn_new(struct relay_host *, struct relay_dest *,
	    const struct relay_hop *, int in_clear);

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
