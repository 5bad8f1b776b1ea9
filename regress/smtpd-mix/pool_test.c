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

#include "fakeproc.h"
#include "roles.h"

/* The role pool without any other process; an interval is a second. */
static void
start(uint32_t minimum, uint32_t dummies)
{
	struct proto_conf_global *g = &fake.conf.global;

	g->pool_interval = 1;
	g->pool_minimum = minimum;
	g->pool_threshold = 1;
	g->pool_rate = 1000000;
	g->retry_max = 1000;
	g->dummies_flush.low = g->dummies_flush.high = dummies;
	g->dummies_none = dummies == 0;
	fake_start(&pool_ops);
}

static void
add(uint32_t id, uint64_t due, uint64_t batch)
{
	struct {
		struct proto_add	head;
		struct proto_add_item	item;
	} msg;

	memset(&msg, 0, sizeof(msg));
	msg.head.n = 1;
	msg.item.id = id;
	msg.item.fired = due != 0;
	msg.item.due = due;
	msg.item.dummy = batch != 0;
	msg.item.batch = batch;
	fake_message(ROLE_QUEUE, PROTO_ADD, &msg, sizeof(msg));
}

/* The ids that were fired, in their order. */
static uint32_t
fired(uint32_t *ids, uint32_t max)
{
	const struct proto_fire *f;
	uint32_t n = 0;

	while ((f = fake_take(ROLE_QUEUE, PROTO_FIRE)) != NULL) {
		ATF_REQUIRE(n + f->n <= max);
		memcpy(ids + n, f + 1, f->n * sizeof(*ids));
		n += f->n;
	}

	return (n);
}

static struct proto_status_pool
status(void)
{
	struct proto_status_pool row;
	struct proto_ctl ctl = { 1 };

	fake_message(ROLE_CONTROL, PROTO_CTL_STATUS, &ctl, sizeof(ctl));
	memcpy(&row, fake_take(ROLE_CONTROL, PROTO_STATUS_POOL), sizeof(row));

	return (row);
}

ATF_TC_WITHOUT_HEAD(pool_waits_a_whole_interval);
ATF_TC_BODY(pool_waits_a_whole_interval, tc)
{
	uint32_t ids[64], n, i;
	uint64_t seen = 0;

	start(0, 0);
	for (i = 0; i < 40; i++)
		add(i, 0, 0);
	fake_run_ms(500);
	ATF_CHECK_EQ(0, fake_count(ROLE_QUEUE, PROTO_FIRE));
	ATF_CHECK_EQ(40, status().held);
	fake_run_ms(900);
	n = fired(ids, 64);
	ATF_REQUIRE_EQ(40, n);
	for (i = 0, n = 0; i < 40; i++) {
		seen |= (uint64_t)1 << ids[i];
		n += ids[i] == i;
	}
	ATF_CHECK_EQ(((uint64_t)1 << 40) - 1, seen);
	ATF_CHECK_MSG(n < 20, "not in random order");
	ATF_CHECK_EQ(0, status().held);
	ATF_CHECK_EQ(40, status().last_batch);
	ATF_CHECK_EQ(0, fake_count(ROLE_SEAL, PROTO_MAKE));
}

ATF_TC_WITHOUT_HEAD(pool_keeps_its_minimum);
ATF_TC_BODY(pool_keeps_its_minimum, tc)
{
	uint32_t ids[64], i;

	start(5, 0);
	for (i = 0; i < 12; i++)
		add(i, 0, 0);
	fake_run_ms(2500);
	ATF_CHECK_EQ(7, fired(ids, 64));
	ATF_CHECK_EQ(5, status().held);
	ATF_CHECK_EQ(2, status().rounds);
}

ATF_TC_WITHOUT_HEAD(dummies_go_out_with_their_batch);
ATF_TC_BODY(dummies_go_out_with_their_batch, tc)
{
	const struct proto_make *make;
	struct proto_made made;
	uint32_t ids[64], i;

	start(0, 3);
	fake.conf.global.pool_interval = 4;
	for (i = 0; i < 5; i++)
		add(i, 0, 0);
	fake_run_ms(1400);
	make = fake_take(ROLE_SEAL, PROTO_MAKE);
	ATF_REQUIRE(make != NULL);
	ATF_CHECK_EQ(3, make->count);
	ATF_CHECK(make->batch != 0);
	memset(&made, 0, sizeof(made));
	made.batch = make->batch;
	made.count = 2;
	add(100, 0, made.batch);
	fake_message(ROLE_SEAL, PROTO_MADE, &made, sizeof(made));
	ATF_CHECK_EQ(0, fake_count(ROLE_QUEUE, PROTO_FIRE));
	add(50, 0, 0);
	ATF_CHECK_EQ(0, fake_count(ROLE_QUEUE, PROTO_FIRE));
	add(101, 0, made.batch);
	ATF_CHECK_EQ(7, fired(ids, 64));
	/* What came meanwhile stays, and a dummy that is late. */
	add(102, 0, made.batch);
	ATF_CHECK_EQ(2, status().held);
}

ATF_TC_WITHOUT_HEAD(batch_goes_when_seal_has_no_path);
ATF_TC_BODY(batch_goes_when_seal_has_no_path, tc)
{
	const struct proto_make *make;
	struct proto_made made;
	uint32_t ids[64];
	int i;

	start(0, 64);
	for (i = 0; i < 3; i++) {
		add(1, 0, 0);
		fake_run_ms(1300);
		make = fake_take(ROLE_SEAL, PROTO_MAKE);
		ATF_REQUIRE(make != NULL);
		memset(&made, 0, sizeof(made));
		made.batch = make->batch;
		fake_message(ROLE_SEAL, PROTO_MADE, &made, sizeof(made));
		ATF_CHECK_EQ(1, fired(ids, 64));
	}
}

ATF_TC_WITHOUT_HEAD(batch_goes_without_dummies_that_do_not_come);
ATF_TC_BODY(batch_goes_without_dummies_that_do_not_come, tc)
{
	uint32_t ids[64], i;

	start(0, 40);
	for (i = 0; i < 4; i++) {
		add(i, 0, 0);
		fake_run_ms(1100);
	}
	/* Seal says nothing: it isn't asked for more and more. */
	ATF_CHECK_EQ(1, fake_count(ROLE_SEAL, PROTO_MAKE));
	ATF_CHECK(fired(ids, 64) >= 3);
}

ATF_TC_WITHOUT_HEAD(timer_dummies_come_into_the_pool);
ATF_TC_BODY(timer_dummies_come_into_the_pool, tc)
{
	const struct proto_make *make;
	uint32_t n = 0, asked = 0;

	start(10, 1);
	fake.conf.global.dummies_timer.low = 20;
	fake.conf.global.dummies_timer.high = 20;
	/* Those of the first run have all been asked for at the second one. */
	fake_run_ms(2100);
	while ((make = fake_take(ROLE_SEAL, PROTO_MAKE)) != NULL) {
		ATF_CHECK_EQ(0, make->batch);
		asked++;
		n += make->count;
	}
	ATF_CHECK_MSG(n >= 20 && n <= 40, "%u dummies", n);
	ATF_CHECK_MSG(asked > 10, "%u dummies at %u times", n, asked);
	add(7, 0, 0);
	ATF_CHECK_EQ(1, status().held);
}

/* The timed dummies that are asked for in a second; seal makes none. */
static uint32_t
next_timed(void)
{
	const struct proto_make *make;
	struct proto_made made;
	uint32_t timed = 0;

	fake_run_ms(1000);
	while ((make = fake_take(ROLE_SEAL, PROTO_MAKE)) != NULL) {
		memset(&made, 0, sizeof(made));
		made.batch = make->batch;
		if (make->batch == 0)
			timed += make->count;
		fake_message(ROLE_SEAL, PROTO_MADE, &made, sizeof(made));
	}

	return (timed);
}

ATF_TC_WITHOUT_HEAD(timed_dummies_give_way_to_traffic);
ATF_TC_BODY(timed_dummies_give_way_to_traffic, tc)
{
	uint32_t i, run, timed = 0;

	start(45, 1);
	fake.conf.global.pool_rate = 650000;
	fake.conf.global.hop_delay = 16;
	fake.conf.global.dummies_timer.high = 12;
	fake_run_ms(900);
	(void)next_timed();
	ATF_CHECK(next_timed() >= 6);
	ATF_CHECK(status().dummies_timer > 10000);
	for (run = 0; run < 7; run++) {
		for (i = 0; i < 60; i++)
			add(run * 60 + i, 0, 0);
		timed = next_timed();
	}
	ATF_CHECK_EQ(0, timed);
	ATF_CHECK_EQ(0, status().dummies_timer);
	ATF_CHECK_EQ(12, status().dummies_high);
	ATF_CHECK_EQ(16, status().hop_delay);
	ATF_CHECK(status().arrivals > 40000);
	ATF_CHECK(status().delay_95 <= 6);
	ATF_CHECK(status().least_entropy > 5000);
	ATF_CHECK(status().mean_entropy >= status().least_entropy);
}

ATF_TC_WITHOUT_HEAD(retries_are_fired_when_they_are_due);
ATF_TC_BODY(retries_are_fired_when_they_are_due, tc)
{
	const uint64_t now = (uint64_t)time(NULL);
	uint32_t ids[4];

	start(100, 0);
	add(1, now + 500, 0);
	add(2, now - 5, 0);
	add(3, now + 2, 0);
	fake_run_ms(100);
	ATF_REQUIRE_EQ(1, fired(ids, 4));
	ATF_CHECK_EQ(2, ids[0]);
	ATF_CHECK_EQ(2, status().waiting);
	fake_run_ms(2600);
	ATF_REQUIRE_EQ(1, fired(ids, 4));
	ATF_CHECK_EQ(3, ids[0]);
	ATF_CHECK_EQ(1, status().waiting);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, pool_waits_a_whole_interval);
	ATF_TP_ADD_TC(tp, pool_keeps_its_minimum);
	ATF_TP_ADD_TC(tp, dummies_go_out_with_their_batch);
	ATF_TP_ADD_TC(tp, batch_goes_when_seal_has_no_path);
	ATF_TP_ADD_TC(tp, batch_goes_without_dummies_that_do_not_come);
	ATF_TP_ADD_TC(tp, timer_dummies_come_into_the_pool);
	ATF_TP_ADD_TC(tp, timed_dummies_give_way_to_traffic);
	ATF_TP_ADD_TC(tp, retries_are_fired_when_they_are_due);

	return (atf_no_error());
}
