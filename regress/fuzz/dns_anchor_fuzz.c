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

#include "dns/anchor.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A record that came out is read again as itself. */
static void
read_again(const char *record)
{
	char again[DNS_ANCHOR_MAX];
	size_t pos = 0, len = strlen(record);

	assert(len < DNS_ANCHOR_MAX);
	assert(dns_anchor_next(record, len, &pos, again) == 1);
	assert(strcmp(record, again) == 0 && pos == len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *text, size_t len)
{
	char record[DNS_ANCHOR_MAX];
	size_t pos = 0, before = 0;

	while (dns_anchor_next((const char *)text, len, &pos, record) == 1) {
		assert(pos > before && pos <= len);
		before = pos;
		read_again(record);
	}

	return (0);
}
