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
#include "openpgp/certification.h"
#include "openpgp/component.h"
#include "openpgp/packet.h"
#include "openpgp/signature.h"
#include "openpgp/wire.h"

#define SIGNATURE_MAX	16384	/* octets; larger ones are passed over */

_Static_assert(PGP_OPINIONS_MAX == PGP_CANDIDATES, "what is kept of each");

/* On the way through one certificate. */
struct scan {
	const struct pgp_cert		*cert;
	const struct pgp_truster	*trusters;
	size_t				 n;
	time_t				 now;
	int				 on_uid;	/* on the one */
	struct pgp_candidates		 found[PGP_TRUSTERS_MAX];
};

enum pgp_cert_error
pgp_truster_read(const uint8_t *buf, size_t len, time_t now,
    struct pgp_truster *t, size_t *consumed)
{
	struct pgp_cert cert;
	enum pgp_cert_error error;

	memset(t, 0, sizeof(*t));
	error = pgp_cert_parse(buf, len, now, PGP_CERT_LIVE_ONLY, &cert,
	    consumed);
	if (error != PGP_CERT_OK)
		return (error);
	t->key = cert.primary;
	t->expires = cert.expires;
	t->claimed = cert.claimed;
	t->may_certify = cert.flags == 0 ||
	    (cert.flags & PGP_FLAG_CERTIFY) != 0;
	t->revoked = cert.revoked;
	(void)strlcpy(t->uid, cert.uid, sizeof(t->uid));
	pgp_cert_clear(&cert);
	return (PGP_CERT_OK);
}

int
pgp_truster_usable(const struct pgp_truster *t, time_t now)
{
	return (t->may_certify && !t->revoked &&
	    (time_t)t->key.created <= now &&
	    (t->expires == 0 || (time_t)t->expires > now));
}

unsigned int
pgp_class_strength(enum pgp_class class)
{
	switch (class) {
	case PGP_CLASS_PERSONA:
		return (1);
	case PGP_CLASS_GENERIC:
		return (2);
	case PGP_CLASS_CASUAL:
		return (3);
	case PGP_CLASS_POSITIVE:
		return (4);
	default:
		return (0);
	}
}

/* The one that ends first is the weaker; 0 never ends. */
static int
ends_earlier(uint32_t a, uint32_t b)
{
	return (a != 0 && (b == 0 || a < b));
}

/* Whether a prevails over b, which is no nothing. */
static int
prevails(const struct pgp_opinion *a, const struct pgp_opinion *b)
{
	unsigned int sa = pgp_class_strength(a->class);
	unsigned int sb = pgp_class_strength(b->class);

	if (a->created != b->created)
		return (a->created > b->created);
	if (sa != sb)
		return (sa < sb);
	return (ends_earlier(a->expires, b->expires));
}

void
pgp_opinion_merge(struct pgp_opinion *o, const struct pgp_opinion *from)
{
	if (from->class == PGP_CLASS_NONE)
		return;
	if (o->class == PGP_CLASS_NONE || prevails(from, o))
		*o = *from;
}

enum pgp_class
pgp_opinion_class(const struct pgp_opinion *o, time_t now)
{
	if (o->class == PGP_CLASS_REVOKED ||
	    (o->expires != 0 && (time_t)o->expires <= now))
		return (PGP_CLASS_NONE);
	return (o->class);
}

static int
is_opinion(uint8_t type)
{
	return ((type >= PGP_SIG_CERT_GENERIC &&
	    type <= PGP_SIG_CERT_POSITIVE) || type == PGP_SIG_CERT_REVOCATION);
}

/* Whether a signature that claims to be the truster's may count. */
static int
may_count(const struct scan *s, const struct pgp_truster *t,
    const struct pgp_signature *sig)
{
	const struct pgp_pubkey *primary = &s->cert->primary;

	return (memcmp(t->key.keyid, sig->issuer, PGP_KEYID_LEN) == 0 &&
	    memcmp(t->key.fpr, primary->fpr, PGP_FPR_LEN) != 0 &&
	    sig->created >= t->key.created &&
	    pgp_truster_usable(t, s->now));
}

static void
take_signature(struct scan *s, const struct pgp_packet *pkt)
{
	struct pgp_signature sig;
	size_t i;

	if (!s->on_uid || pkt->body_len > SIGNATURE_MAX ||
	    pgp_signature_read(pkt->body, pkt->body_len, &sig) == -1 ||
	    !is_opinion(sig.type) || sig.local ||
	    sig.created < s->cert->primary.created ||
	    (time_t)sig.created > s->now)
		return;
	for (i = 0; i < s->n; i++) {
		if (may_count(s, &s->trusters[i], &sig))
			pgp_candidates_add(&s->found[i], &sig);
	}
}

static int
is_the_uid(const struct pgp_cert *cert, const struct pgp_packet *pkt)
{
	return (pkt->body_len == strlen(cert->uid) &&
	    memcmp(pkt->body, cert->uid, pkt->body_len) == 0);
}

static void
take_packet(struct scan *s, const struct pgp_packet *pkt)
{
	switch (pkt->tag) {
	case PGP_TAG_SIGNATURE:
		take_signature(s, pkt);
		break;
	case PGP_TAG_USER_ID:
		s->on_uid = is_the_uid(s->cert, pkt);
		break;
	case PGP_TAG_USER_ATTRIBUTE:
	case PGP_TAG_PUBLIC_SUBKEY:
	case PGP_TAG_SECRET_SUBKEY:
		s->on_uid = 0;
		break;
	default:
		break;	/* markers, a keyring's trust packets */
	}
}

static uint32_t
end_of(const struct pgp_signature *sig)
{
	if (sig->lifetime == 0)
		return (0);
	if (sig->lifetime > UINT32_MAX - sig->created)
		return (UINT32_MAX);
	return (sig->created + sig->lifetime);
}

/* The newest that is valid, and those of the same second. */
static size_t
form_opinion(const struct scan *s, size_t i, struct pgp_opinion *o)
{
	const struct pgp_candidates *c = &s->found[i];
	struct pgp_signed over = { &s->cert->primary, NULL,
	    (const uint8_t *)s->cert->uid, strlen(s->cert->uid) };
	const struct pgp_signature *sig;
	struct pgp_opinion one;
	size_t k;

	for (k = 0; k < c->n; k++) {
		sig = &c->sigs[k];
		if (o->class != PGP_CLASS_NONE && sig->created < o->created)
			break;
		if (!pgp_signature_verify_by(&s->trusters[i].key, sig, &over))
			continue;
		one.class = sig->type;
		one.created = sig->created;
		one.expires = end_of(sig);
		pgp_opinion_merge(o, &one);
	}
	return (k);
}

size_t
pgp_opinions(const uint8_t *buf, size_t len, const struct pgp_cert *cert,
    const struct pgp_truster *trusters, size_t n, time_t now,
    struct pgp_opinion *opinions)
{
	struct pgp_in in = { buf, len };
	struct pgp_packet pkt;
	struct scan s;
	size_t i, verified = 0;

	memset(opinions, 0, n * sizeof(*opinions));
	if (n == 0 || n > PGP_TRUSTERS_MAX)
		return (0);
	memset(&s, 0, sizeof(s));
	s.cert = cert;
	s.trusters = trusters;
	s.n = n;
	s.now = now;
	for (i = 0; pgp_in_packet(&in, &pkt) == 0; i++) {
		if (i > 0 && (pkt.tag == PGP_TAG_PUBLIC_KEY ||
		    pkt.tag == PGP_TAG_SECRET_KEY))
			break;
		take_packet(&s, &pkt);
	}
	for (i = 0; i < n; i++)
		verified += form_opinion(&s, i, &opinions[i]);
	return (verified);
}
