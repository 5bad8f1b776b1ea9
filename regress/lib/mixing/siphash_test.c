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

#include <atf-c.h>
#include <stdint.h>

#include "mixing/siphash.h"

/* Inputs 0, 1, 2, ... of the length, from the authors' vectors. */
static const struct {
	size_t		len;
	uint64_t	hash;
} vectors[] = {
	{ 0, 0x726fdb47dd0e0e31 },
	{ 1, 0x74f839c593dc67fd },
	{ 2, 0x0d6c8009d9a94f5a },
	{ 7, 0xab0200f58b01d137 },
	{ 8, 0x93f5f5799a932462 },
	{ 15, 0xa129ca6149be45e5 },
};

ATF_TC_WITHOUT_HEAD(siphash_gives_the_published_values);
ATF_TC_BODY(siphash_gives_the_published_values, tc)
{
	uint8_t key[SIPHASH_KEY_LEN], data[16];
	uint8_t i;

	for (i = 0; i < 16; i++)
		key[i] = data[i] = i;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		ATF_CHECK_EQ(siphash(key, data, vectors[i].len),
		    vectors[i].hash);
}

ATF_TC_WITHOUT_HEAD(siphash_depends_on_the_key);
ATF_TC_BODY(siphash_depends_on_the_key, tc)
{
	uint8_t key[SIPHASH_KEY_LEN] = { 0 };
	uint64_t before;

	before = siphash(key, "mix", 3);
	key[15] = 1;
	ATF_CHECK(siphash(key, "mix", 3) != before);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, siphash_gives_the_published_values);
	ATF_TP_ADD_TC(tp, siphash_depends_on_the_key);
	return (atf_no_error());
}
