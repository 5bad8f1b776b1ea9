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

#ifndef OPENPGP_ARMOR_H
#define OPENPGP_ARMOR_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* RFC 4880 section 6. */
enum pgp_armor_type {
	PGP_ARMOR_MESSAGE,		/* also PGP ARMORED FILE on input */
	PGP_ARMOR_PUBLIC_KEY,
	PGP_ARMOR_PRIVATE_KEY
};

/* Size of the armored text for len octets, without a terminating NUL. */
size_t	pgp_armor_size(enum pgp_armor_type, size_t len, int crlf);

/*
 * Armors len octets: 64-column lines, no armor headers, with checksum; lines
 * end in CRLF if crlf is set, else LF.  out holds pgp_armor_size() octets; the
 * result isn't terminated.  Returns the length.
 */
size_t	pgp_armor_encode(enum pgp_armor_type, const uint8_t *buf, size_t len,
	    int crlf, char *out);

/*
 * Decodes the first armored block in text of the type wanted: CRLF or LF, any
 * armor headers, checksum optional, white space at line ends allowed.  Writes
 * at most outmax octets.  *consumed, if not NULL, is where the block ends.
 * Returns the number of octets, or -1: no block, cut off, a character
 * that doesn't belong, a wrong checksum, or more than outmax octets.
 */
ssize_t	pgp_armor_decode(enum pgp_armor_type, const char *text, size_t len,
	    uint8_t *out, size_t outmax, size_t *consumed);

/* CRC-24 of RFC 4880 section 6.1, over buf. */
uint32_t pgp_crc24(const uint8_t *buf, size_t len);

#endif
