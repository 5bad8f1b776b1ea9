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

#ifndef MIXTASY_PATH_H
#define MIXTASY_PATH_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mixing/rng.h"
#include "mixtasy/layer.h"
#include "mixtasy/roster.h"

#define PATH_LENGTH_MIN		4	/* thesis 6.1.3 */

/*
 * How much more likely than an unranked mix a ranked one is drawn.  Not too
 * much: who chose only a few mixes would share them with too few others.
 */
#define PATH_WEIGHT_UNRANKED	1
#define PATH_WEIGHT_PERSONA	2
#define PATH_WEIGHT_GENERIC	4
#define PATH_WEIGHT_CASUAL	6
#define PATH_WEIGHT_POSITIVE	8
uint32_t path_weight(enum roster_rank);

struct path_wish {
	size_t		 length;	/* hops, at most MIX_PATH_MAX */
	const char	*first;		/* mix address the path must begin
					   with, or NULL: the sender's
					   provider's mix */
	const char	*last;		/* mix address it must end with, or
					   NULL */
	const char	*rcpt_domain;	/* mail domain of the recipient: its
					   mix, if it is in the roster and can
					   be an exit, is last; NULL for a
					   dummy */
	const char	*rcpt_mix;	/* address of the mix that the sender
					   knows to be that domain's, or
					   NULL: the domain's name says */
	const char	*avoid;		/* address of the mix that asks (not
					   used as a hop for its own
					   dummies), or NULL */
	time_t		 now;
	uint32_t	 hop_delay;	/* seconds; subkey of hop k outlives
					   (k - 1) * hop_delay + 2 hours */
	int		 dummy;		/* the last mix needs no exit mode */
};

enum path_error {
	PATH_OK,
	PATH_FEW_MIXES,		/* too few usable mixes for the length */
	PATH_NO_EXIT,		/* no mix that delivers to this recipient */
	PATH_NO_MIDDLE,		/* too few middleman mixes */
	PATH_FIRST_UNUSABLE,	/* first (provider or asked for) can't be
				   used */
	PATH_LAST_UNUSABLE,
	PATH_BAD_LENGTH,	/* under PATH_LENGTH_MIN (a dummy: 1), or
				   over MIX_PATH_MAX */
	PATH_UNKNOWN_MIX,	/* fixed: not in the roster */
	PATH_HOP_UNUSABLE,	/* fixed: neither first nor last: its modes or
				   the life of its subkey */
	PATH_REPEATED		/* fixed: a mix again, where the roster allows
				   better */
};
const char *path_strerror(enum path_error);

/*
 * Draws a path among those allowed: modes respected, no mix twice in
 * succession, no A-B-A (and no mix twice) while the roster allows better.  The
 * probability of a path is in proportion to the product of the weights of its
 * mixes; so all that have the same ranks are equally likely.  While a ranked
 * mix can be used there, one at least is among the hops that are free to choose
 * (neither wish->first, nor wish->last, nor the mix of the recipient's domain);
 * also in a dummy's path, be it of a single hop.  hops holds wish->length
 * entries.  rng must be a cryptographic source.
 */
enum path_error
	path_select(const struct roster *, const struct path_wish *,
	    const struct rng *, struct mix_hop *hops);

/*
 * Takes the path that a user fixed: n addresses, first to last (length, first
 * and last of the wish are passed over).  The rules on modes, subkey life, and
 * repeats hold; that on ranked mixes doesn't: the user may know them.  *bad is
 * the address that broke one, or NULL.
 */
enum path_error
	path_fixed(const struct roster *, const struct path_wish *,
	    const char *const *addresses, size_t n, struct mix_hop *hops,
	    const char **bad);

#endif
