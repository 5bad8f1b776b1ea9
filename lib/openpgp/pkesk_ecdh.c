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

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "compat/compat.h"
#include "openpgp/curve.h"
#include "openpgp/pkesk.h"
#include "openpgp/pubkey.h"
#include "openpgp/wire.h"

/*
 * ECDH over Curve25519, RFC 6637: the shared secret goes through a hash into
 * the key of an AES key wrap (RFC 3394) around the padded session text.
 */
#define WRAP_OVERHEAD	8
#define WRAP_MAX	(PGP_ECDH_TEXT_LEN + WRAP_OVERHEAD)
#define POINT_MPI_BITS	263

static const EVP_MD *
kdf_md(uint8_t hash)
{
	switch (hash) {
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

static const EVP_CIPHER *
wrap_cipher(uint8_t cipher)
{
	switch (cipher) {
	case PGP_CIPHER_AES128:
		return (EVP_aes_128_wrap());
	case PGP_CIPHER_AES192:
		return (EVP_aes_192_wrap());
	case PGP_CIPHER_AES256:
		return (EVP_aes_256_wrap());
	default:
		return (NULL);
	}
}

/* The key encryption key, RFC 6637 section 7. */
static int
derive_kek(const struct pgp_pubkey *pub, const uint8_t shared[PGP_POINT_LEN],
    uint8_t kek[EVP_MAX_MD_SIZE])
{
	static const char sender[] = "Anonymous Sender    ";
	uint8_t buf[128], *p;
	const EVP_MD *md;
	int ok;

	if ((md = kdf_md(pub->kdf_hash)) == NULL)
		return (-1);
	p = pgp_put_u32(buf, 1);
	p = pgp_put_bytes(p, shared, PGP_POINT_LEN);
	p = pgp_put_u8(p, sizeof(pgp_oid_cv25519));
	p = pgp_put_bytes(p, pgp_oid_cv25519, sizeof(pgp_oid_cv25519));
	p = pgp_put_u8(p, PGP_ALG_ECDH);
	p = pgp_put_u16(p, 0x0301);
	p = pgp_put_u8(p, pub->kdf_hash);
	p = pgp_put_u8(p, pub->kdf_cipher);
	p = pgp_put_bytes(p, sender, sizeof(sender) - 1);
	p = pgp_put_bytes(p, pub->fpr, PGP_FPR_LEN);
	ok = EVP_Digest(buf, (size_t)(p - buf), kek, NULL, md, NULL);
	explicit_bzero(buf, sizeof(buf));
	return (ok == 1 ? 0 : -1);
}

/* AES key wrap (enc 1) or unwrap (0); returns the length or -1. */
static int
key_wrap(uint8_t cipher, const uint8_t *kek, int enc, const uint8_t *in,
    size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int n = -1;

	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (-1);
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex(ctx, wrap_cipher(cipher), NULL, kek, NULL,
	    enc) != 1 || EVP_CipherUpdate(ctx, out, &n, in, (int)len) != 1)
		n = -1;
	EVP_CIPHER_CTX_free(ctx);
	return (n);
}

/* Padded to 40 octets, so that the length doesn't tell the cipher. */
static void
pad_text(const struct pgp_session *session, uint8_t text[PGP_ECDH_TEXT_LEN])
{
	size_t len;

	len = pgp_session_text(session, text);
	memset(text + len, (int)(PGP_ECDH_TEXT_LEN - len),
	    PGP_ECDH_TEXT_LEN - len);
}

static int
wrap_session(const struct pgp_pubkey *pub, const struct pgp_session *session,
    const uint8_t shared[PGP_POINT_LEN], uint8_t wrapped[WRAP_MAX])
{
	uint8_t kek[EVP_MAX_MD_SIZE], text[PGP_ECDH_TEXT_LEN];
	int n = -1;

	pad_text(session, text);
	if (derive_kek(pub, shared, kek) == 0)
		n = key_wrap(pub->kdf_cipher, kek, 1, text, sizeof(text),
		    wrapped);
	explicit_bzero(kek, sizeof(kek));
	explicit_bzero(text, sizeof(text));
	return (n == WRAP_MAX ? 0 : -1);
}

ssize_t
pgp_pkesk_ecdh_write(const struct pgp_pubkey *pub,
    const struct pgp_session *session, uint8_t *out)
{
	uint8_t secret[PGP_POINT_LEN], shared[PGP_POINT_LEN];
	uint8_t point[1 + PGP_POINT_LEN], wrapped[WRAP_MAX], *p;
	int ret = -1;

	point[0] = PGP_POINT_PREFIX;
	if (pgp_curve_generate(PGP_ALG_ECDH, secret, point + 1) == 0 &&
	    pgp_curve_shared(secret, point + 1, pub->point, shared) == 0)
		ret = wrap_session(pub, session, shared, wrapped);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(shared, sizeof(shared));
	if (ret == -1)
		return (-1);
	p = pgp_put_mpi(out, point, sizeof(point));
	p = pgp_put_u8(p, sizeof(wrapped));
	p = pgp_put_bytes(p, wrapped, sizeof(wrapped));
	return (p - out);
}

struct ecdh_fields {
	const uint8_t	*point;
	const uint8_t	*wrapped;
	uint8_t		 wrapped_len;
};

static int
read_fields(const struct pgp_pkesk *pkesk, struct ecdh_fields *f)
{
	struct pgp_in in = { pkesk->fields, pkesk->fields_len };
	struct pgp_mpi mpi;

	if (pgp_in_mpi(&in, &mpi) == -1 || mpi.bits != POINT_MPI_BITS ||
	    mpi.p[0] != PGP_POINT_PREFIX)
		return (-1);
	f->point = mpi.p + 1;
	if (pgp_in_u8(&in, &f->wrapped_len) == -1 ||
	    pgp_in_bytes(&in, f->wrapped_len, &f->wrapped) == -1 ||
	    in.left != 0)
		return (-1);
	if (f->wrapped_len > WRAP_MAX || f->wrapped_len % 8 != 0 ||
	    f->wrapped_len < 16 + WRAP_OVERHEAD)
		return (-1);
	return (0);
}

/* Cipher, key, checksum, PKCS5 padding: RFC 6637 section 8. */
static int
parse_text(const uint8_t *text, size_t len, struct pgp_session *session)
{
	size_t key_len = pgp_cipher_key_len(text[0]), used = 1 + key_len + 2;
	size_t i;
	uint16_t sum;

	if (key_len == 0 || used >= len)
		return (-1);
	for (i = used; i < len; i++) {
		if (text[i] != len - used)
			return (-1);
	}
	sum = (uint16_t)(text[used - 2] << 8 | text[used - 1]);
	if (sum != pgp_session_checksum(text + 1, key_len))
		return (-1);
	session->cipher = text[0];
	session->key_len = (uint8_t)key_len;
	memcpy(session->key, text + 1, key_len);
	return (0);
}

static int
unwrap_session(const struct pgp_pubkey *pub, const struct ecdh_fields *f,
    const uint8_t shared[PGP_POINT_LEN], struct pgp_session *session)
{
	uint8_t kek[EVP_MAX_MD_SIZE], text[WRAP_MAX];
	int n = -1, ret = -1;

	if (derive_kek(pub, shared, kek) == 0)
		n = key_wrap(pub->kdf_cipher, kek, 0, f->wrapped,
		    f->wrapped_len, text);
	if (n == f->wrapped_len - WRAP_OVERHEAD)
		ret = parse_text(text, (size_t)n, session);
	explicit_bzero(kek, sizeof(kek));
	explicit_bzero(text, sizeof(text));
	return (ret);
}

int
pgp_pkesk_ecdh_read(const struct pgp_pkesk *pkesk, const struct pgp_seckey *sec,
    struct pgp_session *session)
{
	uint8_t shared[PGP_POINT_LEN];
	struct ecdh_fields f;
	int ret;

	if (read_fields(pkesk, &f) == -1 ||
	    pgp_curve_shared(sec->scalar, sec->pub.point, f.point,
	    shared) == -1)
		return (-1);
	ret = unwrap_session(&sec->pub, &f, shared, session);
	explicit_bzero(shared, sizeof(shared));
	return (ret);
}
