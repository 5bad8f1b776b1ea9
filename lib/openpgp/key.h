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

#ifndef OPENPGP_KEY_H
#define OPENPGP_KEY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Key material of one v4 key or subkey.  Plain octets, no pointers into
 * libcrypto, so that it can be sent over a channel, kept in locked memory, and
 * wiped.  RFC 4880 section 5.5, RFC 6637, draft-koch-eddsa (Ed25519).
 */
#define PGP_ALG_RSA	1
#define PGP_ALG_ECDH	18
#define PGP_ALG_ECDSA	19		/* P-256; only to verify */
#define PGP_ALG_EDDSA	22

#define PGP_RSA_MAX	512		/* octets: RSA 4096 */
#define PGP_FPR_LEN	20
#define PGP_KEYID_LEN	8

struct pgp_pubkey {
	uint8_t		alg;
	uint8_t		kdf_hash;	/* ECDH: RFC 6637 section 7 */
	uint8_t		kdf_cipher;
	uint8_t		e_len;		/* RSA exponent */
	uint16_t	n_len;		/* octets of n */
	uint8_t		e[8];
	uint8_t		n[PGP_RSA_MAX];	/* RSA modulus; ECDSA: X and Y */
	uint8_t		point[32];	/* Ed25519 or X25519, without 0x40 */
	uint32_t	created;
	uint8_t		fpr[PGP_FPR_LEN];
	uint8_t		keyid[PGP_KEYID_LEN];	/* low 8 of fpr */
};

struct pgp_seckey {
	struct pgp_pubkey pub;
	uint16_t	half_len;	/* RSA: octets of p, q, u */
	uint8_t		d[PGP_RSA_MAX];	/* RSA: n_len octets */
	uint8_t		p[PGP_RSA_MAX / 2];
	uint8_t		q[PGP_RSA_MAX / 2];
	uint8_t		u[PGP_RSA_MAX / 2];	/* p^-1 mod q, as OpenPGP */
	uint8_t		scalar[32];	/* X25519: little-endian (as libcrypto
					   wants it); Ed25519: the seed */
};

/*
 * What libcrypto derives from a secret key, for one that is used for many
 * messages: half of RSA's work otherwise.  Beside the key, not in it, since it
 * points into libcrypto; zeroed, nothing is prepared.  It holds the key in
 * libcrypto's memory, which is not locked: where nothing of it may reach a swap
 * device, do without or lock all memory.
 */
struct pgp_prepared {
	struct rsa_st	*rsa;		/* libcrypto's RSA; NULL: nothing */
};

/*
 * Prepares a secret key, if that helps its algorithm.  What was prepared before
 * must have been dropped.  0, or -1 without memory: it works unprepared too.
 */
int	pgp_seckey_prepare(const struct pgp_seckey *, struct pgp_prepared *);
/* Wipes and frees it; zeroed after that. */
void	pgp_seckey_unprepare(struct pgp_prepared *);

/*
 * Makes a new key of the algorithm (PGP_ALG_RSA: bits 2048, 3072 or 4096;
 * bits is ignored otherwise), created at the time given.  Uses libcrypto's
 * random source.  0, or -1.
 */
int	pgp_key_generate(struct pgp_seckey *, uint8_t alg, unsigned int bits,
	    time_t created);

/*
 * Body of the public key packet; at most PGP_PUBKEY_BODY_MAX octets.  Returns
 * its length.  pgp_pubkey_read() is the inverse and fills fpr and keyid; -1 on
 * what we can't use (v3, other algorithms or curves, odd sizes).
 */
#define PGP_PUBKEY_BODY_MAX	(6 + 2 + PGP_RSA_MAX + 2 + 8)
size_t	pgp_pubkey_write(const struct pgp_pubkey *, uint8_t *out);
int	pgp_pubkey_read(const uint8_t *body, size_t len, struct pgp_pubkey *);

/* The same for unencrypted (string-to-key usage 0) secret key packets. */
#define PGP_SECKEY_BODY_MAX	(PGP_PUBKEY_BODY_MAX + 3 * PGP_RSA_MAX + 16)
size_t	pgp_seckey_write(const struct pgp_seckey *, uint8_t *out);
int	pgp_seckey_read(const uint8_t *body, size_t len, struct pgp_seckey *);

#endif
