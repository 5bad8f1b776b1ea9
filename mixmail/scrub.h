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

#ifndef MIXMAIL_SCRUB_H
#define MIXMAIL_SCRUB_H

#include <sys/types.h>

#include <time.h>

#include "letter.h"
#include "mixing/rng.h"

/* In From, when the sender is left out: RFC 5322 wants one, 2606 has it. */
#define SCRUB_ANONYMOUS	"Anonymous <anonymous@mixtasy.invalid>"

/* How to scrub a mail. */
struct scrub {
	int			 anonymous;	/* leave the sender out too */
	int			 verbose;	/* say what is done */
	time_t			 now;
	const struct rng	*rng;
};

/*
 * Removes from a mail's header what gives its sender away, or rewrites it; the
 * fields are in a table in scrub.c.  0; -1: out of memory.
 */
int	scrub_letter(const struct scrub *, struct letter *);

#endif
