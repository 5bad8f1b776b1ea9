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

/* The long-term key, and the certificate that others read. */

#include <sys/types.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"

#include "keys_cert.h"
#include "lib/testutil.h"

#define NOW	1800000000

static struct proto_conf_global	g;
static uint8_t			fpr[PGP_FPR_LEN];
static char			errbuf[256];

static int
primary(int others)
{
	errbuf[0] = '\0';

	return (keys_cert_primary(&g, NOW, others, fpr, errbuf,
	    sizeof(errbuf)));
}

static void
begin(unsigned int modes)
{
	memset(&g, 0, sizeof(g));
	strlcpy(g.hostname, "mix1.example", sizeof(g.hostname));
	strlcpy(g.address, "mixtasy@mix1.example", sizeof(g.address));
	g.modes = modes;
	ATF_REQUIRE_EQ_MSG(0, primary(0), "%s", errbuf);
}

/* What others make of the published file at a time. */
static void
read_cert(struct pgp_cert *cert, time_t now)
{
	size_t len, consumed;
	uint8_t *buf = test_read_file(KEYS_CERT_FILE, &len);

	ATF_REQUIRE(buf != NULL);
	ATF_REQUIRE_EQ(PGP_CERT_OK, pgp_cert_parse(buf, len, now, 0, cert,
	    &consumed));
	ATF_REQUIRE_EQ(len, consumed);
	free(buf);
}

static void
publish(time_t now, const struct keys_cert_subkey *list, size_t n)
{
	ATF_REQUIRE_EQ_MSG(0, keys_cert_publish(&g, now, list, n, errbuf,
	    sizeof(errbuf)), "%s", errbuf);
}

ATF_TC_WITHOUT_HEAD(a_primary_is_made_once);
ATF_TC_BODY(a_primary_is_made_once, tc)
{
	uint8_t first[PGP_FPR_LEN];
	struct stat st;

	begin(MIX_MODE_MIDDLEMAN);
	memcpy(first, fpr, sizeof(first));
	ATF_REQUIRE_EQ(0, stat(KEYS_PRIMARY_FILE, &st));
	ATF_REQUIRE_EQ(0600, st.st_mode & 07777);
	memset(fpr, 0, sizeof(fpr));
	ATF_REQUIRE_EQ(0, primary(0));
	ATF_REQUIRE_EQ(0, memcmp(first, fpr, sizeof(first)));
	ATF_REQUIRE_EQ(0, primary(1));
	ATF_REQUIRE_EQ(0, memcmp(first, fpr, sizeof(first)));
}

ATF_TC_WITHOUT_HEAD(a_lost_primary_is_not_made_anew);
ATF_TC_BODY(a_lost_primary_is_not_made_anew, tc)
{
	begin(MIX_MODE_MIDDLEMAN);
	ATF_REQUIRE_EQ(0, unlink(KEYS_PRIMARY_FILE));
	ATF_REQUIRE_EQ(-1, primary(1));
	ATF_REQUIRE_MSG(strstr(errbuf, KEYS_PRIMARY_FILE " is missing: "
	    "restore it") != NULL, "%s", errbuf);
	ATF_REQUIRE_EQ(-1, access(KEYS_PRIMARY_FILE, F_OK));
	ATF_REQUIRE_EQ(-1, keys_cert_publish(&g, NOW, NULL, 0, errbuf,
	    sizeof(errbuf)));
	ATF_REQUIRE_EQ(-1, access(KEYS_CERT_FILE, F_OK));
}

ATF_TC_WITHOUT_HEAD(a_damaged_primary_is_left_as_it_is);
ATF_TC_BODY(a_damaged_primary_is_left_as_it_is, tc)
{
	uint8_t *good, *now;
	size_t len, cut, now_len;

	begin(MIX_MODE_MIDDLEMAN);
	good = test_read_file(KEYS_PRIMARY_FILE, &len);
	ATF_REQUIRE(good != NULL);
	for (cut = 0; cut < len; cut += 5) {
		ATF_REQUIRE_EQ(0, test_write_file(KEYS_PRIMARY_FILE, good,
		    cut));
		ATF_REQUIRE_EQ_MSG(-1, primary(0), "cut at %zu", cut);
		ATF_REQUIRE_MSG(strstr(errbuf, "damaged: restore it") != NULL,
		    "%s", errbuf);
		now = test_read_file(KEYS_PRIMARY_FILE, &now_len);
		ATF_REQUIRE(now != NULL && now_len == cut);
		free(now);
	}
	ATF_REQUIRE_EQ(0, test_write_file(KEYS_PRIMARY_FILE, good, len));
	ATF_REQUIRE_EQ(0, primary(0));
	free(good);
}

ATF_TC_WITHOUT_HEAD(a_certificate_shows_name_and_modes);
ATF_TC_BODY(a_certificate_shows_name_and_modes, tc)
{
	static const struct {
		unsigned int	 modes;
		const char	*text;
	} names[] = {
		{ MIX_MODE_MIDDLEMAN, "middleman" },
		{ MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPRIVATE,
		    "middleman,exitprivate" },
		{ MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPRIVATE |
		    MIX_MODE_EXITPUBLIC,
		    "middleman,exitprivate,exitpublic" },
		{ MIX_MODE_EXITPUBLIC, "exitpublic" }
	};
	struct pgp_cert cert;
	char *expected;
	size_t i;

	begin(MIX_MODE_MIDDLEMAN);
	for (i = 0; i < nitems(names); i++) {
		g.modes = names[i].modes;
		publish(NOW + (time_t)i, NULL, 0);
		read_cert(&cert, NOW + 60);
		ATF_REQUIRE(asprintf(&expected, "mix1.example (mixtasy-mode:"
		    "%s) <mixtasy@mix1.example>", names[i].text) != -1);
		ATF_REQUIRE_STREQ(expected, cert.uid);
		ATF_REQUIRE_EQ(1, cert.nuids);
		ATF_REQUIRE_EQ(0, memcmp(fpr, cert.primary.fpr, sizeof(fpr)));
		ATF_REQUIRE_EQ(PGP_FLAG_CERTIFY, cert.flags);
		ATF_REQUIRE_EQ(0, cert.expires);
		ATF_REQUIRE(!cert.revoked);
		ATF_REQUIRE_EQ(0, cert.nsubkeys);
		free(expected);
		pgp_cert_clear(&cert);
	}
}

ATF_TC_WITHOUT_HEAD(a_certificate_has_its_subkeys_and_their_expiry);
ATF_TC_BODY(a_certificate_has_its_subkeys_and_their_expiry, tc)
{
	static struct pgp_seckey keys[2];
	struct keys_cert_subkey list[2];
	const struct pgp_subkey *s;
	struct pgp_cert cert;
	size_t i, j;

	begin(MIX_MODE_MIDDLEMAN);
	ATF_REQUIRE_EQ(0, pgp_key_generate(&keys[0], PGP_ALG_ECDH, 0, NOW));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&keys[1], PGP_ALG_RSA, 2048,
	    NOW + 86400));
	for (i = 0; i < 2; i++) {
		list[i].pub = &keys[i].pub;
		list[i].expires = keys[i].pub.created + 172800;
	}
	publish(NOW + 86400, list, 2);
	read_cert(&cert, NOW + 86460);
	ATF_REQUIRE_EQ(2, cert.nsubkeys);
	for (i = 0; i < 2; i++) {
		s = NULL;
		for (j = 0; j < 2; j++)
			if (memcmp(cert.subkeys[j].pub.fpr, keys[i].pub.fpr,
			    PGP_FPR_LEN) == 0)
				s = &cert.subkeys[j];
		ATF_REQUIRE(s != NULL);
		ATF_REQUIRE_EQ(list[i].expires, s->expires);
		ATF_REQUIRE_EQ(PGP_FLAG_ENCRYPT, s->flags);
		ATF_REQUIRE(!s->revoked);
		ATF_REQUIRE(pgp_subkey_usable(s, NOW + 86460));
		ATF_REQUIRE(!pgp_subkey_usable(s, (time_t)s->expires + 1));
	}
	pgp_cert_clear(&cert);

	/* The next one has what it is given, and nothing more. */
	publish(NOW + 180000, list + 1, 1);
	read_cert(&cert, NOW + 180060);
	ATF_REQUIRE_EQ(1, cert.nsubkeys);
	ATF_REQUIRE_EQ(0, memcmp(cert.subkeys[0].pub.fpr, keys[1].pub.fpr,
	    PGP_FPR_LEN));
	pgp_cert_clear(&cert);
}

ATF_TC_WITHOUT_HEAD(a_certificate_has_room_for_all_subkeys);
ATF_TC_BODY(a_certificate_has_room_for_all_subkeys, tc)
{
	static struct pgp_seckey key;
	struct keys_cert_subkey list[PROTO_STATUS_KEYS_MAX];
	struct pgp_cert cert;
	size_t i;

	/* One key again and again, and a long one: what counts is the size. */
	begin(MIX_MODE_MIDDLEMAN);
	ATF_REQUIRE_EQ(0, pgp_key_generate(&key, PGP_ALG_RSA, 2048, NOW));
	memset(key.pub.n, 0xa5, PGP_RSA_MAX);
	key.pub.n_len = PGP_RSA_MAX;
	for (i = 0; i < nitems(list); i++) {
		list[i].pub = &key.pub;
		list[i].expires = NOW + 1000 + i;
	}
	publish(NOW, list, nitems(list));
	read_cert(&cert, NOW + 60);
	ATF_REQUIRE(cert.nsubkeys >= 1);
	pgp_cert_clear(&cert);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_primary_is_made_once);
	ATF_TP_ADD_TC(tp, a_lost_primary_is_not_made_anew);
	ATF_TP_ADD_TC(tp, a_damaged_primary_is_left_as_it_is);
	ATF_TP_ADD_TC(tp, a_certificate_shows_name_and_modes);
	ATF_TP_ADD_TC(tp, a_certificate_has_its_subkeys_and_their_expiry);
	ATF_TP_ADD_TC(tp, a_certificate_has_room_for_all_subkeys);

	return (atf_no_error());
}
