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

#include "mixtasy/roster_priv.h"

_Static_assert(ROSTER_NRANKS == 5, "one for each strength of a class");

enum pgp_class
roster_class(const struct roster *r, const struct roster_mix *mix,
    size_t truster, time_t now)
{
	if (truster >= r->ntrusters ||
	    !pgp_truster_usable(&r->trusters[truster], now))
		return (PGP_CLASS_NONE);
	return (pgp_opinion_class(&mix->opinions[truster], now));
}

void
roster_set_rank(const struct roster *r, struct roster_mix *mix, time_t now)
{
	unsigned int strength;
	size_t i;

	mix->rank = ROSTER_UNRANKED;
	for (i = 0; i < r->ntrusters; i++) {
		strength = pgp_class_strength(roster_class(r, mix, i, now));
		if (strength > mix->rank)
			mix->rank = (uint8_t)strength;
	}
}

static enum roster_error
verdict(const struct pgp_truster *t, time_t now)
{
	if (t->revoked)
		return (ROSTER_REVOKED);
	if (!t->may_certify)
		return (ROSTER_PRIMARY);
	return (pgp_truster_usable(t, now) ? ROSTER_OK : ROSTER_EXPIRED);
}

/* What was signed last holds; but revoked is revoked. */
static void
merge(struct pgp_truster *old, const struct pgp_truster *new)
{
	uint8_t revoked = old->revoked | new->revoked;

	if (new->claimed >= old->claimed)
		*old = *new;
	old->revoked = revoked;
}

static struct pgp_truster *
find(const struct roster *r, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i;

	for (i = 0; i < r->ntrusters; i++) {
		if (memcmp(r->trusters[i].key.fpr, fpr, PGP_FPR_LEN) == 0)
			return (&r->trusters[i]);
	}
	return (NULL);
}

static enum roster_error
append(struct roster *r, const struct pgp_truster *t)
{
	void *trusters = r->trusters;

	if (r->ntrusters == PGP_TRUSTERS_MAX)
		return (ROSTER_TRUSTERS);
	if (roster_make_room(&trusters, r->ntrusters, &r->trusterroom,
	    sizeof(*t)) == -1)
		return (ROSTER_NO_MEMORY);
	r->trusters = trusters;
	r->trusters[r->ntrusters++] = *t;
	return (ROSTER_OK);
}

static enum roster_error
take_truster(struct roster_walk *w, const uint8_t *buf, size_t len,
    size_t *consumed)
{
	struct pgp_truster t, *old;
	enum pgp_cert_error parsed;
	enum roster_error error;

	parsed = pgp_truster_read(buf, len, w->now, &t, consumed);
	if (parsed != PGP_CERT_OK)
		return (roster_parse_error(parsed));
	if ((old = find(w->roster, t.key.fpr)) != NULL) {
		merge(old, &t);
		return (verdict(old, w->now));
	}
	error = append(w->roster, &t);
	return (error == ROSTER_OK ? verdict(&t, w->now) : error);
}

size_t
roster_trust_add(struct roster *r, const uint8_t *buf, size_t len, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	struct roster_walk w = { r, now, take_truster, counts };

	return (roster_walk(&w, buf, len));
}
