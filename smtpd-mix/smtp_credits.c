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


#include <sys/types.h>

#include <event.h>

#include "compat/compat.h"
#include "smtp_host.h"

void
smtp_credits_init(struct smtp_credits *c)
{
	c->n = 0;
	c->full = 0;
	TAILQ_INIT(&c->waiters);
	TAILQ_INIT(&c->holders);
	c->nholders = 0;
}

int
smtp_credits_take(struct smtp_credits *c)
{
	if (c->n == 0)
		return (0);
	c->n--;

	return (1);
}

static void
wake(struct smtp_credits *c, struct smtp_waiter *w)
{
	TAILQ_REMOVE(&c->waiters, w, entry);
	w->waiting = 0;
	event_active(w->wake, EV_TIMEOUT, 1);
}

void
smtp_credits_add(struct smtp_credits *c, uint64_t n, int full)
{
	struct smtp_waiter *w;

	c->n += n;
	c->full = full;
	while ((w = TAILQ_FIRST(&c->waiters)) != NULL && (c->n > 0 || full)) {
		if (c->n > 0) {
			c->n--;
			w->granted = 1;
		}
		wake(c, w);
	}
}

void
smtp_credits_wait(struct smtp_credits *c, struct smtp_waiter *w)
{
	w->granted = 0;
	w->waiting = 1;
	TAILQ_INSERT_TAIL(&c->waiters, w, entry);
}

int
smtp_credits_granted(struct smtp_waiter *w)
{
	int granted = w->granted;

	w->granted = 0;

	return (granted);
}

void
smtp_credits_leave(struct smtp_credits *c, struct smtp_waiter *w)
{
	if (w->waiting)
		TAILQ_REMOVE(&c->waiters, w, entry);
	w->waiting = 0;
	if (smtp_credits_granted(w))
		smtp_credits_add(c, 1, c->full);
}

void
smtp_credits_hold(struct smtp_credits *c, struct smtp_holder *h, time_t now)
{
	h->since = now;
	h->overdue = 0;
	h->holding = 1;
	TAILQ_INSERT_TAIL(&c->holders, h, entry);
	c->nholders++;
}

void
smtp_credits_let_go(struct smtp_credits *c, struct smtp_holder *h)
{
	if (!h->holding)
		return;
	TAILQ_REMOVE(&c->holders, h, entry);
	c->nholders--;
	h->holding = h->overdue = 0;
}

void
smtp_credits_press(struct smtp_credits *c, time_t now)
{
	struct smtp_holder *h;

	if (c->nholders <= PROTO_SMTP_CREDITS / 2)
		return;
	TAILQ_FOREACH(h, &c->holders, entry) {
		if (now - h->since < SMTP_TEXT_FAIR)
			return;
		if (!h->overdue) {
			h->overdue = 1;
			event_active(h->wake, EV_TIMEOUT, 1);
			return;
		}
	}
}
