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

#include "mixing/dummy.h"

/* Runs that a message may stay for without being late. */
static uint32_t
runs(const struct dummy_policy *policy)
{
	uint32_t interval = policy->pool.interval;

	return (interval == 0 ? 0 : policy->hop_delay / interval);
}

double
dummy_needed(const struct dummy_policy *policy)
{
	const struct pool_policy *pool = &policy->pool;
	double kept, share;

	if (runs(policy) == 0)
		return (HUGE_VAL);
	/* (1 - share) to the power of the runs is what stays too long. */
	share = 1 - pow(DUMMY_LATE, 1.0 / runs(policy));
	if (share >= pool->rate)
		return (HUGE_VAL);
	kept = pool->minimum;
	if (pool->threshold > 1)
		kept += pool->threshold - 1;

	return (share * kept / (1 - share / pool->rate));
}

void
dummy_arrived(struct dummy_control *control, const struct dummy_policy *policy,
    uint32_t others)
{
	double weight = runs(policy) <= 1 ? 1 : 1.0 / runs(policy);

	control->others += weight * (others - control->others);
}

double
dummy_mean(const struct dummy_control *control,
    const struct dummy_policy *policy)
{
	double mean = dummy_needed(policy) - control->others;

	if (!(mean < policy->high))
		return (policy->high);

	return (mean > policy->low ? mean : policy->low);
}

/* Even between 0 and 1. */
static double
draw(const struct rng *rng)
{
	uint32_t r;

	rng_fill(rng, &r, sizeof(r));

	return (r / 4294967296.0);
}

uint32_t
dummy_draw(const struct dummy_control *control,
    const struct dummy_policy *policy, const struct rng *rng)
{
	double mean = dummy_mean(control, policy);
	double spread = fmin(mean - policy->low, policy->high - mean);
	double exact = mean + spread * (2 * draw(rng) - 1);
	uint32_t whole = (uint32_t)exact;

	/* The fraction by another draw, so that the mean is kept. */
	return (whole + (draw(rng) < exact - whole));
}
