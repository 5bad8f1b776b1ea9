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


#ifndef SMTPD_MIX_DELIVER_TEXT_H
#define SMTPD_MIX_DELIVER_TEXT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto.h"

/* What deliver does with the text of a mail before it goes to a server. */

/* Most octets that deliver_text_add_id() adds. */
#define DELIVER_TEXT_ID_MAX	(PROTO_HOST_MAX + 80)

/*
 * Puts a Message-ID before a text whose header has none: it would get another
 * with each try, and a repeat couldn't be known by it.
 */
void	deliver_text_add_id(char *text, size_t *len,
	    const uint8_t token[16], const char *hostname);

/* Whether there is any octet above 127. */
int	deliver_text_8bit(const char *text, size_t len);

#endif
