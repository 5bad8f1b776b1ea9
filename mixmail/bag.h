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

#ifndef MIXMAIL_BAG_H
#define MIXMAIL_BAG_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mixtasy/roster.h"

/* Certificates of mixes, of each primary key a few copies that differ. */
#define BAG_COPIES_MAX	8
#define BAG_OCTETS_MAX	(48 * 1024 * 1024)

struct bag_copy {
	uint8_t		*buf;
	size_t		 len;
};

struct bag_key {
	uint8_t		 fpr[PGP_FPR_LEN];
	struct bag_copy	 copies[BAG_COPIES_MAX];
	size_t		 ncopies;
};

struct bag {
	struct bag_key	*keys;
	size_t		 nkeys;
	size_t		 room;
	size_t		 octets;
	size_t		 dropped;	/* there was no room for them */
};

void	bag_init(struct bag *);
void	bag_clear(struct bag *);

/* Adds a binary certificate, unless it is there already.  -1: no memory. */
int	bag_add(struct bag *, const uint8_t *cert, size_t len);

/* Adds binary certificates one after another. */
int	bag_add_all(struct bag *, const uint8_t *buf, size_t len);

/*
 * Adds those of older copies that say something which the bag's don't: about a
 * mix that isn't in it, a subkey that expires later, a revocation, or the word
 * of a neutral key.  trust is a roster with those keys.  How many; -1: no
 * memory.
 */
int	bag_keep(struct bag *, const struct bag *older,
	    const struct roster *trust, time_t now);

/* By fingerprints, so that no order tells what came from where. */
void	bag_sort(struct bag *);

/*
 * An empty roster that trusts the neutral keys of another: whose an address is
 * depends on them.  -1: no memory.
 */
int	bag_roster_init(struct roster *, const struct roster *trust);

/* Puts all into a roster; counts as in roster_add(). */
void	bag_roster(const struct bag *, struct roster *, time_t now,
	    size_t counts[ROSTER_NERRORS]);

#endif
