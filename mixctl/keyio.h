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

#ifndef MIXCTL_KEYIO_H
#define MIXCTL_KEYIO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "openpgp/key.h"

/* What sign and revoke share.  Whatever fails ends the program. */

/* The file of "-k file", which must be all there is; NULL: it isn't. */
const char *keyio_option(int argc, char *argv[]);

/*
 * The secret key in the first packet of a file, armored or not; what follows is
 * passed over.  To be wiped by the caller.
 */
void	keyio_secret(const char *path, struct pgp_seckey *);

/* Prints a certificate, armored. */
void	keyio_print(const uint8_t *cert, size_t len);

#endif
