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
#include <stdlib.h>
#include <string.h>

#include "mixtasy/roster.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "rostertest.h"

ATF_TC_WITHOUT_HEAD(mixes_are_ranked_by_the_strongest_certification);
ATF_TC_BODY(mixes_are_ranked_by_the_strongest_certification, tc)
{
	const struct roster_mix *m;

	set_up();
	sign(&mix, &one, PGP_CLASS_CASUAL, T0 + 1);
	sign(&mix, &two, PGP_CLASS_PERSONA, T0 + 2);
	ATF_CHECK_EQ(1, trust(&one));
	ATF_CHECK_EQ(1, trust(&two));
	ATF_CHECK_EQ(1, add(&mix));
	ATF_CHECK_EQ(ROSTER_CASUAL, rank());
	m = &roster.mixes[0];
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, roster_class(&roster, m, 0, NOW));
	ATF_CHECK_EQ(PGP_CLASS_PERSONA, roster_class(&roster, m, 1, NOW));
	ATF_CHECK_EQ(PGP_CLASS_NONE, roster_class(&roster, m, 2, NOW));
	ATF_CHECK_EQ(T0 + 2, m->opinions[1].created);
	roster_clear(&roster);
	ATF_CHECK_EQ(0, roster.ntrusters);
}

ATF_TC_WITHOUT_HEAD(each_class_is_a_rank);
ATF_TC_BODY(each_class_is_a_rank, tc)
{
	static const unsigned int ranks[] = { ROSTER_GENERIC, ROSTER_PERSONA,
	    ROSTER_CASUAL, ROSTER_POSITIVE };
	static const char *const names[] = { "generic", "persona", "casual",
	    "positive" };
	uint8_t i;

	for (i = 0; i < 4; i++) {
		set_up();
		sign(&mix, &one, (uint8_t)(PGP_CLASS_GENERIC + i), T0);
		(void)trust(&one);
		(void)add(&mix);
		ATF_CHECK_EQ(ranks[i], rank());
		ATF_CHECK_STREQ(names[i], roster_rank_name(rank()));
		roster_clear(&roster);
	}
}

ATF_TC_WITHOUT_HEAD(mixes_without_certification_are_unranked);
ATF_TC_BODY(mixes_without_certification_are_unranked, tc)
{
	set_up();
	sign(&mix, &two, PGP_CLASS_POSITIVE, T0 + 1);
	sign(&mix, &one, PGP_CLASS_POSITIVE, T0 + 1);
	sign(&mix, &one, PGP_CLASS_REVOKED, T0 + 2);
	ATF_CHECK_EQ(1, add(&mix));
	ATF_CHECK_EQ(ROSTER_UNRANKED, rank());
	ATF_CHECK_STREQ("unranked", roster_rank_name(rank()));
	roster_clear(&roster);
	start();
	(void)trust(&one);
	ATF_CHECK_EQ(1, add(&mix));
	ATF_CHECK_EQ(ROSTER_UNRANKED, rank());
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(copies_add_up_in_any_order);
ATF_TC_BODY(copies_add_up_in_any_order, tc)
{
	struct cert *copies[3];
	int i;

	/* One keyserver knows a revocation, another a longer-lived subkey. */
	for (i = 0; i < 3; i++) {
		set_up();
		(void)trust(&one);
		(void)trust(&two);
		copy = mix;
		add_subkey(&copy, NOW + 9000);
		sign(&copy, &one, PGP_CLASS_POSITIVE, T0 + 1);
		sign(&mix, &one, PGP_CLASS_REVOKED, T0 + 2);
		sign(&mix, &two, PGP_CLASS_GENERIC, T0 + 1);
		copies[0] = i == 1 ? &copy : &mix;
		copies[1] = i == 1 ? &mix : &copy;
		copies[2] = i == 2 ? &mix : &copy;
		ATF_CHECK_EQ(1, add(copies[0]));
		ATF_CHECK_EQ(1, add(copies[1]));
		ATF_CHECK_EQ(1, add(copies[2]));
		ATF_CHECK_EQ(ROSTER_GENERIC, rank());
		ATF_CHECK_EQ(NOW + 9000, roster.mixes[0].subkey_expires);
		ATF_CHECK_EQ(PGP_CLASS_NONE, roster_class(&roster,
		    &roster.mixes[0], 0, NOW));
		roster_clear(&roster);
	}
}

ATF_TC_WITHOUT_HEAD(certifications_stay_with_their_user_id);
ATF_TC_BODY(certifications_stay_with_their_user_id, tc)
{
	set_up();
	(void)trust(&one);
	sign(&mix, &one, PGP_CLASS_POSITIVE, T0 + 1);
	/* The same primary with other modes, and a newer subkey. */
	copy.primary = mix.primary;
	copy.len = (size_t)pgp_cert_begin(&copy.primary,
	    "Mix <" ADDRESS ">", 0, T0, copy.buf);
	add_subkey(&copy, NOW + 9000);
	ATF_CHECK_EQ(1, add(&mix));
	ATF_CHECK_EQ(ROSTER_POSITIVE, rank());
	ATF_CHECK_EQ(1, add(&copy));
	ATF_CHECK_EQ(1, roster.nmixes);
	ATF_CHECK_EQ(MIX_MODE_MIDDLEMAN, roster.mixes[0].modes);
	ATF_CHECK_EQ(ROSTER_UNRANKED, rank());
	ATF_CHECK_EQ(1, add(&mix));
	ATF_CHECK_EQ(ROSTER_UNRANKED, rank());
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(trusted_keys_are_read_armored_and_binary);
ATF_TC_BODY(trusted_keys_are_read_armored_and_binary, tc)
{
	static char text[65536];
	size_t n;

	set_up();
	n = pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, one.buf, one.len, 0, text);
	n += pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, two.buf, two.len, 1,
	    text + n);
	ATF_CHECK_EQ(2, roster_trust_add(&roster, (uint8_t *)text, n, NOW,
	    counts));
	ATF_REQUIRE_EQ(2, roster.ntrusters);
	ATF_CHECK_STREQ("One", roster.trusters[0].uid);
	ATF_CHECK_STREQ("Two <two@neutral.example>", roster.trusters[1].uid);
	ATF_CHECK_EQ(2, counts[ROSTER_OK]);
	roster_clear(&roster);

	start();
	memcpy(one.buf + one.len, two.buf, two.len);
	ATF_CHECK_EQ(2, roster_trust_add(&roster, one.buf, one.len + two.len,
	    NOW, counts));
	/* Known already: they are no more for that. */
	ATF_CHECK_EQ(1, trust(&two));
	ATF_CHECK_EQ(2, roster.ntrusters);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(trusted_keys_that_are_over_count_nothing);
ATF_TC_BODY(trusted_keys_that_are_over_count_nothing, tc)
{
	set_up();
	begin(&two, "Two", NOW);
	sign(&mix, &one, PGP_CLASS_POSITIVE, T0 + 1);
	sign(&mix, &two, PGP_CLASS_POSITIVE, T0 + 1);
	ATF_CHECK_EQ(0, trust(&two));
	ATF_CHECK_EQ(1, counts[ROSTER_EXPIRED]);
	ATF_CHECK_EQ(1, trust(&one));
	copy = one;
	copy.len += (size_t)pgp_cert_revoke(&one.primary, NOW - 5,
	    copy.buf + copy.len);
	ATF_CHECK_EQ(0, trust(&copy));
	ATF_CHECK_EQ(1, counts[ROSTER_REVOKED]);
	/* It stays revoked. */
	ATF_CHECK_EQ(0, trust(&one));
	ATF_CHECK_EQ(2, counts[ROSTER_REVOKED]);
	ATF_CHECK_EQ(1, add(&mix));
	ATF_CHECK_EQ(ROSTER_UNRANKED, rank());
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(the_newest_copy_of_a_trusted_key_holds);
ATF_TC_BODY(the_newest_copy_of_a_trusted_key_holds, tc)
{
	int i;

	set_up();
	copy.primary = one.primary;
	one.len = (size_t)pgp_cert_begin(&one.primary, "One", NOW - 1, T0,
	    one.buf);
	copy.len = (size_t)pgp_cert_begin(&copy.primary, "One", NOW + 100,
	    T0 + 50, copy.buf);
	for (i = 0; i < 2; i++) {
		start();
		(void)trust(i == 0 ? &one : &copy);
		ATF_CHECK_EQ(1, trust(i == 0 ? &copy : &one));
		ATF_REQUIRE_EQ(1, roster.ntrusters);
		ATF_CHECK_EQ(NOW + 100, roster.trusters[0].expires);
		roster_clear(&roster);
	}
}

ATF_TC_WITHOUT_HEAD(trusted_keys_are_limited_in_number);
ATF_TC_BODY(trusted_keys_are_limited_in_number, tc)
{
	int i;

	start();
	for (i = 0; i < PGP_TRUSTERS_MAX; i++) {
		begin(&one, "One", 0);
		ATF_CHECK_EQ(1, trust(&one));
	}
	begin(&two, "Two", 0);
	ATF_CHECK_EQ(0, trust(&two));
	ATF_CHECK_EQ(1, counts[ROSTER_TRUSTERS]);
	ATF_CHECK_EQ(1, trust(&one));
	ATF_CHECK_EQ(PGP_TRUSTERS_MAX, roster.ntrusters);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(the_digest_does_not_depend_on_whom_one_trusts);
ATF_TC_BODY(the_digest_does_not_depend_on_whom_one_trusts, tc)
{
	uint8_t with[32], without[32];

	set_up();
	sign(&mix, &one, PGP_CLASS_POSITIVE, T0 + 1);
	(void)add(&mix);
	roster_digest(&roster, without);
	roster_clear(&roster);
	start();
	(void)trust(&one);
	(void)add(&mix);
	ATF_CHECK_EQ(ROSTER_POSITIVE, rank());
	roster_digest(&roster, with);
	ATF_CHECK_EQ(0, memcmp(with, without, sizeof(with)));
	roster_clear(&roster);
}

/* The one reason for which a certificate is left out. */
static void
check_reason(const uint8_t *buf, size_t len, enum roster_error reason)
{
	size_t i;

	start();
	ATF_CHECK_EQ(0, roster_add(&roster, buf, len, NOW, counts));
	for (i = 0; i < ROSTER_NERRORS; i++)
		ATF_CHECK_EQ_MSG(i == reason, counts[i], "%s: %zu of %s",
		    roster_error_name(reason), counts[i],
		    roster_error_name((enum roster_error)i));
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(certificates_are_left_out_for_a_reason_of_their_own);
ATF_TC_BODY(certificates_are_left_out_for_a_reason_of_their_own, tc)
{
	static const uint8_t dsa[] = { 0x98, 8, 4, 0, 0, 0, 0, 17, 0, 1 };
	static const uint8_t cut[] = { 0x99, 0xff, 0xff, 0, 1, 2 };
	static uint8_t big[8192 + PGP_CERT_PACKET_MAX];
	uint8_t *poisoned;
	size_t i, n;

	check_reason(dsa, sizeof(dsa), ROSTER_UNSUPPORTED);
	check_reason(cut, sizeof(cut), ROSTER_BROKEN);
	set_up();
	check_reason(mix.buf, mix.len - 1, ROSTER_BROKEN);
	check_reason(mix.buf, 2U + mix.buf[1], ROSTER_USER_ID);
	check_reason(one.buf, one.len, ROSTER_FOREIGN);

	/* Two user ids with valid self-signatures. */
	copy = mix;
	n = 2U + copy.buf[1];
	copy.len += (size_t)pgp_cert_begin(&mix.primary,
	    "Mix <mixtasy@node2.example.net>", 0, T0, copy.buf + copy.len) - n;
	memmove(copy.buf + mix.len, copy.buf + mix.len + n,
	    copy.len - mix.len);
	check_reason(copy.buf, copy.len, ROSTER_USER_IDS);

	memcpy(big, mix.buf, mix.len);
	memcpy(big + mix.len, "\xd1\xff\x00\x01\x00\x01", 6);
	check_reason(big, mix.len + 6 + PGP_CERT_PACKET_MAX + 1,
	    ROSTER_PACKET);
	n = mix.len + 150000 * 2;
	ATF_REQUIRE((poisoned = malloc(n)) != NULL);
	memcpy(poisoned, mix.buf, mix.len);
	for (i = mix.len; i < n; i += 2)
		memcpy(poisoned + i, "\x88\x00", 2);
	check_reason(poisoned, n, ROSTER_TOO_LARGE);
	free(poisoned);

	begin(&copy, UID, NOW);
	check_reason(copy.buf, copy.len, ROSTER_EXPIRED);
	begin(&copy, UID, 0);
	check_reason(copy.buf, copy.len, ROSTER_NO_SUBKEY);
	copy.len += (size_t)pgp_cert_revoke(&copy.primary, NOW - 5,
	    copy.buf + copy.len);
	check_reason(copy.buf, copy.len, ROSTER_REVOKED);
}

ATF_TC_WITHOUT_HEAD(reasons_and_ranks_have_names_of_their_own);
ATF_TC_BODY(reasons_and_ranks_have_names_of_their_own, tc)
{
	int a, b;

	for (a = 0; a < ROSTER_NERRORS; a++)
		for (b = 0; b < a; b++)
			ATF_CHECK(strcmp(
			    roster_error_name((enum roster_error)a),
			    roster_error_name((enum roster_error)b)) != 0);
	for (a = 0; a < ROSTER_NRANKS; a++)
		for (b = 0; b < a; b++)
			ATF_CHECK(strcmp(
			    roster_rank_name((enum roster_rank)a),
			    roster_rank_name((enum roster_rank)b)) != 0);
	ATF_CHECK_STREQ("unknown", roster_error_name(ROSTER_NERRORS));
	ATF_CHECK_STREQ("unknown", roster_rank_name(ROSTER_NRANKS));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mixes_are_ranked_by_the_strongest_certification);
	ATF_TP_ADD_TC(tp, each_class_is_a_rank);
	ATF_TP_ADD_TC(tp, mixes_without_certification_are_unranked);
	ATF_TP_ADD_TC(tp, copies_add_up_in_any_order);
	ATF_TP_ADD_TC(tp, certifications_stay_with_their_user_id);
	ATF_TP_ADD_TC(tp, trusted_keys_are_read_armored_and_binary);
	ATF_TP_ADD_TC(tp, trusted_keys_that_are_over_count_nothing);
	ATF_TP_ADD_TC(tp, the_newest_copy_of_a_trusted_key_holds);
	ATF_TP_ADD_TC(tp, trusted_keys_are_limited_in_number);
	ATF_TP_ADD_TC(tp, the_digest_does_not_depend_on_whom_one_trusts);
	ATF_TP_ADD_TC(tp,
	    certificates_are_left_out_for_a_reason_of_their_own);
	ATF_TP_ADD_TC(tp, reasons_and_ranks_have_names_of_their_own);
	return (atf_no_error());
}
