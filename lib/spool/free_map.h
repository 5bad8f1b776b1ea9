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

#ifndef SPOOL_FREE_MAP_H
#define SPOOL_FREE_MAP_H

#include <sys/types.h>

#include <stdint.h>

#include "mixing/rng.h"

/*
 * Which slots are free, a bit each, and which is taken next: one at random of a
 * group of 64, a group found at random, until nothing of it is free.  The slots
 * of a batch lie together so, headers and bodies, and a sync writes few large
 * pieces in place of many small ones.  That tells no more about the order of
 * arrival than the batch in the header does.
 */
#define FREE_GROUP	64

struct free_map {
	uint64_t	*groups;
	uint32_t	 ngroups;
	uint32_t	 room;
	uint32_t	 count;
	uint32_t	 current;	/* the group slots are taken from */
};

/* Room for so many slots, a multiple of the group; new ones aren't free. */
int	free_map_grow(struct free_map *, uint32_t slots);
void	free_map_clear(struct free_map *);

/* Forgets what is free from that slot on, a multiple of the group. */
void	free_map_limit(struct free_map *, uint32_t slots);

/* The slot is free, or no more. */
void	free_map_add(struct free_map *, uint32_t id);
void	free_map_remove(struct free_map *, uint32_t id);

/* A free slot, not yet removed; there has to be one. */
uint32_t free_map_pick(struct free_map *, const struct rng *);

#endif
