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

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "compat/x25519.h"
#include "openpgp/curve.h"

const uint8_t pgp_oid_cv25519[10] = {
	0x2b, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01
};
const uint8_t pgp_oid_ed25519[9] = {
	0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01
};
const uint8_t pgp_oid_p256[8] = {
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07
};

int
pgp_curve_public(uint8_t alg, const uint8_t secret[PGP_POINT_LEN],
    uint8_t point[PGP_POINT_LEN])
{
	EVP_PKEY *pkey;
	size_t len = PGP_POINT_LEN;
	int ok;

	pkey = EVP_PKEY_new_raw_private_key(alg == PGP_ALG_ECDH ?
	    EVP_PKEY_X25519 : EVP_PKEY_ED25519, NULL, secret, PGP_POINT_LEN);
	if (pkey == NULL)
		return (-1);
	ok = EVP_PKEY_get_raw_public_key(pkey, point, &len) == 1 &&
	    len == PGP_POINT_LEN;
	EVP_PKEY_free(pkey);
	return (ok ? 0 : -1);
}

int
pgp_curve_generate(uint8_t alg, uint8_t secret[PGP_POINT_LEN],
    uint8_t point[PGP_POINT_LEN])
{
	if (RAND_bytes(secret, PGP_POINT_LEN) != 1)
		return (-1);
	if (alg == PGP_ALG_ECDH) {
		/* GnuPG writes secrets in the form that RFC 7748 uses. */
		secret[0] &= 0xf8;
		secret[31] &= 0x7f;
		secret[31] |= 0x40;
	}
	return (pgp_curve_public(alg, secret, point));
}

static int
derive(EVP_PKEY *ours, EVP_PKEY *theirs, uint8_t shared[PGP_POINT_LEN])
{
	EVP_PKEY_CTX *ctx;
	size_t len = PGP_POINT_LEN;
	int ok;

	if ((ctx = EVP_PKEY_CTX_new(ours, NULL)) == NULL)
		return (-1);
	ok = EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, theirs) == 1 &&
	    EVP_PKEY_derive(ctx, shared, &len) == 1 && len == PGP_POINT_LEN;
	EVP_PKEY_CTX_free(ctx);
	return (ok ? 0 : -1);
}

int
pgp_curve_shared(const uint8_t secret[PGP_POINT_LEN],
    const uint8_t own[PGP_POINT_LEN], const uint8_t point[PGP_POINT_LEN],
    uint8_t shared[PGP_POINT_LEN])
{
	static const uint8_t zero[PGP_POINT_LEN];
	EVP_PKEY *ours, *theirs;
	int ret = -1;

	ours = compat_x25519_key(secret, own);
	theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point,
	    PGP_POINT_LEN);
	if (ours != NULL && theirs != NULL)
		ret = derive(ours, theirs, shared);
	EVP_PKEY_free(ours);
	EVP_PKEY_free(theirs);
	if (ret == 0 && CRYPTO_memcmp(shared, zero, sizeof(zero)) == 0)
		return (-1);
	return (ret);
}
