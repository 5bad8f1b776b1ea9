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

/* A keyring: each certificate parsed, as a secret key too, and written. */

#include <sys/types.h>

#include <stdlib.h>

#include "openpgp/cert.h"

#define NOW	1704153600	/* 2024-01-02: the seeds' subkeys live */
#define SUBKEYS	4

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
parse(const uint8_t *data, size_t len, int flags, size_t *used)
{
	struct pgp_cert cert;
	size_t i;

	if (pgp_cert_parse(data, len, NOW, flags, &cert, used) == PGP_CERT_OK) {
		check(cert.nuids > 0 && cert.nsubkeys <= PGP_SUBKEYS_MAX);
		for (i = 0; i < cert.nsubkeys; i++) {
			if (flags & PGP_CERT_LIVE_ONLY)
				check(cert.subkeys[i].expires == 0 ||
				    cert.subkeys[i].expires > NOW);
		}
		pgp_cert_clear(&cert);
	}
	check(*used > 0 && *used <= len);
}

static void
secrets(const uint8_t *data, size_t len)
{
	static struct pgp_secsubkey subkeys[SUBKEYS];
	struct pgp_seckey primary;
	char uid[PGP_UID_MAX + 1];
	uint8_t *out;
	size_t n;
	int has_primary;

	if (pgp_seccert_read(data, len, NOW, &primary, &has_primary, subkeys,
	    SUBKEYS, &n, uid) == 0)
		check(n <= SUBKEYS);
	if ((out = malloc(len + PGP_SECKEY_BODY_MAX)) != NULL) {
		pgp_seccert_write(data, len, NULL, NULL, 0, out,
		    len + PGP_SECKEY_BODY_MAX);
		free(out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t used;

	while (len > 0) {
		secrets(data, len);
		parse(data, len, PGP_CERT_LIVE_ONLY, &used);
		parse(data, len, 0, &used);
		data += used;
		len -= used;
	}
	return (0);
}
