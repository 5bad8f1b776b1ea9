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

#ifndef REGRESS_FAKEQUEUE_H
#define REGRESS_FAKEQUEUE_H

#include <sys/types.h>

#include <stdint.h>

#include "fakeproc.h"

/* What other roles say to queue, for its tests. */

static inline void
fire(uint32_t id)
{
	struct {
		struct proto_fire	head;
		uint32_t		id;
	} msg = { { 1, 0 }, id };

	fake_message(ROLE_POOL, PROTO_FIRE, &msg, sizeof(msg));
}

static inline void
answer(enum role from, uint32_t id, enum proto_outcome_kind kind)
{
	struct proto_outcome o = { id, kind };

	fake_message(from, PROTO_OUTCOME, &o, sizeof(o));
	fake_run();
}

#endif
