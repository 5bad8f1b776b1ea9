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
#include "mail/address.h"
#include "mixtasy/field.h"
#include "mixtasy/layer.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

/*
 * A message is built from the inside out in two buffers by turns: each
 * layer's plaintext is in one, its packets go into the other.
 */
struct seal {
	uint8_t	buf[2][MIX_BODY_LEN];
	int	which;		/* buffer that holds the newest layer */
	size_t	len;		/* of what is in it */
};

/* In front of every layer's message: the literal packet's header. */
#define SEAL_LITERAL_LEN	(1 + PGP_LITERAL_PREFIX_LEN)

/* Packet header of a literal with the payload, at most. */
#define SEAL_PACKET_HEADER_MAX	6

void
mix_id_new(const struct rng *rng, char id[MIX_ID_MAX])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	static const char domain[] = "@mixtasy.invalid>";
	uint8_t random[26];
	char *p = id;
	size_t i;

	rng_fill(rng, random, sizeof(random));
	*p++ = '<';
	for (i = 0; i < sizeof(random); i++)
		*p++ = alphabet[random[i] % 32];
	memcpy(p, domain, sizeof(domain));
}

static void
final_header(const struct mix_final *final, struct mix_inner *inner)
{
	memset(inner, 0, sizeof(*inner));
	inner->type = final->type;
	(void)strlcpy(inner->id, final->id, sizeof(inner->id));
	if (final->type == MIX_MULTIPART) {
		inner->part = final->part;
		inner->total = final->total;
	}
}

size_t
mix_payload_max(const struct mix_final *final)
{
	struct mix_inner inner;
	char header[MIX_HEADER_MAX];
	uint8_t packet[SEAL_PACKET_HEADER_MAX];
	size_t room;

	final_header(final, &inner);
	room = MIX_HASHED_LEN - mix_inner_write(&inner, header);
	room -= pgp_packet_header(packet, PGP_TAG_LITERAL, room);
	return (room - PGP_LITERAL_PREFIX_LEN);
}

static int
final_valid(const struct mix_final *final)
{
	switch (final->type) {
	case MIX_DUMMY:
		break;
	case MIX_MULTIPART:
		if (final->part < 1 || final->part > final->total)
			return (0);
		/* FALLTHROUGH */
	case MIX_SINGLEPART:
		if (final->payload == NULL && final->payload_len != 0)
			return (0);
		break;
	default:
		return (0);
	}
	return (mix_id_valid(final->id) &&
	    final->payload_len <= mix_payload_max(final));
}

/* The literal with the payload; a dummy's is random and fills the room. */
static uint8_t *
put_payload(const struct mix_final *final, const struct rng *rng, uint8_t *p)
{
	size_t len;

	len = final->type == MIX_DUMMY ? mix_payload_max(final) :
	    final->payload_len;
	p += pgp_packet_header(p, PGP_TAG_LITERAL,
	    PGP_LITERAL_PREFIX_LEN + len);
	pgp_literal_prefix(p);
	p += PGP_LITERAL_PREFIX_LEN;
	if (final->type == MIX_DUMMY)
		rng_fill(rng, p, len);
	else if (len != 0)
		memcpy(p, final->payload, len);
	return (p + len);
}

/*
 * The 20,480 octets of the final message.  Behind the payload an empty packet
 * of tag 63: GnuPG then stays quiet about the padding.
 */
static void
put_final(const struct mix_final *final, const struct rng *rng, uint8_t *out)
{
	struct mix_inner inner;
	uint8_t *p = out, *end = out + MIX_HASHED_LEN;

	final_header(final, &inner);
	p += mix_inner_write(&inner, (char *)p);
	p = put_payload(final, rng, p);
	if (end - p >= 2) {
		*p++ = 0xc0 | PGP_TAG_PADDING_PRIVATE;
		*p++ = 0;
	}
	rng_fill(rng, p, (size_t)(end - p));
}

/* Begins a buffer with the literal's header; returns the place behind. */
static uint8_t *
begin_literal(uint8_t *p)
{
	p += pgp_packet_header_indeterminate(p, PGP_TAG_LITERAL);
	pgp_literal_prefix(p);
	return (p + PGP_LITERAL_PREFIX_LEN);
}

static void
begin_final(struct seal *s, const struct mix_final *final,
    const struct rng *rng)
{
	uint8_t *line, *message;

	s->which = 0;
	line = begin_literal(s->buf[0]);
	message = line + MIX_VERIFICATION_LINE;
	put_final(final, rng, message);
	mix_verification_write(message, (char *)line);
	s->len = SEAL_LITERAL_LEN + MIX_VERIFICATION_LINE + MIX_HASHED_LEN;
}

/*
 * Encrypts what is in the newest buffer to the hop, behind lead octets that are
 * left free in the other.
 */
static int
encrypt(struct seal *s, const struct mix_hop *hop, const struct rng *rng,
    size_t lead)
{
	const uint8_t *plain = s->buf[s->which];
	uint8_t *out = s->buf[!s->which], *p = out + lead;
	struct pgp_session session;
	ssize_t n;
	int r = -1;

	if (lead + pgp_pkesk_size(&hop->subkey) + 1 + PGP_SED_PREFIX + s->len >
	    MIX_BODY_LEN)
		return (-1);
	pgp_session_new(&session, rng);
	n = pgp_pkesk_write(&hop->subkey, &session, p);
	if (n != -1) {
		p += n;
		p += pgp_packet_header_indeterminate(p, PGP_TAG_SED);
		r = pgp_sed_encrypt(&session, rng, plain, s->len, p);
		p += PGP_SED_PREFIX + s->len;
	}
	explicit_bzero(&session, sizeof(session));
	s->which = !s->which;
	s->len = (size_t)(p - out);
	return (r);
}

/* Wraps a layer for to in the message that from reveals and sends on. */
static int
wrap(struct seal *s, const struct mix_hop *from, const struct mix_hop *to,
    const struct rng *rng)
{
	struct mix_inner inner;
	char header[MIX_HEADER_MAX];
	uint8_t *line;
	size_t n;

	memset(&inner, 0, sizeof(inner));
	inner.type = MIX_INTERMEDIATE;
	(void)strlcpy(inner.from, from->address, sizeof(inner.from));
	(void)strlcpy(inner.to, to->address, sizeof(inner.to));
	n = mix_inner_write(&inner, header);

	if (encrypt(s, to, rng, SEAL_LITERAL_LEN + MIX_VERIFICATION_LINE + n)
	    == -1)
		return (-1);
	line = begin_literal(s->buf[s->which]);
	memcpy(line + MIX_VERIFICATION_LINE, header, n);
	mix_verification_write(line + MIX_VERIFICATION_LINE, (char *)line);
	return (0);
}

static int
hops_valid(const struct mix_hop *hops, size_t nhops)
{
	size_t i;

	if (nhops < 1 || nhops > MIX_PATH_MAX)
		return (0);
	for (i = 0; i < nhops; i++)
		if (!mail_address_is_mix(hops[i].address,
		    strnlen(hops[i].address, sizeof(hops[i].address))))
			return (0);
	return (1);
}

int
mix_seal(const struct mix_final *final, const struct mix_hop *hops,
    size_t nhops, const struct rng *rng, uint8_t body[MIX_BODY_LEN])
{
	struct seal s;
	size_t i;
	int r = 0;

	if (!final_valid(final) || !hops_valid(hops, nhops))
		return (-1);
	begin_final(&s, final, rng);
	for (i = nhops - 1; i > 0 && r == 0; i--)
		r = wrap(&s, &hops[i - 1], &hops[i], rng);
	if (r == 0)
		r = encrypt(&s, &hops[0], rng, 0);
	if (r == 0) {
		memcpy(body, s.buf[s.which], s.len);
		rng_fill(rng, body + s.len, MIX_BODY_LEN - s.len);
	}
	explicit_bzero(&s, sizeof(s));
	return (r);
}
