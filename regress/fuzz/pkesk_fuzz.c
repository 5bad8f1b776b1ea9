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

/* A PKESK packet's body for each kind of key, and what follows as tag 9. */

#include <sys/types.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "openpgp/armor.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

#include "lib/testutil.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The secret subkey in a file of the vectors. */
static void
load(const char *name, struct pgp_seckey *sec)
{
	struct pgp_packet pkt;
	uint8_t *text, *buf, *p;
	size_t len;
	ssize_t n;

	if ((text = test_read_file(test_path(name), &len)) == NULL ||
	    (buf = malloc(len)) == NULL)
		err(1, "%s", name);
	n = pgp_armor_decode(PGP_ARMOR_PRIVATE_KEY, (char *)text, len, buf,
	    len, NULL);
	if (n == -1)
		errx(1, "%s: no secret key", name);
	for (p = buf; ; p += pkt.header_len + pkt.body_len) {
		if (pgp_packet_read(p, (size_t)(buf + n - p), &pkt) == -1)
			errx(1, "%s: no subkey", name);
		if (pkt.tag == PGP_TAG_SECRET_SUBKEY)
			break;
	}
	if (pgp_seckey_read(pkt.body, pkt.body_len, sec) == -1)
		errx(1, "%s: unusable subkey", name);
	free(text);
	free(buf);
}

static void
open_body(const struct pgp_session *session, const struct rng *rng,
    const uint8_t *data, size_t len)
{
	uint8_t *out;

	pgp_sed_has_repeat(data, len, rng);
	if ((out = malloc(len == 0 ? 1 : len)) == NULL)
		return;
	if (pgp_sed_decrypt(session, data, len, out) == 0 &&
	    len < PGP_SED_PREFIX)
		abort();
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct pgp_seckey keys[2];
	static int loaded;
	struct test_rng state;
	struct rng rng = test_rng(&state, len);
	struct pgp_session session;
	struct pgp_packet pkt;
	struct pgp_pkesk pkesk;
	int i;

	if (!loaded) {
		load("regress/vectors/mixtasy-v1/keys/mix1.sec.asc",
		    &keys[0]);
		load("regress/vectors/mixtasy-v1/keys/mix5.sec.asc",
		    &keys[1]);
		loaded = 1;
	}
	if (pgp_packet_read(data, len, &pkt) == -1 ||
	    pgp_pkesk_read(pkt.body, pkt.body_len, &pkesk) == -1)
		return (0);
	for (i = 0; i < 2; i++) {
		if (pgp_pkesk_decrypt(&pkesk, &keys[i], &rng, &session) == 0)
			open_body(&session, &rng, pkt.body + pkt.body_len,
			    len - pkt.header_len - pkt.body_len);
	}
	return (0);
}
