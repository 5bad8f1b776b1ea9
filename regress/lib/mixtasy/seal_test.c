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

static struct mix_hop hops[MIX_PATH_MAX + 1];
static struct mix_subkey secrets[MIX_PATH_MAX + 1];
static struct mix_final final;
static struct test_rng rng_state;
static struct rng rng;
static uint8_t body[MIX_BODY_LEN];

static const char mail[] = "To: frank@rcpt.example.org\r\n\r\nHello \r\n";

static void
set_up(uint8_t alg)
{
	rng = test_rng(&rng_state, 11);
	layers_hops(MIX_PATH_MAX + 1, alg, "node", hops, secrets);
	memset(&final, 0, sizeof(final));
	final.type = MIX_SINGLEPART;
	mix_id_new(&rng, final.id);
	final.payload = (const uint8_t *)mail;
	final.payload_len = sizeof(mail) - 1;
}

/* Lets hop k peel the body; the new body goes in its place. */
static void
peel_at(size_t k, struct mix_peeled *peeled)
{
	struct mix_peel_env env;

	layers_env(hops[k].address, &secrets[k], 1, &rng, &env);
	mix_peel(&env, body, peeled);
	memcpy(body, peeled->body, sizeof(body));
}

/* Peels hops first to last, and checks what each one reveals. */
static void
peel_all(size_t nhops, struct mix_peeled *peeled)
{
	size_t k;

	for (k = 0; k + 1 < nhops; k++) {
		peel_at(k, peeled);
		ATF_REQUIRE_EQ_MSG(MIX_FORWARD, peeled->verdict, "hop %zu: %s",
		    k, mix_reason_text(peeled->reason));
		ATF_CHECK_STREQ(hops[k + 1].address, peeled->next);
	}
	peel_at(k, peeled);
}

ATF_TC_WITHOUT_HEAD(seal_is_undone_by_peel_for_every_length_of_path);
ATF_TC_BODY(seal_is_undone_by_peel_for_every_length_of_path, tc)
{
	struct mix_peeled peeled;
	size_t n;

	set_up(PGP_ALG_ECDH);
	for (n = 1; n <= MIX_PATH_MAX; n++) {
		ATF_REQUIRE_EQ(0, mix_seal(&final, hops, n, &rng, body));
		peel_all(n, &peeled);
		ATF_REQUIRE_EQ(MIX_DELIVER, peeled.verdict);
		ATF_CHECK_STREQ("frank@rcpt.example.org", peeled.rcpt);
		ATF_CHECK_STREQ(final.id, peeled.id);
		ATF_CHECK_EQ(sizeof(mail) - 1, peeled.body_len);
		ATF_CHECK(memcmp(mail, peeled.body, peeled.body_len) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(seal_works_with_rsa_subkeys);
ATF_TC_BODY(seal_works_with_rsa_subkeys, tc)
{
	struct mix_peeled peeled;

	rng = test_rng(&rng_state, 12);
	set_up(PGP_ALG_ECDH);
	layers_hops(4, PGP_ALG_RSA, "node", hops, secrets);
	ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 6, &rng, body));
	peel_all(6, &peeled);
	ATF_CHECK_EQ(MIX_DELIVER, peeled.verdict);
}

ATF_TC_WITHOUT_HEAD(seal_refuses_paths_that_are_too_long_or_empty);
ATF_TC_BODY(seal_refuses_paths_that_are_too_long_or_empty, tc)
{
	set_up(PGP_ALG_ECDH);
	ATF_CHECK_EQ(-1, mix_seal(&final, hops, 0, &rng, body));
	ATF_CHECK_EQ(-1, mix_seal(&final, hops, MIX_PATH_MAX + 1, &rng, body));
	(void)strlcpy(hops[1].address, "user@example.com",
	    sizeof(hops[1].address));
	ATF_CHECK_EQ(-1, mix_seal(&final, hops, 2, &rng, body));
}

/* Keys and names of the greatest size that there are: the path must fit. */
ATF_TC_WITHOUT_HEAD(seal_fits_the_longest_path_of_the_largest_keys_and_names);
ATF_TC_BODY(seal_fits_the_longest_path_of_the_largest_keys_and_names, tc)
{
	struct pgp_seckey key;
	char *address;
	size_t i, k;

	set_up(PGP_ALG_ECDH);
	ATF_REQUIRE_EQ(0, pgp_key_generate(&key, PGP_ALG_RSA, 4096,
	    LAYERS_NOW));
	for (k = 0; k < MIX_PATH_MAX; k++) {
		address = hops[k].address;
		memset(address, 'a', 263);
		memcpy(address, "mixtasy@", 8);
		for (i = 60; i < 263; i += 60)
			address[i] = '.';
		address[263] = '\0';
		hops[k].subkey = key.pub;
	}
	ATF_CHECK_EQ(0, mix_seal(&final, hops, MIX_PATH_MAX, &rng, body));
}

ATF_TC_WITHOUT_HEAD(seal_carries_the_largest_payload_and_not_one_more);
ATF_TC_BODY(seal_carries_the_largest_payload_and_not_one_more, tc)
{
	struct mix_peeled peeled;
	uint8_t payload[MIX_HASHED_LEN];
	size_t less, max;

	set_up(PGP_ALG_ECDH);
	memset(payload, 'x', sizeof(payload));
	memcpy(payload, mail, sizeof(mail) - 1);
	final.payload = payload;
	max = mix_payload_max(&final);
	ATF_CHECK(max > 20300);

	/* Padding of 0, 1, 2 (the separator alone) and more octets. */
	for (less = 0; less < 5; less++) {
		final.payload_len = max - less;
		ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 2, &rng, body));
		peel_all(2, &peeled);
		ATF_REQUIRE_EQ(MIX_DELIVER, peeled.verdict);
		ATF_CHECK_EQ(max - less, peeled.body_len);
		ATF_CHECK(memcmp(payload, peeled.body, max - less) == 0);
	}
	final.payload_len = max + 1;
	ATF_CHECK_EQ(-1, mix_seal(&final, hops, 2, &rng, body));
}

ATF_TC_WITHOUT_HEAD(seal_makes_small_payloads_too);
ATF_TC_BODY(seal_makes_small_payloads_too, tc)
{
	struct mix_peeled peeled;
	uint8_t payload[300];
	size_t n;

	/* Around 249 octets the literal's length takes one octet more. */
	set_up(PGP_ALG_ECDH);
	memset(payload, 'x', sizeof(payload));
	memcpy(payload, mail, sizeof(mail) - 1);
	final.payload = payload;
	for (n = 245; n < 255; n++) {
		final.payload_len = n;
		ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 1, &rng, body));
		peel_all(1, &peeled);
		ATF_CHECK_EQ(n, peeled.body_len);
	}
}

ATF_TC_WITHOUT_HEAD(seal_makes_dummies_that_are_discarded);
ATF_TC_BODY(seal_makes_dummies_that_are_discarded, tc)
{
	struct mix_peeled peeled;
	size_t n;

	set_up(PGP_ALG_ECDH);
	final.type = MIX_DUMMY;
	final.payload = NULL;
	final.payload_len = 0;
	for (n = 1; n <= 4; n++) {
		ATF_REQUIRE_EQ(0, mix_seal(&final, hops, n, &rng, body));
		peel_all(n, &peeled);
		ATF_CHECK_EQ(MIX_DISCARD, peeled.verdict);
		ATF_CHECK_EQ(0, peeled.body_len);
	}
}

ATF_TC_WITHOUT_HEAD(seal_makes_parts_that_are_held);
ATF_TC_BODY(seal_makes_parts_that_are_held, tc)
{
	struct mix_peeled peeled;

	set_up(PGP_ALG_ECDH);
	final.type = MIX_MULTIPART;
	final.part = 2;
	final.total = 3;
	ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 4, &rng, body));
	peel_all(4, &peeled);
	ATF_CHECK_EQ(MIX_HOLD, peeled.verdict);
	ATF_CHECK_EQ(2, peeled.part);
	ATF_CHECK_EQ(3, peeled.total);
	final.part = 4;
	ATF_CHECK_EQ(-1, mix_seal(&final, hops, 4, &rng, body));
}

ATF_TC_WITHOUT_HEAD(seal_refuses_ids_that_no_mix_takes);
ATF_TC_BODY(seal_refuses_ids_that_no_mix_takes, tc)
{
	set_up(PGP_ALG_ECDH);
	final.id[0] = '\0';
	ATF_CHECK_EQ(-1, mix_seal(&final, hops, 1, &rng, body));
	(void)strlcpy(final.id, "a b", sizeof(final.id));
	ATF_CHECK_EQ(-1, mix_seal(&final, hops, 1, &rng, body));
}

/* Decrypts the first layer and returns its plaintext's length. */
static size_t
plaintext(const struct mix_subkey *secret, uint8_t *plain)
{
	struct pgp_packet pkt;
	struct pgp_pkesk pkesk;
	struct pgp_session session;
	const uint8_t *sed;
	size_t n;

	ATF_REQUIRE_EQ(0, pgp_packet_read(body, sizeof(body), &pkt));
	ATF_CHECK_EQ(PGP_TAG_PKESK, pkt.tag);
	ATF_REQUIRE_EQ(0, pgp_pkesk_read(pkt.body, pkt.body_len, &pkesk));
	ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt(&pkesk, &secret->key, &rng,
	    &session));
	ATF_CHECK_EQ(PGP_CIPHER_AES256, session.cipher);
	sed = pkt.body + pkt.body_len;
	n = (size_t)(body + sizeof(body) - sed);
	ATF_REQUIRE_EQ(0, pgp_packet_read(sed, n, &pkt));
	ATF_CHECK_EQ(PGP_TAG_SED, pkt.tag);
	ATF_CHECK_EQ(0, pkt.new_format);
	ATF_CHECK_EQ(PGP_LEN_INDETERMINATE, pkt.length);
	ATF_REQUIRE_EQ(0, pgp_sed_decrypt(&session, pkt.body, pkt.body_len,
	    plain));
	return (pkt.body_len - PGP_SED_PREFIX);
}

#define LINE	(7 + MIX_VERIFICATION_LINE)

ATF_TC_WITHOUT_HEAD(seal_emits_one_form_of_intermediate_messages);
ATF_TC_BODY(seal_emits_one_form_of_intermediate_messages, tc)
{
	static const uint8_t literal[7] = { 0xaf, 'b', 0, 0, 0, 0, 0 };
	static const char header[] = "From: mixtasy@node1.example.net\r\n"
	    "Remailer-Type: Mixtasy v1\r\nTo: mixtasy@node2.example.net\r\n"
	    "\r\n\x84\x5e";
	uint8_t plain[MIX_BODY_LEN];

	set_up(PGP_ALG_ECDH);
	ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 4, &rng, body));
	ATF_CHECK(plaintext(&secrets[0], plain) > MIX_HASHED_LEN);
	ATF_CHECK(memcmp(plain, literal, sizeof(literal)) == 0);
	ATF_CHECK(memcmp(plain + 7, "Verification: ", 14) == 0);
	ATF_CHECK(memcmp(plain + LINE, header, sizeof(header) - 1) == 0);
}

ATF_TC_WITHOUT_HEAD(seal_emits_one_form_of_final_messages);
ATF_TC_BODY(seal_emits_one_form_of_final_messages, tc)
{
	static const uint8_t literal[] = { 0xac, 6 + sizeof(mail) - 1, 'b', 0,
	    0, 0, 0, 0 };
	uint8_t plain[MIX_BODY_LEN];
	char header[400];
	const uint8_t *p = plain + LINE;
	int n;

	set_up(PGP_ALG_ECDH);
	ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 1, &rng, body));
	(void)plaintext(&secrets[0], plain);
	n = snprintf(header, sizeof(header), "Mixtasy-ID: %s\r\n"
	    "Mixtasy-Type: singlepart\r\nRemailer-Type: Mixtasy v1\r\n\r\n",
	    final.id);
	ATF_CHECK(memcmp(p, header, (size_t)n) == 0);
	p += n;
	ATF_CHECK(memcmp(p, literal, sizeof(literal)) == 0);
	p += sizeof(literal);
	ATF_CHECK(memcmp(p, mail, sizeof(mail) - 1) == 0);
	p += sizeof(mail) - 1;
	ATF_CHECK_EQ(0xff, p[0]);
	ATF_CHECK_EQ(0x00, p[1]);
}

ATF_TC_WITHOUT_HEAD(seal_never_makes_the_same_octets_twice);
ATF_TC_BODY(seal_never_makes_the_same_octets_twice, tc)
{
	uint8_t first[MIX_BODY_LEN];
	size_t i, same = 0;

	set_up(PGP_ALG_ECDH);
	ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 4, &rng, first));
	ATF_REQUIRE_EQ(0, mix_seal(&final, hops, 4, &rng, body));
	/* Behind the key id all looks random: one octet in 256 is equal. */
	for (i = 100; i < MIX_BODY_LEN; i++)
		same += first[i] == body[i];
	ATF_CHECK(same < 200);
}

ATF_TC_WITHOUT_HEAD(ids_have_message_id_form_and_differ);
ATF_TC_BODY(ids_have_message_id_form_and_differ, tc)
{
	char a[MIX_ID_MAX], b[MIX_ID_MAX];

	rng = test_rng(&rng_state, 13);
	mix_id_new(&rng, a);
	mix_id_new(&rng, b);
	ATF_CHECK_EQ('<', a[0]);
	ATF_CHECK_STREQ("@mixtasy.invalid>", strchr(a, '@'));
	ATF_CHECK_EQ(1 + 26 + 17, strlen(a));
	ATF_CHECK(strcmp(a, b) != 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, seal_is_undone_by_peel_for_every_length_of_path);
	ATF_TP_ADD_TC(tp, seal_works_with_rsa_subkeys);
	ATF_TP_ADD_TC(tp, seal_refuses_paths_that_are_too_long_or_empty);
	ATF_TP_ADD_TC(tp,
	    seal_fits_the_longest_path_of_the_largest_keys_and_names);
	ATF_TP_ADD_TC(tp, seal_carries_the_largest_payload_and_not_one_more);
	ATF_TP_ADD_TC(tp, seal_makes_small_payloads_too);
	ATF_TP_ADD_TC(tp, seal_makes_dummies_that_are_discarded);
	ATF_TP_ADD_TC(tp, seal_makes_parts_that_are_held);
	ATF_TP_ADD_TC(tp, seal_refuses_ids_that_no_mix_takes);
	ATF_TP_ADD_TC(tp, seal_emits_one_form_of_intermediate_messages);
	ATF_TP_ADD_TC(tp, seal_emits_one_form_of_final_messages);
	ATF_TP_ADD_TC(tp, seal_never_makes_the_same_octets_twice);
	ATF_TP_ADD_TC(tp, ids_have_message_id_form_and_differ);
	return (atf_no_error());
}
