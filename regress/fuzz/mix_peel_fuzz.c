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

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "lib/layers.h"
#include "lib/testutil.h"
#include "mixtasy/layer.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

#define SELF	"mixtasy@node5.example.net"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* The secret subkey packet of mix 5 of the vectors. */
static const uint8_t secret[] = {
	0x04, 0x65, 0x92, 0x00, 0x80, 0x12, 0x0a, 0x2b, 0x06, 0x01,
	0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01, 0x01, 0x07, 0x40,
	0xe9, 0x0c, 0x98, 0x39, 0xaa, 0x37, 0xd5, 0x9d, 0x34, 0x6e,
	0x52, 0xc3, 0x6c, 0x12, 0xe4, 0x09, 0x1d, 0x67, 0xff, 0x9d,
	0x8f, 0x28, 0x2a, 0x00, 0x14, 0xad, 0xe3, 0xb1, 0x90, 0xfb,
	0x06, 0x62, 0x03, 0x01, 0x08, 0x07, 0x00, 0x00, 0xff, 0x59,
	0xd5, 0xc8, 0xe8, 0xb5, 0x0f, 0x17, 0x2b, 0xe8, 0x31, 0x39,
	0x42, 0x7b, 0xa1, 0xc7, 0xd1, 0xf9, 0xb7, 0xb2, 0x62, 0xee,
	0xbe, 0xad, 0x3b, 0x72, 0xcb, 0xd3, 0x91, 0x43, 0xe0, 0x8a,
	0x20, 0x12, 0xf1
};

/* What fits behind the session key packet and the headers. */
#define PLAIN_MAX	(MIX_BODY_LEN - 96 - 1 - PGP_SED_PREFIX)

static struct mix_subkey key;
static struct test_rng rng_state;
static struct rng rng;

static void
check(const struct mix_peeled *p)
{
	static struct mix_peeled empty;
	struct mix_peeled copy;

	assert((p->verdict == MIX_DESTROY || p->verdict == MIX_DESTROY_SET) ==
	    (p->reason != MIX_REASON_NONE));
	assert(p->body_len <= MIX_BODY_LEN);
	switch (p->verdict) {
	case MIX_DESTROY:
		copy = *p;
		copy.reason = MIX_REASON_NONE;
		assert(memcmp(&copy, &empty, sizeof(copy)) == 0);
		break;
	case MIX_FORWARD:
		assert(p->body_len == MIX_BODY_LEN);
		assert(strncmp(p->next, "mixtasy@", 8) == 0);
		break;
	case MIX_DELIVER:
		assert(strchr(p->rcpt, '@') != NULL);
		break;
	case MIX_HOLD:
		assert(p->part >= 1 && p->part <= p->total);
		assert((p->part == 1) == (p->rcpt[0] != '\0'));
		break;
	case MIX_DESTROY_SET:
		assert(p->part == 1 && p->body_len == 0);
		assert(p->id[0] != '\0' && p->rcpt[0] == '\0');
		break;
	case MIX_DISCARD:
		assert(p->body_len == 0);
		break;
	}
}

/*
 * Three kinds of input: an encrypted body (begins as a session key packet), a
 * plaintext that is encrypted as it is (begins as another packet), and a
 * message that gets a literal packet and its Verification line first.
 */
static void
make_body(const uint8_t *data, size_t len, uint8_t body[MIX_BODY_LEN])
{
	static uint8_t plain[MIX_BODY_LEN];

	if (len > 0 && (data[0] & 0xfc) == 0x84) {
		rng_fill(&rng, body, MIX_BODY_LEN);
		memcpy(body, data, len < MIX_BODY_LEN ? len : MIX_BODY_LEN);
		return;
	}
	if (len == 0 || (data[0] & 0x80) != 0) {
		if (len > PLAIN_MAX)
			len = PLAIN_MAX;
		memcpy(plain, data, len);
	} else {
		if (len > MIX_BODY_LEN - 1024)
			len = MIX_BODY_LEN - 1024;
		len = layers_plain("", data, len, plain);
	}
	layers_encrypt(&key.key.pub, &rng, plain, len, body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct mix_peeled peeled;
	uint8_t body[MIX_BODY_LEN];
	struct mix_peel_env env;

	rng = test_rng(&rng_state, 1);
	assert(pgp_seckey_read(secret, sizeof(secret), &key.key) == 0);
	make_body(data, len, body);
	layers_env(SELF, &key, 1, &rng, &env);
	mix_peel(&env, body, &peeled);
	check(&peeled);
	return (0);
}
