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

#ifndef REGRESS_MIXTASY_ROSTERTEST_H
#define REGRESS_MIXTASY_ROSTERTEST_H

#include <sys/types.h>

#include <atf-c.h>
#include <string.h>

#include "lib/certify.h"
#include "mixtasy/roster.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"

/* A roster, a mix, and neutral keys that certify it, for tests. */

#define NOW	((time_t)1750000000)
#define T0	(1750000000U - 1000)
#define ADDRESS	"mixtasy@node1.example.net"
#define UID	"Mix (mixtasy-mode:middleman,exitpublic) <" ADDRESS ">"

/* A certificate that grows in a buffer. */
struct cert {
	struct pgp_seckey	primary;
	uint8_t			buf[16384];
	size_t			len;
};

static struct cert mix, copy, one, two;
static struct roster roster;
static size_t counts[ROSTER_NERRORS];

static inline void
begin(struct cert *c, const char *uid, time_t expires)
{
	ATF_REQUIRE_EQ(0, pgp_key_generate(&c->primary, PGP_ALG_EDDSA, 0,
	    T0));
	c->len = (size_t)pgp_cert_begin(&c->primary, uid, expires, T0, c->buf);
	ATF_REQUIRE(c->len < sizeof(c->buf));
}

static inline void
add_subkey(struct cert *c, time_t expires)
{
	struct pgp_seckey sub;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sub, PGP_ALG_ECDH, 0, T0));
	c->len += (size_t)pgp_cert_add_subkey(&c->primary, &sub.pub, expires,
	    T0, c->buf + c->len);
	ATF_REQUIRE(c->len < sizeof(c->buf));
}

/* A certification is put behind the user id: in front of the first subkey. */
static inline void
sign(struct cert *c, const struct cert *by, uint8_t type, uint32_t created)
{
	struct certify how = { type, created, 0, 0, 0, 0 };
	uint8_t *at = c->buf, sig[PGP_SIG_MAX];
	struct pgp_packet pkt;
	size_t n;

	while (pgp_packet_read(at, (size_t)(c->buf + c->len - at),
	    &pkt) == 0 && pkt.tag != PGP_TAG_PUBLIC_SUBKEY)
		at += pkt.header_len + pkt.body_len;
	n = certify(&how, &by->primary, &c->primary.pub, UID, sig);
	memmove(at + n, at, (size_t)(c->buf + c->len - at));
	memcpy(at, sig, n);
	c->len += n;
}

static inline size_t
add(const struct cert *c)
{
	return (roster_add(&roster, c->buf, c->len, NOW, counts));
}

static inline size_t
trust(const struct cert *c)
{
	return (roster_trust_add(&roster, c->buf, c->len, NOW, counts));
}

static inline void
start(void)
{
	roster_init(&roster);
	memset(counts, 0, sizeof(counts));
}

/* A mix, and two neutral keys. */
static inline void
set_up(void)
{
	start();
	begin(&mix, UID, 0);
	add_subkey(&mix, NOW + 5000);
	begin(&one, "One", 0);
	begin(&two, "Two <two@neutral.example>", 0);
}

static inline unsigned int
rank(void)
{
	const struct roster_mix *m = roster_find(&roster, ADDRESS);

	ATF_REQUIRE(m != NULL);
	return (m->rank);
}

#endif
