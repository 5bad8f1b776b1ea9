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

#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "mixtasy/roster.h"
#include "mixtasy/roster_priv.h"

static const struct {
	const char	*name;
	const char	*text;
} errors[ROSTER_NERRORS] = {
	[ROSTER_OK] = { "ok", "no error" },
	[ROSTER_BROKEN] = { "broken", "not a certificate, or a broken one" },
	[ROSTER_UNSUPPORTED] = { "unsupported",
	    "unsupported key version or algorithm" },
	[ROSTER_TOO_LARGE] = { "too-large",
	    "too large, or too many signatures" },
	[ROSTER_PACKET] = { "packet", "a packet in it is too large" },
	[ROSTER_USER_ID] = { "user-id", "no valid user id" },
	[ROSTER_USER_IDS] = { "user-ids", "several user ids" },
	[ROSTER_FOREIGN] = { "foreign", "the user id is no mix address" },
	[ROSTER_EXPIRED] = { "expired", "expired, or not yet valid" },
	[ROSTER_REVOKED] = { "revoked", "revoked" },
	[ROSTER_NO_SUBKEY] = { "no-subkey", "no usable encryption subkey" },
	[ROSTER_PRIMARY] = { "primary",
	    "the primary key may encrypt, or not certify" },
	[ROSTER_DUPLICATE] = { "duplicate",
	    "another primary key claims the same address" },
	[ROSTER_TRUSTERS] = { "trusters", "too many trusted keys" },
	[ROSTER_NO_MEMORY] = { "memory", "out of memory" }
};

static const char *const rank_names[ROSTER_NRANKS] = {
	[ROSTER_UNRANKED] = "unranked",
	[ROSTER_PERSONA] = "persona",
	[ROSTER_GENERIC] = "generic",
	[ROSTER_CASUAL] = "casual",
	[ROSTER_POSITIVE] = "positive"
};

const char *
roster_strerror(enum roster_error error)
{
	if ((unsigned int)error >= ROSTER_NERRORS)
		return ("unknown error");
	return (errors[error].text);
}

const char *
roster_error_name(enum roster_error error)
{
	if ((unsigned int)error >= ROSTER_NERRORS)
		return ("unknown");
	return (errors[error].name);
}

const char *
roster_rank_name(enum roster_rank rank)
{
	if ((unsigned int)rank >= ROSTER_NRANKS)
		return ("unknown");
	return (rank_names[rank]);
}

void
roster_init(struct roster *r)
{
	memset(r, 0, sizeof(*r));
}

void
roster_clear(struct roster *r)
{
	free(r->mixes);
	free(r->bars);
	free(r->trusters);
	roster_init(r);
}

int
roster_make_room(void **array, size_t n, size_t *room, size_t size)
{
	void *p;
	size_t more;

	if (n < *room)
		return (0);
	more = *room == 0 ? 16 : *room * 2;
	if ((p = reallocarray(*array, more, size)) == NULL)
		return (-1);
	*array = p;
	*room = more;
	return (0);
}

/* Where the address is, or belongs. */
static size_t
position(const struct roster *r, const char *address)
{
	size_t low = 0, high = r->nmixes, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(r->mixes[mid].address, address) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (low);
}

static struct roster_mix *
find_exact(const struct roster *r, const char *address)
{
	size_t i = position(r, address);

	if (i < r->nmixes && strcmp(r->mixes[i].address, address) == 0)
		return (&r->mixes[i]);
	return (NULL);
}

static void
remove_mix(struct roster *r, struct roster_mix *mix)
{
	size_t i = (size_t)(mix - r->mixes);

	r->nmixes--;
	memmove(mix, mix + 1, (r->nmixes - i) * sizeof(*mix));
}

static void
remove_primary(struct roster *r, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i = 0;

	while (i < r->nmixes) {
		if (memcmp(r->mixes[i].fpr, fpr, PGP_FPR_LEN) == 0)
			remove_mix(r, &r->mixes[i]);
		else
			i++;
	}
}

static int
is_barred(const struct roster *r, const struct roster_mix *mix,
    enum roster_error *error)
{
	const struct roster_bar *b;
	size_t i;

	for (i = 0; i < r->nbars; i++) {
		b = &r->bars[i];
		if (b->address[0] == '\0' &&
		    memcmp(b->fpr, mix->fpr, PGP_FPR_LEN) == 0) {
			*error = ROSTER_REVOKED;
			return (1);
		}
		if (b->address[0] != '\0' &&
		    strcmp(b->address, mix->address) == 0) {
			*error = ROSTER_DUPLICATE;
			return (1);
		}
	}
	return (0);
}

/* Bars the mix's address, or the primary whatever address it may claim. */
static enum roster_error
bar(struct roster *r, const struct roster_mix *mix, int whole_primary)
{
	struct roster_bar *b;
	enum roster_error error;
	void *bars = r->bars;

	if (is_barred(r, mix, &error))
		return (ROSTER_OK);
	if (roster_make_room(&bars, r->nbars, &r->barroom,
	    sizeof(*b)) == -1)
		return (ROSTER_NO_MEMORY);
	r->bars = bars;
	b = &r->bars[r->nbars++];
	memset(b, 0, sizeof(*b));
	if (whole_primary)
		memcpy(b->fpr, mix->fpr, PGP_FPR_LEN);
	else
		(void)strlcpy(b->address, mix->address, sizeof(b->address));
	return (ROSTER_OK);
}

int
roster_lives_as_long(uint32_t a, uint32_t b)
{
	return (a == 0 || (b != 0 && a >= b));
}

enum roster_error
roster_bar_primary(struct roster *r, const struct roster_mix *mix)
{
	remove_primary(r, mix->fpr);
	return (bar(r, mix, 1));
}

/* Another copy of a mix that we know. */
static void
take_copy(struct roster *r, struct roster_mix *old, struct roster_mix *new,
    time_t now)
{
	size_t i;

	if (memcmp(old->uid_digest, new->uid_digest,
	    sizeof(old->uid_digest)) == 0) {
		for (i = 0; i < r->ntrusters; i++) {
			pgp_opinion_merge(&new->opinions[i],
			    &old->opinions[i]);
			old->opinions[i] = new->opinions[i];
		}
	}
	if (roster_lives_as_long(new->subkey_expires,
	    old->subkey_expires))
		*old = *new;
	roster_set_rank(r, old, now);
}

enum roster_error
roster_insert(struct roster *r, struct roster_mix *mix, time_t now)
{
	struct roster_mix *old;
	enum roster_error error;
	void *mixes = r->mixes;
	size_t i;

	if (is_barred(r, mix, &error))
		return (error);
	old = find_exact(r, mix->address);
	if (old != NULL && memcmp(old->fpr, mix->fpr, PGP_FPR_LEN) != 0) {
		error = bar(r, mix, 0);
		remove_mix(r, old);
		return (error == ROSTER_OK ? ROSTER_DUPLICATE : error);
	}
	if (old != NULL) {
		take_copy(r, old, mix, now);
		return (ROSTER_OK);
	}
	if (roster_make_room(&mixes, r->nmixes, &r->room,
	    sizeof(*mix)) == -1)
		return (ROSTER_NO_MEMORY);
	r->mixes = mixes;
	i = position(r, mix->address);
	memmove(&r->mixes[i + 1], &r->mixes[i],
	    (r->nmixes - i) * sizeof(*mix));
	r->mixes[i] = *mix;
	roster_set_rank(r, &r->mixes[i], now);
	r->nmixes++;
	return (ROSTER_OK);
}

const struct roster_mix *
roster_find(const struct roster *r, const char *address)
{
	char lower[MIX_ADDRESS_MAX];

	if (roster_uid_address(address, lower) == -1)
		return (NULL);
	return (find_exact(r, lower));
}

const struct roster_mix *
roster_find_domain(const struct roster *r, const char *domain)
{
	char address[MIX_ADDRESS_MAX];

	if (strlcpy(address, "mixtasy@", sizeof(address)) >= sizeof(address) ||
	    strlcat(address, domain, sizeof(address)) >= sizeof(address))
		return (NULL);
	return (roster_find(r, address));
}

/* The fields that the digest covers, each mix in a record of its own. */
#define DIGEST_RECORD_LEN	(MIX_ADDRESS_MAX + 2 * PGP_FPR_LEN + 5)

void
roster_digest(const struct roster *r, uint8_t digest[32])
{
	uint8_t record[32 + DIGEST_RECORD_LEN], *p;
	const struct roster_mix *mix;
	size_t i;
	int shift;

	/* A chain: each record is hashed with the digest so far. */
	memset(digest, 0, 32);
	for (i = 0; i < r->nmixes; i++) {
		mix = &r->mixes[i];
		memset(record, 0, sizeof(record));
		memcpy(record, digest, 32);
		p = record + 32;
		memcpy(p, mix->address, strlen(mix->address));
		p += MIX_ADDRESS_MAX;
		memcpy(p, mix->fpr, PGP_FPR_LEN);
		p += PGP_FPR_LEN;
		memcpy(p, mix->subkey.fpr, PGP_FPR_LEN);
		p += PGP_FPR_LEN;
		*p++ = (uint8_t)mix->modes;
		for (shift = 24; shift >= 0; shift -= 8)
			*p++ = (uint8_t)(mix->subkey_expires >> shift);
		(void)SHA256(record, sizeof(record), digest);
	}
}
