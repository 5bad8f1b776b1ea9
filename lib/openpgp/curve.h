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

#ifndef OPENPGP_CURVE_H
#define OPENPGP_CURVE_H

#include <stddef.h>
#include <stdint.h>

#include "openpgp/key.h"

/*
 * The two curves that are ours.  Internal to lib/openpgp.  In packets a point
 * is an MPI of the octet 0x40 and the 32 native ones.
 */
#define PGP_POINT_PREFIX	0x40
#define PGP_POINT_LEN		32

/* Object identifiers, RFC 6637 section 11, draft-koch-eddsa section 4. */
extern const uint8_t	pgp_oid_cv25519[10];
extern const uint8_t	pgp_oid_ed25519[9];

/* P-256, of which we only verify signatures: 4, X and Y, RFC 6637 section 6. */
#define PGP_P256_PREFIX		4
#define PGP_P256_LEN		64
extern const uint8_t	pgp_oid_p256[8];

/* The public point of a secret, for PGP_ALG_ECDH or PGP_ALG_EDDSA.  0, -1. */
int	pgp_curve_public(uint8_t alg, const uint8_t secret[PGP_POINT_LEN],
	    uint8_t point[PGP_POINT_LEN]);

/* A new secret and its point.  0, or -1. */
int	pgp_curve_generate(uint8_t alg, uint8_t secret[PGP_POINT_LEN],
	    uint8_t point[PGP_POINT_LEN]);

/*
 * X25519 of our secret, whose own point is given too, and their point.  -1 also
 * when the result is all zero, which only points of small order give.
 */
int	pgp_curve_shared(const uint8_t secret[PGP_POINT_LEN],
	    const uint8_t own[PGP_POINT_LEN],
	    const uint8_t point[PGP_POINT_LEN], uint8_t shared[PGP_POINT_LEN]);

#endif
