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

#ifndef SPOOL_LE_H
#define SPOOL_LE_H

#include <stdint.h>

/* Little-endian numbers at fixed places, as everything on the disk has them. */
static inline void
le_put(uint8_t *p, uint64_t v, unsigned int octets)
{
	unsigned int i;

	for (i = 0; i < octets; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline uint64_t
le_get(const uint8_t *p, unsigned int octets)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < octets; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return (v);
}

#endif
