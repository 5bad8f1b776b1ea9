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

#include "openpgp/cert.h"
#include "openpgp/certification.h"
#include "openpgp/packet.h"
#include "openpgp/pubkey.h"

#include "lib/certify.h"

#define T0	1704067200U		/* 2024-01-01 */
#define DAY	86400U
#define NOW	(T0 + 100 * DAY)
#define UID	"Mix (mixtasy-mode:middleman) <mixtasy@mix.example>"

/* A mix's certificate, and the keys that sign it. */
static struct pgp_seckey mix, neutral, stranger;
static uint8_t buf[65536];
static size_t len;
static struct pgp_truster trusters[2];
static size_t ntrusters, nverified;
static struct pgp_opinion opinions[PGP_TRUSTERS_MAX];

static void
append(const void *p, size_t n)
{
	ATF_REQUIRE(n <= sizeof(buf) - len);
	memcpy(buf + len, p, n);
	len += n;
}

static void
trust(const struct pgp_seckey *key)
{
	struct pgp_truster *t = &trusters[ntrusters++];

	memset(t, 0, sizeof(*t));
	t->key = key->pub;
	t->may_certify = 1;
}

static void
set_up(void)
{
	uint8_t out[PGP_CERT_BEGIN_MAX];

	ATF_REQUIRE_EQ(0, pgp_key_generate(&mix, PGP_ALG_EDDSA, 0, T0));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&neutral, PGP_ALG_EDDSA, 0, T0));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&stranger, PGP_ALG_EDDSA, 0, T0));
	len = ntrusters = 0;
	append(out, (size_t)pgp_cert_begin(&mix, UID, 0, T0, out));
	trust(&neutral);
}

static void
sign(const struct pgp_seckey *signer, const struct certify *how)
{
	uint8_t out[PGP_SIG_MAX];

	append(out, certify(how, signer, &mix.pub, UID, out));
}

static void
sign_simply(const struct pgp_seckey *signer, uint8_t type, uint32_t created)
{
	struct certify how = { type, created, 0, 0, 0, 0 };

	sign(signer, &how);
}

/* What the first truster thinks at the time. */
static enum pgp_class
class_at(time_t now)
{
	struct pgp_cert cert;

	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, now, 0, &cert,
	    NULL));
	nverified = pgp_opinions(buf, len, &cert, trusters, ntrusters, now,
	    opinions);
	pgp_cert_clear(&cert);
	return (pgp_opinion_class(&opinions[0], now));
}

ATF_TC_WITHOUT_HEAD(certifications_of_each_class_are_told_apart);
ATF_TC_BODY(certifications_of_each_class_are_told_apart, tc)
{
	uint8_t type;

	for (type = PGP_CLASS_GENERIC; type <= PGP_CLASS_POSITIVE; type++) {
		set_up();
		ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
		sign_simply(&neutral, type, T0 + DAY);
		ATF_CHECK_EQ(type, class_at(NOW));
		ATF_CHECK_EQ(1, nverified);
		ATF_CHECK_EQ(T0 + DAY, opinions[0].created);
		ATF_CHECK_EQ(0, opinions[0].expires);
	}
}

ATF_TC_WITHOUT_HEAD(certifications_by_strangers_are_not_even_verified);
ATF_TC_BODY(certifications_by_strangers_are_not_even_verified, tc)
{
	set_up();
	sign_simply(&stranger, PGP_CLASS_POSITIVE, T0 + DAY);
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(0, nverified);
	/* Nobody trusted, nothing done. */
	ntrusters = 0;
	sign_simply(&neutral, PGP_CLASS_POSITIVE, T0 + DAY);
	(void)class_at(NOW);
	ATF_CHECK_EQ(0, nverified);
}

ATF_TC_WITHOUT_HEAD(the_newest_certification_counts);
ATF_TC_BODY(the_newest_certification_counts, tc)
{
	set_up();
	sign_simply(&neutral, PGP_CLASS_POSITIVE, T0 + 2 * DAY);
	sign_simply(&neutral, PGP_CLASS_PERSONA, T0 + 3 * DAY);
	sign_simply(&neutral, PGP_CLASS_CASUAL, T0 + 1 * DAY);
	ATF_CHECK_EQ(PGP_CLASS_PERSONA, class_at(NOW));
	ATF_CHECK_EQ(1, nverified);
	/* Those of the future don't. */
	ATF_CHECK_EQ(PGP_CLASS_POSITIVE, class_at(T0 + 3 * DAY - 1));
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, class_at(T0 + 2 * DAY - 1));
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(T0 + 1 * DAY - 1));
}

ATF_TC_WITHOUT_HEAD(the_weaker_one_of_a_second_counts);
ATF_TC_BODY(the_weaker_one_of_a_second_counts, tc)
{
	static const uint8_t types[] = { PGP_CLASS_POSITIVE,
	    PGP_CLASS_CASUAL, PGP_CLASS_GENERIC, PGP_CLASS_PERSONA };
	size_t i;

	/* In both orders; a revocation is the weakest. */
	for (i = 0; i + 1 < sizeof(types); i++) {
		set_up();
		sign_simply(&neutral, types[i], T0);
		sign_simply(&neutral, types[i + 1], T0);
		ATF_CHECK_EQ(types[i + 1], class_at(NOW));
		set_up();
		sign_simply(&neutral, types[i + 1], T0);
		sign_simply(&neutral, types[i], T0);
		ATF_CHECK_EQ(types[i + 1], class_at(NOW));
		sign_simply(&neutral, PGP_CLASS_REVOKED, T0);
		ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	}
}

ATF_TC_WITHOUT_HEAD(certifications_end_when_they_say);
ATF_TC_BODY(certifications_end_when_they_say, tc)
{
	struct certify how = { PGP_CLASS_CASUAL, T0 + 5 * DAY, DAY, 0, 0, 0 };

	set_up();
	sign_simply(&neutral, PGP_CLASS_POSITIVE, T0);
	sign(&neutral, &how);
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, class_at(T0 + 6 * DAY - 1));
	ATF_CHECK_EQ(T0 + 6 * DAY, opinions[0].expires);
	/* The last word is over; the one before isn't taken up again. */
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(T0 + 6 * DAY));
	/* No wrap-around. */
	how.created = T0 + 7 * DAY;
	how.lifetime = UINT32_MAX;
	sign(&neutral, &how);
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, class_at(T0 + 7 * DAY));
	ATF_CHECK_EQ(UINT32_MAX, opinions[0].expires);
}

ATF_TC_WITHOUT_HEAD(certifications_can_be_revoked_and_renewed);
ATF_TC_BODY(certifications_can_be_revoked_and_renewed, tc)
{
	set_up();
	trust(&stranger);
	sign_simply(&neutral, PGP_CLASS_REVOKED, T0 + 2 * DAY);
	sign_simply(&neutral, PGP_CLASS_POSITIVE, T0 + 1 * DAY);
	sign_simply(&neutral, PGP_CLASS_GENERIC, T0 + 3 * DAY);
	sign_simply(&stranger, PGP_CLASS_CASUAL, T0 + 1 * DAY);
	ATF_CHECK_EQ(PGP_CLASS_POSITIVE, class_at(T0 + 2 * DAY - 1));
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(T0 + 2 * DAY));
	ATF_CHECK_EQ(PGP_CLASS_REVOKED, opinions[0].class);
	/* One revokes one's own only. */
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, opinions[1].class);
	ATF_CHECK_EQ(PGP_CLASS_GENERIC, class_at(T0 + 3 * DAY));
}

ATF_TC_WITHOUT_HEAD(certifications_count_for_their_user_id_only);
ATF_TC_BODY(certifications_count_for_their_user_id_only, tc)
{
	static const char other[] = "Mix <mixtasy@other.example>";
	struct certify how = { PGP_CLASS_POSITIVE, T0, 0, 0, 0, 0 };
	uint8_t head[6], out[PGP_SIG_MAX];
	size_t n;

	/* Over another user id: behind it, and behind ours. */
	set_up();
	n = certify(&how, &neutral, &mix.pub, other, out);
	append(out, n);
	append(head, pgp_packet_header(head, PGP_TAG_USER_ID,
	    strlen(other)));
	append(other, strlen(other));
	append(out, n);
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(1, nverified);
	/* Ours behind another, and behind an attribute. */
	sign(&neutral, &how);
	append(head, pgp_packet_header(head, PGP_TAG_USER_ATTRIBUTE, 0));
	sign(&neutral, &how);
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(1, nverified);
	/* Ours behind our user id, which may come again. */
	append(head, pgp_packet_header(head, PGP_TAG_USER_ID, strlen(UID)));
	append(UID, strlen(UID));
	sign(&neutral, &how);
	ATF_CHECK_EQ(PGP_CLASS_POSITIVE, class_at(NOW));
}

ATF_TC_WITHOUT_HEAD(certifications_of_another_primary_do_not_count);
ATF_TC_BODY(certifications_of_another_primary_do_not_count, tc)
{
	struct certify how = { PGP_CLASS_POSITIVE, T0, 0, 0, 0, 0 };
	uint8_t out[PGP_SIG_MAX];

	set_up();
	append(out, certify(&how, &neutral, &stranger.pub, UID, out));
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(1, nverified);
}

ATF_TC_WITHOUT_HEAD(certifications_with_flaws_do_not_count);
ATF_TC_BODY(certifications_with_flaws_do_not_count, tc)
{
	static const struct certify flawed[] = {
		{ PGP_CLASS_POSITIVE, T0 + DAY, 0, 0, 1, 0 },
		{ PGP_CLASS_POSITIVE, T0 + DAY, 0, 0, 0, 1 },
		{ PGP_CLASS_POSITIVE, T0 + DAY, 0, PGP_HASH_SHA1, 0, 0 },
		{ PGP_CLASS_POSITIVE, T0 - 1, 0, 0, 0, 0 },
		{ 0x1f, T0 + DAY, 0, 0, 0, 0 },
		{ 0x18, T0 + DAY, 0, 0, 0, 0 },
		{ 0x00, T0 + DAY, 0, 0, 0, 0 }
	};
	struct certify good = { PGP_CLASS_POSITIVE, T0 + DAY, 0, 0, 0, 0 };
	size_t i;

	for (i = 0; i < sizeof(flawed) / sizeof(flawed[0]); i++) {
		set_up();
		sign(&neutral, &flawed[i]);
		ATF_CHECK_EQ_MSG(PGP_CLASS_NONE, class_at(NOW), "%zu", i);
	}
	for (good.hash = PGP_HASH_SHA256; good.hash <= PGP_HASH_SHA512;
	    good.hash++) {
		set_up();
		sign(&neutral, &good);
		ATF_CHECK_EQ(PGP_CLASS_POSITIVE, class_at(NOW));
		buf[len - 1] ^= 1;
		ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	}
}

ATF_TC_WITHOUT_HEAD(a_local_revocation_does_not_count);
ATF_TC_BODY(a_local_revocation_does_not_count, tc)
{
	struct certify how = { PGP_CLASS_REVOKED, T0 + DAY, 0, 0, 1, 0 };

	set_up();
	sign_simply(&neutral, PGP_CLASS_CASUAL, T0);
	sign(&neutral, &how);
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, class_at(NOW));
}

ATF_TC_WITHOUT_HEAD(certifications_by_keys_that_are_over_do_not_count);
ATF_TC_BODY(certifications_by_keys_that_are_over_do_not_count, tc)
{
	set_up();
	sign_simply(&neutral, PGP_CLASS_POSITIVE, T0 + DAY);
	trusters[0].expires = NOW + 1;
	ATF_CHECK_EQ(PGP_CLASS_POSITIVE, class_at(NOW));
	trusters[0].expires = NOW;
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(0, nverified);
	trusters[0].expires = 0;
	trusters[0].revoked = 1;
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	trusters[0].revoked = 0;
	trusters[0].may_certify = 0;
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	trusters[0].may_certify = 1;
	ATF_CHECK_EQ(PGP_CLASS_POSITIVE, class_at(NOW));
}

ATF_TC_WITHOUT_HEAD(a_mix_does_not_certify_itself);
ATF_TC_BODY(a_mix_does_not_certify_itself, tc)
{
	set_up();
	ntrusters = 0;
	trust(&mix);
	sign_simply(&mix, PGP_CLASS_POSITIVE, T0 + DAY);
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(0, nverified);
}

/* Signatures under the neutral key's name that aren't its own. */
static void
forge(uint8_t type, uint32_t first, size_t n)
{
	struct pgp_seckey forger = stranger;

	memcpy(forger.pub.keyid, neutral.pub.keyid, PGP_KEYID_LEN);
	for (; n > 0; n--)
		sign_simply(&forger, type, first++);
}

ATF_TC_WITHOUT_HEAD(forged_certifications_and_revocations_are_nothing);
ATF_TC_BODY(forged_certifications_and_revocations_are_nothing, tc)
{
	set_up();
	forge(PGP_CLASS_POSITIVE, T0 + 5 * DAY, 3);
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(3, nverified);
	forge(PGP_CLASS_REVOKED, T0 + 6 * DAY, 3);
	sign_simply(&neutral, PGP_CLASS_CASUAL, T0 + DAY);
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, class_at(NOW));
	ATF_CHECK_EQ(7, nverified);
}

ATF_TC_WITHOUT_HEAD(few_of_many_forged_certifications_are_verified);
ATF_TC_BODY(few_of_many_forged_certifications_are_verified, tc)
{
	set_up();
	sign_simply(&neutral, PGP_CLASS_CASUAL, T0 + DAY);
	forge(PGP_CLASS_POSITIVE, T0 + 5 * DAY, 200);
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
	ATF_CHECK_EQ(PGP_OPINIONS_MAX, nverified);
	/* A newer one is seen again. */
	sign_simply(&neutral, PGP_CLASS_GENERIC, T0 + 6 * DAY);
	ATF_CHECK_EQ(PGP_CLASS_GENERIC, class_at(NOW));
	ATF_CHECK_EQ(1, nverified);
}

ATF_TC_WITHOUT_HEAD(copies_of_a_signature_take_one_place);
ATF_TC_BODY(copies_of_a_signature_take_one_place, tc)
{
	size_t first, n, i;

	set_up();
	sign_simply(&neutral, PGP_CLASS_CASUAL, T0 + DAY);
	first = len;
	forge(PGP_CLASS_POSITIVE, T0 + 5 * DAY, 1);
	n = len - first;
	for (i = 0; i < 50; i++)
		append(buf + first, n);
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, class_at(NOW));
	ATF_CHECK_EQ(2, nverified);
}

ATF_TC_WITHOUT_HEAD(certifications_by_rsa_keys_are_verified);
ATF_TC_BODY(certifications_by_rsa_keys_are_verified, tc)
{
	struct pgp_signed over = { &mix.pub, NULL, (const uint8_t *)UID,
	    strlen(UID) };
	struct pgp_sig_claims claims = { PGP_CLASS_CASUAL, 0, 0, 0, 0 };
	uint8_t out[PGP_SIG_MAX];
	struct pgp_seckey rsa;

	set_up();
	ATF_REQUIRE_EQ(0, pgp_key_generate(&rsa, PGP_ALG_RSA, 2048, T0));
	ntrusters = 0;
	trust(&rsa);
	append(out, (size_t)pgp_signature_make(&rsa, &over, &claims, T0 + DAY,
	    out));
	ATF_CHECK_EQ(PGP_CLASS_CASUAL, class_at(NOW));
	buf[len - 1] ^= 1;
	ATF_CHECK_EQ(PGP_CLASS_NONE, class_at(NOW));
}

ATF_TC_WITHOUT_HEAD(opinions_of_copies_merge_in_any_order);
ATF_TC_BODY(opinions_of_copies_merge_in_any_order, tc)
{
	static const struct pgp_opinion rising[] = {
		{ PGP_CLASS_NONE, 0, 0 },
		{ PGP_CLASS_POSITIVE, T0, 0 },
		{ PGP_CLASS_POSITIVE, T0 + 1, 0 },
		{ PGP_CLASS_POSITIVE, T0 + 1, NOW + 9 },
		{ PGP_CLASS_POSITIVE, T0 + 1, NOW },
		{ PGP_CLASS_CASUAL, T0 + 1, 0 },
		{ PGP_CLASS_GENERIC, T0 + 1, 0 },
		{ PGP_CLASS_PERSONA, T0 + 1, 0 },
		{ PGP_CLASS_REVOKED, T0 + 1, 0 },
		{ PGP_CLASS_PERSONA, T0 + 2, 0 }
	};
	struct pgp_opinion o;
	size_t i, j;

	for (i = 0; i < sizeof(rising) / sizeof(rising[0]); i++) {
		for (j = 0; j <= i; j++) {
			o = rising[i];
			pgp_opinion_merge(&o, &rising[j]);
			ATF_CHECK_EQ(0, memcmp(&o, &rising[i], sizeof(o)));
			o = rising[j];
			pgp_opinion_merge(&o, &rising[i]);
			ATF_CHECK_EQ(0, memcmp(&o, &rising[i], sizeof(o)));
		}
	}
}

ATF_TC_WITHOUT_HEAD(classes_are_ordered_by_what_they_say);
ATF_TC_BODY(classes_are_ordered_by_what_they_say, tc)
{
	ATF_CHECK_EQ(0, pgp_class_strength(PGP_CLASS_NONE));
	ATF_CHECK_EQ(0, pgp_class_strength(PGP_CLASS_REVOKED));
	ATF_CHECK_EQ(1, pgp_class_strength(PGP_CLASS_PERSONA));
	ATF_CHECK_EQ(2, pgp_class_strength(PGP_CLASS_GENERIC));
	ATF_CHECK_EQ(3, pgp_class_strength(PGP_CLASS_CASUAL));
	ATF_CHECK_EQ(4, pgp_class_strength(PGP_CLASS_POSITIVE));
}

ATF_TC_WITHOUT_HEAD(trusters_are_read_with_their_validity);
ATF_TC_BODY(trusters_are_read_with_their_validity, tc)
{
	uint8_t out[PGP_CERT_BEGIN_MAX + PGP_CERT_SUBKEY_MAX];
	struct pgp_truster t;
	size_t n, used;

	set_up();
	n = (size_t)pgp_cert_begin(&neutral, "Somebody", NOW, T0, out);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_truster_read(out, n, NOW - 1, &t,
	    &used));
	ATF_CHECK_EQ(n, used);
	ATF_CHECK_STREQ("Somebody", t.uid);
	ATF_CHECK_EQ(0, memcmp(t.key.fpr, neutral.pub.fpr, PGP_FPR_LEN));
	ATF_CHECK_EQ(NOW, t.expires);
	ATF_CHECK_EQ(T0, t.claimed);
	ATF_CHECK(pgp_truster_usable(&t, NOW - 1));
	ATF_CHECK(!pgp_truster_usable(&t, NOW));
	ATF_CHECK(!pgp_truster_usable(&t, T0 - 1));
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_truster_read(out, n, NOW, &t, NULL));
	ATF_CHECK(!pgp_truster_usable(&t, NOW));
	n += (size_t)pgp_cert_revoke(&neutral, T0 + DAY, out + n);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_truster_read(out, n, T0 + DAY, &t,
	    NULL));
	ATF_CHECK(!pgp_truster_usable(&t, T0 + DAY));
	ATF_CHECK_EQ(PGP_CERT_NO_VALID_UID, pgp_truster_read(out, n, T0 - 1,
	    &t, NULL));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, certifications_of_each_class_are_told_apart);
	ATF_TP_ADD_TC(tp, certifications_by_strangers_are_not_even_verified);
	ATF_TP_ADD_TC(tp, the_newest_certification_counts);
	ATF_TP_ADD_TC(tp, the_weaker_one_of_a_second_counts);
	ATF_TP_ADD_TC(tp, certifications_end_when_they_say);
	ATF_TP_ADD_TC(tp, certifications_can_be_revoked_and_renewed);
	ATF_TP_ADD_TC(tp, certifications_count_for_their_user_id_only);
	ATF_TP_ADD_TC(tp, certifications_of_another_primary_do_not_count);
	ATF_TP_ADD_TC(tp, certifications_with_flaws_do_not_count);
	ATF_TP_ADD_TC(tp, a_local_revocation_does_not_count);
	ATF_TP_ADD_TC(tp, certifications_by_keys_that_are_over_do_not_count);
	ATF_TP_ADD_TC(tp, a_mix_does_not_certify_itself);
	ATF_TP_ADD_TC(tp, forged_certifications_and_revocations_are_nothing);
	ATF_TP_ADD_TC(tp, few_of_many_forged_certifications_are_verified);
	ATF_TP_ADD_TC(tp, copies_of_a_signature_take_one_place);
	ATF_TP_ADD_TC(tp, certifications_by_rsa_keys_are_verified);
	ATF_TP_ADD_TC(tp, opinions_of_copies_merge_in_any_order);
	ATF_TP_ADD_TC(tp, classes_are_ordered_by_what_they_say);
	ATF_TP_ADD_TC(tp, trusters_are_read_with_their_validity);
	return (atf_no_error());
}
