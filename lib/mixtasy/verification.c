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

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <string.h>

#include "mixtasy/message.h"

static void
write_line(const uint8_t digest[MIX_DIGEST_LEN],
    char line[MIX_VERIFICATION_LINE])
{
	static const char name[] = "Verification: ", hex[] = "0123456789abcdef";
	char *p = line;
	size_t i;

	memcpy(p, name, sizeof(name) - 1);
	p += sizeof(name) - 1;
	for (i = 0; i < MIX_DIGEST_LEN; i++) {
		*p++ = hex[digest[i] >> 4];
		*p++ = hex[digest[i] & 0x0f];
	}
	*p++ = '\r';
	*p++ = '\n';
}

/*
 * The whole first line is compared with the only one that would be right: there
 * is nothing to parse, so nothing that could be spelled in two ways.
 */
int
mix_verify(const uint8_t *message, size_t len, uint8_t digest[MIX_DIGEST_LEN])
{
	char line[MIX_VERIFICATION_LINE];

	if (len < MIX_VERIFICATION_LINE + MIX_HASHED_LEN)
		return (-1);
	if (SHA1(message + MIX_VERIFICATION_LINE, MIX_HASHED_LEN, digest) ==
	    NULL)
		return (-1);
	write_line(digest, line);
	return (CRYPTO_memcmp(line, message, sizeof(line)) == 0 ? 0 : -1);
}

void
mix_verification_write(const uint8_t hashed[MIX_HASHED_LEN],
    char line[MIX_VERIFICATION_LINE])
{
	uint8_t digest[MIX_DIGEST_LEN];

	/* One call without a context fails only for want of memory. */
	if (SHA1(hashed, MIX_HASHED_LEN, digest) == NULL)
		memset(digest, 0, sizeof(digest));
	write_line(digest, line);
}
