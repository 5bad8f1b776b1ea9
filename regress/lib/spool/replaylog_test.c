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
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spool/replaylog.h"

#include "lib/spool/simdisk.h"
#include "lib/testutil.h"

#define RECORD	32
#define NAME	"replay-0102030405060708"

static const uint8_t	keyid[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static struct test_rng	state;
static struct simdisk	*sim;
static struct disk	disk;
static unsigned int	found[3000];

static void
setup(void)
{
	struct rng rng = test_rng(&state, 1);

	sim = simdisk_new(&rng);
	simdisk_table(sim, &disk);
}

static const uint8_t *
digest(uint32_t n)
{
	static uint8_t d[SPOOL_DIGEST_LEN];

	memset(d, 0xd1, sizeof(d));
	memcpy(d, &n, sizeof(n));
	return (d);
}

static void
count_digest(void *arg, const uint8_t d[SPOOL_DIGEST_LEN])
{
	uint32_t n;

	(void)arg;
	memcpy(&n, d, sizeof(n));
	ATF_REQUIRE(n < sizeof(found) / sizeof(found[0]));
	ATF_REQUIRE_EQ(memcmp(d, digest(n), SPOOL_DIGEST_LEN), 0);
	found[n]++;
}

static enum replaylog_error
try_open(struct replaylog **log)
{
	uint64_t expires = 0;
	enum replaylog_error e;

	memset(found, 0, sizeof(found));
	e = replaylog_open(&disk, keyid, count_digest, NULL, &expires, log);
	if (e == REPLAYLOG_OK)
		ATF_CHECK_EQ(expires, 123456789012);
	else
		ATF_CHECK(*log == NULL);
	return (e);
}

static struct replaylog *
open_log(void)
{
	struct replaylog *log;

	ATF_REQUIRE_EQ(try_open(&log), REPLAYLOG_OK);
	return (log);
}

static void
append(struct replaylog *log, uint32_t first, uint32_t end)
{
	for (; first < end; first++)
		ATF_REQUIRE_EQ(replaylog_append(log, digest(first)), 0);
}

static void
check_found(uint32_t first, uint32_t end)
{
	uint32_t i;

	for (i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		ATF_CHECK_EQ_MSG(found[i], i >= first && i < end, "%u", i);
}

/* A log with digests 0 to 9 synced and marked, and 10 to 14 only written. */
static void
make_log(void)
{
	uint8_t octets[17 * RECORD];
	struct replaylog *log;

	setup();
	ATF_REQUIRE_EQ(replaylog_create(&disk, keyid, 123456789012),
	    REPLAYLOG_OK);
	log = open_log();
	append(log, 0, 10);
	ATF_REQUIRE_EQ(replaylog_sync(log), 0);
	append(log, 10, 15);

	/* As it is now: the close adds a mark. */
	ATF_REQUIRE_EQ(simdisk_size(sim, NAME), sizeof(octets));
	simdisk_peek(sim, NAME, 0, octets, sizeof(octets));
	replaylog_close(log);
	simdisk_set(sim, NAME, octets, sizeof(octets));
}

ATF_TC_WITHOUT_HEAD(digests_are_found_again);
ATF_TC_BODY(digests_are_found_again, tc)
{
	struct replaylog *log;

	setup();
	ATF_REQUIRE_EQ(replaylog_create(&disk, keyid, 123456789012),
	    REPLAYLOG_OK);
	log = open_log();
	check_found(0, 0);
	append(log, 0, 1500);
	ATF_REQUIRE_EQ(replaylog_sync(log), 0);
	append(log, 1500, 2500);
	replaylog_close(log);

	log = open_log();
	check_found(0, 2500);
	replaylog_close(log);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(a_log_is_durable_when_made);
ATF_TC_BODY(a_log_is_durable_when_made, tc)
{
	int i;

	for (i = 0; i < 50; i++) {
		setup();
		ATF_REQUIRE_EQ(replaylog_create(&disk, keyid, 123456789012),
		    REPLAYLOG_OK);
		simdisk_power_failure(sim);
		replaylog_close(open_log());
		simdisk_free(sim);
	}
}

ATF_TC_WITHOUT_HEAD(a_missing_log_is_told);
ATF_TC_BODY(a_missing_log_is_told, tc)
{
	struct replaylog *log;

	setup();
	ATF_CHECK_EQ(try_open(&log), REPLAYLOG_MISSING);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(making_a_log_again_forgets_nothing);
ATF_TC_BODY(making_a_log_again_forgets_nothing, tc)
{
	make_log();
	ATF_CHECK_EQ(replaylog_create(&disk, keyid, 1), REPLAYLOG_OK);
	replaylog_close(open_log());
	check_found(0, 15);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(damage_before_the_mark_is_told);
ATF_TC_BODY(damage_before_the_mark_is_told, tc)
{
	struct replaylog *log;
	off_t place;

	/* The header, ten digests, the mark. */
	for (place = 0; place < 11; place++) {
		make_log();
		simdisk_damage(sim, NAME, place * RECORD + 5, 1);
		ATF_CHECK_EQ_MSG(try_open(&log), REPLAYLOG_DAMAGED, "%d",
		    (int)place);
		ATF_CHECK_EQ(replaylog_create(&disk, keyid, 1),
		    REPLAYLOG_DAMAGED);
		simdisk_free(sim);
	}
}

ATF_TC_WITHOUT_HEAD(a_torn_tail_is_cut_off);
ATF_TC_BODY(a_torn_tail_is_cut_off, tc)
{
	struct replaylog *log;

	/* Place 13 is the second after the mark: digest 11. */
	make_log();
	simdisk_damage(sim, NAME, 13 * RECORD + 31, 1);
	log = open_log();
	check_found(0, 11);
	ATF_CHECK(replaylog_was_torn(log));
	ATF_CHECK_EQ(simdisk_size(sim, NAME), 13 * RECORD);
	append(log, 11, 12);
	replaylog_close(log);
	log = open_log();
	ATF_CHECK(!replaylog_was_torn(log));
	replaylog_close(log);
	check_found(0, 12);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(half_a_record_and_zeros_are_cut_off);
ATF_TC_BODY(half_a_record_and_zeros_are_cut_off, tc)
{
	uint8_t log_octets[4096];
	off_t size;

	make_log();
	size = simdisk_size(sim, NAME);
	ATF_REQUIRE_EQ(size, 17 * RECORD);
	memset(log_octets, 0, sizeof(log_octets));
	simdisk_peek(sim, NAME, 0, log_octets, (size_t)size);
	simdisk_set(sim, NAME, log_octets, (size_t)size + 100);
	replaylog_close(open_log());
	check_found(0, 15);
	simdisk_set(sim, NAME, log_octets, (size_t)size - 7);
	replaylog_close(open_log());
	check_found(0, 14);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(a_record_at_another_place_is_a_bad_one);
ATF_TC_BODY(a_record_at_another_place_is_a_bad_one, tc)
{
	uint8_t octets[17 * RECORD];
	struct replaylog *log;

	make_log();
	simdisk_peek(sim, NAME, 0, octets, sizeof(octets));
	memcpy(octets + 3 * RECORD, octets + 4 * RECORD, RECORD);
	simdisk_set(sim, NAME, octets, sizeof(octets));
	ATF_CHECK_EQ(try_open(&log), REPLAYLOG_DAMAGED);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(the_log_of_another_subkey_is_damage);
ATF_TC_BODY(the_log_of_another_subkey_is_damage, tc)
{
	const uint8_t other[8] = { 9 };
	struct replaylog *log;
	uint64_t expires;

	make_log();
	ATF_REQUIRE_EQ(disk.rename(disk.ctx, NAME, "replay-0900000000000000"),
	    0);
	ATF_CHECK_EQ(replaylog_open(&disk, other, NULL, NULL, &expires, &log),
	    REPLAYLOG_DAMAGED);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(an_empty_log_is_damage);
ATF_TC_BODY(an_empty_log_is_damage, tc)
{
	struct replaylog *log;

	make_log();
	simdisk_set(sim, NAME, "", 0);
	ATF_CHECK_EQ(try_open(&log), REPLAYLOG_DAMAGED);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(a_sync_without_appends_costs_nothing);
ATF_TC_BODY(a_sync_without_appends_costs_nothing, tc)
{
	struct replaylog *log;
	unsigned long before;

	make_log();
	log = open_log();
	ATF_REQUIRE_EQ(replaylog_sync(log), 0);
	before = simdisk_count(sim, SIMDISK_SYNC);
	ATF_REQUIRE_EQ(replaylog_sync(log), 0);
	ATF_CHECK_EQ(simdisk_count(sim, SIMDISK_SYNC), before);
	replaylog_close(log);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(a_failed_sync_is_final);
ATF_TC_BODY(a_failed_sync_is_final, tc)
{
	struct replaylog *log;

	make_log();
	log = open_log();
	append(log, 15, 16);
	simdisk_fail(sim, SIMDISK_SYNC, 0, EIO);
	ATF_CHECK_EQ(replaylog_sync(log), -1);
	ATF_CHECK_EQ(replaylog_sync(log), -1);
	ATF_CHECK_EQ(replaylog_append(log, digest(16)), -1);
	replaylog_close(log);

	/* No mark claims what wasn't synced. */
	log = open_log();
	check_found(0, found[15] ? 16 : 15);
	replaylog_close(log);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(a_failed_append_can_be_made_again);
ATF_TC_BODY(a_failed_append_can_be_made_again, tc)
{
	struct replaylog *log;

	make_log();
	log = open_log();
	simdisk_fail(sim, SIMDISK_WRITE, 0, ENOSPC);
	ATF_CHECK_EQ(replaylog_append(log, digest(15)), -1);
	append(log, 15, 17);
	replaylog_close(log);
	replaylog_close(open_log());
	check_found(0, 17);
	simdisk_free(sim);
}

ATF_TC_WITHOUT_HEAD(errors_of_the_disk_are_told);
ATF_TC_BODY(errors_of_the_disk_are_told, tc)
{
	static const enum simdisk_op ops[] = { SIMDISK_OPEN, SIMDISK_WRITE,
	    SIMDISK_SYNC, SIMDISK_RENAME, SIMDISK_SYNC_DIR };
	struct replaylog *log;
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		setup();
		simdisk_fail(sim, ops[i], 0, EIO);
		ATF_CHECK_EQ(replaylog_create(&disk, keyid, 123456789012),
		    REPLAYLOG_IO);
		ATF_CHECK_EQ(replaylog_create(&disk, keyid, 123456789012),
		    REPLAYLOG_OK);
		simdisk_fail(sim, SIMDISK_READ, (unsigned int)i % 3, EIO);
		ATF_CHECK_EQ(try_open(&log), REPLAYLOG_IO);
		replaylog_close(open_log());
		simdisk_free(sim);
	}
}

static void
note_keyid(void *arg, const uint8_t id[8])
{
	uint8_t *sum = arg;

	ATF_CHECK_EQ(id[7], 0xfe);
	sum[id[0]]++;
}

ATF_TC_WITHOUT_HEAD(logs_are_listed_and_removed);
ATF_TC_BODY(logs_are_listed_and_removed, tc)
{
	const uint8_t one[8] = { 1, 0, 0, 0, 0, 0, 0, 0xfe };
	const uint8_t two[8] = { 2, 0, 0, 0, 0, 0, 0, 0xfe };
	uint8_t sum[256] = { 0 };

	setup();
	simdisk_set(sim, "spool", "", 0);
	simdisk_set(sim, "replay-00000000000000fe.old", "", 0);
	simdisk_set(sim, "replay-00000000000000Fe", "", 0);
	ATF_REQUIRE_EQ(replaylog_create(&disk, one, 5), REPLAYLOG_OK);
	ATF_REQUIRE_EQ(replaylog_create(&disk, two, 5), REPLAYLOG_OK);
	ATF_REQUIRE_EQ(replaylog_list(&disk, note_keyid, sum), 0);
	ATF_CHECK(sum[0] == 0 && sum[1] == 1 && sum[2] == 1);

	ATF_REQUIRE_EQ(replaylog_remove(&disk, one), 0);
	ATF_REQUIRE_EQ(replaylog_remove(&disk, one), 0);
	simdisk_power_failure(sim);
	ATF_REQUIRE_EQ(replaylog_list(&disk, note_keyid, sum), 0);
	ATF_CHECK(sum[1] == 1 && sum[2] == 2);
	simdisk_free(sim);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, digests_are_found_again);
	ATF_TP_ADD_TC(tp, a_log_is_durable_when_made);
	ATF_TP_ADD_TC(tp, a_missing_log_is_told);
	ATF_TP_ADD_TC(tp, making_a_log_again_forgets_nothing);
	ATF_TP_ADD_TC(tp, damage_before_the_mark_is_told);
	ATF_TP_ADD_TC(tp, a_torn_tail_is_cut_off);
	ATF_TP_ADD_TC(tp, half_a_record_and_zeros_are_cut_off);
	ATF_TP_ADD_TC(tp, a_record_at_another_place_is_a_bad_one);
	ATF_TP_ADD_TC(tp, the_log_of_another_subkey_is_damage);
	ATF_TP_ADD_TC(tp, an_empty_log_is_damage);
	ATF_TP_ADD_TC(tp, a_sync_without_appends_costs_nothing);
	ATF_TP_ADD_TC(tp, a_failed_sync_is_final);
	ATF_TP_ADD_TC(tp, a_failed_append_can_be_made_again);
	ATF_TP_ADD_TC(tp, errors_of_the_disk_are_told);
	ATF_TP_ADD_TC(tp, logs_are_listed_and_removed);
	return (atf_no_error());
}
