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

#ifndef MIXTASY_PATH_PLAN_H
#define MIXTASY_PATH_PLAN_H

#include <stddef.h>

#include "mixtasy/path.h"

/* Which mixes may be where on a path that is to be drawn; path.c fills it. */

/* How mixes may be repeated: what is wanted first, what is put up with last. */
enum path_repeats {
	REPEATS_NONE,
	REPEATS_NO_ABA,
	REPEATS_NOT_ADJACENT,
	REPEATS_NLEVELS
};

/* The mixes that may be at one position. */
struct path_candidates {
	const struct roster_mix	**mixes;	/* the highest rank first */
	size_t			  n;
	size_t			  of[ROSTER_NRANKS];	/* of each rank */
	int			  pinned;	/* not free to choose */
};

struct path_plan {
	struct path_candidates	 at[MIX_PATH_MAX];
	size_t			 length;
	size_t			 order[MIX_PATH_MAX];	/* to fill them in */
	const struct roster_mix	*path[MIX_PATH_MAX];	/* NULL: not yet */
};

/* Frees the candidates. */
void	path_plan_clear(struct path_plan *);

/* Whether path[k] goes with those that are chosen already. */
int	path_fits(const struct path_plan *, size_t k, enum path_repeats);

/* The strictest level at which there is a path; REPEATS_NLEVELS: none. */
enum path_repeats
	path_best_level(struct path_plan *);

/*
 * Draws a path at the strictest level into plan->path: each with a probability
 * in proportion to the product of the weights of its mixes.  Where one of the
 * positions that are free can be taken by a ranked mix, one is.  PATH_OK or
 * PATH_FEW_MIXES.
 */
enum path_error
	path_draw(struct path_plan *, const struct rng *);

#endif
