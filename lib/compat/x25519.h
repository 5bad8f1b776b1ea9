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

#ifndef COMPAT_X25519_H
#define COMPAT_X25519_H

#include <stdint.h>

#include <openssl/evp.h>

/*
 * The key pair of an X25519 secret and the point that belongs to it, which
 * isn't checked.  NULL on failure; release with EVP_PKEY_free().  With the
 * interface that all versions have, OpenSSL 3 computes the point once more,
 * and that takes as long as the key agreement itself.
 */
EVP_PKEY	*compat_x25519_key(const uint8_t secret[32],
		    const uint8_t point[32]);

#endif
