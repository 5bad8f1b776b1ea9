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

#include <stdlib.h>
#include <string.h>

#include "dns/order.h"

static void
swap(void *a, void *b, void *room, size_t size)
{
	memcpy(room, a, size);
	memcpy(a, b, size);
	memcpy(b, room, size);
}

static void
shuffle_mx(struct dns_mx *mx, size_t n, const struct rng *rng)
{
	struct dns_mx room;

	for (; n > 1; n--)
		swap(&mx[n - 1], &mx[rng_uniform(rng, (uint32_t)n)], &room,
		    sizeof(room));
}

static int
compare(const void *a, const void *b)
{
	const struct dns_mx *x = a, *y = b;

	return ((x->preference > y->preference) -
	    (x->preference < y->preference));
}

static int
is_named(const struct dns_mx *mx, size_t n, const char *host)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(mx[i].host, host) == 0)
			return (1);

	return (0);
}

size_t
dns_mx_order(struct dns_mx *mx, size_t n, const struct rng *rng)
{
	size_t i, same, left = 0;

	if (n == 0)
		return (0);
	qsort(mx, n, sizeof(*mx), compare);
	for (i = 0; i < n; i += same) {
		for (same = 1; i + same < n &&
		    mx[i + same].preference == mx[i].preference; same++)
			;
		shuffle_mx(mx + i, same, rng);
	}
	for (i = 0; i < n; i++)
		if (!is_named(mx, left, mx[i].host))
			mx[left++] = mx[i];

	return (left);
}

static void
shuffle_addrs(struct proto_addr *a, size_t n, const struct rng *rng)
{
	struct proto_addr room;

	for (; n > 1; n--)
		swap(&a[n - 1], &a[rng_uniform(rng, (uint32_t)n)], &room,
		    sizeof(room));
}

/* The first one from i on that is of the family, or n. */
static size_t
find_family(const struct proto_addr *a, size_t i, size_t n, uint32_t family)
{
	while (i < n && a[i].family != family)
		i++;

	return (i);
}

void
dns_addr_order(struct proto_addr *a, size_t n, const struct rng *rng)
{
	struct proto_addr room;
	uint32_t want = 6;
	size_t i, found;

	shuffle_addrs(a, n, rng);
	for (i = 0; i < n; i++, want = 10 - want) {
		found = find_family(a, i, n, want);
		if (found < n)
			swap(&a[i], &a[found], &room, sizeof(room));
	}
}
