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
#include "openpgp/packet.h"
#include "openpgp/signature.h"

#include "lib/openpgp/draft.h"
#include "lib/openpgp/vectors.h"

ATF_TC_WITHOUT_HEAD(cert_written_is_read);
ATF_TC_BODY(cert_written_is_read, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	size_t used;

	begin_with_subkey(&d);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0, 0, &cert,
	    &used));
	ATF_CHECK_EQ(d.len, used);
	ATF_CHECK_EQ(0, memcmp(&d.primary.pub, &cert.primary,
	    sizeof(cert.primary)));
	ATF_CHECK_EQ(PGP_FLAG_CERTIFY, cert.flags);
	ATF_CHECK_EQ(0, cert.expires);
	ATF_CHECK_EQ(0, cert.revoked);
	ATF_CHECK_EQ(1, cert.nuids);
	ATF_CHECK_STREQ(UID, cert.uid);
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK_EQ(0, memcmp(&d.sub.pub, &cert.subkeys[0].pub,
	    sizeof(d.sub.pub)));
	ATF_CHECK_EQ(PGP_FLAG_ENCRYPT, cert.subkeys[0].flags);
	ATF_CHECK_EQ(T0 + 2 * DAY, cert.subkeys[0].expires);
	ATF_CHECK_EQ(0, cert.subkeys[0].revoked);
	ATF_CHECK(pgp_subkey_usable(&cert.subkeys[0], T0));
	ATF_CHECK(pgp_subkey_usable(&cert.subkeys[0], T0 + 2 * DAY - 1));
	ATF_CHECK(!pgp_subkey_usable(&cert.subkeys[0], T0 + 2 * DAY));
	ATF_CHECK(!pgp_subkey_usable(&cert.subkeys[0], T0 - 1));
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(cert_rsa_written_is_read);
ATF_TC_BODY(cert_rsa_written_is_read, tc)
{
	static struct draft d;
	uint8_t out[PGP_CERT_BEGIN_MAX];
	struct pgp_cert cert;

	d.len = 0;
	ATF_REQUIRE_EQ(0, pgp_key_generate(&d.primary, PGP_ALG_RSA, 2048,
	    T0));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&d.sub, PGP_ALG_RSA, 2048, T0));
	append(&d, out, pgp_cert_begin(&d.primary, UID, T0 + 9 * DAY, T0,
	    out));
	append(&d, out, pgp_cert_add_subkey(&d.primary, &d.sub.pub, 0, T0,
	    out));
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0, 0, &cert,
	    NULL));
	ATF_CHECK_EQ(T0 + 9 * DAY, cert.expires);
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK_EQ(0, cert.subkeys[0].expires);
	ATF_CHECK(pgp_subkey_usable(&cert.subkeys[0], T0 + 1000 * DAY));
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(cert_writers_refuse_what_cannot_be_said);
ATF_TC_BODY(cert_writers_refuse_what_cannot_be_said, tc)
{
	static struct draft d;
	char uid[PGP_UID_MAX + 2];
	uint8_t out[PGP_CERT_BEGIN_MAX];

	new_keys(&d);
	memset(uid, 'x', sizeof(uid) - 1);
	uid[sizeof(uid) - 1] = '\0';
	ATF_CHECK_EQ(-1, pgp_cert_begin(&d.primary, uid, 0, T0, out));
	uid[sizeof(uid) - 2] = '\0';
	ATF_CHECK(pgp_cert_begin(&d.primary, uid, 0, T0, out) > 0);
	ATF_CHECK_EQ(-1, pgp_cert_begin(&d.primary, UID, T0, T0, out));
	ATF_CHECK_EQ(-1, pgp_cert_begin(&d.primary, UID, 0, -1, out));
	ATF_CHECK_EQ(-1, pgp_cert_add_subkey(&d.primary, &d.sub.pub, T0 - 1,
	    T0, out));
	/* Encryption keys don't sign. */
	ATF_CHECK_EQ(-1, pgp_cert_add_subkey(&d.sub, &d.sub.pub, 0, T0, out));
}

/* What GnuPG 2.2 made. */
ATF_TC_WITHOUT_HEAD(cert_reads_the_vectors);
ATF_TC_BODY(cert_reads_the_vectors, tc)
{
	uint8_t buf[8192];
	struct pgp_cert cert;
	char file[32];
	size_t len, used;
	int i;

	for (i = 1; i <= 8; i++) {
		snprintf(file, sizeof(file), "keys/mix%d.pub.asc", i);
		len = vector_read(file, PGP_ARMOR_PUBLIC_KEY, buf,
		    sizeof(buf));
		ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, T0, 0,
		    &cert, &used));
		ATF_CHECK_EQ(len, used);
		ATF_CHECK_EQ(1, cert.nuids);
		ATF_CHECK_EQ(PGP_FLAG_CERTIFY | PGP_FLAG_SIGN, cert.flags);
		ATF_REQUIRE_EQ(1, cert.nsubkeys);
		ATF_CHECK_EQ(i <= 4 ? PGP_ALG_RSA : PGP_ALG_ECDH,
		    cert.subkeys[0].pub.alg);
		ATF_CHECK(pgp_subkey_usable(&cert.subkeys[0], 1750000000));
		pgp_cert_clear(&cert);
	}
}

/* Subkeys of mix9 are valid 1-3, 2-4 and 3-5 January. */
ATF_TC_WITHOUT_HEAD(cert_rotating_subkeys_come_and_go);
ATF_TC_BODY(cert_rotating_subkeys_come_and_go, tc)
{
	static const struct { int day; size_t all, live; } want[] = {
	    { 0, 1, 1 }, { 1, 2, 2 }, { 2, 3, 2 }, { 3, 3, 1 }, { 4, 3, 0 } };
	uint8_t buf[8192];
	struct pgp_cert cert;
	size_t len, i;
	time_t now;

	len = vector_read("keys/mix9.pub.asc", PGP_ARMOR_PUBLIC_KEY, buf,
	    sizeof(buf));
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		now = T0 + want[i].day * DAY;
		ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, now, 0,
		    &cert, NULL));
		ATF_CHECK_EQ(want[i].all, cert.nsubkeys);
		/* Those not expired come first. */
		ATF_CHECK_EQ(want[i].live > 0,
		    pgp_subkey_usable(&cert.subkeys[0], now));
		pgp_cert_clear(&cert);
		ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, now,
		    PGP_CERT_LIVE_ONLY, &cert, NULL));
		ATF_CHECK_EQ(want[i].live, cert.nsubkeys);
		pgp_cert_clear(&cert);
	}
	/* Before there is any signature there is no user id. */
	ATF_CHECK_EQ(PGP_CERT_NO_VALID_UID, pgp_cert_parse(buf, len, T0 - 1,
	    0, &cert, NULL));
}

ATF_TC_WITHOUT_HEAD(cert_rejects_each_change);
ATF_TC_BODY(cert_rejects_each_change, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	size_t i, skip;

	begin_with_subkey(&d);
	/* Where a change does no harm, it changes nothing either. */
	for (i = 0; i < d.len; i++) {
		d.buf[i] ^= 1;
		if (pgp_cert_parse(d.buf, d.len, T0, 0, &cert,
		    &skip) == PGP_CERT_OK && cert.nsubkeys == 1) {
			ATF_CHECK_EQ(0, memcmp(&cert.subkeys[0].pub,
			    &d.sub.pub, sizeof(d.sub.pub)));
			ATF_CHECK_EQ(T0 + 2 * DAY, cert.subkeys[0].expires);
			ATF_CHECK_STREQ(UID, cert.uid);
		}
		pgp_cert_clear(&cert);
		d.buf[i] ^= 1;
	}
}

ATF_TC_WITHOUT_HEAD(cert_rejects_what_is_cut_off);
ATF_TC_BODY(cert_rejects_what_is_cut_off, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	size_t len, used, whole = 0;

	begin_with_subkey(&d);
	for (len = 0; len < d.len; len++) {
		if (pgp_cert_parse(d.buf, len, T0, 0, &cert,
		    &used) == PGP_CERT_OK) {
			ATF_CHECK_EQ(0, cert.nsubkeys);
			whole++;
		}
		ATF_CHECK_EQ(len, used);
		pgp_cert_clear(&cert);
	}
	/* At the ends of packets: after the user id, after the subkey. */
	ATF_CHECK_EQ(2, whole);
}

ATF_TC_WITHOUT_HEAD(cert_is_not_anything_else);
ATF_TC_BODY(cert_is_not_anything_else, tc)
{
	static const uint8_t v3[] = { 0x98, 8, 3, 0, 0, 0, 0, 0, 0, 1 };
	static struct draft d;
	struct pgp_cert cert;
	size_t used;

	ATF_CHECK_EQ(PGP_CERT_NOT_A_KEY, pgp_cert_parse(d.buf, 0, T0, 0,
	    &cert, &used));
	ATF_CHECK_EQ(PGP_CERT_UNSUPPORTED, pgp_cert_parse(v3, sizeof(v3), T0,
	    0, &cert, &used));
	ATF_CHECK_EQ(sizeof(v3), used);
	new_keys(&d);
	append_packet(&d, PGP_TAG_USER_ID, UID, strlen(UID));
	ATF_CHECK_EQ(PGP_CERT_NOT_A_KEY, parse_error(&d, T0));
	d.len = 0;
	append_pubkey(&d, PGP_TAG_PUBLIC_KEY, &d.primary.pub);
	ATF_CHECK_EQ(PGP_CERT_NO_VALID_UID, parse_error(&d, T0));
	append_packet(&d, PGP_TAG_USER_ID, UID, strlen(UID));
	ATF_CHECK_EQ(PGP_CERT_NO_VALID_UID, parse_error(&d, T0));
	append_signature(&d, &d.primary, PGP_SIG_CERT_POSITIVE, 1, 0, T0);
	ATF_CHECK_EQ(PGP_CERT_OK, parse_error(&d, T0));
	ATF_CHECK(strlen(pgp_cert_strerror(PGP_CERT_TOO_LARGE)) > 0);
}

ATF_TC_WITHOUT_HEAD(cert_uid_with_nul_is_passed_over);
ATF_TC_BODY(cert_uid_with_nul_is_passed_over, tc)
{
	static const uint8_t uid[] = "mixtasy@a.example\0evil";
	static struct draft d;
	struct pgp_signed over = { &d.primary.pub, NULL, uid,
	    sizeof(uid) - 1 };
	struct pgp_sig_claims claims = { PGP_SIG_CERT_POSITIVE, 1, 0, 0, 0 };
	uint8_t out[PGP_SIG_MAX];

	new_keys(&d);
	append_pubkey(&d, PGP_TAG_PUBLIC_KEY, &d.primary.pub);
	append_packet(&d, PGP_TAG_USER_ID, uid, sizeof(uid) - 1);
	append(&d, out, pgp_signature_make(&d.primary, &over, &claims, T0,
	    out));
	ATF_CHECK_EQ(PGP_CERT_NO_VALID_UID, parse_error(&d, T0));
}

ATF_TC_WITHOUT_HEAD(cert_keyring_is_walked);
ATF_TC_BODY(cert_keyring_is_walked, tc)
{
	static const uint8_t dsa[] = { 0x98, 8, 4, 0, 0, 0, 0, 17, 0, 1 };
	static struct draft d, ring;
	struct pgp_cert cert;
	size_t used, at, one;

	ring.len = 0;
	begin_with_subkey(&d);
	one = d.len;
	append(&ring, d.buf, (ssize_t)d.len);
	append(&ring, dsa, sizeof(dsa));
	begin(&d);
	append(&ring, d.buf, (ssize_t)d.len);

	ATF_CHECK_EQ(PGP_CERT_OK, pgp_cert_parse(ring.buf, ring.len, T0, 0,
	    &cert, &used));
	ATF_CHECK_EQ(one, used);
	ATF_CHECK_EQ(1, cert.nsubkeys);
	pgp_cert_clear(&cert);
	at = used;
	ATF_CHECK_EQ(PGP_CERT_UNSUPPORTED, pgp_cert_parse(ring.buf + at,
	    ring.len - at, T0, 0, &cert, &used));
	ATF_CHECK_EQ(sizeof(dsa), used);
	at += used;
	ATF_CHECK_EQ(PGP_CERT_OK, pgp_cert_parse(ring.buf + at, ring.len - at,
	    T0, 0, &cert, &used));
	ATF_CHECK_EQ(ring.len, at + used);
	ATF_CHECK_EQ(0, memcmp(cert.primary.fpr, d.primary.pub.fpr,
	    PGP_FPR_LEN));
	pgp_cert_clear(&cert);
}

/* Live ones stay when there are more subkeys than are kept. */
ATF_TC_WITHOUT_HEAD(cert_keeps_the_live_of_many_subkeys);
ATF_TC_BODY(cert_keeps_the_live_of_many_subkeys, tc)
{
	static struct draft d;
	uint8_t out[PGP_CERT_SUBKEY_MAX], *buf;
	struct pgp_cert cert;
	size_t len, i, n = PGP_SUBKEYS_MAX + 3;
	ssize_t got;

	begin(&d);
	buf = malloc(d.len + n * PGP_CERT_SUBKEY_MAX);
	ATF_REQUIRE(buf != NULL);
	memcpy(buf, d.buf, d.len);
	len = d.len;
	for (i = 0; i < n; i++) {
		/* Another creation time is another key. */
		d.sub.pub.created = T0 + (uint32_t)i;
		got = pgp_cert_add_subkey(&d.primary, &d.sub.pub, i + 2 < n ?
		    T0 + DAY : 0, T0, out);
		ATF_REQUIRE(got > 0);
		memcpy(buf + len, out, (size_t)got);
		len += (size_t)got;
	}
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, T0 + 2 * DAY, 0,
	    &cert, NULL));
	ATF_CHECK_EQ(PGP_SUBKEYS_MAX, cert.nsubkeys);
	ATF_CHECK(pgp_subkey_usable(&cert.subkeys[0], T0 + 2 * DAY));
	ATF_CHECK(pgp_subkey_usable(&cert.subkeys[1], T0 + 2 * DAY));
	ATF_CHECK(!pgp_subkey_usable(&cert.subkeys[2], T0 + 2 * DAY));
	pgp_cert_clear(&cert);
	free(buf);
}

ATF_TC_WITHOUT_HEAD(seccert_written_is_read);
ATF_TC_BODY(seccert_written_is_read, tc)
{
	static struct draft d;
	uint8_t out[8192];
	struct pgp_secsubkey subs[2];
	struct pgp_seckey primary;
	struct pgp_cert cert;
	char uid[PGP_UID_MAX + 1];
	size_t n;
	ssize_t len;
	int has_primary;

	begin_with_subkey(&d);
	len = pgp_seccert_write(d.buf, d.len, &d.primary, &d.sub, 1, out,
	    sizeof(out));
	ATF_REQUIRE(len > 0);
	ATF_CHECK_EQ(-1, pgp_seccert_write(d.buf, d.len, &d.primary, &d.sub,
	    1, out, (size_t)len - 1));
	ATF_REQUIRE_EQ(0, pgp_seccert_read(out, (size_t)len, T0, &primary,
	    &has_primary, subs, 2, &n, uid));
	ATF_CHECK_EQ(1, has_primary);
	ATF_CHECK_EQ(0, memcmp(&primary, &d.primary, sizeof(primary)));
	ATF_REQUIRE_EQ(1, n);
	ATF_CHECK_EQ(0, memcmp(&subs[0].key, &d.sub, sizeof(d.sub)));
	ATF_CHECK_EQ(T0 + 2 * DAY, subs[0].expires);
	ATF_CHECK_EQ(PGP_FLAG_ENCRYPT, subs[0].flags);
	ATF_CHECK_STREQ(UID, uid);
	/* Read as a certificate it is the same one. */
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(out, (size_t)len, T0, 0,
	    &cert, NULL));
	ATF_CHECK_EQ(1, cert.nsubkeys);
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(seccert_without_primary_has_a_stub);
ATF_TC_BODY(seccert_without_primary_has_a_stub, tc)
{
	static struct draft d;
	uint8_t out[8192];
	struct pgp_secsubkey subs[2];
	struct pgp_seckey primary;
	char uid[PGP_UID_MAX + 1];
	size_t n;
	ssize_t len;
	int has_primary;

	begin_with_subkey(&d);
	len = pgp_seccert_write(d.buf, d.len, NULL, &d.sub, 1, out,
	    sizeof(out));
	ATF_REQUIRE(len > 0);
	ATF_REQUIRE_EQ(0, pgp_seccert_read(out, (size_t)len, T0, &primary,
	    &has_primary, subs, 2, &n, uid));
	ATF_CHECK_EQ(0, has_primary);
	ATF_CHECK_EQ(1, n);
	/* No room, no subkeys. */
	ATF_REQUIRE_EQ(0, pgp_seccert_read(out, (size_t)len, T0, &primary,
	    &has_primary, subs, 0, &n, uid));
	ATF_CHECK_EQ(0, n);
}

ATF_TC_WITHOUT_HEAD(seccert_reads_the_vectors);
ATF_TC_BODY(seccert_reads_the_vectors, tc)
{
	uint8_t buf[8192];
	struct pgp_secsubkey subs[4];
	struct pgp_seckey primary;
	char uid[PGP_UID_MAX + 1];
	size_t len, n;
	int has_primary;

	len = vector_read("keys/mix9.sec.asc", PGP_ARMOR_PRIVATE_KEY, buf,
	    sizeof(buf));
	ATF_REQUIRE_EQ(0, pgp_seccert_read(buf, len, T0 + 3 * DAY, &primary,
	    &has_primary, subs, 4, &n, uid));
	ATF_CHECK_EQ(1, has_primary);
	ATF_REQUIRE_EQ(3, n);
	/* The one alive first. */
	ATF_CHECK_EQ(T0 + 4 * DAY, subs[0].expires);
	ATF_CHECK_EQ(T0 + 2 * DAY, subs[1].expires);
	ATF_CHECK_EQ(T0 + 3 * DAY, subs[2].expires);
	ATF_CHECK_EQ(PGP_ALG_RSA, subs[0].key.pub.alg);
	ATF_CHECK_EQ(PGP_ALG_ECDH, subs[2].key.pub.alg);
	ATF_REQUIRE_EQ(0, pgp_seccert_read(buf, len, T0 + 3 * DAY, &primary,
	    &has_primary, subs, 1, &n, uid));
	ATF_REQUIRE_EQ(1, n);
	ATF_CHECK_EQ(T0 + 4 * DAY, subs[0].expires);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cert_written_is_read);
	ATF_TP_ADD_TC(tp, cert_rsa_written_is_read);
	ATF_TP_ADD_TC(tp, cert_writers_refuse_what_cannot_be_said);
	ATF_TP_ADD_TC(tp, cert_reads_the_vectors);
	ATF_TP_ADD_TC(tp, cert_rotating_subkeys_come_and_go);
	ATF_TP_ADD_TC(tp, cert_rejects_each_change);
	ATF_TP_ADD_TC(tp, cert_rejects_what_is_cut_off);
	ATF_TP_ADD_TC(tp, cert_is_not_anything_else);
	ATF_TP_ADD_TC(tp, cert_uid_with_nul_is_passed_over);
	ATF_TP_ADD_TC(tp, cert_keyring_is_walked);
	ATF_TP_ADD_TC(tp, cert_keeps_the_live_of_many_subkeys);
	ATF_TP_ADD_TC(tp, seccert_written_is_read);
	ATF_TP_ADD_TC(tp, seccert_without_primary_has_a_stub);
	ATF_TP_ADD_TC(tp, seccert_reads_the_vectors);

	return (atf_no_error());
}
