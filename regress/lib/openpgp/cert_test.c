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
#include <time.h>

#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "openpgp/signature.h"

#include "lib/openpgp/vectors.h"

#define T0	1704067200		/* 2024-01-01 */
#define DAY	86400
#define UID	"Mix (mixtasy-mode:middleman) <mixtasy@mix.example>"

/* A certificate being put together, packet by packet. */
struct draft {
	struct pgp_seckey	primary;
	struct pgp_seckey	sub;
	uint8_t			buf[65536];
	size_t			len;
};

static void
append(struct draft *d, const void *buf, ssize_t len)
{
	ATF_REQUIRE(len >= 0 && (size_t)len <= sizeof(d->buf) - d->len);
	memcpy(d->buf + d->len, buf, (size_t)len);
	d->len += (size_t)len;
}

static void
append_packet(struct draft *d, unsigned int tag, const void *body, size_t len)
{
	uint8_t head[6];

	append(d, head, (ssize_t)pgp_packet_header(head, tag, len));
	append(d, body, (ssize_t)len);
}

static void
append_pubkey(struct draft *d, unsigned int tag, const struct pgp_pubkey *pub)
{
	uint8_t body[PGP_PUBKEY_BODY_MAX];

	append_packet(d, tag, body, pgp_pubkey_write(pub, body));
}

/* A signature by signer that says it is over subkey, or uid, or neither. */
static void
append_signature(struct draft *d, const struct pgp_seckey *signer,
    uint8_t type, uint8_t flags, uint32_t lifetime, time_t when)
{
	struct pgp_signed over = { &d->primary.pub, NULL, NULL, 0 };
	struct pgp_sig_claims claims = { type, flags, lifetime, 0, 0 };
	uint8_t out[PGP_SIG_MAX];

	if (type == PGP_SIG_SUBKEY_BINDING ||
	    type == PGP_SIG_SUBKEY_REVOCATION)
		over.subkey = &d->sub.pub;
	else if (type <= PGP_SIG_CERT_POSITIVE ||
	    type == PGP_SIG_CERT_REVOCATION) {
		over.uid = (const uint8_t *)UID;
		over.uid_len = strlen(UID);
	}
	append(d, out, pgp_signature_make(signer, &over, &claims, when, out));
}

static void
new_keys(struct draft *d)
{
	d->len = 0;
	ATF_REQUIRE_EQ(0, pgp_key_generate(&d->primary, PGP_ALG_EDDSA, 0,
	    T0));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&d->sub, PGP_ALG_ECDH, 0, T0));
}

/* Primary and user id as they should be. */
static void
begin(struct draft *d)
{
	uint8_t out[PGP_CERT_BEGIN_MAX];

	new_keys(d);
	append(d, out, pgp_cert_begin(&d->primary, UID, 0, T0, out));
}

static void
begin_with_subkey(struct draft *d)
{
	uint8_t out[PGP_CERT_SUBKEY_MAX];

	begin(d);
	append(d, out, pgp_cert_add_subkey(&d->primary, &d->sub.pub,
	    T0 + 2 * DAY, T0, out));
}

/* Parses the draft at the time and says how many subkeys it has. */
static size_t
count_subkeys(const struct draft *d, time_t now)
{
	struct pgp_cert cert;
	size_t n;

	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d->buf, d->len, now, 0,
	    &cert, NULL));
	n = cert.nsubkeys;
	pgp_cert_clear(&cert);
	return (n);
}

static enum pgp_cert_error
parse_error(const struct draft *d, time_t now)
{
	struct pgp_cert cert;
	enum pgp_cert_error error;

	error = pgp_cert_parse(d->buf, d->len, now, 0, &cert, NULL);
	pgp_cert_clear(&cert);
	return (error);
}

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

ATF_TC_WITHOUT_HEAD(cert_subkey_needs_a_binding_of_this_primary);
ATF_TC_BODY(cert_subkey_needs_a_binding_of_this_primary, tc)
{
	static struct draft d;
	struct pgp_seckey other;

	begin(&d);
	append_pubkey(&d, PGP_TAG_PUBLIC_SUBKEY, &d.sub.pub);
	ATF_CHECK_EQ(0, count_subkeys(&d, T0));

	/* By a stranger, honest about it; then under the primary's name. */
	ATF_REQUIRE_EQ(0, pgp_key_generate(&other, PGP_ALG_EDDSA, 0, T0));
	append_signature(&d, &other, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 0, T0);
	memcpy(other.pub.fpr, d.primary.pub.fpr, PGP_FPR_LEN);
	memcpy(other.pub.keyid, d.primary.pub.keyid, PGP_KEYID_LEN);
	append_signature(&d, &other, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 0, T0);
	/* A certification is no binding. */
	append_signature(&d, &d.primary, PGP_SIG_CERT_POSITIVE,
	    PGP_FLAG_ENCRYPT, 0, T0);
	ATF_CHECK_EQ(0, count_subkeys(&d, T0));
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 0, T0);
	ATF_CHECK_EQ(1, count_subkeys(&d, T0));
}

ATF_TC_WITHOUT_HEAD(cert_newest_binding_wins);
ATF_TC_BODY(cert_newest_binding_wins, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	int i;

	begin(&d);
	append_pubkey(&d, PGP_TAG_PUBLIC_SUBKEY, &d.sub.pub);
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 2 * DAY, T0 + 100);
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 3 * DAY, T0 + 200);
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 1 * DAY, T0);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len,
		    T0 + i * 100, 0, &cert, NULL));
		ATF_REQUIRE_EQ(1, cert.nsubkeys);
		ATF_CHECK_EQ(T0 + (uint32_t)(i + 1) * DAY,
		    cert.subkeys[0].expires);
		pgp_cert_clear(&cert);
	}
}

ATF_TC_WITHOUT_HEAD(cert_subkey_without_flags_is_unusable);
ATF_TC_BODY(cert_subkey_without_flags_is_unusable, tc)
{
	static struct draft d;
	struct pgp_cert cert;

	begin(&d);
	append_pubkey(&d, PGP_TAG_PUBLIC_SUBKEY, &d.sub.pub);
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_BINDING, 0, 0, T0);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0, 0, &cert,
	    NULL));
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK(!pgp_subkey_usable(&cert.subkeys[0], T0));
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(cert_expiry_does_not_wrap);
ATF_TC_BODY(cert_expiry_does_not_wrap, tc)
{
	static struct draft d;
	struct pgp_cert cert;

	begin(&d);
	append_pubkey(&d, PGP_TAG_PUBLIC_SUBKEY, &d.sub.pub);
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, UINT32_MAX - T0 + 1, T0);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0, 0, &cert,
	    NULL));
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK_EQ(UINT32_MAX, cert.subkeys[0].expires);
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(cert_revocation_of_the_primary);
ATF_TC_BODY(cert_revocation_of_the_primary, tc)
{
	static struct draft d;
	uint8_t out[PGP_CERT_SUBKEY_MAX];
	struct pgp_cert cert;

	begin_with_subkey(&d);
	append(&d, out, pgp_cert_revoke(&d.primary, T0 + DAY, out));
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0 + DAY, 0,
	    &cert, NULL));
	ATF_CHECK_EQ(1, cert.revoked);
	pgp_cert_clear(&cert);
	/* Not yet. */
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0 + DAY - 1,
	    0, &cert, NULL));
	ATF_CHECK_EQ(0, cert.revoked);
	pgp_cert_clear(&cert);
	/* Spoilt. */
	d.buf[d.len - 1] ^= 1;
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0 + DAY, 0,
	    &cert, NULL));
	ATF_CHECK_EQ(0, cert.revoked);
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(cert_revocation_of_a_subkey);
ATF_TC_BODY(cert_revocation_of_a_subkey, tc)
{
	static struct draft d;
	struct pgp_cert cert;

	begin_with_subkey(&d);
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_REVOCATION, 0, 0,
	    T0 + 1);
	/* The same subkey once more, without its revocation. */
	append_pubkey(&d, PGP_TAG_PUBLIC_SUBKEY, &d.sub.pub);
	append_signature(&d, &d.primary, PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 0, T0 + 2);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0 + 2, 0,
	    &cert, NULL));
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK_EQ(1, cert.subkeys[0].revoked);
	ATF_CHECK(!pgp_subkey_usable(&cert.subkeys[0], T0 + 2));
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(cert_revocation_of_a_uid_can_be_undone);
ATF_TC_BODY(cert_revocation_of_a_uid_can_be_undone, tc)
{
	static struct draft d;

	begin(&d);
	append_signature(&d, &d.primary, PGP_SIG_CERT_REVOCATION, 0, 0,
	    T0 + 1);
	ATF_CHECK_EQ(PGP_CERT_OK, parse_error(&d, T0));
	ATF_CHECK_EQ(PGP_CERT_NO_VALID_UID, parse_error(&d, T0 + 1));
	append_signature(&d, &d.primary, PGP_SIG_CERT_GENERIC, 1, 0, T0 + 2);
	ATF_CHECK_EQ(PGP_CERT_OK, parse_error(&d, T0 + 2));
}

/* Signatures that say they are the primary's, but aren't. */
static void
append_forgeries(struct draft *d, uint8_t type, int n)
{
	struct pgp_seckey other;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&other, PGP_ALG_EDDSA, 0, T0));
	memcpy(other.pub.fpr, d->primary.pub.fpr, PGP_FPR_LEN);
	memcpy(other.pub.keyid, d->primary.pub.keyid, PGP_KEYID_LEN);
	while (n-- > 0)
		append_signature(d, &other, type, PGP_FLAG_ENCRYPT, 0,
		    T0 + n);
}

ATF_TC_WITHOUT_HEAD(cert_doubt_about_revocation_counts);
ATF_TC_BODY(cert_doubt_about_revocation_counts, tc)
{
	static struct draft d;
	struct pgp_cert cert;

	begin_with_subkey(&d);
	append_forgeries(&d, PGP_SIG_SUBKEY_REVOCATION, 8);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0 + 99, 0,
	    &cert, NULL));
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK_EQ(0, cert.subkeys[0].revoked);
	pgp_cert_clear(&cert);
	append_forgeries(&d, PGP_SIG_SUBKEY_REVOCATION, 1);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0 + 99, 0,
	    &cert, NULL));
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK_EQ(1, cert.subkeys[0].revoked);
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(cert_forged_bindings_are_not_all_tried);
ATF_TC_BODY(cert_forged_bindings_are_not_all_tried, tc)
{
	static struct draft d;

	begin_with_subkey(&d);
	append_forgeries(&d, PGP_SIG_SUBKEY_BINDING, 9);
	ATF_CHECK_EQ(0, count_subkeys(&d, T0 + 99));
	/* Before the forgeries' time they take no place. */
	ATF_CHECK_EQ(1, count_subkeys(&d, T0));
}

/*
 * In a binding that we make without an expiry: where the length of the
 * unhashed subpackets stands, after six octets and the hashed ones (issuer,
 * time, flags).
 */
#define UNHASHED	(2 + 6 + 23 + 6 + 3)

/* A binding with more unhashed subpackets, in front of the issuer. */
static void
append_binding_with(struct draft *d, const char *subpackets, size_t n)
{
	struct pgp_signed over = { &d->primary.pub, &d->sub.pub, NULL, 0 };
	struct pgp_sig_claims claims = { PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 0, 0, 0 };
	uint8_t out[PGP_SIG_MAX];
	ssize_t len;

	ATF_REQUIRE((len = pgp_signature_make(&d->primary, &over, &claims, T0,
	    out)) > 0);
	ATF_REQUIRE_EQ(0x88, out[0]);
	ATF_REQUIRE_EQ(10, out[UNHASHED + 1]);
	out[1] = (uint8_t)(out[1] + n);
	out[UNHASHED + 1] = (uint8_t)(10 + n);
	append(d, out, UNHASHED + 2);
	append(d, subpackets, (ssize_t)n);
	append(d, out + UNHASHED + 2, len - (UNHASHED + 2));
}

ATF_TC_WITHOUT_HEAD(cert_unhashed_subpackets_say_nothing);
ATF_TC_BODY(cert_unhashed_subpackets_say_nothing, tc)
{
	static struct draft d;
	struct pgp_cert cert;

	begin(&d);
	append_pubkey(&d, PGP_TAG_PUBLIC_SUBKEY, &d.sub.pub);
	/* Expiry after a second; created later; flags; another issuer. */
	append_binding_with(&d, "\x05\x09\x00\x00\x00\x01"
	    "\x05\x02\xff\xff\xff\xff" "\x02\x1b\x02"
	    "\x09\x10" "notmykey", 25);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(d.buf, d.len, T0 + 99, 0,
	    &cert, NULL));
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_CHECK_EQ(0, cert.subkeys[0].expires);
	ATF_CHECK_EQ(PGP_FLAG_ENCRYPT, cert.subkeys[0].flags);
	pgp_cert_clear(&cert);
}

/* A signature body of these hashed subpackets, for reading alone. */
static int
read_with_hashed(const char *subpackets, size_t n)
{
	static const uint8_t tail[] = { 0x00, 0x0a, 0x09, 0x10, 1, 2, 3, 4, 5,
	    6, 7, 8, 0xab, 0xcd };
	uint8_t body[128] = { 4, PGP_SIG_SUBKEY_BINDING, PGP_ALG_EDDSA, 8, 0,
	    0, 5, 2, 1, 2, 3, 4 };
	struct pgp_signature sig;

	body[5] = (uint8_t)(6 + n);
	memcpy(body + 12, subpackets, n);
	memcpy(body + 12 + n, tail, sizeof(tail));
	return (pgp_signature_read(body, 12 + n + sizeof(tail), &sig));
}

ATF_TC_WITHOUT_HEAD(signature_with_unknown_critical_part_is_refused);
ATF_TC_BODY(signature_with_unknown_critical_part_is_refused, tc)
{
	ATF_CHECK_EQ(0, read_with_hashed("", 0));
	/* Type 99, and a notation: not critical, critical. */
	ATF_CHECK_EQ(0, read_with_hashed("\x02\x63\x00", 3));
	ATF_CHECK_EQ(-1, read_with_hashed("\x02\xe3\x00", 3));
	ATF_CHECK_EQ(0, read_with_hashed("\x02\x14\x00", 3));
	ATF_CHECK_EQ(-1, read_with_hashed("\x02\x94\x00", 3));
	/* Key flags may well be critical. */
	ATF_CHECK_EQ(0, read_with_hashed("\x02\x9b\x0c", 3));
}

ATF_TC_WITHOUT_HEAD(signature_with_broken_parts_is_refused);
ATF_TC_BODY(signature_with_broken_parts_is_refused, tc)
{
	ATF_CHECK_EQ(-1, read_with_hashed("\x00", 1));
	ATF_CHECK_EQ(-1, read_with_hashed("\x03\x1b\x0c", 3));
	ATF_CHECK_EQ(-1, read_with_hashed("\xff\xff\xff\xff\xff\x1b", 6));
	ATF_CHECK_EQ(-1, read_with_hashed("\xc0", 1));
	ATF_CHECK_EQ(-1, read_with_hashed("\x04\x09\x00\x00\x01", 5));
	ATF_CHECK_EQ(-1, read_with_hashed("\x06\x02\x00\x00\x00\x00\x01", 7));
}

/*
 * A certificate with so many signatures of a stranger behind it, in memory to
 * be freed.
 */
static uint8_t *
poisoned(struct draft *d, size_t n, size_t *len)
{
	struct pgp_seckey other;
	uint8_t *buf;
	size_t first, one, i;

	begin_with_subkey(d);
	first = d->len;
	ATF_REQUIRE_EQ(0, pgp_key_generate(&other, PGP_ALG_EDDSA, 0, T0));
	append_signature(d, &other, PGP_SIG_CERT_GENERIC, 0, 0, T0);
	one = d->len - first;
	*len = first + n * one;
	ATF_REQUIRE((buf = malloc(*len)) != NULL);
	memcpy(buf, d->buf, first);
	for (i = 0; i < n; i++)
		memcpy(buf + first + i * one, d->buf + first, one);
	return (buf);
}

/*
 * Certificates with as many signatures of strangers have been seen on
 * keyservers.
 */
ATF_TC_WITHOUT_HEAD(cert_poisoned_is_refused_unseen);
ATF_TC_BODY(cert_poisoned_is_refused_unseen, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	uint8_t *buf;
	size_t len, used;

	buf = poisoned(&d, 150000, &len);
	ATF_CHECK_EQ(PGP_CERT_TOO_LARGE, pgp_cert_parse(buf, len, T0, 0,
	    &cert, &used));
	ATF_CHECK_EQ(len, used);
	ATF_CHECK_EQ(0, cert.nverified);
	free(buf);
}

ATF_TC_WITHOUT_HEAD(cert_signatures_of_strangers_are_not_verified);
ATF_TC_BODY(cert_signatures_of_strangers_are_not_verified, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	uint8_t *buf;
	size_t len, used;

	buf = poisoned(&d, 15000, &len);
	ATF_CHECK_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, T0, 0, &cert,
	    &used));
	ATF_CHECK_EQ(len, used);
	ATF_CHECK_EQ(1, cert.nsubkeys);
	/* The self-signature and the binding. */
	ATF_CHECK_EQ(2, cert.nverified);
	pgp_cert_clear(&cert);
	free(buf);
}

/* An append-only keyserver after two years. */
ATF_TC_WITHOUT_HEAD(cert_signatures_of_expired_subkeys_are_not_verified);
ATF_TC_BODY(cert_signatures_of_expired_subkeys_are_not_verified, tc)
{
	static struct draft d;
	uint8_t out[PGP_CERT_SUBKEY_MAX], *buf;
	struct pgp_cert cert;
	size_t len, i, n = 730;
	time_t now = T0 + (time_t)n * DAY;
	ssize_t got;

	begin(&d);
	ATF_REQUIRE((buf = malloc(d.len + (n + 1) * sizeof(out))) != NULL);
	memcpy(buf, d.buf, d.len);
	len = d.len;
	for (i = 0; i <= n; i++) {
		d.sub.pub.created = T0 + (uint32_t)i * DAY;
		got = pgp_cert_add_subkey(&d.primary, &d.sub.pub,
		    (time_t)d.sub.pub.created + 2 * DAY,
		    (time_t)d.sub.pub.created, out);
		ATF_REQUIRE(got > 0);
		memcpy(buf + len, out, (size_t)got);
		len += (size_t)got;
	}
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, now,
	    PGP_CERT_LIVE_ONLY, &cert, NULL));
	/* The user id's and those of the two that live. */
	ATF_CHECK_EQ(2, cert.nsubkeys);
	ATF_CHECK_EQ(3, cert.nverified);
	pgp_cert_clear(&cert);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, now, 0, &cert,
	    NULL));
	ATF_CHECK_EQ(n + 1, cert.nsubkeys);
	ATF_CHECK_EQ(n + 2, cert.nverified);
	pgp_cert_clear(&cert);
	free(buf);
}

/* Bindings that claim to be alive have to be tried, but not for ever. */
ATF_TC_WITHOUT_HEAD(cert_of_many_forged_bindings_is_given_up);
ATF_TC_BODY(cert_of_many_forged_bindings_is_given_up, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	uint8_t *buf;
	size_t len, first, one, i, n = 400;

	begin(&d);
	first = d.len;
	append_pubkey(&d, PGP_TAG_PUBLIC_SUBKEY, &d.sub.pub);
	append_forgeries(&d, PGP_SIG_SUBKEY_BINDING, 1);
	one = d.len - first;
	len = first + n * one;
	ATF_REQUIRE((buf = malloc(len)) != NULL);
	memcpy(buf, d.buf, first);
	for (i = 0; i < n; i++)
		memcpy(buf + first + i * one, d.buf + first, one);
	ATF_CHECK_EQ(PGP_CERT_TOO_LARGE, pgp_cert_parse(buf, len, T0,
	    PGP_CERT_LIVE_ONLY, &cert, NULL));
	ATF_CHECK_EQ(256, cert.nverified);
	free(buf);
}

ATF_TC_WITHOUT_HEAD(cert_with_an_oversized_packet_is_refused);
ATF_TC_BODY(cert_with_an_oversized_packet_is_refused, tc)
{
	static uint8_t big[PGP_CERT_PACKET_MAX + 1];
	static struct draft d;
	struct pgp_cert cert;
	uint8_t *buf, head[6];
	size_t n, len, used;

	begin_with_subkey(&d);
	ATF_REQUIRE((buf = malloc(d.len + 6 + sizeof(big))) != NULL);
	memcpy(buf, d.buf, d.len);
	for (len = sizeof(big); len >= sizeof(big) - 1; len--) {
		n = pgp_packet_header(head, PGP_TAG_USER_ATTRIBUTE, len);
		memcpy(buf + d.len, head, n);
		memcpy(buf + d.len + n, big, len);
		ATF_CHECK_EQ(len == sizeof(big) ? PGP_CERT_PACKET_TOO_LARGE :
		    PGP_CERT_OK, pgp_cert_parse(buf, d.len + n + len, T0, 0,
		    &cert, &used));
		ATF_CHECK_EQ(d.len + n + len, used);
		ATF_CHECK_EQ(len == sizeof(big) ? 0 : 2, cert.nverified);
		pgp_cert_clear(&cert);
	}
	free(buf);
}

/* Of packets that are allowed, but together are too much. */
ATF_TC_WITHOUT_HEAD(cert_of_too_many_octets_is_refused);
ATF_TC_BODY(cert_of_too_many_octets_is_refused, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	uint8_t *buf, head[6];
	size_t n, len, used;

	begin(&d);
	ATF_REQUIRE((buf = calloc(1, PGP_CERT_SIZE_MAX +
	    PGP_CERT_PACKET_MAX)) != NULL);
	memcpy(buf, d.buf, d.len);
	len = d.len;
	n = pgp_packet_header(head, PGP_TAG_USER_ATTRIBUTE, 65000);
	while (len <= PGP_CERT_SIZE_MAX) {
		memcpy(buf + len, head, n);
		len += n + 65000;
	}
	ATF_CHECK_EQ(PGP_CERT_TOO_LARGE, pgp_cert_parse(buf, len, T0, 0,
	    &cert, &used));
	ATF_CHECK_EQ(len, used);
	len -= n + 65000;
	ATF_CHECK_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, T0, 0, &cert,
	    &used));
	pgp_cert_clear(&cert);
	free(buf);
}

ATF_TC_WITHOUT_HEAD(cert_of_too_many_packets_is_refused);
ATF_TC_BODY(cert_of_too_many_packets_is_refused, tc)
{
	static struct draft d;
	struct pgp_cert cert;
	uint8_t *buf;
	size_t n = 500000, used, i;

	begin(&d);
	buf = malloc(d.len + 2 * n);
	ATF_REQUIRE(buf != NULL);
	memcpy(buf, d.buf, d.len);
	for (i = 0; i < n; i++)
		memcpy(buf + d.len + 2 * i, "\xb4\x00", 2);
	ATF_CHECK_EQ(PGP_CERT_TOO_LARGE, pgp_cert_parse(buf, d.len + 2 * n,
	    T0, 0, &cert, &used));
	ATF_CHECK_EQ(d.len + 2 * n, used);
	free(buf);
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
	ATF_TP_ADD_TC(tp, cert_subkey_needs_a_binding_of_this_primary);
	ATF_TP_ADD_TC(tp, cert_newest_binding_wins);
	ATF_TP_ADD_TC(tp, cert_subkey_without_flags_is_unusable);
	ATF_TP_ADD_TC(tp, cert_expiry_does_not_wrap);
	ATF_TP_ADD_TC(tp, cert_revocation_of_the_primary);
	ATF_TP_ADD_TC(tp, cert_revocation_of_a_subkey);
	ATF_TP_ADD_TC(tp, cert_revocation_of_a_uid_can_be_undone);
	ATF_TP_ADD_TC(tp, cert_doubt_about_revocation_counts);
	ATF_TP_ADD_TC(tp, cert_forged_bindings_are_not_all_tried);
	ATF_TP_ADD_TC(tp, cert_unhashed_subpackets_say_nothing);
	ATF_TP_ADD_TC(tp, signature_with_unknown_critical_part_is_refused);
	ATF_TP_ADD_TC(tp, signature_with_broken_parts_is_refused);
	ATF_TP_ADD_TC(tp, cert_poisoned_is_refused_unseen);
	ATF_TP_ADD_TC(tp, cert_signatures_of_strangers_are_not_verified);
	ATF_TP_ADD_TC(tp,
	    cert_signatures_of_expired_subkeys_are_not_verified);
	ATF_TP_ADD_TC(tp, cert_of_many_forged_bindings_is_given_up);
	ATF_TP_ADD_TC(tp, cert_with_an_oversized_packet_is_refused);
	ATF_TP_ADD_TC(tp, cert_of_too_many_octets_is_refused);
	ATF_TP_ADD_TC(tp, cert_of_too_many_packets_is_refused);
	ATF_TP_ADD_TC(tp, cert_uid_with_nul_is_passed_over);
	ATF_TP_ADD_TC(tp, cert_keyring_is_walked);
	ATF_TP_ADD_TC(tp, cert_keeps_the_live_of_many_subkeys);
	ATF_TP_ADD_TC(tp, seccert_written_is_read);
	ATF_TP_ADD_TC(tp, seccert_without_primary_has_a_stub);
	ATF_TP_ADD_TC(tp, seccert_reads_the_vectors);

	return (atf_no_error());
}
