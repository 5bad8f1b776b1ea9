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

#include <stdio.h>
#include <string.h>

#include "compat/compat.h"
#include "deliver_text.h"
#include "mail/header.h"

static int
has_message_id(const char *text, size_t len)
{
	struct mail_header header;
	struct mail_field field;

	mail_header_init(&header, text, len);
	while (mail_header_next(&header, &field) == 1)
		if (mail_field_is(&field, "Message-ID"))
			return (1);

	return (0);
}

void
deliver_text_add_id(char *text, size_t *len, const uint8_t token[16],
    const char *hostname)
{
	char line[DELIVER_TEXT_ID_MAX];
	size_t i, n;

	if (has_message_id(text, *len))
		return;
	n = strlcpy(line, "Message-ID: <", sizeof(line));
	for (i = 0; i < 16; i++, n += 2)
		snprintf(line + n, sizeof(line) - n, "%02x", token[i]);
	snprintf(line + n, sizeof(line) - n, "@%s>\r\n", hostname);
	n = strlen(line);
	memmove(text + n, text, *len);
	memcpy(text, line, n);
	*len += n;
}

int
deliver_text_8bit(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] > 127)
			return (1);

	return (0);
}
