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


#ifndef SMTPD_MIX_KEYS_SIGNED_H
#define SMTPD_MIX_KEYS_SIGNED_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto.h"
#include "keys_cert.h"
#include "keys_prepared.h"

/*
 * The certificate that was signed elsewhere, over all subkeys that had been
 * prepared.  It is not given to others: what is published are its parts for the
 * subkeys that are live.
 */
#define KEYS_SIGNED_FILE	"signed.pgp"

/* Reads what is at rest, if there is any; 1: there is, and fpr is its key's. */
int	keys_signed_load(uint8_t fpr[PGP_FPR_LEN]);

/*
 * Takes a certificate: it must be by the key of fpr, for this mix, and for one
 * at least of the prepared subkeys.  How many of them; -1 with a line in
 * errbuf, and the one before stays.
 */
int	keys_signed_import(const struct proto_conf_global *,
	    const uint8_t fpr[PGP_FPR_LEN], const uint8_t *buf, size_t len,
	    char *errbuf, size_t errlen);

/* Whether it is for this subkey, as prepared. */
int	keys_signed_has(const struct keys_prepared *);

/*
 * Writes the certificate for others: user id, and these subkeys as far as they
 * are signed here or in the certificate before it.  0; -1 with a line in
 * errbuf.
 */
int	keys_signed_publish(const struct proto_conf_global *,
	    const struct keys_cert_subkey *, size_t n, char *errbuf,
	    size_t errlen);

#endif
