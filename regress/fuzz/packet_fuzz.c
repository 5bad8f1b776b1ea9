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

/* Packets one after the other, each read, joined, and taken for a literal. */

#include <sys/types.h>

#include <stdlib.h>

#include "openpgp/packet.h"

#define OUT_MAX	512

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int ok)
{
	if (!ok)
		abort();
}

static volatile uint8_t	sink;

/* Reads what is said to be there, for a sanitizer to see. */
static void
touch(const uint8_t *p, size_t len)
{
	while (len-- > 0)
		sink = *p++;
}

static void
join(const uint8_t *data, size_t len)
{
	uint8_t out[OUT_MAX];
	size_t used;
	ssize_t n;

	if ((n = pgp_packet_join(data, len, out, sizeof(out), &used)) == -1)
		return;
	check((size_t)n <= sizeof(out) && used <= len && used > (size_t)n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pgp_packet pkt;
	struct pgp_literal lit;

	while (len > 0) {
		join(data, len);
		if (pgp_packet_read(data, len, &pkt) == -1)
			break;
		check(pkt.header_len >= 1 && pkt.header_len <= 6);
		check(pkt.header_len + pkt.body_len <= len);
		touch(pkt.body, pkt.body_len);
		if (pgp_literal_read(pkt.body, pkt.body_len, &lit) == 0) {
			touch(lit.name, lit.name_len);
			touch(lit.data, lit.data_len);
		}
		data += pkt.header_len + pkt.body_len;
		len -= pkt.header_len + pkt.body_len;
	}
	if (len > 0 && pgp_packet_peek(data, len, &pkt) == 0)
		check(pkt.header_len <= len);
	return (0);
}
