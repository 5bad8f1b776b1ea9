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

#include "compat/compat.h"
#include "mixing/replayset.h"
#include "mixing/siphash.h"

/*
 * Open addressing with linear probing.  An entry's home is its hash scaled to
 * the table's size, so that the size is free and growth by half keeps it dense.
 * Removal shifts back what follows: no tombstones.
 */
#define FIRST_SIZE	64

struct entry {
	uint32_t	hash;		/* 0: empty */
	uint32_t	tag;
	uint8_t		digest[REPLAYSET_DIGEST_LEN];
};

struct replayset {
	uint8_t		 key[SIPHASH_KEY_LEN];
	struct entry	*entries;
	size_t		 size;
	size_t		 count;
};

static uint32_t
hash_of(const struct replayset *set, const uint8_t *digest)
{
	uint32_t h;

	h = (uint32_t)siphash(set->key, digest, REPLAYSET_DIGEST_LEN);
	return (h == 0 ? 1 : h);
}

static size_t
home_of(const struct replayset *set, uint32_t hash)
{
	return ((size_t)(((uint64_t)hash * set->size) >> 32));
}

static size_t
after(const struct replayset *set, size_t i)
{
	return (i + 1 == set->size ? 0 : i + 1);
}

/* Where the digest is or, if it isn't there, where it belongs. */
static size_t
find(const struct replayset *set, uint32_t hash, const uint8_t *digest)
{
	const struct entry *e;
	size_t i;

	for (i = home_of(set, hash); ; i = after(set, i)) {
		e = &set->entries[i];
		if (e->hash == 0 || (e->hash == hash &&
		    memcmp(e->digest, digest, REPLAYSET_DIGEST_LEN) == 0))
			return (i);
	}
}

static int
resize(struct replayset *set, size_t size)
{
	struct entry *old = set->entries;
	size_t old_size = set->size, i;

	if (size > UINT32_MAX)
		return (-1);
	if ((set->entries = calloc(size, sizeof(*old))) == NULL) {
		set->entries = old;
		return (-1);
	}
	set->size = size;
	for (i = 0; i < old_size; i++)
		if (old[i].hash != 0)
			set->entries[find(set, old[i].hash, old[i].digest)] =
			    old[i];
	free(old);
	return (0);
}

/* An entry may go back to a hole that isn't before its home. */
static int
may_move(const struct replayset *set, size_t home, size_t hole, size_t from)
{
	size_t gap, way;

	gap = (from + set->size - hole) % set->size;
	way = (from + set->size - home) % set->size;
	return (way >= gap);
}

static void
remove_at(struct replayset *set, size_t hole)
{
	size_t i;

	for (i = after(set, hole); set->entries[i].hash != 0;
	    i = after(set, i)) {
		if (may_move(set, home_of(set, set->entries[i].hash), hole,
		    i)) {
			set->entries[hole] = set->entries[i];
			hole = i;
		}
	}
	memset(&set->entries[hole], 0, sizeof(set->entries[hole]));
	set->count--;
}

struct replayset *
replayset_new(const struct rng *rng)
{
	struct replayset *set;

	if ((set = calloc(1, sizeof(*set))) == NULL)
		return (NULL);
	rng_fill(rng, set->key, sizeof(set->key));
	if (resize(set, FIRST_SIZE) == -1) {
		free(set);
		return (NULL);
	}
	return (set);
}

void
replayset_free(struct replayset *set)
{
	if (set == NULL)
		return;
	free(set->entries);
	freezero(set, sizeof(*set));
}

int
replayset_has(const struct replayset *set,
    const uint8_t digest[REPLAYSET_DIGEST_LEN])
{
	return (set->entries[find(set, hash_of(set, digest),
	    digest)].hash != 0);
}

int
replayset_insert(struct replayset *set,
    const uint8_t digest[REPLAYSET_DIGEST_LEN], uint32_t tag)
{
	uint32_t hash = hash_of(set, digest);
	struct entry *e;

	e = &set->entries[find(set, hash, digest)];
	if (e->hash != 0)
		return (0);

	/* At four fifths a search is 3 entries long if it finds, else 13. */
	if (set->count >= set->size / 5 * 4) {
		if (resize(set, set->size + set->size / 2) == -1)
			return (-1);
		e = &set->entries[find(set, hash, digest)];
	}
	e->hash = hash;
	e->tag = tag;
	memcpy(e->digest, digest, REPLAYSET_DIGEST_LEN);
	set->count++;
	return (1);
}

void
replayset_withdraw(struct replayset *set,
    const uint8_t digest[REPLAYSET_DIGEST_LEN])
{
	size_t i = find(set, hash_of(set, digest), digest);

	if (set->entries[i].hash != 0)
		remove_at(set, i);
}

void
replayset_drop(struct replayset *set, uint32_t tag)
{
	size_t i = 0, size;

	/* A removal can bring another one to the same place. */
	while (i < set->size) {
		if (set->entries[i].hash != 0 && set->entries[i].tag == tag)
			remove_at(set, i);
		else
			i++;
	}
	/* No memory for a smaller table: the larger one serves too. */
	size = set->count * 2 < FIRST_SIZE ? FIRST_SIZE : set->count * 2;
	if (size < set->size / 2)
		(void)resize(set, size);
}

size_t
replayset_count(const struct replayset *set)
{
	return (set->count);
}
