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
#include "mail/address.h"
#include "mixtasy/roster.h"

static const struct {
	const char	*name;
	unsigned int	 mode;
} mode_names[] = {
	{ "middleman",		MIX_MODE_MIDDLEMAN },
	{ "exitprivate",	MIX_MODE_EXITPRIVATE },
	{ "exitpublic",		MIX_MODE_EXITPUBLIC }
};

/* The address in angle brackets at the end; else the whole user id. */
static const char *
find_address(const char *uid, size_t *len)
{
	const char *open;
	size_t n = strlen(uid);

	if (n == 0 || uid[n - 1] != '>' ||
	    (open = strrchr(uid, '<')) == NULL) {
		*len = n;
		return (uid);
	}
	*len = (size_t)(uid + n - 1 - (open + 1));
	return (open + 1);
}

int
roster_uid_address(const char *uid, char address[MIX_ADDRESS_MAX])
{
	const char *s;
	size_t i, len;

	s = find_address(uid, &len);
	if (len >= MIX_ADDRESS_MAX || !mail_address_is_mix(s, len))
		return (-1);
	for (i = 0; i < len; i++)
		address[i] = s[i] >= 'A' && s[i] <= 'Z' ?
		    (char)(s[i] + 'a' - 'A') : s[i];
	address[len] = '\0';
	return (0);
}

/* The last comment in front of the address. */
static const char *
find_comment(const char *uid, size_t *len)
{
	const char *address, *open = NULL, *close = NULL, *p;
	size_t n;

	address = find_address(uid, &n);
	for (p = uid; p < address; p++) {
		if (*p == '(')
			open = p;
		else if (*p == ')')
			close = p;
	}
	if (open == NULL || close == NULL || close < open)
		return (NULL);
	*len = (size_t)(close - (open + 1));
	return (open + 1);
}

/* One word of a comma-separated list. */
static unsigned int
mode_of(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++)
		if (strlen(mode_names[i].name) == len &&
		    memcmp(mode_names[i].name, s, len) == 0)
			return (mode_names[i].mode);
	return (0);
}

static unsigned int
modes_of(const char *s, size_t len)
{
	unsigned int modes = 0;
	size_t i, start = 0;

	for (i = 0; i <= len; i++) {
		if (i == len || s[i] == ',') {
			modes |= mode_of(s + start, i - start);
			start = i + 1;
		}
	}
	return (modes);
}

unsigned int
roster_modes(const char *uid)
{
	static const char feature[] = "mixtasy-mode:";
	const size_t flen = sizeof(feature) - 1;
	const char *s;
	size_t i, len, start = 0;

	if ((s = find_comment(uid, &len)) == NULL)
		return (MIX_MODE_MIDDLEMAN);
	for (i = 0; i <= len; i++) {
		if (i < len && s[i] != ' ')
			continue;
		if (i - start >= flen && memcmp(s + start, feature, flen) == 0)
			return (modes_of(s + start + flen, i - start - flen));
		start = i + 1;
	}
	return (MIX_MODE_MIDDLEMAN);
}
