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

#include "compat/compat.h"
#include "openpgp/pkesk.h"
#include "openpgp/session.h"

#define BLOCK		16
#define RESYNC		2	/* the key stream starts anew from here */

/* Octets handed to libcrypto at once: its lengths are int. */
#define CHUNK_MAX	((size_t)1 << 30)

static const EVP_CIPHER *
cfb_cipher(const struct pgp_session *session)
{
	switch (session->key_len) {
	case 16:
		return (EVP_aes_128_cfb128());
	case 24:
		return (EVP_aes_192_cfb128());
	default:
		return (EVP_aes_256_cfb128());
	}
}

static const EVP_CIPHER *
ecb_cipher(const struct pgp_session *session)
{
	switch (session->key_len) {
	case 16:
		return (EVP_aes_128_ecb());
	case 24:
		return (EVP_aes_192_ecb());
	default:
		return (EVP_aes_256_ecb());
	}
}

static int
valid_session(const struct pgp_session *session)
{
	return (session->key_len != 0 &&
	    session->key_len == pgp_cipher_key_len(session->cipher));
}

static int
update(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
	size_t n;
	int done;

	for (; len > 0; in += n, out += n, len -= n) {
		n = len < CHUNK_MAX ? len : CHUNK_MAX;
		if (EVP_EncryptUpdate(ctx, out, &done, in, (int)n) != 1 ||
		    (size_t)done != n)
			return (-1);
	}
	return (0);
}

/* The prefix under a zero vector, then the text from octet 2 on. */
static int
encrypt_body(EVP_CIPHER_CTX *ctx, const struct pgp_session *session,
    const uint8_t prefix[PGP_SED_PREFIX], const uint8_t *in, size_t len,
    uint8_t *out)
{
	static const uint8_t zero[BLOCK];

	if (EVP_EncryptInit_ex(ctx, cfb_cipher(session), NULL, session->key,
	    zero) != 1 || update(ctx, prefix, PGP_SED_PREFIX, out) == -1)
		return (-1);
	if (EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, out + RESYNC) != 1)
		return (-1);
	return (update(ctx, in, len, out + PGP_SED_PREFIX));
}

int
pgp_sed_encrypt(const struct pgp_session *session, const struct rng *rng,
    const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t prefix[PGP_SED_PREFIX];
	EVP_CIPHER_CTX *ctx;
	int ret;

	if (!valid_session(session) || (ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (-1);
	rng_fill(rng, prefix, BLOCK);
	memcpy(prefix + BLOCK, prefix + BLOCK - 2, 2);
	ret = encrypt_body(ctx, session, prefix, in, len, out);
	EVP_CIPHER_CTX_free(ctx);
	explicit_bzero(prefix, sizeof(prefix));
	return (ret);
}

static void
xor_into(uint8_t *out, const uint8_t *in, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] ^= in[i];
}

/*
 * The key stream of CFB decryption is the encryption of cipher blocks that
 * are all there already, so they go through AES side by side, in ECB mode,
 * several times as fast as one after the other.
 */
static int
decrypt_body(EVP_CIPHER_CTX *ctx, const uint8_t *in, size_t len, uint8_t *out)
{
	const uint8_t *feed = in + RESYNC, *text = in + PGP_SED_PREFIX;
	size_t n = len - PGP_SED_PREFIX, whole = n - n % BLOCK;
	uint8_t last[BLOCK];

	if (update(ctx, feed, whole, out) == -1)
		return (-1);
	xor_into(out, text, whole);
	if (n == whole)
		return (0);
	if (update(ctx, feed + whole, BLOCK, last) == -1)
		return (-1);
	xor_into(last, text + whole, n - whole);
	memcpy(out + whole, last, n - whole);
	explicit_bzero(last, sizeof(last));
	return (0);
}

int
pgp_sed_decrypt(const struct pgp_session *session, const uint8_t *in,
    size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int ret = -1;

	if (len < PGP_SED_PREFIX || !valid_session(session) ||
	    (ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (-1);
	if (EVP_EncryptInit_ex(ctx, ecb_cipher(session), NULL, session->key,
	    NULL) == 1 && EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
		ret = decrypt_body(ctx, in, len, out);
	EVP_CIPHER_CTX_free(ctx);
	return (ret);
}
