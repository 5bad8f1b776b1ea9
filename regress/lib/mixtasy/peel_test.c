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
#include "mixtasy/layer.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

#define SELF	"mixtasy@node1.example.net"
#define NEXT	"mixtasy@node2.example.net"
#define TYPE	"Remailer-Type: Mixtasy v1\r\n"
#define FORWARD	TYPE "To: " NEXT "\r\n\r\n"
#define FINAL	"Mixtasy-ID: a\r\nMixtasy-Type: singlepart\r\n" TYPE "\r\n"
#define PART	"Mixtasy-ID: a\r\nMixtasy-Type: multipart\r\nPart: 1/2\r\n" \
		TYPE "\r\n"
#define PART_2	"Mixtasy-ID: a\r\nMixtasy-Type: multipart\r\nPart: 2/2\r\n" \
		TYPE "\r\n"
#define DUMMY	"Mixtasy-ID: a\r\nMixtasy-Type: dummy\r\n" TYPE "\r\n"
#define MAIL	"To: frank@rcpt.example.org\r\n\r\nHello\r\n"

static struct mix_hop hop;
static struct mix_subkey secret;
static struct mix_peel_env env;
static struct mix_peeled peeled;
static struct test_rng rng_state;
static struct rng rng;
static uint8_t plain[MIX_BODY_LEN], body[MIX_BODY_LEN];
static size_t plain_len;

static void
set_up(void)
{
	rng = test_rng(&rng_state, 21);
	layers_hops(1, PGP_ALG_ECDH, "node", &hop, &secret);
	layers_env(SELF, &secret, 1, &rng, &env);
}

/* Encrypts plain, and peels it. */
static enum mix_reason
peel_plain(void)
{
	layers_encrypt(&hop.subkey, &rng, plain, plain_len, body);
	mix_peel(&env, body, &peeled);
	return (peeled.reason);
}

/* The same for a header and a literal packet that may be of any form. */
static enum mix_reason
peel_with(const char *header, const void *content, size_t len)
{
	plain_len = layers_plain(header, content, len, plain);
	return (peel_plain());
}

/* A literal packet with the octets as payload. */
static size_t
literal(const char *payload, uint8_t *out)
{
	size_t len = strlen(payload);
	uint8_t *p = out;

	p += pgp_packet_header(p, PGP_TAG_LITERAL,
	    PGP_LITERAL_PREFIX_LEN + len);
	pgp_literal_prefix(p);
	p += PGP_LITERAL_PREFIX_LEN;
	memcpy(p, payload, len);
	return ((size_t)(p + len - out));
}

static enum mix_reason
peel_final(const char *header, const char *payload)
{
	uint8_t packet[8192];

	ATF_REQUIRE(strlen(payload) < 8000);
	return (peel_with(header, packet, literal(payload, packet)));
}

/* A body for the next hop, as an intermediate message reveals it. */
static enum mix_reason
peel_forward(const char *header)
{
	static uint8_t next[MIX_BODY_LEN];

	layers_encrypt(&hop.subkey, &rng, (const uint8_t *)"x", 1, next);
	return (peel_with(header, next, 29000 - strlen(header)));
}

ATF_TC_WITHOUT_HEAD(peel_reveals_the_next_body_and_pads_it_afresh);
ATF_TC_BODY(peel_reveals_the_next_body_and_pads_it_afresh, tc)
{
	uint8_t first[MIX_BODY_LEN];

	set_up();
	ATF_REQUIRE_EQ(MIX_REASON_NONE, peel_forward(FORWARD));
	ATF_CHECK_EQ(MIX_FORWARD, peeled.verdict);
	ATF_CHECK_STREQ(NEXT, peeled.next);
	ATF_CHECK_EQ(MIX_BODY_LEN, peeled.body_len);
	ATF_CHECK(memcmp(peeled.keyid, hop.subkey.keyid, PGP_KEYID_LEN) == 0);
	memcpy(first, peeled.body, sizeof(first));

	/* The same message again: the same octets revealed, new padding. */
	mix_peel(&env, body, &peeled);
	ATF_CHECK(memcmp(first, peeled.body, peeled.revealed_len) == 0);
	ATF_CHECK(memcmp(first + peeled.revealed_len, peeled.body +
	    peeled.revealed_len, MIX_BODY_LEN - peeled.revealed_len) != 0);
	ATF_CHECK(peeled.revealed_len < MIX_BODY_LEN - 100);
}

ATF_TC_WITHOUT_HEAD(peel_delivers_the_payload_octet_for_octet);
ATF_TC_BODY(peel_delivers_the_payload_octet_for_octet, tc)
{
	static const char payload[] = "To: frank@rcpt.example.org\n\n.\r\n \t"
	    "\r\r\n\x01\xff \n\n ";

	set_up();
	ATF_REQUIRE_EQ(MIX_REASON_NONE, peel_final(FINAL, payload));
	ATF_CHECK_EQ(MIX_DELIVER, peeled.verdict);
	ATF_CHECK_EQ(sizeof(payload) - 1, peeled.body_len);
	ATF_CHECK(memcmp(payload, peeled.body, peeled.body_len) == 0);
	ATF_CHECK_STREQ("frank@rcpt.example.org", peeled.rcpt);
	ATF_CHECK_STREQ("a", peeled.id);
}

ATF_TC_WITHOUT_HEAD(peel_wants_the_key_to_be_valid_now);
ATF_TC_BODY(peel_wants_the_key_to_be_valid_now, tc)
{
	set_up();
	secret.expires = LAYERS_NOW + 1;
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_final(FINAL, MAIL));
	ATF_CHECK_EQ(LAYERS_NOW + 1, peeled.key_expires);
	secret.expires = LAYERS_NOW;
	ATF_CHECK_EQ(MIX_REASON_KEY, peel_final(FINAL, MAIL));
	secret.expires = 0;
	secret.key.pub.created = LAYERS_NOW;
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_final(FINAL, MAIL));
	secret.key.pub.created = LAYERS_NOW + 1;
	ATF_CHECK_EQ(MIX_REASON_KEY, peel_final(FINAL, MAIL));
	env.nkeys = 0;
	ATF_CHECK_EQ(MIX_REASON_KEY, peel_final(FINAL, MAIL));
}

ATF_TC_WITHOUT_HEAD(peel_never_takes_the_hidden_key_id);
ATF_TC_BODY(peel_never_takes_the_hidden_key_id, tc)
{
	set_up();
	memset(hop.subkey.keyid, 0, PGP_KEYID_LEN);
	memset(secret.key.pub.keyid, 0, PGP_KEYID_LEN);
	ATF_CHECK_EQ(MIX_REASON_KEY, peel_final(FINAL, MAIL));
}

/* Puts other octets in front of tag 9's content. */
static enum mix_reason
peel_sed_header(const uint8_t *header, size_t len)
{
	size_t n = pgp_pkesk_size(&hop.subkey);

	plain_len = layers_plain(FINAL, "", 0, plain);
	layers_encrypt(&hop.subkey, &rng, plain, plain_len, body);
	memmove(body + n + len, body + n + 1, MIX_BODY_LEN - n - len);
	memcpy(body + n, header, len);
	mix_peel(&env, body, &peeled);
	return (peeled.reason);
}

ATF_TC_WITHOUT_HEAD(peel_accepts_only_lengths_that_reach_to_the_end);
ATF_TC_BODY(peel_accepts_only_lengths_that_reach_to_the_end, tc)
{
	static const struct {
		uint8_t		octets[6];
		size_t		len;
		enum mix_reason	reason;
	} headers[] = {
		/* Indeterminate, and 30,720 in three forms. */
		{ { 0xa7 }, 1, MIX_REASON_LITERAL },
		{ { 0xa5, 0x78, 0x00 }, 3, MIX_REASON_LITERAL },
		{ { 0xa6, 0, 0, 0x78, 0x00 }, 5, MIX_REASON_LITERAL },
		{ { 0xc9, 0xff, 0, 0, 0x78, 0x00 }, 6, MIX_REASON_LITERAL },
		/* One octet less, a real length, partial, tags 18 and 20. */
		{ { 0xa5, 0x77, 0xff }, 3, MIX_REASON_PACKETS },
		{ { 0xa5, 0x50, 0x00 }, 3, MIX_REASON_PACKETS },
		{ { 0xc9, 0xe9 }, 2, MIX_REASON_PACKETS },
		{ { 0xd2, 0xff, 0, 0, 0x78, 0x00 }, 6, MIX_REASON_PACKETS },
		{ { 0xd4, 0xff, 0, 0, 0x78, 0x00 }, 6, MIX_REASON_PACKETS },
		/* A marker packet between, and a second tag 1. */
		{ { 0xa8, 0x03, 'P', 'G', 'P', 0xa7 }, 6,
		    MIX_REASON_PACKETS },
		{ { 0x84, 0x00, 0xa7 }, 3, MIX_REASON_PACKETS }
	};
	size_t i;

	/* A message without a literal in it gets as far as that. */
	set_up();
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		ATF_CHECK_EQ_MSG(headers[i].reason, peel_sed_header(
		    headers[i].octets, headers[i].len), "header %zu: %s", i,
		    mix_reason_text(peeled.reason));
}

ATF_TC_WITHOUT_HEAD(peel_accepts_only_literals_that_reach_to_the_end);
ATF_TC_BODY(peel_accepts_only_literals_that_reach_to_the_end, tc)
{
	static const struct {
		uint8_t		octets[6];
		size_t		len;
		enum mix_reason	reason;
	} headers[] = {
		{ { 0xaf }, 1, MIX_REASON_NONE },
		{ { 0xad, 0x78, 0x00 }, 3, MIX_REASON_NONE },
		{ { 0xcb, 0xff, 0, 0, 0x78, 0x00 }, 6, MIX_REASON_NONE },
		{ { 0xad, 0x60, 0x00 }, 3, MIX_REASON_LITERAL },
		{ { 0xcb, 0xe9 }, 2, MIX_REASON_LITERAL },
		{ { 0xa3, 0x01 }, 2, MIX_REASON_LITERAL },
		{ { 0xa8, 0x03, 'P', 'G', 'P', 0xaf }, 6,
		    MIX_REASON_LITERAL },
		{ { 0x00 }, 1, MIX_REASON_LITERAL }
	};
	static uint8_t good[MIX_BODY_LEN];
	uint8_t packet[200];
	size_t i, len;

	set_up();
	len = layers_plain(FINAL, packet, literal(MAIL, packet), good);
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		memcpy(plain, headers[i].octets, headers[i].len);
		memcpy(plain + headers[i].len, good + 1, len - 1);
		plain_len = headers[i].len + len - 1;
		ATF_CHECK_EQ_MSG(headers[i].reason, peel_plain(),
		    "header %zu: %s", i, mix_reason_text(peeled.reason));
	}
}

ATF_TC_WITHOUT_HEAD(peel_passes_over_name_and_date_of_literals);
ATF_TC_BODY(peel_passes_over_name_and_date_of_literals, tc)
{
	static uint8_t good[MIX_BODY_LEN];
	static const uint8_t named[] = { 0xaf, 'b', 3, 'a', '.', 'b', 1, 2, 3,
	    4 };
	uint8_t packet[200];
	size_t len;

	set_up();
	len = layers_plain(FINAL, packet, literal(MAIL, packet), good);
	memcpy(plain, named, sizeof(named));
	memcpy(plain + sizeof(named), good + 7, len - 7);
	plain_len = sizeof(named) + len - 7;
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_plain());
}

ATF_TC_WITHOUT_HEAD(peel_reads_the_header_within_the_hashed_octets_only);
ATF_TC_BODY(peel_reads_the_header_within_the_hashed_octets_only, tc)
{
	static char header[MIX_HASHED_LEN + 100];
	size_t n;

	/* The empty line is the first octets that no hash covers. */
	set_up();
	n = (size_t)snprintf(header, sizeof(header), TYPE "To: " NEXT
	    "\r\nX: ");
	memset(header + n, 'x', sizeof(header) - n);
	memcpy(header + MIX_HASHED_LEN - 2, "\r\n\r\n", 5);
	ATF_CHECK_EQ(MIX_REASON_HEADER, peel_forward(header));
	memcpy(header + MIX_HASHED_LEN - 10, "\r\n\r\n", 5);
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_forward(header));
}

ATF_TC_WITHOUT_HEAD(peel_destroys_what_is_not_for_the_next_mix);
ATF_TC_BODY(peel_destroys_what_is_not_for_the_next_mix, tc)
{
	set_up();
	ATF_CHECK_EQ(MIX_REASON_PACKETS,
	    peel_with(FORWARD, "plain text", 10));
	ATF_CHECK_EQ(MIX_REASON_ADDRESS, peel_forward(TYPE
	    "To: frank@example.org\r\n\r\n"));
	ATF_CHECK_EQ(MIX_REASON_HEADER, peel_forward(TYPE TYPE "\r\n"));
	ATF_CHECK_EQ(MIX_REASON_TYPE, peel_forward("To: " NEXT "\r\n\r\n"));
}

ATF_TC_WITHOUT_HEAD(peel_wants_one_whole_literal_in_a_final_message);
ATF_TC_BODY(peel_wants_one_whole_literal_in_a_final_message, tc)
{
	static const uint8_t indeterminate[] = "\xaf""b\0\0\0\0\0" MAIL;
	static const uint8_t beyond[] = "\xad\x70\x00""b\0\0\0\0\0" MAIL;
	static const uint8_t text[] = "\xac\x30""t\0\0\0\0\0" MAIL;
	static const uint8_t cut[] = "\xac\x03""b\0\0";
	static const uint8_t marker[] = "\xa8\x03PGP\xac\x30""b\0\0\0\0" MAIL;

	set_up();
	ATF_CHECK_EQ(MIX_REASON_LITERAL,
	    peel_with(FINAL, indeterminate, sizeof(indeterminate)));
	ATF_CHECK_EQ(MIX_REASON_LITERAL,
	    peel_with(FINAL, beyond, sizeof(beyond)));
	ATF_CHECK_EQ(MIX_REASON_LITERAL, peel_with(FINAL, text,
	    sizeof(text)));
	ATF_CHECK_EQ(MIX_REASON_LITERAL, peel_with(FINAL, cut, sizeof(cut)));
	ATF_CHECK_EQ(MIX_REASON_LITERAL,
	    peel_with(FINAL, marker, sizeof(marker)));
	ATF_CHECK_EQ(MIX_REASON_LITERAL, peel_with(FINAL, MAIL, 10));
}

/* The whole of the hashed octets is the limit, not what lies behind. */
ATF_TC_WITHOUT_HEAD(peel_lets_no_final_literal_pass_the_hashed_octets);
ATF_TC_BODY(peel_lets_no_final_literal_pass_the_hashed_octets, tc)
{
	uint8_t packet[3 + MIX_HASHED_LEN];
	size_t room = MIX_HASHED_LEN - (sizeof(FINAL) - 1);

	set_up();
	memset(packet, 'x', sizeof(packet));
	pgp_packet_header(packet, PGP_TAG_LITERAL, room - 3);
	pgp_literal_prefix(packet + 3);
	memcpy(packet + 9, MAIL, sizeof(MAIL) - 1);
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_with(FINAL, packet,
	    sizeof(packet)));
	pgp_packet_header(packet, PGP_TAG_LITERAL, room - 2);
	ATF_CHECK_EQ(MIX_REASON_LITERAL, peel_with(FINAL, packet,
	    sizeof(packet)));
}

ATF_TC_WITHOUT_HEAD(peel_wants_a_single_recipient);
ATF_TC_BODY(peel_wants_a_single_recipient, tc)
{
	static const char *const bad[] = { "Subject: x\r\n\r\nTo: a@b.example",
	    "To: a@b.example, c@d.example\r\n\r\n", "To:\r\n\r\n",
	    "To: a@b.example\r\nTo: a@b.example\r\n\r\n",
	    "To: friends:;\r\n\r\n", "no header\r\n\r\n", "" };
	size_t i;

	set_up();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(MIX_REASON_RECIPIENT,
		    peel_final(FINAL, bad[i]), "%s", bad[i]);
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_final(FINAL,
	    "Subject: x\r\nTO: Frank\r\n <f@b.example>\r\nCc: c@d.example"));
	ATF_CHECK_STREQ("f@b.example", peeled.rcpt);
}

ATF_TC_WITHOUT_HEAD(peel_respects_the_modes_of_the_mix);
ATF_TC_BODY(peel_respects_the_modes_of_the_mix, tc)
{
	static const char *const domains[] = { "other.example",
	    "RCPT.example.org" };

	set_up();
	env.modes = MIX_MODE_MIDDLEMAN;
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_forward(FORWARD));
	ATF_CHECK_EQ(MIX_REASON_MODE, peel_final(FINAL, MAIL));
	ATF_CHECK_EQ(MIX_REASON_MODE, peel_final(PART, MAIL));
	env.modes = MIX_MODE_EXITPUBLIC;
	ATF_CHECK_EQ(MIX_REASON_MODE, peel_forward(FORWARD));
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_final(FINAL, MAIL));
	env.modes = MIX_MODE_EXITPRIVATE;
	env.domains = domains;
	env.ndomains = 1;
	ATF_CHECK_EQ(MIX_REASON_RECIPIENT, peel_final(FINAL, MAIL));
	env.ndomains = 2;
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_final(FINAL, MAIL));
	env.modes = 0;
	ATF_CHECK_EQ(MIX_REASON_MODE, peel_final(FINAL, MAIL));
}

ATF_TC_WITHOUT_HEAD(peel_discards_dummies_in_every_mode);
ATF_TC_BODY(peel_discards_dummies_in_every_mode, tc)
{
	set_up();
	for (env.modes = 0; env.modes < 8; env.modes++) {
		ATF_CHECK_EQ(MIX_REASON_NONE,
		    peel_with(DUMMY, "not a packet", 12));
		ATF_CHECK_EQ(MIX_DISCARD, peeled.verdict);
		ATF_CHECK_EQ(0, peeled.body_len);
	}
}

ATF_TC_WITHOUT_HEAD(peel_holds_parts_only_where_they_are_accepted);
ATF_TC_BODY(peel_holds_parts_only_where_they_are_accepted, tc)
{
	set_up();
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_final(PART, MAIL));
	ATF_CHECK_EQ(MIX_HOLD, peeled.verdict);
	ATF_CHECK_EQ(1, peeled.part);
	ATF_CHECK_EQ(2, peeled.total);
	ATF_CHECK(peeled.rcpt[0] != '\0');
	env.max_parts = 0;
	ATF_CHECK_EQ(MIX_REASON_PART, peel_final(PART, MAIL));
	ATF_CHECK_EQ(MIX_DESTROY, peeled.verdict);
}

static int
nobody_is_known(const char *rcpt)
{
	ATF_CHECK(strchr(rcpt, '@') != NULL);

	return (0);
}

ATF_TC_WITHOUT_HEAD(peel_ends_mail_for_whom_nobody_knows);
ATF_TC_BODY(peel_ends_mail_for_whom_nobody_knows, tc)
{
	set_up();
	env.known = nobody_is_known;
	ATF_CHECK_EQ(MIX_REASON_UNKNOWN, peel_final(FINAL, MAIL));
	ATF_CHECK_EQ(MIX_DESTROY, peeled.verdict);
	ATF_CHECK_EQ('\0', peeled.rcpt[0]);
	ATF_CHECK_EQ(MIX_REASON_UNKNOWN, peel_final(PART, MAIL));
	ATF_CHECK_EQ(MIX_DESTROY_SET, peeled.verdict);
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_forward(FORWARD));
	env.known = NULL;
}

static void
check_destroyed_set(const char *payload)
{
	ATF_CHECK_EQ(MIX_REASON_RECIPIENT, peel_final(PART, payload));
	ATF_CHECK_EQ(MIX_DESTROY_SET, peeled.verdict);
	ATF_CHECK_EQ(1, peeled.part);
	ATF_CHECK_EQ(2, peeled.total);
	ATF_CHECK(peeled.id[0] != '\0');
	ATF_CHECK_STREQ("", peeled.rcpt);
	ATF_CHECK_EQ(0, peeled.body_len);
}

ATF_TC_WITHOUT_HEAD(peel_destroys_sets_by_their_first_part);
ATF_TC_BODY(peel_destroys_sets_by_their_first_part, tc)
{
	set_up();
	check_destroyed_set("no mail");
	check_destroyed_set("To: frank@rcpt.example.org\r\n");
	env.modes = MIX_MODE_EXITPRIVATE;
	check_destroyed_set("To: x@foreign.example.edu\r\n\r\n");
	/* Other parts may hold anything. */
	ATF_CHECK_EQ(MIX_REASON_NONE, peel_final(PART_2, "no mail"));
	ATF_CHECK_EQ(MIX_HOLD, peeled.verdict);
	ATF_CHECK_STREQ("", peeled.rcpt);
}

/* Two equal cipher blocks far apart: the check sees them, nothing else does. */
ATF_TC_WITHOUT_HEAD(peel_destroys_two_equal_cipher_blocks);
ATF_TC_BODY(peel_destroys_two_equal_cipher_blocks, tc)
{
	size_t sed, a, b;

	set_up();
	ATF_REQUIRE_EQ(MIX_REASON_NONE, peel_final(FINAL, MAIL));
	sed = pgp_pkesk_size(&hop.subkey) + 1;
	/* In the padding, on the resynchronised block borders. */
	a = sed + 2 + 16 * 1400;
	b = sed + 2 + 16 * 1850;
	memcpy(body + b, body + a, 16);
	mix_peel(&env, body, &peeled);
	ATF_CHECK_EQ(MIX_REASON_REPEAT, peeled.reason);
	env.repeat_check = 0;
	mix_peel(&env, body, &peeled);
	ATF_CHECK_EQ(MIX_DELIVER, peeled.verdict);
	env.repeat_check = 1;
	memcpy(body + b + 1, body + a, 15);
	mix_peel(&env, body, &peeled);
	ATF_CHECK_EQ(MIX_DELIVER, peeled.verdict);
}

ATF_TC_WITHOUT_HEAD(peel_takes_what_was_prepared_for_the_subkey);
ATF_TC_BODY(peel_takes_what_was_prepared_for_the_subkey, tc)
{
	static struct mix_hop hops[2];
	static struct mix_subkey secrets[2];
	struct pgp_prepared prepared[2];
	uint8_t packet[128];
	size_t i, len;

	set_up();
	layers_hops(2, PGP_ALG_RSA, "node", hops, secrets);
	layers_env(SELF, secrets, 2, &rng, &env);
	len = literal(MAIL, packet);
	plain_len = layers_plain(FINAL, packet, len, plain);
	for (i = 0; i < 2; i++)
		ATF_REQUIRE_EQ(0, pgp_seckey_prepare(&secrets[i].key,
		    &prepared[i]));
	env.prepared = prepared;
	for (i = 0; i < 2; i++) {
		layers_encrypt(&hops[i].subkey, &rng, plain, plain_len, body);
		mix_peel(&env, body, &peeled);
		ATF_CHECK_EQ(MIX_DELIVER, peeled.verdict);
		ATF_CHECK(memcmp(peeled.keyid, hops[i].subkey.keyid,
		    PGP_KEYID_LEN) == 0);
	}
	/* Not prepared, or not yet: the key alone does too. */
	pgp_seckey_unprepare(&prepared[1]);
	mix_peel(&env, body, &peeled);
	ATF_CHECK_EQ(MIX_DELIVER, peeled.verdict);
	/* That of another key would open nothing. */
	env.prepared = &prepared[0];
	env.keys = &secrets[1];
	env.nkeys = 1;
	mix_peel(&env, body, &peeled);
	ATF_CHECK_EQ(MIX_DESTROY, peeled.verdict);
	pgp_seckey_unprepare(&prepared[0]);
}

ATF_TC_WITHOUT_HEAD(peel_destroys_octets_of_no_meaning);
ATF_TC_BODY(peel_destroys_octets_of_no_meaning, tc)
{
	int i;

	set_up();
	memset(body, 0, sizeof(body));
	mix_peel(&env, body, &peeled);
	ATF_CHECK_EQ(MIX_DESTROY, peeled.verdict);
	for (i = 0; i < 200; i++) {
		rng_fill(&rng, body, sizeof(body));
		mix_peel(&env, body, &peeled);
		ATF_CHECK_EQ(MIX_DESTROY, peeled.verdict);
	}
}

ATF_TC_WITHOUT_HEAD(reasons_have_texts_of_their_own);
ATF_TC_BODY(reasons_have_texts_of_their_own, tc)
{
	int a, b;

	for (a = 0; a < MIX_NREASONS; a++)
		for (b = 0; b < a; b++)
			ATF_CHECK(strcmp(mix_reason_text((enum mix_reason)a),
			    mix_reason_text((enum mix_reason)b)) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, peel_reveals_the_next_body_and_pads_it_afresh);
	ATF_TP_ADD_TC(tp, peel_delivers_the_payload_octet_for_octet);
	ATF_TP_ADD_TC(tp, peel_wants_the_key_to_be_valid_now);
	ATF_TP_ADD_TC(tp, peel_never_takes_the_hidden_key_id);
	ATF_TP_ADD_TC(tp, peel_accepts_only_lengths_that_reach_to_the_end);
	ATF_TP_ADD_TC(tp, peel_accepts_only_literals_that_reach_to_the_end);
	ATF_TP_ADD_TC(tp, peel_passes_over_name_and_date_of_literals);
	ATF_TP_ADD_TC(tp, peel_reads_the_header_within_the_hashed_octets_only);
	ATF_TP_ADD_TC(tp, peel_destroys_what_is_not_for_the_next_mix);
	ATF_TP_ADD_TC(tp, peel_wants_one_whole_literal_in_a_final_message);
	ATF_TP_ADD_TC(tp, peel_lets_no_final_literal_pass_the_hashed_octets);
	ATF_TP_ADD_TC(tp, peel_wants_a_single_recipient);
	ATF_TP_ADD_TC(tp, peel_ends_mail_for_whom_nobody_knows);
	ATF_TP_ADD_TC(tp, peel_respects_the_modes_of_the_mix);
	ATF_TP_ADD_TC(tp, peel_discards_dummies_in_every_mode);
	ATF_TP_ADD_TC(tp, peel_holds_parts_only_where_they_are_accepted);
	ATF_TP_ADD_TC(tp, peel_destroys_sets_by_their_first_part);
	ATF_TP_ADD_TC(tp, peel_destroys_two_equal_cipher_blocks);
	ATF_TP_ADD_TC(tp, peel_takes_what_was_prepared_for_the_subkey);
	ATF_TP_ADD_TC(tp, peel_destroys_octets_of_no_meaning);
	ATF_TP_ADD_TC(tp, reasons_have_texts_of_their_own);
	return (atf_no_error());
}
