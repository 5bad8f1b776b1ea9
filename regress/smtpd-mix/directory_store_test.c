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
#include "directory_cache.h"
#include "directory_file.h"
#include "directory_store.h"
#include "fakecert.h"
#include "lib/testutil.h"

#define NOW	((time_t)1750000000)
#define DAY	86400

static struct store store;
static struct store_mix *mix;
static struct fakecert a, b, neutral;

static enum roster_error
add(const struct fakecert *c)
{
	return (store_add(&store, c->buf, c->len, NOW, &mix));
}

static void
add_file(const struct fakecert *c)
{
	size_t counts[ROSTER_NERRORS] = { 0 };

	store_files_add(&store, c->buf, c->len, NOW, counts);
}

static void
trust(const struct fakecert *c)
{
	store_trust_begin(&store);
	if (c != NULL)
		store_trust_add(&store, c->buf, c->len, NOW);
	store_trust_end(&store, NOW);
}

static size_t
usable(time_t now)
{
	store_judge(&store, now);

	return (store.usable);
}

static size_t
sent(void)
{
	size_t len;

	free(store_roster(&store, &len));

	return (len);
}

static void
set_up(void)
{
	store_init(&store);
	fakecert_mix(&a, "a.example", NOW - 100, NOW + DAY);
	fakecert_mix(&b, "b.example", NOW - 100, NOW + 2 * DAY);
	fakecert_begin(&neutral, "Neutral", NOW - 1000);
}

ATF_TC_WITHOUT_HEAD(mixes_are_kept_once_and_sent);
ATF_TC_BODY(mixes_are_kept_once_and_sent, tc)
{
	uint8_t *data;
	size_t len;

	set_up();
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_REQUIRE(mix != NULL);
	ATF_CHECK_STREQ("mixtasy@a.example", mix->address);
	ATF_CHECK(memcmp(mix->fpr, a.primary.pub.fpr, PGP_FPR_LEN) == 0);
	ATF_CHECK_EQ(ROSTER_OK, add(&b));
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(2, store.n);
	ATF_CHECK_EQ(1, store.mixes[0].ncopies);
	ATF_CHECK_EQ(2, usable(NOW));
	data = store_roster(&store, &len);
	ATF_REQUIRE_EQ(a.len + b.len, len);
	ATF_CHECK(memcmp(data, a.buf, a.len) == 0);
	free(data);
	/* Time passes. */
	ATF_CHECK_EQ(1, usable(NOW + DAY + 1));
	ATF_CHECK_EQ(ROSTER_NO_SUBKEY, store.mixes[0].state);
	ATF_CHECK_EQ(b.len, sent());
	store_clear(&store);
	ATF_CHECK_EQ(0, store.octets);
}

ATF_TC_WITHOUT_HEAD(a_newer_copy_takes_the_place_of_an_older_one);
ATF_TC_BODY(a_newer_copy_takes_the_place_of_an_older_one, tc)
{
	struct fakecert old;

	set_up();
	old = a;
	fakecert_subkey(&a, NOW + 3 * DAY);
	ATF_CHECK_EQ(ROSTER_OK, add(&old));
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(1, store.mixes[0].ncopies);
	ATF_CHECK_EQ(a.len, store.octets);
	/* And the older one comes again from a server that is behind. */
	ATF_CHECK_EQ(ROSTER_OK, add(&old));
	ATF_CHECK_EQ(1, store.mixes[0].ncopies);
	ATF_CHECK_EQ(1, usable(NOW + 2 * DAY));
	ATF_CHECK_EQ(NOW + 3 * DAY, store.mixes[0].subkey_expires);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(certifications_of_an_older_copy_stay);
ATF_TC_BODY(certifications_of_an_older_copy_stay, tc)
{
	struct fakecert certified;

	set_up();
	trust(&neutral);
	certified = a;
	fakecert_sign(&certified, &neutral, PGP_CLASS_CASUAL, NOW - 50);
	fakecert_subkey(&a, NOW + 3 * DAY);
	ATF_CHECK_EQ(ROSTER_OK, add(&certified));
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(2, store.mixes[0].ncopies);
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_EQ(ROSTER_CASUAL, store.mixes[0].rank);
	ATF_CHECK_EQ(NOW + 3 * DAY, store.mixes[0].subkey_expires);
	ATF_CHECK_EQ(certified.len + a.len, sent());
	/* One that has both makes the two needless. */
	fakecert_sign(&a, &neutral, PGP_CLASS_POSITIVE, NOW - 40);
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(1, store.mixes[0].ncopies);
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_EQ(ROSTER_POSITIVE, store.mixes[0].rank);
	trust(NULL);
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_EQ(ROSTER_UNRANKED, store.mixes[0].rank);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(what_is_revoked_stays_so_and_is_told);
ATF_TC_BODY(what_is_revoked_stays_so_and_is_told, tc)
{
	struct fakecert revoked;

	set_up();
	revoked = a;
	fakecert_revoke(&revoked);
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(ROSTER_REVOKED, add(&revoked));
	ATF_CHECK_EQ(0, usable(NOW));
	ATF_CHECK_EQ(1, store.mixes[0].ncopies);
	ATF_CHECK_EQ(ROSTER_REVOKED, store.mixes[0].state);
	/* Seal has to know, for it has files. */
	ATF_CHECK_EQ(revoked.len, sent());
	/* A server without the revocation changes nothing. */
	(void)add(&a);
	ATF_CHECK_EQ(0, usable(NOW));
	/* Nor does a file. */
	add_file(&a);
	ATF_CHECK_EQ(0, usable(NOW));
	ATF_CHECK_EQ(ROSTER_REVOKED, store.mixes[0].state);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(two_keys_for_one_address_are_both_left_out);
ATF_TC_BODY(two_keys_for_one_address_are_both_left_out, tc)
{
	struct fakecert liar;

	set_up();
	fakecert_mix(&liar, "a.example", NOW - 50, NOW + 9 * DAY);
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(ROSTER_OK, add(&liar));
	ATF_CHECK_EQ(0, usable(NOW));
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[1].state);
	ATF_CHECK_EQ(0, sent());
	ATF_CHECK_EQ(0, store.conflicts);
	/* Unless the operator says which one is right. */
	add_file(&a);
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[1].state);
	ATF_CHECK_EQ(1, store.conflicts);
	ATF_CHECK_EQ(a.len, sent());
	store_clear(&store);
}

/* Two for the same address; the second came so many seconds later. */
static void
set_up_claims(struct fakecert *liar, time_t later)
{
	set_up();
	fakecert_mix(&a, "a.example", NOW - 100, NOW + 90 * DAY);
	fakecert_mix(liar, "a.example", NOW - 50, NOW + 99 * DAY);
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_EQ(NOW, store.mixes[0].since);
	ATF_CHECK_EQ(ROSTER_OK, add(liar));
	(void)usable(NOW + later);
	ATF_REQUIRE_EQ(2, store.n);
	ATF_CHECK_EQ(NOW, store.mixes[0].since);
	ATF_CHECK_EQ((uint64_t)(NOW + later), store.mixes[1].since);
}

ATF_TC_WITHOUT_HEAD(who_is_known_for_longer_keeps_the_address);
ATF_TC_BODY(who_is_known_for_longer_keeps_the_address, tc)
{
	struct fakecert liar, third;

	set_up_claims(&liar, 2 * DAY);
	ATF_CHECK_EQ(1, usable(NOW + 2 * DAY));
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[1].state);
	ATF_CHECK_EQ(1, store.conflicts);
	ATF_CHECK_EQ(a.len, sent());
	/* However many come, and however old they become. */
	fakecert_mix(&third, "a.example", NOW - 50, NOW + 99 * DAY);
	ATF_CHECK_EQ(ROSTER_OK, add(&third));
	ATF_CHECK_EQ(1, usable(NOW + 5 * DAY));
	ATF_CHECK_EQ(2, store.conflicts);
	ATF_CHECK_EQ(1, usable(NOW + 80 * DAY));
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[0].state);
	/* When it is over the next one has the address. */
	ATF_CHECK_EQ(1, usable(NOW + 91 * DAY));
	ATF_CHECK_EQ(ROSTER_NO_SUBKEY, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[1].state);
	fakecert_revoke(&a);
	ATF_CHECK_EQ(ROSTER_REVOKED, add(&a));
	ATF_CHECK_EQ(1, usable(NOW + 80 * DAY));
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[1].state);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(who_comes_soon_after_bars_the_address);
ATF_TC_BODY(who_comes_soon_after_bars_the_address, tc)
{
	struct fakecert liar, third;

	set_up_claims(&liar, 2 * DAY - 1);
	ATF_CHECK_EQ(0, usable(NOW + 2 * DAY));
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[1].state);
	ATF_CHECK_EQ(0, store.conflicts);
	/* And nobody gains by it. */
	fakecert_mix(&third, "a.example", NOW - 50, NOW + 99 * DAY);
	ATF_CHECK_EQ(ROSTER_OK, add(&third));
	ATF_CHECK_EQ(0, usable(NOW + 50 * DAY));
	ATF_CHECK_EQ(0, sent());
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(a_rank_or_a_file_is_worth_more_than_age);
ATF_TC_BODY(a_rank_or_a_file_is_worth_more_than_age, tc)
{
	struct fakecert liar;

	set_up_claims(&liar, 9 * DAY);
	fakecert_sign(&liar, &neutral, PGP_CLASS_CASUAL, NOW - 10);
	trust(&neutral);
	ATF_CHECK_EQ(ROSTER_OK, add(&liar));
	ATF_CHECK_EQ(1, usable(NOW + 10 * DAY));
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[1].state);
	ATF_CHECK_EQ(ROSTER_CASUAL, store.mixes[1].rank);
	ATF_CHECK_EQ(1, store.conflicts);
	add_file(&a);
	ATF_CHECK_EQ(1, usable(NOW + 10 * DAY));
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[1].state);
	ATF_CHECK_EQ(1, store.conflicts);
	/* Two that are ranked bar each other. */
	store_files_begin(&store);
	fakecert_sign(&a, &neutral, PGP_CLASS_CASUAL, NOW - 10);
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(0, usable(NOW + 10 * DAY));
	ATF_CHECK_EQ(0, store.conflicts);
	store_clear(&store);
}

/* Who has no subkey at first could get old unseen. */
ATF_TC_WITHOUT_HEAD(a_mix_is_as_old_as_it_is_usable);
ATF_TC_BODY(a_mix_is_as_old_as_it_is_usable, tc)
{
	struct fakecert liar;

	set_up();
	fakecert_begin(&liar, "<mixtasy@a.example>", NOW - 100);
	ATF_CHECK_EQ(ROSTER_NO_SUBKEY, add(&liar));
	ATF_CHECK_EQ(0, usable(NOW - 9 * DAY));
	ATF_CHECK_EQ(0, store.mixes[0].since);
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(1, usable(NOW - 5 * DAY));
	fakecert_subkey(&liar, NOW + DAY);
	ATF_CHECK_EQ(ROSTER_OK, add(&liar));
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_EQ(NOW, store.mixes[0].since);
	ATF_CHECK_EQ(ROSTER_DUPLICATE, store.mixes[0].state);
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[1].state);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(times_in_the_future_count_as_now);
ATF_TC_BODY(times_in_the_future_count_as_now, tc)
{
	struct fakecert liar;

	set_up_claims(&liar, 9 * DAY);
	/* One day later than the first one's, if it counts as now. */
	ATF_CHECK_EQ(0, usable(NOW + DAY));
	ATF_CHECK_EQ(1, usable(NOW + 2 * DAY));
	ATF_CHECK_EQ(ROSTER_OK, store.mixes[0].state);
	/* It is set right when a server gives the mix. */
	store.mixes[1].added = (uint64_t)NOW + 9 * DAY;
	store_given(&store.mixes[1], NOW + DAY);
	ATF_CHECK_EQ(NOW + DAY, store.mixes[1].since);
	ATF_CHECK_EQ(NOW + DAY, store.mixes[1].added);
	ATF_CHECK_EQ(NOW + DAY, store.mixes[1].seen);
	ATF_CHECK_EQ(0, usable(NOW + 2 * DAY));
	store_given(&store.mixes[1], NOW + 7 * DAY);
	ATF_CHECK_EQ(NOW + DAY, store.mixes[1].since);
	ATF_CHECK_EQ(NOW + 7 * DAY, store.mixes[1].seen);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(files_are_known_until_they_are_gone);
ATF_TC_BODY(files_are_known_until_they_are_gone, tc)
{
	set_up();
	add_file(&a);
	add_file(&b);
	(void)add(&b);
	ATF_CHECK_EQ(2, usable(NOW));
	/* What is in a file is seal's already. */
	ATF_CHECK_EQ(b.len, sent());
	store_files_begin(&store);
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_STREQ("mixtasy@b.example", store.mixes[0].address);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(what_is_no_mix_is_not_kept);
ATF_TC_BODY(what_is_no_mix_is_not_kept, tc)
{
	struct fakecert c;

	set_up();
	fakecert_begin(&c, "Friend <friend@far.example>", NOW - 100);
	fakecert_subkey(&c, NOW + DAY);
	ATF_CHECK_EQ(ROSTER_FOREIGN, add(&c));
	ATF_CHECK(mix == NULL);
	ATF_CHECK_EQ(ROSTER_BROKEN, store_add(&store,
	    (const uint8_t *)"\x99\x01\x02", 3, NOW, NULL));
	ATF_CHECK_EQ(ROSTER_BROKEN, store_add(&store, (const uint8_t *)"", 0,
	    NOW, NULL));
	ATF_CHECK_EQ(0, store.n);
	/* A mix that has no subkey now is known, but not used. */
	fakecert_begin(&c, "<mixtasy@c.example>", NOW - 100);
	ATF_CHECK_EQ(ROSTER_NO_SUBKEY, add(&c));
	ATF_REQUIRE(mix != NULL);
	ATF_CHECK_STREQ("mixtasy@c.example", mix->address);
	ATF_CHECK_EQ(0, usable(NOW));
	ATF_CHECK_EQ(ROSTER_NO_SUBKEY, store.mixes[0].state);
	ATF_CHECK_EQ(0, sent());
	store_clear(&store);
}

/* Signatures by others, of which a server can have any number. */
ATF_TC_WITHOUT_HEAD(signatures_of_others_are_not_kept);
ATF_TC_BODY(signatures_of_others_are_not_kept, tc)
{
	struct fakecert plain;
	int i;

	set_up();
	plain = a;
	for (i = 0; i < 20; i++)
		fakecert_sign(&a, &neutral, PGP_CLASS_POSITIVE, NOW - 50 + i);
	ATF_CHECK_EQ(ROSTER_OK, add(&a));
	ATF_CHECK_EQ(plain.len, store.octets);
	store_clear(&store);
}

ATF_TC_WITHOUT_HEAD(what_is_of_no_use_for_long_is_forgotten);
ATF_TC_BODY(what_is_of_no_use_for_long_is_forgotten, tc)
{
	struct fakecert revoked;
	size_t i;

	set_up();
	fakecert_mix(&revoked, "r.example", NOW - 100, NOW + DAY);
	fakecert_revoke(&revoked);
	(void)add(&a);
	(void)add(&revoked);
	for (i = 0; i < store.n; i++)
		store.mixes[i].seen = NOW;
	store.mixes[0].given = 1;
	ATF_CHECK_EQ(0, usable(NOW + 40 * DAY));
	store_expire(&store, NOW + 40 * DAY);
	ATF_CHECK_EQ_MSG(2, store.n, "it is listed still");
	store.mixes[0].given = 0;
	store_expire(&store, NOW + 30 * DAY);
	ATF_CHECK_EQ(2, store.n);
	store_expire(&store, NOW + 32 * DAY);
	ATF_CHECK_EQ(1, store.n);
	ATF_CHECK_EQ(ROSTER_REVOKED, store.mixes[0].state);
	store_expire(&store, NOW + 366 * DAY);
	ATF_CHECK_EQ(0, store.n);
	store_clear(&store);
}

static struct ask_result result;

/* Reads the file with so many octets, one of them changed: its mixes. */
static size_t
read_damaged(const uint8_t *file, size_t len, size_t at)
{
	uint8_t *copy = malloc(len + 1);
	size_t n;

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, file, len);
	if (at < len)
		copy[at] ^= 0x10;
	ATF_REQUIRE_EQ(0, test_write_file(CACHE_FILE, copy, len));
	free(copy);
	store_init(&store);
	memset(&result, 0, sizeof(result));
	cache_read(&store, &result, NOW);
	n = store.n;
	store_clear(&store);

	return (n);
}

ATF_TC_WITHOUT_HEAD(the_cache_survives_and_damage_is_found);
ATF_TC_BODY(the_cache_survives_and_damage_is_found, tc)
{
	size_t len, i, n;
	uint8_t *file;

	set_up();
	(void)add(&a);
	store.mixes[0].added = 5;
	store.mixes[0].seen = NOW - 7;
	store.mixes[0].since = 6;
	(void)add(&b);
	result.last = NOW - 9;
	result.before = 2;
	result.before_since = NOW - 10;
	ATF_CHECK(store.changed);
	ATF_REQUIRE_EQ(0, cache_write(&store, &result));
	ATF_CHECK(!store.changed);
	store_clear(&store);
	ATF_REQUIRE((file = test_read_file(CACHE_FILE, &len)) != NULL);

	store_init(&store);
	memset(&result, 0, sizeof(result));
	cache_read(&store, &result, NOW);
	ATF_REQUIRE_EQ(2, store.n);
	ATF_CHECK_EQ(5, store.mixes[0].added);
	ATF_CHECK_EQ(NOW - 7, store.mixes[0].seen);
	ATF_CHECK_EQ(6, store.mixes[0].since);
	ATF_CHECK_EQ(0, store.mixes[1].since);
	ATF_CHECK(!store.changed);
	ATF_CHECK_EQ(2, usable(NOW));
	ATF_CHECK_EQ(NOW, store.mixes[1].since);
	ATF_CHECK_EQ(NOW - 9, result.last);
	ATF_CHECK_EQ(2, result.before);
	ATF_CHECK_EQ(NOW - 10, result.before_since);
	/* What has become known since is to be written. */
	ATF_CHECK(store.changed);
	store_clear(&store);

	ATF_CHECK_EQ(2, read_damaged(file, len, len));
	for (i = 0; i < len; i += 13) {
		n = read_damaged(file, len, i);
		ATF_CHECK_MSG(n <= 1, "octet %zu: %zu mixes", i, n);
		ATF_CHECK(read_damaged(file, i, len) <= 1);
	}
	free(file);
}

/* A cache of one mix as it was when it didn't say since when that is known. */
static void
write_format_1(const struct fakecert *c)
{
	static uint8_t buf[sizeof(c->buf) + 256];
	struct file_out out = { buf, 0, 0 };

	file_put(&out, "smtpd-mix cache 1\n", 18);
	file_put_number(&out, (uint64_t)NOW - 9);
	file_put_number(&out, 1);
	file_put_number(&out, (uint64_t)NOW - 10);
	file_put_hash(&out);
	file_put_number(&out, 5);
	file_put_number(&out, (uint64_t)NOW - 7);
	file_put_number(&out, 1);
	file_put_number(&out, c->len);
	file_put(&out, c->buf, c->len);
	file_put_hash(&out);
	ATF_REQUIRE_EQ(0, test_write_file(CACHE_FILE, buf, out.len));
}

ATF_TC_WITHOUT_HEAD(a_cache_without_times_is_read);
ATF_TC_BODY(a_cache_without_times_is_read, tc)
{
	set_up();
	write_format_1(&a);
	cache_read(&store, &result, NOW);
	ATF_REQUIRE_EQ(1, store.n);
	ATF_CHECK_EQ(5, store.mixes[0].added);
	ATF_CHECK_EQ(NOW - 7, store.mixes[0].seen);
	ATF_CHECK_EQ(0, store.mixes[0].since);
	ATF_CHECK_EQ(NOW - 9, result.last);
	ATF_CHECK_EQ(1, usable(NOW));
	ATF_CHECK_EQ(NOW, store.mixes[0].since);
	/* From then on it is remembered. */
	ATF_CHECK(store.changed);
	ATF_REQUIRE_EQ(0, cache_write(&store, &result));
	store_clear(&store);
	cache_read(&store, &result, NOW + 50);
	ATF_REQUIRE_EQ(1, store.n);
	ATF_CHECK_EQ(1, usable(NOW + 50));
	ATF_CHECK_EQ(NOW, store.mixes[0].since);
	store_clear(&store);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mixes_are_kept_once_and_sent);
	ATF_TP_ADD_TC(tp, a_newer_copy_takes_the_place_of_an_older_one);
	ATF_TP_ADD_TC(tp, certifications_of_an_older_copy_stay);
	ATF_TP_ADD_TC(tp, what_is_revoked_stays_so_and_is_told);
	ATF_TP_ADD_TC(tp, two_keys_for_one_address_are_both_left_out);
	ATF_TP_ADD_TC(tp, who_is_known_for_longer_keeps_the_address);
	ATF_TP_ADD_TC(tp, who_comes_soon_after_bars_the_address);
	ATF_TP_ADD_TC(tp, a_rank_or_a_file_is_worth_more_than_age);
	ATF_TP_ADD_TC(tp, a_mix_is_as_old_as_it_is_usable);
	ATF_TP_ADD_TC(tp, times_in_the_future_count_as_now);
	ATF_TP_ADD_TC(tp, files_are_known_until_they_are_gone);
	ATF_TP_ADD_TC(tp, what_is_no_mix_is_not_kept);
	ATF_TP_ADD_TC(tp, signatures_of_others_are_not_kept);
	ATF_TP_ADD_TC(tp, what_is_of_no_use_for_long_is_forgotten);
	ATF_TP_ADD_TC(tp, the_cache_survives_and_damage_is_found);
	ATF_TP_ADD_TC(tp, a_cache_without_times_is_read);

	return (atf_no_error());
}
