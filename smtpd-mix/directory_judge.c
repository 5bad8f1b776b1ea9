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

#include "directory_store.h"

/* Which of the mixes in a store can be used. */

static int
has_file(const struct store_mix *m)
{
	return (m->file.error != ROSTER_NERRORS);
}

/* What a copy is now: subkeys expire. */
static enum roster_error
copy_error(const struct store_copy *c, time_t now)
{
	if (c->error == ROSTER_OK && c->mix.subkey_expires != 0 &&
	    (time_t)c->mix.subkey_expires <= now)
		return (ROSTER_NO_SUBKEY);

	return (c->error);
}

static int
is_revoked(const struct store_mix *m)
{
	size_t i;

	if (m->file.error == ROSTER_REVOKED)
		return (1);
	for (i = 0; i < m->ncopies; i++)
		if (m->copies[i].error == ROSTER_REVOKED)
			return (1);

	return (0);
}

static void
insert(struct store *s, const struct store_copy *c, time_t now)
{
	struct roster_mix mix = c->mix;

	if (copy_error(c, now) == ROSTER_OK)
		(void)roster_insert(&s->roster, &mix, now);
}

/* What the copies of a mix say together.  0; -1: none of them is usable. */
static int
merge(struct store *s, const struct store_mix *m, time_t now,
    struct roster_mix *mix)
{
	struct roster_mix copy;
	size_t i;

	roster_reset(&s->scratch);
	for (i = 0; i < m->ncopies; i++) {
		if (copy_error(&m->copies[i], now) != ROSTER_OK)
			continue;
		copy = m->copies[i].mix;
		(void)roster_insert(&s->scratch, &copy, now);
	}
	if (s->scratch.nmixes == 0)
		return (-1);
	*mix = s->scratch.mixes[0];

	return (0);
}

/* Whether the operator says by a file that the address is another key's. */
static int
is_of_a_file(struct store *s, const struct roster_mix *mix)
{
	const struct roster_mix *other;
	const struct store_mix *m;

	other = roster_find(&s->roster, mix->address);
	if (other == NULL || memcmp(other->fpr, mix->fpr, PGP_FPR_LEN) == 0)
		return (0);
	m = store_find(s, other->fpr);

	return (m != NULL && has_file(m));
}

/* One that keyservers gave and that nobody certified. */
struct claim {
	const struct store_mix	*mix;
	char			 address[MIX_ADDRESS_MAX];
	uint64_t		 since;
};

static int
compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = strcmp(x->address, y->address);

	if (order != 0)
		return (order);

	return ((x->since > y->since) - (x->since < y->since));
}

/* First come, first served; those who came together bar each other. */
static void
insert_claims(struct store *s, struct claim *claims, size_t n, time_t now)
{
	const struct claim *first = claims;
	struct roster_mix mix;
	size_t i;

	if (n > 1)
		qsort(claims, n, sizeof(*claims), compare_claims);
	for (i = 0; i < n; i++) {
		if (strcmp(claims[i].address, first->address) != 0)
			first = &claims[i];
		if (claims[i].since - first->since < STORE_LONGER &&
		    merge(s, claims[i].mix, now, &mix) == 0)
			(void)roster_insert(&s->roster, &mix, now);
	}
}

static void
set_claim(struct claim *claim, const struct store_mix *m,
    const struct roster_mix *mix, time_t now)
{
	claim->mix = m;
	memcpy(claim->address, mix->address, sizeof(claim->address));
	claim->since = m->since < (uint64_t)now ? m->since : (uint64_t)now;
}

static void
insert_found(struct store *s, struct claim *claims, time_t now)
{
	struct roster_mix mix;
	struct store_mix *m;
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		m = &s->mixes[i];
		if (m->state != ROSTER_OK || merge(s, m, now, &mix) == -1 ||
		    is_of_a_file(s, &mix))
			continue;
		if (has_file(m) || mix.rank != ROSTER_UNRANKED)
			(void)roster_insert(&s->roster, &mix, now);
		else
			set_claim(&claims[n++], m, &mix, now);
	}
	insert_claims(s, claims, n, now);
}

static void
bar_revoked(struct store *s)
{
	struct roster_mix revoked;
	size_t i;

	for (i = 0; i < s->n; i++) {
		s->mixes[i].state = ROSTER_OK;
		if (!is_revoked(&s->mixes[i]))
			continue;
		memset(&revoked, 0, sizeof(revoked));
		memcpy(revoked.fpr, s->mixes[i].fpr, PGP_FPR_LEN);
		(void)roster_bar_primary(&s->roster, &revoked);
		s->mixes[i].state = ROSTER_REVOKED;
	}
}

static int
is_usable(const struct store_mix *m, time_t now)
{
	size_t i;

	if (m->state != ROSTER_OK)
		return (0);
	if (has_file(m) && copy_error(&m->file, now) == ROSTER_OK)
		return (1);
	for (i = 0; i < m->ncopies; i++)
		if (copy_error(&m->copies[i], now) == ROSTER_OK)
			return (1);

	return (0);
}

static void
insert_all(struct store *s, time_t now)
{
	struct claim *claims;
	struct store_mix *m;
	size_t i;

	bar_revoked(s);
	for (i = 0; i < s->n; i++) {
		m = &s->mixes[i];
		if (m->since == 0 && is_usable(m, now)) {
			m->since = (uint64_t)now;
			s->changed = 1;
		}
		if (m->state == ROSTER_OK && has_file(m))
			insert(s, &m->file, now);
	}
	/* Without memory keyservers gave nothing, until the next time. */
	if (s->n == 0 ||
	    (claims = reallocarray(NULL, s->n, sizeof(*claims))) == NULL)
		return;
	insert_found(s, claims, now);
	free(claims);
}

/* What its copies say where the roster says nothing. */
static void
take_copy(struct store_mix *m, const struct store_copy *c, time_t now)
{
	enum roster_error error = copy_error(c, now);

	/* The roster has it not, though it could: another claims the name. */
	if (error == ROSTER_OK && m->state != ROSTER_REVOKED)
		m->state = ROSTER_DUPLICATE;
	else if (m->state == ROSTER_OK)
		m->state = error;
	if (c->error != ROSTER_OK)
		return;
	m->modes = c->mix.modes;
	if (roster_lives_as_long(c->mix.subkey_expires, m->subkey_expires))
		m->subkey_expires = c->mix.subkey_expires;
	memcpy(m->opinions, c->mix.opinions, sizeof(m->opinions));
}

static void
judge(struct store *s, struct store_mix *m, time_t now)
{
	const struct roster_mix *mix;
	size_t i;

	m->rank = ROSTER_UNRANKED;
	m->modes = 0;
	m->subkey_expires = 0;
	memset(m->opinions, 0, sizeof(m->opinions));
	mix = roster_find(&s->roster, m->address);
	if (mix != NULL && memcmp(mix->fpr, m->fpr, PGP_FPR_LEN) == 0) {
		m->state = ROSTER_OK;
		m->rank = mix->rank;
		m->modes = mix->modes;
		m->subkey_expires = mix->subkey_expires;
		memcpy(m->opinions, mix->opinions, sizeof(m->opinions));
		s->usable++;
		return;
	}
	if (has_file(m))
		take_copy(m, &m->file, now);
	for (i = 0; i < m->ncopies; i++)
		take_copy(m, &m->copies[i], now);
	if (m->state == ROSTER_DUPLICATE && mix != NULL)
		s->conflicts++;
}

void
store_judge(struct store *s, time_t now)
{
	size_t i;

	roster_reset(&s->roster);
	s->conflicts = 0;
	s->usable = 0;
	insert_all(s, now);
	for (i = 0; i < s->n; i++)
		judge(s, &s->mixes[i], now);
}

/* Whether seal gets the copy. */
static int
is_sent(const struct store_mix *m, const struct store_copy *c)
{
	if (m->state == ROSTER_REVOKED)
		return (c->error == ROSTER_REVOKED);

	return (m->state == ROSTER_OK && c->error == ROSTER_OK);
}

static size_t
walk(const struct store *s, uint8_t *out)
{
	const struct store_copy *c;
	size_t i, k, len = 0;

	for (i = 0; i < s->n; i++)
		for (k = 0; k < s->mixes[i].ncopies; k++) {
			c = &s->mixes[i].copies[k];
			if (!is_sent(&s->mixes[i], c))
				continue;
			if (out != NULL)
				memcpy(out + len, c->data, c->len);
			len += c->len;
		}

	return (len);
}

uint8_t *
store_roster(const struct store *s, size_t *len)
{
	uint8_t *buf;

	if ((*len = walk(s, NULL)) == 0)
		return (NULL);
	if ((buf = malloc(*len)) != NULL)
		(void)walk(s, buf);

	return (buf);
}
