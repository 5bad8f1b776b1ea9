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

#ifndef MIXING_REPLAYSET_H
#define MIXING_REPLAYSET_H

#include <stddef.h>
#include <stdint.h>

#include "mixing/rng.h"

#define REPLAYSET_DIGEST_LEN	20

/*
 * A set of digests, hashed with a secret key so that nobody can choose
 * collisions.  Every digest carries the tag of its subkey, so that those of an
 * expired subkey can be dropped at once.
 */
struct replayset;

/* An empty set, or NULL: no memory. */
struct replayset *replayset_new(const struct rng *);
void	replayset_free(struct replayset *);

/* Whether a digest is in it. */
int	replayset_has(const struct replayset *,
	    const uint8_t digest[REPLAYSET_DIGEST_LEN]);

/* 1: inserted, 0: was there, -1: out of memory. */
int	replayset_insert(struct replayset *,
	    const uint8_t digest[REPLAYSET_DIGEST_LEN], uint32_t tag);

/* Takes one digest out again (its commit failed).  */
void	replayset_withdraw(struct replayset *,
	    const uint8_t digest[REPLAYSET_DIGEST_LEN]);

/* Drops all digests with the tag. */
void	replayset_drop(struct replayset *, uint32_t tag);

/* How many digests are in it. */
size_t	replayset_count(const struct replayset *);

#endif
