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

#include <stddef.h>
#include <stdint.h>

#include "mixing/siphash.h"

struct sip {
	uint64_t	v0, v1, v2, v3;
};

static inline uint64_t
rotate(uint64_t x, unsigned int n)
{
	return (x << n | x >> (64 - n));
}

static inline uint64_t
load(const uint8_t *p, size_t octets)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < octets; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return (v);
}

static inline void
sip_rounds(struct sip *s, int n)
{
	while (n-- > 0) {
		s->v0 += s->v1;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v2 = rotate(s->v2, 32);
	}
}

static inline void
sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_rounds(s, 2);
	s->v0 ^= m;
}

uint64_t
siphash(const uint8_t key[SIPHASH_KEY_LEN], const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	struct sip s;
	size_t left;

	s.v0 = k0 ^ 0x736f6d6570736575;
	s.v1 = k1 ^ 0x646f72616e646f6d;
	s.v2 = k0 ^ 0x6c7967656e657261;
	s.v3 = k1 ^ 0x7465646279746573;
	for (left = len; left >= 8; left -= 8, p += 8)
		sip_word(&s, load(p, 8));
	sip_word(&s, load(p, left) | (uint64_t)(len & 0xff) << 56);
	s.v2 ^= 0xff;
	sip_rounds(&s, 4);
	return (s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
}
