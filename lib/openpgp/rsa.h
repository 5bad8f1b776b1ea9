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

#ifndef OPENPGP_RSA_H
#define OPENPGP_RSA_H

#include <openssl/rsa.h>

#include "openpgp/key.h"

/*
 * libcrypto's form of our RSA keys.  Internal to lib/openpgp.  Who includes
 * this defines OPENSSL_API_COMPAT as 0x10100000L before: the RSA interface
 * that OpenSSL and LibreSSL have in common.
 */

/*
 * Both return NULL when memory is out; release with RSA_free().  rsa.c has
 * pgp_seckey_prepare() too.
 */
RSA	*pgp_rsa_public(const struct pgp_pubkey *);
RSA	*pgp_rsa_private(const struct pgp_seckey *);

/* Fills the RSA part of a new key of so many bits.  0, or -1. */
int	 pgp_rsa_generate(struct pgp_seckey *, unsigned int bits);

/* Whether p, q, and u belong to n and to one another.  1 or 0. */
int	 pgp_rsa_consistent(const struct pgp_seckey *);

#endif
