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

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "mixing/pool.h"

/*
 * The entropy of the sender of a message in the pool follows from the sizes of
 * the rounds alone, in one number: a run takes its batch uniformly, so what it
 * leaves is distributed as before; and a arrivals among m make a part a/m that
 * is uniform over a senders, beside a part 1 - a/m that has the entropy H of
 * before:
 *
 *	H' = h(a/m) + (1 - a/m) H + (a/m) log2(a)
 *
 * where h is the binary entropy.  A threshold pool (n out, f kept) tends to
 * (1 + f/n) log2(n + f) - (f/n) log2(f).
 */
#define ROUNDS	64

struct held {
	uint32_t	id;
	time_t		since;
};

struct round {
	uint32_t	batch;
	double		delays;		/* of the batch, added up */
};

struct pool {
	struct held	*held;
	uint32_t	 count;
	uint32_t	 room;
	uint32_t	 arrivals;	/* since the last run */
	double		 entropy;	/* of a message in the pool */
	double		 batch_entropy;	/* of one in the last batch */
	uint32_t	 last_batch;
	struct round	 rounds[ROUNDS];
	uint32_t	 nrounds;
	uint32_t	 next_round;
};

uint32_t
pool_batch(const struct pool_policy *policy, uint32_t m, const struct rng *rng)
{
	double exact, whole;
	uint32_t batch, draw;

	if (m < (uint64_t)policy->threshold + policy->minimum ||
	    m < policy->minimum)
		return (0);
	exact = (m - policy->minimum) * policy->rate;
	if (!(exact > 0))
		exact = 0;
	if (exact >= m)
		return (m);
	whole = floor(exact);
	batch = (uint32_t)whole;
	rng_fill(rng, &draw, sizeof(draw));
	if (draw < (exact - whole) * 4294967296.0)
		batch++;
	if (batch == 0)
		batch = 1;
	return (batch < m ? batch : m);
}

struct pool *
pool_new(void)
{
	return (calloc(1, sizeof(struct pool)));
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	free(pool->held);
	free(pool);
}

int
pool_add(struct pool *pool, uint32_t id, time_t now)
{
	struct held *held;
	uint32_t room;

	if (pool->count == pool->room) {
		room = pool->room == 0 ? 64 : pool->room + pool->room / 2;
		held = reallocarray(pool->held, room, sizeof(*held));
		if (held == NULL)
			return (-1);
		pool->held = held;
		pool->room = room;
	}
	pool->held[pool->count].id = id;
	pool->held[pool->count].since = now;
	pool->count++;
	pool->arrivals++;
	return (0);
}

uint32_t
pool_count(const struct pool *pool)
{
	return (pool->count);
}

static double
binary_entropy(double p)
{
	if (p <= 0 || p >= 1)
		return (0);
	return (-p * log2(p) - (1 - p) * log2(1 - p));
}

/* The arrivals since the last run become part of the pool. */
static void
mix_arrivals(struct pool *pool)
{
	double part;

	if (pool->arrivals == 0)
		return;
	part = (double)pool->arrivals / pool->count;
	pool->entropy = binary_entropy(part) + (1 - part) * pool->entropy +
	    part * log2(pool->arrivals);
	pool->arrivals = 0;
}

static void
add_round(struct pool *pool, uint32_t batch, double delays)
{
	pool->rounds[pool->next_round].batch = batch;
	pool->rounds[pool->next_round].delays = delays;
	pool->next_round = (pool->next_round + 1) % ROUNDS;
	if (pool->nrounds < ROUNDS)
		pool->nrounds++;
}

uint32_t
pool_take(struct pool *pool, uint32_t count, const struct rng *rng,
    time_t now, uint32_t *ids)
{
	struct held *chosen;
	double delays = 0;
	uint32_t i;

	if (count > pool->count)
		count = pool->count;
	mix_arrivals(pool);
	for (i = 0; i < count; i++) {
		chosen = &pool->held[rng_uniform(rng, pool->count)];
		ids[i] = chosen->id;
		if (now > chosen->since)
			delays += (double)(now - chosen->since);
		*chosen = pool->held[--pool->count];
	}
	add_round(pool, count, delays);
	if (count > 0) {
		pool->batch_entropy = pool->entropy;
		pool->last_batch = count;
	}
	if (pool->count == 0)
		pool->entropy = 0;
	return (count);
}

void
pool_round_empty(struct pool *pool)
{
	mix_arrivals(pool);
	add_round(pool, 0, 0);
}

void
pool_figures(const struct pool *pool, struct pool_figures *figures)
{
	double delays = 0, left = 0;
	uint32_t i;

	memset(figures, 0, sizeof(*figures));
	for (i = 0; i < pool->nrounds; i++) {
		if (pool->rounds[i].batch == 0)
			continue;
		figures->rounds++;
		left += pool->rounds[i].batch;
		delays += pool->rounds[i].delays;
	}
	figures->entropy = pool->batch_entropy;
	figures->mean_delay = left > 0 ? delays / left : 0;
	figures->last_batch = pool->last_batch;
}
