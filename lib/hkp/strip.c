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

#include "hkp/strip.h"
#include "openpgp/packet.h"
#include "openpgp/signature.h"

struct strip {
	struct pgp_pubkey	 primary;
	time_t			 now;
	const uint8_t		(*issuers)[PGP_KEYID_LEN];
	size_t			 nissuers;
};

static int
read_packet(const uint8_t *buf, size_t len, struct pgp_packet *p, size_t *size)
{
	if (pgp_packet_read(buf, len, p) == -1 ||
	    p->length != PGP_LEN_DEFINITE)
		return (-1);
	*size = p->header_len + p->body_len;
	return (0);
}

static int
is_issuer(const struct strip *s, const uint8_t keyid[PGP_KEYID_LEN])
{
	size_t i;

	if (memcmp(s->primary.keyid, keyid, PGP_KEYID_LEN) == 0)
		return (1);
	for (i = 0; i < s->nissuers; i++)
		if (memcmp(s->issuers[i], keyid, PGP_KEYID_LEN) == 0)
			return (1);
	return (0);
}

static int
keeps_signature(const struct strip *s, const struct pgp_packet *p)
{
	struct pgp_signature sig;

	return (pgp_signature_read(p->body, p->body_len, &sig) == 0 &&
	    is_issuer(s, sig.issuer));
}

/* Whether a binding among the signatures behind a subkey says that it lives. */
static int
subkey_lives(const struct strip *s, const struct pgp_packet *subkey,
    const uint8_t *buf, size_t len)
{
	struct pgp_signature sig;
	struct pgp_packet p;
	const uint8_t *b = subkey->body;
	int64_t created;
	size_t size;

	if (subkey->body_len < 5)
		return (0);
	created = ((int64_t)b[1] << 24) | (b[2] << 16) | (b[3] << 8) | b[4];
	for (; len > 0; buf += size, len -= size) {
		if (read_packet(buf, len, &p, &size) == -1 ||
		    p.tag != PGP_TAG_SIGNATURE)
			break;
		if (pgp_signature_read(p.body, p.body_len, &sig) == -1 ||
		    sig.type != PGP_SIG_SUBKEY_BINDING ||
		    !is_issuer(s, sig.issuer))
			continue;
		if (sig.key_lifetime == 0 ||
		    created + sig.key_lifetime > (int64_t)s->now)
			return (1);
	}
	return (0);
}

static int
begin(struct strip *s, const uint8_t *cert, size_t len, size_t *size)
{
	struct pgp_packet p;

	if (read_packet(cert, len, &p, size) == -1 ||
	    p.tag != PGP_TAG_PUBLIC_KEY)
		return (-1);
	return (pgp_pubkey_read(p.body, p.body_len, &s->primary));
}

size_t
hkp_strip(const uint8_t *cert, size_t len, time_t now,
    const uint8_t (*issuers)[PGP_KEYID_LEN], size_t nissuers, uint8_t *out)
{
	struct strip s;
	struct pgp_packet p;
	size_t at, size, n = 0;
	int component = 1;

	s.now = now;
	s.issuers = issuers;
	s.nissuers = nissuers;
	if (begin(&s, cert, len, &size) == -1)
		return (0);
	for (at = 0; at < len; at += size) {
		if (read_packet(cert + at, len - at, &p, &size) == -1)
			return (0);
		if (p.tag == PGP_TAG_PUBLIC_SUBKEY)
			component = subkey_lives(&s, &p, cert + at + size,
			    len - at - size);
		else if (p.tag == PGP_TAG_USER_ID)
			component = 1;
		else if (at > 0 && p.tag != PGP_TAG_SIGNATURE)
			component = 0;
		if (component && (p.tag != PGP_TAG_SIGNATURE ||
		    keeps_signature(&s, &p))) {
			memcpy(out + n, cert + at, size);
			n += size;
		}
	}
	return (n);
}
