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

#include <openssl/evp.h>

#include <string.h>

#include "mixtasy/parts.h"

/* What a part carries, however long its id is. */
#define LEAST_ROOM	(MIX_HASHED_LEN - 512)

static int	compare(struct mix_parts_set *, struct mix_parts_set *);

RB_PROTOTYPE(mix_parts_tree, mix_parts_set, entry, compare)
RB_GENERATE(mix_parts_tree, mix_parts_set, entry, compare)

static int
compare(struct mix_parts_set *a, struct mix_parts_set *b)
{
	return (memcmp(a->key, b->key, sizeof(a->key)));
}

/* Fixed lengths keep the fields of what is hashed apart. */
int
mix_parts_key(const char *id, uint32_t total, uint8_t key[MIX_PARTS_KEY_LEN])
{
	static const char label[] = "mixtasy parts";
	uint8_t text[sizeof(label) + 4 + MIX_ID_MAX], md[EVP_MAX_MD_SIZE];
	size_t len = sizeof(label), n = strnlen(id, MIX_ID_MAX - 1), i;

	memcpy(text, label, len);
	for (i = 0; i < 4; i++)
		text[len++] = (uint8_t)(total >> (8 * i));
	memcpy(text + len, id, n);
	len += n;
	if (EVP_Digest(text, len, md, NULL, EVP_sha256(), NULL) != 1)
		return (-1);
	memcpy(key, md, MIX_PARTS_KEY_LEN);
	return (0);
}

uint64_t
mix_parts_number(const uint8_t key[MIX_PARTS_KEY_LEN])
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < sizeof(number); i++)
		number |= (uint64_t)key[i] << (8 * i);
	return (number == 0 ? 1 : number);
}

uint32_t
mix_parts_most(uint64_t octets)
{
	uint64_t most = octets / LEAST_ROOM + (octets % LEAST_ROOM != 0);

	if (most < 1)
		most = 1;
	return (most > MIX_PARTS_MAX ? MIX_PARTS_MAX : (uint32_t)most);
}

void
mix_parts_init(struct mix_parts *p)
{
	memset(p, 0, sizeof(*p));
	RB_INIT(&p->sets);
}

struct mix_parts_set *
mix_parts_find(struct mix_parts *p, const uint8_t key[MIX_PARTS_KEY_LEN])
{
	struct mix_parts_set wanted;

	memcpy(wanted.key, key, sizeof(wanted.key));
	return (RB_FIND(mix_parts_tree, &p->sets, &wanted));
}

int
mix_parts_has(const struct mix_parts_set *set, uint32_t part)
{
	return (set->taken[(part - 1) / 8] >> ((part - 1) % 8) & 1);
}

int
mix_parts_whole(const struct mix_parts_set *set)
{
	return (set->n == set->total);
}

enum mix_parts_verdict
mix_parts_judge(struct mix_parts *p, const uint8_t key[MIX_PARTS_KEY_LEN],
    uint32_t part, uint32_t total)
{
	const struct mix_parts_limits *l = &p->limits;
	const struct mix_parts_set *set;

	if (part < 1 || part > total || total > l->parts)
		return (MIX_PARTS_REFUSED);
	if ((set = mix_parts_find(p, key)) == NULL)
		return (p->incomplete >= l->sets || p->held >= l->held / 2 ?
		    MIX_PARTS_REFUSED : MIX_PARTS_FIRST);
	if (set->total != total)
		return (MIX_PARTS_REFUSED);
	if (mix_parts_has(set, part))
		return (MIX_PARTS_TAKEN);
	return (p->held >= l->held ? MIX_PARTS_REFUSED : MIX_PARTS_MORE);
}

void
mix_parts_begin(struct mix_parts *p, struct mix_parts_set *set)
{
	set->n = 0;
	RB_INSERT(mix_parts_tree, &p->sets, set);
	p->incomplete++;
}

/* Whole sets are not counted: they pass on like any mail. */
int
mix_parts_take(struct mix_parts *p, struct mix_parts_set *set, uint32_t part)
{
	set->taken[(part - 1) / 8] |= (uint8_t)(1 << ((part - 1) % 8));
	set->n++;
	p->held++;
	if (!mix_parts_whole(set))
		return (0);
	p->incomplete--;
	p->held -= set->total;
	return (1);
}

void
mix_parts_give_back(struct mix_parts *p, struct mix_parts_set *set,
    uint32_t part)
{
	if (mix_parts_whole(set)) {
		p->incomplete++;
		p->held += set->total;
	}
	set->taken[(part - 1) / 8] &= (uint8_t)~(1 << ((part - 1) % 8));
	set->n--;
	p->held--;
}

void
mix_parts_end(struct mix_parts *p, struct mix_parts_set *set)
{
	if (!mix_parts_whole(set)) {
		p->incomplete--;
		p->held -= set->n;
	}
	RB_REMOVE(mix_parts_tree, &p->sets, set);
}

struct mix_parts_set *
mix_parts_next(struct mix_parts *p, struct mix_parts_set *set)
{
	return (set == NULL ? RB_MIN(mix_parts_tree, &p->sets) :
	    RB_NEXT(mix_parts_tree, &p->sets, set));
}

int
mix_parts_late(const struct mix_parts *p, const struct mix_parts_set *set,
    uint64_t now)
{
	return (!mix_parts_whole(set) && now >= set->since &&
	    now - set->since >= p->limits.keep);
}

struct mix_parts_set *
mix_parts_expired(struct mix_parts *p, uint64_t now)
{
	struct mix_parts_set *set;

	RB_FOREACH(set, mix_parts_tree, &p->sets)
		if (mix_parts_late(p, set, now))
			return (set);
	return (NULL);
}
