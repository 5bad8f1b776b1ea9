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

#define OPENSSL_API_COMPAT	0x10100000L

#include <sys/types.h>

#include <string.h>

#include <openssl/evp.h>

#include "openpgp/curve.h"
#include "openpgp/packet.h"
#include "openpgp/pubkey.h"
#include "openpgp/rsa.h"
#include "openpgp/session.h"
#include "openpgp/sigdigest.h"
#include "openpgp/signature.h"
#include "openpgp/wire.h"

static uint8_t *
put_subpacket(uint8_t *p, enum pgp_subpacket type, const void *body,
    size_t len)
{
	p = pgp_put_u8(p, (unsigned int)len + 1);
	p = pgp_put_u8(p, type);
	return (pgp_put_bytes(p, body, len));
}

static uint8_t *
put_number(uint8_t *p, enum pgp_subpacket type, uint32_t v)
{
	uint8_t body[4];

	pgp_put_u32(body, v);
	return (put_subpacket(p, type, body, sizeof(body)));
}

/* No compression, and no MDC among the features: what mixes accept. */
static uint8_t *
put_preferences(uint8_t *p)
{
	static const uint8_t ciphers[] = { PGP_CIPHER_AES256,
	    PGP_CIPHER_AES192, PGP_CIPHER_AES128 };
	static const uint8_t hashes[] = { PGP_HASH_SHA512, PGP_HASH_SHA384,
	    PGP_HASH_SHA256 };
	static const uint8_t compression[] = { 0 };

	p = put_subpacket(p, PGP_SUB_PREF_CIPHERS, ciphers, sizeof(ciphers));
	p = put_subpacket(p, PGP_SUB_PREF_HASHES, hashes, sizeof(hashes));
	return (put_subpacket(p, PGP_SUB_PREF_COMPRESSION, compression,
	    sizeof(compression)));
}

static uint8_t *
put_hashed(uint8_t *p, const struct pgp_pubkey *signer,
    const struct pgp_sig_claims *claims, uint32_t created)
{
	static const uint8_t no_reason[] = { 0 };
	uint8_t fpr[1 + PGP_FPR_LEN];

	fpr[0] = 4;
	memcpy(fpr + 1, signer->fpr, PGP_FPR_LEN);
	p = put_subpacket(p, PGP_SUB_ISSUER_FPR, fpr, sizeof(fpr));
	p = put_number(p, PGP_SUB_CREATED, created);
	if (claims->flags != 0)
		p = put_subpacket(p, PGP_SUB_FLAGS, &claims->flags, 1);
	if (claims->key_lifetime != 0)
		p = put_number(p, PGP_SUB_KEY_LIFETIME, claims->key_lifetime);
	if (claims->preferences)
		p = put_preferences(p);
	if (claims->reason)
		p = put_subpacket(p, PGP_SUB_REASON, no_reason,
		    sizeof(no_reason));
	return (p);
}

/* The part that is signed: version to hashed subpackets. */
static uint8_t *
put_signed(uint8_t *out, const struct pgp_pubkey *signer,
    const struct pgp_sig_claims *claims, uint32_t created)
{
	uint8_t *p, *area;

	p = pgp_put_u8(out, PGP_SIG_VERSION);
	p = pgp_put_u8(p, claims->type);
	p = pgp_put_u8(p, signer->alg);
	p = pgp_put_u8(p, PGP_HASH_SHA512);
	area = p + 2;
	p = put_hashed(area, signer, claims, created);
	pgp_put_u16(area - 2, (unsigned int)(p - area));
	return (p);
}

static uint8_t *
put_rsa(uint8_t *p, const struct pgp_seckey *sec,
    const struct pgp_digest *digest)
{
	uint8_t value[PGP_RSA_MAX];
	unsigned int len = 0;
	RSA *rsa;
	int ok;

	if ((rsa = pgp_rsa_private(sec)) == NULL)
		return (NULL);
	ok = RSA_sign(digest->nid, digest->value, digest->len, value, &len,
	    rsa);
	RSA_free(rsa);
	return (ok == 1 ? pgp_put_mpi(p, value, len) : NULL);
}

static uint8_t *
put_eddsa(uint8_t *p, const struct pgp_seckey *sec,
    const struct pgp_digest *digest)
{
	uint8_t value[2 * PGP_POINT_LEN];
	size_t len = sizeof(value);
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx;
	int ok;

	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
	    sec->scalar, PGP_POINT_LEN);
	ctx = EVP_MD_CTX_new();
	ok = pkey != NULL && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, value, &len, digest->value,
	    digest->len) == 1 && len == sizeof(value);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	if (!ok)
		return (NULL);
	p = pgp_put_mpi(p, value, PGP_POINT_LEN);
	return (pgp_put_mpi(p, value + PGP_POINT_LEN, PGP_POINT_LEN));
}

static uint8_t *
put_unhashed(uint8_t *p, const struct pgp_pubkey *signer)
{
	uint8_t *area = p + 2;

	p = put_subpacket(area, PGP_SUB_ISSUER, signer->keyid, PGP_KEYID_LEN);
	pgp_put_u16(area - 2, (unsigned int)(p - area));
	return (p);
}

ssize_t
pgp_signature_make(const struct pgp_seckey *sec, const struct pgp_signed *over,
    const struct pgp_sig_claims *claims, time_t now, uint8_t *out)
{
	uint8_t body[PGP_SIG_MAX], *p = NULL;
	struct pgp_digest digest;
	size_t header_len, len;

	if (now < 0 || (uintmax_t)now > UINT32_MAX)
		return (-1);
	p = put_signed(body, &sec->pub, claims, (uint32_t)now);
	if (pgp_signature_digest(PGP_HASH_SHA512, over, body,
	    (size_t)(p - body), &digest) == -1)
		return (-1);
	p = put_unhashed(p, &sec->pub);
	p = pgp_put_bytes(p, digest.value, 2);
	if (sec->pub.alg == PGP_ALG_RSA)
		p = put_rsa(p, sec, &digest);
	else if (sec->pub.alg == PGP_ALG_EDDSA)
		p = put_eddsa(p, sec, &digest);
	else
		p = NULL;
	if (p == NULL)
		return (-1);
	len = (size_t)(p - body);
	header_len = pgp_packet_header(out, PGP_TAG_SIGNATURE, len);
	memcpy(out + header_len, body, len);
	return ((ssize_t)(header_len + len));
}
