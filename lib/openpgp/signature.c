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

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "openpgp/curve.h"
#include "openpgp/pubkey.h"
#include "openpgp/rsa.h"
#include "openpgp/sigdigest.h"
#include "openpgp/signature.h"
#include "openpgp/wire.h"

/* 2019-01-19 00:00 UTC: the first chosen-prefix collisions were near. */
#define SHA1_UNTIL	1547856000U

static const EVP_MD *
hash_md(uint8_t hash)
{
	switch (hash) {
	case PGP_HASH_SHA1:
		return (EVP_sha1());
	case PGP_HASH_SHA256:
		return (EVP_sha256());
	case PGP_HASH_SHA384:
		return (EVP_sha384());
	case PGP_HASH_SHA512:
		return (EVP_sha512());
	default:
		return (NULL);
	}
}

/* A key as it is hashed: 0x99, length, body. */
static int
hash_key(EVP_MD_CTX *ctx, const struct pgp_pubkey *pub)
{
	uint8_t buf[3 + PGP_PUBKEY_BODY_MAX];
	size_t len;

	len = pgp_pubkey_write(pub, buf + 3);
	pgp_put_u16(pgp_put_u8(buf, 0x99), (unsigned int)len);
	return (EVP_DigestUpdate(ctx, buf, 3 + len) == 1 ? 0 : -1);
}

static int
hash_uid(EVP_MD_CTX *ctx, const uint8_t *uid, size_t len)
{
	uint8_t head[5];

	pgp_put_u32(pgp_put_u8(head, 0xb4), (uint32_t)len);
	return (EVP_DigestUpdate(ctx, head, sizeof(head)) == 1 &&
	    EVP_DigestUpdate(ctx, uid, len) == 1 ? 0 : -1);
}

static int
hash_all(EVP_MD_CTX *ctx, const struct pgp_signed *over,
    const uint8_t *signed_part, size_t signed_len)
{
	uint8_t trailer[6];

	if (hash_key(ctx, over->primary) == -1)
		return (-1);
	if (over->subkey != NULL && hash_key(ctx, over->subkey) == -1)
		return (-1);
	if (over->uid != NULL && hash_uid(ctx, over->uid, over->uid_len) == -1)
		return (-1);
	pgp_put_u32(pgp_put_u16(trailer, PGP_SIG_VERSION << 8 | 0xff),
	    (uint32_t)signed_len);
	return (EVP_DigestUpdate(ctx, signed_part, signed_len) == 1 &&
	    EVP_DigestUpdate(ctx, trailer, sizeof(trailer)) == 1 ? 0 : -1);
}

int
pgp_signature_digest(uint8_t hash, const struct pgp_signed *over,
    const uint8_t *signed_part, size_t signed_len, struct pgp_digest *digest)
{
	const EVP_MD *md;
	EVP_MD_CTX *ctx;
	int ok;

	if ((md = hash_md(hash)) == NULL || (ctx = EVP_MD_CTX_new()) == NULL)
		return (-1);
	digest->nid = EVP_MD_type(md);
	ok = EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
	    hash_all(ctx, over, signed_part, signed_len) == 0 &&
	    EVP_DigestFinal_ex(ctx, digest->value, &digest->len) == 1;
	EVP_MD_CTX_free(ctx);
	return (ok ? 0 : -1);
}

static int
verify_rsa(const struct pgp_pubkey *pub, struct pgp_in in,
    const struct pgp_digest *digest)
{
	uint8_t value[PGP_RSA_MAX];
	struct pgp_mpi mpi;
	RSA *rsa;
	int ok;

	if (pgp_in_mpi(&in, &mpi) == -1 || in.left != 0 ||
	    pgp_mpi_copy(&mpi, value, pub->n_len) == -1 ||
	    (rsa = pgp_rsa_public(pub)) == NULL)
		return (0);
	ok = RSA_verify(digest->nid, digest->value, digest->len, value,
	    pub->n_len, rsa);
	RSA_free(rsa);
	return (ok == 1);
}

/* draft-koch-eddsa: Ed25519 over the digest; R and S as MPIs. */
static int
verify_eddsa(const struct pgp_pubkey *pub, struct pgp_in in,
    const struct pgp_digest *digest)
{
	uint8_t value[2 * PGP_POINT_LEN];
	struct pgp_mpi r, s;
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx;
	int ok;

	if (pgp_in_mpi_padded(&in, &r) == -1 ||
	    pgp_in_mpi_padded(&in, &s) == -1 || in.left != 0 ||
	    pgp_mpi_copy(&r, value, PGP_POINT_LEN) == -1 ||
	    pgp_mpi_copy(&s, value + PGP_POINT_LEN, PGP_POINT_LEN) == -1)
		return (0);
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub->point,
	    PGP_POINT_LEN);
	ctx = EVP_MD_CTX_new();
	ok = pkey != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	    EVP_DigestVerify(ctx, value, sizeof(value), digest->value,
	    digest->len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return (ok);
}

/* libcrypto's form of the key; NULL also when the point isn't on the curve. */
static EC_KEY *
p256_public(const struct pgp_pubkey *pub)
{
	BIGNUM *x, *y;
	EC_KEY *key;

	key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	x = BN_bin2bn(pub->n, PGP_P256_LEN / 2, NULL);
	y = BN_bin2bn(pub->n + PGP_P256_LEN / 2, PGP_P256_LEN / 2, NULL);
	if (key != NULL && (x == NULL || y == NULL ||
	    EC_KEY_set_public_key_affine_coordinates(key, x, y) != 1)) {
		EC_KEY_free(key);
		key = NULL;
	}
	BN_free(x);
	BN_free(y);
	return (key);
}

static ECDSA_SIG *
ecdsa_value(struct pgp_in in)
{
	struct pgp_mpi r, s;
	ECDSA_SIG *value;
	BIGNUM *bn_r, *bn_s;

	if (pgp_in_mpi(&in, &r) == -1 || pgp_in_mpi(&in, &s) == -1 ||
	    in.left != 0 || r.len > PGP_P256_LEN / 2 ||
	    s.len > PGP_P256_LEN / 2 || (value = ECDSA_SIG_new()) == NULL)
		return (NULL);
	bn_r = BN_bin2bn(r.p, (int)r.len, NULL);
	bn_s = BN_bin2bn(s.p, (int)s.len, NULL);
	if (bn_r == NULL || bn_s == NULL ||
	    ECDSA_SIG_set0(value, bn_r, bn_s) != 1) {
		BN_free(bn_r);
		BN_free(bn_s);
		ECDSA_SIG_free(value);
		return (NULL);
	}
	return (value);
}

/* RFC 6637 section 6: R and S as MPIs. */
static int
verify_ecdsa(const struct pgp_pubkey *pub, struct pgp_in in,
    const struct pgp_digest *digest)
{
	EC_KEY *key = p256_public(pub);
	ECDSA_SIG *value = ecdsa_value(in);
	int ok = 0;

	if (key != NULL && value != NULL)
		ok = ECDSA_do_verify(digest->value, (int)digest->len, value,
		    key);
	ECDSA_SIG_free(value);
	EC_KEY_free(key);
	return (ok == 1);
}

static int
verify(const struct pgp_pubkey *signer, const struct pgp_signature *sig,
    const struct pgp_signed *over)
{
	struct pgp_in in = { sig->value, sig->value_len };
	struct pgp_digest digest;

	if (sig->alg != signer->alg)
		return (0);
	if (pgp_signature_digest(sig->hash, over, sig->signed_part,
	    sig->signed_len, &digest) == -1)
		return (0);
	if (memcmp(digest.value, sig->digest_start, 2) != 0)
		return (0);
	switch (sig->alg) {
	case PGP_ALG_RSA:
		return (verify_rsa(signer, in, &digest));
	case PGP_ALG_ECDSA:
		return (verify_ecdsa(signer, in, &digest));
	case PGP_ALG_EDDSA:
		return (verify_eddsa(signer, in, &digest));
	default:
		return (0);
	}
}

int
pgp_signature_verify(const struct pgp_signature *sig,
    const struct pgp_signed *over)
{
	if (sig->hash == PGP_HASH_SHA1 && sig->created >= SHA1_UNTIL)
		return (0);
	return (verify(over->primary, sig, over));
}

int
pgp_signature_verify_by(const struct pgp_pubkey *signer,
    const struct pgp_signature *sig, const struct pgp_signed *over)
{
	return (sig->hash != PGP_HASH_SHA1 && verify(signer, sig, over));
}
