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

#include <openssl/bn.h>

#include "openpgp/rsa.h"

/*
 * OpenPGP's u is p^-1 mod q where libcrypto wants q^-1 mod p, so the two primes
 * change places on the way: our p is libcrypto's q.
 */

static BIGNUM *
number(const uint8_t *buf, size_t len)
{
	return (BN_bin2bn(buf, (int)len, NULL));
}

RSA *
pgp_rsa_public(const struct pgp_pubkey *pub)
{
	BIGNUM *n, *e;
	RSA *rsa;

	rsa = RSA_new();
	n = number(pub->n, pub->n_len);
	e = number(pub->e, pub->e_len);
	if (rsa == NULL || n == NULL || e == NULL ||
	    RSA_set0_key(rsa, n, e, NULL) != 1) {
		RSA_free(rsa);
		BN_free(n);
		BN_free(e);
		return (NULL);
	}
	return (rsa);
}

/* d mod (prime - 1), or NULL. */
static BIGNUM *
crt_exponent(const BIGNUM *d, const BIGNUM *prime)
{
	BIGNUM *exp, *less;
	BN_CTX *ctx;
	int ok;

	ctx = BN_CTX_new();
	exp = BN_new();
	less = BN_dup(prime);
	ok = ctx != NULL && exp != NULL && less != NULL &&
	    BN_sub_word(less, 1) == 1;
	if (ok) {
		BN_set_flags(less, BN_FLG_CONSTTIME);
		ok = BN_mod(exp, d, less, ctx) == 1;
	}
	BN_clear_free(less);
	BN_CTX_free(ctx);
	if (!ok) {
		BN_clear_free(exp);
		return (NULL);
	}
	return (exp);
}

static int
set_private(RSA *rsa, const struct pgp_seckey *sec)
{
	BIGNUM *d;

	d = number(sec->d, sec->pub.n_len);
	if (d == NULL || RSA_set0_key(rsa, NULL, NULL, d) != 1) {
		BN_clear_free(d);
		return (-1);
	}
	return (0);
}

static int
set_factors(RSA *rsa, const struct pgp_seckey *sec)
{
	BIGNUM *p, *q;

	p = number(sec->q, sec->half_len);
	q = number(sec->p, sec->half_len);
	if (p == NULL || q == NULL || RSA_set0_factors(rsa, p, q) != 1) {
		BN_clear_free(p);
		BN_clear_free(q);
		return (-1);
	}
	return (0);
}

static int
set_crt(RSA *rsa, const struct pgp_seckey *sec)
{
	BIGNUM *dp, *dq, *u;

	dp = crt_exponent(RSA_get0_d(rsa), RSA_get0_p(rsa));
	dq = crt_exponent(RSA_get0_d(rsa), RSA_get0_q(rsa));
	u = number(sec->u, sec->half_len);
	if (dp == NULL || dq == NULL || u == NULL ||
	    RSA_set0_crt_params(rsa, dp, dq, u) != 1) {
		BN_clear_free(dp);
		BN_clear_free(dq);
		BN_clear_free(u);
		return (-1);
	}
	return (0);
}

RSA *
pgp_rsa_private(const struct pgp_seckey *sec)
{
	RSA *rsa;

	if ((rsa = pgp_rsa_public(&sec->pub)) == NULL)
		return (NULL);
	if (set_private(rsa, sec) == -1 || set_factors(rsa, sec) == -1 ||
	    set_crt(rsa, sec) == -1) {
		RSA_free(rsa);
		return (NULL);
	}
	return (rsa);
}

int
pgp_seckey_prepare(const struct pgp_seckey *sec, struct pgp_prepared *prepared)
{
	prepared->rsa = NULL;
	if (sec->pub.alg != PGP_ALG_RSA)
		return (0);
	prepared->rsa = pgp_rsa_private(sec);
	return (prepared->rsa != NULL ? 0 : -1);
}

void
pgp_seckey_unprepare(struct pgp_prepared *prepared)
{
	RSA_free(prepared->rsa);
	prepared->rsa = NULL;
}

static int
put_number(const BIGNUM *n, uint8_t *out, size_t len)
{
	return (n != NULL && BN_bn2binpad(n, out, (int)len) != -1 ? 0 : -1);
}

static int
copy_generated(const RSA *rsa, struct pgp_seckey *sec)
{
	struct pgp_pubkey *pub = &sec->pub;
	const BIGNUM *e = RSA_get0_e(rsa);

	pub->n_len = (uint16_t)BN_num_bytes(RSA_get0_n(rsa));
	pub->e_len = (uint8_t)BN_num_bytes(e);
	sec->half_len = (uint16_t)(pub->n_len / 2);
	if (put_number(RSA_get0_n(rsa), pub->n, pub->n_len) == -1 ||
	    put_number(e, pub->e, pub->e_len) == -1 ||
	    put_number(RSA_get0_d(rsa), sec->d, pub->n_len) == -1 ||
	    put_number(RSA_get0_q(rsa), sec->p, sec->half_len) == -1 ||
	    put_number(RSA_get0_p(rsa), sec->q, sec->half_len) == -1)
		return (-1);
	return (put_number(RSA_get0_iqmp(rsa), sec->u, sec->half_len));
}

int
pgp_rsa_generate(struct pgp_seckey *sec, unsigned int bits)
{
	BIGNUM *e;
	RSA *rsa;
	int ret = -1;

	if (bits != 2048 && bits != 3072 && bits != 4096)
		return (-1);
	rsa = RSA_new();
	e = BN_new();
	if (rsa != NULL && e != NULL && BN_set_word(e, RSA_F4) == 1 &&
	    RSA_generate_key_ex(rsa, (int)bits, e, NULL) == 1)
		ret = copy_generated(rsa, sec);
	BN_free(e);
	RSA_free(rsa);
	return (ret);
}

/* n = p q, u p = 1 mod q, and the primes odd and larger than 1. */
static int
check_primes(const struct pgp_seckey *sec, BN_CTX *ctx)
{
	BIGNUM *n, *p, *q, *u, *t;

	n = BN_CTX_get(ctx);
	p = BN_CTX_get(ctx);
	q = BN_CTX_get(ctx);
	u = BN_CTX_get(ctx);
	t = BN_CTX_get(ctx);
	if (t == NULL ||
	    BN_bin2bn(sec->pub.n, sec->pub.n_len, n) == NULL ||
	    BN_bin2bn(sec->p, sec->half_len, p) == NULL ||
	    BN_bin2bn(sec->q, sec->half_len, q) == NULL ||
	    BN_bin2bn(sec->u, sec->half_len, u) == NULL)
		return (0);
	if (!BN_is_odd(p) || !BN_is_odd(q) || BN_is_one(p) || BN_is_one(q))
		return (0);
	return (BN_mul(t, p, q, ctx) == 1 && BN_cmp(t, n) == 0 &&
	    BN_mod_mul(t, u, p, q, ctx) == 1 && BN_is_one(t));
}

int
pgp_rsa_consistent(const struct pgp_seckey *sec)
{
	BN_CTX *ctx;
	int ok;

	if ((ctx = BN_CTX_new()) == NULL)
		return (0);
	BN_CTX_start(ctx);
	ok = check_primes(sec, ctx);
	BN_CTX_end(ctx);
	BN_CTX_free(ctx);
	return (ok);
}
