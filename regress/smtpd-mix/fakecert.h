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

#ifndef REGRESS_FAKECERT_H
#define REGRESS_FAKECERT_H

#include <sys/types.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "lib/certify.h"
#include "openpgp/cert.h"
#include "openpgp/key.h"
#include "openpgp/packet.h"

/* Certificates of mixes, that grow in a buffer; to be included by a test. */
struct fakecert {
	struct pgp_seckey	primary;
	char			uid[256];
	time_t			made;
	uint8_t			buf[16384];
	size_t			len;
};

static inline void
fakecert_begin(struct fakecert *c, const char *uid, time_t made)
{
	memset(c, 0, sizeof(*c));
	c->made = made;
	strlcpy(c->uid, uid, sizeof(c->uid));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&c->primary, PGP_ALG_EDDSA, 0,
	    made));
	c->len = (size_t)pgp_cert_begin(&c->primary, uid, 0, made, c->buf);
	ATF_REQUIRE(c->len < sizeof(c->buf));
}

static inline void
fakecert_subkey(struct fakecert *c, time_t expires)
{
	struct pgp_seckey sub;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sub, PGP_ALG_ECDH, 0, c->made));
	c->len += (size_t)pgp_cert_add_subkey(&c->primary, &sub.pub, expires,
	    c->made, c->buf + c->len);
	ATF_REQUIRE(c->len < sizeof(c->buf));
}

/* "mixtasy@name", with a subkey. */
static inline void
fakecert_mix(struct fakecert *c, const char *domain, time_t made,
    time_t expires)
{
	char uid[256];

	(void)snprintf(uid, sizeof(uid), "%s (mixtasy-mode:middleman) "
	    "<mixtasy@%s>", domain, domain);
	fakecert_begin(c, uid, made);
	fakecert_subkey(c, expires);
}

static inline void
fakecert_insert(struct fakecert *c, unsigned int before, const uint8_t *sig,
    size_t n)
{
	uint8_t *at = c->buf;
	struct pgp_packet pkt;

	while (pgp_packet_read(at, (size_t)(c->buf + c->len - at),
	    &pkt) == 0 && pkt.tag != before)
		at += pkt.header_len + pkt.body_len;
	memmove(at + n, at, (size_t)(c->buf + c->len - at));
	memcpy(at, sig, n);
	c->len += n;
	ATF_REQUIRE(c->len < sizeof(c->buf));
}

/* A certification of the user id: in front of the first subkey. */
static inline void
fakecert_sign(struct fakecert *c, const struct fakecert *by, uint8_t type,
    time_t created)
{
	struct certify how = { type, (uint32_t)created, 0, 0, 0, 0 };
	uint8_t sig[PGP_SIG_MAX];
	size_t n;

	n = certify(&how, &by->primary, &c->primary.pub, c->uid, sig);
	fakecert_insert(c, PGP_TAG_PUBLIC_SUBKEY, sig, n);
}

static inline void
fakecert_revoke(struct fakecert *c)
{
	uint8_t sig[PGP_CERT_SUBKEY_MAX];
	ssize_t n;

	n = pgp_cert_revoke(&c->primary, c->made + 1, sig);
	ATF_REQUIRE(n != -1);
	fakecert_insert(c, PGP_TAG_USER_ID, sig, (size_t)n);
}

#endif
