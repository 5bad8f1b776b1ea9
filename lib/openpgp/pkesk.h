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

#ifndef OPENPGP_PKESK_H
#define OPENPGP_PKESK_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixing/rng.h"
#include "openpgp/session.h"

/*
 * The algorithm-specific fields of a PKESK packet, one pair of functions an
 * algorithm.  Internal to lib/openpgp.  Writers return the length or -1,
 * readers 0 or -1, under the rules of pgp_pkesk_decrypt().
 */

/* What goes under the public key: cipher, key, checksum. */
#define PGP_SESSION_TEXT_MAX	(1 + 32 + 2)

/* Octets of the key of an AES variant; 0 for any other cipher. */
size_t	pgp_cipher_key_len(uint8_t cipher);

/* Sum of the key's octets modulo 65536, RFC 4880 section 5.1. */
uint16_t pgp_session_checksum(const uint8_t *key, size_t len);

/* Writes the text and returns its length. */
size_t	pgp_session_text(const struct pgp_session *,
	    uint8_t out[PGP_SESSION_TEXT_MAX]);

/* For RSA. */
ssize_t	pgp_pkesk_rsa_write(const struct pgp_pubkey *,
	    const struct pgp_session *, uint8_t *out);
int	pgp_pkesk_rsa_read(const struct pgp_pkesk *, const struct pgp_seckey *,
	    const struct pgp_prepared *, const struct rng *,
	    struct pgp_session *);

/* Octets that ECDH fields take: the point's MPI, a length, the wrapped key. */
#define PGP_ECDH_TEXT_LEN	40
#define PGP_ECDH_FIELDS_LEN	(2 + 33 + 1 + PGP_ECDH_TEXT_LEN + 8)
ssize_t	pgp_pkesk_ecdh_write(const struct pgp_pubkey *,
	    const struct pgp_session *, uint8_t *out);
int	pgp_pkesk_ecdh_read(const struct pgp_pkesk *,
	    const struct pgp_seckey *, struct pgp_session *);

#endif
