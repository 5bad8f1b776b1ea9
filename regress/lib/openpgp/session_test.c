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
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "mixing/rng.h"
#include "openpgp/packet.h"
#include "openpgp/session.h"

#include "lib/openpgp/vectors.h"

#define NOW		1750000000
#define BODY_LEN	30720

static void
read_subkey(const char *file, struct pgp_seckey *sec)
{
	uint8_t buf[8192];
	struct pgp_packet pkt;
	size_t len;

	len = vector_read(file, PGP_ARMOR_PRIVATE_KEY, buf, sizeof(buf));
	pkt = vector_packet(buf, len, PGP_TAG_SECRET_SUBKEY, 0);
	ATF_REQUIRE_EQ(0, pgp_seckey_read(pkt.body, pkt.body_len, sec));
}

/* A message of the vectors: the two packets of its body. */
struct message {
	uint8_t		body[BODY_LEN];
	struct pgp_pkesk pkesk;
	struct pgp_packet sed;
};

static int
split_message(struct message *m)
{
	struct pgp_packet pkt;

	if (pgp_packet_read(m->body, BODY_LEN, &pkt) == -1 ||
	    pkt.tag != PGP_TAG_PKESK ||
	    pgp_pkesk_read(pkt.body, pkt.body_len, &m->pkesk) == -1)
		return (-1);
	return (pgp_packet_peek(pkt.body + pkt.body_len, BODY_LEN -
	    pkt.header_len - pkt.body_len, &m->sed));
}

static void
read_message(const char *file, struct message *m)
{
	ATF_REQUIRE_EQ(BODY_LEN, vector_read(file, PGP_ARMOR_MESSAGE, m->body,
	    BODY_LEN));
	ATF_REQUIRE_EQ(0, split_message(m));
	ATF_REQUIRE_EQ(PGP_TAG_SED, m->sed.tag);
}

/* The Verification line that the plaintext has to begin with. */
static void
check_opens(const char *message, const char *key, const char *verification)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 3);
	uint8_t plain[BODY_LEN], digest[20];
	struct pgp_session session;
	struct pgp_seckey sec;
	struct message m;
	char *hex;
	size_t len;

	read_subkey(key, &sec);
	read_message(message, &m);
	ATF_CHECK_EQ(0, memcmp(m.pkesk.keyid, sec.pub.keyid, PGP_KEYID_LEN));
	ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt(&m.pkesk, &sec, &rng, &session));
	len = m.sed.body_len;
	ATF_REQUIRE_EQ(0, pgp_sed_decrypt(&session, m.sed.body, len, plain));
	/* Behind the literal packet's header of seven or more octets. */
	ATF_REQUIRE_EQ('b', plain[1]);
	len = 7U + plain[2];
	ATF_CHECK_EQ(0, memcmp(plain + len, "Verification: ", 14));
	ATF_CHECK_EQ(0, memcmp(plain + len + 14, verification, 40));
	SHA1(plain + len + 56, 20480, digest);
	hex = test_hex(digest, sizeof(digest));
	ATF_CHECK_STREQ(verification, hex);
	free(hex);
	ATF_CHECK_EQ(0, pgp_sed_has_repeat(m.sed.body, m.sed.body_len, &rng));
}

ATF_TC_WITHOUT_HEAD(session_opens_the_vectors);
ATF_TC_BODY(session_opens_the_vectors, tc)
{
	check_opens("rsa2048-4hop/hop1.eml", "keys/mix1.sec.asc",
	    "5710a0dbcabf9fd4a7dfb6b5b2f867c318538a26");
	check_opens("rsa2048-4hop/hop2.eml", "keys/mix2.sec.asc",
	    "d77caee1763d1fb37962571e670af90ea19ee926");
	check_opens("cv25519-4hop/hop1.eml", "keys/mix5.sec.asc",
	    "f6824c36ef241f53d33c9e662f15791403ca78d8");
	check_opens("cv25519-4hop/hop4.eml", "keys/mix8.sec.asc",
	    "bac5e358b729d0c619672eb8c5820df6948169a3");
	check_opens("cases/ok-aes128.eml", "keys/mix6.sec.asc",
	    "7ae13c1a9d358e7aaf3953b4a540959bfb9e2a83");
}

/*
 * What becomes of the session key when bits of the body at this place are
 * flipped: -1 refused, 0 another key, 1 the same key.
 */
static int
flipped(struct message *m, const struct pgp_seckey *sec, size_t offset,
    uint8_t mask)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 4);
	struct pgp_session good, session;
	int ret;

	ATF_REQUIRE_EQ(0, split_message(m));
	ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt(&m->pkesk, sec, &rng, &good));
	m->body[offset] ^= mask;
	if (split_message(m) == -1 ||
	    pgp_pkesk_decrypt(&m->pkesk, sec, &rng, &session) == -1)
		ret = -1;
	else
		ret = memcmp(&good, &session, sizeof(good)) == 0;
	m->body[offset] ^= mask;
	return (ret);
}

/* With and without preparation, more often than blinding lasts. */
static void
check_prepared(const char *message, const struct pgp_seckey *sec,
    struct pgp_prepared *prepared)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 12);
	struct pgp_session plain, session;
	struct message m;
	int i;

	read_message(message, &m);
	ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt(&m.pkesk, sec, &rng, &plain));
	for (i = 0; i < 40; i++) {
		ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt_prepared(&m.pkesk, sec,
		    prepared, &rng, &session));
		ATF_REQUIRE_EQ(0, memcmp(&plain, &session, sizeof(plain)));
	}
}

ATF_TC_WITHOUT_HEAD(session_is_the_same_with_a_prepared_key);
ATF_TC_BODY(session_is_the_same_with_a_prepared_key, tc)
{
	struct pgp_prepared prepared = { NULL };
	struct pgp_seckey sec;

	read_subkey("keys/mix1.sec.asc", &sec);
	/* Zeroed is as good as none. */
	check_prepared("rsa2048-4hop/hop1.eml", &sec, &prepared);
	ATF_REQUIRE_EQ(0, pgp_seckey_prepare(&sec, &prepared));
	ATF_REQUIRE(prepared.rsa != NULL);
	check_prepared("rsa2048-4hop/hop1.eml", &sec, &prepared);
	pgp_seckey_unprepare(&prepared);
	ATF_REQUIRE(prepared.rsa == NULL);
	pgp_seckey_unprepare(&prepared);

	/* Nothing can be won for ECDH. */
	read_subkey("keys/mix5.sec.asc", &sec);
	ATF_REQUIRE_EQ(0, pgp_seckey_prepare(&sec, &prepared));
	ATF_REQUIRE(prepared.rsa == NULL);
	check_prepared("cv25519-4hop/hop1.eml", &sec, &prepared);
}

ATF_TC_WITHOUT_HEAD(session_prepared_key_opens_no_broken_padding);
ATF_TC_BODY(session_prepared_key_opens_no_broken_padding, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 13);
	struct pgp_prepared prepared = { NULL };
	struct pgp_session plain, session;
	struct pgp_seckey sec;
	struct message m;

	read_subkey("keys/mix1.sec.asc", &sec);
	read_message("rsa2048-4hop/hop1.eml", &m);
	ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt(&m.pkesk, &sec, &rng, &plain));
	ATF_REQUIRE_EQ(0, pgp_seckey_prepare(&sec, &prepared));
	m.body[100] ^= 1;
	ATF_REQUIRE_EQ(0, split_message(&m));
	ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt_prepared(&m.pkesk, &sec, &prepared,
	    &rng, &session));
	ATF_CHECK_EQ(PGP_CIPHER_AES256, session.cipher);
	ATF_CHECK(memcmp(&plain, &session, sizeof(plain)) != 0);
	pgp_seckey_unprepare(&prepared);
}

/* As flip-N of the vectors; 14 is the MPI's bit count. */
ATF_TC_WITHOUT_HEAD(session_rsa_flips_open_nothing);
ATF_TC_BODY(session_rsa_flips_open_nothing, tc)
{
	struct pgp_seckey sec;
	struct message m;
	size_t i;

	read_subkey("keys/mix1.sec.asc", &sec);
	read_message("rsa2048-4hop/hop1.eml", &m);
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 0, 1));
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 1, 1));
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 3, 1));
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 12, 1));
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 13, 1));
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 14, 1));
	/* A broken padding isn't told: there is a key, a useless one. */
	for (i = 100; i < 271; i += 19)
		ATF_CHECK_EQ(0, flipped(&m, &sec, i, 1));
	ATF_CHECK_EQ(0, flipped(&m, &sec, 270, 1));
}

ATF_TC_WITHOUT_HEAD(session_ecdh_flips_open_nothing);
ATF_TC_BODY(session_ecdh_flips_open_nothing, tc)
{
	struct pgp_seckey sec;
	struct message m;
	size_t i;

	read_subkey("keys/mix5.sec.asc", &sec);
	read_message("cv25519-4hop/hop1.eml", &m);
	/* Everything but the key id, and the point's last bit. */
	for (i = 11; i < 96; i++)
		ATF_CHECK_EQ_MSG(-1, flipped(&m, &sec, i, 1), "%zu", i);
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 1, 1));
	ATF_CHECK_EQ(-1, flipped(&m, &sec, 2, 1));
	ATF_CHECK_EQ(1, flipped(&m, &sec, 46, 0x80));
}

static void
check_round_trip(uint8_t alg, unsigned int bits, uint8_t cipher,
    uint8_t key_len)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 5);
	uint8_t out[PGP_PKESK_MAX];
	struct pgp_session session, back;
	struct pgp_seckey sec;
	struct pgp_packet pkt;
	struct pgp_pkesk pkesk;
	ssize_t n;
	int i;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, alg, bits, NOW));
	for (i = 0; i < 20; i++) {
		memset(&session, 0, sizeof(session));
		session.cipher = cipher;
		session.key_len = key_len;
		rng_fill(&rng, session.key, key_len);
		n = pgp_pkesk_write(&sec.pub, &session, out);
		ATF_REQUIRE_EQ((ssize_t)pgp_pkesk_size(&sec.pub), n);
		ATF_REQUIRE_EQ(0, pgp_packet_read(out, (size_t)n, &pkt));
		ATF_REQUIRE_EQ(n, (ssize_t)(pkt.header_len + pkt.body_len));
		ATF_REQUIRE_EQ(0, pgp_pkesk_read(pkt.body, pkt.body_len,
		    &pkesk));
		ATF_REQUIRE_EQ(0, pgp_pkesk_decrypt(&pkesk, &sec, &rng,
		    &back));
		ATF_CHECK_EQ(0, memcmp(&session, &back, sizeof(session)));
	}
}

ATF_TC_WITHOUT_HEAD(session_key_comes_back);
ATF_TC_BODY(session_key_comes_back, tc)
{
	check_round_trip(PGP_ALG_ECDH, 0, PGP_CIPHER_AES128, 16);
	check_round_trip(PGP_ALG_ECDH, 0, PGP_CIPHER_AES192, 24);
	check_round_trip(PGP_ALG_ECDH, 0, PGP_CIPHER_AES256, 32);
	check_round_trip(PGP_ALG_RSA, 2048, PGP_CIPHER_AES128, 16);
	check_round_trip(PGP_ALG_RSA, 2048, PGP_CIPHER_AES192, 24);
	check_round_trip(PGP_ALG_RSA, 2048, PGP_CIPHER_AES256, 32);
}

ATF_TC_WITHOUT_HEAD(session_obeys_the_kdf_parameters);
ATF_TC_BODY(session_obeys_the_kdf_parameters, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 6);
	uint8_t out[PGP_PKESK_MAX], hash, cipher;
	struct pgp_session session, back;
	struct pgp_seckey sec;
	struct pgp_pkesk pkesk;
	ssize_t n;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_ECDH, 0, NOW));
	pgp_session_new(&session, &rng);
	for (hash = 8; hash <= 10; hash++) {
		for (cipher = 7; cipher <= 9; cipher++) {
			sec.pub.kdf_hash = hash;
			sec.pub.kdf_cipher = cipher;
			n = pgp_pkesk_write(&sec.pub, &session, out);
			ATF_REQUIRE_EQ(96, n);
			ATF_REQUIRE_EQ(0, pgp_pkesk_read(out + 2, 94,
			    &pkesk));
			ATF_CHECK_EQ(0, pgp_pkesk_decrypt(&pkesk, &sec, &rng,
			    &back));
			ATF_CHECK_EQ(0, memcmp(&session, &back,
			    sizeof(session)));
			/* The fingerprint goes into the key, too. */
			sec.pub.fpr[0] ^= 1;
			ATF_CHECK_EQ(-1, pgp_pkesk_decrypt(&pkesk, &sec, &rng,
			    &back));
			sec.pub.fpr[0] ^= 1;
		}
	}
}

ATF_TC_WITHOUT_HEAD(session_refuses_points_of_small_order);
ATF_TC_BODY(session_refuses_points_of_small_order, tc)
{
	/* Of orders 4, 1, 8, and 2^255 - 19, which is 0 again. */
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
	};
	struct test_rng state;
	struct rng rng = test_rng(&state, 7);
	uint8_t out[PGP_PKESK_MAX];
	struct pgp_session session, back;
	struct pgp_seckey sec;
	struct pgp_pkesk pkesk;
	struct pgp_pubkey bad;
	size_t i;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_ECDH, 0, NOW));
	pgp_session_new(&session, &rng);
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		bad = sec.pub;
		ATF_REQUIRE_EQ(32, test_unhex(points[i], bad.point, 32));
		ATF_CHECK_EQ(-1, pgp_pkesk_write(&bad, &session, out));

		ATF_REQUIRE_EQ(96, pgp_pkesk_write(&sec.pub, &session, out));
		memcpy(out + 15, bad.point, 32);
		ATF_REQUIRE_EQ(0, pgp_pkesk_read(out + 2, 94, &pkesk));
		ATF_CHECK_EQ(-1, pgp_pkesk_decrypt(&pkesk, &sec, &rng,
		    &back));
	}
}

ATF_TC_WITHOUT_HEAD(session_refuses_other_lengths);
ATF_TC_BODY(session_refuses_other_lengths, tc)
{
	static const struct { uint8_t alg; unsigned int bits; } keys[] = {
	    { PGP_ALG_ECDH, 0 }, { PGP_ALG_RSA, 2048 } };
	struct test_rng state;
	struct rng rng = test_rng(&state, 8);
	uint8_t out[PGP_PKESK_MAX + 1];
	struct pgp_session session, back;
	struct pgp_seckey sec;
	struct pgp_packet pkt;
	struct pgp_pkesk pkesk;
	size_t i, len;
	ssize_t n;

	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, keys[i].alg,
		    keys[i].bits, NOW));
		pgp_session_new(&session, &rng);
		n = pgp_pkesk_write(&sec.pub, &session, out);
		ATF_REQUIRE(n > 0);
		ATF_REQUIRE_EQ(0, pgp_packet_read(out, (size_t)n, &pkt));
		for (len = 0; len < pkt.body_len; len++) {
			ATF_CHECK(pgp_pkesk_read(pkt.body, len,
			    &pkesk) == -1 || pgp_pkesk_decrypt(&pkesk, &sec,
			    &rng, &back) == -1);
		}
		out[n] = 0;
		ATF_REQUIRE_EQ(0, pgp_pkesk_read(pkt.body, pkt.body_len + 1,
		    &pkesk));
		ATF_CHECK_EQ(-1, pgp_pkesk_decrypt(&pkesk, &sec, &rng,
		    &back));
		ATF_REQUIRE_EQ(0, pgp_pkesk_read(pkt.body, pkt.body_len,
		    &pkesk));
		ATF_CHECK_EQ(0, pgp_pkesk_decrypt(&pkesk, &sec, &rng, &back));
	}
}

ATF_TC_WITHOUT_HEAD(session_refuses_numbers_over_the_modulus);
ATF_TC_BODY(session_refuses_numbers_over_the_modulus, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 9);
	uint8_t body[10 + 2 + 256];
	struct pgp_session session;
	struct pgp_seckey sec;
	struct pgp_pkesk pkesk;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_RSA, 2048, NOW));
	memset(body, 0, sizeof(body));
	body[0] = 3;
	body[9] = PGP_ALG_RSA;
	body[10] = 8;
	memcpy(body + 12, sec.pub.n, 256);
	ATF_REQUIRE_EQ(0, pgp_pkesk_read(body, sizeof(body), &pkesk));
	ATF_CHECK_EQ(-1, pgp_pkesk_decrypt(&pkesk, &sec, &rng, &session));
	body[12 + 255] -= 1;
	ATF_CHECK_EQ(0, pgp_pkesk_decrypt(&pkesk, &sec, &rng, &session));
	/* No padding at all: a random AES-256 key. */
	ATF_CHECK_EQ(PGP_CIPHER_AES256, session.cipher);
	ATF_CHECK_EQ(32, session.key_len);
}

ATF_TC_WITHOUT_HEAD(session_write_refuses_what_is_none);
ATF_TC_BODY(session_write_refuses_what_is_none, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 10);
	uint8_t out[PGP_PKESK_MAX], buf[64];
	struct pgp_session session;
	struct pgp_seckey sec;

	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_EDDSA, 0, NOW));
	pgp_session_new(&session, &rng);
	ATF_CHECK_EQ(-1, pgp_pkesk_write(&sec.pub, &session, out));
	ATF_REQUIRE_EQ(0, pgp_key_generate(&sec, PGP_ALG_ECDH, 0, NOW));
	session.key_len = 16;
	ATF_CHECK_EQ(-1, pgp_pkesk_write(&sec.pub, &session, out));
	ATF_CHECK_EQ(-1, pgp_sed_encrypt(&session, &rng, buf, 8, out));
	session.cipher = 2;
	ATF_CHECK_EQ(-1, pgp_pkesk_write(&sec.pub, &session, out));
}

ATF_TC_WITHOUT_HEAD(sed_comes_back_at_every_length);
ATF_TC_BODY(sed_comes_back_at_every_length, tc)
{
	static const uint8_t lens[] = { 16, 24, 32 };
	struct test_rng state;
	struct rng rng = test_rng(&state, 11);
	uint8_t in[100], sed[PGP_SED_PREFIX + 100], out[100];
	struct pgp_session session;
	size_t len, i;

	rng_fill(&rng, in, sizeof(in));
	pgp_session_new(&session, &rng);
	for (i = 0; i < 3; i++) {
		session.cipher = (uint8_t)(PGP_CIPHER_AES128 + i);
		session.key_len = lens[i];
		for (len = 0; len <= sizeof(in); len++) {
			ATF_REQUIRE_EQ(0, pgp_sed_encrypt(&session, &rng, in,
			    len, sed));
			ATF_REQUIRE_EQ(0, pgp_sed_decrypt(&session, sed,
			    PGP_SED_PREFIX + len, out));
			ATF_REQUIRE_EQ(0, memcmp(in, out, len));
		}
	}
	for (len = 0; len < PGP_SED_PREFIX; len++)
		ATF_CHECK_EQ(-1, pgp_sed_decrypt(&session, sed, len, out));
}

/* The random prefix can say what it wants. */
ATF_TC_WITHOUT_HEAD(sed_quick_check_is_not_looked_at);
ATF_TC_BODY(sed_quick_check_is_not_looked_at, tc)
{
	static const uint8_t text[] = "the same as before";
	struct test_rng state;
	struct rng rng = test_rng(&state, 12);
	uint8_t sed[PGP_SED_PREFIX + sizeof(text)], out[sizeof(text)];
	struct pgp_session session;

	pgp_session_new(&session, &rng);
	ATF_REQUIRE_EQ(0, pgp_sed_encrypt(&session, &rng, text, sizeof(text),
	    sed));
	sed[0] ^= 1;
	sed[1] ^= 0x80;
	ATF_REQUIRE_EQ(0, pgp_sed_decrypt(&session, sed, sizeof(sed), out));
	ATF_CHECK_EQ(0, memcmp(text, out, sizeof(text)));
}

ATF_TC_WITHOUT_HEAD(repeat_is_found_wherever_it_is);
ATF_TC_BODY(repeat_is_found_wherever_it_is, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 13);
	uint8_t buf[30000], save[16];
	size_t nblocks = (sizeof(buf) - PGP_SED_PREFIX + 15) / 16, i, from, to;

	rng_fill(&rng, buf, sizeof(buf));
	ATF_CHECK_EQ(0, pgp_sed_has_repeat(buf, sizeof(buf), &rng));
	for (i = 0; i < 200; i++) {
		to = 1 + rng_uniform(&rng, (uint32_t)nblocks - 1);
		from = rng_uniform(&rng, (uint32_t)to);
		memcpy(save, buf + 2 + 16 * to, 16);
		memcpy(buf + 2 + 16 * to, buf + 2 + 16 * from, 16);
		ATF_CHECK_EQ_MSG(1, pgp_sed_has_repeat(buf, sizeof(buf),
		    &rng), "%zu = %zu", from, to);
		memcpy(buf + 2 + 16 * to, save, 16);
	}
}

ATF_TC_WITHOUT_HEAD(repeat_counts_only_blocks_that_feed);
ATF_TC_BODY(repeat_counts_only_blocks_that_feed, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 14);
	uint8_t buf[2 + 16 * 4];

	rng_fill(&rng, buf, sizeof(buf));
	/* The last whole block feeds nothing. */
	memcpy(buf + 2 + 48, buf + 2, 16);
	ATF_CHECK_EQ(0, pgp_sed_has_repeat(buf, sizeof(buf), &rng));
	/* Shifted by an octet, it is no repetition. */
	rng_fill(&rng, buf, sizeof(buf));
	memcpy(buf + 2 + 17, buf + 2, 16);
	ATF_CHECK_EQ(0, pgp_sed_has_repeat(buf, sizeof(buf), &rng));
	memcpy(buf + 2 + 32, buf + 2, 16);
	ATF_CHECK_EQ(1, pgp_sed_has_repeat(buf, sizeof(buf), &rng));
	/* Nor is what is too short to have two. */
	memset(buf, 0, sizeof(buf));
	ATF_CHECK_EQ(0, pgp_sed_has_repeat(buf, 2 + 16 * 2, &rng));
	ATF_CHECK_EQ(1, pgp_sed_has_repeat(buf, 2 + 16 * 2 + 1, &rng));
	ATF_CHECK_EQ(0, pgp_sed_has_repeat(buf, 0, &rng));
}

ATF_TC_WITHOUT_HEAD(repeat_has_a_limit);
ATF_TC_BODY(repeat_has_a_limit, tc)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 15);
	uint8_t *buf;

	buf = malloc(PGP_SED_REPEAT_MAX + 1);
	ATF_REQUIRE(buf != NULL);
	rng_fill(&rng, buf, PGP_SED_REPEAT_MAX + 1);
	ATF_CHECK_EQ(0, pgp_sed_has_repeat(buf, PGP_SED_REPEAT_MAX, &rng));
	ATF_CHECK_EQ(1, pgp_sed_has_repeat(buf, PGP_SED_REPEAT_MAX + 1,
	    &rng));
	free(buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, session_opens_the_vectors);
	ATF_TP_ADD_TC(tp, session_is_the_same_with_a_prepared_key);
	ATF_TP_ADD_TC(tp, session_prepared_key_opens_no_broken_padding);
	ATF_TP_ADD_TC(tp, session_rsa_flips_open_nothing);
	ATF_TP_ADD_TC(tp, session_ecdh_flips_open_nothing);
	ATF_TP_ADD_TC(tp, session_key_comes_back);
	ATF_TP_ADD_TC(tp, session_obeys_the_kdf_parameters);
	ATF_TP_ADD_TC(tp, session_refuses_points_of_small_order);
	ATF_TP_ADD_TC(tp, session_refuses_other_lengths);
	ATF_TP_ADD_TC(tp, session_refuses_numbers_over_the_modulus);
	ATF_TP_ADD_TC(tp, session_write_refuses_what_is_none);
	ATF_TP_ADD_TC(tp, sed_comes_back_at_every_length);
	ATF_TP_ADD_TC(tp, sed_quick_check_is_not_looked_at);
	ATF_TP_ADD_TC(tp, repeat_is_found_wherever_it_is);
	ATF_TP_ADD_TC(tp, repeat_counts_only_blocks_that_feed);
	ATF_TP_ADD_TC(tp, repeat_has_a_limit);

	return (atf_no_error());
}
