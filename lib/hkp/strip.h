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

#ifndef HKP_STRIP_H
#define HKP_STRIP_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "openpgp/key.h"

/*
 * Takes out of a certificate what keyservers gather and nobody needs again:
 * subkeys that have expired at now, user attributes, and signatures by others
 * than the primary and the issuers given (key ids).  Nothing is verified, and
 * what stays is as it was: all user ids, the primary's own signatures, and
 * every revocation of its.
 *
 * out holds len octets.  Returns the length; 0: it doesn't begin with a primary
 * key, or a packet is broken.
 */
size_t	hkp_strip(const uint8_t *cert, size_t len, time_t now,
	    const uint8_t (*issuers)[PGP_KEYID_LEN], size_t nissuers,
	    uint8_t *out);

#endif
