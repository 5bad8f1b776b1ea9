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

#ifndef SMTPD_MIX_KEYS_CERT_H
#define SMTPD_MIX_KEYS_CERT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ipc/proto.h"
#include "openpgp/cert.h"
#include "openpgp/key.h"

/*
 * The long-term key and the certificate that is given to others.  The secret is
 * read when a signature is needed, and wiped.
 */
#define KEYS_CERT_FILE		"cert.pgp"
#define KEYS_PRIMARY_FILE	"primary.pgp"
#define KEYS_CERT_MAX		65536

struct keys_cert_subkey {
	const struct pgp_pubkey	*pub;
	uint64_t		 expires;
};

/*
 * Makes the long-term key if there is none; refuses if there is none but other
 * is set (subkeys or a certificate are there: it got lost).  fpr gets its
 * fingerprint.  0; -1 with a line in errbuf.
 */
int	keys_cert_primary(const struct proto_conf_global *, time_t now,
	    int others, uint8_t fpr[PGP_FPR_LEN], char *errbuf, size_t errlen);

/* Whether the long-term key is not here. */
int	keys_cert_offline(void);

/* The user id of this mix: thesis 6.3.1, the comment states the modes. */
void	keys_cert_uid(const struct proto_conf_global *,
	    char uid[PGP_UID_MAX + 1]);

/*
 * Writes the certificate anew: user id of the configuration and these
 * subkeys.  0; -1 with a line in errbuf.
 */
int	keys_cert_publish(const struct proto_conf_global *, time_t now,
	    const struct keys_cert_subkey *, size_t n, char *errbuf,
	    size_t errlen);

#endif
