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
#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "openpgp/pubkey.h"
#include "openpgp/wire.h"

/*
 * GnuPG's stub for a secret that is kept elsewhere: after the public part a
 * usage octet, a cipher, string-to-key 101, a hash, "GNU" and a mode.
 */
#define S2K_STUB_USAGE	255
#define S2K_STUB_CIPHER	7
#define S2K_STUB	101
#define STUB_NO_SECRET	1

enum secret_kind {
	SECRET_PRESENT,
	SECRET_STUB,
	SECRET_UNUSABLE		/* public part not understood */
};

/* Puts the public part into pub. */
static enum secret_kind
classify(const struct pgp_packet *pkt, struct pgp_pubkey *pub)
{
	struct pgp_in in = { pkt->body, pkt->body_len };
	const uint8_t *s2k;

	if (pgp_in_pubkey(&in, pub) == -1)
		return (SECRET_UNUSABLE);
	if (pgp_in_bytes(&in, 8, &s2k) == 0 && s2k[0] >= 254 &&
	    s2k[2] == S2K_STUB && memcmp(s2k + 4, "GNU", 3) == 0)
		return (SECRET_STUB);
	return (SECRET_PRESENT);
}

static int
read_primary(struct pgp_in in, struct pgp_seckey *primary, int *has_primary)
{
	struct pgp_packet pkt;
	struct pgp_pubkey pub;

	*has_primary = 0;
	if (pgp_in_packet(&in, &pkt) == -1)
		return (-1);
	if (pkt.tag != PGP_TAG_SECRET_KEY ||
	    classify(&pkt, &pub) == SECRET_STUB)
		return (0);
	if (pgp_seckey_read(pkt.body, pkt.body_len, primary) == -1)
		return (-1);
	*has_primary = 1;
	return (0);
}

static const struct pgp_subkey *
find_subkey(const struct pgp_cert *cert, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i;

	for (i = 0; i < cert->nsubkeys; i++) {
		if (memcmp(cert->subkeys[i].pub.fpr, fpr, PGP_FPR_LEN) == 0)
			return (&cert->subkeys[i]);
	}
	return (NULL);
}

/* What is being collected by pgp_seccert_read(). */
struct collection {
	const struct pgp_cert	*cert;
	struct pgp_secsubkey	*subkeys;
	size_t			 max;
	size_t			 n;
};

static int
already_there(const struct collection *c, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (memcmp(c->subkeys[i].key.pub.fpr, fpr, PGP_FPR_LEN) == 0)
			return (1);
	}
	return (0);
}

/* A secret subkey with a verified binding is kept, others are passed over. */
static int
take_subkey(struct collection *c, const struct pgp_packet *pkt, int expired,
    time_t now)
{
	const struct pgp_subkey *bound;
	struct pgp_secsubkey *sub;
	struct pgp_pubkey pub;

	if (classify(pkt, &pub) != SECRET_PRESENT || c->n == c->max)
		return (0);
	if ((bound = find_subkey(c->cert, pub.fpr)) == NULL ||
	    already_there(c, pub.fpr))
		return (0);
	if ((bound->expires != 0 && (time_t)bound->expires <= now) != expired)
		return (0);
	sub = &c->subkeys[c->n];
	if (pgp_seckey_read(pkt->body, pkt->body_len, &sub->key) == -1)
		return (-1);
	sub->expires = bound->expires;
	sub->flags = bound->flags;
	sub->revoked = bound->revoked;
	c->n++;
	return (0);
}

static int
take_subkeys(struct collection *c, struct pgp_in in, int expired, time_t now)
{
	struct pgp_packet pkt;

	while (pgp_in_packet(&in, &pkt) == 0) {
		if (pkt.tag == PGP_TAG_SECRET_SUBKEY &&
		    take_subkey(c, &pkt, expired, now) == -1)
			return (-1);
	}
	return (0);
}

int
pgp_seccert_read(const uint8_t *buf, size_t len, time_t now,
    struct pgp_seckey *primary, int *has_primary,
    struct pgp_secsubkey *subkeys, size_t max, size_t *n,
    char uid[PGP_UID_MAX + 1])
{
	struct pgp_cert cert;
	struct collection c = { &cert, subkeys, max, 0 };
	struct pgp_in in = { buf, len };
	int ret = -1;

	*n = 0;
	*has_primary = 0;
	/* Only this key of a keyring, if it is one. */
	if (pgp_cert_parse(buf, len, now, 0, &cert, &in.left) != PGP_CERT_OK)
		return (-1);
	if (read_primary(in, primary, has_primary) == 0 &&
	    take_subkeys(&c, in, 0, now) == 0 &&
	    take_subkeys(&c, in, 1, now) == 0) {
		*n = c.n;
		memcpy(uid, cert.uid, sizeof(cert.uid));
		ret = 0;
	} else {
		explicit_bzero(primary, sizeof(*primary));
		explicit_bzero(subkeys, max * sizeof(*subkeys));
		*has_primary = 0;
	}
	pgp_cert_clear(&cert);
	return (ret);
}

static size_t
put_stub(const struct pgp_pubkey *pub, uint8_t *body)
{
	uint8_t *p;

	p = body + pgp_pubkey_write(pub, body);
	p = pgp_put_u8(p, S2K_STUB_USAGE);
	p = pgp_put_u8(p, S2K_STUB_CIPHER);
	p = pgp_put_u8(p, S2K_STUB);
	p = pgp_put_u8(p, PGP_HASH_SHA1);
	p = pgp_put_bytes(p, "GNU", 3);
	p = pgp_put_u8(p, STUB_NO_SECRET);
	return ((size_t)(p - body));
}

/* The body of the secret packet in place of a public one; 0: keep that. */
static size_t
secret_body(const struct pgp_packet *pkt, const struct pgp_seckey *primary,
    const struct pgp_seckey *subkeys, size_t n, uint8_t *body)
{
	struct pgp_pubkey pub;
	size_t i;

	if (pgp_pubkey_read(pkt->body, pkt->body_len, &pub) == -1)
		return (0);
	if (pkt->tag == PGP_TAG_PUBLIC_KEY) {
		if (primary == NULL)
			return (put_stub(&pub, body));
		return (memcmp(primary->pub.fpr, pub.fpr, PGP_FPR_LEN) == 0 ?
		    pgp_seckey_write(primary, body) : 0);
	}
	for (i = 0; i < n; i++) {
		if (memcmp(subkeys[i].pub.fpr, pub.fpr, PGP_FPR_LEN) == 0)
			return (pgp_seckey_write(&subkeys[i], body));
	}
	return (0);
}

static ssize_t
append(uint8_t *out, size_t left, const void *head, size_t head_len,
    const void *body, size_t body_len)
{
	if (head_len > left || body_len > left - head_len)
		return (-1);
	memcpy(out, head, head_len);
	memcpy(out + head_len, body, body_len);
	return ((ssize_t)(head_len + body_len));
}

static ssize_t
write_packet(const struct pgp_packet *pkt, const struct pgp_seckey *primary,
    const struct pgp_seckey *subkeys, size_t n, uint8_t *out, size_t left)
{
	uint8_t body[PGP_SECKEY_BODY_MAX], head[6];
	size_t body_len = 0;
	unsigned int tag;
	ssize_t len;

	if (pkt->tag == PGP_TAG_PUBLIC_KEY ||
	    pkt->tag == PGP_TAG_PUBLIC_SUBKEY)
		body_len = secret_body(pkt, primary, subkeys, n, body);
	if (body_len == 0)
		return (append(out, left, pkt->body - pkt->header_len,
		    pkt->header_len, pkt->body, pkt->body_len));

	tag = pkt->tag == PGP_TAG_PUBLIC_KEY ? PGP_TAG_SECRET_KEY :
	    PGP_TAG_SECRET_SUBKEY;
	len = append(out, left, head, pgp_packet_header(head, tag, body_len),
	    body, body_len);
	explicit_bzero(body, sizeof(body));
	return (len);
}

ssize_t
pgp_seccert_write(const uint8_t *cert, size_t len,
    const struct pgp_seckey *primary, const struct pgp_seckey *subkeys,
    size_t n, uint8_t *out, size_t outmax)
{
	struct pgp_in in = { cert, len };
	struct pgp_packet pkt;
	size_t used = 0;
	ssize_t got;

	while (in.left > 0) {
		if (pgp_in_packet(&in, &pkt) == -1)
			return (-1);
		got = write_packet(&pkt, primary, subkeys, n, out + used,
		    outmax - used);
		if (got == -1)
			return (-1);
		used += (size_t)got;
	}
	return ((ssize_t)used);
}
