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

#ifndef MIXING_MOMENTS_H
#define MIXING_MOMENTS_H

#include <sys/types.h>

#include <stdint.h>

#include "mixing/rng.h"

/*
 * Moments drawn over an interval, as arrivals from outside are spread over it:
 * timed dummies that came all at once would be told from messages by when they
 * were written.
 */
#define MOMENTS_MAX	128

struct moments {
	uint32_t	at[MOMENTS_MAX];	/* ms from the beginning */
	uint32_t	n;
	uint32_t	next;
};

/* Draws n moments (at most MOMENTS_MAX), evenly, of an interval in ms. */
void	moments_draw(struct moments *, const struct rng *, uint32_t interval,
	    uint32_t n);

/*
 * How many came since it was last asked, up to elapsed ms; of more than most
 * the rest is left for the next call.
 */
uint32_t moments_due(struct moments *, uint32_t elapsed, uint32_t most);

/* Ms from elapsed to the next one, at least 1; 0: there is none. */
uint32_t moments_wait(const struct moments *, uint32_t elapsed);

#endif
