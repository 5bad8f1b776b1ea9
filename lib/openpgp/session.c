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

#include "openpgp/packet.h"
#include "openpgp/pkesk.h"
#include "openpgp/session.h"
#include "openpgp/wire.h"

#define PKESK_VERSION	3
#define PKESK_PREFIX	(1 + PGP_KEYID_LEN + 1)	/* version, key id, algorithm */

size_t
pgp_cipher_key_len(uint8_t cipher)
{
	switch (cipher) {
	case PGP_CIPHER_AES128:
		return (16);
	case PGP_CIPHER_AES192:
		return (24);
	case PGP_CIPHER_AES256:
		return (32);
	default:
		return (0);
	}
}

void
pgp_session_new(struct pgp_session *session, const struct rng *rng)
{
	session->cipher = PGP_CIPHER_AES256;
	session->key_len = sizeof(session->key);
	rng_fill(rng, session->key, sizeof(session->key));
}

uint16_t
pgp_session_checksum(const uint8_t *key, size_t len)
{
	uint16_t sum = 0;

	while (len-- > 0)
		sum = (uint16_t)(sum + *key++);
	return (sum);
}

size_t
pgp_session_text(const struct pgp_session *session,
    uint8_t out[PGP_SESSION_TEXT_MAX])
{
	uint8_t *p;

	p = pgp_put_u8(out, session->cipher);
	p = pgp_put_bytes(p, session->key, session->key_len);
	p = pgp_put_u16(p, pgp_session_checksum(session->key,
	    session->key_len));
	return ((size_t)(p - out));
}

static size_t
fields_len(const struct pgp_pubkey *pub)
{
	switch (pub->alg) {
	case PGP_ALG_RSA:
		return (2U + pub->n_len);
	case PGP_ALG_ECDH:
		return (PGP_ECDH_FIELDS_LEN);
	default:
		return (0);
	}
}

size_t
pgp_pkesk_size(const struct pgp_pubkey *pub)
{
	size_t body = PKESK_PREFIX + fields_len(pub);
	uint8_t header[6];

	return (pgp_packet_header(header, PGP_TAG_PKESK, body) + body);
}

ssize_t
pgp_pkesk_write(const struct pgp_pubkey *pub, const struct pgp_session *session,
    uint8_t *out)
{
	ssize_t n = -1;
	uint8_t *p;

	if (session->key_len == 0 ||
	    pgp_cipher_key_len(session->cipher) != session->key_len)
		return (-1);
	p = out + pgp_packet_header(out, PGP_TAG_PKESK,
	    PKESK_PREFIX + fields_len(pub));
	p = pgp_put_u8(p, PKESK_VERSION);
	p = pgp_put_bytes(p, pub->keyid, PGP_KEYID_LEN);
	p = pgp_put_u8(p, pub->alg);
	if (pub->alg == PGP_ALG_RSA)
		n = pgp_pkesk_rsa_write(pub, session, p);
	else if (pub->alg == PGP_ALG_ECDH)
		n = pgp_pkesk_ecdh_write(pub, session, p);
	return (n == -1 ? -1 : (p - out) + n);
}

int
pgp_pkesk_read(const uint8_t *body, size_t len, struct pgp_pkesk *pkesk)
{
	struct pgp_in in = { body, len };
	const uint8_t *keyid;
	uint8_t version;

	if (pgp_in_u8(&in, &version) == -1 || version != PKESK_VERSION ||
	    pgp_in_bytes(&in, PGP_KEYID_LEN, &keyid) == -1 ||
	    pgp_in_u8(&in, &pkesk->alg) == -1)
		return (-1);
	memcpy(pkesk->keyid, keyid, PGP_KEYID_LEN);
	pkesk->fields = in.p;
	pkesk->fields_len = in.left;
	return (0);
}

int
pgp_pkesk_decrypt(const struct pgp_pkesk *pkesk, const struct pgp_seckey *sec,
    const struct rng *rng, struct pgp_session *session)
{
	return (pgp_pkesk_decrypt_prepared(pkesk, sec, NULL, rng, session));
}

int
pgp_pkesk_decrypt_prepared(const struct pgp_pkesk *pkesk,
    const struct pgp_seckey *sec, const struct pgp_prepared *prepared,
    const struct rng *rng, struct pgp_session *session)
{
	memset(session, 0, sizeof(*session));
	if (pkesk->alg != sec->pub.alg)
		return (-1);
	if (pkesk->alg == PGP_ALG_RSA)
		return (pgp_pkesk_rsa_read(pkesk, sec, prepared, rng,
		    session));
	if (pkesk->alg == PGP_ALG_ECDH)
		return (pgp_pkesk_ecdh_read(pkesk, sec, session));
	return (-1);
}
