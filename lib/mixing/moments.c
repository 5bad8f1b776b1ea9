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

#include <stdint.h>
#include <stdlib.h>

#include "mixing/moments.h"

static int
later(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void
moments_draw(struct moments *m, const struct rng *rng, uint32_t interval,
    uint32_t n)
{
	uint32_t i;

	m->n = n < MOMENTS_MAX ? n : MOMENTS_MAX;
	m->next = 0;
	for (i = 0; i < m->n; i++)
		m->at[i] = rng_uniform(rng, interval);
	qsort(m->at, m->n, sizeof(m->at[0]), later);
}

uint32_t
moments_due(struct moments *m, uint32_t elapsed, uint32_t most)
{
	uint32_t n = 0;

	while (n < most && m->next < m->n && m->at[m->next] <= elapsed) {
		m->next++;
		n++;
	}
	return n;
}

uint32_t
moments_wait(const struct moments *m, uint32_t elapsed)
{
	if (m->next >= m->n)
		return 0;
	if (m->at[m->next] <= elapsed)
		return 1;
	return m->at[m->next] - elapsed;
}
