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


#ifndef OPENPGP_REQUEST_H
#define OPENPGP_REQUEST_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "openpgp/cert.h"
#include "openpgp/key.h"

/*
 * What a mix whose long-term key is elsewhere wants to have signed: user id and
 * subkeys, as lines of text that a person can look at.
 *
 *	smtpd-mix request 1
 *	key FINGERPRINT
 *	user-id NAME (mixtasy-mode:...) <ADDRESS>
 *	subkey EXPIRY PUBLIC-KEY-PACKET-BODY-IN-BASE64
 *	end
 */
#define PGP_REQUEST_KEYS_MAX	96
#define PGP_REQUEST_MAX		98304	/* octets of text */

struct pgp_request_key {
	struct pgp_pubkey	pub;
	uint32_t		expires;
};

struct pgp_request {
	uint8_t			fpr[PGP_FPR_LEN];	/* of the signer */
	char			uid[PGP_UID_MAX + 1];
	struct pgp_request_key	keys[PGP_REQUEST_KEYS_MAX];
	size_t			nkeys;
};

/* Writes it, with a NUL behind.  The length, or -1: outmax is too small. */
ssize_t	pgp_request_write(const struct pgp_request *, char *out,
	    size_t outmax);

/* Reads it.  0; -1: broken, cut off, or keys that don't encrypt. */
int	pgp_request_read(const char *text, size_t len, struct pgp_request *);

#endif
