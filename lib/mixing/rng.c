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

#include "mixing/rng.h"

void
rng_fill(const struct rng *rng, void *buf, size_t len)
{
	rng->fill(rng->ctx, buf, len);
}

uint32_t
rng_uniform(const struct rng *rng, uint32_t bound)
{
	uint32_t r, min;

	if (bound < 2)
		return (0);

	/* Below 2^32 mod bound the residues would not be uniform. */
	min = -bound % bound;
	do {
		rng_fill(rng, &r, sizeof(r));
	} while (r < min);

	return (r % bound);
}
