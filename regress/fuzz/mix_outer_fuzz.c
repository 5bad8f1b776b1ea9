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

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "mixtasy/message.h"

#define SELF	"mixtasy@node1.example.net"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read can be written, and is then read alike. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char text[MIX_OUTER_LEN_MAX];
	static uint8_t body[MIX_BODY_LEN], again[MIX_BODY_LEN];
	size_t n;

	if (mix_outer_read((const char *)data, len, SELF, body) !=
	    MIX_OUTER_OK)
		return (0);
	n = mix_outer_write(SELF, SELF, body, text);
	assert(n <= sizeof(text));
	assert(mix_outer_read(text, n, SELF, again) == MIX_OUTER_OK);
	assert(memcmp(body, again, sizeof(body)) == 0);
	return (0);
}
