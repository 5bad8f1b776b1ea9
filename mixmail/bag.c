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
#include "openpgp/packet.h"

#include "bag.h"

void
bag_init(struct bag *bag)
{
	memset(bag, 0, sizeof(*bag));
}

void
bag_clear(struct bag *bag)
{
	size_t i, j;

	for (i = 0; i < bag->nkeys; i++)
		for (j = 0; j < bag->keys[i].ncopies; j++)
			free(bag->keys[i].copies[j].buf);
	free(bag->keys);
	bag_init(bag);
}

/* The primary's fingerprint. */
static int
fingerprint(const uint8_t *cert, size_t len, uint8_t fpr[PGP_FPR_LEN])
{
	struct pgp_packet packet;
	struct pgp_pubkey key;

	if (pgp_packet_read(cert, len, &packet) == -1 ||
	    packet.length != PGP_LEN_DEFINITE ||
	    packet.tag != PGP_TAG_PUBLIC_KEY ||
	    pgp_pubkey_read(packet.body, packet.body_len, &key) == -1)
		return -1;
	memcpy(fpr, key.fpr, PGP_FPR_LEN);
	return 0;
}

static struct bag_key *
find_key(const struct bag *bag, const uint8_t fpr[PGP_FPR_LEN])
{
	size_t i;

	for (i = 0; i < bag->nkeys; i++)
		if (memcmp(bag->keys[i].fpr, fpr, PGP_FPR_LEN) == 0)
			return &bag->keys[i];
	return NULL;
}

static struct bag_key *
have_key(struct bag *bag, const uint8_t fpr[PGP_FPR_LEN])
{
	struct bag_key *key;
	size_t more;

	if ((key = find_key(bag, fpr)) != NULL)
		return key;
	if (bag->nkeys == bag->room) {
		more = bag->room == 0 ? 64 : 2 * bag->room;
		key = reallocarray(bag->keys, more, sizeof(*key));
		if (key == NULL)
			return NULL;
		bag->keys = key;
		bag->room = more;
	}
	key = &bag->keys[bag->nkeys++];
	memset(key, 0, sizeof(*key));
	memcpy(key->fpr, fpr, PGP_FPR_LEN);
	return key;
}

static int
has_copy(const struct bag_key *key, const uint8_t *cert, size_t len)
{
	size_t i;

	for (i = 0; i < key->ncopies; i++)
		if (key->copies[i].len == len &&
		    memcmp(key->copies[i].buf, cert, len) == 0)
			return 1;
	return 0;
}

int
bag_add(struct bag *bag, const uint8_t *cert, size_t len)
{
	uint8_t fpr[PGP_FPR_LEN], *copy;
	struct bag_key *key;

	if (fingerprint(cert, len, fpr) == -1)
		return 0;
	if ((key = have_key(bag, fpr)) == NULL)
		return -1;
	if (has_copy(key, cert, len))
		return 0;
	if (key->ncopies == BAG_COPIES_MAX ||
	    len > BAG_OCTETS_MAX - bag->octets) {
		bag->dropped++;
		return 0;
	}
	if ((copy = malloc(len)) == NULL)
		return -1;
	memcpy(copy, cert, len);
	key->copies[key->ncopies].buf = copy;
	key->copies[key->ncopies++].len = len;
	bag->octets += len;
	return 0;
}

/* Up to the next primary key, or where something is broken. */
static size_t
cert_end(const uint8_t *buf, size_t len)
{
	struct pgp_packet packet;
	size_t at = 0;

	while (at < len && pgp_packet_read(buf + at, len - at, &packet) == 0 &&
	    packet.length == PGP_LEN_DEFINITE) {
		if (at > 0 && packet.tag == PGP_TAG_PUBLIC_KEY)
			break;
		at += packet.header_len + packet.body_len;
	}
	return at;
}

int
bag_add_all(struct bag *bag, const uint8_t *buf, size_t len)
{
	size_t n;

	for (; len > 0; buf += n, len -= n) {
		if ((n = cert_end(buf, len)) == 0)
			break;
		if (bag_add(bag, buf, n) == -1)
			return -1;
	}
	return 0;
}

int
bag_roster_init(struct roster *roster, const struct roster *trust)
{
	roster_init(roster);
	if (trust->ntrusters == 0)
		return 0;
	roster->trusters = reallocarray(NULL, trust->ntrusters,
	    sizeof(*trust->trusters));
	if (roster->trusters == NULL)
		return -1;
	memcpy(roster->trusters, trust->trusters,
	    trust->ntrusters * sizeof(*trust->trusters));
	roster->ntrusters = roster->trusterroom = trust->ntrusters;
	return 0;
}

static void
read_key(const struct bag_key *key, struct roster *roster, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	size_t i;

	for (i = 0; i < key->ncopies; i++)
		roster_add(roster, key->copies[i].buf, key->copies[i].len,
		    now, counts);
}

/* Whether two rosters of one key say different things of it. */
static int
differ(const struct roster *a, const struct roster *b)
{
	if (a->nmixes != b->nmixes || a->nbars != b->nbars)
		return 1;
	if (a->nmixes == 0)
		return 0;
	return a->mixes[0].subkey_expires != b->mixes[0].subkey_expires ||
	    memcmp(a->mixes[0].subkey.fpr, b->mixes[0].subkey.fpr,
	    PGP_FPR_LEN) != 0 ||
	    memcmp(a->mixes[0].opinions, b->mixes[0].opinions,
	    sizeof(a->mixes[0].opinions)) != 0;
}

/* 1: the copy says something new; 0; -1: no memory. */
static int
says_more(const struct bag_key *key, const struct bag_copy *copy,
    const struct roster *trust, time_t now)
{
	size_t counts[ROSTER_NERRORS] = { 0 };
	struct roster with, without;
	int more = -1;

	if (bag_roster_init(&without, trust) == -1)
		return -1;
	if (bag_roster_init(&with, trust) == 0) {
		if (key != NULL) {
			read_key(key, &without, now, counts);
			read_key(key, &with, now, counts);
		}
		roster_add(&with, copy->buf, copy->len, now, counts);
		more = counts[ROSTER_NO_MEMORY] > 0 ? -1 :
		    differ(&with, &without);
		roster_clear(&with);
	}
	roster_clear(&without);
	return more;
}

int
bag_keep(struct bag *bag, const struct bag *older, const struct roster *trust,
    time_t now)
{
	const struct bag_key *key;
	size_t i, j;
	int more, n = 0;

	for (i = 0; i < older->nkeys; i++) {
		key = &older->keys[i];
		for (j = 0; j < key->ncopies; j++) {
			more = says_more(find_key(bag, key->fpr),
			    &key->copies[j], trust, now);
			if (more == -1 || (more == 1 && bag_add(bag,
			    key->copies[j].buf, key->copies[j].len) == -1))
				return -1;
			n += more;
		}
	}
	return n;
}

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(((const struct bag_key *)a)->fpr,
	    ((const struct bag_key *)b)->fpr, PGP_FPR_LEN);
}

void
bag_sort(struct bag *bag)
{
	if (bag->nkeys > 1)
		qsort(bag->keys, bag->nkeys, sizeof(*bag->keys), compare_keys);
}

void
bag_roster(const struct bag *bag, struct roster *roster, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	size_t i;

	for (i = 0; i < bag->nkeys; i++)
		read_key(&bag->keys[i], roster, now, counts);
}
