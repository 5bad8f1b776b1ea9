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
#include "openpgp/curve.h"
#include "openpgp/key.h"
#include "openpgp/pubkey.h"
#include "openpgp/rsa.h"
#include "openpgp/session.h"
#include "openpgp/wire.h"

#define S2K_UNENCRYPTED	0

static int
generate_material(struct pgp_seckey *sec, unsigned int bits)
{
	switch (sec->pub.alg) {
	case PGP_ALG_RSA:
		return (pgp_rsa_generate(sec, bits));
	case PGP_ALG_ECDH:
		/* As GnuPG sets them for this curve, RFC 6637 section 13. */
		sec->pub.kdf_hash = PGP_HASH_SHA256;
		sec->pub.kdf_cipher = PGP_CIPHER_AES128;
		/* FALLTHROUGH */
	case PGP_ALG_EDDSA:
		return (pgp_curve_generate(sec->pub.alg, sec->scalar,
		    sec->pub.point));
	default:
		return (-1);
	}
}

int
pgp_key_generate(struct pgp_seckey *sec, uint8_t alg, unsigned int bits,
    time_t created)
{
	memset(sec, 0, sizeof(*sec));
	if (created < 0 || (uintmax_t)created > UINT32_MAX)
		return (-1);
	sec->pub.alg = alg;
	sec->pub.created = (uint32_t)created;
	if (generate_material(sec, bits) == -1 ||
	    pgp_pubkey_fingerprint(&sec->pub) == -1) {
		explicit_bzero(sec, sizeof(*sec));
		return (-1);
	}
	return (0);
}

static void
reverse(uint8_t out[PGP_POINT_LEN], const uint8_t in[PGP_POINT_LEN])
{
	size_t i;

	for (i = 0; i < PGP_POINT_LEN; i++)
		out[i] = in[PGP_POINT_LEN - 1 - i];
}

/* The sum of RFC 4880 section 5.5.3, modulo 65536. */
static uint16_t
checksum(const uint8_t *buf, size_t len)
{
	uint16_t sum = 0;

	while (len-- > 0)
		sum = (uint16_t)(sum + *buf++);
	return (sum);
}

static uint8_t *
put_secret(uint8_t *p, const struct pgp_seckey *sec)
{
	uint8_t scalar[PGP_POINT_LEN];

	switch (sec->pub.alg) {
	case PGP_ALG_RSA:
		p = pgp_put_mpi(p, sec->d, sec->pub.n_len);
		p = pgp_put_mpi(p, sec->p, sec->half_len);
		p = pgp_put_mpi(p, sec->q, sec->half_len);
		p = pgp_put_mpi(p, sec->u, sec->half_len);
		break;
	case PGP_ALG_EDDSA:
		p = pgp_put_mpi(p, sec->scalar, sizeof(sec->scalar));
		break;
	case PGP_ALG_ECDH:
		reverse(scalar, sec->scalar);
		p = pgp_put_mpi(p, scalar, sizeof(scalar));
		explicit_bzero(scalar, sizeof(scalar));
		break;
	}
	return (p);
}

size_t
pgp_seckey_write(const struct pgp_seckey *sec, uint8_t *out)
{
	uint8_t *p, *secret;

	p = out + pgp_pubkey_write(&sec->pub, out);
	p = pgp_put_u8(p, S2K_UNENCRYPTED);
	secret = p;
	p = put_secret(p, sec);
	p = pgp_put_u16(p, checksum(secret, (size_t)(p - secret)));
	return ((size_t)(p - out));
}

static int
read_rsa(struct pgp_in *in, struct pgp_seckey *sec)
{
	struct pgp_mpi d, p, q, u;

	if (pgp_in_mpi(in, &d) == -1 || pgp_in_mpi(in, &p) == -1 ||
	    pgp_in_mpi(in, &q) == -1 || pgp_in_mpi(in, &u) == -1)
		return (-1);
	sec->half_len = (uint16_t)((sec->pub.n_len + 1) / 2);
	if (pgp_mpi_copy(&d, sec->d, sec->pub.n_len) == -1 ||
	    pgp_mpi_copy(&p, sec->p, sec->half_len) == -1 ||
	    pgp_mpi_copy(&q, sec->q, sec->half_len) == -1 ||
	    pgp_mpi_copy(&u, sec->u, sec->half_len) == -1)
		return (-1);
	return (pgp_rsa_consistent(sec) ? 0 : -1);
}

/* A secret whose point isn't the stated one would betray itself in use. */
static int
check_point(const struct pgp_seckey *sec)
{
	uint8_t point[PGP_POINT_LEN];

	if (pgp_curve_public(sec->pub.alg, sec->scalar, point) == -1)
		return (-1);
	return (memcmp(point, sec->pub.point, sizeof(point)) == 0 ? 0 : -1);
}

static int
read_curve(struct pgp_in *in, struct pgp_seckey *sec)
{
	uint8_t big[PGP_POINT_LEN];
	struct pgp_mpi s;
	int ret = -1;

	if (pgp_in_mpi_padded(in, &s) == -1 ||
	    pgp_mpi_copy(&s, big, sizeof(big)) == -1)
		return (-1);
	if (sec->pub.alg == PGP_ALG_ECDH)
		reverse(sec->scalar, big);
	else
		memcpy(sec->scalar, big, sizeof(big));
	ret = check_point(sec);
	explicit_bzero(big, sizeof(big));
	return (ret);
}

static int
read_secret(struct pgp_in *in, struct pgp_seckey *sec)
{
	const uint8_t *start;
	uint16_t expected, sum;
	uint8_t usage;
	int ret;

	if (pgp_in_u8(in, &usage) == -1 || usage != S2K_UNENCRYPTED)
		return (-1);
	start = in->p;
	if (sec->pub.alg == PGP_ALG_RSA)
		ret = read_rsa(in, sec);
	else if (sec->pub.alg == PGP_ALG_ECDSA)
		ret = -1;
	else
		ret = read_curve(in, sec);
	if (ret == -1)
		return (-1);
	expected = checksum(start, (size_t)(in->p - start));
	if (pgp_in_u16(in, &sum) == -1 || sum != expected)
		return (-1);
	return (in->left == 0 ? 0 : -1);
}

int
pgp_seckey_read(const uint8_t *body, size_t len, struct pgp_seckey *sec)
{
	struct pgp_in in = { body, len };

	memset(sec, 0, sizeof(*sec));
	if (pgp_in_pubkey(&in, &sec->pub) == -1 ||
	    read_secret(&in, sec) == -1) {
		explicit_bzero(sec, sizeof(*sec));
		return (-1);
	}
	return (0);
}
