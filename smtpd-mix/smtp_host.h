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


#ifndef SMTPD_MIX_SMTP_HOST_H
#define SMTPD_MIX_SMTP_HOST_H

#include <sys/types.h>

#include <event.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "compat/compat.h"
#include "ipc/proto.h"
#include "tls_remote.h"

/*
 * What all sessions of smtp share: configuration, counters, credits, and the
 * way to the other roles.  The role fills it in; a test does so with its own.
 */

/* Who waits for a credit: woken through its event, first come, first served. */
struct smtp_waiter {
	TAILQ_ENTRY(smtp_waiter) entry;
	struct event		*wake;
	int			 waiting;
	int			 granted;	/* a credit was kept for it */
};
TAILQ_HEAD(smtp_waiters, smtp_waiter);

/*
 * Who has a credit and sends the text that it is for: those that take their
 * time could keep all credits from all others.
 */
struct smtp_holder {
	TAILQ_ENTRY(smtp_holder) entry;
	struct event		*wake;
	int			 holding;
	int			 overdue;	/* has to give way */
	time_t			 since;
};
TAILQ_HEAD(smtp_holders, smtp_holder);

#define SMTP_TEXT_FAIR	20	/* seconds for a text while others wait */

struct smtp_credits {
	uint64_t		 n;
	int			 full;		/* the queue has no room */
	struct smtp_waiters	 waiters;
	struct smtp_holders	 holders;	/* oldest first */
	unsigned int		 nholders;
};

/* None, and nobody waits. */
void	smtp_credits_init(struct smtp_credits *);

/* Takes one that nobody waits for: 1, or 0. */
int	smtp_credits_take(struct smtp_credits *);

/* So many more: wakes those who wait.  full wakes all of them. */
void	smtp_credits_add(struct smtp_credits *, uint64_t n, int full);

/* Waits in line; when woken, smtp_credits_granted() tells. */
void	smtp_credits_wait(struct smtp_credits *, struct smtp_waiter *);

/* Takes what was kept for the waiter: 1, or 0: nothing yet. */
int	smtp_credits_granted(struct smtp_waiter *);

/* Waits no more; a credit that was kept goes to the next. */
void	smtp_credits_leave(struct smtp_credits *, struct smtp_waiter *);

/* A text begins, and ends in whatever way; now is monotonic. */
void	smtp_credits_hold(struct smtp_credits *, struct smtp_holder *,
	    time_t now);
void	smtp_credits_let_go(struct smtp_credits *, struct smtp_holder *);

/*
 * Somebody has to wait: if texts hold most credits, the oldest that has had
 * its fair time is woken, overdue.
 */
void	smtp_credits_press(struct smtp_credits *, time_t now);

struct smtp_session;

struct smtp_host {
	struct proto_conf_global conf;
	struct proto_status_smtp status;	/* counters */
	struct smtp_credits	 credits;
	struct tls_server	*tls;		/* NULL: no chain yet */
	int			 stopping;

	/* Hands a frame to crypto. */
	void	(*frame)(const struct proto_frame *);
	/* A number for the session's next transaction. */
	uint64_t (*txn)(struct smtp_session *);
	/* The session has ended and is freed after the call. */
	void	(*gone)(struct smtp_session *);
};

#endif
