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
	free(r->rivals);
	free(r->bars);
	free(r->trusters);
	roster_init(r);
}

void
roster_reset(struct roster *r)
{
	r->nmixes = 0;
	r->nrivals = 0;
	r->nbars = 0;
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

/* Where those with the address are in a list sorted by it, or belong. */
static size_t
position(const struct roster_mix *list, size_t n, const char *address)
{
	size_t low = 0, high = n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(list[mid].address, address) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (low);
}

static struct roster_mix *
find_exact(const struct roster *r, const char *address)
{
	size_t i = position(r->mixes, r->nmixes, address);

	if (i < r->nmixes && strcmp(r->mixes[i].address, address) == 0)
		return (&r->mixes[i]);
	return (NULL);
}

/* The rivals for an address are r->rivals[first] to [end - 1]. */
static size_t
find_rivals(const struct roster *r, const char *address, size_t *end)
{
	size_t first = position(r->rivals, r->nrivals, address);

	*end = first;
	while (*end < r->nrivals &&
	    strcmp(r->rivals[*end].address, address) == 0)
		(*end)++;
	return (first);
}

static int
has_fpr(const struct roster_mix *mix, const uint8_t fpr[PGP_FPR_LEN])
{
	return (memcmp(mix->fpr, fpr, PGP_FPR_LEN) == 0);
}

static void
take_out(struct roster_mix *list, size_t *n, size_t i)
{
	(*n)--;
	memmove(&list[i], &list[i + 1], (*n - i) * sizeof(*list));
}

static void
put_in(struct roster_mix *list, size_t *n, const struct roster_mix *mix)
{
	size_t i = position(list, *n, mix->address);

	memmove(&list[i + 1], &list[i], (*n - i) * sizeof(*list));
	list[i] = *mix;
	(*n)++;
}

/* So that claims can be moved about: nothing fails halfway. */
static int
reserve(struct roster *r)
{
	void *mixes = r->mixes, *rivals = r->rivals;
	int error;

	error = roster_make_room(&mixes, r->nmixes, &r->room,
	    sizeof(*r->mixes));
	r->mixes = mixes;
	if (error == -1)
		return (-1);
	error = roster_make_room(&rivals, r->nrivals, &r->rivalroom,
	    sizeof(*r->rivals));
	r->rivals = rivals;
	return (error);
}

/* Whose the address is: of a single claim, else of the one that is ranked. */
static const struct roster_mix *
winner(const struct roster *r, const struct roster_mix *used, size_t first,
    size_t end)
{
	const struct roster_mix *best = NULL;
	size_t i, n = 0;

	if (first == end)
		return (used);
	if (used == NULL && end - first == 1)
		return (&r->rivals[first]);
	if (used != NULL && used->rank != ROSTER_UNRANKED) {
		best = used;
		n++;
	}
	for (i = first; i < end; i++) {
		if (r->rivals[i].rank == ROSTER_UNRANKED)
			continue;
		best = &r->rivals[i];
		n++;
	}
	return (n == 1 ? best : NULL);
}

/* The claims for an address have changed. */
static enum roster_error
settle(struct roster *r, const char *address)
{
	struct roster_mix *used, comes, goes;
	const struct roster_mix *best;
	size_t end, first;

	if (reserve(r) == -1)
		return (ROSTER_NO_MEMORY);
	used = find_exact(r, address);
	first = find_rivals(r, address, &end);
	if ((best = winner(r, used, first, end)) == used)
		return (ROSTER_OK);
	if (best != NULL) {
		comes = *best;
		take_out(r->rivals, &r->nrivals, (size_t)(best - r->rivals));
	}
	if (used != NULL) {
		goes = *used;
		take_out(r->mixes, &r->nmixes, (size_t)(used - r->mixes));
		put_in(r->rivals, &r->nrivals, &goes);
	}
	if (best != NULL)
		put_in(r->mixes, &r->nmixes, &comes);
	return (ROSTER_OK);
}

static int
is_barred(const struct roster *r, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i;

	for (i = 0; i < r->nbars; i++)
		if (memcmp(r->bars[i].fpr, fpr, PGP_FPR_LEN) == 0)
			return (1);
	return (0);
}

/* Some claim of the primary. */
static struct roster_mix *
claim_of(struct roster *r, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i;

	for (i = 0; i < r->nmixes; i++)
		if (has_fpr(&r->mixes[i], fpr))
			return (&r->mixes[i]);
	for (i = 0; i < r->nrivals; i++)
		if (has_fpr(&r->rivals[i], fpr))
			return (&r->rivals[i]);
	return (NULL);
}

static int
is_used(const struct roster *r, const struct roster_mix *claim)
{
	return (find_exact(r, claim->address) == claim);
}

static enum roster_error
remove_primary(struct roster *r, const uint8_t fpr[PGP_FPR_LEN])
{
	char address[MIX_ADDRESS_MAX];
	enum roster_error error = ROSTER_OK;
	struct roster_mix *claim;

	while ((claim = claim_of(r, fpr)) != NULL) {
		memcpy(address, claim->address, sizeof(address));
		if (is_used(r, claim))
			take_out(r->mixes, &r->nmixes,
			    (size_t)(claim - r->mixes));
		else
			take_out(r->rivals, &r->nrivals,
			    (size_t)(claim - r->rivals));
		if (settle(r, address) != ROSTER_OK)
			error = ROSTER_NO_MEMORY;
	}
	return (error);
}

int
roster_lives_as_long(uint32_t a, uint32_t b)
{
	return (a == 0 || (b != 0 && a >= b));
}

enum roster_error
roster_bar_primary(struct roster *r, const struct roster_mix *mix)
{
	void *bars = r->bars;

	if (is_barred(r, mix->fpr))
		return (ROSTER_OK);
	if (roster_make_room(&bars, r->nbars, &r->barroom,
	    sizeof(*r->bars)) == -1)
		return (ROSTER_NO_MEMORY);
	r->bars = bars;
	memcpy(r->bars[r->nbars++].fpr, mix->fpr, PGP_FPR_LEN);
	return (remove_primary(r, mix->fpr));
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

/* The claim of the mix's primary for its address, if it has one already. */
static struct roster_mix *
find_claim(const struct roster *r, const struct roster_mix *mix)
{
	struct roster_mix *used = find_exact(r, mix->address);
	size_t end, i = find_rivals(r, mix->address, &end);

	if (used != NULL && has_fpr(used, mix->fpr))
		return (used);
	for (; i < end; i++)
		if (has_fpr(&r->rivals[i], mix->fpr))
			return (&r->rivals[i]);
	return (NULL);
}

enum roster_error
roster_insert(struct roster *r, struct roster_mix *mix, time_t now)
{
	const struct roster_mix *used;
	struct roster_mix *claim;

	if (is_barred(r, mix->fpr))
		return (ROSTER_REVOKED);
	if (reserve(r) == -1)
		return (ROSTER_NO_MEMORY);
	if ((claim = find_claim(r, mix)) != NULL)
		take_copy(r, claim, mix, now);
	else {
		roster_set_rank(r, mix, now);
		put_in(r->rivals, &r->nrivals, mix);
	}
	if (settle(r, mix->address) != ROSTER_OK)
		return (ROSTER_NO_MEMORY);
	used = find_exact(r, mix->address);
	return (used != NULL && has_fpr(used, mix->fpr) ? ROSTER_OK :
	    ROSTER_DUPLICATE);
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
