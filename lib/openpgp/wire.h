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

#ifndef OPENPGP_WIRE_H
#define OPENPGP_WIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reading and writing the scalars of RFC 4880 section 3: big-endian numbers and
 * multiprecision integers.  Internal to lib/openpgp.
 */

/* What is left to read.  A failed read leaves it as it was. */
struct pgp_in {
	const uint8_t	*p;
	size_t		 left;
};

/* Each returns 0, or -1 when fewer octets are left. */
int	pgp_in_u8(struct pgp_in *, uint8_t *);
int	pgp_in_u16(struct pgp_in *, uint16_t *);
int	pgp_in_u32(struct pgp_in *, uint32_t *);
int	pgp_in_bytes(struct pgp_in *, size_t, const uint8_t **);

/* Takes a whole packet of definite length off.  0, or -1 if there is none. */
struct pgp_packet;
int	pgp_in_packet(struct pgp_in *, struct pgp_packet *);

struct pgp_mpi {
	const uint8_t	*p;
	size_t		 len;		/* octets: bits rounded up */
	unsigned int	 bits;
};

/*
 * An MPI whose bit count is exact: the highest bit counted is set.  Whatever a
 * stranger can vary in a message is read with this one.
 */
int	pgp_in_mpi(struct pgp_in *, struct pgp_mpi *);

/*
 * An MPI that may have leading zero bits, as GnuPG writes the octet strings of
 * EdDSA and ECDH keys and signatures.
 */
int	pgp_in_mpi_padded(struct pgp_in *, struct pgp_mpi *);

/* Copies an MPI right-aligned into len octets; -1 if it is longer. */
int	pgp_mpi_copy(const struct pgp_mpi *, uint8_t *, size_t len);

/* Each writes and returns the place behind. */
uint8_t	*pgp_put_u8(uint8_t *, unsigned int);
uint8_t	*pgp_put_u16(uint8_t *, unsigned int);
uint8_t	*pgp_put_u32(uint8_t *, uint32_t);
uint8_t	*pgp_put_bytes(uint8_t *, const void *, size_t);

/* Writes the big-endian number as an MPI, leading zero octets dropped. */
uint8_t	*pgp_put_mpi(uint8_t *, const uint8_t *, size_t);

#endif
