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

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "fetch/fetch.h"
#include "fetch/target.h"
#include "fetch/transfer.h"

/* Connections at once, and kept for later. */
#define CONNECTIONS_MAX		16L
#define CONNECTIONS_A_HOST	2L

TAILQ_HEAD(transfers, transfer);

struct fetch {
	CURLM			*multi;
	struct fetch_loop	 loop;
	int			 looped;
	struct transfers	 transfers;
	size_t			 pending;
	uint64_t		 last;		/* number given */
};

int
fetch_init(void)
{
	return (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1);
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *sockarg)
{
	struct fetch *f = arg;
	int events = 0;

	(void)easy;
	(void)sockarg;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= FETCH_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= FETCH_WRITE;
	f->loop.watch(f->loop.arg, fd, events);
	return (0);
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct fetch *f = arg;

	(void)multi;
	f->loop.timer(f->loop.arg, ms);
	return (0);
}

static int
set_up(struct fetch *f)
{
	CURLM *m = f->multi;
	int bad = 0;

	bad |= curl_multi_setopt(m, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    CONNECTIONS_MAX) != CURLM_OK;
	bad |= curl_multi_setopt(m, CURLMOPT_MAX_HOST_CONNECTIONS,
	    CONNECTIONS_A_HOST) != CURLM_OK;
	bad |= curl_multi_setopt(m, CURLMOPT_MAXCONNECTS,
	    CONNECTIONS_MAX) != CURLM_OK;
	bad |= curl_multi_setopt(m, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_NOTHING) != CURLM_OK;
	if (!f->looped)
		return (bad ? -1 : 0);
	bad |= curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION,
	    watch_socket) != CURLM_OK;
	bad |= curl_multi_setopt(m, CURLMOPT_SOCKETDATA, f) != CURLM_OK;
	bad |= curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION,
	    set_timer) != CURLM_OK;
	bad |= curl_multi_setopt(m, CURLMOPT_TIMERDATA, f) != CURLM_OK;
	return (bad ? -1 : 0);
}

struct fetch *
fetch_new(const struct fetch_loop *loop)
{
	struct fetch *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (NULL);
	TAILQ_INIT(&f->transfers);
	if (loop != NULL) {
		f->loop = *loop;
		f->looped = 1;
	}
	if ((f->multi = curl_multi_init()) == NULL || set_up(f) == -1) {
		fetch_free(f);
		return (NULL);
	}
	return (f);
}

static void
drop(struct fetch *f, struct transfer *t)
{
	TAILQ_REMOVE(&f->transfers, t, entry);
	f->pending--;
	curl_multi_remove_handle(f->multi, t->easy);
	transfer_free(t);
}

void
fetch_free(struct fetch *f)
{
	struct transfer *t;

	if (f == NULL)
		return;
	while ((t = TAILQ_FIRST(&f->transfers)) != NULL)
		drop(f, t);
	curl_multi_cleanup(f->multi);
	free(f);
}

uint64_t
fetch_start(struct fetch *f, const struct fetch_request *request,
    fetch_done *done, void *arg)
{
	struct transfer *t;

	if ((t = transfer_new(request)) == NULL)
		return (0);
	if (curl_multi_add_handle(f->multi, t->easy) != CURLM_OK) {
		transfer_free(t);
		return (0);
	}
	t->done = done;
	t->arg = arg;
	t->number = ++f->last;
	TAILQ_INSERT_TAIL(&f->transfers, t, entry);
	f->pending++;
	return (t->number);
}

void
fetch_cancel(struct fetch *f, uint64_t number)
{
	struct transfer *t;

	TAILQ_FOREACH(t, &f->transfers, entry) {
		if (t->number == number) {
			drop(f, t);
			return;
		}
	}
}

size_t
fetch_pending(const struct fetch *f)
{
	return (f->pending);
}

/* Goes on where the answer points to, or tells the caller. */
static void
finish(struct fetch *f, struct transfer *t, CURLcode code)
{
	struct fetch_answer answer;
	fetch_done *done = t->done;
	void *arg = t->arg;
	uint8_t *body;

	curl_multi_remove_handle(f->multi, t->easy);
	if (transfer_redirect(t, code) == 1 &&
	    curl_multi_add_handle(f->multi, t->easy) == CURLM_OK)
		return;
	transfer_answer(t, code, &answer);
	body = t->body;
	t->body = NULL;
	TAILQ_REMOVE(&f->transfers, t, entry);
	f->pending--;
	transfer_free(t);
	done(arg, &answer);
	free(body);
}

static void
finish_all(struct fetch *f)
{
	struct transfer *t;
	CURLMsg *msg;
	CURLcode code;
	int left;

	while ((msg = curl_multi_info_read(f->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		code = msg->data.result;
		TAILQ_FOREACH(t, &f->transfers, entry)
			if (t->easy == msg->easy_handle)
				break;
		if (t != NULL)
			finish(f, t, code);
	}
}

void
fetch_ready(struct fetch *f, int fd, int events)
{
	int mask = 0, running;

	if (events & FETCH_READ)
		mask |= CURL_CSELECT_IN;
	if (events & FETCH_WRITE)
		mask |= CURL_CSELECT_OUT;
	curl_multi_socket_action(f->multi, fd, mask, &running);
	finish_all(f);
}

void
fetch_timeout(struct fetch *f)
{
	int running;

	curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_all(f);
}

int
fetch_wait(struct fetch *f, int ms)
{
	int n, running;

	if (curl_multi_perform(f->multi, &running) != CURLM_OK)
		return (-1);
	if (running > 0 &&
	    (curl_multi_poll(f->multi, NULL, 0, ms, &n) != CURLM_OK ||
	    curl_multi_perform(f->multi, &running) != CURLM_OK))
		return (-1);
	finish_all(f);
	return ((int)f->pending);
}
