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
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/rng_system.h"
#include "lib/testutil.h"
#include "mixtasy/parts.h"
#include "spool/spool.h"

#include "fakequeue.h"
#include "roles.h"

/*
 * Mails in parts in the role queue, with a real disk and no other process.
 * Every start after a stop or a crash is a child.
 */
static const uint8_t keyid[PGP_KEYID_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct proto_result result;
static uint64_t txn;

static void
configure(void)
{
	struct proto_conf_global *g = &fake.conf.global;

	g->spool_slots = 1024;
	g->retry_first = 100;
	g->retry_max = 1000;
	g->expire = 86400;
	g->max_mail_size = 1000000;
	g->parts_size = 1000000;
	if (g->parts_sets == 0)
		g->parts_sets = 10;
	g->parts_octets = 100000000;
	if (g->parts_keep == 0)
		g->parts_keep = 86400;
}

static void
tell_clock(uint32_t hold)
{
	struct proto_clock row;

	memset(&row, 0, sizeof(row));
	row.base = clock_wall() - clock_boot();
	row.hold = hold;
	fake_message(ROLE_KEYS, PROTO_CLOCK, &row, sizeof(row));
}

static void
start(uint32_t existing)
{
	const struct proto_log_ready *ready;
	struct proto_log_create create;

	configure();
	fake_start(&queue_ops);
	tell_clock(0);
	memset(&create, 0, sizeof(create));
	memcpy(create.keyid, keyid, sizeof(create.keyid));
	create.expires = (uint64_t)time(NULL) + 86400;
	create.existing = existing;
	fake_message(ROLE_KEYS, PROTO_LOG_CREATE, &create, sizeof(create));
	ready = fake_take(ROLE_KEYS, PROTO_LOG_READY);
	ATF_REQUIRE(ready != NULL && ready->ok);
}

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
make_key(uint8_t set, uint8_t key[MIX_PARTS_KEY_LEN])
{
	memset(key, 0x40 + set, MIX_PARTS_KEY_LEN);
}

/* What crypto makes of a part; copy makes it another message. */
static void
send_part(uint8_t set, uint32_t part, uint32_t total, uint8_t copy)
{
	memset(&result, 0, sizeof(result));
	result.txn = ++txn;
	result.kind = PROTO_FRAME_MIX;
	result.verdict = MIX_HOLD;
	result.via = part == 1 ? PROTO_VIA_DELIVER : PROTO_VIA_RELAY;
	result.storage_day = 12345;
	result.body_len = MIX_BODY_LEN;
	memset(result.body, (int)part, sizeof(result.body));
	memcpy(result.keyid, keyid, sizeof(result.keyid));
	memset(result.digest, set, sizeof(result.digest));
	result.digest[0] = copy;
	memcpy(result.digest + 1, &part, sizeof(part));
	make_key(set, result.part_key);
	result.set = mix_parts_number(result.part_key);
	result.set_index = part;
	result.set_total = total;
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &result, sizeof(result));
}

static void
send_verdict(uint8_t set, uint32_t total, enum mix_verdict verdict)
{
	memset(&result, 0, sizeof(result));
	result.txn = ++txn;
	result.kind = PROTO_FRAME_MIX;
	result.verdict = verdict;
	result.body_len = MIX_BODY_LEN;
	memcpy(result.keyid, keyid, sizeof(result.keyid));
	memset(result.digest, 0xd0 + set, sizeof(result.digest));
	make_key(set, result.part_key);
	result.set = mix_parts_number(result.part_key);
	result.set_index = 1;
	result.set_total = total;
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &result, sizeof(result));
}

/* All that was sent is answered, in order, as it should be. */
static void
expect_answers(uint64_t first, uint32_t ok)
{
	const struct proto_committed *c;

	fake_run();
	for (; first <= txn; first++) {
		c = fake_take(ROLE_SMTP, PROTO_COMMITTED);
		ATF_REQUIRE(c != NULL);
		ATF_REQUIRE_EQ(first, c->txn);
		ATF_REQUIRE_EQ(ok, c->ok);
	}
	ATF_REQUIRE_EQ(0, fake_count(ROLE_SMTP, PROTO_COMMITTED));
}

/* Takes a part in. */
static void
take_part(uint8_t set, uint32_t part, uint32_t total, uint8_t copy)
{
	send_part(set, part, total, copy);
	expect_answers(txn, 1);
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

/* The pieces come in order, and are all answered alike. */
static void
expect_mail(enum role to, uint32_t total, enum proto_outcome_kind kind)
{
	const struct proto_body *body;
	uint8_t token[16];
	uint64_t set = 0;
	uint32_t part;

	for (part = 1; part <= total; part++) {
		ATF_REQUIRE((body = fake_take(to, PROTO_BODY)) != NULL);
		ATF_CHECK_EQ(SPOOL_PART, body->class);
		ATF_CHECK_EQ(part, body->set_index);
		ATF_CHECK_EQ(total + 1, body->set_total);
		ATF_CHECK_EQ(12345, body->storage_day);
		ATF_CHECK_EQ((uint8_t)part, body->body[100]);
		if (part == 1) {
			set = body->set;
			memcpy(token, body->token, sizeof(token));
		}
		ATF_CHECK(set != 0 && set == body->set);
		ATF_CHECK(memcmp(token, body->token, sizeof(token)) == 0);
		answer(to, body->id, kind);
		if (kind != PROTO_DELIVERED)
			return;
	}
}

ATF_TC_WITHOUT_HEAD(parts_in_any_order_are_one_mail_for_the_pool);
ATF_TC_BODY(parts_in_any_order_are_one_mail_for_the_pool, tc)
{
	struct proto_add_item item;

	start(0);
	take_part(1, 3, 3, 0);
	take_part(1, 1, 3, 0);
	ATF_CHECK_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
	ATF_CHECK_EQ(1, status().sets);
	ATF_CHECK_EQ(2, status().parts);
	ATF_CHECK_EQ(2, status().live);
	take_part(1, 2, 3, 0);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_CHECK_EQ(0, item.fired);
	ATF_CHECK_EQ(0, status().sets);
	ATF_CHECK_EQ(0, status().parts);
	fire(item.id);
	expect_mail(ROLE_DELIVER, 3, PROTO_DELIVERED);
	ATF_CHECK_EQ(0, status().live);
	ATF_CHECK_EQ(1, status().delivered);
	/* Three digests, and the key. */
	ATF_CHECK_EQ(4, status().digests);
}

ATF_TC_WITHOUT_HEAD(one_batch_may_bring_them_all);
ATF_TC_BODY(one_batch_may_bring_them_all, tc)
{
	struct proto_add_item items[4];
	uint32_t n, i;

	start(0);
	send_part(1, 2, 2, 0);
	send_part(2, 1, 1, 0);
	send_part(3, 1, 2, 0);
	send_part(1, 1, 2, 0);
	expect_answers(1, 1);
	ATF_REQUIRE_EQ(2, n = expect_add(items, 4));
	ATF_CHECK_EQ(1, status().sets);
	for (i = 0; i < n; i++)
		fire(items[i].id);
	/* By the item that completed them: 2 is one part, 1 is two. */
	expect_mail(ROLE_DELIVER, 1, PROTO_DELIVERED);
	expect_mail(ROLE_DELIVER, 2, PROTO_DELIVERED);
	ATF_CHECK_EQ(1, status().live);
}

ATF_TC_WITHOUT_HEAD(first_part_of_a_number_stays);
ATF_TC_BODY(first_part_of_a_number_stays, tc)
{
	struct proto_add_item item;

	start(0);
	take_part(1, 1, 2, 0);
	take_part(1, 1, 2, 1);
	ATF_CHECK_EQ(1, status().live);
	ATF_CHECK_EQ(1, status().parts_destroyed);
	/* A replay is none of them. */
	take_part(1, 1, 2, 0);
	ATF_CHECK_EQ(1, status().replays);
	take_part(1, 2, 2, 0);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	take_part(1, 2, 2, 2);
	ATF_CHECK_EQ(2, status().parts_destroyed);
	fire(item.id);
	expect_mail(ROLE_DELIVER, 2, PROTO_DELIVERED);
	/* Late ones neither. */
	take_part(1, 2, 2, 3);
	ATF_CHECK_EQ(3, status().parts_destroyed);
	ATF_CHECK_EQ(0, status().live);
	ATF_CHECK_EQ(0, status().sets);
}

ATF_TC_WITHOUT_HEAD(mail_that_must_not_go_out_goes_with_all_parts);
ATF_TC_BODY(mail_that_must_not_go_out_goes_with_all_parts, tc)
{
	start(0);
	take_part(1, 2, 3, 0);
	take_part(2, 2, 3, 0);
	send_part(1, 3, 3, 0);
	send_verdict(1, 3, MIX_DESTROY_SET);
	send_part(1, 3, 3, 1);
	expect_answers(txn - 2, 1);
	fake_run();
	ATF_CHECK_EQ(1, status().live);
	ATF_CHECK_EQ(1, status().sets);
	/* Before any other part. */
	send_verdict(3, 2, MIX_DESTROY_SET);
	expect_answers(txn, 1);
	take_part(3, 2, 2, 0);
	ATF_CHECK_EQ(1, status().live);
	/* Not after a good first part. */
	take_part(2, 1, 3, 0);
	send_verdict(2, 3, MIX_DESTROY_SET);
	expect_answers(txn, 1);
	ATF_CHECK_EQ(2, status().live);
	ATF_CHECK_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
}

ATF_TC_WITHOUT_HEAD(flood_of_half_sets_is_bounded);
ATF_TC_BODY(flood_of_half_sets_is_bounded, tc)
{
	struct proto_add_item item;
	uint8_t i;

	start(0);
	for (i = 1; i <= 60; i++)
		take_part(i, 2, 2, 0);
	ATF_CHECK_EQ(10, status().sets);
	ATF_CHECK_EQ(10, status().live);
	ATF_CHECK_EQ(50, status().parts_destroyed);
	/* Those that are there may be completed, and make room. */
	take_part(10, 1, 2, 0);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	take_part(70, 1, 2, 0);
	ATF_CHECK_EQ(10, status().sets);
	fire(item.id);
	expect_mail(ROLE_DELIVER, 2, PROTO_DELIVERED);
}

ATF_TC_WITHOUT_HEAD(parts_never_take_more_than_half_of_the_spool);
ATF_TC_BODY(parts_never_take_more_than_half_of_the_spool, tc)
{
	uint32_t part;
	uint8_t set;

	fake.conf.global.parts_sets = 1000;
	start(0);
	fake.conf.global.parts_size = 10000000;
	for (set = 1; set <= 4; set++)
		send_part(set, 300, 300, 0);
	for (set = 1; set <= 4; set++)
		for (part = 1; part < 290; part++) {
			send_part(set, part, 300, 0);
			if (part % 64 == 0)
				fake_run();
		}
	fake_run();
	ATF_CHECK_EQ(512, status().live);
	ATF_CHECK_EQ(512, status().parts);
	ATF_CHECK_EQ(0, status().failed);
}

ATF_TC_WITHOUT_HEAD(incomplete_mails_are_given_up_by_a_trusted_clock);
ATF_TC_BODY(incomplete_mails_are_given_up_by_a_trusted_clock, tc)
{
	struct proto_add_item item;

	fake.conf.global.parts_keep = 1;
	start(0);
	take_part(1, 1, 2, 0);
	tell_clock(1);
	fake_run_ms(2500);
	ATF_CHECK_EQ(1, status().live);
	tell_clock(0);
	fake_run_ms(1500);
	ATF_CHECK_EQ(0, status().live);
	ATF_CHECK_EQ(0, status().sets);
	ATF_CHECK_EQ(1, status().sets_given_up);
	take_part(1, 2, 2, 0);
	ATF_CHECK_EQ(0, status().live);
	/* A whole one waits as long as the pool does. */
	send_part(2, 1, 2, 0);
	send_part(2, 2, 2, 0);
	expect_answers(txn - 1, 1);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	fake_run_ms(2500);
	fire(item.id);
	expect_mail(ROLE_DELIVER, 2, PROTO_DELIVERED);
}

/* Headers can be written then, bodies can't. */
static void
break_bodies(int broken)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	if (broken)
		limit.rlim_cur = 8192 + 1024 * 512;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
}

ATF_TC_WITHOUT_HEAD(part_of_a_batch_that_fails_never_came);
ATF_TC_BODY(part_of_a_batch_that_fails_never_came, tc)
{
	struct proto_add_item item;

	start(0);
	take_part(1, 1, 2, 0);
	send_part(1, 2, 2, 0);
	send_part(2, 1, 2, 0);
	send_verdict(3, 2, MIX_DESTROY_SET);
	break_bodies(1);
	send_part(4, 1, 1, 0);
	expect_answers(txn - 3, 0);
	break_bodies(0);
	ATF_CHECK_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
	ATF_CHECK_EQ(1, status().sets);
	ATF_CHECK_EQ(1, status().digests);
	ATF_CHECK_EQ(1, status().live);
	/* The sender's next try. */
	take_part(1, 2, 2, 0);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	take_part(3, 2, 2, 0);
	ATF_CHECK_EQ(1, status().sets);
}

static void
take_two_and_die(void)
{
	start(0);
	take_part(1, 3, 3, 0);
	take_part(1, 1, 3, 0);
	_exit(0);
}

static void
take_the_third_and_die(void)
{
	struct proto_add_item item;

	start(1);
	ATF_REQUIRE_EQ(0, expect_add(&item, 1));
	ATF_REQUIRE_EQ(1, status().sets);
	take_part(1, 1, 3, 1);
	ATF_REQUIRE_EQ(1, status().parts_destroyed);
	take_part(1, 1, 3, 0);
	ATF_REQUIRE_EQ(1, status().replays);
	take_part(1, 2, 3, 0);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	_exit(0);
}

static void
put_off_and_stop(void)
{
	struct proto_add_item item;

	start(1);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	ATF_REQUIRE_EQ(0, item.fired);
	fire(item.id);
	expect_mail(ROLE_DELIVER, 3, PROTO_DEFERRED);
	ATF_REQUIRE(fake_take(ROLE_DELIVER, PROTO_BODY) != NULL);
	ATF_REQUIRE(fake_take(ROLE_DELIVER, PROTO_BODY) != NULL);
	_exit(0);
}

static void
deliver_and_die(void)
{
	struct proto_add_item item;

	start(1);
	ATF_REQUIRE_EQ(1, expect_add(&item, 1));
	fire(item.id);
	expect_mail(ROLE_DELIVER, 3, PROTO_DELIVERED);
	ATF_REQUIRE_EQ(0, status().live);
	_exit(0);	/* the logs aren't closed */
}

static void
know_what_was_delivered(void)
{
	start(1);
	ATF_REQUIRE_EQ(0, fake_count(ROLE_POOL, PROTO_ADD));
	take_part(1, 2, 3, 5);
	ATF_REQUIRE_EQ(1, status().parts_destroyed);
	ATF_REQUIRE_EQ(0, status().live);
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(crash_loses_no_part_and_no_memory_of_the_mail);
ATF_TC_BODY(crash_loses_no_part_and_no_memory_of_the_mail, tc)
{
	in_child(take_two_and_die);
	in_child(take_the_third_and_die);
	in_child(put_off_and_stop);
	in_child(deliver_and_die);
	in_child(know_what_was_delivered);
}

static void
nothing(void *arg, uint32_t id, const struct spool_slot *slot)
{
	(void)arg;
	(void)id;
	(void)slot;
}

/* As a crash leaves it between the record and the last free. */
static void
put_left_over(void)
{
	static uint8_t body[SPOOL_BODY_LEN];
	struct spool_recovery found;
	struct spool_slot slot;
	struct spool *spool;
	struct disk disk;
	char err[256];
	uint32_t id;

	disk_posix(&disk, open(".", O_RDONLY | O_DIRECTORY));
	spool = spool_open(&disk, &rng_system, 1024, nothing, NULL, &found,
	    err, sizeof(err));
	ATF_REQUIRE_MSG(spool != NULL, "%s", err);
	memset(&slot, 0, sizeof(slot));
	slot.class = SPOOL_PART;
	slot.state = SPOOL_POOLED;
	slot.body_len = MIX_BODY_LEN;
	slot.set_index = 2;
	slot.set_total = 3;
	slot.storage_day = 12345;
	memcpy(slot.keyid, keyid, sizeof(slot.keyid));
	memset(slot.digest, 0x99, sizeof(slot.digest));
	make_key(1, slot.part_key);
	ATF_REQUIRE_EQ(0, spool_put(spool, &slot, body, &id));
	ATF_REQUIRE_EQ(0, spool_sync(spool));
	_exit(0);
}

static void
free_left_over(void)
{
	start(1);
	fake_run();
	ATF_REQUIRE_EQ(0, status().live);
	ATF_REQUIRE_EQ(0, status().sets);
	fake_stop();
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(what_is_left_over_of_a_delivered_mail_is_freed);
ATF_TC_BODY(what_is_left_over_of_a_delivered_mail_is_freed, tc)
{
	in_child(take_two_and_die);
	in_child(take_the_third_and_die);
	in_child(deliver_and_die);
	in_child(put_left_over);
	in_child(free_left_over);
	in_child(know_what_was_delivered);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, parts_in_any_order_are_one_mail_for_the_pool);
	ATF_TP_ADD_TC(tp, one_batch_may_bring_them_all);
	ATF_TP_ADD_TC(tp, first_part_of_a_number_stays);
	ATF_TP_ADD_TC(tp, mail_that_must_not_go_out_goes_with_all_parts);
	ATF_TP_ADD_TC(tp, flood_of_half_sets_is_bounded);
	ATF_TP_ADD_TC(tp, parts_never_take_more_than_half_of_the_spool);
	ATF_TP_ADD_TC(tp, incomplete_mails_are_given_up_by_a_trusted_clock);
	ATF_TP_ADD_TC(tp, part_of_a_batch_that_fails_never_came);
	ATF_TP_ADD_TC(tp, crash_loses_no_part_and_no_memory_of_the_mail);
	ATF_TP_ADD_TC(tp, what_is_left_over_of_a_delivered_mail_is_freed);

	return (atf_no_error());
}
