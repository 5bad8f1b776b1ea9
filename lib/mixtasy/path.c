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
#include <strings.h>

#include "compat/compat.h"
#include "mixtasy/path_plan.h"

/* Beyond the expected delay, a hop's subkey lives for so long. */
#define PATH_SUBKEY_SPARE	(2 * 60 * 60)

const char *
path_strerror(enum path_error error)
{
	switch (error) {
	case PATH_OK:
		return ("no error");
	case PATH_FEW_MIXES:
		return ("too few usable mixes for the path");
	case PATH_NO_EXIT:
		return ("no usable mix delivers to this recipient");
	case PATH_NO_MIDDLE:
		return ("too few usable mixes that relay (middleman)");
	case PATH_FIRST_UNUSABLE:
		return ("the mix that must be first can't be used");
	case PATH_LAST_UNUSABLE:
		return ("the mix that must be last can't be used");
	case PATH_BAD_LENGTH:
		return ("the path has too few hops, or too many");
	case PATH_UNKNOWN_MIX:
		return ("no such mix in the roster");
	case PATH_HOP_UNUSABLE:
		return ("a mix of the path doesn't relay, or its subkey "
		    "expires too early");
	case PATH_REPEATED:
		return ("a mix is repeated though others could be used");
	}
	return ("unknown error");
}

/* Whether the subkey will be alive when hop k (from 0) gets the message. */
static int
lives_long_enough(const struct roster_mix *mix, const struct path_wish *wish,
    size_t k)
{
	uint64_t until;

	if (mix->subkey_expires == 0)
		return (1);
	until = (uint64_t)wish->now + (uint64_t)k * wish->hop_delay +
	    PATH_SUBKEY_SPARE;
	return (mix->subkey_expires > until);
}

static int
is_exit(const struct roster_mix *mix, const struct path_wish *wish)
{
	if (wish->dummy || mix->modes & MIX_MODE_EXITPUBLIC)
		return (1);
	if ((mix->modes & MIX_MODE_EXITPRIVATE) == 0)
		return (0);
	if (wish->rcpt_mix != NULL &&
	    strcasecmp(mix->address, wish->rcpt_mix) == 0)
		return (1);
	return (wish->rcpt_domain != NULL &&
	    strcasecmp(strchr(mix->address, '@') + 1, wish->rcpt_domain) == 0);
}

static int
may_be_at(const struct roster_mix *mix, const struct path_wish *wish, size_t k,
    size_t length)
{
	if (wish->avoid != NULL && strcasecmp(mix->address, wish->avoid) == 0)
		return (0);
	if (!lives_long_enough(mix, wish, k))
		return (0);
	if (k + 1 == length)
		return (is_exit(mix, wish));
	return ((mix->modes & MIX_MODE_MIDDLEMAN) != 0);
}

/* Whoever may be at position k. */
static int
fill_candidates(const struct roster *roster, const struct path_wish *wish,
    size_t k, struct path_plan *plan)
{
	struct path_candidates *c = &plan->at[k];
	unsigned int rank;
	size_t i;

	c->mixes = reallocarray(NULL, roster->nmixes + 1, sizeof(*c->mixes));
	if (c->mixes == NULL)
		return (-1);
	for (rank = ROSTER_NRANKS; rank-- > 0;) {
		for (i = 0; i < roster->nmixes; i++) {
			if (roster->mixes[i].rank != rank ||
			    !may_be_at(&roster->mixes[i], wish, k,
			    plan->length))
				continue;
			c->mixes[c->n++] = &roster->mixes[i];
			c->of[rank]++;
		}
	}
	return (0);
}

/* Leaves only mix at position k; 0 if it can't be there. */
static int
pin(struct path_plan *plan, size_t k, const struct roster_mix *mix)
{
	struct path_candidates *c = &plan->at[k];
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->mixes[i] == mix) {
			c->mixes[0] = mix;
			c->n = 1;
			memset(c->of, 0, sizeof(c->of));
			c->of[mix->rank] = 1;
			c->pinned = 1;
			return (1);
		}
	}
	return (0);
}

/* The mix of the recipient's provider, or NULL. */
static const struct roster_mix *
rcpt_mix(const struct roster *roster, const struct path_wish *wish)
{
	if (wish->rcpt_mix != NULL)
		return (roster_find(roster, wish->rcpt_mix));
	if (wish->rcpt_domain != NULL)
		return (roster_find_domain(roster, wish->rcpt_domain));
	return (NULL);
}

/* The ends of the path that are given: provider mixes, or a user's choice. */
static enum path_error
pin_ends(const struct roster *roster, const struct path_wish *wish,
    struct path_plan *plan)
{
	const struct roster_mix *mix;

	if (wish->first != NULL) {
		mix = roster_find(roster, wish->first);
		if (mix == NULL || !pin(plan, 0, mix))
			return (PATH_FIRST_UNUSABLE);
	}
	if (wish->last != NULL) {
		mix = roster_find(roster, wish->last);
		if (mix == NULL || !pin(plan, plan->length - 1, mix))
			return (PATH_LAST_UNUSABLE);
	} else if ((mix = rcpt_mix(roster, wish)) != NULL)
		(void)pin(plan, plan->length - 1, mix);
	return (PATH_OK);
}

static enum path_error
make_plan(const struct roster *roster, const struct path_wish *wish,
    size_t length, struct path_plan *plan)
{
	size_t k;

	memset(plan, 0, sizeof(*plan));
	if (length < (wish->dummy ? 1 : PATH_LENGTH_MIN) ||
	    length > MIX_PATH_MAX)
		return (PATH_BAD_LENGTH);
	plan->length = length;
	for (k = 0; k < length; k++)
		if (fill_candidates(roster, wish, k, plan) == -1)
			return (PATH_FEW_MIXES);
	if (plan->at[length - 1].n == 0)
		return (PATH_NO_EXIT);
	for (k = 0; k + 1 < length; k++)
		if (plan->at[k].n == 0)
			return (PATH_NO_MIDDLE);
	return (PATH_OK);
}

static void
copy_hops(const struct path_plan *plan, struct mix_hop *hops)
{
	size_t k;

	for (k = 0; k < plan->length; k++) {
		memset(&hops[k], 0, sizeof(hops[k]));
		(void)strlcpy(hops[k].address, plan->path[k]->address,
		    sizeof(hops[k].address));
		hops[k].subkey = plan->path[k]->subkey;
	}
}

enum path_error
path_select(const struct roster *roster, const struct path_wish *wish,
    const struct rng *rng, struct mix_hop *hops)
{
	struct path_plan plan;
	enum path_error error;

	error = make_plan(roster, wish, wish->length, &plan);
	if (error == PATH_OK)
		error = pin_ends(roster, wish, &plan);
	if (error == PATH_OK)
		error = path_draw(&plan, rng);
	if (error == PATH_OK)
		copy_hops(&plan, hops);
	path_plan_clear(&plan);
	return (error);
}

static enum path_error
unusable_at(size_t k, size_t length)
{
	if (k + 1 == length)
		return (PATH_LAST_UNUSABLE);
	return (k == 0 ? PATH_FIRST_UNUSABLE : PATH_HOP_UNUSABLE);
}

/* Finds the mixes of a fixed path, each where it may be. */
static enum path_error
place(const struct roster *roster, const struct path_wish *wish,
    const char *const *addresses, struct path_plan *plan, const char **bad)
{
	const struct roster_mix *mix;
	size_t k;

	for (k = 0; k < plan->length; k++) {
		*bad = addresses[k];
		if ((mix = roster_find(roster, addresses[k])) == NULL)
			return (PATH_UNKNOWN_MIX);
		if (!may_be_at(mix, wish, k, plan->length))
			return (unusable_at(k, plan->length));
		plan->path[k] = mix;
	}
	*bad = NULL;
	return (PATH_OK);
}

/* Repeats in a fixed path: no more than the roster asks for. */
static enum path_error
check_repeats(struct path_plan *plan, const char *const *addresses,
    const char **bad)
{
	const struct roster_mix *path[MIX_PATH_MAX];
	enum path_repeats level;
	size_t k;

	memcpy(path, plan->path, sizeof(path));
	level = path_best_level(plan);
	memcpy(plan->path, path, sizeof(path));
	if (level == REPEATS_NLEVELS)
		level = REPEATS_NOT_ADJACENT;
	for (k = 0; k < plan->length; k++) {
		if (!path_fits(plan, k, level)) {
			*bad = addresses[k];
			return (PATH_REPEATED);
		}
	}
	return (PATH_OK);
}

enum path_error
path_fixed(const struct roster *roster, const struct path_wish *wish,
    const char *const *addresses, size_t n, struct mix_hop *hops,
    const char **bad)
{
	struct path_plan plan;
	enum path_error error;

	*bad = NULL;
	error = make_plan(roster, wish, n, &plan);
	if (error == PATH_NO_EXIT || error == PATH_NO_MIDDLE ||
	    error == PATH_OK)
		error = place(roster, wish, addresses, &plan, bad);
	if (error == PATH_OK)
		error = check_repeats(&plan, addresses, bad);
	if (error == PATH_OK)
		copy_hops(&plan, hops);
	path_plan_clear(&plan);
	return (error);
}
