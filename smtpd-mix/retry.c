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

#include "retry.h"

#define MINUTE	60
#define HOUR	3600

uint64_t
retry_delay(uint32_t first, uint32_t max, uint32_t tries,
    const struct rng *rng)
{
	uint64_t wait = first;

	while (tries-- > 1 && wait < max)
		wait *= 2;
	if (wait > max)
		wait = max;

	return (wait + rng_uniform(rng, (uint32_t)(wait / 4 + 1)));
}

uint64_t
retry_soon(uint32_t first, const struct rng *rng)
{
	uint32_t wait = first < MINUTE ? first : MINUTE;

	return (wait / 2 + 1 + rng_uniform(rng, wait + 1));
}

uint64_t
retry_fired(uint64_t now, uint32_t expire)
{
	uint64_t grain = expire / 24;

	if (grain > HOUR)
		grain = HOUR;

	return (grain < 2 ? now : now - now % grain);
}

int
retry_expired(uint64_t fired, uint64_t now, uint32_t expire)
{
	return (now >= fired && now - fired >= expire);
}
