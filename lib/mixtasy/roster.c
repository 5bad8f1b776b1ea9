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
#include "openpgp/armor.h"
#include "openpgp/cert.h"

static const char *const error_texts[ROSTER_NERRORS] = {
	"no error",
	"not a certificate that can be read",
	"not exactly one user id with a mix address",
	"expired, revoked or not yet valid",
	"no usable encryption subkey",
	"the primary key may encrypt",
	"another primary key claims the same address",
	"out of memory"
};

const char *
roster_strerror(enum roster_error error)
{
	if ((unsigned int)error >= ROSTER_NERRORS)
		return ("unknown error");
	return (error_texts[error]);
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
	roster_init(r);
}

/* Makes room for one more element of size octets in *array. */
static int
make_room(void **array, size_t n, size_t *room, size_t size)
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
			*error = ROSTER_EXPIRED;
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
	if (make_room(&bars, r->nbars, &r->barroom, sizeof(*b)) == -1)
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

/* Whether a subkey that expires at a lives longer than (or as long as) at b. */
static int
lives_longer(uint32_t a, uint32_t b)
{
	return (a == 0 || (b != 0 && a >= b));
}

static enum roster_error
insert(struct roster *r, const struct roster_mix *mix)
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
		if (lives_longer(mix->subkey_expires, old->subkey_expires))
			*old = *mix;
		return (ROSTER_OK);
	}
	if (make_room(&mixes, r->nmixes, &r->room, sizeof(*mix)) == -1)
		return (ROSTER_NO_MEMORY);
	r->mixes = mixes;
	i = position(r, mix->address);
	memmove(&r->mixes[i + 1], &r->mixes[i],
	    (r->nmixes - i) * sizeof(*mix));
	r->mixes[i] = *mix;
	r->nmixes++;
	return (ROSTER_OK);
}

/* The usable subkey that expires last. */
static const struct pgp_subkey *
best_subkey(const struct pgp_cert *cert, time_t now)
{
	const struct pgp_subkey *best = NULL, *sub;
	size_t i;

	for (i = 0; i < cert->nsubkeys; i++) {
		sub = &cert->subkeys[i];
		if ((sub->flags & PGP_FLAG_ENCRYPT) == 0 ||
		    (time_t)sub->pub.created > now ||
		    !pgp_subkey_usable(sub, now))
			continue;
		if (best == NULL || lives_longer(sub->expires, best->expires))
			best = sub;
	}
	return (best);
}

/* The rules of thesis 6.3 for one certificate. */
static enum roster_error
examine(const struct pgp_cert *cert, time_t now, struct roster_mix *mix)
{
	const struct pgp_subkey *sub;

	memset(mix, 0, sizeof(*mix));
	memcpy(mix->fpr, cert->primary.fpr, PGP_FPR_LEN);
	if (cert->revoked || (time_t)cert->primary.created > now ||
	    (cert->expires != 0 && (time_t)cert->expires <= now))
		return (ROSTER_EXPIRED);
	if (cert->nuids != 1 ||
	    roster_uid_address(cert->uid, mix->address) == -1)
		return (ROSTER_USER_ID);
	if (cert->flags & PGP_FLAG_ENCRYPT)
		return (ROSTER_PRIMARY);
	if ((sub = best_subkey(cert, now)) == NULL)
		return (ROSTER_NO_SUBKEY);
	mix->modes = roster_modes(cert->uid);
	mix->subkey = sub->pub;
	mix->subkey_expires = sub->expires;
	return (ROSTER_OK);
}

static enum roster_error
take_cert(struct roster *r, const struct pgp_cert *cert, time_t now)
{
	struct roster_mix mix;
	enum roster_error error;

	error = examine(cert, now, &mix);
	if (error == ROSTER_OK)
		return (insert(r, &mix));
	if (cert->revoked) {
		remove_primary(r, cert->primary.fpr);
		if (bar(r, &mix, 1) != ROSTER_OK)
			return (ROSTER_NO_MEMORY);
	}
	return (error);
}

static enum roster_error
parse_error(enum pgp_cert_error error)
{
	return (error == PGP_CERT_NO_VALID_UID ? ROSTER_USER_ID :
	    ROSTER_BROKEN);
}

static size_t
add_binary(struct roster *r, const uint8_t *buf, size_t len, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	struct pgp_cert cert;
	enum pgp_cert_error parsed;
	enum roster_error error;
	size_t consumed, added = 0;

	while (len > 0) {
		consumed = 0;
		parsed = pgp_cert_parse(buf, len, now, PGP_CERT_LIVE_ONLY,
		    &cert, &consumed);
		error = parsed == PGP_CERT_OK ? take_cert(r, &cert, now) :
		    parse_error(parsed);
		if (parsed == PGP_CERT_OK)
			pgp_cert_clear(&cert);
		counts[error]++;
		if (error == ROSTER_OK)
			added++;
		if (consumed == 0 || consumed > len)
			break;
		buf += consumed;
		len -= consumed;
	}
	return (added);
}

static size_t
add_armored(struct roster *r, const char *text, size_t len, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	uint8_t *bin;
	size_t consumed, added = 0;
	ssize_t n;

	if ((bin = malloc(len)) == NULL) {
		counts[ROSTER_NO_MEMORY]++;
		return (0);
	}
	while (len > 0) {
		consumed = 0;
		n = pgp_armor_decode(PGP_ARMOR_PUBLIC_KEY, text, len, bin, len,
		    &consumed);
		if (n == -1)
			break;
		added += add_binary(r, bin, (size_t)n, now, counts);
		if (consumed == 0 || consumed > len)
			break;
		text += consumed;
		len -= consumed;
	}
	free(bin);
	return (added);
}

size_t
roster_add(struct roster *r, const uint8_t *buf, size_t len, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	/* A packet begins with an octet whose high bit is set; text doesn't. */
	if (len > 0 && (buf[0] & 0x80) != 0)
		return (add_binary(r, buf, len, now, counts));
	return (add_armored(r, (const char *)buf, len, now, counts));
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
