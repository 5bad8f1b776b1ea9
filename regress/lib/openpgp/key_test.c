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

#include "openpgp/key.h"

#include "lib/openpgp/vectors.h"

#define NOW	1750000000

static const char *const secret_files[] = { "keys/mix1.sec.asc",
    "keys/mix2.sec.asc", "keys/mix3.sec.asc", "keys/mix4.sec.asc",
    "keys/mix5.sec.asc", "keys/mix6.sec.asc", "keys/mix7.sec.asc",
    "keys/mix8.sec.asc", "keys/mix9.sec.asc" };
#define NFILES	(sizeof(secret_files) / sizeof(secret_files[0]))

static void
check_fpr(const char *file, unsigned int tag, int nth, const char *want)
{
	uint8_t buf[8192];
	struct pgp_pubkey pub;
	struct pgp_packet pkt;
	char *fpr, *keyid;
	size_t len;

	len = vector_read(file, PGP_ARMOR_PUBLIC_KEY, buf, sizeof(buf));
	pkt = vector_packet(buf, len, tag, nth);
	ATF_REQUIRE_EQ(0, pgp_pubkey_read(pkt.body, pkt.body_len, &pub));
	fpr = test_hex(pub.fpr, sizeof(pub.fpr));
	keyid = test_hex(pub.keyid, sizeof(pub.keyid));
	ATF_CHECK_STREQ(want, fpr);
	ATF_CHECK_STREQ(want + 24, keyid);
	free(fpr);
	free(keyid);
}

/* As GnuPG 2.2 shows them. */
ATF_TC_WITHOUT_HEAD(key_fingerprints_are_those_of_gnupg);
ATF_TC_BODY(key_fingerprints_are_those_of_gnupg, tc)
{
	check_fpr("keys/mix1.pub.asc", PGP_TAG_PUBLIC_KEY, 0,
	    "32b432c54ef12672a01199534817c4ffbc123f7a");
	check_fpr("keys/mix5.pub.asc", PGP_TAG_PUBLIC_KEY, 0,
	    "93c65e104420d16e904f3401b1446045cd6e0fbb");
	check_fpr("keys/mix9.pub.asc", PGP_TAG_PUBLIC_KEY, 0,
	    "778b0dc89801c4c7d181440adede4a9c3eb505e2");
	check_fpr("keys/mix1.pub.asc", PGP_TAG_PUBLIC_SUBKEY, 0,
	    "6cee057894ed96541788990ce64ba15055fac492");
	check_fpr("keys/mix5.pub.asc", PGP_TAG_PUBLIC_SUBKEY, 0,
	    "999315c8f86210500bfb425322e9765995e3f9b6");
}

static void
check_same_octets(const struct pgp_packet *pkt)
{
	uint8_t out[PGP_SECKEY_BODY_MAX], pub_out[PGP_PUBKEY_BODY_MAX];
	struct pgp_seckey sec;
	size_t n;

	ATF_REQUIRE_EQ(0, pgp_seckey_read(pkt->body, pkt->body_len, &sec));
	ATF_REQUIRE_EQ(pkt->body_len, pgp_seckey_write(&sec, out));
	ATF_CHECK_EQ(0, memcmp(out, pkt->body, pkt->body_len));
	n = pgp_pubkey_write(&sec.pub, pub_out);
	ATF_CHECK_EQ(0, memcmp(pub_out, pkt->body, n));
}

ATF_TC_WITHOUT_HEAD(key_read_and_written_is_the_same);
ATF_TC_BODY(key_read_and_written_is_the_same, tc)
{
	uint8_t buf[8192];
	struct pgp_packet pkt;
	size_t i, len;

	for (i = 0; i < NFILES; i++) {
		len = vector_read(secret_files[i], PGP_ARMOR_PRIVATE_KEY, buf,
		    sizeof(buf));
		pkt = vector_packet(buf, len, PGP_TAG_SECRET_KEY, 0);
		check_same_octets(&pkt);
		pkt = vector_packet(buf, len, PGP_TAG_SECRET_SUBKEY, 0);
		check_same_octets(&pkt);
	}
}

static void
check_generated(uint8_t alg, unsigned int bits)
{
	uint8_t body[PGP_SECKEY_BODY_MAX], again[PGP_SECKEY_BODY_MAX];
	uint8_t pub_body[PGP_PUBKEY_BODY_MAX];
	struct pgp_seckey sec, copy;
	struct pgp_pubkey pub;
	size_t len, i;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, alg, bits, NOW));
	ATF_CHECK_EQ(alg, sec.pub.alg);
	ATF_CHECK_EQ(NOW, sec.pub.created);

	len = pgp_seckey_write(&sec, body);
	ATF_REQUIRE(len <= sizeof(body));
	ATF_REQUIRE_EQ(0, pgp_seckey_read(body, len, &copy));
	ATF_CHECK_EQ(len, pgp_seckey_write(&copy, again));
	ATF_CHECK_EQ(0, memcmp(body, again, len));
	ATF_CHECK_EQ(0, memcmp(sec.scalar, copy.scalar, sizeof(sec.scalar)));

	len = pgp_pubkey_write(&sec.pub, pub_body);
	ATF_REQUIRE_EQ(0, pgp_pubkey_read(pub_body, len, &pub));
	ATF_CHECK_EQ(0, memcmp(&pub, &sec.pub, sizeof(pub)));
	for (i = 0; i < len; i++)
		ATF_CHECK_EQ(-1, pgp_pubkey_read(pub_body, i, &pub));
}

ATF_TC_WITHOUT_HEAD(key_generated_is_read_back);
ATF_TC_BODY(key_generated_is_read_back, tc)
{
	check_generated(PGP_ALG_EDDSA, 0);
	check_generated(PGP_ALG_ECDH, 0);
	check_generated(PGP_ALG_RSA, 2048);
}

ATF_TC_WITHOUT_HEAD(key_curve25519_secret_is_clamped);
ATF_TC_BODY(key_curve25519_secret_is_clamped, tc)
{
	struct pgp_seckey sec;
	int i;

	for (i = 0; i < 32; i++) {
		ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_ECDH, 0,
		    NOW));
		ATF_CHECK_EQ(0, sec.scalar[0] & 7);
		ATF_CHECK_EQ(0x40, sec.scalar[31] & 0xc0);
	}
}

ATF_TC_WITHOUT_HEAD(key_generate_refuses_what_it_cannot_make);
ATF_TC_BODY(key_generate_refuses_what_it_cannot_make, tc)
{
	struct pgp_seckey sec;

	ATF_CHECK_EQ(-1, pgp_key_generate(&sec, PGP_ALG_RSA, 1024, NOW));
	ATF_CHECK_EQ(-1, pgp_key_generate(&sec, PGP_ALG_RSA, 2047, NOW));
	ATF_CHECK_EQ(-1, pgp_key_generate(&sec, 17, 2048, NOW));
	ATF_CHECK_EQ(-1, pgp_key_generate(&sec, PGP_ALG_EDDSA, 0, -1));
	ATF_CHECK_EQ(-1, pgp_key_generate(&sec, PGP_ALG_EDDSA, 0,
	    (time_t)UINT32_MAX + 1));
}

/* Any octet changed: another public key at best, but never this secret. */
ATF_TC_WITHOUT_HEAD(key_secret_rejects_each_change);
ATF_TC_BODY(key_secret_rejects_each_change, tc)
{
	static const uint8_t algs[] = { PGP_ALG_EDDSA, PGP_ALG_ECDH };
	uint8_t body[PGP_SECKEY_BODY_MAX];
	struct pgp_seckey sec, bad;
	size_t len, pub_len, i, j;

	for (j = 0; j < 2; j++) {
		ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, algs[j], 0, NOW));
		pub_len = pgp_pubkey_write(&sec.pub, body);
		len = pgp_seckey_write(&sec, body);
		for (i = pub_len; i < len; i++) {
			body[i] ^= 0x04;
			ATF_CHECK_EQ_MSG(-1, pgp_seckey_read(body, len, &bad),
			    "octet %zu", i);
			body[i] ^= 0x04;
		}
		for (i = 0; i < len; i++)
			ATF_CHECK_EQ(-1, pgp_seckey_read(body, i, &bad));
		body[len] = 0;
		ATF_CHECK_EQ(-1, pgp_seckey_read(body, len + 1, &bad));
		ATF_CHECK_EQ(0, pgp_seckey_read(body, len, &bad));
	}
}

ATF_TC_WITHOUT_HEAD(key_secret_of_another_point_is_rejected);
ATF_TC_BODY(key_secret_of_another_point_is_rejected, tc)
{
	uint8_t body[PGP_SECKEY_BODY_MAX];
	struct pgp_seckey one, two;
	size_t len;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&one, PGP_ALG_ECDH, 0, NOW));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&two, PGP_ALG_ECDH, 0, NOW));
	memcpy(one.scalar, two.scalar, sizeof(one.scalar));
	len = pgp_seckey_write(&one, body);
	ATF_CHECK_EQ(-1, pgp_seckey_read(body, len, &two));
}

ATF_TC_WITHOUT_HEAD(key_rsa_secret_has_to_belong_together);
ATF_TC_BODY(key_rsa_secret_has_to_belong_together, tc)
{
	uint8_t buf[8192], body[PGP_SECKEY_BODY_MAX];
	struct pgp_seckey sec, bad;
	struct pgp_packet pkt;
	size_t len;

	len = vector_read("keys/mix1.sec.asc", PGP_ARMOR_PRIVATE_KEY, buf,
	    sizeof(buf));
	pkt = vector_packet(buf, len, PGP_TAG_SECRET_KEY, 0);
	ATF_REQUIRE_EQ(0, pgp_seckey_read(pkt.body, pkt.body_len, &sec));

	bad = sec;
	bad.p[40] ^= 1;
	len = pgp_seckey_write(&bad, body);
	ATF_CHECK_EQ(-1, pgp_seckey_read(body, len, &bad));
	bad = sec;
	bad.u[127] ^= 1;
	len = pgp_seckey_write(&bad, body);
	ATF_CHECK_EQ(-1, pgp_seckey_read(body, len, &bad));
	bad = sec;
	memset(bad.p, 0, sizeof(bad.p));
	len = pgp_seckey_write(&bad, body);
	ATF_CHECK_EQ(-1, pgp_seckey_read(body, len, &bad));
	/* p and q exchanged, but not u. */
	bad = sec;
	memcpy(bad.p, sec.q, sizeof(bad.p));
	memcpy(bad.q, sec.p, sizeof(bad.q));
	len = pgp_seckey_write(&bad, body);
	ATF_CHECK_EQ(-1, pgp_seckey_read(body, len, &bad));
	len = pgp_seckey_write(&sec, body);
	ATF_CHECK_EQ(0, pgp_seckey_read(body, len, &bad));
}

/* With one octet of its body set to this, the key must not be read. */
static void
check_bad_public(const struct pgp_pubkey *good, size_t offset, uint8_t value)
{
	uint8_t body[PGP_PUBKEY_BODY_MAX];
	struct pgp_pubkey pub;
	size_t len;

	len = pgp_pubkey_write(good, body);
	ATF_REQUIRE_EQ(0, pgp_pubkey_read(body, len, &pub));
	body[offset] = value;
	ATF_CHECK_EQ_MSG(-1, pgp_pubkey_read(body, len, &pub),
	    "octet %zu set to %u", offset, value);
}

ATF_TC_WITHOUT_HEAD(key_public_refuses_what_we_cannot_use);
ATF_TC_BODY(key_public_refuses_what_we_cannot_use, tc)
{
	struct pgp_seckey sec;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_ECDH, 0, NOW));
	check_bad_public(&sec.pub, 0, 3);	/* version */
	check_bad_public(&sec.pub, 5, 17);	/* algorithm */
	check_bad_public(&sec.pub, 7, 0x2c);	/* curve */
	check_bad_public(&sec.pub, 17, 0);	/* bit count */
	check_bad_public(&sec.pub, 18, 8);
	check_bad_public(&sec.pub, 19, 0x41);	/* point format */
	check_bad_public(&sec.pub, 52, 4);	/* KDF: length, version */
	check_bad_public(&sec.pub, 53, 2);
	check_bad_public(&sec.pub, 54, 2);	/* SHA-1 */
	check_bad_public(&sec.pub, 54, 11);
	check_bad_public(&sec.pub, 55, 2);	/* 3DES */
	check_bad_public(&sec.pub, 55, 10);

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_RSA, 2048, NOW));
	check_bad_public(&sec.pub, 6, 7);	/* bit count */
	check_bad_public(&sec.pub, 8, 0x7f);	/* modulus too short for it */
	check_bad_public(&sec.pub, 8 + 255, 2);	/* even modulus */
	check_bad_public(&sec.pub, 8 + 256 + 4, 0);	/* even exponent */
}

/* Such keys only ever verify. */
ATF_TC_WITHOUT_HEAD(key_on_p256_is_read_as_public_only);
ATF_TC_BODY(key_on_p256_is_read_as_public_only, tc)
{
	uint8_t body[PGP_SECKEY_BODY_MAX], out[PGP_PUBKEY_BODY_MAX];
	struct pgp_seckey sec;
	struct pgp_pubkey pub;
	size_t len, i;

	memset(&pub, 0, sizeof(pub));
	pub.alg = PGP_ALG_ECDSA;
	pub.created = NOW;
	for (i = 0; i < 64; i++)
		pub.n[i] = (uint8_t)(i * 3);
	len = pgp_pubkey_write(&pub, body);
	/* Version, time, algorithm; curve; bit count and point. */
	ATF_REQUIRE_EQ(6 + 9 + 2 + 65, len);
	ATF_REQUIRE_EQ(0, pgp_pubkey_read(body, len, &pub));
	ATF_CHECK_EQ(64, pub.n_len);
	ATF_CHECK_EQ(63 * 3, pub.n[63]);
	ATF_CHECK_EQ(len, pgp_pubkey_write(&pub, out));
	ATF_CHECK_EQ(0, memcmp(body, out, len));
	check_bad_public(&pub, 7, 0x2b);	/* curve */
	check_bad_public(&pub, 16, 4);		/* bit count: 516 */
	check_bad_public(&pub, 17, 6);		/* point format */

	/* A secret, unencrypted, with its checksum. */
	memcpy(body + len, "\0\0\1\1\0\2", 6);
	ATF_CHECK_EQ(-1, pgp_seckey_read(body, len + 6, &sec));
	ATF_CHECK_EQ(-1, pgp_key_generate(&sec, PGP_ALG_ECDSA, 256, NOW));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, key_fingerprints_are_those_of_gnupg);
	ATF_TP_ADD_TC(tp, key_read_and_written_is_the_same);
	ATF_TP_ADD_TC(tp, key_generated_is_read_back);
	ATF_TP_ADD_TC(tp, key_curve25519_secret_is_clamped);
	ATF_TP_ADD_TC(tp, key_generate_refuses_what_it_cannot_make);
	ATF_TP_ADD_TC(tp, key_secret_rejects_each_change);
	ATF_TP_ADD_TC(tp, key_secret_of_another_point_is_rejected);
	ATF_TP_ADD_TC(tp, key_rsa_secret_has_to_belong_together);
	ATF_TP_ADD_TC(tp, key_public_refuses_what_we_cannot_use);
	ATF_TP_ADD_TC(tp, key_on_p256_is_read_as_public_only);

	return (atf_no_error());
}
