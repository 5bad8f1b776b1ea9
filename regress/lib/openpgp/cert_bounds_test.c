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

/* Certificates that cost much: too many, too large, by strangers. */

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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cert_poisoned_is_refused_unseen);
	ATF_TP_ADD_TC(tp, cert_signatures_of_strangers_are_not_verified);
	ATF_TP_ADD_TC(tp, cert_signatures_of_expired_subkeys_are_not_verified);
	ATF_TP_ADD_TC(tp, cert_of_many_forged_bindings_is_given_up);
	ATF_TP_ADD_TC(tp, cert_with_an_oversized_packet_is_refused);
	ATF_TP_ADD_TC(tp, cert_of_too_many_octets_is_refused);
	ATF_TP_ADD_TC(tp, cert_of_too_many_packets_is_refused);

	return (atf_no_error());
}
