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

#ifndef MIXING_POOL_H
#define MIXING_POOL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mixing/rng.h"

/*
 * The timed dynamic pool (thesis 6.4.5, Serjantov et al. 2002): every interval,
 * if there are m >= n + fmin messages, (m - fmin) * frac of them leave.  Ids
 * only; no clock, no bodies.
 */
struct pool_policy {
	uint32_t	interval;	/* t: seconds between mixing runs */
	uint32_t	minimum;	/* fmin: kept at least */
	uint32_t	threshold;	/* n: more than fmin, to fire */
	double		rate;		/* frac: 0 < frac <= 1 */
};

/*
 * How many of m messages leave now: 0 below the threshold; else the product,
 * its fraction rounded by a random draw, at least 1, at most m.
 */
uint32_t pool_batch(const struct pool_policy *, uint32_t m,
	    const struct rng *);

struct pool;

/* An empty pool, or NULL: no memory. */
struct pool *pool_new(void);
void	pool_free(struct pool *);

/* Puts an id in; time is when it came, for the delay figures.  0 or -1. */
int	pool_add(struct pool *, uint32_t id, time_t now);

/* How many ids are in it. */
uint32_t pool_count(const struct pool *);

/*
 * Takes a batch of count ids out at random (uniformly, in random order)
 * into ids.  Returns how many (at most what there is).
 */
uint32_t pool_take(struct pool *, uint32_t count, const struct rng *,
	    time_t now, uint32_t *ids);

/*
 * The sender entropy in bit of a message of the last batch, and the mean and
 * the least of the batches of the last 64 rounds, computed from the sizes of
 * all rounds (arrivals and batches), exact for the uniform choice that
 * pool_take() makes; the mean delay in seconds over the last 64 rounds; what 95
 * % of the last 1024 delays are not above; arrivals a round over the last 64.
 */
struct pool_figures {
	uint32_t	rounds;		/* of the last 64, that fired */
	double		entropy;
	double		mean_entropy;
	double		least_entropy;
	double		mean_delay;
	uint32_t	delay_95;
	double		arrivals;
	uint32_t	last_batch;
};
void	pool_figures(const struct pool *, struct pool_figures *);

/* Records a mixing run that sent nothing, so that figures stay right. */
void	pool_round_empty(struct pool *);

#endif
