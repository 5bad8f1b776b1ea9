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

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mail/sts.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A policy that was taken keeps its bounds, and its patterns are ones. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct sts_policy p;
	size_t i, n;

	if (sts_policy_parse((const char *)data, len, &p) == -1)
		return 0;
	assert(len <= STS_TEXT_MAX);
	assert(p.max_age <= STS_AGE_MAX && p.nmx <= STS_MX_MAX);
	assert(p.mode == STS_NONE || p.nmx > 0);
	for (i = 0; i < p.nmx; i++) {
		n = strnlen(p.mx[i], STS_HOST_MAX);
		assert(n < STS_HOST_MAX && sts_mx_valid(p.mx[i], n));
		assert(sts_mx_match(p.mx[i], p.mx[i]));
	}
	return 0;
}
