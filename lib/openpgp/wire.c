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

#include "openpgp/wire.h"

int
pgp_in_bytes(struct pgp_in *in, size_t n, const uint8_t **out)
{
	if (n > in->left)
		return (-1);
	*out = in->p;
	in->p += n;
	in->left -= n;
	return (0);
}

int
pgp_in_u8(struct pgp_in *in, uint8_t *v)
{
	const uint8_t *p;

	if (pgp_in_bytes(in, 1, &p) == -1)
		return (-1);
	*v = p[0];
	return (0);
}

int
pgp_in_u16(struct pgp_in *in, uint16_t *v)
{
	const uint8_t *p;

	if (pgp_in_bytes(in, 2, &p) == -1)
		return (-1);
	*v = (uint16_t)(p[0] << 8 | p[1]);
	return (0);
}

int
pgp_in_u32(struct pgp_in *in, uint32_t *v)
{
	const uint8_t *p;

	if (pgp_in_bytes(in, 4, &p) == -1)
		return (-1);
	*v = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
	return (0);
}

int
pgp_in_mpi_padded(struct pgp_in *in, struct pgp_mpi *mpi)
{
	struct pgp_in save = *in;
	uint16_t bits;

	if (pgp_in_u16(in, &bits) == -1)
		return (-1);
	mpi->bits = bits;
	mpi->len = (bits + 7U) / 8;
	if (pgp_in_bytes(in, mpi->len, &mpi->p) == -1) {
		*in = save;
		return (-1);
	}
	return (0);
}

int
pgp_in_mpi(struct pgp_in *in, struct pgp_mpi *mpi)
{
	struct pgp_in save = *in;

	if (pgp_in_mpi_padded(in, mpi) == -1)
		return (-1);
	if (mpi->bits != 0 && mpi->p[0] >> ((mpi->bits - 1) % 8) != 1) {
		*in = save;
		return (-1);
	}
	return (0);
}

int
pgp_mpi_copy(const struct pgp_mpi *mpi, uint8_t *out, size_t len)
{
	if (mpi->len > len)
		return (-1);
	memset(out, 0, len - mpi->len);
	memcpy(out + len - mpi->len, mpi->p, mpi->len);
	return (0);
}

uint8_t *
pgp_put_u8(uint8_t *p, unsigned int v)
{
	*p++ = (uint8_t)v;
	return (p);
}

uint8_t *
pgp_put_u16(uint8_t *p, unsigned int v)
{
	*p++ = (uint8_t)(v >> 8);
	*p++ = (uint8_t)v;
	return (p);
}

uint8_t *
pgp_put_u32(uint8_t *p, uint32_t v)
{
	p = pgp_put_u16(p, v >> 16);
	return (pgp_put_u16(p, v & 0xffff));
}

uint8_t *
pgp_put_bytes(uint8_t *p, const void *buf, size_t len)
{
	memcpy(p, buf, len);
	return (p + len);
}

uint8_t *
pgp_put_mpi(uint8_t *p, const uint8_t *num, size_t len)
{
	unsigned int bits, top;

	while (len > 0 && num[0] == 0) {
		num++;
		len--;
	}
	bits = (unsigned int)len * 8;
	if (len > 0) {
		for (top = num[0]; (top & 0x80) == 0; top <<= 1)
			bits--;
	}
	p = pgp_put_u16(p, bits);
	return (pgp_put_bytes(p, num, len));
}
