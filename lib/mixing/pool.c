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
#define DELAYS	1024

struct held {
	uint32_t	id;
	time_t		since;
};

struct round {
	uint32_t	batch;
	uint32_t	arrivals;	/* before it */
	double		delays;		/* of the batch, added up */
	double		entropy;	/* of one of the batch */
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
	uint32_t	 delays[DELAYS];	/* of messages, in seconds */
	uint32_t	 ndelays;
	uint32_t	 next_delay;
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
}

static void
add_round(struct pool *pool, uint32_t batch, double delays)
{
	struct round *round = &pool->rounds[pool->next_round];

	round->batch = batch;
	round->arrivals = pool->arrivals;
	round->delays = delays;
	round->entropy = pool->entropy;
	pool->arrivals = 0;
	pool->next_round = (pool->next_round + 1) % ROUNDS;
	if (pool->nrounds < ROUNDS)
		pool->nrounds++;
}

static void
add_delay(struct pool *pool, uint32_t delay)
{
	pool->delays[pool->next_delay] = delay;
	pool->next_delay = (pool->next_delay + 1) % DELAYS;
	if (pool->ndelays < DELAYS)
		pool->ndelays++;
}

/* Seconds that a message was held; a clock that runs back gives 0. */
static uint32_t
delay_of(const struct held *held, time_t now)
{
	if (now <= held->since)
		return (0);

	return (now - held->since > UINT32_MAX ? UINT32_MAX :
	    (uint32_t)(now - held->since));
}

uint32_t
pool_take(struct pool *pool, uint32_t count, const struct rng *rng,
    time_t now, uint32_t *ids)
{
	struct held *chosen;
	double delays = 0;
	uint32_t i, delay;

	if (count > pool->count)
		count = pool->count;
	mix_arrivals(pool);
	for (i = 0; i < count; i++) {
		chosen = &pool->held[rng_uniform(rng, pool->count)];
		ids[i] = chosen->id;
		delay = delay_of(chosen, now);
		delays += delay;
		add_delay(pool, delay);
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

static int
compare(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));

	return (x < y ? -1 : x > y);
}

/* The least delay that 95 of 100 are not above. */
static uint32_t
delay_95(const struct pool *pool)
{
	uint32_t sorted[DELAYS];

	if (pool->ndelays == 0)
		return (0);
	memcpy(sorted, pool->delays, pool->ndelays * sizeof(sorted[0]));
	qsort(sorted, pool->ndelays, sizeof(sorted[0]), compare);

	return (sorted[(pool->ndelays * 95 + 99) / 100 - 1]);
}

static void
figures_of_rounds(const struct pool *pool, struct pool_figures *figures)
{
	const struct round *round;
	double delays = 0, left = 0;
	uint32_t i;

	for (i = 0; i < pool->nrounds; i++) {
		round = &pool->rounds[i];
		figures->arrivals += round->arrivals;
		if (round->batch == 0)
			continue;
		if (figures->rounds == 0 ||
		    round->entropy < figures->least_entropy)
			figures->least_entropy = round->entropy;
		figures->mean_entropy += round->entropy;
		figures->rounds++;
		left += round->batch;
		delays += round->delays;
	}
	figures->mean_delay = left > 0 ? delays / left : 0;
	if (figures->rounds > 0)
		figures->mean_entropy /= figures->rounds;
	if (pool->nrounds > 0)
		figures->arrivals /= pool->nrounds;
}

void
pool_figures(const struct pool *pool, struct pool_figures *figures)
{
	memset(figures, 0, sizeof(*figures));
	figures_of_rounds(pool, figures);
	figures->entropy = pool->batch_entropy;
	figures->delay_95 = delay_95(pool);
	figures->last_batch = pool->last_batch;
}
