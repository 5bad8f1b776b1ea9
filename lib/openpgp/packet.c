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

#include "openpgp/packet.h"
#include "openpgp/wire.h"

/* Old format, RFC 4880 section 4.2.1: the length type is in the tag octet. */
static int
read_old(struct pgp_in *in, uint8_t ctb, struct pgp_packet *pkt)
{
	uint32_t n = 0;
	uint16_t n2;
	uint8_t n1;

	pkt->new_format = 0;
	pkt->tag = (ctb >> 2) & 0x0f;
	pkt->length = PGP_LEN_DEFINITE;
	switch (ctb & 3) {
	case 0:
		if (pgp_in_u8(in, &n1) == -1)
			return (-1);
		n = n1;
		break;
	case 1:
		if (pgp_in_u16(in, &n2) == -1)
			return (-1);
		n = n2;
		break;
	case 2:
		if (pgp_in_u32(in, &n) == -1)
			return (-1);
		break;
	default:
		pkt->length = PGP_LEN_INDETERMINATE;
		pkt->body_len = in->left;
		return (0);
	}
	pkt->body_len = n;
	return (0);
}

/* A new format length, RFC 4880 section 4.2.2. */
static int
read_new_length(struct pgp_in *in, enum pgp_length *kind, size_t *len)
{
	uint32_t n;
	uint8_t o1, o2;

	*kind = PGP_LEN_DEFINITE;
	if (pgp_in_u8(in, &o1) == -1)
		return (-1);
	if (o1 < 192) {
		*len = o1;
	} else if (o1 < 224) {
		if (pgp_in_u8(in, &o2) == -1)
			return (-1);
		*len = ((size_t)(o1 - 192) << 8) + o2 + 192;
	} else if (o1 < 255) {
		*kind = PGP_LEN_PARTIAL;
		*len = (size_t)1 << (o1 & 0x1f);
	} else {
		if (pgp_in_u32(in, &n) == -1)
			return (-1);
		*len = n;
	}
	return (0);
}

/* Only these may be sent in chunks, RFC 4880 section 4.2.2.4. */
static int
is_data_tag(unsigned int tag)
{
	return (tag == PGP_TAG_LITERAL || tag == PGP_TAG_COMPRESSED ||
	    tag == PGP_TAG_SED || tag == PGP_TAG_SEIPD);
}

int
pgp_packet_peek(const uint8_t *buf, size_t len, struct pgp_packet *pkt)
{
	struct pgp_in in = { buf, len };
	uint8_t ctb;

	if (pgp_in_u8(&in, &ctb) == -1 || (ctb & 0x80) == 0)
		return (-1);
	if (ctb & 0x40) {
		pkt->new_format = 1;
		pkt->tag = ctb & 0x3f;
		if (read_new_length(&in, &pkt->length, &pkt->body_len) == -1)
			return (-1);
	} else if (read_old(&in, ctb, pkt) == -1)
		return (-1);
	if (pkt->tag == 0)
		return (-1);
	if (pkt->length == PGP_LEN_PARTIAL &&
	    (!is_data_tag(pkt->tag) || pkt->body_len > in.left))
		return (-1);

	pkt->body = in.p;
	pkt->header_len = len - in.left;
	return (0);
}

int
pgp_packet_read(const uint8_t *buf, size_t len, struct pgp_packet *pkt)
{
	if (pgp_packet_peek(buf, len, pkt) == -1)
		return (-1);
	return (pkt->body_len > len - pkt->header_len ? -1 : 0);
}

int
pgp_in_packet(struct pgp_in *in, struct pgp_packet *pkt)
{
	const uint8_t *skipped;

	if (pgp_packet_read(in->p, in->left, pkt) == -1 ||
	    pkt->length != PGP_LEN_DEFINITE)
		return (-1);
	return (pgp_in_bytes(in, pkt->header_len + pkt->body_len, &skipped));
}

ssize_t
pgp_packet_join(const uint8_t *buf, size_t len, uint8_t *out, size_t outmax,
    size_t *consumed)
{
	struct pgp_packet pkt;
	struct pgp_in in;
	enum pgp_length kind;
	const uint8_t *chunk;
	size_t chunk_len, total = 0;

	if (pgp_packet_read(buf, len, &pkt) == -1 ||
	    pkt.length == PGP_LEN_INDETERMINATE)
		return (-1);

	in.p = pkt.body;
	in.left = len - pkt.header_len;
	kind = pkt.length;
	chunk_len = pkt.body_len;
	for (;;) {
		if (pgp_in_bytes(&in, chunk_len, &chunk) == -1 ||
		    chunk_len > outmax - total)
			return (-1);
		memcpy(out + total, chunk, chunk_len);
		total += chunk_len;
		if (kind == PGP_LEN_DEFINITE)
			break;
		if (read_new_length(&in, &kind, &chunk_len) == -1)
			return (-1);
	}
	*consumed = len - in.left;
	return ((ssize_t)total);
}

size_t
pgp_packet_header(uint8_t out[6], unsigned int tag, size_t body_len)
{
	uint8_t *p;

	if (tag > 15) {
		p = pgp_put_u8(out, 0xc0 | tag);
		if (body_len < 192)
			p = pgp_put_u8(p, (unsigned int)body_len);
		else {
			p = pgp_put_u8(p, 0xff);
			p = pgp_put_u32(p, (uint32_t)body_len);
		}
	} else if (body_len < 0x100) {
		p = pgp_put_u8(out, 0x80 | tag << 2);
		p = pgp_put_u8(p, (unsigned int)body_len);
	} else if (body_len < 0x10000) {
		p = pgp_put_u8(out, 0x81 | tag << 2);
		p = pgp_put_u16(p, (unsigned int)body_len);
	} else {
		p = pgp_put_u8(out, 0x82 | tag << 2);
		p = pgp_put_u32(p, (uint32_t)body_len);
	}
	return ((size_t)(p - out));
}

size_t
pgp_packet_header_indeterminate(uint8_t out[1], unsigned int tag)
{
	out[0] = (uint8_t)(0x83 | tag << 2);
	return (1);
}

int
pgp_literal_read(const uint8_t *body, size_t len, struct pgp_literal *lit)
{
	struct pgp_in in = { body, len };
	uint8_t name_len;

	if (pgp_in_u8(&in, &lit->format) == -1 ||
	    pgp_in_u8(&in, &name_len) == -1 ||
	    pgp_in_bytes(&in, name_len, &lit->name) == -1 ||
	    pgp_in_u32(&in, &lit->date) == -1)
		return (-1);
	lit->name_len = name_len;
	lit->data = in.p;
	lit->data_len = in.left;
	return (0);
}

void
pgp_literal_prefix(uint8_t out[PGP_LITERAL_PREFIX_LEN])
{
	memset(out, 0, PGP_LITERAL_PREFIX_LEN);
	out[0] = 'b';
}
