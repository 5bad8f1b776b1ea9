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

#include "compat/compat.h"
#include "lib/testutil.h"
#include "mixtasy/path.h"

#define NOW		1750000000
#define DELAY		(4 * 60 * 60)
#define ALL		(MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPUBLIC)
#define MIXES_MAX	64

static struct roster_mix mixes[MIXES_MAX];
static struct roster roster;
static struct path_wish wish;
static struct mix_hop hops[MIX_PATH_MAX];
static struct test_rng rng_state;
static struct rng rng;

/* A roster of n mixes a, b, c ... @x.example, all modes, no expiry. */
static void
set_up(size_t n)
{
	size_t i;

	ATF_REQUIRE(n <= 26);
	rng = test_rng(&rng_state, 31);
	memset(mixes, 0, sizeof(mixes));
	for (i = 0; i < n; i++) {
		(void)snprintf(mixes[i].address, sizeof(mixes[i].address),
		    "mixtasy@%c.x.example", (char)('a' + i));
		mixes[i].modes = ALL;
		mixes[i].subkey.keyid[0] = (uint8_t)i;
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

/* The letter of hop k. */
static int
hop(size_t k)
{
	return (hops[k].address[strlen("mixtasy@")]);
}

static int
is_repeated(size_t distance)
{
	size_t i;

	for (i = 0; i + distance < wish.length; i++)
		if (hop(i) == hop(i + distance))
			return (1);
	return (0);
}

/*
 * Draws many paths and tests with chi-square that all of the given number of
 * paths come, equally often.  The limit is 5 standard deviations of chi-square
 * around its mean (variance: twice the degrees of freedom).
 */
#define CODES	(26 * 26 * 26 * 26)

static void
check_uniform(size_t npaths)
{
	static uint32_t seen[CODES];
	double expected, d, chi2 = 0, over;
	size_t code, draws = npaths * 200, i, k, kinds = 0;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < draws; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		for (code = 0, k = 0; k < wish.length; k++)
			code = code * 26 + (size_t)(hop(k) - 'a');
		seen[code]++;
	}
	expected = (double)draws / (double)npaths;
	for (code = 0; code < CODES; code++) {
		if (seen[code] == 0)
			continue;
		kinds++;
		d = (double)seen[code] - expected;
		chi2 += d * d / expected;
	}
	ATF_CHECK_EQ_MSG(npaths, kinds, "%zu kinds", kinds);
	over = chi2 - (double)(npaths - 1);
	ATF_CHECK_MSG(over * over < 25 * 2 * (double)(npaths - 1),
	    "chi-square %g, %zu degrees of freedom", chi2, npaths - 1);
}

ATF_TC_WITHOUT_HEAD(paths_are_uniform_among_distinct_mixes);
ATF_TC_BODY(paths_are_uniform_among_distinct_mixes, tc)
{
	set_up(6);
	check_uniform(6 * 5 * 4 * 3);
}

ATF_TC_WITHOUT_HEAD(paths_are_uniform_when_few_may_be_last);
ATF_TC_BODY(paths_are_uniform_when_few_may_be_last, tc)
{
	set_up(6);
	mixes[0].modes = mixes[1].modes = mixes[2].modes = MIX_MODE_MIDDLEMAN;
	mixes[5].modes = MIX_MODE_EXITPUBLIC;
	/* Last f: 5*4*3 before it; last d or e: 4*3*2. */
	check_uniform(5 * 4 * 3 + 2 * 4 * 3 * 2);
}

ATF_TC_WITHOUT_HEAD(paths_are_uniform_when_subkeys_differ_in_life);
ATF_TC_BODY(paths_are_uniform_when_subkeys_differ_in_life, tc)
{
	/* a lives for hop 1 only, b for hops 1 and 2. */
	set_up(5);
	mixes[0].subkey_expires = NOW + 2 * 3600 + 1;
	mixes[1].subkey_expires = NOW + 2 * 3600 + DELAY + 1;
	/* Hops 3 and 4 from c, d, e: 6; hop 2 the third or b: 2; hop 1: two
	 * less than five, minus those used. */
	check_uniform(6 * 2 * 2);
}

ATF_TC_WITHOUT_HEAD(paths_are_uniform_where_mixes_must_repeat);
ATF_TC_BODY(paths_are_uniform_where_mixes_must_repeat, tc)
{
	/* Three mixes: no A-B-A, so it is A-B-C-A. */
	set_up(3);
	check_uniform(6);
	ATF_CHECK_EQ(hop(0), hop(3));

	/* Two: there is nothing better than A-B-A-B. */
	set_up(2);
	check_uniform(2);
}

ATF_TC_WITHOUT_HEAD(paths_never_repeat_a_mix_while_there_are_enough);
ATF_TC_BODY(paths_never_repeat_a_mix_while_there_are_enough, tc)
{
	size_t d, n;
	int i;

	for (n = 4; n <= MIX_PATH_MAX; n++) {
		set_up(n);
		wish.length = n;
		for (i = 0; i < 20; i++) {
			ATF_REQUIRE_EQ(PATH_OK, draw());
			for (d = 1; d < n; d++)
				ATF_CHECK(!is_repeated(d));
		}
	}
}

ATF_TC_WITHOUT_HEAD(paths_hold_no_mix_twice_in_succession_ever);
ATF_TC_BODY(paths_hold_no_mix_twice_in_succession_ever, tc)
{
	int i;

	/* Only b can be an exit, a and b relay: A-B-A-B alone. */
	set_up(2);
	mixes[0].modes = MIX_MODE_MIDDLEMAN;
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK(!is_repeated(1));
		ATF_CHECK_EQ('b', hop(3));
	}
	set_up(1);
	ATF_CHECK_EQ(PATH_FEW_MIXES, draw());
}

ATF_TC_WITHOUT_HEAD(paths_respect_modes);
ATF_TC_BODY(paths_respect_modes, tc)
{
	int i;
	size_t k;

	set_up(8);
	mixes[0].modes = mixes[1].modes = MIX_MODE_EXITPUBLIC;
	for (k = 2; k < 8; k++)
		mixes[k].modes = MIX_MODE_MIDDLEMAN;
	mixes[7].modes = 0;
	for (i = 0; i < 200; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK(hop(3) == 'a' || hop(3) == 'b');
		for (k = 0; k < 3; k++)
			ATF_CHECK(hop(k) >= 'c' && hop(k) <= 'g');
	}
}

ATF_TC_WITHOUT_HEAD(paths_use_private_exits_for_their_own_domain_only);
ATF_TC_BODY(paths_use_private_exits_for_their_own_domain_only, tc)
{
	int i;

	set_up(5);
	mixes[4].modes = MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPRIVATE;
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK(hop(3) != 'e');
	}
	wish.rcpt_domain = "E.x.example";
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK_EQ('e', hop(3));
	}
	/* One that the sender knows to serve another domain, too. */
	wish.rcpt_domain = "x.example";
	wish.rcpt_mix = "mixtasy@E.x.example";
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK_EQ('e', hop(3));
	}
	/* What isn't known, or no exit, is no last mix. */
	mixes[4].modes = MIX_MODE_MIDDLEMAN;
	ATF_REQUIRE_EQ(PATH_OK, draw());
	ATF_CHECK(hop(3) != 'e');
	wish.rcpt_mix = "mixtasy@nobody.example";
	ATF_REQUIRE_EQ(PATH_OK, draw());
}

ATF_TC_WITHOUT_HEAD(paths_end_at_the_mix_of_the_recipients_provider);
ATF_TC_BODY(paths_end_at_the_mix_of_the_recipients_provider, tc)
{
	int i;

	set_up(6);
	wish.rcpt_domain = "c.x.example";
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK_EQ('c', hop(3));
	}
	/* It relays only: another one delivers. */
	mixes[2].modes = MIX_MODE_MIDDLEMAN;
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE_EQ(PATH_OK, draw());
		ATF_CHECK(hop(3) != 'c');
	}
}

ATF_TC_WITHOUT_HEAD(paths_begin_and_end_where_they_must);
ATF_TC_BODY(paths_begin_and_end_where_they_must, tc)
{
	set_up(6);
	wish.first = "Mixtasy@b.x.example";
	wish.last = "mixtasy@d.x.example";
	check_uniform(4 * 3);
	ATF_CHECK_EQ('b', hop(0));
	ATF_CHECK_EQ('d', hop(3));

	/* The same provider at both ends: a repeat that can't be avoided. */
	wish.last = wish.first;
	check_uniform(5 * 4);
}

ATF_TC_WITHOUT_HEAD(paths_say_which_end_cannot_be_used);
ATF_TC_BODY(paths_say_which_end_cannot_be_used, tc)
{
	set_up(6);
	wish.first = "mixtasy@z.x.example";
	ATF_CHECK_EQ(PATH_FIRST_UNUSABLE, draw());
	wish.first = "mixtasy@a.x.example";
	mixes[0].modes = MIX_MODE_EXITPUBLIC;
	ATF_CHECK_EQ(PATH_FIRST_UNUSABLE, draw());
	wish.first = NULL;
	wish.last = "mixtasy@b.x.example";
	mixes[1].modes = MIX_MODE_MIDDLEMAN;
	ATF_CHECK_EQ(PATH_LAST_UNUSABLE, draw());
}

ATF_TC_WITHOUT_HEAD(paths_need_subkeys_that_outlive_the_delay);
ATF_TC_BODY(paths_need_subkeys_that_outlive_the_delay, tc)
{
	size_t i;

	/* (k - 1) delays and two hours; to the second. */
	set_up(4);
	for (i = 0; i < 4; i++)
		mixes[i].subkey_expires = NOW + 3 * DELAY + 2 * 3600 + 1;
	ATF_CHECK_EQ(PATH_OK, draw());
	for (i = 0; i < 4; i++)
		mixes[i].subkey_expires--;
	ATF_CHECK_EQ(PATH_NO_EXIT, draw());
	mixes[3].subkey_expires = 0;
	ATF_CHECK_EQ(PATH_OK, draw());
	ATF_CHECK_EQ('d', hop(3));
}

ATF_TC_WITHOUT_HEAD(paths_say_what_is_missing);
ATF_TC_BODY(paths_say_what_is_missing, tc)
{
	size_t i;

	set_up(0);
	ATF_CHECK_EQ(PATH_NO_EXIT, draw());
	set_up(5);
	for (i = 0; i < 5; i++)
		mixes[i].modes = MIX_MODE_MIDDLEMAN;
	ATF_CHECK_EQ(PATH_NO_EXIT, draw());
	for (i = 0; i < 5; i++)
		mixes[i].modes = MIX_MODE_EXITPUBLIC;
	ATF_CHECK_EQ(PATH_NO_MIDDLE, draw());
	set_up(5);
	wish.length = 3;
	ATF_CHECK_EQ(PATH_BAD_LENGTH, draw());
	wish.length = MIX_PATH_MAX + 1;
	ATF_CHECK_EQ(PATH_BAD_LENGTH, draw());
}

ATF_TC_WITHOUT_HEAD(dummies_go_over_few_hops_and_avoid_their_maker);
ATF_TC_BODY(dummies_go_over_few_hops_and_avoid_their_maker, tc)
{
	size_t k;
	int i;

	set_up(5);
	for (k = 0; k < 5; k++)
		mixes[k].modes = MIX_MODE_MIDDLEMAN;
	wish.dummy = 1;
	wish.rcpt_domain = NULL;
	wish.avoid = "mixtasy@A.x.example";
	for (wish.length = 1; wish.length <= 4; wish.length++)
		for (i = 0; i < 100; i++) {
			ATF_REQUIRE_EQ(PATH_OK, draw());
			for (k = 0; k < wish.length; k++)
				ATF_CHECK(hop(k) != 'a');
		}
	wish.length = 0;
	ATF_CHECK_EQ(PATH_BAD_LENGTH, draw());
}

ATF_TC_WITHOUT_HEAD(hops_carry_address_and_subkey_of_their_mix);
ATF_TC_BODY(hops_carry_address_and_subkey_of_their_mix, tc)
{
	size_t k;

	set_up(20);
	ATF_REQUIRE_EQ(PATH_OK, draw());
	for (k = 0; k < 4; k++)
		ATF_CHECK_EQ(hop(k) - 'a', hops[k].subkey.keyid[0]);
}

/* A path that doesn't exist is found out at once, however many mixes. */
ATF_TC_WITHOUT_HEAD(searching_is_short_with_many_mixes_and_tight_ends);
ATF_TC_BODY(searching_is_short_with_many_mixes_and_tight_ends, tc)
{
	size_t i;

	set_up(26);
	wish.length = MIX_PATH_MAX;
	wish.first = wish.last = "mixtasy@a.x.example";
	ATF_CHECK_EQ(PATH_OK, draw());
	/* All but two are too short-lived for the later hops. */
	for (i = 2; i < 26; i++)
		mixes[i].subkey_expires = NOW + DELAY + 2 * 3600 + 1;
	ATF_CHECK_EQ(PATH_OK, draw());
	ATF_CHECK_EQ('a', hop(7));
	ATF_CHECK_EQ('b', hop(6));
}

static enum path_error
fixed(const char *letters, const char **bad)
{
	static char text[MIX_PATH_MAX + 1][32];
	const char *addresses[MIX_PATH_MAX + 1];
	size_t i, n = strlen(letters);

	for (i = 0; i < n; i++) {
		(void)snprintf(text[i], sizeof(text[i]),
		    "mixtasy@%c.X.example", letters[i]);
		addresses[i] = text[i];
	}
	return (path_fixed(&roster, &wish, addresses, n, hops, bad));
}

static void
check_fixed(const char *letters, enum path_error error, const char *bad)
{
	const char *got;

	ATF_CHECK_EQ_MSG(error, fixed(letters, &got), "%s", letters);
	if (bad == NULL)
		ATF_CHECK(got == NULL);
	else
		ATF_CHECK_STREQ(bad, got);
}

ATF_TC_WITHOUT_HEAD(fixed_paths_are_taken_as_they_are);
ATF_TC_BODY(fixed_paths_are_taken_as_they_are, tc)
{
	set_up(6);
	check_fixed("cafe", PATH_OK, NULL);
	ATF_CHECK_EQ('c', hop(0));
	ATF_CHECK_EQ('e', hop(3));
	ATF_CHECK_EQ(2, hops[0].subkey.keyid[0]);
}

ATF_TC_WITHOUT_HEAD(fixed_paths_obey_the_rules);
ATF_TC_BODY(fixed_paths_obey_the_rules, tc)
{
	set_up(6);
	check_fixed("abc", PATH_BAD_LENGTH, NULL);
	check_fixed("abcdefabc", PATH_BAD_LENGTH, NULL);
	check_fixed("abzd", PATH_UNKNOWN_MIX, "mixtasy@z.X.example");
	check_fixed("aabc", PATH_REPEATED, "mixtasy@a.X.example");
	check_fixed("abac", PATH_REPEATED, "mixtasy@a.X.example");
	check_fixed("dabd", PATH_REPEATED, "mixtasy@d.X.example");
	mixes[0].modes = MIX_MODE_EXITPUBLIC;
	mixes[1].modes = MIX_MODE_MIDDLEMAN;
	check_fixed("acde", PATH_FIRST_UNUSABLE, "mixtasy@a.X.example");
	check_fixed("cade", PATH_HOP_UNUSABLE, "mixtasy@a.X.example");
	check_fixed("cdeb", PATH_LAST_UNUSABLE, "mixtasy@b.X.example");
	mixes[2].subkey_expires = NOW + 3 * 3600;
	check_fixed("cdea", PATH_OK, NULL);
	check_fixed("dcea", PATH_HOP_UNUSABLE, "mixtasy@c.X.example");
}

ATF_TC_WITHOUT_HEAD(fixed_paths_may_repeat_where_the_roster_is_small);
ATF_TC_BODY(fixed_paths_may_repeat_where_the_roster_is_small, tc)
{
	set_up(3);
	check_fixed("abca", PATH_OK, NULL);
	check_fixed("abab", PATH_REPEATED, "mixtasy@a.X.example");
	set_up(2);
	check_fixed("abab", PATH_OK, NULL);
	check_fixed("abba", PATH_REPEATED, "mixtasy@b.X.example");
}

ATF_TC_WITHOUT_HEAD(errors_have_texts_of_their_own);
ATF_TC_BODY(errors_have_texts_of_their_own, tc)
{
	int a, b;

	for (a = PATH_OK; a <= PATH_REPEATED; a++)
		for (b = PATH_OK; b < a; b++)
			ATF_CHECK(strcmp(path_strerror((enum path_error)a),
			    path_strerror((enum path_error)b)) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, paths_are_uniform_among_distinct_mixes);
	ATF_TP_ADD_TC(tp, paths_are_uniform_when_few_may_be_last);
	ATF_TP_ADD_TC(tp, paths_are_uniform_when_subkeys_differ_in_life);
	ATF_TP_ADD_TC(tp, paths_are_uniform_where_mixes_must_repeat);
	ATF_TP_ADD_TC(tp, paths_never_repeat_a_mix_while_there_are_enough);
	ATF_TP_ADD_TC(tp, paths_hold_no_mix_twice_in_succession_ever);
	ATF_TP_ADD_TC(tp, paths_respect_modes);
	ATF_TP_ADD_TC(tp, paths_use_private_exits_for_their_own_domain_only);
	ATF_TP_ADD_TC(tp, paths_end_at_the_mix_of_the_recipients_provider);
	ATF_TP_ADD_TC(tp, paths_begin_and_end_where_they_must);
	ATF_TP_ADD_TC(tp, paths_say_which_end_cannot_be_used);
	ATF_TP_ADD_TC(tp, paths_need_subkeys_that_outlive_the_delay);
	ATF_TP_ADD_TC(tp, paths_say_what_is_missing);
	ATF_TP_ADD_TC(tp, dummies_go_over_few_hops_and_avoid_their_maker);
	ATF_TP_ADD_TC(tp, hops_carry_address_and_subkey_of_their_mix);
	ATF_TP_ADD_TC(tp, searching_is_short_with_many_mixes_and_tight_ends);
	ATF_TP_ADD_TC(tp, fixed_paths_are_taken_as_they_are);
	ATF_TP_ADD_TC(tp, fixed_paths_obey_the_rules);
	ATF_TP_ADD_TC(tp, fixed_paths_may_repeat_where_the_roster_is_small);
	ATF_TP_ADD_TC(tp, errors_have_texts_of_their_own);
	return (atf_no_error());
}
