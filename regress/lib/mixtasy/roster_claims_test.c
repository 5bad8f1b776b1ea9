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
#include <string.h>

#include "mixtasy/roster.h"
#include "openpgp/cert.h"
#include "rostertest.h"

/* Several primaries that claim one address. */

/* All orders of up to four: the i-th, i < n!. */
static void
order(size_t i, size_t n, size_t places[4])
{
	size_t k, left[4] = { 0, 1, 2, 3 }, at;

	for (k = 0; k < n; k++) {
		at = i % (n - k);
		i /= n - k;
		places[k] = left[at];
		memmove(&left[at], &left[at + 1],
		    (3 - at) * sizeof(left[0]));
	}
}

/*
 * Whose the address is after all certificates were added, in whatever order,
 * and each a second time: the first's, or, if !taken, nobody's.
 */
static void
check_claims(const struct cert *const certs[], size_t n, int taken)
{
	size_t i, k, places[4], orders = 1;
	const struct roster_mix *m;

	for (i = 2; i <= n; i++)
		orders *= i;
	for (i = 0; i < orders; i++) {
		start();
		ATF_REQUIRE_EQ(1, trust(&one));
		order(i, n, places);
		for (k = 0; k < 2 * n; k++)
			(void)add(certs[places[k % n]]);
		m = roster_find(&roster, ADDRESS);
		ATF_CHECK_EQ_MSG(taken, m != NULL, "order %zu", i);
		ATF_CHECK_EQ_MSG((size_t)taken, roster.nmixes, "order %zu",
		    i);
		ATF_CHECK_MSG(m == NULL || memcmp(m->fpr,
		    certs[0]->primary.pub.fpr, PGP_FPR_LEN) == 0,
		    "order %zu", i);
		roster_clear(&roster);
	}
}

static struct cert vandal, second;

/* And two others that claim the mix's address. */
static void
set_up_claims(void)
{
	set_up();
	begin(&vandal, UID, 0);
	add_subkey(&vandal, NOW + 9000);
	begin(&second, UID, 0);
	add_subkey(&second, NOW + 7000);
}

ATF_TC_WITHOUT_HEAD(a_ranked_mix_keeps_its_address_in_any_order);
ATF_TC_BODY(a_ranked_mix_keeps_its_address_in_any_order, tc)
{
	const struct cert *const certs[] = { &mix, &vandal, &second };

	set_up_claims();
	check_claims(certs, 3, 0);
	/* Certified by itself, or by a key that isn't trusted: unranked. */
	sign(&vandal, &two, PGP_CLASS_POSITIVE, T0 + 1);
	sign(&second, &second, PGP_CLASS_POSITIVE, T0 + 1);
	check_claims(certs, 3, 0);
	sign(&mix, &one, PGP_CLASS_PERSONA, T0 + 1);
	check_claims(certs, 3, 1);
	check_claims(certs, 2, 1);
	check_claims(certs, 1, 1);
}

ATF_TC_WITHOUT_HEAD(two_ranked_ones_bar_the_address_for_all);
ATF_TC_BODY(two_ranked_ones_bar_the_address_for_all, tc)
{
	const struct cert *const certs[] = { &mix, &vandal, &second };

	set_up_claims();
	sign(&mix, &one, PGP_CLASS_POSITIVE, T0 + 1);
	sign(&vandal, &one, PGP_CLASS_PERSONA, T0 + 1);
	check_claims(certs, 3, 0);
	check_claims(certs, 2, 0);
}

/* One server has the certification, another the newer subkey. */
ATF_TC_WITHOUT_HEAD(a_copy_ranks_a_mix_that_was_left_out);
ATF_TC_BODY(a_copy_ranks_a_mix_that_was_left_out, tc)
{
	const struct cert *const certs[] = { &mix, &vandal, &second, &copy };

	set_up_claims();
	copy = mix;
	add_subkey(&copy, NOW + 9000);
	sign(&mix, &one, PGP_CLASS_POSITIVE, T0 + 1);
	check_claims(certs, 4, 1);
}

ATF_TC_WITHOUT_HEAD(a_certification_that_was_withdrawn_wins_no_address);
ATF_TC_BODY(a_certification_that_was_withdrawn_wins_no_address, tc)
{
	const struct cert *const certs[] = { &mix, &vandal, &copy };

	set_up_claims();
	copy = mix;
	sign(&copy, &one, PGP_CLASS_REVOKED, T0 + 2);
	sign(&mix, &one, PGP_CLASS_POSITIVE, T0 + 1);
	check_claims(certs, 3, 0);
	check_claims(certs, 2, 1);
}

ATF_TC_WITHOUT_HEAD(a_revoked_primary_claims_nothing);
ATF_TC_BODY(a_revoked_primary_claims_nothing, tc)
{
	const struct cert *const certs[] = { &mix, &vandal, &copy };

	set_up_claims();
	sign(&vandal, &one, PGP_CLASS_POSITIVE, T0 + 1);
	copy = vandal;
	copy.len += (size_t)pgp_cert_revoke(&vandal.primary, NOW - 5,
	    copy.buf + copy.len);
	check_claims(certs, 3, 1);
}

ATF_TC_WITHOUT_HEAD(it_is_said_who_is_left_out_for_another);
ATF_TC_BODY(it_is_said_who_is_left_out_for_another, tc)
{
	set_up_claims();
	sign(&mix, &one, PGP_CLASS_CASUAL, T0 + 1);
	ATF_REQUIRE_EQ(1, trust(&one));
	ATF_CHECK_EQ(1, add(&vandal));
	ATF_CHECK_EQ(0, add(&second));
	ATF_CHECK_EQ(1, add(&mix));
	ATF_CHECK_EQ(ROSTER_CASUAL, rank());
	ATF_CHECK_EQ(0, add(&vandal));
	ATF_CHECK_EQ(2, counts[ROSTER_DUPLICATE]);
	ATF_CHECK_EQ(2, roster.nrivals);
	/* Nothing is left of them, but who is trusted. */
	roster_reset(&roster);
	ATF_CHECK_EQ(1, roster.ntrusters);
	ATF_CHECK_EQ(1, add(&vandal));
	ATF_CHECK_EQ(0, roster.nrivals);
	roster_clear(&roster);
}

/* A primary that is revoked gives back all the addresses that it claims. */
ATF_TC_WITHOUT_HEAD(a_revoked_primary_gives_back_many_addresses);
ATF_TC_BODY(a_revoked_primary_gives_back_many_addresses, tc)
{
	struct roster_mix m;
	unsigned int i;
	uint8_t by;

	start();
	for (by = 1; by <= 2; by++)
		for (i = 0; i < 100; i++) {
			memset(&m, 0, sizeof(m));
			memset(m.fpr, by, sizeof(m.fpr));
			(void)snprintf(m.address, sizeof(m.address),
			    "mixtasy@node%u.example", i);
			ATF_CHECK_EQ(by == 1 ? ROSTER_OK : ROSTER_DUPLICATE,
			    roster_insert(&roster, &m, NOW));
		}
	ATF_CHECK_EQ(0, roster.nmixes);
	ATF_CHECK_EQ(200, roster.nrivals);
	ATF_CHECK_EQ(ROSTER_OK, roster_bar_primary(&roster, &m));
	ATF_CHECK_EQ(100, roster.nmixes);
	ATF_CHECK_EQ(0, roster.nrivals);
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(1, roster.mixes[i].fpr[0]);
	roster_clear(&roster);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_ranked_mix_keeps_its_address_in_any_order);
	ATF_TP_ADD_TC(tp, two_ranked_ones_bar_the_address_for_all);
	ATF_TP_ADD_TC(tp, a_copy_ranks_a_mix_that_was_left_out);
	ATF_TP_ADD_TC(tp, a_certification_that_was_withdrawn_wins_no_address);
	ATF_TP_ADD_TC(tp, a_revoked_primary_claims_nothing);
	ATF_TP_ADD_TC(tp, it_is_said_who_is_left_out_for_another);
	ATF_TP_ADD_TC(tp, a_revoked_primary_gives_back_many_addresses);
	return (atf_no_error());
}
