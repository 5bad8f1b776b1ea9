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

#include "mail/address.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What came out as an address is one, in every way of looking at it. */
static void
check_address(const char *a)
{
	char	again[MAIL_ADDRESS_MAX], lower[MAIL_ADDRESS_MAX];
	size_t	len = strlen(a);

	assert(len < MAIL_ADDRESS_MAX);
	assert(mail_address_valid(a, len));
	assert(mail_address_single(a, len, again) == 0);
	assert(strcmp(a, again) == 0);
	memcpy(lower, a, len + 1);
	mail_address_normalise(lower);
	assert(mail_address_equal(a, lower));
	assert(mail_address_domain(a)[-1] == '@');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char	*s = (const char *)data;
	char		 out[MAIL_ADDRESS_MAX];
	size_t		 pos = 0, before;
	int		 r;

	if (mail_address_single(s, len, out) == 0)
		check_address(out);
	if (mail_address_valid(s, len)) {
		assert(mail_address_single(s, len, out) == 0);
		assert(strlen(out) == len && memcmp(s, out, len) == 0);
	}
	if (mail_address_is_mix(s, len))
		assert(mail_address_valid(s, len));
	do {
		before = pos;
		r = mail_address_next(s, len, &pos, out);
		assert(pos <= len && (r != 1 || pos > before));
		if (r == 1)
			check_address(out);
	} while (r == 1);
	assert(pos == len);
	return 0;
}
