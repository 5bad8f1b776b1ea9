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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/testutil.h"
#include "mixtasy/path.h"

#define NOW	1750000000
#define DELAY	(4 * 60 * 60)
#define ALL	(MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPUBLIC)

static struct roster_mix mixes[26];
static struct roster roster;
static struct path_wish wish;
static struct mix_hop hops[MIX_PATH_MAX];
static struct test_rng rng_state;
static struct rng rng;

/* Mixes a, b, c ... @x.example of the ranks that the digits say. */
static void
set_up(const char *ranks)
{
	size_t i, n = strlen(ranks);

	ATF_REQUIRE(n <= 26);
	rng = test_rng(&rng_state, 47);
	memset(mixes, 0, sizeof(mixes));
	for (i = 0; i < n; i++) {
		(void)snprintf(mixes[i].address, sizeof(mixes[i].address),
		    "mixtasy@%c.x.example", (char)('a' + i));
		mixes[i].modes = ALL;
		mixes[i].rank = (uint8_t)(ranks[i] - '0');
	}
	roster_init(&roster);
	roster.mixes = mixes;
	roster.nmixes = n;
	memset(&wish, 0, sizeof(wish));
	wish.length = 4;
	wish.now = NOW;
	wish.hop_delay = DELAY;
	wish.rcpt_domain = "rcpt.example.org";
}

static enum path_error
draw(void)
{
	return (path_select(&roster, &wish, &rng, hops));
}

/* The number of the mix at hop k. */
static size_t
hop(size_t k)
{
	return ((size_t)(hops[k].address[strlen("mixtasy@")] - 'a'));
}

static unsigned int
rank(size_t k)
{
	return (mixes[hop(k)].rank);
}

static int
has_ranked(size_t from, size_t to)
{
	for (; from < to; from++)
		if (rank(from) != ROSTER_UNRANKED)
			return (1);
	return (0);
}

/*
 * Paths fall into bins: each into its own, or where there are too many into
 * that of the ranks of its hops.
 */
#define BINS	(8 * 8 * 8 * 8)

static size_t
bin(const size_t path[4], int by_rank)
{
	size_t k, code = 0;

	for (k = 0; k < 4; k++)
		code = code * 8 + (by_rank ? mixes[path[k]].rank : path[k]);
	return (code);
}

/* The weights of all paths of four different mixes that may be drawn. */
static double
expect(double *weights, int by_rank)
{
	size_t p[4], n = roster.nmixes, i;
	double sum = 0, w;

	memset(weights, 0, BINS * sizeof(*weights));
	for (i = 0; i < n * n * n * n; i++) {
		p[0] = i % n;
		p[1] = i / n % n;
		p[2] = i / n / n % n;
		p[3] = i / n / n / n;
		if (p[0] == p[1] || p[0] == p[2] || p[0] == p[3] ||
		    p[1] == p[2] || p[1] == p[3] || p[2] == p[3] ||
		    mixes[p[0]].rank + mixes[p[1]].rank + mixes[p[2]].rank +
		    mixes[p[3]].rank == 0)
			continue;
		w = (double)path_weight(mixes[p[0]].rank) *
		    path_weight(mixes[p[1]].rank) *
		    path_weight(mixes[p[2]].rank) *
		    path_weight(mixes[p[3]].rank);
		weights[bin(p, by_rank)] += w;
		sum += w;
	}
	return (sum);
}

/*
 * Chi-square over the bins, within 5 standard deviations of its mean
 * (variance: twice the degrees of freedom).
 */
static void
check_distribution(size_t draws, int by_rank)
{
	static double weights[BINS];
	static uint32_t seen[BINS];
	double sum, expected, d, chi2 = 0, over;
	size_t path[4], i, k, freedom = 0;

	sum = expect(weights, by_rank);
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < draws; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		for (k = 0; k < 4; k++)
			path[k] = hop(k);
		seen[bin(path, by_rank)]++;
	}
	for (i = 0; i < BINS; i++) {
		if (weights[i] == 0) {
			ATF_CHECK_EQ(0, seen[i]);
			continue;
		}
		expected = (double)draws * weights[i] / sum;
		ATF_REQUIRE_MSG(expected >= 5, "too few draws: %g", expected);
		d = (double)seen[i] - expected;
		chi2 += d * d / expected;
		freedom++;
	}
	over = chi2 - (double)(freedom - 1);
	ATF_CHECK_MSG(over * over < 25 * 2 * (double)(freedom - 1),
	    "chi-square %g, %zu degrees of freedom", chi2, freedom - 1);
}

ATF_TC_WITHOUT_HEAD(paths_are_drawn_by_weight);
ATF_TC_BODY(paths_are_drawn_by_weight, tc)
{
	set_up("001234");
	check_distribution(300000, 0);
}

ATF_TC_WITHOUT_HEAD(paths_are_drawn_by_weight_from_many_mixes);
ATF_TC_BODY(paths_are_drawn_by_weight_from_many_mixes, tc)
{
	/* Too many for a table of the whole path. */
	set_up("00000000111222333444");
	check_distribution(300000, 1);
}

ATF_TC_WITHOUT_HEAD(paths_of_one_ranked_mix_among_others_are_exact);
ATF_TC_BODY(paths_of_one_ranked_mix_among_others_are_exact, tc)
{
	set_up("0000100");
	check_distribution(100000, 0);
}

ATF_TC_WITHOUT_HEAD(weights_rise_with_rank);
ATF_TC_BODY(weights_rise_with_rank, tc)
{
	unsigned int r;

	for (r = 1; r < ROSTER_NRANKS; r++)
		ATF_CHECK(path_weight(r) > path_weight(r - 1));
	ATF_CHECK_EQ(1, path_weight(ROSTER_UNRANKED));
}

ATF_TC_WITHOUT_HEAD(paths_are_not_of_unranked_mixes_alone);
ATF_TC_BODY(paths_are_not_of_unranked_mixes_alone, tc)
{
	int i, alone = 0;

	/* The one ranked mix is the least likely to be drawn by weight. */
	set_up("00000000000000000000000001");
	for (i = 0; i < 500; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK(has_ranked(0, 4));
		alone += rank(1) == ROSTER_UNRANKED &&
		    rank(2) == ROSTER_UNRANKED;
	}
	ATF_CHECK_MSG(alone > 0, "unranked mixes are not used");
}

ATF_TC_WITHOUT_HEAD(dummies_of_one_hop_go_to_ranked_mixes);
ATF_TC_BODY(dummies_of_one_hop_go_to_ranked_mixes, tc)
{
	int i, seen[5] = { 0 };

	set_up("01020");
	wish.dummy = 1;
	wish.rcpt_domain = NULL;
	wish.length = 1;
	for (i = 0; i < 300; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		seen[hop(0)]++;
	}
	ATF_CHECK(seen[1] > 0 && seen[3] > seen[1]);
	ATF_CHECK_EQ(300, seen[1] + seen[3]);
	/* The only ranked ones are the one that asks, and one that is over. */
	mixes[3].subkey_expires = NOW + 3600;
	wish.avoid = mixes[1].address;
	ATF_REQUIRE_EQ(PATH_OK, draw());
	ATF_CHECK_EQ(ROSTER_UNRANKED, rank(0));
}

ATF_TC_WITHOUT_HEAD(free_hops_have_a_ranked_mix_of_their_own);
ATF_TC_BODY(free_hops_have_a_ranked_mix_of_their_own, tc)
{
	int i;

	set_up("4000000000000001");
	wish.first = mixes[0].address;
	wish.last = mixes[1].address;
	for (i = 0; i < 200; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK_EQ(0, hop(0));
		ATF_CHECK_EQ(1, hop(3));
		ATF_CHECK(has_ranked(1, 3));
	}
	/* The recipient's mix isn't free either. */
	wish.last = NULL;
	wish.rcpt_domain = "b.x.example";
	for (i = 0; i < 200; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK_EQ(1, hop(3));
		ATF_CHECK(has_ranked(1, 3));
	}
}

ATF_TC_WITHOUT_HEAD(ranked_mixes_are_not_repeated_for_their_rank);
ATF_TC_BODY(ranked_mixes_are_not_repeated_for_their_rank, tc)
{
	size_t k;
	int i;

	set_up("400000");
	wish.first = mixes[0].address;
	for (i = 0; i < 200; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		for (k = 1; k < 4; k++)
			ATF_CHECK(hop(k) != 0);
	}
}

ATF_TC_WITHOUT_HEAD(unranked_mixes_do_where_ranked_ones_cannot);
ATF_TC_BODY(unranked_mixes_do_where_ranked_ones_cannot, tc)
{
	int i;

	set_up("00000");
	ATF_CHECK_EQ(PATH_OK, draw());
	/* No mode, a subkey that dies too soon. */
	set_up("0000044");
	mixes[5].modes = 0;
	mixes[6].subkey_expires = NOW + 3600;
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK(!has_ranked(0, 4));
	}
	/* It lives for the first hop only: so there it is. */
	mixes[6].subkey_expires = NOW + 3 * 3600;
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK_EQ(6, hop(0));
	}
}

ATF_TC_WITHOUT_HEAD(rules_on_modes_and_exits_hold_for_ranked_mixes);
ATF_TC_BODY(rules_on_modes_and_exits_hold_for_ranked_mixes, tc)
{
	size_t k;
	int i;

	set_up("44000000");
	mixes[0].modes = MIX_MODE_MIDDLEMAN;
	mixes[1].modes = MIX_MODE_EXITPUBLIC;
	for (i = 0; i < 200; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK(hop(3) != 0);
		for (k = 0; k < 3; k++)
			ATF_CHECK(hop(k) != 1);
		ATF_CHECK(has_ranked(0, 4));
	}
}

/* How often randomness is asked for. */
static size_t nfills;

static void
counting_fill(void *ctx, void *buf, size_t len)
{
	const struct rng *real = ctx;

	nfills++;
	rng_fill(real, buf, len);
}

static void
check_cheap(size_t limit)
{
	struct rng counting = { counting_fill, &rng };

	nfills = 0;
	ATF_REQUIRE_EQ(PATH_OK, path_select(&roster, &wish, &counting, hops));
	ATF_CHECK_MSG(nfills < limit, "%zu", nfills);
}

ATF_TC_WITHOUT_HEAD(tight_rosters_take_few_draws);
ATF_TC_BODY(tight_rosters_take_few_draws, tc)
{
	size_t k;

	/* Each mix once, the heavy ones and the light ones. */
	set_up("44440000");
	wish.length = MIX_PATH_MAX;
	check_cheap(2000000);
	/* At hop k only the mixes up to a certain one are alive. */
	set_up("44444440");
	wish.length = MIX_PATH_MAX;
	for (k = 0; k < 8; k++)
		mixes[k].subkey_expires = NOW + 2 * 3600 + 1 +
		    (uint32_t)(7 - k) * DELAY;
	check_cheap(2000);
	for (k = 0; k < 8; k++)
		ATF_CHECK_EQ(7 - k, hop(k));
	set_up("0000000000000000000000000");
	wish.length = MIX_PATH_MAX;
	check_cheap(2000);
}

ATF_TC_WITHOUT_HEAD(fixed_paths_may_be_of_unranked_mixes_alone);
ATF_TC_BODY(fixed_paths_may_be_of_unranked_mixes_alone, tc)
{
	const char *addresses[4], *bad;
	size_t k;

	set_up("44440000");
	for (k = 0; k < 4; k++)
		addresses[k] = mixes[4 + k].address;
	ATF_CHECK_EQ(PATH_OK, path_fixed(&roster, &wish, addresses, 4, hops,
	    &bad));
	ATF_CHECK(bad == NULL);
	for (k = 0; k < 4; k++)
		ATF_CHECK_EQ(4 + k, hop(k));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, paths_are_drawn_by_weight);
	ATF_TP_ADD_TC(tp, paths_are_drawn_by_weight_from_many_mixes);
	ATF_TP_ADD_TC(tp, paths_of_one_ranked_mix_among_others_are_exact);
	ATF_TP_ADD_TC(tp, weights_rise_with_rank);
	ATF_TP_ADD_TC(tp, paths_are_not_of_unranked_mixes_alone);
	ATF_TP_ADD_TC(tp, dummies_of_one_hop_go_to_ranked_mixes);
	ATF_TP_ADD_TC(tp, free_hops_have_a_ranked_mix_of_their_own);
	ATF_TP_ADD_TC(tp, ranked_mixes_are_not_repeated_for_their_rank);
	ATF_TP_ADD_TC(tp, unranked_mixes_do_where_ranked_ones_cannot);
	ATF_TP_ADD_TC(tp, rules_on_modes_and_exits_hold_for_ranked_mixes);
	ATF_TP_ADD_TC(tp, tight_rosters_take_few_draws);
	ATF_TP_ADD_TC(tp, fixed_paths_may_be_of_unranked_mixes_alone);
	return (atf_no_error());
}
