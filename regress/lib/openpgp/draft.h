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

#ifndef REGRESS_OPENPGP_DRAFT_H
#define REGRESS_OPENPGP_DRAFT_H

#include <sys/types.h>

#include <atf-c.h>
#include <string.h>
#include <time.h>

#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "openpgp/signature.h"

/* Certificates made packet by packet, right ones and wrong ones. */

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

static inline void
append(struct draft *d, const void *buf, ssize_t len)
{
	ATF_REQUIRE(len >= 0 && (size_t)len <= sizeof(d->buf) - d->len);
	memcpy(d->buf + d->len, buf, (size_t)len);
	d->len += (size_t)len;
}

static inline void
append_packet(struct draft *d, unsigned int tag, const void *body, size_t len)
{
	uint8_t head[6];

	append(d, head, (ssize_t)pgp_packet_header(head, tag, len));
	append(d, body, (ssize_t)len);
}

static inline void
append_pubkey(struct draft *d, unsigned int tag, const struct pgp_pubkey *pub)
{
	uint8_t body[PGP_PUBKEY_BODY_MAX];

	append_packet(d, tag, body, pgp_pubkey_write(pub, body));
}

/* A signature by signer that says it is over subkey, or uid, or neither. */
static inline void
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

static inline void
new_keys(struct draft *d)
{
	d->len = 0;
	ATF_REQUIRE_EQ(0, pgp_key_generate(&d->primary, PGP_ALG_EDDSA, 0,
	    T0));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&d->sub, PGP_ALG_ECDH, 0, T0));
}

/* Primary and user id as they should be. */
static inline void
begin(struct draft *d)
{
	uint8_t out[PGP_CERT_BEGIN_MAX];

	new_keys(d);
	append(d, out, pgp_cert_begin(&d->primary, UID, 0, T0, out));
}

static inline void
begin_with_subkey(struct draft *d)
{
	uint8_t out[PGP_CERT_SUBKEY_MAX];

	begin(d);
	append(d, out, pgp_cert_add_subkey(&d->primary, &d->sub.pub,
	    T0 + 2 * DAY, T0, out));
}

/* Parses the draft at the time and says how many subkeys it has. */
static inline size_t
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

static inline enum pgp_cert_error
parse_error(const struct draft *d, time_t now)
{
	struct pgp_cert cert;
	enum pgp_cert_error error;

	error = pgp_cert_parse(d->buf, d->len, now, 0, &cert, NULL);
	pgp_cert_clear(&cert);
	return (error);
}

/* Signatures that say they are the primary's, but aren't. */
static inline void
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

#endif
