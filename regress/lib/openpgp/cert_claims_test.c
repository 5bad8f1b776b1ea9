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
#include <string.h>

#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "openpgp/signature.h"

#include "lib/openpgp/draft.h"

/* What signatures say of subkeys and user ids, and which are believed. */

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

ATF_TP_ADD_TCS(tp)
{
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

	return (atf_no_error());
}
