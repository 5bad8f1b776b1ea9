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

#ifndef OPENPGP_CERTIFICATION_H
#define OPENPGP_CERTIFICATION_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "openpgp/cert.h"
#include "openpgp/key.h"

/*
 * What others say about a certificate: certifications of its user id (RFC 4880
 * section 5.2.1, classes 0x10 to 0x13) and their revocations (0x30), by a few
 * keys that somebody chose to trust.
 */
#define PGP_TRUSTERS_MAX	16

/* Signature classes; the texts say what the signer claims to have checked. */
enum pgp_class {
	PGP_CLASS_NONE = 0,
	PGP_CLASS_GENERIC = 0x10,	/* says nothing about it */
	PGP_CLASS_PERSONA = 0x11,	/* nothing */
	PGP_CLASS_CASUAL = 0x12,	/* something */
	PGP_CLASS_POSITIVE = 0x13,	/* much */
	PGP_CLASS_REVOKED = 0x30
};

/* A key whose certifications count. */
struct pgp_truster {
	struct pgp_pubkey	key;
	uint32_t		expires;	/* absolute; 0: never */
	uint32_t		claimed;	/* when expires was signed */
	uint8_t			may_certify;	/* by its key flags */
	uint8_t			revoked;
	char			uid[PGP_UID_MAX + 1];	/* its first one */
};

/*
 * Reads a truster from its own certificate: RSA of 2048 to 4096 bits, Ed25519
 * (algorithm 22) or ECDSA on P-256; any user ids.  An expired or revoked key is
 * read too.  Errors and *consumed as of pgp_cert_parse().
 */
enum pgp_cert_error
	pgp_truster_read(const uint8_t *buf, size_t len, time_t now,
	    struct pgp_truster *, size_t *consumed);

/* Whether certifications of the key count now: not expired, not revoked. */
int	pgp_truster_usable(const struct pgp_truster *, time_t now);

/* A truster's last word on a user id. */
struct pgp_opinion {
	uint8_t		class;		/* enum pgp_class */
	uint32_t	created;
	uint32_t	expires;	/* absolute; 0: never */
};

/*
 * Finds what each of the n trusters (at most PGP_TRUSTERS_MAX) last said about
 * cert, which pgp_cert_parse() made of the len octets in buf, with its first
 * user id.  The newest signature that is valid is a truster's opinion, a
 * revocation too; one that has expired since is one without effect, and gives
 * no older one its effect back.  Of two made in the same second the weaker one
 * counts, and a revocation more than both.
 *
 * Nothing counts that is not exportable, is over another user id, is of the
 * future, is older than either key, has a critical subpacket that we don't
 * know, uses SHA-1 or MD5, or is by a truster that isn't usable; nor what the
 * primary says about itself.  Only signatures that claim to be a truster's are
 * verified, of each the PGP_OPINIONS_MAX newest at most: who adds as many
 * forged ones can hide an opinion, but make none.
 *
 * Returns how many signatures were verified.
 */
#define PGP_OPINIONS_MAX	8
size_t	pgp_opinions(const uint8_t *buf, size_t len, const struct pgp_cert *,
	    const struct pgp_truster *, size_t n, time_t now,
	    struct pgp_opinion *);

/* Takes from over what is newer in it: opinions from two copies of a cert. */
void	pgp_opinion_merge(struct pgp_opinion *, const struct pgp_opinion *from);

/* The class that stands now: PGP_CLASS_NONE if it is revoked or over. */
enum pgp_class
	pgp_opinion_class(const struct pgp_opinion *, time_t now);

/*
 * How much a class says, from 0 (none) to 4: persona (openly unchecked),
 * generic, casual, positive.  GnuPG orders them so, too.
 */
unsigned int
	pgp_class_strength(enum pgp_class);

#endif
