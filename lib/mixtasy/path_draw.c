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
#include "mixtasy/path_plan.h"

/*
 * Positions are drawn one by one, and the whole is dropped when two don't go
 * together: so each path has its exact probability.  Where mixes are few that
 * would take long.  So the positions with the fewest candidates, the head, are
 * drawn at once from a table of all that go together, as many of them as make
 * a table of at most HEAD_MAX.  With the others one draw in 100,000 succeeds at
 * worst (8 hops over 8 mixes, the heavier half of them used in the head).
 */
#define PATH_TRIES	4000000
#define HEAD_MAX	4096

struct head {
	size_t		 npositions;	/* the first ones of plan->order */
	size_t		 n;
	struct head_entry {
		uint64_t until;		/* weight of all up to this one */
		uint16_t choice[MIX_PATH_MAX];
	} *entries;
	uint16_t	 choice[MIX_PATH_MAX];	/* while it is made */
};

/* What a draw has to obey. */
struct rules {
	enum path_repeats	level;
	int			ranked;		/* one of the free ones is */
};

uint32_t
path_weight(enum roster_rank rank)
{
	switch (rank) {
	case ROSTER_PERSONA:
		return (PATH_WEIGHT_PERSONA);
	case ROSTER_GENERIC:
		return (PATH_WEIGHT_GENERIC);
	case ROSTER_CASUAL:
		return (PATH_WEIGHT_CASUAL);
	case ROSTER_POSITIVE:
		return (PATH_WEIGHT_POSITIVE);
	default:
		return (PATH_WEIGHT_UNRANKED);
	}
}

void
path_plan_clear(struct path_plan *plan)
{
	size_t k;

	for (k = 0; k < MIX_PATH_MAX; k++)
		free(plan->at[k].mixes);
	memset(plan, 0, sizeof(*plan));
}

int
path_fits(const struct path_plan *plan, size_t k, enum path_repeats level)
{
	size_t i, reach;

	reach = level == REPEATS_NONE ? plan->length :
	    level == REPEATS_NO_ABA ? 2 : 1;
	for (i = k > reach ? k - reach : 0;
	    i < plan->length && i <= k + reach; i++)
		if (i != k && plan->path[i] == plan->path[k])
			return (0);
	return (1);
}

/*
 * The positions with the fewest candidates come first.  So a dead end is met
 * only where a position has no more candidates than others before it have
 * taken: seven at most, and the search for a path stays short.
 */
static void
put_in_order(struct path_plan *plan)
{
	size_t i, j, k;

	for (k = 0; k < plan->length; k++) {
		for (i = 0; i < k; i++)
			if (plan->at[plan->order[i]].n > plan->at[k].n)
				break;
		for (j = k; j > i; j--)
			plan->order[j] = plan->order[j - 1];
		plan->order[i] = k;
	}
}

/* Whether the positions from order[done] on can be filled at this level. */
static int
fill(struct path_plan *plan, size_t done, enum path_repeats level)
{
	struct path_candidates *c;
	size_t i, k;

	if (done == plan->length)
		return (1);
	k = plan->order[done];
	c = &plan->at[k];
	for (i = 0; i < c->n; i++) {
		plan->path[k] = c->mixes[i];
		if (path_fits(plan, k, level) && fill(plan, done + 1, level))
			return (1);
	}
	plan->path[k] = NULL;
	return (0);
}

static int
exists(struct path_plan *plan, enum path_repeats level)
{
	put_in_order(plan);
	memset(plan->path, 0, sizeof(plan->path));
	return (fill(plan, 0, level));
}

enum path_repeats
path_best_level(struct path_plan *plan)
{
	enum path_repeats level;

	for (level = REPEATS_NONE; level < REPEATS_NLEVELS; level++)
		if (exists(plan, level))
			break;
	return (level);
}

/* Whether there is a path with a ranked mix where the choice is free. */
static int
ranked_exists(struct path_plan *plan, enum path_repeats level)
{
	struct path_candidates *c;
	size_t k, n;
	int found = 0;

	for (k = 0; k < plan->length && !found; k++) {
		c = &plan->at[k];
		if (c->pinned)
			continue;
		/* Ranked ones are in front. */
		n = c->n;
		c->n -= c->of[ROSTER_UNRANKED];
		found = exists(plan, level);
		c->n = n;
	}
	return (found);
}

static int
has_ranked(const struct path_plan *plan)
{
	size_t k;

	for (k = 0; k < plan->length; k++)
		if (!plan->at[k].pinned &&
		    plan->path[k]->rank != ROSTER_UNRANKED)
			return (1);
	return (0);
}

/* Draws one with a probability in proportion to its weight. */
static const struct roster_mix *
draw_one(const struct path_candidates *c, const struct rng *rng)
{
	uint32_t at, weight, all = 0;
	unsigned int rank;
	size_t first = 0;

	for (rank = 0; rank < ROSTER_NRANKS; rank++)
		all += (uint32_t)c->of[rank] * path_weight(rank);
	at = rng_uniform(rng, all);
	for (rank = ROSTER_NRANKS - 1; rank > 0; rank--) {
		weight = path_weight(rank);
		if (at < c->of[rank] * weight)
			return (c->mixes[first + at / weight]);
		at -= (uint32_t)c->of[rank] * weight;
		first += c->of[rank];
	}
	return (c->mixes[first + at / path_weight(rank)]);
}

/* A number below bound, which isn't 0. */
static uint64_t
uniform64(const struct rng *rng, uint64_t bound)
{
	uint64_t mask = bound - 1, v;
	unsigned int shift;

	for (shift = 1; shift < 64; shift *= 2)
		mask |= mask >> shift;
	do {
		rng_fill(rng, &v, sizeof(v));
		v &= mask;
	} while (v >= bound);
	return (v);
}

static void
head_add(struct head *head, uint64_t weight)
{
	struct head_entry *e = &head->entries[head->n];

	e->until = weight + (head->n == 0 ? 0 : e[-1].until);
	memcpy(e->choice, head->choice, sizeof(e->choice));
	head->n++;
}

/* Adds all fillings of the head's positions from order[done] on. */
static void
head_fill(struct path_plan *plan, const struct rules *rules,
    struct head *head, size_t done, uint64_t weight)
{
	struct path_candidates *c;
	size_t i, k;

	if (done == head->npositions) {
		if (done < plan->length || !rules->ranked || has_ranked(plan))
			head_add(head, weight);
		return;
	}
	k = plan->order[done];
	c = &plan->at[k];
	for (i = 0; i < c->n; i++) {
		plan->path[k] = c->mixes[i];
		head->choice[done] = (uint16_t)i;
		if (path_fits(plan, k, rules->level))
			head_fill(plan, rules, head, done + 1, weight *
			    path_weight(c->mixes[i]->rank));
	}
	plan->path[k] = NULL;
}

static int
head_make(struct path_plan *plan, const struct rules *rules,
    struct head *head)
{
	size_t n, size = 1;

	memset(head, 0, sizeof(*head));
	for (; head->npositions < plan->length; head->npositions++) {
		n = plan->at[plan->order[head->npositions]].n;
		if (size * n > HEAD_MAX)
			break;
		size *= n;
	}
	head->entries = calloc(size, sizeof(*head->entries));
	if (head->entries == NULL)
		return (-1);
	memset(plan->path, 0, sizeof(plan->path));
	head_fill(plan, rules, head, 0, 1);
	return (0);
}

static void
head_draw(struct path_plan *plan, const struct head *head,
    const struct rng *rng)
{
	const struct head_entry *e = head->entries;
	size_t low = 0, high = head->n - 1, mid, i, k;
	uint64_t at;

	at = uniform64(rng, e[high].until);
	while (low < high) {
		mid = low + (high - low) / 2;
		if (e[mid].until <= at)
			low = mid + 1;
		else
			high = mid;
	}
	for (i = 0; i < head->npositions; i++) {
		k = plan->order[i];
		plan->path[k] = plan->at[k].mixes[e[low].choice[i]];
	}
}

/* One draw; 0 when two positions don't go together. */
static int
draw(struct path_plan *plan, const struct rules *rules,
    const struct head *head, const struct rng *rng)
{
	size_t i, k;

	memset(plan->path, 0, sizeof(plan->path));
	head_draw(plan, head, rng);
	for (i = head->npositions; i < plan->length; i++) {
		k = plan->order[i];
		plan->path[k] = draw_one(&plan->at[k], rng);
		if (!path_fits(plan, k, rules->level))
			return (0);
	}
	return (!rules->ranked || has_ranked(plan));
}

enum path_error
path_draw(struct path_plan *plan, const struct rng *rng)
{
	enum path_error error = PATH_FEW_MIXES;
	struct rules rules;
	struct head head;
	uint32_t i;

	rules.level = path_best_level(plan);
	if (rules.level == REPEATS_NLEVELS)
		return (PATH_FEW_MIXES);
	rules.ranked = ranked_exists(plan, rules.level);
	put_in_order(plan);
	if (head_make(plan, &rules, &head) == -1)
		return (PATH_FEW_MIXES);
	for (i = 0; i < PATH_TRIES && head.n > 0; i++) {
		if (draw(plan, &rules, &head, rng)) {
			error = PATH_OK;
			break;
		}
	}
	free(head.entries);
	return (error);
}
