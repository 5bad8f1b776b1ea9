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

#include <string.h>

#include "compat/compat.h"
#include "mail/header.h"
#include "mixtasy/parts.h"

/* What a part carries if there are so many: the numbers are in its header. */
static size_t
part_room(const char *id, uint32_t total)
{
	struct mix_final final;

	memset(&final, 0, sizeof(final));
	final.type = total == 1 ? MIX_SINGLEPART : MIX_MULTIPART;
	(void)strlcpy(final.id, id, sizeof(final.id));
	final.part = final.total = total;
	return (mix_payload_max(&final));
}

uint32_t
mix_parts_count(const char *id, size_t len)
{
	size_t room, n = 1;

	/* With another digit in the total a part carries less. */
	for (;;) {
		room = part_room(id, (uint32_t)n);
		if (len <= room * n)
			return ((uint32_t)n);
		n = len / room + (len % room != 0);
		if (n > MIX_PARTS_MAX)
			return (0);
	}
}

int
mix_parts_cut(const uint8_t *mail, size_t len, uint32_t part, uint32_t total,
    struct mix_final *final)
{
	size_t room, at;

	if (part < 1 || part > total || total > MIX_PARTS_MAX)
		return (-1);
	room = part_room(final->id, total);
	at = room * (part - 1);
	if (len > room * total || at > len)
		return (-1);
	final->type = total == 1 ? MIX_SINGLEPART : MIX_MULTIPART;
	final->part = total == 1 ? 0 : part;
	final->total = total == 1 ? 0 : total;
	final->payload = mail + at;
	final->payload_len = len - at < room ? len - at : room;
	return (0);
}

/* Whether the header of a mail has its empty line. */
static int
header_ends(const uint8_t *payload, size_t len)
{
	struct mail_header header;
	struct mail_field field;
	size_t at;

	mail_header_init(&header, (const char *)payload, len);
	do
		at = header.pos;
	while (mail_header_next(&header, &field) == 1);
	return (header.pos > at);
}

int
mix_part_recipient(const uint8_t *payload, size_t len,
    char rcpt[MAIL_ADDRESS_MAX])
{
	if (!header_ends(payload, len))
		return (-1);
	return (mix_payload_recipient(payload, len, rcpt));
}
