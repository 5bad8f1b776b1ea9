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
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "compat/clock.h"
#include "spool/spool.h"

#include "fakequeue.h"
#include "roles.h"

/*
 * What mixctl queue is told: of many messages and of none.
 */
#define HOUR	3600

static const uint8_t keyid[PGP_KEYID_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static struct {
	struct proto_queue_rows	head;
	struct proto_queue_row	rows[PROTO_QUEUE_ROWS_MAX];
} list;

static void
start(uint32_t interval)
{
	struct proto_conf_global *g = &fake.conf.global;
	struct proto_log_create create;
	struct proto_clock clock;

	g->spool_slots = 1024;
	g->retry_first = 7200;
	g->retry_max = 7200;
	g->expire = 86400;
	g->pool_interval = interval;
	g->parts_size = 1000000;
	g->parts_sets = 10;
	g->parts_octets = 10000000;
	g->parts_keep = 4 * 86400;
	fake_start(&queue_ops);
	memset(&clock, 0, sizeof(clock));
	clock.base = clock_wall() - clock_boot();
	fake_message(ROLE_KEYS, PROTO_CLOCK, &clock, sizeof(clock));
	memset(&create, 0, sizeof(create));
	memcpy(create.keyid, keyid, sizeof(create.keyid));
	create.expires = (uint64_t)time(NULL) + 86400;
	fake_message(ROLE_KEYS, PROTO_LOG_CREATE, &create, sizeof(create));
}

static uint8_t	next_digest;

/* One part of a mail, or a message; the pool is told of it or not. */
static void
send_in(enum mix_verdict verdict, uint32_t part, uint32_t total)
{
	static struct proto_result r;

	memset(&r, 0, sizeof(r));
	r.txn = ++next_digest;
	r.kind = PROTO_FRAME_MIX;
	r.verdict = verdict;
	r.body_len = MIX_BODY_LEN;
	memcpy(r.keyid, keyid, sizeof(r.keyid));
	memset(r.digest, next_digest, sizeof(r.digest));
	r.set_index = part;
	r.set_total = total;
	memset(r.part_key, 0x80 + (int)total, sizeof(r.part_key));
	if (verdict == MIX_FORWARD)
		strlcpy(r.next, "mixtasy@next.example", sizeof(r.next));
	else
		r.storage_day = 12345;
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &r, sizeof(r));
	fake_run();
}

/* The same; its slot. */
static uint32_t
take_in(enum mix_verdict verdict, uint32_t part, uint32_t total)
{
	const struct proto_add *add;
	struct proto_add_item item;

	while (fake_take(ROLE_POOL, PROTO_ADD) != NULL)
		;
	send_in(verdict, part, total);
	add = fake_take(ROLE_POOL, PROTO_ADD);
	ATF_REQUIRE(add != NULL && add->n == 1);
	memcpy(&item, add + 1, sizeof(item));

	return (item.id);
}

static void
defer(uint32_t id)
{
	struct proto_outcome o = { id, PROTO_DEFERRED };

	fire(id);
	fake_message(ROLE_RELAY, PROTO_OUTCOME, &o, sizeof(o));
	fake_run();
}

static void
ask(uint64_t id)
{
	struct proto_ctl ctl = { id };

	fake_message(ROLE_CONTROL, PROTO_CTL_QUEUE, &ctl, sizeof(ctl));
}

static void
expect_rows(uint64_t id)
{
	const struct proto_queue_rows *rows;
	const struct proto_ctl_done *done;

	ATF_REQUIRE((rows = fake_take(ROLE_CONTROL, PROTO_QUEUE_ROWS)) !=
	    NULL);
	memcpy(&list, rows, sizeof(list.head) +
	    rows->n * sizeof(list.rows[0]));
	ATF_CHECK_EQ(id, list.head.id);
	ATF_REQUIRE((done = fake_take(ROLE_CONTROL, PROTO_CTL_DONE)) != NULL);
	ATF_CHECK_EQ(id, done->id);
	ATF_CHECK_EQ(1, done->ok);
}

static void
count(void)
{
	ask(7);
	fake_run();
	expect_rows(7);
}

/* The first row of a class and a state; NULL: none. */
static const struct proto_queue_row *
find(uint32_t class, uint32_t state)
{
	uint32_t i;

	for (i = 0; i < list.head.n; i++)
		if (list.rows[i].class == class &&
		    list.rows[i].state == state)
			return (&list.rows[i]);

	return (NULL);
}

/* How many of them there are, whenever they are due. */
static uint32_t
number(uint32_t class, uint32_t state)
{
	uint32_t i, n = 0;

	for (i = 0; i < list.head.n; i++)
		if (list.rows[i].class == class &&
		    list.rows[i].state == state)
			n += list.rows[i].n;

	return (n);
}

ATF_TC_WITHOUT_HEAD(an_empty_queue_has_no_rows);
ATF_TC_BODY(an_empty_queue_has_no_rows, tc)
{
	start(0);
	count();
	ATF_CHECK_EQ(0, list.head.n);
	ATF_CHECK(list.head.counted + 60 >= (uint64_t)time(NULL));
}

ATF_TC_WITHOUT_HEAD(messages_are_counted_by_class_and_state);
ATF_TC_BODY(messages_are_counted_by_class_and_state, tc)
{
	const struct proto_queue_row *row;
	uint64_t now = (uint64_t)time(NULL);
	uint32_t id, i;

	start(0);
	for (i = 0; i < 3; i++)
		(void)take_in(MIX_FORWARD, 0, 0);
	(void)take_in(MIX_DELIVER, 0, 0);
	id = take_in(MIX_FORWARD, 0, 0);
	fire(id);
	for (i = 0; i < 2; i++) {
		id = take_in(MIX_DELIVER, 0, 0);
		defer(id);
		defer(id);
	}
	count();
	ATF_CHECK_EQ(3, number(SPOOL_FORWARD, PROTO_QUEUE_POOL));
	ATF_CHECK_EQ(1, number(SPOOL_EXIT, PROTO_QUEUE_POOL));
	ATF_CHECK_EQ(1, number(SPOOL_FORWARD, PROTO_QUEUE_OUT));
	row = find(SPOOL_FORWARD, PROTO_QUEUE_POOL);
	ATF_CHECK_EQ(0, row->due);
	ATF_CHECK_EQ(0, row->oldest);
	row = find(SPOOL_EXIT, PROTO_QUEUE_RETRY);
	ATF_REQUIRE(row != NULL);
	ATF_CHECK_EQ(2, number(SPOOL_EXIT, PROTO_QUEUE_RETRY));
	ATF_CHECK_EQ(2, row->tries);
	ATF_CHECK_EQ(0, row->due % HOUR);
	ATF_CHECK(row->due + HOUR > now + 7200);
	ATF_CHECK(row->due <= now + 7200 * 5 / 4 + 60);
	ATF_CHECK_EQ(0, row->oldest % HOUR);
	ATF_CHECK(row->oldest <= now && row->oldest + 2 * HOUR > now);
}

ATF_TC_WITHOUT_HEAD(parts_are_counted_until_they_are_one_mail);
ATF_TC_BODY(parts_are_counted_until_they_are_one_mail, tc)
{
	const struct proto_queue_row *row;
	uint64_t now = (uint64_t)time(NULL);

	start(0);
	send_in(MIX_HOLD, 2, 3);
	send_in(MIX_HOLD, 3, 3);
	send_in(MIX_HOLD, 1, 2);
	count();
	row = find(SPOOL_PART, PROTO_QUEUE_INCOMPLETE);
	ATF_REQUIRE(row != NULL);
	ATF_CHECK_EQ(3, row->n);
	ATF_CHECK_EQ(0, row->due % HOUR);
	ATF_CHECK(row->due <= now + 4 * 86400);
	ATF_CHECK(row->due + 2 * HOUR > now + 4 * 86400);
	(void)take_in(MIX_HOLD, 1, 3);
	count();
	ATF_CHECK_EQ(1, number(SPOOL_PART, PROTO_QUEUE_INCOMPLETE));
	ATF_CHECK_EQ(1, number(SPOOL_PART, PROTO_QUEUE_POOL));
	ATF_CHECK_EQ(2, list.head.n);
}

/* Who asks before and after a mail has come isn't told of which class it is. */
ATF_TC_WITHOUT_HEAD(a_count_is_made_once_in_an_interval);
ATF_TC_BODY(a_count_is_made_once_in_an_interval, tc)
{
	uint64_t counted;

	start(2);
	(void)take_in(MIX_FORWARD, 0, 0);
	count();
	counted = list.head.counted;
	ATF_CHECK_EQ(1, number(SPOOL_FORWARD, PROTO_QUEUE_POOL));
	ATF_CHECK_EQ(2, list.head.interval);
	(void)take_in(MIX_DELIVER, 0, 0);
	count();
	ATF_CHECK_EQ(counted, list.head.counted);
	ATF_CHECK_EQ(1, list.head.n);
	fake_run_ms(2100);
	count();
	ATF_CHECK(list.head.counted > counted);
	ATF_CHECK_EQ(1, number(SPOOL_EXIT, PROTO_QUEUE_POOL));
}

ATF_TC_WITHOUT_HEAD(all_who_wait_for_a_count_are_answered);
ATF_TC_BODY(all_who_wait_for_a_count_are_answered, tc)
{
	start(0);
	(void)take_in(MIX_FORWARD, 0, 0);
	ask(3);
	ask(4);
	ATF_CHECK_EQ(0, fake_count(ROLE_CONTROL, PROTO_QUEUE_ROWS));
	fake_run();
	ATF_CHECK_EQ(2, fake_count(ROLE_CONTROL, PROTO_QUEUE_ROWS));
	expect_rows(4);
	expect_rows(3);
}

/* The count waits for nothing, and the stop doesn't wait for it. */
ATF_TC_WITHOUT_HEAD(a_stop_ends_a_count);
ATF_TC_BODY(a_stop_ends_a_count, tc)
{
	start(0);
	(void)take_in(MIX_FORWARD, 0, 0);
	ask(3);
	fake_stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_empty_queue_has_no_rows);
	ATF_TP_ADD_TC(tp, messages_are_counted_by_class_and_state);
	ATF_TP_ADD_TC(tp, parts_are_counted_until_they_are_one_mail);
	ATF_TP_ADD_TC(tp, a_count_is_made_once_in_an_interval);
	ATF_TP_ADD_TC(tp, all_who_wait_for_a_count_are_answered);
	ATF_TP_ADD_TC(tp, a_stop_ends_a_count);

	return (atf_no_error());
}
