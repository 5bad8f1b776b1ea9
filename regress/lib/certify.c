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

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#include "openpgp/packet.h"
#include "openpgp/pubkey.h"
#include "openpgp/sigdigest.h"
#include "openpgp/wire.h"

#include "lib/certify.h"

static uint8_t *
put_subpacket(uint8_t *p, unsigned int type, const void *body, size_t len)
{
	p = pgp_put_u8(p, (unsigned int)len + 1);
	p = pgp_put_u8(p, type);
	return (pgp_put_bytes(p, body, len));
}

static uint8_t *
put_number(uint8_t *p, unsigned int type, uint32_t v)
{
	uint8_t body[4];

	pgp_put_u32(body, v);
	return (put_subpacket(p, type, body, sizeof(body)));
}

static uint8_t *
put_hashed(uint8_t *p, const struct certify *how)
{
	p = put_number(p, PGP_SUB_CREATED, how->created);
	if (how->lifetime != 0)
		p = put_number(p, PGP_SUB_LIFETIME, how->lifetime);
	if (how->local)
		p = put_subpacket(p, PGP_SUB_EXPORTABLE, "\0", 1);
	if (how->critical)
		p = put_subpacket(p, 0x80 | 20, "\0\0\0\0\0\0\0\0", 8);
	return (p);
}

static void
sign(const struct pgp_seckey *signer, const struct pgp_digest *digest,
    uint8_t value[64])
{
	size_t len = 64;
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx;

	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    signer->scalar, 32);
	ctx = EVP_MD_CTX_new();
	if (pkey == NULL || ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, value, &len, digest->value,
	    digest->len) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
}

size_t
certify(const struct certify *how, const struct pgp_seckey *signer,
    const struct pgp_pubkey *primary, const char *uid, uint8_t *out)
{
	struct pgp_signed over = { primary, NULL, (const uint8_t *)uid,
	    strlen(uid) };
	uint8_t body[PGP_SIG_MAX], value[64], *p, *area;
	struct pgp_digest digest;
	uint8_t hash = how->hash == 0 ? PGP_HASH_SHA256 : how->hash;
	size_t len, n;

	p = pgp_put_u8(body, PGP_SIG_VERSION);
	p = pgp_put_u8(p, how->type);
	p = pgp_put_u8(p, PGP_ALG_EDDSA);
	p = pgp_put_u8(p, hash);
	area = p + 2;
	p = put_hashed(area, how);
	pgp_put_u16(area - 2, (unsigned int)(p - area));
	if (pgp_signature_digest(hash, &over, body, (size_t)(p - body),
	    &digest) == -1)
		abort();
	sign(signer, &digest, value);

	area = p + 2;
	p = put_subpacket(area, PGP_SUB_ISSUER, signer->pub.keyid,
	    PGP_KEYID_LEN);
	pgp_put_u16(area - 2, (unsigned int)(p - area));
	p = pgp_put_bytes(p, digest.value, 2);
	p = pgp_put_mpi(p, value, 32);
	p = pgp_put_mpi(p, value + 32, 32);
	len = (size_t)(p - body);
	n = pgp_packet_header(out, PGP_TAG_SIGNATURE, len);
	memcpy(out + n, body, len);
	return (n + len);
}
