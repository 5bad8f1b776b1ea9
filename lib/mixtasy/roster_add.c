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

#include <openssl/sha.h>

#include <string.h>

#include "mixtasy/roster_priv.h"

/* The usable subkey that expires last. */
static const struct pgp_subkey *
best_subkey(const struct pgp_cert *cert, time_t now)
{
	const struct pgp_subkey *best = NULL, *sub;
	size_t i;

	for (i = 0; i < cert->nsubkeys; i++) {
		sub = &cert->subkeys[i];
		if ((sub->flags & PGP_FLAG_ENCRYPT) == 0 ||
		    (time_t)sub->pub.created > now ||
		    !pgp_subkey_usable(sub, now))
			continue;
		if (best == NULL || roster_lives_as_long(sub->expires,
		    best->expires))
			best = sub;
	}
	return (best);
}

/* The rules of thesis 6.3 for one certificate. */
static enum roster_error
examine(const struct pgp_cert *cert, time_t now, struct roster_mix *mix)
{
	const struct pgp_subkey *sub;

	memset(mix, 0, sizeof(*mix));
	memcpy(mix->fpr, cert->primary.fpr, PGP_FPR_LEN);
	if (cert->revoked)
		return (ROSTER_REVOKED);
	if ((time_t)cert->primary.created > now ||
	    (cert->expires != 0 && (time_t)cert->expires <= now))
		return (ROSTER_EXPIRED);
	if (cert->nuids != 1)
		return (ROSTER_USER_IDS);
	if (roster_uid_address(cert->uid, mix->address) == -1)
		return (ROSTER_FOREIGN);
	if (cert->flags & PGP_FLAG_ENCRYPT)
		return (ROSTER_PRIMARY);
	if ((sub = best_subkey(cert, now)) == NULL)
		return (ROSTER_NO_SUBKEY);
	mix->modes = roster_modes(cert->uid);
	mix->subkey = sub->pub;
	mix->subkey_expires = sub->expires;
	return (ROSTER_OK);
}

/* What the trusters say; the certificate is in buf. */
static void
take_opinions(const struct roster *r, const uint8_t *buf, size_t len,
    const struct pgp_cert *cert, time_t now, struct roster_mix *mix)
{
	(void)SHA256((const unsigned char *)cert->uid, strlen(cert->uid),
	    mix->uid_digest);
	(void)pgp_opinions(buf, len, cert, r->trusters, r->ntrusters, now,
	    mix->opinions);
}

static enum roster_error
take_cert(struct roster_walk *w, const uint8_t *buf, size_t len,
    size_t *consumed)
{
	struct pgp_cert cert;
	struct roster_mix mix;
	enum pgp_cert_error parsed;
	enum roster_error error;

	parsed = pgp_cert_parse(buf, len, w->now, PGP_CERT_LIVE_ONLY, &cert,
	    consumed);
	if (parsed != PGP_CERT_OK)
		return (roster_parse_error(parsed));
	error = examine(&cert, w->now, &mix);
	if (error == ROSTER_OK) {
		take_opinions(w->roster, buf, *consumed, &cert, w->now, &mix);
		error = roster_insert(w->roster, &mix, w->now);
	} else if (error == ROSTER_REVOKED &&
	    roster_bar_primary(w->roster, &mix) != ROSTER_OK)
		error = ROSTER_NO_MEMORY;
	pgp_cert_clear(&cert);
	return (error);
}

size_t
roster_add(struct roster *r, const uint8_t *buf, size_t len, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	struct roster_walk w = { r, now, take_cert, counts };

	return (roster_walk(&w, buf, len));
}
