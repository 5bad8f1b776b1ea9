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
#include <sys/time.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

#include "resolver_event.h"

/* An event of libunbound's, and ours that stands for it. */
struct glue {
	struct ub_event	 super;		/* the first: one is the other */
	struct event	 ev;
	int		 fd;
	short		 bits;		/* UB_EV_* */
	void		(*call)(int, short, void *);
	void		*arg;
};

static struct glue *
glue_of(struct ub_event *super)
{
	return ((struct glue *)(void *)super);
}

static short
to_ours(short bits)
{
	short what = 0;

	if (bits & UB_EV_TIMEOUT)
		what |= EV_TIMEOUT;
	if (bits & UB_EV_READ)
		what |= EV_READ;
	if (bits & UB_EV_WRITE)
		what |= EV_WRITE;
	if (bits & UB_EV_PERSIST)
		what |= EV_PERSIST;

	return (what);
}

static short
to_theirs(short what)
{
	short bits = 0;

	if (what & EV_TIMEOUT)
		bits |= UB_EV_TIMEOUT;
	if (what & EV_READ)
		bits |= UB_EV_READ;
	if (what & EV_WRITE)
		bits |= UB_EV_WRITE;

	return (bits);
}

static void
fired(int fd, short what, void *arg)
{
	struct glue *g = arg;

	g->call(fd, to_theirs(what), g->arg);
}

static void
set(struct glue *g)
{
	/* A time-out is asked for by event_add(). */
	event_set(&g->ev, g->fd, (short)(to_ours(g->bits) & ~EV_TIMEOUT),
	    fired, g);
}

static void
add_bits(struct ub_event *super, short bits)
{
	struct glue *g = glue_of(super);

	(void)event_del(&g->ev);
	g->bits |= bits;
	set(g);
}

static void
del_bits(struct ub_event *super, short bits)
{
	struct glue *g = glue_of(super);

	(void)event_del(&g->ev);
	g->bits = (short)(g->bits & ~bits);
	set(g);
}

static void
set_fd(struct ub_event *super, int fd)
{
	struct glue *g = glue_of(super);

	(void)event_del(&g->ev);
	g->fd = fd;
	set(g);
}

static void
free_event(struct ub_event *super)
{
	struct glue *g = glue_of(super);

	(void)event_del(&g->ev);
	free(g);
}

static int
add(struct ub_event *super, struct timeval *tv)
{
	return (event_add(&glue_of(super)->ev, tv));
}

static int
del(struct ub_event *super)
{
	return (event_del(&glue_of(super)->ev));
}

static int
add_timer(struct ub_event *super, struct ub_event_base *base,
    void (*call)(int, short, void *), void *arg, struct timeval *tv)
{
	struct glue *g = glue_of(super);

	(void)base;
	(void)event_del(&g->ev);
	g->call = call;
	g->arg = arg;
	set(g);

	return (event_add(&g->ev, tv));
}

/* It has to be there, but signals are nothing a library gets. */
static int
add_signal(struct ub_event *super, struct timeval *tv)
{
	(void)super, (void)tv;

	return (-1);
}

static void
no_wsaevent(struct ub_event *super)
{
	(void)super;
}

static void
no_wouldblock(struct ub_event *super, int bits)
{
	(void)super, (void)bits;
}

static struct ub_event_vmt event_vmt = {
	add_bits, del_bits, set_fd, free_event, add, del, add_timer, del,
	add_signal, del, no_wsaevent, no_wouldblock
};

static struct ub_event *
new_event(struct ub_event_base *base, int fd, short bits,
    void (*call)(int, short, void *), void *arg)
{
	struct glue *g;

	(void)base;
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return (NULL);
	g->super.magic = UB_EVENT_MAGIC;
	g->super.vmt = &event_vmt;
	g->fd = fd;
	g->bits = bits;
	g->call = call;
	g->arg = arg;
	set(g);

	return (&g->super);
}

static struct ub_event *
new_signal(struct ub_event_base *base, int fd,
    void (*call)(int, short, void *), void *arg)
{
	(void)base, (void)fd, (void)call, (void)arg;

	return (NULL);
}

static struct ub_event *
new_wsaevent(struct ub_event_base *base, void *wsaevent,
    void (*call)(int, short, void *), void *arg)
{
	(void)base, (void)wsaevent, (void)call, (void)arg;

	return (NULL);
}

static void
keep(struct ub_event_base *base)
{
	(void)base;
}

static int
dispatch(struct ub_event_base *base)
{
	(void)base;

	return (-1);
}

static int
loopexit(struct ub_event_base *base, struct timeval *tv)
{
	(void)base, (void)tv;

	return (-1);
}

struct ub_event_base *
resolver_event_base(void)
{
	static struct ub_event_base_vmt vmt = {
		keep, dispatch, loopexit, new_event, new_signal, new_wsaevent
	};
	static struct ub_event_base base = { UB_EVENT_MAGIC, &vmt };

	return (&base);
}
