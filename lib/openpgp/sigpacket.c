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

#include "openpgp/sigdigest.h"
#include "openpgp/signature.h"
#include "openpgp/wire.h"

#define CRITICAL	0x80
#define TYPE_MASK	0x7f

/* The next subpacket: its type with the critical bit, and its body. */
static int
next_subpacket(struct pgp_in *in, uint8_t *type, struct pgp_in *body)
{
	uint32_t len;
	uint8_t o1, o2;

	if (pgp_in_u8(in, &o1) == -1)
		return (-1);
	if (o1 < 192)
		len = o1;
	else if (o1 < 255) {
		if (pgp_in_u8(in, &o2) == -1)
			return (-1);
		len = (uint32_t)(o1 - 192) * 256 + o2 + 192;
	} else if (pgp_in_u32(in, &len) == -1)
		return (-1);
	if (len == 0 || pgp_in_u8(in, type) == -1)
		return (-1);
	body->left = len - 1;
	return (pgp_in_bytes(in, body->left, &body->p));
}

/*
 * Whether ignoring a subpacket of this type does no harm.  That isn't so of
 * notations (none is known here) and designated revokers, nor of types that we
 * never heard of.
 */
static int
is_known(uint8_t type)
{
	switch (type) {
	case PGP_SUB_CREATED:
	case PGP_SUB_LIFETIME:
	case PGP_SUB_KEY_LIFETIME:
	case PGP_SUB_ISSUER:
	case PGP_SUB_FLAGS:
	case PGP_SUB_ISSUER_FPR:
	case PGP_SUB_EXPORTABLE:
	case PGP_SUB_REVOCABLE:
	case PGP_SUB_PREF_CIPHERS:
	case PGP_SUB_PREF_HASHES:
	case PGP_SUB_PREF_COMPRESSION:
	case PGP_SUB_KEYSERVER_PREFS:
	case PGP_SUB_KEYSERVER:
	case PGP_SUB_PRIMARY_UID:
	case PGP_SUB_POLICY:
	case PGP_SUB_REASON:
	case PGP_SUB_FEATURES:
	case PGP_SUB_EMBEDDED:
		return (1);
	default:
		return (0);
	}
}

static int
read_time(struct pgp_in body, uint32_t *v)
{
	return (body.left == 4 ? pgp_in_u32(&body, v) : -1);
}

static int
read_issuer(uint8_t type, const struct pgp_in *body, struct pgp_signature *sig)
{
	if (type == PGP_SUB_ISSUER && body->left == PGP_KEYID_LEN)
		memcpy(sig->issuer, body->p, PGP_KEYID_LEN);
	else if (type == PGP_SUB_ISSUER_FPR && body->left == 1 + PGP_FPR_LEN &&
	    body->p[0] == 4)
		memcpy(sig->issuer, body->p + 1 + PGP_FPR_LEN - PGP_KEYID_LEN,
		    PGP_KEYID_LEN);
	else
		return (0);
	return (1);
}

/* What has been seen in a signature's subpackets. */
struct seen {
	int	created;
	int	issuer;
};

static int
read_hashed(struct pgp_in in, struct pgp_signature *sig, struct seen *seen)
{
	struct pgp_in body;
	uint8_t type;
	int ret;

	while (in.left > 0) {
		if (next_subpacket(&in, &type, &body) == -1)
			return (-1);
		if ((type & CRITICAL) && !is_known(type & TYPE_MASK))
			return (-1);
		type &= TYPE_MASK;
		ret = 0;
		if (type == PGP_SUB_CREATED) {
			ret = read_time(body, &sig->created);
			seen->created = 1;
		} else if (type == PGP_SUB_LIFETIME)
			ret = read_time(body, &sig->lifetime);
		else if (type == PGP_SUB_KEY_LIFETIME)
			ret = read_time(body, &sig->key_lifetime);
		else if (type == PGP_SUB_FLAGS && body.left > 0)
			sig->flags = body.p[0];
		else if (type == PGP_SUB_EXPORTABLE && body.left == 1)
			sig->local = body.p[0] == 0;
		else
			seen->issuer |= read_issuer(type, &body, sig);
		if (ret == -1)
			return (-1);
	}
	return (0);
}

/* Nothing here is signed: a first hint at who made the signature, no more. */
static int
read_unhashed(struct pgp_in in, struct pgp_signature *sig, struct seen *seen)
{
	struct pgp_in body;
	uint8_t type;

	while (in.left > 0) {
		if (next_subpacket(&in, &type, &body) == -1)
			return (-1);
		if (!seen->issuer)
			seen->issuer = read_issuer(type & TYPE_MASK,
			    &body, sig);
	}
	return (0);
}

static int
read_area(struct pgp_in *in, struct pgp_in *area)
{
	uint16_t len;

	if (pgp_in_u16(in, &len) == -1)
		return (-1);
	area->left = len;
	return (pgp_in_bytes(in, len, &area->p));
}

int
pgp_signature_read(const uint8_t *body, size_t len, struct pgp_signature *sig)
{
	struct pgp_in in = { body, len }, hashed, unhashed;
	struct seen seen = { 0, 0 };
	uint8_t version;

	memset(sig, 0, sizeof(*sig));
	if (pgp_in_u8(&in, &version) == -1 || version != PGP_SIG_VERSION ||
	    pgp_in_u8(&in, &sig->type) == -1 ||
	    pgp_in_u8(&in, &sig->alg) == -1 ||
	    pgp_in_u8(&in, &sig->hash) == -1 ||
	    read_area(&in, &hashed) == -1)
		return (-1);
	sig->signed_part = body;
	sig->signed_len = len - in.left;
	if (read_area(&in, &unhashed) == -1 ||
	    pgp_in_bytes(&in, 2, &sig->digest_start) == -1)
		return (-1);
	sig->value = in.p;
	sig->value_len = in.left;

	if (read_hashed(hashed, sig, &seen) == -1 ||
	    read_unhashed(unhashed, sig, &seen) == -1)
		return (-1);
	return (seen.created && seen.issuer ? 0 : -1);
}
