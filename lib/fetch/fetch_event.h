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

#ifndef FETCH_FETCH_EVENT_H
#define FETCH_FETCH_EVENT_H

#include <sys/types.h>

#include "fetch/fetch.h"

/*
 * A struct fetch whose descriptors and timer are libevent's (the current event
 * base).
 */
struct fetch_event;

/* NULL: no memory. */
struct fetch_event *
	fetch_event_new(void);
/* Drops what is under way without calling back. */
void	fetch_event_free(struct fetch_event *);

/* To start and cancel requests with. */
struct fetch *
	fetch_event_fetch(struct fetch_event *);

#endif
