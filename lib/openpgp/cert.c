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
#include "openpgp/cert.h"
#include "openpgp/component.h"
#include "openpgp/packet.h"
#include "openpgp/pubkey.h"
#include "openpgp/signature.h"
#include "openpgp/wire.h"

/* What a hostile certificate can cost. */
#define VERIFY_MAX	4096	/* signatures verified, a second of work */
#define VERIFY_LIVE_MAX	256	/* the same where only live subkeys matter */
#define SIGNATURE_MAX	16384	/* octets; larger ones are passed over */

enum kind {
	KIND_NONE,		/* nothing whose signatures we look at */
	KIND_UID,
	KIND_SUBKEY
};

struct parser {
	struct pgp_cert		*cert;
	struct pgp_budget	 budget;
	int			 live_only;
	struct pgp_component	 primary;
	struct pgp_component	 current;
	enum kind		 kind;		/* of current */
	const uint8_t		*uid;
	size_t			 uid_len;
	struct pgp_pubkey	 subkey;
	int			 out_of_memory;
};

static int
is_primary(unsigned int tag)
{
	return (tag == PGP_TAG_PUBLIC_KEY || tag == PGP_TAG_SECRET_KEY);
}

/* How far the certificate reaches that begins at buf. */
static enum pgp_cert_error
find_extent(const uint8_t *buf, size_t len, size_t *extent)
{
	struct pgp_in in = { buf, len };
	struct pgp_packet pkt;
	size_t npackets;
	int oversized = 0;

	*extent = len;
	for (npackets = 0; in.left > 0; npackets++) {
		*extent = len - in.left;
		if (pgp_in_packet(&in, &pkt) == -1 ||
		    (npackets == 0 && !is_primary(pkt.tag))) {
			*extent = len;
			return (PGP_CERT_NOT_A_KEY);
		}
		if (npackets > 0 && is_primary(pkt.tag))
			break;
		if (pkt.body_len > PGP_CERT_PACKET_MAX)
			oversized = 1;
		*extent = len - in.left;
	}
	if (npackets == 0)
		return (PGP_CERT_NOT_A_KEY);
	if (npackets > PGP_CERT_PACKETS_MAX || *extent > PGP_CERT_SIZE_MAX)
		return (PGP_CERT_TOO_LARGE);
	return (oversized ? PGP_CERT_PACKET_TOO_LARGE : PGP_CERT_OK);
}

/* When a key ends that has so many seconds; 0: never. */
static uint32_t
expiry(const struct pgp_pubkey *pub, uint32_t lifetime)
{
	if (lifetime == 0)
		return (0);
	if (lifetime > UINT32_MAX - pub->created)
		return (UINT32_MAX);
	return (pub->created + lifetime);
}

static int
is_over(uint32_t expires, time_t now)
{
	return (expires != 0 && (time_t)expires <= now);
}

/* The newest self-signature speaks for the primary. */
static void
take_claims(struct parser *p, const struct pgp_signature *sig)
{
	if (sig->created < p->cert->claimed)
		return;
	p->cert->claimed = sig->created;
	p->cert->flags = sig->flags;
	p->cert->expires = expiry(&p->cert->primary, sig->key_lifetime);
}

static void
finish_uid(struct parser *p)
{
	struct pgp_cert *cert = p->cert;
	struct pgp_signed over = { &cert->primary, NULL, p->uid, p->uid_len };
	const struct pgp_signature *sig;

	sig = pgp_component_binding(&p->current, &over, &p->budget);
	if (sig == NULL || pgp_component_revoked(&p->current, &over,
	    sig->created, &p->budget))
		return;
	if (cert->nuids++ == 0) {
		memcpy(cert->uid, p->uid, p->uid_len);
		cert->uid[p->uid_len] = '\0';
	}
	take_claims(p, sig);
}

/* Whether each binding, true or not, says that the subkey has expired. */
static int
all_expired(const struct parser *p)
{
	const struct pgp_candidates *c = &p->current.bindings;
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (!is_over(expiry(&p->subkey, c->sigs[i].key_lifetime),
		    p->budget.now))
			return (0);
	}
	return (1);
}

/* A place for one more subkey; an expired one has to go when all are taken. */
static struct pgp_subkey *
place_for_subkey(struct parser *p, const struct pgp_subkey *new)
{
	struct pgp_cert *cert = p->cert;
	struct pgp_subkey *grown;
	size_t i;

	if (cert->nsubkeys == PGP_SUBKEYS_MAX) {
		if (is_over(new->expires, p->budget.now))
			return (NULL);
		for (i = 0; i < cert->nsubkeys; i++) {
			if (is_over(cert->subkeys[i].expires, p->budget.now))
				return (&cert->subkeys[i]);
		}
		return (NULL);
	}
	/* Room doubles: a power of two is when it is used up. */
	if ((cert->nsubkeys & (cert->nsubkeys - 1)) == 0) {
		grown = reallocarray(cert->subkeys, cert->nsubkeys == 0 ? 1 :
		    cert->nsubkeys * 2, sizeof(*grown));
		if (grown == NULL) {
			p->out_of_memory = 1;
			return (NULL);
		}
		cert->subkeys = grown;
	}
	return (&cert->subkeys[cert->nsubkeys++]);
}

/* A subkey that comes twice is one; a revocation counts for both. */
static void
keep_subkey(struct parser *p, const struct pgp_subkey *new)
{
	struct pgp_subkey *subkey;
	size_t i;

	for (i = 0; i < p->cert->nsubkeys; i++) {
		subkey = &p->cert->subkeys[i];
		if (memcmp(subkey->pub.fpr, new->pub.fpr, PGP_FPR_LEN) == 0) {
			subkey->revoked |= new->revoked;
			return;
		}
	}
	if ((subkey = place_for_subkey(p, new)) != NULL)
		*subkey = *new;
}

static void
finish_subkey(struct parser *p)
{
	struct pgp_signed over = { &p->cert->primary, &p->subkey, NULL, 0 };
	const struct pgp_signature *sig;
	struct pgp_subkey subkey;

	if (p->live_only && all_expired(p))
		return;
	sig = pgp_component_binding(&p->current, &over, &p->budget);
	if (sig == NULL)
		return;
	memset(&subkey, 0, sizeof(subkey));
	subkey.pub = p->subkey;
	subkey.expires = expiry(&p->subkey, sig->key_lifetime);
	subkey.flags = sig->flags & PGP_FLAG_ENCRYPT;
	subkey.revoked = (uint8_t)pgp_component_revoked(&p->current, &over, 0,
	    &p->budget);
	if (p->live_only && is_over(subkey.expires, p->budget.now))
		return;
	keep_subkey(p, &subkey);
}

static void
finish_component(struct parser *p)
{
	if (p->kind == KIND_UID)
		finish_uid(p);
	else if (p->kind == KIND_SUBKEY)
		finish_subkey(p);
	p->kind = KIND_NONE;
	pgp_component_init(&p->current);
}

static void
start_uid(struct parser *p, const struct pgp_packet *pkt)
{
	if (pkt->body_len > PGP_UID_MAX ||
	    memchr(pkt->body, '\0', pkt->body_len) != NULL)
		return;
	p->kind = KIND_UID;
	p->uid = pkt->body;
	p->uid_len = pkt->body_len;
}

/* The public part alone: what follows in a secret key packet is passed over. */
static int
read_key(const struct pgp_packet *pkt, struct pgp_pubkey *pub)
{
	struct pgp_in in = { pkt->body, pkt->body_len };

	if (pkt->tag == PGP_TAG_PUBLIC_KEY || pkt->tag == PGP_TAG_PUBLIC_SUBKEY)
		return (pgp_pubkey_read(pkt->body, pkt->body_len, pub));
	return (pgp_in_pubkey(&in, pub));
}

static void
start_subkey(struct parser *p, const struct pgp_packet *pkt)
{
	if (read_key(pkt, &p->subkey) == 0)
		p->kind = KIND_SUBKEY;
}

/* Those of the primary are taken wherever they stand. */
static struct pgp_candidates *
candidates_for(struct parser *p, uint8_t type)
{
	if (type >= PGP_SIG_CERT_GENERIC && type <= PGP_SIG_CERT_POSITIVE)
		return (p->kind == KIND_UID ? &p->current.bindings : NULL);
	switch (type) {
	case PGP_SIG_CERT_REVOCATION:
		return (p->kind == KIND_UID ? &p->current.revocations : NULL);
	case PGP_SIG_SUBKEY_BINDING:
		return (p->kind == KIND_SUBKEY ? &p->current.bindings : NULL);
	case PGP_SIG_SUBKEY_REVOCATION:
		return (p->kind == KIND_SUBKEY ?
		    &p->current.revocations : NULL);
	case PGP_SIG_DIRECT_KEY:
		return (&p->primary.bindings);
	case PGP_SIG_KEY_REVOCATION:
		return (&p->primary.revocations);
	default:
		return (NULL);
	}
}

static void
take_signature(struct parser *p, const struct pgp_packet *pkt)
{
	struct pgp_candidates *candidates;
	struct pgp_signature sig;

	if (pkt->body_len > SIGNATURE_MAX ||
	    pgp_signature_read(pkt->body, pkt->body_len, &sig) == -1 ||
	    memcmp(sig.issuer, p->cert->primary.keyid, PGP_KEYID_LEN) != 0 ||
	    (time_t)sig.created > p->budget.now)
		return;
	if ((candidates = candidates_for(p, sig.type)) != NULL)
		pgp_candidates_add(candidates, &sig);
}

static void
take_packet(struct parser *p, const struct pgp_packet *pkt)
{
	switch (pkt->tag) {
	case PGP_TAG_SIGNATURE:
		take_signature(p, pkt);
		break;
	case PGP_TAG_USER_ID:
		finish_component(p);
		start_uid(p, pkt);
		break;
	case PGP_TAG_PUBLIC_SUBKEY:
	case PGP_TAG_SECRET_SUBKEY:
		finish_component(p);
		start_subkey(p, pkt);
		break;
	case PGP_TAG_USER_ATTRIBUTE:
		finish_component(p);
		break;
	default:
		break;	/* markers, a keyring's trust packets */
	}
}

static void
finish_primary(struct parser *p)
{
	struct pgp_cert *cert = p->cert;
	struct pgp_signed over = { &cert->primary, NULL, NULL, 0 };
	const struct pgp_signature *sig;

	sig = pgp_component_binding(&p->primary, &over, &p->budget);
	/* Made in the same second, a user id's signature is preferred. */
	if (sig != NULL && (cert->nuids == 0 ||
	    sig->created > cert->claimed))
		take_claims(p, sig);
	cert->revoked = (uint8_t)pgp_component_revoked(&p->primary, &over, 0,
	    &p->budget);
}

/* Live subkeys to the front, else in the order they came. */
static int
order_subkeys(struct pgp_cert *cert, time_t now)
{
	struct pgp_subkey *sorted;
	size_t i, n = 0;
	int over;

	if (cert->nsubkeys < 2)
		return (0);
	sorted = reallocarray(NULL, cert->nsubkeys, sizeof(*sorted));
	if (sorted == NULL)
		return (-1);
	for (over = 0; over <= 1; over++) {
		for (i = 0; i < cert->nsubkeys; i++) {
			if (is_over(cert->subkeys[i].expires, now) == over)
				sorted[n++] = cert->subkeys[i];
		}
	}
	free(cert->subkeys);
	cert->subkeys = sorted;
	return (0);
}

static enum pgp_cert_error
parse_packets(struct parser *p, struct pgp_in in)
{
	struct pgp_packet pkt;

	if (pgp_in_packet(&in, &pkt) == -1)
		return (PGP_CERT_NOT_A_KEY);
	if (read_key(&pkt, &p->cert->primary) == -1)
		return (PGP_CERT_UNSUPPORTED);
	while (pgp_in_packet(&in, &pkt) == 0)
		take_packet(p, &pkt);
	finish_component(p);
	finish_primary(p);
	if (p->budget.left == 0)
		return (PGP_CERT_TOO_LARGE);
	if (p->out_of_memory || order_subkeys(p->cert, p->budget.now) == -1)
		return (PGP_CERT_NO_MEMORY);
	return (p->cert->nuids == 0 ? PGP_CERT_NO_VALID_UID : PGP_CERT_OK);
}

enum pgp_cert_error
pgp_cert_parse(const uint8_t *buf, size_t len, time_t now, int flags,
    struct pgp_cert *cert, size_t *consumed)
{
	struct parser p;
	struct pgp_in in;
	enum pgp_cert_error error;
	size_t extent, budget;

	memset(cert, 0, sizeof(*cert));
	error = find_extent(buf, len, &extent);
	if (consumed != NULL)
		*consumed = extent;
	if (error != PGP_CERT_OK)
		return (error);

	memset(&p, 0, sizeof(p));
	p.cert = cert;
	p.budget.now = now;
	p.live_only = (flags & PGP_CERT_LIVE_ONLY) != 0;
	budget = p.live_only ? VERIFY_LIVE_MAX : VERIFY_MAX;
	p.budget.left = budget;
	in.p = buf;
	in.left = extent;
	error = parse_packets(&p, in);
	if (error != PGP_CERT_OK)
		pgp_cert_clear(cert);
	cert->nverified = budget - p.budget.left;
	return (error);
}

void
pgp_cert_clear(struct pgp_cert *cert)
{
	free(cert->subkeys);
	memset(cert, 0, sizeof(*cert));
}

const char *
pgp_cert_strerror(enum pgp_cert_error error)
{
	switch (error) {
	case PGP_CERT_OK:
		return ("no error");
	case PGP_CERT_NOT_A_KEY:
		return ("not an OpenPGP key, or broken");
	case PGP_CERT_UNSUPPORTED:
		return ("unsupported key version or algorithm");
	case PGP_CERT_NO_VALID_UID:
		return ("no user id with a valid self-signature");
	case PGP_CERT_TOO_LARGE:
		return ("too large");
	case PGP_CERT_PACKET_TOO_LARGE:
		return ("a packet in it is too large");
	case PGP_CERT_NO_MEMORY:
		return ("out of memory");
	}
	return ("unknown error");
}

int
pgp_subkey_usable(const struct pgp_subkey *subkey, time_t now)
{
	if (subkey->pub.alg != PGP_ALG_RSA && subkey->pub.alg != PGP_ALG_ECDH)
		return (0);
	return ((subkey->flags & PGP_FLAG_ENCRYPT) != 0 && !subkey->revoked &&
	    (time_t)subkey->pub.created <= now &&
	    !is_over(subkey->expires, now));
}
