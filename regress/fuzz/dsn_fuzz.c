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

#include "mail/dsn.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Whatever it is, it ends, and tells domains only. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dsn_recipient r;
	struct dsn dsn;
	enum dsn_kind kind;
	size_t n, told = 0;

	kind = dsn_begin(&dsn, (const char *)data, len);
	while (dsn_next(&dsn, &r)) {
		told++;
		n = strnlen(r.domain, sizeof(r.domain));
		assert(n < sizeof(r.domain));
		assert(n == 0 || mail_domain_valid(r.domain, n));
		assert(r.action <= DSN_OTHER);
	}
	assert(told <= DSN_RECIPIENTS_MAX);
	assert(told == 0 || kind == DSN_REPORT);
	return 0;
}
