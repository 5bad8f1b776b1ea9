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

#include "compat/compat.h"
#include "fetch/fetch_event.h"

/* One descriptor of libcurl's. */
struct watched {
	TAILQ_ENTRY(watched)	 entry;
	struct fetch_event	*owner;
	struct event		 ev;
	int			 fd;
};

TAILQ_HEAD(watches, watched);

struct fetch_event {
	struct fetch	*fetch;
	struct watches	 watches;
	struct event	 timer;
};

static void
on_socket(int fd, short what, void *arg)
{
	struct watched *w = arg;
	int events = 0;

	if (what & EV_READ)
		events |= FETCH_READ;
	if (what & EV_WRITE)
		events |= FETCH_WRITE;
	/* w may be gone after this. */
	fetch_ready(w->owner->fetch, fd, events);
}

static void
on_timer(int fd, short what, void *arg)
{
	struct fetch_event *fe = arg;

	(void)fd;
	(void)what;
	fetch_timeout(fe->fetch);
}

static struct watched *
find(struct fetch_event *fe, int fd)
{
	struct watched *w;

	TAILQ_FOREACH(w, &fe->watches, entry)
		if (w->fd == fd)
			break;
	return (w);
}

static void
forget(struct fetch_event *fe, struct watched *w)
{
	TAILQ_REMOVE(&fe->watches, w, entry);
	event_del(&w->ev);
	free(w);
}

/* Without memory the request runs into its time limit. */
static void
watch(void *arg, int fd, int events)
{
	struct fetch_event *fe = arg;
	struct watched *w = find(fe, fd);
	short what = EV_PERSIST;

	if (w != NULL)
		forget(fe, w);
	if (events == 0 || (w = calloc(1, sizeof(*w))) == NULL)
		return;
	if (events & FETCH_READ)
		what |= EV_READ;
	if (events & FETCH_WRITE)
		what |= EV_WRITE;
	w->owner = fe;
	w->fd = fd;
	event_set(&w->ev, fd, what, on_socket, w);
	event_add(&w->ev, NULL);
	TAILQ_INSERT_TAIL(&fe->watches, w, entry);
}

static void
set_timer(void *arg, long ms)
{
	struct fetch_event *fe = arg;
	struct timeval tv;

	evtimer_del(&fe->timer);
	if (ms < 0)
		return;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	evtimer_add(&fe->timer, &tv);
}

struct fetch_event *
fetch_event_new(void)
{
	struct fetch_event *fe;
	struct fetch_loop loop;

	if ((fe = calloc(1, sizeof(*fe))) == NULL)
		return (NULL);
	TAILQ_INIT(&fe->watches);
	evtimer_set(&fe->timer, on_timer, fe);
	loop.watch = watch;
	loop.timer = set_timer;
	loop.arg = fe;
	if ((fe->fetch = fetch_new(&loop)) == NULL) {
		free(fe);
		return (NULL);
	}
	return (fe);
}

void
fetch_event_free(struct fetch_event *fe)
{
	struct watched *w;

	if (fe == NULL)
		return;
	fetch_free(fe->fetch);
	while ((w = TAILQ_FIRST(&fe->watches)) != NULL)
		forget(fe, w);
	evtimer_del(&fe->timer);
	free(fe);
}

struct fetch *
fetch_event_fetch(struct fetch_event *fe)
{
	return (fe->fetch);
}
