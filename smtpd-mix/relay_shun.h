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

#ifndef SMTPD_MIX_RELAY_SHUN_H
#define SMTPD_MIX_RELAY_SHUN_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mixing/rng.h"
#include "mixing/siphash.h"

/*
 * What could not be reached lately, and isn't tried again for a while: twice as
 * long with each failure.  A bounded table of keyed hashes, which holds neither
 * names nor addresses; when it is full the earliest to be tried again goes.
 */
#define RELAY_SHUN_WAYS		8
#define RELAY_SHUN_SETS		512

struct relay_shun_entry {
	uint64_t	key;
	time_t		until;		/* 0: free */
	unsigned int	wait;		/* seconds, the latest */
};

struct relay_shun {
	uint8_t		secret[SIPHASH_KEY_LEN];
	struct relay_shun_entry entries[RELAY_SHUN_SETS][RELAY_SHUN_WAYS];
};

/* Nothing is shunned; the secret is drawn anew. */
void	relay_shun_init(struct relay_shun *, const struct rng *);

/* The key of some octets; kind keeps apart what must not be mistaken. */
uint64_t relay_shun_key(const struct relay_shun *, uint8_t kind, const void *,
	    size_t);

/* Whether it is not to be tried at the time now: 1 or 0. */
int	relay_shunned(const struct relay_shun *, uint64_t key, time_t now);

/* It failed: first seconds, or twice as many as the last time, at most most. */
void	relay_shun_add(struct relay_shun *, uint64_t key, time_t now,
	    unsigned int first, unsigned int most);

/* It works again. */
void	relay_shun_clear(struct relay_shun *, uint64_t key);

#endif
