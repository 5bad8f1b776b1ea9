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

/* What was decoded, armored again, decodes to the same. */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "openpgp/armor.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
round_trip(enum pgp_armor_type type, const uint8_t *buf, size_t len)
{
	uint8_t *back;
	char *text;
	size_t size, used;

	size = pgp_armor_size(type, len, 0);
	text = malloc(size);
	back = malloc(len == 0 ? 1 : len);
	if (text != NULL && back != NULL) {
		check(pgp_armor_encode(type, buf, len, 0, text) == size);
		check(pgp_armor_decode(type, text, size, back, len,
		    &used) == (ssize_t)len);
		check(used == size && memcmp(buf, back, len) == 0);
	}
	free(text);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum pgp_armor_type types[] = { PGP_ARMOR_MESSAGE,
	    PGP_ARMOR_PUBLIC_KEY, PGP_ARMOR_PRIVATE_KEY };
	uint8_t *out;
	size_t used, i;
	ssize_t n;

	if ((out = malloc(len == 0 ? 1 : len)) == NULL)
		return (0);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		n = pgp_armor_decode(types[i], (const char *)data, len, out,
		    len, &used);
		if (n == -1)
			continue;
		check((size_t)n <= len && used <= len);
		round_trip(types[i], out, (size_t)n);
	}
	free(out);
	return (0);
}
