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
#include <string.h>

#include "compat/compat.h"
#include "spool/free_map.h"

/* Of so many groups the emptiest is taken: the longer it lasts. */
#define TRIES	8

int
free_map_grow(struct free_map *map, uint32_t slots)
{
	uint32_t ngroups = slots / FREE_GROUP;
	uint64_t *groups;

	if (ngroups <= map->ngroups)
		return (0);
	if (ngroups > map->room) {
		if ((groups = reallocarray(map->groups, ngroups,
		    sizeof(*groups))) == NULL)
			return (-1);
		map->groups = groups;
		map->room = ngroups;
	}
	memset(map->groups + map->ngroups, 0,
	    (ngroups - map->ngroups) * sizeof(*groups));
	if (map->ngroups == 0)
		map->current = UINT32_MAX;	/* none yet */
	map->ngroups = ngroups;
	return (0);
}

static uint32_t
bits(uint64_t x)
{
	uint32_t n;

	for (n = 0; x != 0; n++)
		x &= x - 1;
	return (n);
}

void
free_map_limit(struct free_map *map, uint32_t slots)
{
	while (map->ngroups > slots / FREE_GROUP)
		map->count -= bits(map->groups[--map->ngroups]);
}

void
free_map_clear(struct free_map *map)
{
	free(map->groups);
	memset(map, 0, sizeof(*map));
}

void
free_map_add(struct free_map *map, uint32_t id)
{
	map->groups[id / FREE_GROUP] |= (uint64_t)1 << id % FREE_GROUP;
	map->count++;
}

void
free_map_remove(struct free_map *map, uint32_t id)
{
	map->groups[id / FREE_GROUP] &= ~((uint64_t)1 << id % FREE_GROUP);
	map->count--;
}

static uint32_t
find_group(const struct free_map *map, const struct rng *rng)
{
	uint32_t best, group, i;

	best = rng_uniform(rng, map->ngroups);
	for (i = 1; i < TRIES; i++) {
		group = rng_uniform(rng, map->ngroups);
		if (bits(map->groups[group]) > bits(map->groups[best]))
			best = group;
	}
	/* Nearly full: on to the next that has any. */
	while (map->groups[best] == 0)
		best = (best + 1) % map->ngroups;
	return (best);
}

uint32_t
free_map_pick(struct free_map *map, const struct rng *rng)
{
	uint64_t group, lowest;
	uint32_t n;

	if (map->current >= map->ngroups || map->groups[map->current] == 0)
		map->current = find_group(map, rng);
	group = map->groups[map->current];
	for (n = rng_uniform(rng, bits(group)); n > 0; n--)
		group &= group - 1;
	lowest = group & ~(group - 1);
	return (map->current * FREE_GROUP + bits(lowest - 1));
}
