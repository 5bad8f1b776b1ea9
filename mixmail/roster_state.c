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
#include "mixtasy/message.h"

#include "roster_state.h"

void
roster_digest_text(const struct roster *roster,
    char text[ROSTER_DIGEST_TEXT])
{
	uint8_t digest[32];
	size_t i;

	roster_digest(roster, digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

void
roster_modes_text(const struct roster_mix *mix, char *text, size_t size)
{
	static const struct {
		unsigned int	 mode;
		const char	*name;
	} names[] = {
		{ MIX_MODE_MIDDLEMAN,	"middleman" },
		{ MIX_MODE_EXITPRIVATE,	"exitprivate" },
		{ MIX_MODE_EXITPUBLIC,	"exitpublic" }
	};
	size_t i;

	text[0] = '\0';
	for (i = 0; i < nitems(names); i++) {
		if ((mix->modes & names[i].mode) == 0)
			continue;
		if (text[0] != '\0')
			strlcat(text, ",", size);
		strlcat(text, names[i].name, size);
	}
}

void
roster_until_text(const struct roster_mix *mix, char *text, size_t size)
{
	time_t expires = (time_t)mix->subkey_expires;
	struct tm *tm;

	if (expires == 0 || (tm = gmtime(&expires)) == NULL ||
	    strftime(text, size, "%Y-%m-%dT%H:%MZ", tm) == 0)
		strlcpy(text, "ever", size);
}

/* Whether there should be a newer subkey of this mix. */
static int
is_overdue(const struct roster_mix *mix, time_t now)
{
	int64_t age = (int64_t)now - mix->subkey.created;
	int64_t life = (int64_t)mix->subkey_expires - mix->subkey.created;

	return age > life / 2 + life / 8;
}

/* Subkeys that don't expire say nothing. */
int
roster_is_old(const struct roster *roster, time_t now, time_t *newest)
{
	const struct roster_mix *mix;
	size_t i;
	int old = 0;

	*newest = 0;
	for (i = 0; i < roster->nmixes; i++) {
		mix = &roster->mixes[i];
		if (mix->subkey_expires == 0)
			continue;
		if (!is_overdue(mix, now))
			return 0;
		old = 1;
		if ((time_t)mix->subkey.created > *newest)
			*newest = (time_t)mix->subkey.created;
	}
	return old;
}
