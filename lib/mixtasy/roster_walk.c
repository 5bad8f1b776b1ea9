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

#include <stdlib.h>

#include "mixtasy/roster_priv.h"
#include "openpgp/armor.h"

enum roster_error
roster_parse_error(enum pgp_cert_error error)
{
	switch (error) {
	case PGP_CERT_OK:
		return (ROSTER_OK);
	case PGP_CERT_UNSUPPORTED:
		return (ROSTER_UNSUPPORTED);
	case PGP_CERT_NO_VALID_UID:
		return (ROSTER_USER_ID);
	case PGP_CERT_TOO_LARGE:
		return (ROSTER_TOO_LARGE);
	case PGP_CERT_PACKET_TOO_LARGE:
		return (ROSTER_PACKET);
	case PGP_CERT_NO_MEMORY:
		return (ROSTER_NO_MEMORY);
	case PGP_CERT_NOT_A_KEY:
		break;
	}
	return (ROSTER_BROKEN);
}

static size_t
walk_binary(struct roster_walk *w, const uint8_t *buf, size_t len)
{
	enum roster_error error;
	size_t consumed, taken = 0;

	while (len > 0) {
		consumed = 0;
		error = w->take(w, buf, len, &consumed);
		w->counts[error]++;
		if (error == ROSTER_OK)
			taken++;
		if (consumed == 0 || consumed > len)
			break;
		buf += consumed;
		len -= consumed;
	}
	return (taken);
}

static size_t
walk_armored(struct roster_walk *w, const char *text, size_t len)
{
	uint8_t *bin;
	size_t consumed, taken = 0;
	ssize_t n;

	if ((bin = malloc(len)) == NULL) {
		w->counts[ROSTER_NO_MEMORY]++;
		return (0);
	}
	while (len > 0) {
		consumed = 0;
		n = pgp_armor_decode(PGP_ARMOR_PUBLIC_KEY, text, len, bin, len,
		    &consumed);
		if (n == -1)
			break;
		taken += walk_binary(w, bin, (size_t)n);
		if (consumed == 0 || consumed > len)
			break;
		text += consumed;
		len -= consumed;
	}
	free(bin);
	return (taken);
}

size_t
roster_walk(struct roster_walk *w, const uint8_t *buf, size_t len)
{
	if (len == 0)
		return (0);
	/* A packet begins with an octet whose high bit is set; text doesn't. */
	if ((buf[0] & 0x80) != 0)
		return (walk_binary(w, buf, len));
	return (walk_armored(w, (const char *)buf, len));
}
