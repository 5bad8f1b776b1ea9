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

#define SELF		"mixtasy@node1.example.net"
#define PARTS_MAX	100

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct mix_inner *inner, size_t len)
{
	assert(inner->header_len < len);
	if (inner->type == MIX_INTERMEDIATE) {
		assert(strncmp(inner->to, "mixtasy@", 8) == 0);
		assert(inner->from[0] == '\0' ||
		    strcmp(inner->from, SELF) == 0);
		return;
	}
	assert(inner->to[0] == '\0' && inner->from[0] == '\0');
	assert(inner->id[0] != '\0' && strpbrk(inner->id, " \r\n") == NULL);
	if (inner->type == MIX_MULTIPART)
		assert(inner->part >= 1 && inner->part <= inner->total &&
		    inner->total <= PARTS_MAX);
	else
		assert(inner->part == 0 && inner->total == 0);
}

/* A header that is accepted keeps the rules, and is the same when written. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mix_inner inner, again;
	char out[MIX_HEADER_MAX + 1];
	uint8_t digest[MIX_DIGEST_LEN];
	size_t n;

	(void)mix_verify(data, len, digest);
	if (mix_inner_read((const char *)data, len, SELF, PARTS_MAX, &inner) !=
	    MIX_INNER_OK)
		return (0);
	check(&inner, len);
	if (inner.type == MIX_INTERMEDIATE)
		(void)strcpy(inner.from, SELF);
	n = mix_inner_write(&inner, out);
	assert(n <= MIX_HEADER_MAX);
	out[n] = 'x';
	assert(mix_inner_read(out, n + 1, SELF, PARTS_MAX, &again) ==
	    MIX_INNER_OK);
	assert(again.header_len == n);
	again.header_len = inner.header_len;
	assert(memcmp(&inner, &again, sizeof(inner)) == 0);
	return (0);
}
