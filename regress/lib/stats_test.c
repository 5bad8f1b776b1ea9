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
#include <stdint.h>
#include <string.h>

#include "lib/stats.h"
#include "lib/testutil.h"

#define THINGS		400
#define WIDTH		300
#define ROUNDS		1000

/* As small as it can get: no deal was as good as the truth. */
#define SURE		(1.0 / (ROUNDS + 1) + 1e-9)

static uint8_t	kind[THINGS], rows[THINGS * WIDTH];
static uint32_t	stratum[THINGS];
static double	value[THINGS];

static struct test_rng state;
static struct rng rng;
static struct stats stats = { THINGS, kind, NULL, ROUNDS, &rng };

/* Two kinds, half and half, and noise. */
static void
make(uint64_t seed)
{
	uint32_t i;

	rng = test_rng(&state, seed);
	rng_fill(&rng, rows, sizeof(rows));
	for (i = 0; i < THINGS; i++) {
		kind[i] = rng_uniform(&rng, 2) == 1;
		value[i] = rng_uniform(&rng, 1000);
		stratum[i] = i / 20;
	}
	stats.stratum = NULL;
}

static void
plant(size_t place, uint8_t octet)
{
	size_t i;

	for (i = 0; i < THINGS; i++)
		if (kind[i])
			rows[i * WIDTH + place] = octet;
}

/* Of so many seeds about one in ten must have a p of at most 0.1. */
static void
check_share(unsigned int small)
{
	ATF_REQUIRE_MSG(small >= 1 && small <= 12, "%u of 50", small);
}

ATF_TC_WITHOUT_HEAD(noise_has_any_p);
ATF_TC_BODY(noise_has_any_p, tc)
{
	unsigned int means = 0, runs = 0, octets = 0, bits = 0;
	uint64_t seed;

	for (seed = 1; seed <= 50; seed++) {
		make(seed);
		means += stats_means(&stats, value) <= 0.1;
		runs += stats_runs(&stats) <= 0.1;
		octets += stats_octets(&stats, rows, 20) <= 0.1;
		bits += stats_bits(&stats, rows, 20) <= 0.1;
	}
	check_share(means);
	check_share(runs);
	check_share(octets);
	check_share(bits);
}

ATF_TC_WITHOUT_HEAD(means_that_differ_are_found);
ATF_TC_BODY(means_that_differ_are_found, tc)
{
	size_t i;

	make(1);
	for (i = 0; i < THINGS; i++)
		value[i] += kind[i] ? 200 : 0;
	ATF_REQUIRE(stats_means(&stats, value) <= SURE);
}

ATF_TC_WITHOUT_HEAD(means_that_differ_between_strata_alone_are_not);
ATF_TC_BODY(means_that_differ_between_strata_alone_are_not, tc)
{
	size_t i;

	make(2);
	for (i = 0; i < THINGS; i++) {
		value[i] = stratum[i] * 1000 + value[i];
		kind[i] = rng_uniform(&rng, 20) < stratum[i];
	}
	ATF_REQUIRE(stats_means(&stats, value) <= SURE);
	stats.stratum = stratum;
	ATF_REQUIRE(stats_means(&stats, value) > 0.01);
}

ATF_TC_WITHOUT_HEAD(equal_values_tell_nothing);
ATF_TC_BODY(equal_values_tell_nothing, tc)
{
	make(3);
	memset(rows, 7, sizeof(rows));
	memset(value, 0, sizeof(value));
	ATF_REQUIRE_EQ(1, stats_means(&stats, value));
	ATF_REQUIRE_EQ(1, stats_octets(&stats, rows, WIDTH));
	ATF_REQUIRE_EQ(1, stats_bits(&stats, rows, WIDTH));
}

ATF_TC_WITHOUT_HEAD(an_order_by_turns_or_in_blocks_is_found);
ATF_TC_BODY(an_order_by_turns_or_in_blocks_is_found, tc)
{
	size_t i;

	make(4);
	for (i = 0; i < THINGS; i++)
		kind[i] = i % 2;
	ATF_REQUIRE(stats_runs(&stats) <= SURE);
	for (i = 0; i < THINGS; i++)
		kind[i] = i / 10 % 2;
	ATF_REQUIRE(stats_runs(&stats) <= SURE);
	/* All of one kind last in each stratum. */
	for (i = 0; i < THINGS; i++)
		kind[i] = i % 20 >= 10;
	stats.stratum = stratum;
	ATF_REQUIRE(stats_runs(&stats) <= SURE);
}

/* Among noise as in front of it, the value itself being any. */
ATF_TC_WITHOUT_HEAD(one_octet_is_found);
ATF_TC_BODY(one_octet_is_found, tc)
{
	static const uint8_t octets[] = { 0x00, 0x7f, 0x80, 0x55, 0xff };
	size_t i;

	for (i = 0; i < sizeof(octets); i++) {
		make(10 + i);
		plant(i * (WIDTH - 1) / 4, octets[i]);
		ATF_REQUIRE(stats_octets(&stats, rows, WIDTH) <= SURE);
		ATF_REQUIRE(stats_bits(&stats, rows, WIDTH) <= SURE);
	}
}

ATF_TC_WITHOUT_HEAD(one_octet_is_found_where_others_are_constant);
ATF_TC_BODY(one_octet_is_found_where_others_are_constant, tc)
{
	size_t i;

	make(20);
	for (i = 0; i < THINGS; i++)
		rows[i * WIDTH + 17] = kind[i] ? 2 : 1;
	ATF_REQUIRE(stats_octets(&stats, rows, WIDTH) <= SURE);
	ATF_REQUIRE(stats_bits(&stats, rows, WIDTH) <= SURE);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, noise_has_any_p);
	ATF_TP_ADD_TC(tp, means_that_differ_are_found);
	ATF_TP_ADD_TC(tp, means_that_differ_between_strata_alone_are_not);
	ATF_TP_ADD_TC(tp, equal_values_tell_nothing);
	ATF_TP_ADD_TC(tp, an_order_by_turns_or_in_blocks_is_found);
	ATF_TP_ADD_TC(tp, one_octet_is_found);
	ATF_TP_ADD_TC(tp, one_octet_is_found_where_others_are_constant);
	return atf_no_error();
}
