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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "mixtasy/parts.h"

#include "prepare.h"

int
prepare_fix_path(struct prepare *p, const char *text)
{
	char name[MIX_ADDRESS_MAX];
	size_t len;

	p->nfixed = 0;
	for (;;) {
		len = strcspn(text, ",");
		if (len >= sizeof(name) || p->nfixed == MIX_PATH_MAX)
			return -1;
		memcpy(name, text, len);
		name[len] = '\0';
		if (mixmail_mix_address(name, p->fixed[p->nfixed]) == -1)
			return -1;
		p->nfixed++;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static enum path_error
fixed_path(const struct prepare *p, const struct path_wish *wish,
    struct mix_hop *hops, const char **bad)
{
	const char *addresses[MIX_PATH_MAX];
	size_t i;

	for (i = 0; i < p->nfixed; i++)
		addresses[i] = p->fixed[i];
	return path_fixed(p->roster, wish, addresses, p->nfixed, hops, bad);
}

/*
 * Draws a path.  Without a mix that is told to be first, the sender's
 * provider's one is, if it can be.
 */
static enum path_error
drawn_path(const struct prepare *p, struct path_wish *wish,
    struct mix_hop *hops)
{
	const struct roster_mix *own = NULL;
	enum path_error error;

	wish->length = p->conf->hops;
	wish->first = NULL;
	if (p->conf->first[0] != '\0')
		wish->first = p->conf->first;
	else if (p->conf->from[0] != '\0')
		own = roster_find_domain(p->roster,
		    mail_address_domain(p->conf->from));
	if (own != NULL) {
		wish->first = own->address;
		error = path_select(p->roster, wish, p->rng, hops);
		if (error == PATH_OK)
			return error;
		wish->first = NULL;
	}
	return path_select(p->roster, wish, p->rng, hops);
}

/* The first path is free where to end, the others end there too. */
static enum path_error
choose_all(const struct prepare *p, struct path_wish *wish,
    struct parcel *parcel, const char **bad)
{
	enum path_error error;
	size_t i;

	if (p->nfixed != 0) {
		parcel->npaths = 1;
		parcel->nhops = p->nfixed;
		return fixed_path(p, wish, parcel->paths[0], bad);
	}
	parcel->npaths = parcel->total < PARCEL_PATHS ? parcel->total :
	    PARCEL_PATHS;
	parcel->nhops = p->conf->hops;
	for (i = 0; i < parcel->npaths; i++) {
		error = drawn_path(p, wish, parcel->paths[i]);
		if (error != PATH_OK)
			return error;
		wish->last = parcel->paths[0][parcel->nhops - 1].address;
	}
	return PATH_OK;
}

static enum prepare_error
choose_paths(const struct prepare *p, struct parcel *parcel, char *why,
    size_t whylen)
{
	struct path_wish wish;
	enum path_error error;
	const char *bad = NULL;

	memset(&wish, 0, sizeof(wish));
	wish.rcpt_domain = mail_address_domain(parcel->rcpt);
	wish.rcpt_mix = mixmail_conf_exit(p->conf, wish.rcpt_domain);
	/* Keys have to live longer by what the last message waits. */
	wish.now = p->now + (time_t)p->conf->spread;
	wish.hop_delay = p->conf->hop_delay;
	error = choose_all(p, &wish, parcel, &bad);
	if (error == PATH_OK)
		return PREPARE_OK;
	snprintf(why, whylen, "no path to %s: %s%s%s (usable mixes in the "
	    "roster: %zu)", parcel->rcpt, bad == NULL ? "" : bad,
	    bad == NULL ? "" : ": ", path_strerror(error), p->roster->nmixes);
	return PREPARE_NO_PATH;
}

/*
 * How many messages it takes.  The last mix looks for the recipient in the
 * first part, so the header has to be there.
 */
static enum prepare_error
cut(const struct prepare *p, const char *text, size_t len,
    struct parcel *parcel, struct mix_final *first, char *why, size_t whylen)
{
	char rcpt[MAIL_ADDRESS_MAX];

	mix_id_new(p->rng, parcel->id);
	parcel->total = mix_parts_count(parcel->id, len);
	if (len > p->conf->size || parcel->total == 0) {
		snprintf(why, whylen, "the mail is too large: %zu octets, at "
		    "most %u can be sent", len, p->conf->size);
		return PREPARE_TOO_LARGE;
	}
	memset(first, 0, sizeof(*first));
	strlcpy(first->id, parcel->id, sizeof(first->id));
	(void)mix_parts_cut((const uint8_t *)text, len, 1, parcel->total,
	    first);
	if (parcel->total > 1 && mix_part_recipient(first->payload,
	    first->payload_len, rcpt) == -1) {
		snprintf(why, whylen, "the mail's header is too large: at "
		    "most %zu octets can be sent", first->payload_len);
		return PREPARE_TOO_LARGE;
	}
	return PREPARE_OK;
}

/* What holds for one part holds for all: they differ only in the payload. */
static enum prepare_error
try_paths(const struct prepare *p, const struct parcel *parcel,
    const struct mix_final *first, char *why, size_t whylen)
{
	uint8_t body[MIX_BODY_LEN];
	size_t i;

	for (i = 0; i < parcel->npaths; i++) {
		if (mix_seal(first, parcel->paths[i], parcel->nhops, p->rng,
		    body) == -1) {
			snprintf(why, whylen,
			    "the path is too long for a message");
			return PREPARE_NO_PATH;
		}
	}
	return PREPARE_OK;
}

enum prepare_error
prepare_parcel(const struct prepare *p, const struct letter *letter,
    const char *rcpt, struct parcel *parcel, char *why, size_t whylen)
{
	struct mix_final first;
	enum prepare_error error;
	char *text;
	size_t len;

	memset(parcel, 0, sizeof(*parcel));
	strlcpy(parcel->rcpt, rcpt, sizeof(parcel->rcpt));
	if ((text = letter_for(letter, rcpt, &len)) == NULL) {
		snprintf(why, whylen, "out of memory");
		return PREPARE_NO_MEMORY;
	}
	error = cut(p, text, len, parcel, &first, why, whylen);
	if (error == PREPARE_OK)
		error = choose_paths(p, parcel, why, whylen);
	if (error == PREPARE_OK)
		error = try_paths(p, parcel, &first, why, whylen);
	free(text);
	return error;
}

static int
path_repeats(const struct mix_hop *hops, size_t nhops)
{
	size_t i, j;

	for (i = 1; i < nhops; i++)
		for (j = 0; j < i; j++)
			if (strcmp(hops[i].address, hops[j].address) == 0)
				return 1;
	return 0;
}

int
parcel_repeats(const struct parcel *parcel)
{
	size_t i;

	for (i = 0; i < parcel->npaths; i++)
		if (path_repeats(parcel->paths[i], parcel->nhops))
			return 1;
	return 0;
}
