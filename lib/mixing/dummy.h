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


#ifndef MIXING_DUMMY_H
#define MIXING_DUMMY_H

#include <sys/types.h>

#include <stdint.h>

#include "mixing/pool.h"
#include "mixing/rng.h"

/*
 * How many dummies a mix puts into its pool before each run (thesis 6.6), so
 * that at low traffic messages don't wait for others that don't come.  Nothing
 * leaves early for it: in a pool of the timed dynamic kind, into which a come
 * between two runs, each run takes a / (fmin + a / frac) of what is there, so
 * there is a number of arrivals that keeps a share of 1 - DUMMY_LATE of the
 * delays under the hop delay.  What other arrivals lack of it is made up by
 * dummies, as far as the range allows.
 *
 * Other arrivals are averaged over as many runs as there are in a hop delay:
 * who floods a mix for a moment doesn't make its dummies stop.
 */
#define DUMMY_LATE	0.04	/* 95 % is promised; arrivals vary */

struct dummy_policy {
	struct pool_policy	pool;
	uint32_t		hop_delay;	/* seconds */
	uint32_t		low;		/* dummies a run */
	uint32_t		high;
};

struct dummy_control {
	double	others;		/* arrivals a run, but our own timed dummies */
};

/* Arrivals a run that are needed; HUGE_VAL: no number is enough. */
double	dummy_needed(const struct dummy_policy *);

/* Before a run: so many have come since the last one, own ones not counted. */
void	dummy_arrived(struct dummy_control *, const struct dummy_policy *,
	    uint32_t others);

/* How many are to be made a run, on average; between low and high. */
double	dummy_mean(const struct dummy_control *, const struct dummy_policy *);

/*
 * How many are to be made now: drawn evenly from the widest part of the range
 * whose middle is the mean.
 */
uint32_t dummy_draw(const struct dummy_control *, const struct dummy_policy *,
	    const struct rng *);

#endif
