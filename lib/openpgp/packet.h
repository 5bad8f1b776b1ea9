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

#ifndef OPENPGP_PACKET_H
#define OPENPGP_PACKET_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* Packet tags, RFC 4880 section 4.3. */
enum pgp_tag {
	PGP_TAG_PKESK = 1,
	PGP_TAG_SIGNATURE = 2,
	PGP_TAG_SECRET_KEY = 5,
	PGP_TAG_PUBLIC_KEY = 6,
	PGP_TAG_SECRET_SUBKEY = 7,
	PGP_TAG_COMPRESSED = 8,
	PGP_TAG_SED = 9,		/* symmetrically encrypted, no MDC */
	PGP_TAG_MARKER = 10,
	PGP_TAG_LITERAL = 11,
	PGP_TAG_USER_ID = 13,
	PGP_TAG_PUBLIC_SUBKEY = 14,
	PGP_TAG_USER_ATTRIBUTE = 17,
	PGP_TAG_SEIPD = 18,
	PGP_TAG_MDC = 19,
	PGP_TAG_PADDING_PRIVATE = 63	/* what precedes the inner padding */
};

enum pgp_length {
	PGP_LEN_DEFINITE,
	PGP_LEN_PARTIAL,	/* first chunk only; see pgp_packet_join() */
	PGP_LEN_INDETERMINATE
};

struct pgp_packet {
	unsigned int	 tag;
	int		 new_format;
	enum pgp_length	 length;
	const uint8_t	*body;		/* inside the caller's buffer */
	size_t		 body_len;	/* stated; PARTIAL: of this chunk;
					   INDETERMINATE: to the end */
	size_t		 header_len;
};

/*
 * Reads the packet header at buf.  Returns 0, or -1 if there is no packet,
 * a header is cut off, or a definite or partial length passes the end of
 * the buffer.  RFC 4880 section 4.2.
 */
int	pgp_packet_read(const uint8_t *buf, size_t len, struct pgp_packet *);

/*
 * The same, but a definite length beyond the end of the buffer is not an
 * error: body_len is what was stated, and may exceed what is there.  For
 * "a length of 30,720, read as to the end".
 */
int	pgp_packet_peek(const uint8_t *buf, size_t len, struct pgp_packet *);

/*
 * Joins the chunks of a packet that pgp_packet_read() called PARTIAL (or
 * copies the body of a definite one) into out, at most outmax octets.
 * Returns the length, or -1 (broken chunk, last chunk missing, too long).
 * *consumed is the length of the whole packet, header included.
 */
ssize_t	pgp_packet_join(const uint8_t *buf, size_t len, uint8_t *out,
	    size_t outmax, size_t *consumed);

/*
 * Writes a header with a definite length (old format where the tag allows,
 * as GnuPG does) and returns its length; at most 6 octets.
 */
size_t	pgp_packet_header(uint8_t out[6], unsigned int tag, size_t body_len);

/* Old format, indeterminate length: one octet. */
size_t	pgp_packet_header_indeterminate(uint8_t out[1], unsigned int tag);

/* A literal packet's content, RFC 4880 section 5.9. */
struct pgp_literal {
	uint8_t		 format;	/* 'b', 't', 'u' */
	const uint8_t	*name;
	size_t		 name_len;
	uint32_t	 date;
	const uint8_t	*data;
	size_t		 data_len;
};

/* Reads the body of a literal packet.  0, or -1 if it is cut off. */
int	pgp_literal_read(const uint8_t *body, size_t len,
	    struct pgp_literal *);

/* What we write before the data: 'b', no name, date 0. */
#define PGP_LITERAL_PREFIX_LEN	6
void	pgp_literal_prefix(uint8_t out[PGP_LITERAL_PREFIX_LEN]);

#endif
