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
#include "hkp/strip.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"

#include "directory_store.h"

#define NO_FILE		ROSTER_NERRORS

void
store_init(struct store *s)
{
	memset(s, 0, sizeof(*s));
	roster_init(&s->roster);
	roster_init(&s->scratch);
}

static void
drop_copy(struct store *s, struct store_mix *m, size_t i)
{
	s->octets -= m->copies[i].len;
	free(m->copies[i].data);
	m->ncopies--;
	memmove(&m->copies[i], &m->copies[i + 1],
	    (m->ncopies - i) * sizeof(m->copies[0]));
}

static void
drop_mix(struct store *s, size_t i)
{
	struct store_mix *m = &s->mixes[i];

	while (m->ncopies > 0)
		drop_copy(s, m, m->ncopies - 1);
	s->n--;
	memmove(m, m + 1, (s->n - i) * sizeof(*m));
	s->changed = 1;
}

void
store_clear(struct store *s)
{
	while (s->n > 0)
		drop_mix(s, s->n - 1);
	free(s->mixes);
	roster_clear(&s->roster);
	roster_clear(&s->scratch);
	store_init(s);
}

struct store_mix *
store_find(struct store *s, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (memcmp(s->mixes[i].fpr, fpr, PGP_FPR_LEN) == 0)
			return (&s->mixes[i]);

	return (NULL);
}

static struct store_mix *
make_mix(struct store *s, const uint8_t fpr[PGP_FPR_LEN], const char *address)
{
	size_t more = s->room == 0 ? 32 : 2 * s->room;
	struct store_mix *m;
	void *p;

	if (s->n == STORE_MIXES_MAX)
		return (NULL);
	if (s->n == s->room) {
		if ((p = reallocarray(s->mixes, more, sizeof(*m))) == NULL)
			return (NULL);
		s->mixes = p;
		s->room = more;
	}
	m = &s->mixes[s->n++];
	memset(m, 0, sizeof(*m));
	memcpy(m->fpr, fpr, PGP_FPR_LEN);
	strlcpy(m->address, address, sizeof(m->address));
	m->file.error = NO_FILE;

	return (m);
}

int
store_fingerprint(const uint8_t *cert, size_t len, uint8_t fpr[PGP_FPR_LEN])
{
	struct pgp_packet packet;
	struct pgp_pubkey key;

	if (pgp_packet_read(cert, len, &packet) == -1 ||
	    packet.tag != PGP_TAG_PUBLIC_KEY ||
	    packet.length != PGP_LEN_DEFINITE ||
	    pgp_pubkey_read(packet.body, packet.body_len, &key) == -1)
		return (-1);
	memcpy(fpr, key.fpr, PGP_FPR_LEN);

	return (0);
}

/* What a certificate is good for.  The mix, if that is ROSTER_OK. */
static enum roster_error
read_cert(struct store *s, const uint8_t *cert, size_t len, time_t now,
    struct roster_mix *mix)
{
	size_t counts[ROSTER_NERRORS] = { 0 }, i;

	roster_reset(&s->scratch);
	(void)roster_add(&s->scratch, cert, len, now, counts);
	for (i = ROSTER_OK + 1; i < ROSTER_NERRORS; i++)
		if (counts[i] > 0)
			return ((enum roster_error)i);
	if (counts[ROSTER_OK] != 1 || s->scratch.nmixes != 1)
		return (ROSTER_BROKEN);
	*mix = s->scratch.mixes[0];

	return (ROSTER_OK);
}

/* The address in one that can't be used now. */
static int
read_address(const uint8_t *cert, size_t len, time_t now,
    char address[MIX_ADDRESS_MAX])
{
	struct pgp_cert parsed;
	size_t consumed;
	int error;

	if (pgp_cert_parse(cert, len, now, PGP_CERT_LIVE_ONLY, &parsed,
	    &consumed) != PGP_CERT_OK)
		return (-1);
	error = roster_uid_address(parsed.uid, address);
	pgp_cert_clear(&parsed);

	return (error);
}

static int
same(const struct store_copy *c, const uint8_t *cert, size_t len)
{
	return (c->len == len && memcmp(c->data, cert, len) == 0);
}

/* Whether nothing of b is missing in a, which isn't older. */
static int
covers(const struct store_copy *a, const struct store_copy *b)
{
	size_t i;

	if (a->error == ROSTER_REVOKED || b->error == ROSTER_REVOKED)
		return (a->error == ROSTER_REVOKED);
	if (b->error != ROSTER_OK)
		return (1);
	if (a->error != ROSTER_OK ||
	    !roster_lives_as_long(a->mix.subkey_expires,
	    b->mix.subkey_expires))
		return (0);
	/* Opinions are about a user id: those of another don't count. */
	if (memcmp(a->mix.uid_digest, b->mix.uid_digest,
	    sizeof(a->mix.uid_digest)) != 0)
		return (1);
	for (i = 0; i < PGP_TRUSTERS_MAX; i++)
		if (a->mix.opinions[i].created < b->mix.opinions[i].created)
			return (0);

	return (1);
}

/* Room for one more copy: the one goes that expires first. */
static void
make_room(struct store *s, struct store_mix *m)
{
	size_t i, first = 0;

	if (m->ncopies < STORE_COPIES_MAX)
		return;
	for (i = 1; i < m->ncopies; i++)
		if (roster_lives_as_long(m->copies[first].mix.subkey_expires,
		    m->copies[i].mix.subkey_expires))
			first = i;
	drop_copy(s, m, first);
}

static enum roster_error
keep_copy(struct store *s, struct store_mix *m, const struct store_copy *new)
{
	struct store_copy *c;
	size_t i;

	for (i = 0; i < m->ncopies; i++)
		if (covers(&m->copies[i], new))
			return (new->error);
	if (new->len > STORE_OCTETS_MAX - s->octets)
		return (ROSTER_NO_MEMORY);
	for (i = m->ncopies; i-- > 0;)
		if (covers(new, &m->copies[i]))
			drop_copy(s, m, i);
	make_room(s, m);
	c = &m->copies[m->ncopies];
	*c = *new;
	if ((c->data = malloc(new->len)) == NULL)
		return (ROSTER_NO_MEMORY);
	memcpy(c->data, new->data, new->len);
	m->ncopies++;
	s->octets += new->len;
	s->changed = 1;

	return (new->error);
}

/* Of those that can't be used, such are kept as may be a known mix's. */
static int
is_kept(enum roster_error error)
{
	return (error == ROSTER_OK || error == ROSTER_REVOKED ||
	    error == ROSTER_EXPIRED || error == ROSTER_NO_SUBKEY);
}

static enum roster_error
add_new(struct store *s, struct store_mix *m, const uint8_t fpr[PGP_FPR_LEN],
    const uint8_t *cert, size_t len, time_t now, struct store_mix **mix)
{
	char address[MIX_ADDRESS_MAX] = "";
	struct store_copy copy;

	memset(&copy, 0, sizeof(copy));
	copy.error = read_cert(s, cert, len, now, &copy.mix);
	if (!is_kept(copy.error))
		return (copy.error);
	if (copy.error == ROSTER_OK)
		strlcpy(address, copy.mix.address, sizeof(address));
	else if (read_address(cert, len, now, address) == -1)
		return (copy.error);
	if (m == NULL && (m = make_mix(s, fpr, address)) == NULL)
		return (ROSTER_NO_MEMORY);
	if (copy.error == ROSTER_OK)
		strlcpy(m->address, address, sizeof(m->address));
	*mix = m;
	memcpy(&copy.data, &cert, sizeof(cert));
	copy.len = len;

	return (keep_copy(s, m, &copy));
}

/* What is kept of a certificate; NULL: as it is, it is broken. */
static uint8_t *
strip(const struct store *s, const uint8_t *cert, size_t len, time_t now,
    size_t *stripped_len)
{
	uint8_t issuers[PGP_TRUSTERS_MAX][PGP_KEYID_LEN], *out;
	size_t i;

	for (i = 0; i < s->scratch.ntrusters; i++)
		memcpy(issuers[i], s->scratch.trusters[i].key.keyid,
		    PGP_KEYID_LEN);
	if ((out = malloc(len + 1)) == NULL)
		return (NULL);
	*stripped_len = hkp_strip(cert, len, now,
	    (const uint8_t (*)[PGP_KEYID_LEN])issuers, i, out);
	if (*stripped_len == 0) {
		free(out);
		return (NULL);
	}

	return (out);
}

static enum roster_error
add(struct store *s, const uint8_t *cert, size_t len, time_t now,
    struct store_mix **mix)
{
	uint8_t fpr[PGP_FPR_LEN];
	struct store_mix *m;
	size_t i;

	if (store_fingerprint(cert, len, fpr) == -1)
		return (ROSTER_BROKEN);
	m = store_find(s, fpr);
	for (i = 0; m != NULL && i < m->ncopies; i++)
		if (same(&m->copies[i], cert, len)) {
			*mix = m;
			return (m->copies[i].error);
		}

	return (add_new(s, m, fpr, cert, len, now, mix));
}

enum roster_error
store_add(struct store *s, const uint8_t *cert, size_t len, time_t now,
    struct store_mix **mix)
{
	enum roster_error error;
	struct store_mix *unused;
	uint8_t *stripped;
	size_t stripped_len;

	if (mix == NULL)
		mix = &unused;
	*mix = NULL;
	if ((stripped = strip(s, cert, len, now, &stripped_len)) == NULL)
		return (add(s, cert, len, now, mix));
	error = add(s, stripped, stripped_len, now, mix);
	free(stripped);

	return (error);
}

void
store_files_begin(struct store *s)
{
	size_t i;

	for (i = s->n; i-- > 0;) {
		s->mixes[i].file.error = NO_FILE;
		if (s->mixes[i].ncopies == 0)
			drop_mix(s, i);
	}
}

/* Two files of one mix: the newer counts, or the revoked one. */
static void
set_file(struct store *s, const struct roster_mix *mix,
    enum roster_error error)
{
	struct store_mix *m = store_find(s, mix->fpr);
	struct store_copy copy;

	memset(&copy, 0, sizeof(copy));
	copy.error = error;
	copy.mix = *mix;
	if (m == NULL && (m = make_mix(s, mix->fpr, mix->address)) == NULL)
		return;
	if (m->file.error == NO_FILE || covers(&copy, &m->file))
		m->file = copy;
	if (error == ROSTER_OK)
		strlcpy(m->address, mix->address, sizeof(m->address));
}

void
store_files_add(struct store *s, const uint8_t *buf, size_t len, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	struct roster_mix revoked;
	size_t i;

	roster_reset(&s->scratch);
	(void)roster_add(&s->scratch, buf, len, now, counts);
	for (i = 0; i < s->scratch.nmixes; i++)
		set_file(s, &s->scratch.mixes[i], ROSTER_OK);
	for (i = 0; i < s->scratch.nbars; i++) {
		memset(&revoked, 0, sizeof(revoked));
		memcpy(revoked.fpr, s->scratch.bars[i].fpr, PGP_FPR_LEN);
		set_file(s, &revoked, ROSTER_REVOKED);
	}
}

void
store_trust_begin(struct store *s)
{
	roster_clear(&s->roster);
	roster_clear(&s->scratch);
}

void
store_trust_add(struct store *s, const uint8_t *buf, size_t len, time_t now)
{
	size_t counts[ROSTER_NERRORS] = { 0 };

	(void)roster_trust_add(&s->roster, buf, len, now, counts);
	(void)roster_trust_add(&s->scratch, buf, len, now, counts);
}

void
store_trust_end(struct store *s, time_t now)
{
	struct store_copy *c;
	size_t i, k;

	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->mixes[i].ncopies; k++) {
			c = &s->mixes[i].copies[k];
			c->error = read_cert(s, c->data, c->len, now,
			    &c->mix);
		}
}

void
store_given(struct store_mix *m, time_t now)
{
	uint64_t t = (uint64_t)now;

	m->fresh = 1;
	m->seen = t;
	if (m->added == 0 || m->added > t)
		m->added = t;
	/* The clock was wrong.  At the start it may be; now we are on-line. */
	if (m->since > t)
		m->since = t;
}

static int
is_over(const struct store_mix *m, time_t now)
{
	int64_t since = (int64_t)m->seen, keep = STORE_KEEP;

	if (m->file.error != NO_FILE || m->given != 0 || m->giving != 0 ||
	    m->state == ROSTER_OK)
		return (0);
	if (m->state == ROSTER_REVOKED)
		keep = STORE_KEEP_REVOKED;
	if ((int64_t)m->subkey_expires > since)
		since = m->subkey_expires;

	return (since + keep < (int64_t)now);
}

void
store_expire(struct store *s, time_t now)
{
	size_t i;

	for (i = s->n; i-- > 0;)
		if (is_over(&s->mixes[i], now))
			drop_mix(s, i);
}
