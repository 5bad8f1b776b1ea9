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

#ifndef OPENPGP_SESSION_H
#define OPENPGP_SESSION_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixing/rng.h"
#include "openpgp/key.h"

/*
 * Session keys (PKESK v3, RFC 4880 section 5.1, RFC 6637) and the
 * symmetrically encrypted packet without MDC (tag 9, section 5.7, OpenPGP
 * CFB with resynchronisation, section 13.9).
 */
#define PGP_CIPHER_AES128	7
#define PGP_CIPHER_AES192	8
#define PGP_CIPHER_AES256	9

struct pgp_session {
	uint8_t	cipher;
	uint8_t	key_len;	/* octets */
	uint8_t	key[32];
};

/* A new AES-256 session key. */
void	pgp_session_new(struct pgp_session *, const struct rng *);

/*
 * Writes a whole PKESK packet, header included, for the subkey.  out holds
 * PGP_PKESK_MAX octets.  Returns the length, or -1.
 */
#define PGP_PKESK_MAX	(3 + 10 + 2 + PGP_RSA_MAX)
ssize_t	pgp_pkesk_write(const struct pgp_pubkey *, const struct pgp_session *,
	    uint8_t *out);

/* Length of what pgp_pkesk_write() makes for this key: always the same. */
size_t	pgp_pkesk_size(const struct pgp_pubkey *);

struct pgp_pkesk {
	uint8_t		 keyid[PGP_KEYID_LEN];
	uint8_t		 alg;
	const uint8_t	*fields;	/* algorithm-specific */
	size_t		 fields_len;
};

/* Reads the body of a PKESK v3 packet.  0 or -1. */
int	pgp_pkesk_read(const uint8_t *body, size_t len, struct pgp_pkesk *);

/*
 * Recovers the session key.  RSA: a broken padding is not an error (RFC 4880
 * section 5.1, Bleichenbacher): the session key is random then, and the work
 * done the same; only fields that no honest sender makes (wrong MPI length,
 * value not below the modulus, trailing octets) return -1.
 * ECDH: -1 if the unwrapping fails.  The caller wipes the session.
 */
int	pgp_pkesk_decrypt(const struct pgp_pkesk *, const struct pgp_seckey *,
	    const struct rng *, struct pgp_session *);

/* The same with what was prepared for this secret key, or NULL. */
int	pgp_pkesk_decrypt_prepared(const struct pgp_pkesk *,
	    const struct pgp_seckey *, const struct pgp_prepared *,
	    const struct rng *, struct pgp_session *);

/* Octets that tag 9 puts before its plaintext: a random block, two again. */
#define PGP_SED_PREFIX	18

/*
 * Encrypts len octets into out, which holds PGP_SED_PREFIX + len octets: the
 * body of a tag 9 packet.  in and out may not overlap.  0, or -1.
 */
int	pgp_sed_encrypt(const struct pgp_session *, const struct rng *,
	    const uint8_t *in, size_t len, uint8_t *out);

/*
 * Decrypts the body of a tag 9 packet; out holds len - PGP_SED_PREFIX octets
 * and may not overlap in.
 * The quick check is not looked at: it must not become an oracle.  0, or -1
 * (shorter than the prefix).
 */
int	pgp_sed_decrypt(const struct pgp_session *, const uint8_t *in,
	    size_t len, uint8_t *out);

/*
 * Whether two of the cipher blocks that feed the key stream (octets 2-17,
 * 18-33, ... of the body) are equal: 1 yes, 0 no.  An honest message never
 * has that; see mixtasy(7), periodic padding tag.  A body of more than
 * PGP_SED_REPEAT_MAX octets, twice what v1 has, counts as repeating.  rng keys
 * the hash table for this one call.
 */
#define PGP_SED_REPEAT_MAX	65536
int	pgp_sed_has_repeat(const uint8_t *in, size_t len, const struct rng *);

#endif
