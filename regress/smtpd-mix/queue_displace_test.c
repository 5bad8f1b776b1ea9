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

#include "fakeproc.h"
#include "roles.h"

/*
 * Somebody sends halves of mails until a bound is reached.
 */
#define SETS		8
#define KEEP		32	/* seconds: without progress for 2 */

static const uint8_t keyid[PGP_KEYID_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void
start(uint32_t sets, uint32_t octets)
{
	struct proto_conf_global *g = &fake.conf.global;
	struct proto_log_create create;
	struct proto_clock clock;

	g->spool_slots = 1024;
	g->retry_first = 100;
	g->retry_max = 1000;
	g->expire = 86400;
	g->parts_size = 1000000;
	g->parts_sets = sets;
	g->parts_octets = octets;
	g->parts_keep = KEEP;
	fake_start(&queue_ops);
	memset(&clock, 0, sizeof(clock));
	clock.base = clock_wall() - clock_boot();
	fake_message(ROLE_KEYS, PROTO_CLOCK, &clock, sizeof(clock));
	memset(&create, 0, sizeof(create));
	memcpy(create.keyid, keyid, sizeof(create.keyid));
	create.expires = (uint64_t)time(NULL) + 86400;
	fake_message(ROLE_KEYS, PROTO_LOG_CREATE, &create, sizeof(create));
}

/* A part of a mail; 250 whatever becomes of it. */
static void
send_part(uint16_t mail, uint32_t part, uint32_t total)
{
	static struct proto_result r;
	static uint64_t txn;
	const struct proto_committed *c;

	memset(&r, 0, sizeof(r));
	r.txn = ++txn;
	r.kind = PROTO_FRAME_MIX;
	r.verdict = MIX_HOLD;
	r.body_len = MIX_BODY_LEN;
	memcpy(r.keyid, keyid, sizeof(r.keyid));
	memcpy(r.digest, &txn, sizeof(txn));
	r.set_index = part;
	r.set_total = total;
	memset(r.part_key, 0x80, sizeof(r.part_key));
	memcpy(r.part_key, &mail, sizeof(mail));
	r.storage_day = 12345;
	fake_message(ROLE_CRYPTO, PROTO_RESULT, &r, sizeof(r));
	fake_run();
	c = fake_take(ROLE_SMTP, PROTO_COMMITTED);
	ATF_REQUIRE(c != NULL && c->ok);
}

static struct proto_status_queue
status(void)
{
	struct proto_ctl ctl = { 7 };
	struct proto_status_queue row;
	const void *data;

	fake_message(ROLE_CONTROL, PROTO_CTL_STATUS, &ctl, sizeof(ctl));
	ATF_REQUIRE((data = fake_take(ROLE_CONTROL, PROTO_STATUS_QUEUE)) !=
	    NULL);
	memcpy(&row, data, sizeof(row));

	return (row);
}

/* Does the part make a mail whole, that goes into the pool? */
static int
completes(uint16_t mail, uint32_t part, uint32_t total)
{
	while (fake_take(ROLE_POOL, PROTO_ADD) != NULL)
		;
	send_part(mail, part, total);

	return (fake_count(ROLE_POOL, PROTO_ADD) == 1);
}

ATF_TC_WITHOUT_HEAD(those_without_progress_make_room);
ATF_TC_BODY(those_without_progress_make_room, tc)
{
	uint16_t mail;

	start(SETS, 100000000);
	for (mail = 1; mail <= SETS; mail++)
		send_part(mail, 1, 2);
	ATF_CHECK_EQ(SETS, status().sets);
	/* All are new: who comes now has to wait. */
	send_part(100, 1, 2);
	ATF_CHECK_EQ(SETS, status().sets);
	ATF_CHECK_EQ(1, status().parts_destroyed);
	ATF_CHECK_EQ(0, status().sets_displaced);
	fake_run_ms(2100);
	send_part(101, 1, 2);
	ATF_CHECK_EQ(1, status().sets_displaced);
	ATF_CHECK_EQ(SETS, status().sets);
	ATF_CHECK_EQ(1, status().parts_destroyed);
	ATF_CHECK_EQ(SETS, status().live);
	ATF_CHECK(completes(101, 2, 2));
}

ATF_TC_WITHOUT_HEAD(those_that_make_progress_and_whole_ones_stay);
ATF_TC_BODY(those_that_make_progress_and_whole_ones_stay, tc)
{
	uint16_t mail;

	start(SETS, 100000000);
	ATF_CHECK(!completes(50, 1, 2));
	ATF_CHECK(completes(50, 2, 2));
	for (mail = 1; mail <= SETS; mail++)
		send_part(mail, 1, 3);
	fake_run_ms(2100);
	send_part(1, 2, 3);
	for (mail = 101; mail <= 120; mail++)
		send_part(mail, 1, 2);
	/* Each new one stays, too, for a while. */
	ATF_CHECK_EQ(SETS - 1, status().sets_displaced);
	ATF_CHECK_EQ(20 - (SETS - 1), status().parts_destroyed);
	ATF_CHECK_EQ(SETS, status().sets);
	ATF_CHECK(completes(1, 3, 3));
	ATF_CHECK(completes(101, 2, 2));
}

ATF_TC_WITHOUT_HEAD(what_was_given_up_does_not_come_back);
ATF_TC_BODY(what_was_given_up_does_not_come_back, tc)
{
	start(1, 100000000);
	send_part(1, 1, 2);
	fake_run_ms(2100);
	send_part(2, 1, 2);
	ATF_CHECK_EQ(1, status().sets_displaced);
	ATF_CHECK(!completes(1, 2, 2));
	ATF_CHECK_EQ(1, status().parts_destroyed);
	ATF_CHECK_EQ(1, status().live);
}

/* Room for 32 parts; half of it is for what is there already. */
ATF_TC_WITHOUT_HEAD(where_octets_are_short_the_large_ones_go);
ATF_TC_BODY(where_octets_are_short_the_large_ones_go, tc)
{
	uint16_t mail;
	uint32_t part;

	start(1000, 32 * 33280);
	for (part = 1; part <= 20; part++)
		send_part(1, part, 25);
	ATF_CHECK_EQ(20, status().parts);
	send_part(2, 1, 2);
	ATF_CHECK_EQ(1, status().parts_destroyed);
	fake_run_ms(2100);
	for (mail = 3; mail < 15; mail++)
		send_part(mail, 1, 2);
	ATF_CHECK_EQ(1, status().sets_displaced);
	ATF_CHECK_EQ(12, status().parts);
	ATF_CHECK_EQ(1, status().parts_destroyed);
}

/* What can't be of any mail displaces nothing. */
ATF_TC_WITHOUT_HEAD(a_part_that_fits_nothing_displaces_nothing);
ATF_TC_BODY(a_part_that_fits_nothing_displaces_nothing, tc)
{
	start(1, 100000000);
	send_part(1, 1, 2);
	fake_run_ms(2100);
	send_part(2, 1, 60000);
	send_part(1, 2, 3);
	ATF_CHECK_EQ(0, status().sets_displaced);
	ATF_CHECK_EQ(2, status().parts_destroyed);
	ATF_CHECK(completes(1, 2, 2));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, those_without_progress_make_room);
	ATF_TP_ADD_TC(tp, those_that_make_progress_and_whole_ones_stay);
	ATF_TP_ADD_TC(tp, what_was_given_up_does_not_come_back);
	ATF_TP_ADD_TC(tp, where_octets_are_short_the_large_ones_go);
	ATF_TP_ADD_TC(tp, a_part_that_fits_nothing_displaces_nothing);

	return (atf_no_error());
}
