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
#include <string.h>

#include "compat/compat.h"
#include "hkp/survey_priv.h"
#include "openpgp/armor.h"
#include "openpgp/key.h"
#include "openpgp/packet.h"

static int
has_armor(const struct survey_answer *a)
{
	static const char begin[] = "-----BEGIN PGP";

	return (a->len > 0 &&
	    memmem(a->body, a->len, begin, sizeof(begin) - 1) != NULL);
}

/*
 * Where the certificate that begins with the first packet ends: at the next
 * primary key, or where something is broken.
 */
static size_t
cert_end(const uint8_t *buf, size_t len)
{
	struct pgp_packet packet;
	size_t at = 0;

	while (at < len && pgp_packet_read(buf + at, len - at, &packet) == 0 &&
	    packet.length == PGP_LEN_DEFINITE) {
		if (at > 0 && (packet.tag == PGP_TAG_PUBLIC_KEY ||
		    packet.tag == PGP_TAG_SECRET_KEY))
			break;
		at += packet.header_len + packet.body_len;
	}
	return (at);
}

/* Whether the first packet is the primary key with the id. */
static int
check_key(const uint8_t *buf, size_t len, const char *id,
    enum survey_refusal *why)
{
	struct pgp_packet packet;
	struct pgp_pubkey key;
	char found[HKP_ID_MAX];

	*why = SURVEY_NOT_A_CERT;
	if (pgp_packet_read(buf, len, &packet) == -1 ||
	    packet.tag != PGP_TAG_PUBLIC_KEY ||
	    packet.length != PGP_LEN_DEFINITE ||
	    pgp_pubkey_read(packet.body, packet.body_len, &key) == -1)
		return (-1);
	hkp_id_write(key.fpr, found);
	*why = SURVEY_OTHER_KEY;
	return (hkp_id_match(found, id) ? 0 : -1);
}

uint8_t *
survey_cert(const struct survey_answer *a, const char *id, size_t max,
    size_t *len, enum survey_refusal *why)
{
	uint8_t *buf;
	ssize_t n;

	*why = SURVEY_NOT_GIVEN;
	if (a->status != 200 || !has_armor(a))
		return (NULL);
	*why = SURVEY_NOT_A_CERT;
	if ((buf = malloc(a->len)) == NULL)
		return (NULL);
	n = pgp_armor_decode(PGP_ARMOR_PUBLIC_KEY, (const char *)a->body,
	    a->len, buf, a->len, NULL);
	if (n > 0 && check_key(buf, (size_t)n, id, why) == 0) {
		*len = cert_end(buf, (size_t)n);
		if (*len <= max)
			return (buf);
		*why = SURVEY_TOO_LARGE;
	}
	free(buf);
	return (NULL);
}
