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

#include <stddef.h>
#include <string.h>

#include "compat/compat.h"

#include "mail/netaddr.h"

struct network {
	uint8_t		octets[8];	/* the first ones of a network */
	unsigned int	bits;
};

/* RFC 6890, its registry, and RFC 1112. */
static const struct network refused4[] = {
	{ { 0 }, 8 },			/* "this network", unspecified */
	{ { 10 }, 8 },			/* private */
	{ { 100, 64 }, 10 },		/* shared by a provider's clients */
	{ { 127 }, 8 },			/* loopback */
	{ { 169, 254 }, 16 },		/* link local */
	{ { 172, 16 }, 12 },		/* private */
	{ { 192, 0, 0 }, 24 },		/* protocol assignments */
	{ { 192, 88, 99 }, 24 },	/* 6to4 relays, given up */
	{ { 192, 168 }, 16 },		/* private */
	{ { 198, 18 }, 15 },		/* benchmarks */
	{ { 224 }, 4 },			/* multicast */
	{ { 240 }, 4 }			/* reserved, broadcast */
};

/*
 * Of IPv6, only 2000::/3 are hosts' own addresses: that leaves out ::, ::1,
 * fc00::/7, fe80::/10, fec0::/10, ff00::/8, mapped and compatible ones.  NAT64
 * is the one exception.
 */
static const struct network hosts6 = { { 0x20 }, 3 };
static const struct network nat64 = { { 0, 0x64, 0xff, 0x9b }, 64 };
static const struct network sixtofour = { { 0x20, 0x02 }, 16 };
/* Teredo: the address of a client behind a translator, in it. */
static const struct network teredo = { { 0x20, 0x01, 0, 0 }, 32 };

static int
is_in(const uint8_t *octets, const struct network *net)
{
	unsigned int whole = net->bits / 8, rest = net->bits % 8;

	return (memcmp(octets, net->octets, whole) == 0 && (rest == 0 ||
	    (octets[whole] ^ net->octets[whole]) >> (8 - rest) == 0));
}

/* The IPv4 address that an IPv6 address leads to; NULL: none. */
static const uint8_t *
embedded(const uint8_t *octets)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t compatible[12];
	static const uint8_t zeroes[4];

	if (is_in(octets, &sixtofour))
		return (octets + 2);
	/* The prefix is 96 bits long. */
	if (is_in(octets, &nat64) && memcmp(octets + 8, zeroes, 4) == 0)
		return (octets + 12);
	if (memcmp(octets, mapped, sizeof(mapped)) == 0 ||
	    memcmp(octets, compatible, sizeof(compatible)) == 0)
		return (octets + 12);

	return (NULL);
}

static int
refused_4(const uint8_t *octets)
{
	size_t i;

	for (i = 0; i < nitems(refused4); i++)
		if (is_in(octets, &refused4[i]))
			return (1);

	return (0);
}

static int
refused_6(const uint8_t *octets)
{
	const uint8_t *inner = embedded(octets);

	if (inner != NULL && (is_in(octets, &sixtofour) ||
	    is_in(octets, &nat64)))
		return (refused_4(inner));

	return (!is_in(octets, &hosts6) || is_in(octets, &teredo));
}

int
netaddr_refused(uint32_t family, const uint8_t *octets)
{
	switch (family) {
	case 4:
		return (refused_4(octets));
	case 6:
		return (refused_6(octets));
	default:
		return (1);
	}
}

int
netaddr_same(uint32_t family_a, const uint8_t *a, uint32_t family_b,
    const uint8_t *b)
{
	const uint8_t *inner;

	if (family_a == family_b)
		return (memcmp(a, b, family_a == 4 ? 4 : 16) == 0);
	inner = embedded(family_a == 6 ? a : b);

	return (inner != NULL &&
	    memcmp(inner, family_a == 6 ? b : a, 4) == 0);
}
