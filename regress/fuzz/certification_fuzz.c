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

/* A truster's certificate, and behind it certificates that it may certify. */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "openpgp/certification.h"

#define NOW	1704153600	/* 2024-01-02, a day after the seeds */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
check_opinion(const struct pgp_opinion *o)
{
	struct pgp_opinion merged = *o;

	check(o->class == PGP_CLASS_NONE || o->class == PGP_CLASS_REVOKED ||
	    (o->class >= PGP_CLASS_GENERIC && o->class <= PGP_CLASS_POSITIVE));
	check(o->created <= NOW);
	check(pgp_class_strength(pgp_opinion_class(o, NOW)) <= 4);
	pgp_opinion_merge(&merged, o);
	check(memcmp(&merged, o, sizeof(merged)) == 0);
}

/* Trusted twice, for the same opinion twice. */
static void
form_opinions(const uint8_t *data, size_t len, const struct pgp_cert *cert,
    const struct pgp_truster *truster)
{
	struct pgp_truster both[2] = { *truster, *truster };
	struct pgp_opinion opinions[2];
	size_t verified;

	verified = pgp_opinions(data, len, cert, both, 2, NOW, opinions);
	check(verified <= 2 * PGP_OPINIONS_MAX);
	check(memcmp(&opinions[0], &opinions[1], sizeof(opinions[0])) == 0);
	check_opinion(&opinions[0]);
	if (!pgp_truster_usable(truster, NOW))
		check(verified == 0 && opinions[0].class == PGP_CLASS_NONE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pgp_truster truster;
	struct pgp_cert cert;
	size_t used;

	if (pgp_truster_read(data, len, NOW, &truster, &used) != PGP_CERT_OK)
		return (0);
	check(strlen(truster.uid) <= PGP_UID_MAX);
	while ((len -= used) > 0) {
		data += used;
		if (pgp_cert_parse(data, len, NOW, PGP_CERT_LIVE_ONLY, &cert,
		    &used) == PGP_CERT_OK) {
			form_opinions(data, used, &cert, &truster);
			pgp_cert_clear(&cert);
		}
		check(used > 0 && used <= len);
	}
	return (0);
}
