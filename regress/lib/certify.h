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

#ifndef CERTIFY_H
#define CERTIFY_H

#include <stddef.h>
#include <stdint.h>

#include "openpgp/signature.h"

/*
 * Certifications of all kinds, by Ed25519 keys, for tests: also those that
 * lib/openpgp never makes.
 */
struct certify {
	uint8_t		 type;		/* 0x10-0x13, 0x30 */
	uint32_t	 created;
	uint32_t	 lifetime;	/* seconds; 0: none stated */
	uint8_t		 hash;		/* 0: SHA-256 */
	int		 local;		/* not exportable */
	int		 critical;	/* with a critical notation */
};

/* Writes a signature packet, at most PGP_SIG_MAX octets; its length. */
size_t	certify(const struct certify *, const struct pgp_seckey *signer,
	    const struct pgp_pubkey *primary, const char *uid, uint8_t *out);

#endif
