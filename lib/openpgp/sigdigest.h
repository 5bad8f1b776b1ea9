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

#ifndef OPENPGP_SIGDIGEST_H
#define OPENPGP_SIGDIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "openpgp/signature.h"

/* What reading, verifying and making signatures share.  Internal. */
#define PGP_SIG_VERSION	4

/* Subpackets, RFC 4880 section 5.2.3.1; the issuer's fingerprint is GnuPG's. */
enum pgp_subpacket {
	PGP_SUB_CREATED = 2,
	PGP_SUB_LIFETIME = 3,
	PGP_SUB_EXPORTABLE = 4,
	PGP_SUB_REVOCABLE = 7,
	PGP_SUB_KEY_LIFETIME = 9,
	PGP_SUB_PREF_CIPHERS = 11,
	PGP_SUB_ISSUER = 16,
	PGP_SUB_PREF_HASHES = 21,
	PGP_SUB_PREF_COMPRESSION = 22,
	PGP_SUB_KEYSERVER_PREFS = 23,
	PGP_SUB_KEYSERVER = 24,
	PGP_SUB_PRIMARY_UID = 25,
	PGP_SUB_POLICY = 26,
	PGP_SUB_FLAGS = 27,
	PGP_SUB_REASON = 29,
	PGP_SUB_FEATURES = 30,
	PGP_SUB_EMBEDDED = 32,
	PGP_SUB_ISSUER_FPR = 33
};

struct pgp_digest {
	uint8_t		value[64];
	unsigned int	len;
	int		nid;		/* libcrypto's name of the hash */
};

/*
 * The digest that a signature is over: the data, the signed part of the packet,
 * and the trailer of RFC 4880 section 5.2.4.  0, or -1 on a hash that we don't
 * take.
 */
int	pgp_signature_digest(uint8_t hash, const struct pgp_signed *,
	    const uint8_t *signed_part, size_t signed_len,
	    struct pgp_digest *);

#endif
