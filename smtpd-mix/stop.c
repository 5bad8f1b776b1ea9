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

#include "log.h"
#include "stop.h"

/* Who stops after whom, and the seconds it may take. */
static const struct stop_stage {
	enum role	role;
	int		seconds;
} stages[] = {
	{ ROLE_SMTP, 4 },	/* answers what is being committed */
	{ ROLE_SEAL, 0 },
	{ ROLE_POOL, 0 },
	{ ROLE_CRYPTO, 0 },
	{ ROLE_RELAY, 3 },	/* ends the mail that is on its way */
	{ ROLE_DELIVER, 0 },
	{ ROLE_DIRECTORY, 1 },	/* writes what it has found */
	{ ROLE_RESOLVER, 0 },
	{ ROLE_QUEUE, 1 },
	{ ROLE_KEYS, 0 },
	{ ROLE_CONTROL, 0 }
};

static struct stop_env {
	struct children	*children;	/* NULL: nothing stops */
	void		(*over)(void);
	size_t		 stage;
	struct event	 timer;
} env;

static int
stage_is_over(void)
{
	const struct child *c;
	size_t i;

	for (i = 0; i < env.children->n; i++) {
		c = &env.children->list[i];
		if (c->role == stages[env.stage].role && c->ch.fd != -1 &&
		    !c->stopped)
			return (0);
	}

	return (1);
}

static void
begin_stage(void)
{
	const struct stop_stage *s = &stages[env.stage];
	struct timeval tv = { s->seconds, s->seconds == 0 ? 200000 : 0 };
	size_t i;

	for (i = 0; i < env.children->n; i++)
		if (env.children->list[i].role == s->role)
			channel_send(&env.children->list[i].ch, PROTO_STOP,
			    NULL, 0, -1);
	evtimer_del(&env.timer);
	evtimer_add(&env.timer, &tv);
}

/* Leaves this stage, and those after it that have nothing to wait for. */
static void
next_stage(void)
{
	void (*over)(void) = env.over;

	do {
		if (++env.stage == nitems(stages)) {
			evtimer_del(&env.timer);
			env.children = NULL;
			over();
			return;
		}
		begin_stage();
	} while (stage_is_over());
}

static void
time_is_up(int fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	log_warnx("%s did not finish in time",
	    role_name(stages[env.stage].role));
	next_stage();
}

void
stop_roles(struct children *children, void (*over)(void))
{
	env.children = children;
	env.over = over;
	env.stage = 0;
	evtimer_set(&env.timer, time_is_up, NULL);
	begin_stage();
	stop_look();
}

void
stop_look(void)
{
	if (env.children != NULL && stage_is_over())
		next_stage();
}
