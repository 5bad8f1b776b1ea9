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

#include "mixtasy/layer.h"

static const char *const reason_texts[MIX_NREASONS] = {
	"no reason",
	"the encrypted body is not one session key packet and one tag 9 packet",
	"not encrypted to a valid subkey of this mix",
	"equal cipher blocks: the padding may carry a mark",
	"the session key can't be recovered",
	"the decrypted content is not a literal packet of the required form",
	"the Verification hash does not match",
	"the header inside is broken, or lacks a field or has one twice",
	"an address inside is not that of a mix, or one that must not be there",
	"the message inside is not of a type of Mixtasy v1",
	"the part number is wrong, or split messages are not accepted",
	"this mix does not have the mode that the message asks for",
	"no single recipient, or not one that this mix delivers to",
	"a message with this hash was here before: a replay",
	"a recipient that is in no list of this mix"
};

const char *
mix_reason_text(enum mix_reason reason)
{
	if ((unsigned int)reason >= MIX_NREASONS)
		return ("unknown reason");
	return (reason_texts[reason]);
}
