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
#include "mixtasy/parts.h"

#include "outgoing.h"

void
outgoing_init(struct outgoing *o, const struct prepare *prepare,
    const struct letter *letter, const struct parcel *parcels, size_t nparcels)
{
	memset(o, 0, sizeof(*o));
	o->prepare = prepare;
	o->letter = letter;
	o->parcels = parcels;
	o->nparcels = nparcels;
}

void
outgoing_clear(struct outgoing *o)
{
	free(o->text);
	free(o->order);
	o->text = NULL;
	o->order = NULL;
}

static void
shuffle(const struct rng *rng, uint32_t *numbers, uint32_t n)
{
	uint32_t i, j, swap;

	for (i = n; i > 1; i--) {
		j = rng_uniform(rng, i);
		swap = numbers[i - 1];
		numbers[i - 1] = numbers[j];
		numbers[j] = swap;
	}
}

/* The text of the parcel whose turn it is, and the order of its parts. */
static int
open_parcel(struct outgoing *o)
{
	const struct parcel *parcel = &o->parcels[o->at];
	uint32_t i;

	o->text = letter_for(o->letter, parcel->rcpt, &o->len);
	o->order = calloc(parcel->total, sizeof(*o->order));
	if (o->text == NULL || o->order == NULL) {
		outgoing_clear(o);
		return -1;
	}
	for (i = 0; i < parcel->total; i++)
		o->order[i] = i + 1;
	shuffle(o->prepare->rng, o->order, parcel->total);
	return 0;
}

/* The paths get equally many parts; as the order is random theirs is too. */
static int
seal_part(struct outgoing *o, const struct parcel *parcel, uint32_t part)
{
	const struct mix_hop *hops = parcel->paths[part % parcel->npaths];
	const char *from = o->prepare->conf->from;
	struct mix_final final;
	uint8_t body[MIX_BODY_LEN];

	memset(&final, 0, sizeof(final));
	strlcpy(final.id, parcel->id, sizeof(final.id));
	if (mix_parts_cut((const uint8_t *)o->text, o->len, part,
	    parcel->total, &final) == -1 ||
	    mix_seal(&final, hops, parcel->nhops, o->prepare->rng, body) == -1)
		return -1;
	strlcpy(o->sealed.first, hops[0].address, sizeof(o->sealed.first));
	o->sealed.len = mix_outer_write(from[0] == '\0' ? NULL : from,
	    o->sealed.first, body, o->sealed.text);
	return 0;
}

int
outgoing_next(struct outgoing *o, const struct sealed **sealed)
{
	if (o->at == o->nparcels)
		return 0;
	if (o->text == NULL && open_parcel(o) == -1)
		return -1;
	if (seal_part(o, &o->parcels[o->at], o->order[o->done]) == -1)
		return -1;
	*sealed = &o->sealed;
	return 1;
}

void
outgoing_done(struct outgoing *o)
{
	if (++o->done < o->parcels[o->at].total)
		return;
	outgoing_clear(o);
	o->at++;
	o->done = 0;
}
