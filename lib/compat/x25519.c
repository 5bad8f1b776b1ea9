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

#include "compat/x25519.h"

#if defined(OPENSSL_VERSION_MAJOR) && OPENSSL_VERSION_MAJOR >= 3 && \
    !defined(LIBRESSL_VERSION_NUMBER)

#include <string.h>

#include <openssl/core_names.h>

#include "compat/compat.h"

static int
fill(EVP_PKEY_CTX *ctx, EVP_PKEY **pkey, uint8_t secret[32],
    uint8_t point[32])
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, secret, 32),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 32),
		OSSL_PARAM_END
	};

	return (EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, pkey, EVP_PKEY_KEYPAIR, params) == 1);
}

EVP_PKEY *
compat_x25519_key(const uint8_t secret[32], const uint8_t point[32])
{
	uint8_t s[32], p[32];	/* OSSL_PARAM wants them writable */
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pkey = NULL;

	if ((ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, NULL)) == NULL)
		return (NULL);
	memcpy(s, secret, sizeof(s));
	memcpy(p, point, sizeof(p));
	if (!fill(ctx, &pkey, s, p)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	explicit_bzero(s, sizeof(s));
	EVP_PKEY_CTX_free(ctx);
	return (pkey);
}

#else

EVP_PKEY *
compat_x25519_key(const uint8_t secret[32], const uint8_t point[32])
{
	(void)point;
	return (EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret,
	    32));
}

#endif
