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

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "lib/layers.h"
#include "lib/testutil.h"
#include "mixtasy/roster.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

void
layers_hops(size_t n, uint8_t alg, const char *label, struct mix_hop *hops,
    struct mix_subkey *secrets)
{
	struct pgp_seckey key;
	size_t i;

	for (i = 0; i < n; i++) {
		if (pgp_key_generate(&key, alg, 2048, LAYERS_NOW - 10) == -1)
			errx(1, "no key");
		memset(&hops[i], 0, sizeof(hops[i]));
		(void)snprintf(hops[i].address, sizeof(hops[i].address),
		    "mixtasy@%s%zu.example.net", label, i + 1);
		hops[i].subkey = key.pub;
		if (secrets == NULL)
			continue;
		secrets[i].key = key;
		secrets[i].expires = 0;
	}
}

void
layers_read_hop(const char *path, struct mix_hop *hop)
{
	size_t counts[ROSTER_NERRORS] = { 0 }, len;
	struct roster roster;
	uint8_t *buf;

	if ((buf = test_read_file(path, &len)) == NULL)
		err(1, "%s", path);
	roster_init(&roster);
	if (roster_add(&roster, buf, len, time(NULL), counts) != 1)
		errx(1, "%s: not the certificate of a mix", path);
	memset(hop, 0, sizeof(*hop));
	(void)strlcpy(hop->address, roster.mixes[0].address,
	    sizeof(hop->address));
	hop->subkey = roster.mixes[0].subkey;
	roster_clear(&roster);
	free(buf);
}

size_t
layers_plain(const char *header, const void *content, size_t len,
    uint8_t *plain)
{
	uint8_t *line, *p = plain;
	size_t n = strlen(header);

	memset(plain, 0, MIX_BODY_LEN);
	p += pgp_packet_header_indeterminate(p, PGP_TAG_LITERAL);
	pgp_literal_prefix(p);
	line = p + PGP_LITERAL_PREFIX_LEN;
	p = line + MIX_VERIFICATION_LINE;
	if (n + len > MIX_BODY_LEN - 1024)
		errx(1, "content too long");
	memcpy(p, header, n);
	if (len != 0)
		memcpy(p + n, content, len);
	if (n + len < MIX_HASHED_LEN)
		len = MIX_HASHED_LEN - n;
	mix_verification_write(p, (char *)line);
	return ((size_t)(p + n + len - plain));
}

void
layers_encrypt(const struct pgp_pubkey *pub, const struct rng *rng,
    const uint8_t *plain, size_t len, uint8_t body[MIX_BODY_LEN])
{
	struct pgp_session session;
	ssize_t n;
	uint8_t *p = body;

	rng_fill(rng, body, MIX_BODY_LEN);
	pgp_session_new(&session, rng);
	if ((n = pgp_pkesk_write(pub, &session, p)) == -1)
		errx(1, "no session key packet");
	p += n;
	p += pgp_packet_header_indeterminate(p, PGP_TAG_SED);
	if ((size_t)(p - body) + PGP_SED_PREFIX + len > MIX_BODY_LEN ||
	    pgp_sed_encrypt(&session, rng, plain, len, p) == -1)
		errx(1, "can't encrypt");
}

void
layers_env(const char *self, const struct mix_subkey *keys, size_t n,
    const struct rng *rng, struct mix_peel_env *env)
{
	memset(env, 0, sizeof(*env));
	env->self = self;
	env->keys = keys;
	env->nkeys = n;
	env->now = LAYERS_NOW;
	env->modes = MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPUBLIC;
	env->max_parts = 10;
	env->repeat_check = 1;
	env->rng = rng;
}
