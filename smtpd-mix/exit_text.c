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

#include <stdint.h>
#include <string.h>

#include "exit_text.h"
#include "mixtasy/message.h"
#include "spool/spool.h"

int
exit_text_8bit(const char *text, size_t len)
{
	uint64_t eight, any = 0;

	for (; len >= sizeof(eight); text += sizeof(eight),
	    len -= sizeof(eight)) {
		memcpy(&eight, text, sizeof(eight));
		any |= eight;
	}
	for (; len > 0; text++, len--)
		any |= (unsigned char)*text;

	return ((any & 0x8080808080808080U) != 0);
}

size_t
exit_text_size(const struct proto_body *body, size_t len)
{
	if (body->set_total <= 1)
		return (len);

	return ((size_t)(body->set_total - 1) *
	    (body->class == SPOOL_PART ? MIX_HASHED_LEN : PROTO_PIECE_LEN));
}
