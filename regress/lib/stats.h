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

#ifndef REGRESS_STATS_H
#define REGRESS_STATS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixing/rng.h"

/*
 * Permutation tests: whether things of two kinds can be told apart by a
 * feature.  The kinds are dealt out anew, at random, many times; p is the share
 * of these deals in which the feature tells them apart at least as well as it
 * does in truth.  Things that can't be told apart give a p drawn evenly from 0
 * to 1.
 *
 * Once STATS_ENOUGH deals have been as good as the truth there are no more, and
 * p is STATS_ENOUGH by their number, which is as valid a p (Besag and Clifford,
 * Sequential Monte Carlo p-values, 1991): a large one costs little time.
 */
#define STATS_ENOUGH	20

struct stats {
	size_t		 n;		/* things */
	const uint8_t	*kind;		/* of each: 0 or 1 */
	const uint32_t	*stratum;	/* of each, equal ones in a row: kinds
					   are dealt out within it; NULL: one */
	unsigned int	 rounds;	/* deals at most */
	const struct rng *rng;
};

/*
 * Any feature: statistic says how far apart the kinds are when they are those.
 * All of these functions end the program when there is no memory.
 */
double	stats_test(const struct stats *, double (*statistic)(void *arg,
	    const uint8_t *kind), void *arg);

/* A value of each thing: by the difference of the kinds' means. */
double	stats_means(const struct stats *, const double *value);

/*
 * The order of the things: by how often things of two kinds follow each other,
 * too seldom or too often.
 */
double	stats_runs(const struct stats *);

/*
 * Octets, width of them in a row for each thing: by how much the values at one
 * place differ most, in any way (chi-squared).
 */
double	stats_octets(const struct stats *, const uint8_t *rows, size_t width);

/*
 * The same for long rows: by the bit that differs most in how often it is set.
 */
double	stats_bits(const struct stats *, const uint8_t *rows, size_t width);

#endif
