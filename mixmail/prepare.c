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
    struct mix_hop *hops, size_t *nhops, const char **bad)
{
	const char *addresses[MIX_PATH_MAX];
	size_t i;

	for (i = 0; i < p->nfixed; i++)
		addresses[i] = p->fixed[i];
	*nhops = p->nfixed;
	return path_fixed(p->roster, wish, addresses, p->nfixed, hops, bad);
}

/*
 * Draws a path.  Without a mix that is told to be first, the sender's
 * provider's one is, if it can be.
 */
static enum path_error
drawn_path(const struct prepare *p, struct path_wish *wish,
    struct mix_hop *hops, size_t *nhops)
{
	const struct roster_mix *own = NULL;
	enum path_error error;

	*nhops = wish->length = p->conf->hops;
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

static enum prepare_error
choose_path(const struct prepare *p, const char *rcpt, struct mix_hop *hops,
    size_t *nhops, char *why, size_t whylen)
{
	struct path_wish wish;
	enum path_error error;
	const char *bad = NULL;

	memset(&wish, 0, sizeof(wish));
	wish.rcpt_domain = mail_address_domain(rcpt);
	wish.now = p->now;
	wish.hop_delay = p->conf->hop_delay;
	if (p->nfixed != 0)
		error = fixed_path(p, &wish, hops, nhops, &bad);
	else
		error = drawn_path(p, &wish, hops, nhops);
	if (error == PATH_OK)
		return PREPARE_OK;
	snprintf(why, whylen, "no path to %s: %s%s%s (usable mixes in the "
	    "roster: %zu)", rcpt, bad == NULL ? "" : bad, bad == NULL ? "" : ": ",
	    path_strerror(error), p->roster->nmixes);
	return PREPARE_NO_PATH;
}

static enum prepare_error
seal(const struct prepare *p, const char *text, size_t len,
    const struct mix_hop *hops, size_t nhops, struct sealed *sealed,
    char *why, size_t whylen)
{
	struct mix_final final;
	uint8_t body[MIX_BODY_LEN];
	size_t max;

	memset(&final, 0, sizeof(final));
	final.type = MIX_SINGLEPART;
	mix_id_new(p->rng, final.id);
	max = mix_payload_max(&final);
	if (len > max) {
		snprintf(why, whylen, "the mail is too large: %zu octets, at "
		    "most %zu can be sent", len, max);
		return PREPARE_TOO_LARGE;
	}
	final.payload = (const uint8_t *)text;
	final.payload_len = len;
	if (mix_seal(&final, hops, nhops, p->rng, body) == -1) {
		snprintf(why, whylen, "the path is too long for a message");
		return PREPARE_NO_PATH;
	}
	strlcpy(sealed->first, hops[0].address, sizeof(sealed->first));
	sealed->len = mix_outer_write(p->conf->from[0] == '\0' ? NULL :
	    p->conf->from, sealed->first, body, sealed->text);
	return PREPARE_OK;
}

enum prepare_error
prepare_message(const struct prepare *p, const struct letter *letter,
    const char *rcpt, struct mix_hop *hops, size_t *nhops,
    struct sealed *sealed, char *why, size_t whylen)
{
	enum prepare_error error;
	char *text;
	size_t len;

	error = choose_path(p, rcpt, hops, nhops, why, whylen);
	if (error != PREPARE_OK)
		return error;
	if ((text = letter_for(letter, rcpt, &len)) == NULL) {
		snprintf(why, whylen, "out of memory");
		return PREPARE_NO_MEMORY;
	}
	strlcpy(sealed->rcpt, rcpt, sizeof(sealed->rcpt));
	error = seal(p, text, len, hops, *nhops, sealed, why, whylen);
	free(text);
	return error;
}
