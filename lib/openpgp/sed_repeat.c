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

#include <string.h>

#include "openpgp/session.h"

#define BLOCK		16
#define RESYNC		2

/* Twice as many places as blocks, so that a place is soon found. */
#define BLOCKS_MAX	(PGP_SED_REPEAT_MAX / BLOCK)
#define SLOT_BITS	13
#define NSLOTS		(1U << SLOT_BITS)

_Static_assert(NSLOTS >= 2 * BLOCKS_MAX, "the table must stay half empty");

struct hash_key {
	uint64_t	a;
	uint64_t	b;
};

/*
 * Multiply-shift with keys drawn for this one message: nobody can choose
 * blocks that fall together.
 */
static unsigned int
block_slot(const uint8_t *block, const struct hash_key *key)
{
	uint64_t w[2];

	memcpy(w, block, sizeof(w));
	return ((unsigned int)((w[0] * key->a + w[1] * key->b) >>
	    (64 - SLOT_BITS)));
}

int
pgp_sed_has_repeat(const uint8_t *in, size_t len, const struct rng *rng)
{
	uint16_t slots[NSLOTS];		/* number of a block, from 1; 0: free */
	struct hash_key key;
	const uint8_t *feed;
	size_t nblocks, i;
	unsigned int s;

	if (len <= PGP_SED_PREFIX)
		return (0);
	if (len > PGP_SED_REPEAT_MAX)
		return (1);
	/* The last block feeds no key stream, whole or not. */
	nblocks = (len - PGP_SED_PREFIX + BLOCK - 1) / BLOCK;
	feed = in + RESYNC;

	memset(slots, 0, sizeof(slots));
	rng_fill(rng, &key, sizeof(key));
	key.a |= 1;
	key.b |= 1;
	for (i = 0; i < nblocks; i++) {
		s = block_slot(feed + i * BLOCK, &key);
		for (; slots[s] != 0; s = (s + 1) % NSLOTS) {
			if (memcmp(feed + (slots[s] - 1U) * BLOCK,
			    feed + i * BLOCK, BLOCK) == 0)
				return (1);
		}
		slots[s] = (uint16_t)(i + 1);
	}
	return (0);
}
