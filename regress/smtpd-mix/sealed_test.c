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

#include <string.h>

#include <atf-c.h>

#include "lib/testutil.h"
#include "sealed.h"

#define CLASS	3

static struct test_rng	rng_state;
static struct rng	rng;
static struct storage_keys keys;
static struct proto_body body;
static struct sealed_name name = { CLASS, 0, 0 };
static uint8_t		payload[SEALED_PAYLOAD_MAX + 1];
static uint8_t		out[SEALED_PAYLOAD_MAX];
static char		rcpt[MAIL_ADDRESS_MAX];
static size_t		len;

static int
add_key(uint32_t day, uint32_t current)
{
	struct proto_storage_key key;

	memset(&key, (int)day, sizeof(key));
	key.day = day;
	key.current = current;

	return (storage_keys_add(&keys, &key));
}

static void
setup(void)
{
	rng = test_rng(&rng_state, 7);
	rng_fill(&rng, payload, sizeof(payload));
	ATF_REQUIRE(add_key(20, 1) == 0);
	memset(&body, 0, sizeof(body));
	body.class = CLASS;
	body.body_len = MIX_BODY_LEN;
}

static void
seal(size_t n)
{
	ATF_REQUIRE_EQ(0, sealed_seal(&keys, &rng, &name, "bob@example.org",
	    payload, n, &body.storage_day, body.body));
	body.set = name.set;
	body.set_index = name.set_index;
}

static int
unseal(void)
{
	return (sealed_open(&keys, &body, rcpt, out, &len));
}

ATF_TC_WITHOUT_HEAD(sealed_opens_to_what_was_sealed);
ATF_TC_BODY(sealed_opens_to_what_was_sealed, tc)
{
	size_t lengths[] = { 0, 1, 1000, SEALED_PAYLOAD_MAX };
	size_t i;

	setup();
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		seal(lengths[i]);
		ATF_REQUIRE_EQ(0, unseal());
		ATF_CHECK_EQ(20, body.storage_day);
		ATF_CHECK_EQ(lengths[i], len);
		ATF_CHECK_EQ(0, memcmp(payload, out, len));
		ATF_CHECK_STREQ("bob@example.org", rcpt);
	}
}

ATF_TC_WITHOUT_HEAD(sealed_refuses_what_is_too_long);
ATF_TC_BODY(sealed_refuses_what_is_too_long, tc)
{
	char address[MAIL_ADDRESS_MAX + 1];
	uint32_t day;

	setup();
	ATF_CHECK_EQ(-1, sealed_seal(&keys, &rng, &name, "a@b.example",
	    payload, SEALED_PAYLOAD_MAX + 1, &day, body.body));
	memset(address, 'a', sizeof(address));
	address[MAIL_ADDRESS_MAX] = '\0';
	ATF_CHECK_EQ(-1, sealed_seal(&keys, &rng, &name, address, payload, 1,
	    &day, body.body));
}

ATF_TC_WITHOUT_HEAD(sealed_needs_a_current_key);
ATF_TC_BODY(sealed_needs_a_current_key, tc)
{
	uint32_t day;

	setup();
	storage_keys_drop(&keys, 20);
	ATF_REQUIRE_EQ(0, add_key(21, 0));
	ATF_CHECK_EQ(-1, sealed_seal(&keys, &rng, &name, "a@b.example",
	    payload, 1, &day, body.body));
}

ATF_TC_WITHOUT_HEAD(sealed_body_hides_the_recipient);
ATF_TC_BODY(sealed_body_hides_the_recipient, tc)
{
	uint8_t first[MIX_BODY_LEN];

	setup();
	seal(100);
	ATF_CHECK(memmem(body.body, MIX_BODY_LEN, "bob@", 4) == NULL);
	ATF_CHECK(memmem(body.body, MIX_BODY_LEN, payload, 16) == NULL);
	memcpy(first, body.body, sizeof(first));
	seal(100);
	ATF_CHECK(memcmp(first, body.body, 64) != 0);
}

ATF_TC_WITHOUT_HEAD(sealed_body_is_bound_to_its_name);
ATF_TC_BODY(sealed_body_is_bound_to_its_name, tc)
{
	setup();
	name.set = 9;
	name.set_index = 2;
	seal(100);
	ATF_REQUIRE_EQ(0, unseal());
	body.set_index = 1;
	ATF_CHECK_EQ(SEALED_NO_KEY, unseal());
	body.set_index = 2;
	body.set = 10;
	ATF_CHECK_EQ(SEALED_NO_KEY, unseal());
	body.set = 9;
	body.class = CLASS + 1;
	ATF_CHECK_EQ(SEALED_NO_KEY, unseal());
	body.class = CLASS;
	ATF_CHECK_EQ(0, unseal());
}

ATF_TC_WITHOUT_HEAD(sealed_body_shows_every_change);
ATF_TC_BODY(sealed_body_shows_every_change, tc)
{
	size_t at[] = { 0, 12, 28, 28 + MAIL_ADDRESS_MAX, MIX_BODY_LEN - 1 };
	size_t i;

	setup();
	seal(100);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		body.body[at[i]] ^= 1;
		ATF_CHECK_EQ(SEALED_NO_KEY, unseal());
		body.body[at[i]] ^= 1;
	}
	ATF_CHECK_EQ(0, unseal());
	body.body_len--;
	ATF_CHECK_EQ(SEALED_BROKEN, unseal());
}

ATF_TC_WITHOUT_HEAD(sealed_body_ends_with_its_key);
ATF_TC_BODY(sealed_body_ends_with_its_key, tc)
{
	setup();
	seal(100);
	ATF_REQUIRE_EQ(0, add_key(21, 1));
	ATF_CHECK_EQ(0, unseal());
	storage_keys_drop(&keys, 20);
	ATF_CHECK_EQ(SEALED_NO_KEY, unseal());
	seal(5);
	ATF_CHECK_EQ(21, body.storage_day);
	storage_keys_wipe(&keys);
	ATF_CHECK_EQ(SEALED_NO_KEY, unseal());
}

ATF_TC_WITHOUT_HEAD(storage_keys_are_bounded);
ATF_TC_BODY(storage_keys_are_bounded, tc)
{
	uint32_t day;

	for (day = 0; day < STORAGE_KEYS_MAX; day++)
		ATF_REQUIRE_EQ(0, add_key(day, 1));
	ATF_CHECK_EQ(-1, add_key(1000, 1));
	ATF_CHECK_EQ(0, add_key(5, 1));
	for (day = 0; day < STORAGE_KEYS_MAX; day++)
		ATF_CHECK_EQ(day == 5, keys.keys[day].current);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sealed_opens_to_what_was_sealed);
	ATF_TP_ADD_TC(tp, sealed_refuses_what_is_too_long);
	ATF_TP_ADD_TC(tp, sealed_needs_a_current_key);
	ATF_TP_ADD_TC(tp, sealed_body_hides_the_recipient);
	ATF_TP_ADD_TC(tp, sealed_body_is_bound_to_its_name);
	ATF_TP_ADD_TC(tp, sealed_body_shows_every_change);
	ATF_TP_ADD_TC(tp, sealed_body_ends_with_its_key);
	ATF_TP_ADD_TC(tp, storage_keys_are_bounded);

	return (atf_no_error());
}
