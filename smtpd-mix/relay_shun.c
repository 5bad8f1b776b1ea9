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

#include "relay_shun.h"

#define OCTETS_MAX	512

void
relay_shun_init(struct relay_shun *shun, const struct rng *rng)
{
	memset(shun, 0, sizeof(*shun));
	rng_fill(rng, shun->secret, sizeof(shun->secret));
}

uint64_t
relay_shun_key(const struct relay_shun *shun, uint8_t kind, const void *octets,
    size_t len)
{
	uint8_t buf[1 + OCTETS_MAX];

	if (len > OCTETS_MAX)
		len = OCTETS_MAX;
	buf[0] = kind;
	memcpy(buf + 1, octets, len);

	return (siphash(shun->secret, buf, 1 + len));
}

static size_t
set_of(uint64_t key)
{
	return ((size_t)(key % RELAY_SHUN_SETS));
}

/* The entry of a key, or -1. */
static int
find(const struct relay_shun *shun, uint64_t key)
{
	const struct relay_shun_entry *set = shun->entries[set_of(key)];
	int i;

	for (i = 0; i < RELAY_SHUN_WAYS; i++)
		if (set[i].until != 0 && set[i].key == key)
			return (i);

	return (-1);
}

int
relay_shunned(const struct relay_shun *shun, uint64_t key, time_t now)
{
	int i = find(shun, key);

	return (i != -1 && now < shun->entries[set_of(key)][i].until);
}

/* The one that is free, or soonest to be tried again. */
static struct relay_shun_entry *
least(struct relay_shun_entry *set)
{
	int i, best = 0;

	for (i = 1; i < RELAY_SHUN_WAYS; i++)
		if (set[i].until < set[best].until)
			best = i;

	return (&set[best]);
}

void
relay_shun_add(struct relay_shun *shun, uint64_t key, time_t now,
    unsigned int first, unsigned int most)
{
	struct relay_shun_entry *set = shun->entries[set_of(key)], *e;
	int i = find(shun, key);

	e = i == -1 ? least(set) : &set[i];
	/* What has not failed for long begins anew. */
	if (i == -1 || now >= e->until + 2 * (time_t)most)
		e->wait = 0;
	e->key = key;
	e->wait = e->wait == 0 ? first : e->wait * 2;
	if (e->wait > most)
		e->wait = most;
	e->until = now + (time_t)e->wait;
}

void
relay_shun_clear(struct relay_shun *shun, uint64_t key)
{
	int i = find(shun, key);

	if (i != -1)
		memset(&shun->entries[set_of(key)][i], 0,
		    sizeof(shun->entries[0][0]));
}
