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

#ifndef OPENPGP_PUBKEY_H
#define OPENPGP_PUBKEY_H

#include "openpgp/key.h"
#include "openpgp/wire.h"

/* What key.c and seckey.c share.  Internal to lib/openpgp. */

/* Hash algorithms, RFC 4880 section 9.4. */
#define PGP_HASH_SHA1	2
#define PGP_HASH_SHA256	8
#define PGP_HASH_SHA384	9
#define PGP_HASH_SHA512	10

/* Reads the public part, with which a secret key packet begins, too. */
int	pgp_in_pubkey(struct pgp_in *, struct pgp_pubkey *);

/* Computes fpr and keyid from the rest.  0, or -1. */
int	pgp_pubkey_fingerprint(struct pgp_pubkey *);

#endif
