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
#include <strings.h>

#include "compat/compat.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mixtasy/layer.h"
#include "mixtasy/parts.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

/* The two packets of an encrypted body. */
struct envelope {
	struct pgp_pkesk	 pkesk;
	const uint8_t		*sed;	/* content of tag 9, to the end */
	size_t			 sed_len;
};

/* Longest To: field of an original message that is read. */
#define PEEL_TO_MAX	2048

/*
 * A packet of the tag that reaches to the end of the buffer: of indeterminate
 * length, or with the one length that says so in effect.
 */
static int
read_to_end(const uint8_t *buf, size_t len, unsigned int tag,
    const uint8_t **content, size_t *content_len)
{
	struct pgp_packet pkt;

	if (pgp_packet_peek(buf, len, &pkt) == -1 || pkt.tag != tag)
		return (-1);
	if (pkt.length != PGP_LEN_INDETERMINATE &&
	    (pkt.length != PGP_LEN_DEFINITE || pkt.body_len != MIX_BODY_LEN))
		return (-1);
	*content = pkt.body;
	*content_len = len - pkt.header_len;
	return (0);
}

static int
read_envelope(const uint8_t *buf, size_t len, struct envelope *env)
{
	struct pgp_packet pkt;
	size_t n;

	if (pgp_packet_read(buf, len, &pkt) == -1 ||
	    pkt.tag != PGP_TAG_PKESK || pkt.length != PGP_LEN_DEFINITE ||
	    pgp_pkesk_read(pkt.body, pkt.body_len, &env->pkesk) == -1)
		return (-1);
	n = pkt.header_len + pkt.body_len;
	return (read_to_end(buf + n, len - n, PGP_TAG_SED, &env->sed,
	    &env->sed_len));
}

/* The subkey with the id that is valid now; its expiry time is not. */
static const struct mix_subkey *
find_key(const struct mix_peel_env *env, const uint8_t keyid[PGP_KEYID_LEN])
{
	static const uint8_t hidden[PGP_KEYID_LEN];
	const struct mix_subkey *key;
	size_t i;

	if (memcmp(keyid, hidden, sizeof(hidden)) == 0)
		return (NULL);
	for (i = 0; i < env->nkeys; i++) {
		key = &env->keys[i];
		if (memcmp(key->key.pub.keyid, keyid, PGP_KEYID_LEN) != 0)
			continue;
		if ((time_t)key->key.pub.created <= env->now &&
		    (key->expires == 0 || env->now < (time_t)key->expires))
			return (key);
	}
	return (NULL);
}

/*
 * Decrypts into plain.  When the session key can't be recovered, one that is
 * drawn takes its place, so that the same work is done.
 */
static enum mix_reason
decrypt(const struct mix_peel_env *env, const struct envelope *e,
    const struct mix_subkey *key, uint8_t *plain)
{
	const struct pgp_prepared *prepared = NULL;
	struct pgp_session session;
	enum mix_reason reason = MIX_REASON_NONE;

	if (env->prepared != NULL)
		prepared = &env->prepared[key - env->keys];
	if (pgp_pkesk_decrypt_prepared(&e->pkesk, &key->key, prepared, env->rng,
	    &session) == -1) {
		reason = MIX_REASON_SESSION;
		pgp_session_new(&session, env->rng);
	}
	if (pgp_sed_decrypt(&session, e->sed, e->sed_len, plain) == -1 &&
	    reason == MIX_REASON_NONE)
		reason = MIX_REASON_PACKETS;
	explicit_bzero(&session, sizeof(session));
	return (reason);
}

/*
 * Finds the message in the decrypted literal packet and verifies it.  The hash
 * is computed for what isn't a literal as well, for the work to be the same.
 */
static enum mix_reason
verify(const uint8_t *plain, size_t len, const uint8_t **message,
    size_t *message_len, uint8_t digest[MIX_DIGEST_LEN])
{
	struct pgp_literal lit;
	const uint8_t *content;
	size_t content_len;

	if (read_to_end(plain, len, PGP_TAG_LITERAL, &content, &content_len)
	    == -1 || pgp_literal_read(content, content_len, &lit) == -1 ||
	    lit.format != 'b') {
		(void)mix_verify(plain, len, digest);
		return (MIX_REASON_LITERAL);
	}
	*message = lit.data;
	*message_len = lit.data_len;
	if (mix_verify(lit.data, lit.data_len, digest) == -1)
		return (MIX_REASON_VERIFICATION);
	return (MIX_REASON_NONE);
}

static enum mix_reason
header_reason(enum mix_inner_error error)
{
	switch (error) {
	case MIX_INNER_OK:
		return (MIX_REASON_NONE);
	case MIX_INNER_VERIFICATION:
		return (MIX_REASON_VERIFICATION);
	case MIX_INNER_STRUCTURE:
		return (MIX_REASON_HEADER);
	case MIX_INNER_TYPE:
		return (MIX_REASON_TYPE);
	case MIX_INNER_ADDRESS:
		return (MIX_REASON_ADDRESS);
	case MIX_INNER_PART:
		return (MIX_REASON_PART);
	}
	return (MIX_REASON_HEADER);
}

/* The rest of peeled->body is fresh random padding already. */
static enum mix_reason
forward(const struct mix_peel_env *env, const struct mix_inner *inner,
    const uint8_t *body, size_t len, struct mix_peeled *peeled)
{
	struct envelope next;

	if ((env->modes & MIX_MODE_MIDDLEMAN) == 0)
		return (MIX_REASON_MODE);
	if (len > MIX_BODY_LEN || read_envelope(body, len, &next) == -1)
		return (MIX_REASON_PACKETS);
	memcpy(peeled->body, body, len);
	peeled->revealed_len = len;
	peeled->body_len = MIX_BODY_LEN;
	(void)strlcpy(peeled->next, inner->to, sizeof(peeled->next));
	peeled->verdict = MIX_FORWARD;
	return (MIX_REASON_NONE);
}

/* The payload of the literal packet in a final message, to peeled->body. */
static enum mix_reason
take_payload(const uint8_t *buf, size_t len, struct mix_peeled *peeled)
{
	struct pgp_packet pkt;
	struct pgp_literal lit;
	size_t consumed;
	ssize_t n;

	if (pgp_packet_read(buf, len, &pkt) == -1 ||
	    pkt.tag != PGP_TAG_LITERAL)
		return (MIX_REASON_LITERAL);
	n = pgp_packet_join(buf, len, peeled->body, sizeof(peeled->body),
	    &consumed);
	if (n == -1 || pgp_literal_read(peeled->body, (size_t)n, &lit) == -1 ||
	    lit.format != 'b')
		return (MIX_REASON_LITERAL);
	memmove(peeled->body, lit.data, lit.data_len);
	peeled->body_len = lit.data_len;
	memset(peeled->body + lit.data_len, 0,
	    sizeof(peeled->body) - lit.data_len);
	return (MIX_REASON_NONE);
}

int
mix_payload_recipient(const uint8_t *payload, size_t len,
    char rcpt[MAIL_ADDRESS_MAX])
{
	struct mail_header header;
	struct mail_field field;
	char value[PEEL_TO_MAX];
	ssize_t n;
	int r, ntos = 0;

	mail_header_init(&header, (const char *)payload, len);
	while ((r = mail_header_next(&header, &field)) == 1) {
		if (!mail_field_is(&field, "To"))
			continue;
		n = mail_field_unfold(&field, value, sizeof(value));
		if (ntos++ != 0 || n == -1 ||
		    mail_address_single(value, (size_t)n, rcpt) == -1)
			return (-1);
	}
	return (r == 0 && ntos == 1 ? 0 : -1);
}

static int
is_own_domain(const struct mix_peel_env *env, const char *rcpt)
{
	const char *domain = mail_address_domain(rcpt);
	size_t i;

	for (i = 0; i < env->ndomains; i++)
		if (strcasecmp(domain, env->domains[i]) == 0)
			return (1);
	return (0);
}

static enum mix_reason
check_recipient(const struct mix_peel_env *env, struct mix_peeled *peeled)
{
	if ((peeled->total > 1 ? mix_part_recipient : mix_payload_recipient)
	    (peeled->body, peeled->body_len, peeled->rcpt) == -1)
		return (MIX_REASON_RECIPIENT);
	if ((env->modes & MIX_MODE_EXITPUBLIC) == 0 &&
	    !is_own_domain(env, peeled->rcpt))
		return (MIX_REASON_RECIPIENT);
	if (env->known != NULL && !env->known(peeled->rcpt))
		return (MIX_REASON_UNKNOWN);
	return (MIX_REASON_NONE);
}

/* Part 1 says whose mail it is: if it may not go out, none of it may. */
static void
hold(const struct mix_peel_env *env, const struct mix_inner *inner,
    struct mix_peeled *peeled)
{
	peeled->part = inner->part;
	peeled->total = inner->total;
	peeled->verdict = MIX_HOLD;
	if (peeled->part != 1)
		return;
	peeled->reason = check_recipient(env, peeled);
	if (peeled->reason == MIX_REASON_NONE)
		return;
	explicit_bzero(peeled->rcpt, sizeof(peeled->rcpt));
	explicit_bzero(peeled->body, sizeof(peeled->body));
	peeled->body_len = 0;
	peeled->verdict = MIX_DESTROY_SET;
}

/* Dummies end at any mix, whatever its modes: thesis 6.6. */
static enum mix_reason
final(const struct mix_peel_env *env, const struct mix_inner *inner,
    const uint8_t *body, size_t len, struct mix_peeled *peeled)
{
	enum mix_reason reason;

	(void)strlcpy(peeled->id, inner->id, sizeof(peeled->id));
	if (inner->type == MIX_DUMMY) {
		memset(peeled->body, 0, sizeof(peeled->body));
		peeled->verdict = MIX_DISCARD;
		return (MIX_REASON_NONE);
	}
	if ((env->modes & (MIX_MODE_EXITPRIVATE | MIX_MODE_EXITPUBLIC)) == 0)
		return (MIX_REASON_MODE);
	reason = take_payload(body, len, peeled);
	if (reason != MIX_REASON_NONE)
		return (reason);

	if (inner->type == MIX_MULTIPART) {
		hold(env, inner, peeled);
		return (MIX_REASON_NONE);
	}
	peeled->verdict = MIX_DELIVER;
	return (check_recipient(env, peeled));
}

/* What is in front of the body is inside the octets that the hash covers. */
static enum mix_reason
read_message(const struct mix_peel_env *env, const uint8_t *message,
    size_t len, struct mix_peeled *peeled)
{
	const uint8_t *hashed = message + MIX_VERIFICATION_LINE;
	struct mix_inner inner;
	enum mix_inner_error error;
	size_t n;

	error = mix_inner_read((const char *)hashed, MIX_HASHED_LEN, env->self,
	    env->max_parts, &inner);
	if (error != MIX_INNER_OK)
		return (header_reason(error));
	n = inner.header_len;
	if (inner.type == MIX_INTERMEDIATE)
		return (forward(env, &inner, hashed + n,
		    len - MIX_VERIFICATION_LINE - n, peeled));
	return (final(env, &inner, hashed + n, MIX_HASHED_LEN - n, peeled));
}

static enum mix_reason
open_layer(const struct mix_peel_env *env, const struct envelope *e,
    const struct mix_subkey *key, struct mix_peeled *peeled)
{
	uint8_t plain[MIX_BODY_LEN];
	const uint8_t *message = NULL;
	size_t len = 0;
	enum mix_reason reason, verified;

	if (e->sed_len < PGP_SED_PREFIX)
		return (MIX_REASON_PACKETS);
	reason = decrypt(env, e, key, plain);
	verified = verify(plain, e->sed_len - PGP_SED_PREFIX, &message, &len,
	    peeled->digest);
	if (reason == MIX_REASON_NONE)
		reason = verified;
	if (reason == MIX_REASON_NONE)
		reason = read_message(env, message, len, peeled);
	explicit_bzero(plain, sizeof(plain));
	return (reason);
}

static enum mix_reason
peel(const struct mix_peel_env *env, const uint8_t *body,
    struct mix_peeled *peeled)
{
	struct envelope e;
	const struct mix_subkey *key;

	if (read_envelope(body, MIX_BODY_LEN, &e) == -1)
		return (MIX_REASON_PACKETS);
	key = find_key(env, e.pkesk.keyid);
	if (key == NULL)
		return (MIX_REASON_KEY);
	memcpy(peeled->keyid, key->key.pub.keyid, PGP_KEYID_LEN);
	peeled->key_expires = key->expires;
	if (env->repeat_check &&
	    pgp_sed_has_repeat(e.sed, e.sed_len, env->rng))
		return (MIX_REASON_REPEAT);
	return (open_layer(env, &e, key, peeled));
}

void
mix_peel(const struct mix_peel_env *env, const uint8_t body[MIX_BODY_LEN],
    struct mix_peeled *peeled)
{
	enum mix_reason reason;

	memset(peeled, 0, sizeof(*peeled));
	/* Drawn for every message, whether it will be needed or not. */
	rng_fill(env->rng, peeled->body, sizeof(peeled->body));
	reason = peel(env, body, peeled);
	if (reason != MIX_REASON_NONE) {
		explicit_bzero(peeled, sizeof(*peeled));
		peeled->verdict = MIX_DESTROY;
		peeled->reason = reason;
	}
}
