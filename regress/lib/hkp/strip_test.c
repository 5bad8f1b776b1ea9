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

#include "compat/compat.h"
#include "hkp/strip.h"
#include "lib/testutil.h"
#include "mixtasy/roster.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "openpgp/signature.h"

#define NOW	((time_t)1700000000)
#define DAY	86400
#define UID	"(mixtasy-mode:middleman) <mixtasy@a.example.net>"
#define CERT_MAX	(1024 * 1024)

static uint8_t cert[CERT_MAX], out[CERT_MAX];
static size_t len;
static struct pgp_seckey primary;

static void
begin(void)
{
	ssize_t n;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&primary, PGP_ALG_EDDSA, 0,
	    NOW - 800 * DAY));
	n = pgp_cert_begin(&primary, UID, 0, NOW - 800 * DAY, cert);
	ATF_REQUIRE(n != -1);
	len = (size_t)n;
}

/* A subkey of two days. */
static void
add_subkey(time_t created)
{
	struct pgp_seckey sub;
	ssize_t n;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sub, PGP_ALG_ECDH, 0, created));
	n = pgp_cert_add_subkey(&primary, &sub.pub, created + 2 * DAY,
	    created, cert + len);
	ATF_REQUIRE(n != -1);
	len += (size_t)n;
}

/* A signature by somebody else over the user id; returns its key id. */
static void
add_certification(uint8_t keyid[PGP_KEYID_LEN])
{
	static struct pgp_seckey other;
	struct pgp_sig_claims claims;
	struct pgp_signed over;
	ssize_t n;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&other, PGP_ALG_EDDSA, 0,
	    NOW - 100 * DAY));
	memset(&claims, 0, sizeof(claims));
	memset(&over, 0, sizeof(over));
	claims.type = PGP_SIG_CERT_POSITIVE;
	over.primary = &primary.pub;
	over.uid = (const uint8_t *)UID;
	over.uid_len = strlen(UID);
	n = pgp_signature_make(&other, &over, &claims, NOW - DAY, cert + len);
	ATF_REQUIRE(n != -1);
	len += (size_t)n;
	memcpy(keyid, other.pub.keyid, PGP_KEYID_LEN);
}

static void
add_packet(unsigned int tag, size_t n)
{
	len += pgp_packet_header(cert + len, tag, n);
	memset(cert + len, 'x', n);
	len += n;
}

static size_t
count_packets(const uint8_t *buf, size_t n, unsigned int tag)
{
	struct pgp_packet packet;
	size_t count = 0, size;

	for (; n > 0; buf += size, n -= size) {
		ATF_REQUIRE_EQ(0, pgp_packet_read(buf, n, &packet));
		size = packet.header_len + packet.body_len;
		count += packet.tag == tag;
	}
	return (count);
}

/* What a roster makes of it is the same. */
static void
require_same_roster(size_t n)
{
	size_t counts[ROSTER_NERRORS] = { 0 };
	struct roster a, b;
	uint8_t one[32], other[32];

	roster_init(&a);
	roster_init(&b);
	roster_add(&a, cert, len, NOW, counts);
	roster_add(&b, out, n, NOW, counts);
	roster_digest(&a, one);
	roster_digest(&b, other);
	ATF_REQUIRE_EQ(a.nmixes, b.nmixes);
	ATF_REQUIRE_EQ(a.nbars, b.nbars);
	ATF_REQUIRE_EQ(0, memcmp(one, other, sizeof(one)));
	roster_clear(&a);
	roster_clear(&b);
}

ATF_TC_WITHOUT_HEAD(strip_leaves_the_subkeys_that_live);
ATF_TC_BODY(strip_leaves_the_subkeys_that_live, tc)
{
	time_t when;
	size_t n;

	begin();
	for (when = NOW - 730 * DAY; when <= NOW; when += DAY)
		add_subkey(when);
	n = hkp_strip(cert, len, NOW, NULL, 0, out);
	ATF_REQUIRE_EQ(731, count_packets(cert, len, PGP_TAG_PUBLIC_SUBKEY));
	ATF_REQUIRE_EQ(2, count_packets(out, n, PGP_TAG_PUBLIC_SUBKEY));
	ATF_REQUIRE_EQ(3, count_packets(out, n, PGP_TAG_SIGNATURE));
	ATF_REQUIRE(len > 120000 && n < 1024);
	require_same_roster(n);
}

ATF_TC_WITHOUT_HEAD(strip_leaves_certifications_that_count);
ATF_TC_BODY(strip_leaves_certifications_that_count, tc)
{
	uint8_t keyids[2][PGP_KEYID_LEN], unknown[PGP_KEYID_LEN];
	size_t n;

	begin();
	add_certification(keyids[0]);
	add_certification(unknown);
	add_certification(keyids[1]);
	add_packet(PGP_TAG_USER_ATTRIBUTE, 30000);
	add_certification(unknown);
	add_subkey(NOW - 10);
	n = hkp_strip(cert, len, NOW, (const uint8_t (*)[PGP_KEYID_LEN])keyids,
	    2, out);
	ATF_REQUIRE_EQ(0, count_packets(out, n, PGP_TAG_USER_ATTRIBUTE));
	ATF_REQUIRE_EQ(4, count_packets(out, n, PGP_TAG_SIGNATURE));
	require_same_roster(n);
	n = hkp_strip(cert, len, NOW, NULL, 0, out);
	ATF_REQUIRE_EQ(2, count_packets(out, n, PGP_TAG_SIGNATURE));
}

/* What makes a certificate be refused must stay in it. */
ATF_TC_WITHOUT_HEAD(strip_leaves_user_ids_and_revocations);
ATF_TC_BODY(strip_leaves_user_ids_and_revocations, tc)
{
	static uint8_t revocation[PGP_CERT_SUBKEY_MAX];
	struct pgp_packet packet;
	size_t n, first;
	ssize_t r;

	begin();
	add_subkey(NOW - 10);
	ATF_REQUIRE_EQ(0, pgp_packet_read(cert, len, &packet));
	first = packet.header_len + packet.body_len;
	r = pgp_cert_revoke(&primary, NOW - 5, revocation);
	ATF_REQUIRE(r != -1);
	memmove(cert + first + r, cert + first, len - first);
	memcpy(cert + first, revocation, (size_t)r);
	len += (size_t)r;
	add_packet(PGP_TAG_USER_ID, 10);
	n = hkp_strip(cert, len, NOW, NULL, 0, out);
	ATF_REQUIRE_EQ(len, n);
	ATF_REQUIRE_EQ(0, memcmp(cert, out, n));
	require_same_roster(n);
}

ATF_TC_WITHOUT_HEAD(strip_refuses_what_is_broken);
ATF_TC_BODY(strip_refuses_what_is_broken, tc)
{
	size_t cut, n;

	begin();
	add_subkey(NOW - 10);
	for (cut = 0; cut < len; cut++) {
		n = hkp_strip(cert, cut, NOW, NULL, 0, out);
		ATF_REQUIRE(n <= cut);
		ATF_REQUIRE_EQ(n != 0, count_packets(out, n,
		    PGP_TAG_PUBLIC_KEY));
	}
	ATF_REQUIRE_EQ(0, hkp_strip((const uint8_t *)"abc", 3, NOW, NULL, 0,
	    out));
	/* Another key behind it isn't its. */
	memcpy(cert + len, cert, len);
	n = hkp_strip(cert, 2 * len, NOW, NULL, 0, out);
	ATF_REQUIRE(n > 0 && n < 2 * len);
	ATF_REQUIRE_EQ(1, count_packets(out, n, PGP_TAG_PUBLIC_KEY));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, strip_leaves_the_subkeys_that_live);
	ATF_TP_ADD_TC(tp, strip_leaves_certifications_that_count);
	ATF_TP_ADD_TC(tp, strip_leaves_user_ids_and_revocations);
	ATF_TP_ADD_TC(tp, strip_refuses_what_is_broken);
	return (atf_no_error());
}
