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
#include <sys/resource.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/clock.h"
#include "lib/testutil.h"
#include "spool/spool.h"

#include "fakequeue.h"
#include "roles.h"

/*
 * The role queue with a real disk and no other process.  It keeps its state in
 * one environment, so every start after a stop or a crash is a child.
 */
static const uint8_t keyid[PGP_KEYID_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct proto_result result;
static struct proto_dummy dummy;

static void
configure(void)
{
	struct proto_conf_global *g = &fake.conf.global;

	g->spool_slots = 1024;
	g->retry_first = 100;
	g->retry_max = 1000;
	g->expire = 86400;
	g->max_mail_size = 1000000;
	g->postmaster_via = CONF_VIA_MAILDIR;
}

static void
log_create(const uint8_t id[PGP_KEYID_LEN], uint32_t existing, uint32_t ok)
{
	const struct proto_log_ready *ready;
	struct proto_log_create create;

	memset(&create, 0, sizeof(create));
	memcpy(create.keyid, id, sizeof(create.keyid));
	create.expires = (uint64_t)time(NULL) + 86400;
	create.existing = existing;
	fake_message(ROLE_KEYS, PROTO_LOG_CREATE, &create, sizeof(create));
	ready = fake_take(ROLE_KEYS, PROTO_LOG_READY);
	ATF_REQUIRE(ready != NULL);
	ATF_REQUIRE_EQ(0, memcmp(ready->keyid, id, sizeof(ready->keyid)));
	ATF_REQUIRE_EQ(ok, ready->ok);
}

/* What keys says of the clock: how far off it is, and whether believed. */
static void
tell_clock(int64_t off, uint32_t hold)
{
	struct proto_clock row;

	memset(&row, 0, sizeof(row));
	row.base = clock_wall() - clock_boot() - off;
	row.hold = hold;
	fake_message(ROLE_KEYS, PROTO_CLOCK, &row, sizeof(row));
}

static void
start(uint32_t existing)
{
	configure();
	fake_start(&queue_ops);
	tell_clock(0, 0);
	log_create(keyid, existing, 1);
}

/* A start of its own; scenario returns, or ends the process by itself. */
static void
in_child(void (*scenario)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		scenario();
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	ATF_REQUIRE_EQ(0, WEXITSTATUS(status));
}

static void
make_result(uint64_t txn, enum mix_verdict verdict, uint8_t n)
{
	memset(&result, 0, sizeof(result));
	result.txn = txn;
	result.kind = PROTO_FRAME_MIX;
	result.verdict = verdict;
	result.body_len = MIX_BODY_LEN;
	memset(result.body, n, sizeof(result.body));
	if (verdict != MIX_DESTROY) {
		memcpy(result.keyid, keyid, sizeof(result.keyid));
		memset(result.digest, n, sizeof(result.digest));
	}
	if (verdict == MIX_FORWARD)
		strlcpy(result.next, "mixtasy@next.example",
		    sizeof(result.next));
	if (verdict == MIX_DELIVER) {
		result.storage_day = 12345;
		result.via = PROTO_VIA_DELIVER;
	}
}

static void
send_result(uint64_t txn, enum mix_verdict verdict, uint8_t n)
{
	make_result(txn, verdict, n);
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &result, sizeof(result));
}

static void
expect_committed(uint64_t txn, uint32_t ok)
{
	const struct proto_committed *c;

	c = fake_take(ROLE_SMTP, PROTO_COMMITTED);
	ATF_REQUIRE(c != NULL);
	ATF_REQUIRE_EQ(txn, c->txn);
	ATF_REQUIRE_EQ(ok, c->ok);
}

static struct proto_status_queue
status(void)
{
	struct proto_status_queue row;
	struct proto_ctl ctl = { 7 };
	const void *data;

	fake_message(ROLE_CONTROL, PROTO_CTL_STATUS, &ctl, sizeof(ctl));
	data = fake_take(ROLE_CONTROL, PROTO_STATUS_QUEUE);
	ATF_REQUIRE(data != NULL);
	memcpy(&row, data, sizeof(row));

	return (row);
}

static uint32_t
expect_add(struct proto_add_item *items, uint32_t max)
{
	const struct proto_add *add;
	uint32_t n = 0;

	while ((add = fake_take(ROLE_POOL, PROTO_ADD)) != NULL) {
		ATF_REQUIRE(n + add->n <= max);
		memcpy(items + n, add + 1, add->n * sizeof(*items));
		n += add->n;
	}

	return (n);
}

/* Takes one message in; its id. */
static uint32_t
take_in(enum mix_verdict verdict, uint8_t n)
{
	struct proto_add_item item;

	send_result(n, verdict, n);
	fake_run();
	expect_committed(n, 1);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_REQUIRE_EQ(0, item.fired);

	return (item.id);
}

ATF_TC_WITHOUT_HEAD(one_sync_commits_all_that_waits);
ATF_TC_BODY(one_sync_commits_all_that_waits, tc)
{
	struct proto_add_item items[32];
	const struct proto_credit *credit;
	uint8_t i;

	start(0);
	credit = fake_take(ROLE_SMTP, PROTO_CREDIT);
	ATF_REQUIRE(credit != NULL);
	ATF_CHECK_EQ(PROTO_SMTP_CREDITS, credit->slots);
	ATF_CHECK_EQ(0, credit->full);
	for (i = 1; i <= 20; i++)
		send_result(i, MIX_FORWARD, i);
	ATF_CHECK_EQ(0, fake_count(ROLE_SMTP, PROTO_COMMITTED));
	fake_run();
	for (i = 1; i <= 20; i++)
		expect_committed(i, 1);
	ATF_CHECK_EQ(20, expect_add(items, 32));
	ATF_CHECK_EQ(1, status().commits);
	ATF_CHECK_EQ(20, status().committed);
	ATF_CHECK_EQ(20, status().live);
	credit = fake_take(ROLE_SMTP, PROTO_CREDIT);
	ATF_REQUIRE(credit != NULL);
	ATF_CHECK_EQ(20, credit->slots);
}

ATF_TC_WITHOUT_HEAD(forged_replayed_and_dummies_are_answered_alike);
ATF_TC_BODY(forged_replayed_and_dummies_are_answered_alike, tc)
{
	struct proto_add_item items[8];
	uint64_t txn;

	start(0);
	send_result(1, MIX_FORWARD, 1);
	send_result(2, MIX_FORWARD, 1);
	send_result(3, MIX_DESTROY, 3);
	send_result(4, MIX_DISCARD, 4);
	fake_run();
	send_result(5, MIX_FORWARD, 1);
	send_result(6, MIX_DISCARD, 4);
	send_result(7, MIX_DESTROY, 7);
	fake_run();
	for (txn = 1; txn <= 7; txn++)
		expect_committed(txn, 1);
	ATF_CHECK_EQ(1, expect_add(items, 8));
	ATF_CHECK_EQ(3, status().replays);
	ATF_CHECK_EQ(2, status().digests);
	ATF_CHECK_EQ(1, status().live);
}

ATF_TC_WITHOUT_HEAD(subkey_without_a_log_is_not_used);
ATF_TC_BODY(subkey_without_a_log_is_not_used, tc)
{
	static const uint8_t other[PGP_KEYID_LEN] = { 9 };
	struct proto_log_remove gone;

	configure();
	fake_start(&queue_ops);
	log_create(other, 1, 0);
	send_result(1, MIX_FORWARD, 1);
	fake_run();
	expect_committed(1, 1);
	ATF_CHECK_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));

	log_create(keyid, 0, 1);
	send_result(2, MIX_FORWARD, 2);
	fake_run();
	ATF_CHECK_EQ(1, fake_count(ROLE_POOL, PROTO_ADD));
	memcpy(gone.keyid, keyid, sizeof(gone.keyid));
	fake_message(ROLE_KEYS, PROTO_LOG_REMOVE, &gone, sizeof(gone));
	ATF_CHECK_EQ(0, status().digests);
	ATF_CHECK_EQ(-1, access("replay-0102030405060708", F_OK));
	send_result(3, MIX_FORWARD, 3);
	fake_run();
	ATF_CHECK_EQ(1, fake_count(ROLE_POOL, PROTO_ADD));
	ATF_CHECK_EQ(1, status().live);
}

ATF_TC_WITHOUT_HEAD(what_crypto_could_not_look_at_is_tempfailed);
ATF_TC_BODY(what_crypto_could_not_look_at_is_tempfailed, tc)
{
	start(0);
	memset(&result, 0, sizeof(result));
	result.txn = 9;
	result.failed = 1;
	result.verdict = MIX_FORWARD;
	memcpy(result.keyid, keyid, sizeof(result.keyid));
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &result, sizeof(result));
	fake_run();
	expect_committed(9, 0);
	ATF_CHECK_EQ(0, status().digests);
	ATF_CHECK_EQ(0, status().live);
}

ATF_TC_WITHOUT_HEAD(fired_mail_goes_to_the_right_role);
ATF_TC_BODY(fired_mail_goes_to_the_right_role, tc)
{
	static const uint8_t no_token[16];
	const struct proto_body *body;
	uint32_t forward, exit;

	start(0);
	forward = take_in(MIX_FORWARD, 1);
	exit = take_in(MIX_DELIVER, 2);
	fire(forward);
	fire(exit);
	body = fake_take(ROLE_RELAY, PROTO_BODY);
	ATF_REQUIRE(body != NULL);
	ATF_CHECK_EQ(forward, body->id);
	ATF_CHECK_EQ(SPOOL_FORWARD, body->class);
	ATF_CHECK_EQ(1, body->set_total);
	ATF_CHECK_STREQ("mixtasy@next.example", body->next);
	ATF_CHECK_EQ(1, body->body[MIX_BODY_LEN - 1]);
	ATF_CHECK_EQ(0, memcmp(no_token, body->token, sizeof(no_token)));
	body = fake_take(ROLE_DELIVER, PROTO_BODY);
	ATF_REQUIRE(body != NULL);
	ATF_CHECK_EQ(exit, body->id);
	ATF_CHECK_EQ(SPOOL_EXIT, body->class);
	ATF_CHECK_EQ(12345, body->storage_day);
	ATF_CHECK_EQ(2, body->body[0]);
	ATF_CHECK(memcmp(no_token, body->token, sizeof(no_token)) != 0);

	answer(ROLE_RELAY, forward, PROTO_DELIVERED);
	answer(ROLE_DELIVER, exit, PROTO_FAILED);
	ATF_CHECK_EQ(0, status().live);
	ATF_CHECK_EQ(1, status().delivered);
	ATF_CHECK_EQ(1, status().refused);
	ATF_CHECK_EQ(2, status().digests);
}

ATF_TC_WITHOUT_HEAD(deferred_mail_comes_back_later);
ATF_TC_BODY(deferred_mail_comes_back_later, tc)
{
	const uint64_t now = (uint64_t)time(NULL);
	struct proto_add_item item;
	uint32_t id;

	start(0);
	id = take_in(MIX_FORWARD, 1);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK_EQ(id, item.id);
	ATF_CHECK_EQ(1, item.fired);
	ATF_CHECK(item.due >= now + 100 && item.due <= now + 130);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK(item.due >= now + 200 && item.due <= now + 255);
	ATF_CHECK_EQ(2, status().deferred);

	fake.conf.global.expire = 0;
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_CHECK_EQ(0, expect_add(&item, 1));
	ATF_CHECK_EQ(1, status().given_up);
	ATF_CHECK_EQ(0, status().live);
}

ATF_TC_WITHOUT_HEAD(mail_put_off_comes_back_soon_and_was_not_tried);
ATF_TC_BODY(mail_put_off_comes_back_soon_and_was_not_tried, tc)
{
	const uint64_t now = (uint64_t)time(NULL);
	struct proto_add_item item;
	uint32_t id;
	int i;

	start(0);
	id = take_in(MIX_FORWARD, 1);
	for (i = 0; i < 5; i++) {
		fire(id);
		answer(ROLE_RELAY, id, PROTO_POSTPONED);
		ATF_REQUIRE_EQ(1, expect_add(&item, 1));
		ATF_CHECK(item.due >= now + 31 && item.due <= now + 96);
	}
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK(item.due >= now + 100 && item.due <= now + 130);
}

ATF_TC_WITHOUT_HEAD(undeliverable_exit_mail_goes_to_postmaster_once);
ATF_TC_BODY(undeliverable_exit_mail_goes_to_postmaster_once, tc)
{
	const struct proto_body *body;
	struct proto_add_item item;
	uint32_t id, i;

	start(0);
	fake.conf.global.undeliverable = 1;
	/* A copy leaves by postmaster's way, be it another role's. */
	fake.conf.global.postmaster_via = CONF_VIA_HOST;
	id = take_in(MIX_DELIVER, 1);
	fire(id);
	body = fake_take(ROLE_DELIVER, PROTO_BODY);
	ATF_REQUIRE(body != NULL);
	ATF_CHECK_EQ(0, body->undeliverable);
	answer(ROLE_DELIVER, id, PROTO_FAILED);
	ATF_CHECK_EQ(1, status().refused);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK(item.due <= (uint64_t)time(NULL));
	for (i = 0; i < 2; i++) {
		fire(id);
		body = fake_take(ROLE_RELAY, PROTO_BODY);
		ATF_REQUIRE(body != NULL);
		ATF_CHECK_EQ(1, body->undeliverable);
		answer(ROLE_RELAY, id, i == 0 ? PROTO_DEFERRED : PROTO_FAILED);
		ATF_REQUIRE_EQ(1 - i, expect_add(&item, 1));
	}
	ATF_CHECK_EQ(0, status().live);
	ATF_CHECK_EQ(1, status().refused);
	ATF_CHECK_EQ(0, status().delivered);
	/* Nobody mixes for postmaster: what goes on has no copy. */
	id = take_in(MIX_FORWARD, 2);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_FAILED);
	ATF_CHECK_EQ(0, status().live);
}

ATF_TC_WITHOUT_HEAD(mail_given_up_goes_to_postmaster_when_there_is_one);
ATF_TC_BODY(mail_given_up_goes_to_postmaster_when_there_is_one, tc)
{
	struct proto_add_item item;
	uint32_t id;

	start(0);
	fake.conf.global.undeliverable = 1;
	fake.conf.global.postmaster_via = CONF_VIA_MAILDIR;
	fake.conf.global.expire = 0;
	id = take_in(MIX_DELIVER, 1);
	fire(id);
	answer(ROLE_DELIVER, id, PROTO_DEFERRED);
	ATF_CHECK_EQ(1, status().given_up);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	/* A reload has taken postmaster away: it waits, then ends. */
	fake.conf.global.expire = 3600;
	fake.conf.global.postmaster_via = CONF_VIA_NONE;
	fire(id);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK(item.due >= (uint64_t)time(NULL) + 99);
	fake.conf.global.postmaster_via = CONF_VIA_LMTP;
	fire(id);
	answer(ROLE_DELIVER, id, PROTO_DELIVERED);
	ATF_CHECK_EQ(0, status().live);
	ATF_CHECK_EQ(0, status().delivered);
}

ATF_TC_WITHOUT_HEAD(nothing_is_given_up_by_a_wrong_clock);
ATF_TC_BODY(nothing_is_given_up_by_a_wrong_clock, tc)
{
	struct proto_add_item item;
	uint32_t id;

	start(0);
	while (fake_take(ROLE_KEYS, PROTO_STORAGE_USED) != NULL)
		;
	fake.conf.global.expire = 0;
	id = take_in(MIX_FORWARD, 1);
	/* Keys has seen it, or hasn't yet. */
	tell_clock(0, 1);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_CHECK_EQ(1, expect_add(&item, 1));
	tell_clock(3600, 0);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_CHECK_EQ(1, expect_add(&item, 1));
	tell_clock(-3600, 0);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_CHECK_EQ(1, expect_add(&item, 1));
	ATF_CHECK_EQ(0, status().given_up);
	ATF_CHECK_EQ(0, fake_count(ROLE_KEYS, PROTO_STORAGE_USED));

	tell_clock(0, 0);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DEFERRED);
	ATF_CHECK_EQ(0, expect_add(&item, 1));
	ATF_CHECK_EQ(1, status().given_up);
}

ATF_TC_WITHOUT_HEAD(credits_bound_what_is_handed_out);
ATF_TC_BODY(credits_bound_what_is_handed_out, tc)
{
	const struct proto_body *body;
	uint32_t first;
	uint8_t i;

	start(0);
	for (i = 1; i <= 100; i++)
		fire(take_in(MIX_FORWARD, i));
	ATF_CHECK_EQ(PROTO_RELAY_CREDITS, fake_count(ROLE_RELAY, PROTO_BODY));
	body = fake_take(ROLE_RELAY, PROTO_BODY);
	first = body->id;
	answer(ROLE_RELAY, first, PROTO_DELIVERED);
	ATF_CHECK_EQ(PROTO_RELAY_CREDITS, fake_count(ROLE_RELAY, PROTO_BODY));
	/* Relay's silence doesn't hold up deliver. */
	fire(take_in(MIX_DELIVER, 101));
	ATF_CHECK_EQ(1, fake_count(ROLE_DELIVER, PROTO_BODY));
}

ATF_TC_WITHOUT_HEAD(dummies_are_told_to_the_pool_by_batch);
ATF_TC_BODY(dummies_are_told_to_the_pool_by_batch, tc)
{
	struct proto_add_item items[2];

	start(0);
	strlcpy(dummy.next, "mixtasy@a.example", sizeof(dummy.next));
	dummy.batch = 77;
	fake_message(ROLE_SEAL, PROTO_DUMMY, &dummy, sizeof(dummy));
	fake_run();
	ATF_REQUIRE_EQ(1, expect_add(items, 2));
	ATF_CHECK_EQ(1, items[0].dummy);
	ATF_CHECK_EQ(77, items[0].batch);
	ATF_CHECK_EQ(0, fake_count(ROLE_SMTP, PROTO_COMMITTED));
	fire(items[0].id);
	answer(ROLE_RELAY, items[0].id, PROTO_DELIVERED);
	ATF_CHECK_EQ(0, status().live);
}

/* A piece (index >= 1), or the head with its total. */
static void
send_piece(uint64_t set, uint32_t index, uint32_t total)
{
	memset(&result, 0, sizeof(result));
	result.txn = set + 1000;
	result.kind = PROTO_FRAME_POSTMASTER;
	result.verdict = MIX_DELIVER;
	result.set = set;
	result.set_index = index;
	result.set_total = total;
	result.storage_day = 12345;
	result.body_len = MIX_BODY_LEN;
	memset(result.body, (int)index, sizeof(result.body));
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &result, sizeof(result));
}

static void
expect_piece(uint32_t index, uint32_t total, uint32_t *id)
{
	const struct proto_body *body;

	body = fake_take(ROLE_DELIVER, PROTO_BODY);
	ATF_REQUIRE(body != NULL);
	ATF_CHECK_EQ(SPOOL_POSTMASTER, body->class);
	ATF_CHECK_EQ(5, body->set);
	ATF_CHECK_EQ(index, body->set_index);
	ATF_CHECK_EQ(total, body->set_total);
	ATF_CHECK_EQ(index, body->body[17]);
	*id = body->id;
}

ATF_TC_WITHOUT_HEAD(set_is_committed_by_its_head);
ATF_TC_BODY(set_is_committed_by_its_head, tc)
{
	struct proto_add_item item;
	uint32_t id, i;

	start(0);
	for (i = 1; i <= 20; i++) {
		send_piece(5, i, 0);
		if (i % 7 == 0)
			fake_run();
	}
	ATF_CHECK_EQ(0, fake_count(ROLE_SMTP, PROTO_COMMITTED));
	send_piece(5, 0, 21);
	fake_run();
	expect_committed(1005, 1);
	ATF_CHECK_EQ(0, fake_count(ROLE_SMTP, PROTO_COMMITTED));
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK_EQ(1, item.fired);
	ATF_CHECK(item.due <= (uint64_t)time(NULL));

	fire(item.id);
	ATF_CHECK_EQ(PROTO_DELIVER_CREDITS,
	    fake_count(ROLE_DELIVER, PROTO_BODY));
	for (i = 1; i <= 20; i++) {
		ATF_CHECK_EQ(21, status().live);
		expect_piece(i, 21, &id);
		answer(ROLE_DELIVER, id, PROTO_DELIVERED);
	}
	ATF_CHECK_EQ(0, status().live);
	ATF_CHECK_EQ(1, status().delivered);
}

ATF_TC_WITHOUT_HEAD(set_is_deferred_as_a_whole);
ATF_TC_BODY(set_is_deferred_as_a_whole, tc)
{
	struct proto_add_item item;
	uint32_t id[3], i;

	start(0);
	for (i = 1; i <= 3; i++)
		send_piece(5, i, 0);
	send_piece(5, 0, 4);
	fake_run();
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	fire(item.id);
	for (i = 0; i < 3; i++)
		expect_piece(i + 1, 4, &id[i]);
	answer(ROLE_DELIVER, id[0], PROTO_DELIVERED);
	answer(ROLE_DELIVER, id[1], PROTO_DEFERRED);
	ATF_CHECK_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
	answer(ROLE_DELIVER, id[2], PROTO_DEFERRED);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK(item.due >= (uint64_t)time(NULL) + 99);
	ATF_CHECK_EQ(4, status().live);
	ATF_CHECK_EQ(1, status().deferred);
	fire(item.id);
	expect_piece(1, 4, &id[0]);
	answer(ROLE_DELIVER, id[0], PROTO_FAILED);
	expect_piece(2, 4, &id[1]);
	expect_piece(3, 4, &id[2]);
	answer(ROLE_DELIVER, id[1], PROTO_DEFERRED);
	answer(ROLE_DELIVER, id[2], PROTO_DEFERRED);
	ATF_CHECK_EQ(1, status().refused);
	ATF_CHECK_EQ(0, status().live);
}

ATF_TC_WITHOUT_HEAD(set_that_is_broken_off_leaves_nothing);
ATF_TC_BODY(set_that_is_broken_off_leaves_nothing, tc)
{
	start(0);
	send_piece(5, 1, 0);
	fake_run();
	send_piece(5, 2, 0);
	send_piece(5, 0, 0);
	fake_run();
	ATF_CHECK_EQ(0, fake_count(ROLE_SMTP, PROTO_COMMITTED));
	ATF_CHECK_EQ(0, status().live);
	/* One whose first piece could not be sealed. */
	memset(&result, 0, sizeof(result));
	result.kind = PROTO_FRAME_POSTMASTER;
	result.failed = 1;
	result.set = 6;
	result.set_index = 1;
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &result, sizeof(result));
	send_piece(6, 2, 0);
	send_piece(6, 0, 3);
	/* And one that says to have more pieces than it has. */
	send_piece(7, 1, 0);
	send_piece(7, 0, 3);
	fake_run();
	expect_committed(1006, 0);
	expect_committed(1007, 0);
	ATF_CHECK_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
	ATF_CHECK_EQ(0, status().live);
	fake_stop();
}

/* Body writes fail, those of headers don't. */
static void
break_bodies(int broken)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	if (broken)
		limit.rlim_cur = 8192 + 1024 * 512;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
}

ATF_TC_WITHOUT_HEAD(batch_that_fails_is_as_if_it_had_never_come);
ATF_TC_BODY(batch_that_fails_is_as_if_it_had_never_come, tc)
{
	struct proto_add_item items[8];
	uint64_t txn;

	start(0);
	send_piece(5, 1, 0);
	fake_run();
	send_result(1, MIX_FORWARD, 1);
	send_piece(5, 2, 0);
	break_bodies(1);
	send_result(2, MIX_FORWARD, 2);
	break_bodies(0);
	send_result(3, MIX_FORWARD, 3);
	send_piece(5, 0, 3);
	fake_run();
	for (txn = 1; txn <= 3; txn++)
		expect_committed(txn, 0);
	expect_committed(1005, 0);
	ATF_CHECK_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
	ATF_CHECK_EQ(0, status().digests);
	ATF_CHECK_EQ(4, status().failed);
	ATF_CHECK_EQ(0, status().live);
	/* The sender's next try is no replay. */
	for (txn = 1; txn <= 3; txn++)
		send_result(txn, MIX_FORWARD, (uint8_t)txn);
	fake_run();
	for (txn = 1; txn <= 3; txn++)
		expect_committed(txn, 1);
	ATF_CHECK_EQ(3, expect_add(items, 8));
}

static void
full_spool(void)
{
	const struct proto_credit *credit;
	int i;

	for (i = 0; i < 1024; i++) {
		make_result((uint64_t)i, MIX_FORWARD, 1);
		memset(result.digest, 0xee, sizeof(result.digest));
		memcpy(result.digest, &i, sizeof(i));
		fake_message(ROLE_CRYPTO, PROTO_RESULT, &result,
		    sizeof(result));
		if (i % 64 != 0)
			continue;
		fake_run();
		while ((credit = fake_take(ROLE_SMTP, PROTO_CREDIT)) != NULL)
			if (credit->full)
				return;
	}
	atf_tc_fail("never full");
}

ATF_TC_WITHOUT_HEAD(full_spool_says_so_and_takes_mail_again);
ATF_TC_BODY(full_spool_says_so_and_takes_mail_again, tc)
{
	static struct proto_add_item items[1024];
	const struct proto_credit *credit;
	uint32_t n, i;

	start(0);
	full_spool();
	ATF_CHECK_STREQ("the spool has reached its configured size",
	    status().full);
	ATF_CHECK_EQ(0, status().failed);
	n = expect_add(items, 1024);
	ATF_CHECK_EQ(status().live, n);
	ATF_CHECK(n > 1024 - 192);
	for (i = 0; i < 200; i++) {
		fire(items[i].id);
		answer(ROLE_RELAY, items[i].id, PROTO_DELIVERED);
	}
	credit = fake_take(ROLE_SMTP, PROTO_CREDIT);
	ATF_REQUIRE(credit != NULL);
	ATF_CHECK_EQ(0, credit->full);
	ATF_CHECK_STREQ("", status().full);
}

static void
fill_and_die(void)
{
	uint32_t id;

	start(0);
	(void)take_in(MIX_FORWARD, 1);
	(void)take_in(MIX_DELIVER, 2);
	send_piece(5, 1, 0);
	send_piece(5, 0, 2);
	send_piece(6, 1, 0);
	fake_run();
	expect_committed(1005, 1);
	ATF_REQUIRE(fake_take(ROLE_POOL, PROTO_ADD) != NULL);
	id = take_in(MIX_FORWARD, 3);
	fire(id);
	answer(ROLE_RELAY, id, PROTO_DELIVERED);
	send_result(9, MIX_FORWARD, 9);	/* never committed */
	_exit(0);
}

static void
find_it_again(void)
{
	const struct proto_storage_used *used;
	struct proto_add_item items[8];
	uint32_t n, i, fired = 0;
	uint8_t digest;

	start(1);
	used = fake_take(ROLE_KEYS, PROTO_STORAGE_USED);
	ATF_REQUIRE(used != NULL);
	ATF_REQUIRE_EQ(12345, used->oldest_day);
	n = expect_add(items, 8);
	/* The one that wasn't answered may be there or not. */
	ATF_REQUIRE(n == 3 || n == 4);
	for (i = 0; i < n; i++)
		fired += items[i].fired;
	ATF_REQUIRE_EQ(1, fired);
	for (digest = 1; digest <= 3; digest++)
		send_result(digest, MIX_FORWARD, digest);
	fake_run();
	ATF_REQUIRE_EQ(0, expect_add(items, 8));
	ATF_REQUIRE_EQ(3, status().replays);
	fake_stop();
	_exit(0);
}

static void
deliver_it(void)
{
	struct proto_add_item items[8];
	uint32_t n, i;

	start(1);
	n = expect_add(items, 8);
	ATF_REQUIRE(n == 3 || n == 4);
	for (i = 0; i < n; i++) {
		const struct proto_body *body;
		enum role to = ROLE_RELAY;

		fire(items[i].id);
		if ((body = fake_take(to, PROTO_BODY)) == NULL)
			body = fake_take(to = ROLE_DELIVER, PROTO_BODY);
		ATF_REQUIRE(body != NULL);
		answer(to, body->id, PROTO_DELIVERED);
	}
	ATF_REQUIRE_EQ(0, status().live);
	_exit(0);	/* the logs aren't closed */
}

static void
nothing_is_left_but_the_digests(void)
{
	uint8_t digest;

	start(1);
	ATF_REQUIRE_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
	ATF_REQUIRE(status().digests >= 3);
	for (digest = 1; digest <= 3; digest++)
		send_result(digest, MIX_FORWARD, digest);
	fake_run();
	ATF_REQUIRE_EQ(3, status().replays);
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(crash_loses_neither_mail_nor_digest);
ATF_TC_BODY(crash_loses_neither_mail_nor_digest, tc)
{
	in_child(fill_and_die);
	in_child(find_it_again);
	in_child(find_it_again);
	in_child(deliver_it);
	in_child(nothing_is_left_but_the_digests);
}

static void
start_after_loss(void)
{
	uint64_t live;

	configure();
	fake_start(&queue_ops);
	log_create(keyid, 1, 0);
	live = status().live;
	ATF_REQUIRE(live >= 4);
	send_result(77, MIX_FORWARD, 77);
	fake_run();
	expect_committed(77, 1);
	ATF_REQUIRE_EQ(live, status().live);
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(lost_log_disables_its_subkey);
ATF_TC_BODY(lost_log_disables_its_subkey, tc)
{
	in_child(fill_and_die);
	in_child(find_it_again);
	ATF_REQUIRE_EQ(0, unlink("replay-0102030405060708"));
	in_child(start_after_loss);
}

static void
stop_with_work(void)
{
	start(0);
	send_result(1, MIX_FORWARD, 1);
	send_result(2, MIX_FORWARD, 2);
	fake_stop();
	expect_committed(1, 1);
	expect_committed(2, 1);
	_exit(0);
}

static void
two_are_there(void)
{
	struct proto_add_item items[8];

	start(1);
	ATF_REQUIRE_EQ(2, expect_add(items, 8));
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(stop_commits_and_answers_what_is_there);
ATF_TC_BODY(stop_commits_and_answers_what_is_there, tc)
{
	in_child(stop_with_work);
	in_child(two_are_there);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_sync_commits_all_that_waits);
	ATF_TP_ADD_TC(tp, forged_replayed_and_dummies_are_answered_alike);
	ATF_TP_ADD_TC(tp, subkey_without_a_log_is_not_used);
	ATF_TP_ADD_TC(tp, what_crypto_could_not_look_at_is_tempfailed);
	ATF_TP_ADD_TC(tp, fired_mail_goes_to_the_right_role);
	ATF_TP_ADD_TC(tp, deferred_mail_comes_back_later);
	ATF_TP_ADD_TC(tp, mail_put_off_comes_back_soon_and_was_not_tried);
	ATF_TP_ADD_TC(tp, undeliverable_exit_mail_goes_to_postmaster_once);
	ATF_TP_ADD_TC(tp,
	    mail_given_up_goes_to_postmaster_when_there_is_one);
	ATF_TP_ADD_TC(tp, nothing_is_given_up_by_a_wrong_clock);
	ATF_TP_ADD_TC(tp, credits_bound_what_is_handed_out);
	ATF_TP_ADD_TC(tp, dummies_are_told_to_the_pool_by_batch);
	ATF_TP_ADD_TC(tp, set_is_committed_by_its_head);
	ATF_TP_ADD_TC(tp, set_is_deferred_as_a_whole);
	ATF_TP_ADD_TC(tp, set_that_is_broken_off_leaves_nothing);
	ATF_TP_ADD_TC(tp, batch_that_fails_is_as_if_it_had_never_come);
	ATF_TP_ADD_TC(tp, full_spool_says_so_and_takes_mail_again);
	ATF_TP_ADD_TC(tp, crash_loses_neither_mail_nor_digest);
	ATF_TP_ADD_TC(tp, lost_log_disables_its_subkey);
	ATF_TP_ADD_TC(tp, stop_commits_and_answers_what_is_there);

	return (atf_no_error());
}
