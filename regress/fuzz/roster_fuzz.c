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

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "mixtasy/roster.h"

#define NOW	1750000000

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct roster *r)
{
	const struct roster_mix *mix;
	size_t i;

	for (i = 0; i < r->nmixes; i++) {
		mix = &r->mixes[i];
		assert(roster_find(r, mix->address) == mix);
		assert(mix->subkey_expires == 0 || mix->subkey_expires > NOW);
		assert(i == 0 ||
		    strcmp(r->mixes[i - 1].address, mix->address) < 0);
	}
}

/* Whoever is in there is trusted, too. */
static void
check_trust(const uint8_t *data, size_t len)
{
	size_t counts[ROSTER_NERRORS] = { 0 }, i;
	struct roster r;

	roster_init(&r);
	assert(roster_trust_add(&r, data, len, NOW, counts) ==
	    counts[ROSTER_OK]);
	assert(r.ntrusters <= PGP_TRUSTERS_MAX);
	(void)roster_add(&r, data, len, NOW, counts);
	check(&r);
	for (i = 0; i < r.nmixes; i++)
		assert(r.mixes[i].rank < ROSTER_NRANKS &&
		    (r.ntrusters > 0 || r.mixes[i].rank == ROSTER_UNRANKED));
	roster_clear(&r);
}

/* What was added once is known when it is added again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t counts[ROSTER_NERRORS] = { 0 }, n;
	uint8_t one[32], two[32];
	struct roster r;

	check_trust(data, len);
	roster_init(&r);
	(void)roster_add(&r, data, len, NOW, counts);
	check(&r);
	n = r.nmixes;
	roster_digest(&r, one);
	(void)roster_add(&r, data, len, NOW, counts);
	check(&r);
	roster_digest(&r, two);
	assert(r.nmixes == n && memcmp(one, two, sizeof(one)) == 0);
	roster_clear(&r);
	return (0);
}
