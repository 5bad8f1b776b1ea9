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

#include <string.h>

#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "openpgp/signature.h"

static size_t
put_packet(uint8_t *out, unsigned int tag, const void *body, size_t len)
{
	size_t n;

	n = pgp_packet_header(out, tag, len);
	memcpy(out + n, body, len);
	return (n + len);
}

static size_t
put_pubkey(uint8_t *out, unsigned int tag, const struct pgp_pubkey *pub)
{
	uint8_t body[PGP_PUBKEY_BODY_MAX];

	return (put_packet(out, tag, body, pgp_pubkey_write(pub, body)));
}

/* Seconds from the key's creation to its end; 0 if it has none. */
static int
lifetime(const struct pgp_pubkey *pub, time_t expires, uint32_t *life)
{
	*life = 0;
	if (expires == 0)
		return (0);
	if (expires <= (time_t)pub->created ||
	    (uintmax_t)expires > UINT32_MAX)
		return (-1);
	*life = (uint32_t)expires - pub->created;
	return (0);
}

ssize_t
pgp_cert_begin(const struct pgp_seckey *primary, const char *uid,
    time_t expires, time_t now, uint8_t *out)
{
	struct pgp_signed over = { &primary->pub, NULL, (const uint8_t *)uid,
	    strlen(uid) };
	struct pgp_sig_claims claims = { PGP_SIG_CERT_POSITIVE,
	    PGP_FLAG_CERTIFY, 0, 1, 0 };
	size_t len;
	ssize_t n;

	if (over.uid_len > PGP_UID_MAX ||
	    lifetime(&primary->pub, expires, &claims.key_lifetime) == -1)
		return (-1);
	len = put_pubkey(out, PGP_TAG_PUBLIC_KEY, &primary->pub);
	len += put_packet(out + len, PGP_TAG_USER_ID, uid, over.uid_len);
	n = pgp_signature_make(primary, &over, &claims, now, out + len);
	return (n == -1 ? -1 : (ssize_t)len + n);
}

ssize_t
pgp_cert_add_subkey(const struct pgp_seckey *signer,
    const struct pgp_pubkey *subkey, time_t expires, time_t now, uint8_t *out)
{
	struct pgp_signed over = { &signer->pub, subkey, NULL, 0 };
	struct pgp_sig_claims claims = { PGP_SIG_SUBKEY_BINDING,
	    PGP_FLAG_ENCRYPT, 0, 0, 0 };
	size_t len;
	ssize_t n;

	if (lifetime(subkey, expires, &claims.key_lifetime) == -1)
		return (-1);
	len = put_pubkey(out, PGP_TAG_PUBLIC_SUBKEY, subkey);
	n = pgp_signature_make(signer, &over, &claims, now, out + len);
	return (n == -1 ? -1 : (ssize_t)len + n);
}

ssize_t
pgp_cert_revoke(const struct pgp_seckey *primary, time_t now, uint8_t *out)
{
	struct pgp_signed over = { &primary->pub, NULL, NULL, 0 };
	struct pgp_sig_claims claims = { PGP_SIG_KEY_REVOCATION, 0, 0, 0, 1 };

	return (pgp_signature_make(primary, &over, &claims, now, out));
}
