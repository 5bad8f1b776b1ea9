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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "lib/layers.h"
#include "lib/testutil.h"
#include "lib/vectors.h"
#include "mixtasy/roster.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"

#define NOW	((time_t)LAYERS_NOW)
#define ADDRESS	"mixtasy@node1.example.net"
#define UID	"Mix (mixtasy-mode:middleman,exitpublic) <" ADDRESS ">"

/* A certificate that grows in a buffer. */
struct cert {
	struct pgp_seckey	primary;
	struct pgp_pubkey	last;		/* newest subkey */
	uint8_t			buf[16384];
	size_t			len;
};

static struct cert cert, other;
static struct roster roster;
static size_t counts[ROSTER_NERRORS];

static void
begin_until(struct cert *c, const char *uid, time_t expires, time_t now)
{
	ssize_t n;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&c->primary, PGP_ALG_EDDSA, 0,
	    now));
	n = pgp_cert_begin(&c->primary, uid, expires, now, c->buf);
	ATF_REQUIRE(n != -1);
	c->len = (size_t)n;
}

static void
begin(struct cert *c, const char *uid)
{
	begin_until(c, uid, 0, NOW - 100);
}

static void
add_subkey(struct cert *c, time_t created, time_t expires)
{
	struct pgp_seckey sub;
	ssize_t n;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sub, PGP_ALG_ECDH, 0, created));
	n = pgp_cert_add_subkey(&c->primary, &sub.pub, expires, created,
	    c->buf + c->len);
	ATF_REQUIRE(n != -1);
	c->len += (size_t)n;
	c->last = sub.pub;
}

/* A revocation belongs behind the primary: it is put there. */
static void
revoke_primary(struct cert *c)
{
	uint8_t sig[2048];
	size_t head = 2 + c->buf[1];
	ssize_t n;

	ATF_REQUIRE_EQ(0x98, c->buf[0]);
	n = pgp_cert_revoke(&c->primary, NOW - 5, sig);
	ATF_REQUIRE(n != -1);
	memmove(c->buf + head + n, c->buf + head, c->len - head);
	memcpy(c->buf + head, sig, (size_t)n);
	c->len += (size_t)n;
}

static size_t
add(const struct cert *c)
{
	return (roster_add(&roster, c->buf, c->len, NOW, counts));
}

static void
start(void)
{
	roster_init(&roster);
	memset(counts, 0, sizeof(counts));
}

/* The one error that a certificate gives; and nothing is in the roster. */
static void
check_left_out(const struct cert *c, enum roster_error error)
{
	start();
	ATF_CHECK_EQ(0, add(c));
	ATF_CHECK_EQ_MSG(1, counts[error], "%s", roster_strerror(error));
	ATF_CHECK_EQ(0, roster.nmixes);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_takes_the_keys_of_the_vectors);
ATF_TC_BODY(roster_takes_the_keys_of_the_vectors, tc)
{
	char name[32];
	const struct roster_mix *mix;
	uint8_t *text;
	size_t len;
	int i;

	start();
	for (i = 1; i <= 9; i++) {
		(void)snprintf(name, sizeof(name), "keys/mix%d.pub.asc", i);
		text = test_read_file(vectors_path(name), &len);
		ATF_REQUIRE(text != NULL);
		(void)roster_add(&roster, text, len, NOW, counts);
		free(text);
	}
	ATF_CHECK_EQ(8, roster.nmixes);
	ATF_CHECK_EQ(8, counts[ROSTER_OK]);
	/* The rotating key: all its subkeys are over. */
	ATF_CHECK_EQ(1, counts[ROSTER_NO_SUBKEY]);
	mix = roster_find(&roster, "Mixtasy@NODE5.example.net");
	ATF_REQUIRE(mix != NULL);
	ATF_CHECK_STREQ("mixtasy@node5.example.net", mix->address);
	ATF_CHECK_EQ(MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPUBLIC, mix->modes);
	ATF_CHECK_EQ(PGP_ALG_ECDH, mix->subkey.alg);
	ATF_CHECK(mix == roster_find_domain(&roster, "node5.example.net"));
	ATF_CHECK(roster_find(&roster, "mixtasy@node9.example.net") == NULL);
	ATF_CHECK(roster_find_domain(&roster, "example.net") == NULL);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_is_sorted_and_does_not_depend_on_order);
ATF_TC_BODY(roster_is_sorted_and_does_not_depend_on_order, tc)
{
	uint8_t one[32], two[32], empty[32];

	start();
	roster_digest(&roster, empty);
	begin(&cert, "<mixtasy@b.example>");
	add_subkey(&cert, NOW - 10, NOW + 1000);
	begin(&other, "mixtasy@a.example");
	add_subkey(&other, NOW - 10, NOW + 1000);
	ATF_CHECK_EQ(1, add(&cert));
	ATF_CHECK_EQ(1, add(&other));
	ATF_REQUIRE_EQ(2, roster.nmixes);
	ATF_CHECK_STREQ("mixtasy@a.example", roster.mixes[0].address);
	ATF_CHECK_EQ(MIX_MODE_MIDDLEMAN, roster.mixes[0].modes);
	roster_digest(&roster, one);
	roster_clear(&roster);

	start();
	ATF_CHECK_EQ(1, add(&other));
	ATF_CHECK_EQ(1, add(&cert));
	roster_digest(&roster, two);
	ATF_CHECK(memcmp(one, two, sizeof(one)) == 0);
	ATF_CHECK(memcmp(one, empty, sizeof(one)) != 0);
	roster.mixes[1].subkey_expires++;
	roster_digest(&roster, two);
	ATF_CHECK(memcmp(one, two, sizeof(one)) != 0);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_reads_armored_blocks_one_after_another);
ATF_TC_BODY(roster_reads_armored_blocks_one_after_another, tc)
{
	static char text[65536];
	size_t len;

	start();
	begin(&cert, "<mixtasy@a.example>");
	add_subkey(&cert, NOW - 10, 0);
	begin(&other, "<mixtasy@b.example>");
	add_subkey(&other, NOW - 10, 0);
	len = pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, cert.buf, cert.len, 0,
	    text);
	len += pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, other.buf, other.len, 1,
	    text + len);
	ATF_CHECK_EQ(2, roster_add(&roster, (uint8_t *)text, len, NOW,
	    counts));
	ATF_CHECK_EQ(2, roster.nmixes);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_walks_a_binary_keyring);
ATF_TC_BODY(roster_walks_a_binary_keyring, tc)
{
	static uint8_t ring[2 * sizeof(cert.buf)];

	start();
	begin(&cert, "<mixtasy@a.example>");
	add_subkey(&cert, NOW - 10, 0);
	begin(&other, "someone <a@b.example>");
	memcpy(ring, other.buf, other.len);
	memcpy(ring + other.len, cert.buf, cert.len);
	ATF_CHECK_EQ(1, roster_add(&roster, ring, other.len + cert.len, NOW,
	    counts));
	ATF_CHECK_EQ(1, counts[ROSTER_FOREIGN]);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_uses_the_subkey_that_expires_last);
ATF_TC_BODY(roster_uses_the_subkey_that_expires_last, tc)
{
	struct pgp_pubkey best;

	start();
	begin(&cert, UID);
	add_subkey(&cert, NOW - 50, NOW + 10);
	add_subkey(&cert, NOW - 40, NOW + 2000);
	best = cert.last;
	add_subkey(&cert, NOW - 30, NOW + 1000);
	add_subkey(&cert, NOW + 30, NOW + 9000);
	ATF_CHECK_EQ(1, add(&cert));
	ATF_CHECK(memcmp(best.fpr, roster.mixes[0].subkey.fpr,
	    PGP_FPR_LEN) == 0);
	ATF_CHECK_EQ(LAYERS_NOW + 2000, roster.mixes[0].subkey_expires);

	/* One that never expires is the last of all. */
	add_subkey(&cert, NOW - 20, 0);
	ATF_CHECK_EQ(1, add(&cert));
	ATF_CHECK_EQ(1, roster.nmixes);
	ATF_CHECK_EQ(0, roster.mixes[0].subkey_expires);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_keeps_the_newer_copy_of_a_certificate);
ATF_TC_BODY(roster_keeps_the_newer_copy_of_a_certificate, tc)
{
	start();
	begin(&cert, UID);
	add_subkey(&cert, NOW - 50, NOW + 100);
	other = cert;
	add_subkey(&cert, NOW - 10, NOW + 500);
	ATF_CHECK_EQ(1, add(&cert));
	ATF_CHECK_EQ(1, add(&other));
	ATF_REQUIRE_EQ(1, roster.nmixes);
	ATF_CHECK_EQ(LAYERS_NOW + 500, roster.mixes[0].subkey_expires);
	roster_clear(&roster);
	start();
	ATF_CHECK_EQ(1, add(&other));
	ATF_CHECK_EQ(1, add(&cert));
	ATF_CHECK_EQ(LAYERS_NOW + 500, roster.mixes[0].subkey_expires);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_leaves_out_certificates_without_a_mix_address);
ATF_TC_BODY(roster_leaves_out_certificates_without_a_mix_address, tc)
{
	static const char *const uids[] = { "Mix <mix@node1.example.net>",
	    "mixtasy@localhost", "Mix <" ADDRESS "> x", "", "Mix <>" };
	size_t i;

	for (i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
		begin(&cert, uids[i]);
		add_subkey(&cert, NOW - 10, 0);
		check_left_out(&cert, ROSTER_FOREIGN);
	}
}

ATF_TC_WITHOUT_HEAD(roster_leaves_out_what_is_over_or_not_yet);
ATF_TC_BODY(roster_leaves_out_what_is_over_or_not_yet, tc)
{
	begin_until(&cert, UID, NOW, NOW - 100);
	add_subkey(&cert, NOW - 10, 0);
	check_left_out(&cert, ROSTER_EXPIRED);
	begin(&cert, UID);
	check_left_out(&cert, ROSTER_NO_SUBKEY);
	add_subkey(&cert, NOW - 10, NOW);
	add_subkey(&cert, NOW + 10, 0);
	check_left_out(&cert, ROSTER_NO_SUBKEY);
}

ATF_TC_WITHOUT_HEAD(roster_bars_a_revoked_primary_in_any_order);
ATF_TC_BODY(roster_bars_a_revoked_primary_in_any_order, tc)
{
	begin(&cert, UID);
	add_subkey(&cert, NOW - 10, 0);
	other = cert;
	revoke_primary(&cert);
	check_left_out(&cert, ROSTER_REVOKED);
	start();
	ATF_CHECK_EQ(1, add(&other));
	ATF_CHECK_EQ(0, add(&cert));
	ATF_CHECK_EQ(0, roster.nmixes);
	ATF_CHECK_EQ(0, add(&other));
	ATF_CHECK_EQ(0, add(&cert));
	ATF_CHECK_EQ(0, roster.nmixes);
	ATF_CHECK_EQ(1, roster.nbars);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_leaves_out_both_that_claim_one_address);
ATF_TC_BODY(roster_leaves_out_both_that_claim_one_address, tc)
{
	begin(&cert, UID);
	add_subkey(&cert, NOW - 10, 0);
	begin(&other, "Impostor <MIXTASY@node1.example.net>");
	add_subkey(&other, NOW - 10, 0);
	start();
	ATF_CHECK_EQ(1, add(&cert));
	ATF_CHECK_EQ(0, add(&other));
	ATF_CHECK_EQ(0, roster.nmixes);
	/* And it stays so. */
	ATF_CHECK_EQ(0, add(&cert));
	ATF_CHECK_EQ(0, add(&cert));
	ATF_CHECK_EQ(0, roster.nmixes);
	ATF_CHECK_EQ(3, counts[ROSTER_DUPLICATE]);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_passes_over_what_is_no_certificate);
ATF_TC_BODY(roster_passes_over_what_is_no_certificate, tc)
{
	static const uint8_t junk[] = { 0x99, 0xff, 0xff, 0, 1, 2 };

	start();
	ATF_CHECK_EQ(0, roster_add(&roster, junk, sizeof(junk), NOW, counts));
	ATF_CHECK_EQ(1, counts[ROSTER_BROKEN]);
	ATF_CHECK_EQ(0, roster_add(&roster, (const uint8_t *)"text", 4, NOW,
	    counts));
	ATF_CHECK_EQ(0, roster_add(&roster, junk, 0, NOW, counts));
	ATF_CHECK_EQ(0, roster.nmixes);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(roster_takes_many_mixes);
ATF_TC_BODY(roster_takes_many_mixes, tc)
{
	char uid[64];
	int i;

	start();
	for (i = 0; i < 100; i++) {
		(void)snprintf(uid, sizeof(uid), "<mixtasy@n%d.example>",
		    i * 37 % 100);
		begin(&cert, uid);
		add_subkey(&cert, NOW - 10, 0);
		ATF_CHECK_EQ(1, add(&cert));
	}
	ATF_REQUIRE_EQ(100, roster.nmixes);
	for (i = 1; i < 100; i++)
		ATF_CHECK(strcmp(roster.mixes[i - 1].address,
		    roster.mixes[i].address) < 0);
	ATF_CHECK(roster_find(&roster, "mixtasy@n99.example") != NULL);
	ATF_CHECK(roster_find(&roster, "mixtasy@n100.example") == NULL);
	roster_clear(&roster);
}

ATF_TC_WITHOUT_HEAD(modes_come_from_the_comment);
ATF_TC_BODY(modes_come_from_the_comment, tc)
{
	static const struct {
		const char	*uid;
		unsigned int	 modes;
	} uids[] = {
		{ ADDRESS, MIX_MODE_MIDDLEMAN },
		{ "Mix <" ADDRESS ">", MIX_MODE_MIDDLEMAN },
		{ "Mix (a comment) <" ADDRESS ">", MIX_MODE_MIDDLEMAN },
		{ "Mix (mixtasy-mode:exitpublic) <" ADDRESS ">",
		    MIX_MODE_EXITPUBLIC },
		{ "(mixtasy-mode:exitprivate,middleman) <" ADDRESS ">",
		    MIX_MODE_MIDDLEMAN | MIX_MODE_EXITPRIVATE },
		{ "(x) (a:b mixtasy-mode:exitprivate c:d) <" ADDRESS ">",
		    MIX_MODE_EXITPRIVATE },
		{ "(mixtasy-mode:future,exitpublic) <" ADDRESS ">",
		    MIX_MODE_EXITPUBLIC },
		{ "(mixtasy-mode:) <" ADDRESS ">", 0 },
		{ "(mixtasy-mode:exitpublicx) <" ADDRESS ">", 0 },
		{ "(xmixtasy-mode:exitpublic) <" ADDRESS ">",
		    MIX_MODE_MIDDLEMAN },
		{ "mixtasy-mode:exitpublic <" ADDRESS ">",
		    MIX_MODE_MIDDLEMAN },
		{ ")mixtasy-mode:exitpublic( <" ADDRESS ">",
		    MIX_MODE_MIDDLEMAN },
		{ "Mix <" ADDRESS "> (mixtasy-mode:exitpublic)",
		    MIX_MODE_MIDDLEMAN },
		{ "", MIX_MODE_MIDDLEMAN }
	};
	size_t i;

	for (i = 0; i < sizeof(uids) / sizeof(uids[0]); i++)
		ATF_CHECK_EQ_MSG(uids[i].modes, roster_modes(uids[i].uid),
		    "%s: %u", uids[i].uid, roster_modes(uids[i].uid));
}

ATF_TC_WITHOUT_HEAD(errors_have_texts_of_their_own);
ATF_TC_BODY(errors_have_texts_of_their_own, tc)
{
	int a, b;

	for (a = 0; a < ROSTER_NERRORS; a++)
		for (b = 0; b < a; b++)
			ATF_CHECK(strcmp(roster_strerror((enum roster_error)a),
			    roster_strerror((enum roster_error)b)) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, roster_takes_the_keys_of_the_vectors);
	ATF_TP_ADD_TC(tp, roster_is_sorted_and_does_not_depend_on_order);
	ATF_TP_ADD_TC(tp, roster_reads_armored_blocks_one_after_another);
	ATF_TP_ADD_TC(tp, roster_walks_a_binary_keyring);
	ATF_TP_ADD_TC(tp, roster_uses_the_subkey_that_expires_last);
	ATF_TP_ADD_TC(tp, roster_keeps_the_newer_copy_of_a_certificate);
	ATF_TP_ADD_TC(tp,
	    roster_leaves_out_certificates_without_a_mix_address);
	ATF_TP_ADD_TC(tp, roster_leaves_out_what_is_over_or_not_yet);
	ATF_TP_ADD_TC(tp, roster_bars_a_revoked_primary_in_any_order);
	ATF_TP_ADD_TC(tp, roster_leaves_out_both_that_claim_one_address);
	ATF_TP_ADD_TC(tp, roster_passes_over_what_is_no_certificate);
	ATF_TP_ADD_TC(tp, roster_takes_many_mixes);
	ATF_TP_ADD_TC(tp, modes_come_from_the_comment);
	ATF_TP_ADD_TC(tp, errors_have_texts_of_their_own);
	return (atf_no_error());
}
