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

#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/stats.h"

/* Sums in another order: equal all the same. */
#define EQUAL		1e-9

static void *
room(size_t n, size_t size)
{
	void *p = calloc(n == 0 ? 1 : n, size);

	if (p == NULL)
		err(1, "statistics");
	return (p);
}

/* Where the stratum ends that begins with thing i. */
static size_t
stratum_end(const struct stats *s, size_t i)
{
	size_t end = i;

	if (s->stratum == NULL)
		return (s->n);
	while (end < s->n && s->stratum[end] == s->stratum[i])
		end++;
	return (end);
}

static void
shuffle(uint8_t *kind, size_t n, const struct rng *rng)
{
	uint32_t j;
	uint8_t k;

	for (; n > 1; n--) {
		j = rng_uniform(rng, (uint32_t)n);
		k = kind[n - 1];
		kind[n - 1] = kind[j];
		kind[j] = k;
	}
}

static void
deal(const struct stats *s, uint8_t *kind)
{
	size_t i, end;

	for (i = 0; i < s->n; i = end) {
		end = stratum_end(s, i);
		shuffle(kind + i, end - i, s->rng);
	}
}

double
stats_test(const struct stats *s, double (*statistic)(void *, const uint8_t *),
    void *arg)
{
	uint8_t *kind = room(s->n, sizeof(*kind));
	double truth = statistic(arg, s->kind);
	unsigned int as_good = 0, i;

	if (s->n > 0)
		memcpy(kind, s->kind, s->n);
	for (i = 0; i < s->rounds && as_good < STATS_ENOUGH; i++) {
		deal(s, kind);
		if (statistic(arg, kind) >= truth - EQUAL * fabs(truth))
			as_good++;
	}
	free(kind);
	if (as_good == STATS_ENOUGH)
		return ((double)as_good / i);
	return ((as_good + 1.0) / (i + 1.0));
}

struct means {
	size_t	 n;
	double	*value;		/* the mean of the stratum taken off */
};

static double
means_statistic(void *arg, const uint8_t *kind)
{
	const struct means *m = arg;
	double sum = 0;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (kind[i])
			sum += m->value[i];
	return (fabs(sum));
}

double
stats_means(const struct stats *s, const double *value)
{
	struct means m = { s->n, room(s->n, sizeof(double)) };
	double mean, p;
	size_t i, j, end;

	for (i = 0; i < s->n; i = end) {
		end = stratum_end(s, i);
		mean = 0;
		for (j = i; j < end; j++)
			mean += value[j] / (double)(end - i);
		for (j = i; j < end; j++)
			m.value[j] = value[j] - mean;
	}
	p = stats_test(s, means_statistic, &m);
	free(m.value);
	return (p);
}

struct runs {
	const struct stats	*s;
	double			 expected;	/* changes of kind */
};

static double
runs_statistic(void *arg, const uint8_t *kind)
{
	const struct runs *r = arg;
	const uint32_t *stratum = r->s->stratum;
	double changes = 0;
	size_t i;

	for (i = 1; i < r->s->n; i++)
		if (kind[i] != kind[i - 1] &&
		    (stratum == NULL || stratum[i] == stratum[i - 1]))
			changes++;
	return (fabs(changes - r->expected));
}

double
stats_runs(const struct stats *s)
{
	struct runs r = { s, 0 };
	double ones;
	size_t i, j, end;

	for (i = 0; i < s->n; i = end) {
		end = stratum_end(s, i);
		ones = 0;
		for (j = i; j < end; j++)
			ones += s->kind[j];
		r.expected += 2 * ones * ((double)(end - i) - ones) /
		    (double)(end - i);
	}
	return (stats_test(s, runs_statistic, &r));
}

struct octets {
	size_t		 n;
	size_t		 nplaces;	/* where not all are the same */
	uint8_t		*columns;	/* n octets for each of them */
	double		(*counts)[256];	/* how often each value is there */
};

/* Chi-squared of one place; the more values there are the less a bit counts. */
static double
place_statistic(const struct octets *o, size_t place, const uint8_t *kind,
    double share)
{
	const uint8_t *column = o->columns + place * o->n;
	const double *count = o->counts[place];
	unsigned int ones[256] = { 0 };
	double chi = 0, all, off, freedom = -1;
	size_t i;

	for (i = 0; i < o->n; i++)
		ones[column[i]] += kind[i];
	for (i = 0; i < 256; i++) {
		if ((all = count[i]) == 0)
			continue;
		off = ones[i] - all * share;
		chi += off * off / (all * share * (1 - share));
		freedom++;
	}
	return ((chi - freedom) / sqrt(2 * freedom));
}

static double
octets_statistic(void *arg, const uint8_t *kind)
{
	const struct octets *o = arg;
	double most = -1e9, one, share = 0;
	size_t i;

	for (i = 0; i < o->n; i++)
		share += kind[i] / (double)o->n;
	for (i = 0; i < o->nplaces; i++)
		if ((one = place_statistic(o, i, kind, share)) > most)
			most = one;
	return (most);
}

/* Whether all rows have the same octet there. */
static int
is_constant(const uint8_t *rows, size_t n, size_t width, size_t place)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (rows[i * width + place] != rows[place])
			return (0);
	return (1);
}

double
stats_octets(const struct stats *s, const uint8_t *rows, size_t width)
{
	struct octets o = { s->n, 0, room(width, s->n), NULL };
	uint8_t octet;
	size_t i, place;
	double p;

	o.counts = room(width, sizeof(*o.counts));
	for (place = 0; place < width; place++) {
		if (is_constant(rows, s->n, width, place))
			continue;
		for (i = 0; i < s->n; i++) {
			octet = rows[i * width + place];
			o.columns[o.nplaces * s->n + i] = octet;
			o.counts[o.nplaces][octet]++;
		}
		o.nplaces++;
	}
	p = o.nplaces == 0 ? 1 : stats_test(s, octets_statistic, &o);
	free(o.columns);
	free(o.counts);
	return (p);
}

/* Each bit as a vector of things: a deal is one more, and a count of ones. */
struct bits {
	size_t		 n;
	size_t		 words;		/* of a vector */
	size_t		 nplaces;	/* where not all are the same */
	uint64_t	*vectors;
	uint64_t	*mask;		/* of things of kind 1 */
	double		*share;		/* of things that have the bit */
};

static unsigned int
ones(const uint64_t *v, const uint64_t *mask, size_t words)
{
	uint64_t x, bytes = 0;
	unsigned int sum = 0;
	size_t i;

	for (i = 0; i < words; i++) {
		x = v[i] & mask[i];
		x -= x >> 1 & 0x5555555555555555;
		x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
		bytes += (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
		/* Each octet holds eight a word. */
		if (i % 31 == 30 || i + 1 == words) {
			x = (bytes & 0x00ff00ff00ff00ff) +
			    (bytes >> 8 & 0x00ff00ff00ff00ff);
			sum += (unsigned int)(x * 0x0001000100010001 >> 48);
			bytes = 0;
		}
	}
	return (sum);
}

static double
bits_statistic(void *arg, const uint8_t *kind)
{
	struct bits *b = arg;
	double most = 0, off, total = 0;
	size_t i;

	memset(b->mask, 0, b->words * sizeof(*b->mask));
	for (i = 0; i < b->n; i++) {
		b->mask[i / 64] |= (uint64_t)kind[i] << i % 64;
		total += kind[i];
	}
	for (i = 0; i < b->nplaces; i++) {
		off = ones(b->vectors + i * b->words, b->mask, b->words) -
		    b->share[i] * total;
		off *= off / (b->share[i] * (1 - b->share[i]));
		if (off > most)
			most = off;
	}
	return (most);
}

/* Bit place of the rows as a vector; how many things have it. */
static unsigned int
bit_vector(const uint8_t *rows, size_t n, size_t width, size_t place,
    uint64_t *v)
{
	unsigned int sum = 0, bit;
	size_t i;

	for (i = 0; i < n; i++) {
		bit = rows[i * width + place / 8] >> place % 8 & 1;
		v[i / 64] |= (uint64_t)bit << i % 64;
		sum += bit;
	}
	return (sum);
}

double
stats_bits(const struct stats *s, const uint8_t *rows, size_t width)
{
	struct bits b = { s->n, (s->n + 63) / 64, 0, NULL, NULL, NULL };
	uint64_t *v;
	unsigned int sum;
	size_t place;
	double p;

	b.vectors = room(width * 8, b.words * sizeof(*b.vectors));
	b.mask = room(b.words, sizeof(*b.mask));
	b.share = room(width * 8, sizeof(*b.share));
	for (place = 0; place < width * 8; place++) {
		v = b.vectors + b.nplaces * b.words;
		sum = bit_vector(rows, s->n, width, place, v);
		if (sum > 0 && sum < s->n)
			b.share[b.nplaces++] = sum / (double)s->n;
		else
			memset(v, 0, b.words * sizeof(*v));
	}
	p = b.nplaces == 0 ? 1 : stats_test(s, bits_statistic, &b);
	free(b.vectors);
	free(b.mask);
	free(b.share);
	return (p);
}
