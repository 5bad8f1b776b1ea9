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

#ifndef SMTPD_MIX_EXIT_TEXT_H
#define SMTPD_MIX_EXIT_TEXT_H

#include <sys/types.h>

#include <stddef.h>

#include "ipc/proto.h"

/*
 * What deliver and relay have to say of a text before it goes to a server.  The
 * text itself stays as it is but for what lib/mail/lines.h does to it.
 */

/* Whether there is any octet above 127. */
int	exit_text_8bit(const char *text, size_t len);

/*
 * How large the whole mail is, of which this is the first body, with a text of
 * len octets.
 */
size_t	exit_text_size(const struct proto_body *, size_t len);

#endif
