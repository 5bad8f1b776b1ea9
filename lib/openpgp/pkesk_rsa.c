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

#include <openssl/crypto.h>

#include "compat/compat.h"
#include "openpgp/pkesk.h"
#include "openpgp/rsa.h"
#include "openpgp/wire.h"

/*
 * RSA with the padding of PKCS#1 v1.5, RFC 4880 sections 5.1 and 13.1:
 * 00 02, at least eight octets that are not zero, 00, the session's text.
 */

static int
encrypt_once(RSA *rsa, const uint8_t *text, size_t text_len, uint8_t *out,
    size_t n_len)
{
	int n;

	n = RSA_public_encrypt((int)text_len, text, out, rsa,
	    RSA_PKCS1_PADDING);
	return (n >= 0 && (size_t)n == n_len ? 0 : -1);
}

ssize_t
pgp_pkesk_rsa_write(const struct pgp_pubkey *pub,
    const struct pgp_session *session, uint8_t *out)
{
	uint8_t text[PGP_SESSION_TEXT_MAX], num[PGP_RSA_MAX];
	size_t text_len;
	RSA *rsa;
	int ret;

	if ((rsa = pgp_rsa_public(pub)) == NULL)
		return (-1);
	text_len = pgp_session_text(session, text);
	/* A leading zero octet would make the packet shorter: draw again. */
	do
		ret = encrypt_once(rsa, text, text_len, num, pub->n_len);
	while (ret == 0 && num[0] == 0);
	explicit_bzero(text, sizeof(text));
	RSA_free(rsa);
	if (ret == -1)
		return (-1);
	return (pgp_put_mpi(out, num, pub->n_len) - out);
}

/* All ones if the octet is zero, else zero; likewise for equality. */
static uint8_t
mask_zero(uint8_t v)
{
	return ((uint8_t)(((unsigned int)v - 1) >> 8));
}

static uint8_t
mask_equal(uint8_t a, uint8_t b)
{
	return (mask_zero(a ^ b));
}

/*
 * Whether the encoded message ends in the text of this cipher: all ones or
 * zero.  The text's length tells where each octet stands, so nothing is
 * searched for, and the same octets are read whatever they are.
 */
static uint8_t
mask_text(const uint8_t *em, size_t k, uint8_t cipher)
{
	size_t key_len = pgp_cipher_key_len(cipher), i;
	const uint8_t *text = em + k - (1 + key_len + 2);
	const uint8_t *sum = text + 1 + key_len;
	uint16_t expected = pgp_session_checksum(text + 1, key_len);
	uint8_t ok;

	ok = mask_zero(em[0]) & mask_equal(em[1], 2);
	for (i = 2; em + i < text - 1; i++)
		ok &= (uint8_t)~mask_zero(em[i]);
	ok &= mask_zero(text[-1]) & mask_equal(text[0], cipher);
	ok &= mask_equal(sum[0], (uint8_t)(expected >> 8));
	ok &= mask_equal(sum[1], (uint8_t)expected);
	return (ok);
}

/* If mask is all ones: the cipher and the key at the end of em. */
static void
select_text(struct pgp_session *session, const uint8_t *em, size_t k,
    uint8_t cipher, uint8_t mask)
{
	size_t key_len = pgp_cipher_key_len(cipher), i;
	const uint8_t *key = em + k - 2 - key_len;
	uint8_t keep = (uint8_t)~mask;

	session->cipher = (uint8_t)((session->cipher & keep) |
	    (cipher & mask));
	session->key_len = (uint8_t)((session->key_len & keep) |
	    ((uint8_t)key_len & mask));
	for (i = 0; i < key_len; i++)
		session->key[i] = (uint8_t)((session->key[i] & keep) |
		    (key[i] & mask));
	for (; i < sizeof(session->key); i++)
		session->key[i] &= keep;
}

/*
 * libcrypto may lack implicit rejection (OpenSSL before 3.2), so the padding
 * is looked at here: no branch depends on it.  Nothing matches: the random
 * session that was there before stays.
 */
static void
unpad(const uint8_t *em, size_t k, struct pgp_session *session)
{
	uint8_t cipher, mask;

	for (cipher = PGP_CIPHER_AES128; cipher <= PGP_CIPHER_AES256;
	    cipher++) {
		mask = mask_text(em, k, cipher);
		select_text(session, em, k, cipher, mask);
	}
}

static int
read_number(const struct pgp_pkesk *pkesk, const struct pgp_pubkey *pub,
    uint8_t *num)
{
	struct pgp_in in = { pkesk->fields, pkesk->fields_len };
	struct pgp_mpi mpi;

	if (pgp_in_mpi(&in, &mpi) == -1 || in.left != 0 ||
	    pgp_mpi_copy(&mpi, num, pub->n_len) == -1)
		return (-1);
	return (memcmp(num, pub->n, pub->n_len) < 0 ? 0 : -1);
}

/* The operation alone: k octets to k octets.  0 or -1. */
static int
decrypt(const struct pgp_seckey *sec, const struct pgp_prepared *prepared,
    const uint8_t *num, uint8_t *em)
{
	struct pgp_prepared once = { NULL };
	int k = sec->pub.n_len, n;

	if (prepared == NULL || prepared->rsa == NULL) {
		if (pgp_seckey_prepare(sec, &once) == -1)
			return (-1);
		prepared = &once;
	}
	n = RSA_private_decrypt(k, num, em, prepared->rsa, RSA_NO_PADDING);
	pgp_seckey_unprepare(&once);
	return (n == k ? 0 : -1);
}

int
pgp_pkesk_rsa_read(const struct pgp_pkesk *pkesk, const struct pgp_seckey *sec,
    const struct pgp_prepared *prepared, const struct rng *rng,
    struct pgp_session *session)
{
	uint8_t num[PGP_RSA_MAX], em[PGP_RSA_MAX];
	int ret;

	if (read_number(pkesk, &sec->pub, num) == -1)
		return (-1);
	pgp_session_new(session, rng);
	ret = decrypt(sec, prepared, num, em);
	if (ret == 0)
		unpad(em, sec->pub.n_len, session);
	explicit_bzero(em, sizeof(em));
	return (ret);
}
