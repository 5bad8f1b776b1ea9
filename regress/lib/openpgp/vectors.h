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

#ifndef REGRESS_OPENPGP_VECTORS_H
#define REGRESS_OPENPGP_VECTORS_H

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "openpgp/armor.h"
#include "openpgp/packet.h"

#include "lib/testutil.h"

/* Reading regress/vectors/mixtasy-v1; each fails the test on an error. */

/* Decodes an armored file into buf and returns the length. */
static inline size_t
vector_read(const char *name, enum pgp_armor_type type, uint8_t *buf,
    size_t size)
{
	char path[256];
	uint8_t *text;
	size_t len;
	ssize_t n;

	snprintf(path, sizeof(path), "regress/vectors/mixtasy-v1/%s", name);
	text = test_read_file(test_path(path), &len);
	ATF_REQUIRE_MSG(text != NULL, "%s", path);
	n = pgp_armor_decode(type, (const char *)text, len, buf, size, NULL);
	ATF_REQUIRE_MSG(n != -1, "%s", path);
	free(text);
	return ((size_t)n);
}

/* The nth packet of a kind, from 0. */
static inline struct pgp_packet
vector_packet(const uint8_t *buf, size_t len, unsigned int tag, int nth)
{
	struct pgp_packet pkt;

	for (;;) {
		ATF_REQUIRE_EQ(0, pgp_packet_read(buf, len, &pkt));
		if (pkt.tag == tag && nth-- == 0)
			return (pkt);
		buf += pkt.header_len + pkt.body_len;
		len -= pkt.header_len + pkt.body_len;
	}
}

#endif
