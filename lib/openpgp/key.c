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

#include <openssl/evp.h>

#include "openpgp/curve.h"
#include "openpgp/key.h"
#include "openpgp/pubkey.h"
#include "openpgp/session.h"
#include "openpgp/wire.h"

#define KEY_VERSION	4
#define RSA_MIN		256	/* octets: RSA 2048 */

#define KDF_LEN		3	/* octets that follow in the KDF field */
#define KDF_VERSION	1

/* SHA-1 over 0x99, the length and the body, RFC 4880 section 12.2. */
int
pgp_pubkey_fingerprint(struct pgp_pubkey *pub)
{
	uint8_t buf[3 + PGP_PUBKEY_BODY_MAX];
	unsigned int mdlen;
	size_t len;

	len = pgp_pubkey_write(pub, buf + 3);
	pgp_put_u16(pgp_put_u8(buf, 0x99), (unsigned int)len);
	if (EVP_Digest(buf, len + 3, pub->fpr, &mdlen, EVP_sha1(), NULL) != 1)
		return (-1);
	memcpy(pub->keyid, pub->fpr + PGP_FPR_LEN - PGP_KEYID_LEN,
	    PGP_KEYID_LEN);
	return (0);
}

static uint8_t *
put_point(uint8_t *p, const uint8_t *oid, size_t oid_len, const uint8_t *point)
{
	uint8_t mpi[1 + PGP_POINT_LEN];

	p = pgp_put_u8(p, (unsigned int)oid_len);
	p = pgp_put_bytes(p, oid, oid_len);
	mpi[0] = PGP_POINT_PREFIX;
	memcpy(mpi + 1, point, PGP_POINT_LEN);
	return (pgp_put_mpi(p, mpi, sizeof(mpi)));
}

static uint8_t *
put_p256(uint8_t *p, const uint8_t *point)
{
	uint8_t mpi[1 + PGP_P256_LEN];

	p = pgp_put_u8(p, sizeof(pgp_oid_p256));
	p = pgp_put_bytes(p, pgp_oid_p256, sizeof(pgp_oid_p256));
	mpi[0] = PGP_P256_PREFIX;
	memcpy(mpi + 1, point, PGP_P256_LEN);
	return (pgp_put_mpi(p, mpi, sizeof(mpi)));
}

size_t
pgp_pubkey_write(const struct pgp_pubkey *pub, uint8_t *out)
{
	uint8_t *p;

	p = pgp_put_u8(out, KEY_VERSION);
	p = pgp_put_u32(p, pub->created);
	p = pgp_put_u8(p, pub->alg);
	switch (pub->alg) {
	case PGP_ALG_RSA:
		p = pgp_put_mpi(p, pub->n, pub->n_len);
		p = pgp_put_mpi(p, pub->e, pub->e_len);
		break;
	case PGP_ALG_ECDSA:
		p = put_p256(p, pub->n);
		break;
	case PGP_ALG_EDDSA:
		p = put_point(p, pgp_oid_ed25519, sizeof(pgp_oid_ed25519),
		    pub->point);
		break;
	case PGP_ALG_ECDH:
		p = put_point(p, pgp_oid_cv25519, sizeof(pgp_oid_cv25519),
		    pub->point);
		p = pgp_put_u8(p, KDF_LEN);
		p = pgp_put_u8(p, KDF_VERSION);
		p = pgp_put_u8(p, pub->kdf_hash);
		p = pgp_put_u8(p, pub->kdf_cipher);
		break;
	}
	return ((size_t)(p - out));
}

static int
read_rsa(struct pgp_in *in, struct pgp_pubkey *pub)
{
	struct pgp_mpi n, e;

	if (pgp_in_mpi(in, &n) == -1 || pgp_in_mpi(in, &e) == -1)
		return (-1);
	if (n.len < RSA_MIN || n.len > sizeof(pub->n) || e.len < 1 ||
	    e.len > sizeof(pub->e))
		return (-1);
	/* An even one is no RSA key, and libcrypto can't compute with it. */
	if ((n.p[n.len - 1] & 1) == 0 || (e.p[e.len - 1] & 1) == 0 ||
	    e.bits < 2)
		return (-1);
	pub->n_len = (uint16_t)n.len;
	pub->e_len = (uint8_t)e.len;
	memcpy(pub->n, n.p, n.len);
	memcpy(pub->e, e.p, e.len);
	return (0);
}

/* The point behind its curve's name and a prefix; len octets. */
static int
read_prefixed(struct pgp_in *in, const uint8_t *oid, size_t oid_len,
    uint8_t prefix, uint8_t *point, size_t len)
{
	const uint8_t *p;
	struct pgp_mpi mpi;
	uint8_t n;

	if (pgp_in_u8(in, &n) == -1 || n != oid_len ||
	    pgp_in_bytes(in, n, &p) == -1 || memcmp(p, oid, oid_len) != 0)
		return (-1);
	if (pgp_in_mpi(in, &mpi) == -1 || mpi.len != 1 + len ||
	    mpi.p[0] != prefix)
		return (-1);
	memcpy(point, mpi.p + 1, len);
	return (0);
}

static int
read_point(struct pgp_in *in, const uint8_t *oid, size_t oid_len,
    uint8_t *point)
{
	return (read_prefixed(in, oid, oid_len, PGP_POINT_PREFIX, point,
	    PGP_POINT_LEN));
}

static int
read_p256(struct pgp_in *in, struct pgp_pubkey *pub)
{
	pub->n_len = PGP_P256_LEN;
	return (read_prefixed(in, pgp_oid_p256, sizeof(pgp_oid_p256),
	    PGP_P256_PREFIX, pub->n, PGP_P256_LEN));
}

/* RFC 6637 section 9: length, version, hash, cipher. */
static int
read_kdf(struct pgp_in *in, struct pgp_pubkey *pub)
{
	uint8_t len, version;

	if (pgp_in_u8(in, &len) == -1 || len != KDF_LEN ||
	    pgp_in_u8(in, &version) == -1 || version != KDF_VERSION ||
	    pgp_in_u8(in, &pub->kdf_hash) == -1 ||
	    pgp_in_u8(in, &pub->kdf_cipher) == -1)
		return (-1);
	if (pub->kdf_hash < PGP_HASH_SHA256 || pub->kdf_hash > PGP_HASH_SHA512)
		return (-1);
	if (pub->kdf_cipher < PGP_CIPHER_AES128 ||
	    pub->kdf_cipher > PGP_CIPHER_AES256)
		return (-1);
	return (0);
}

int
pgp_in_pubkey(struct pgp_in *in, struct pgp_pubkey *pub)
{
	uint8_t version;
	int ret = -1;

	memset(pub, 0, sizeof(*pub));
	if (pgp_in_u8(in, &version) == -1 || version != KEY_VERSION ||
	    pgp_in_u32(in, &pub->created) == -1 ||
	    pgp_in_u8(in, &pub->alg) == -1)
		return (-1);
	switch (pub->alg) {
	case PGP_ALG_RSA:
		ret = read_rsa(in, pub);
		break;
	case PGP_ALG_ECDSA:
		ret = read_p256(in, pub);
		break;
	case PGP_ALG_EDDSA:
		ret = read_point(in, pgp_oid_ed25519, sizeof(pgp_oid_ed25519),
		    pub->point);
		break;
	case PGP_ALG_ECDH:
		ret = read_point(in, pgp_oid_cv25519, sizeof(pgp_oid_cv25519),
		    pub->point);
		if (ret == 0)
			ret = read_kdf(in, pub);
		break;
	}
	return (ret == -1 ? -1 : pgp_pubkey_fingerprint(pub));
}

int
pgp_pubkey_read(const uint8_t *body, size_t len, struct pgp_pubkey *pub)
{
	struct pgp_in in = { body, len };

	if (pgp_in_pubkey(&in, pub) == -1)
		return (-1);
	return (in.left == 0 ? 0 : -1);
}
