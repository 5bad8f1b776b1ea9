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
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lib/testutil.h"
#include "mixing/rng.h"
#include "spool/disk.h"

#include "queue_replay.h"

static const uint8_t first[SPOOL_KEYID_LEN] = { 1 };
static const uint8_t second[SPOOL_KEYID_LEN] = { 2 };
static const uint8_t third[SPOOL_KEYID_LEN] = { 3 };
static const uint8_t digest[SPOOL_DIGEST_LEN] = { 4, 4 };

static struct disk disk;
static struct test_rng rng_state;
static int damaged;

static void
count_damaged(const uint8_t *keyid)
{
	(void)keyid;
	damaged++;
}

static void
open_records(struct queue_replay *r)
{
	struct rng rng = test_rng(&rng_state, 1);
	char err[256] = "";
	int fd;

	ATF_REQUIRE((fd = open(".", O_RDONLY | O_DIRECTORY)) != -1);
	disk_posix(&disk, fd);
	ATF_REQUIRE_EQ_MSG(0, queue_replay_open(r, &disk, &rng, count_damaged,
	    err, sizeof(err)), "%s", err);
}

ATF_TC_WITHOUT_HEAD(digest_of_any_live_subkey_is_a_replay);
ATF_TC_BODY(digest_of_any_live_subkey_is_a_replay, tc)
{
	struct queue_replay r;

	open_records(&r);
	ATF_CHECK_EQ(QUEUE_ADMIT_NO_LOG, queue_replay_admit(&r, first,
	    digest));
	ATF_REQUIRE_EQ(1, queue_replay_create(&r, first, 1000));
	ATF_REQUIRE_EQ(1, queue_replay_create(&r, second, 1000));
	ATF_CHECK_EQ(QUEUE_ADMIT_NEW, queue_replay_admit(&r, first, digest));
	ATF_CHECK_EQ(QUEUE_ADMIT_REPLAY, queue_replay_admit(&r, second,
	    digest));
	queue_replay_withdraw(&r, digest);
	ATF_CHECK_EQ(QUEUE_ADMIT_NEW, queue_replay_admit(&r, second, digest));
	ATF_REQUIRE_EQ(0, queue_replay_append(&r, second, digest));
	ATF_REQUIRE_EQ(0, queue_replay_sync(&r, second));
	queue_replay_close(&r);

	open_records(&r);
	ATF_CHECK_EQ(1, queue_replay_claim(&r, second));
	ATF_CHECK_EQ(0, queue_replay_claim(&r, third));
	ATF_CHECK_EQ(QUEUE_ADMIT_REPLAY, queue_replay_admit(&r, first,
	    digest));
	ATF_REQUIRE_EQ(0, queue_replay_remove(&r, second));
	ATF_CHECK_EQ(QUEUE_ADMIT_NEW, queue_replay_admit(&r, first, digest));
	queue_replay_close(&r);
}

ATF_TC_WITHOUT_HEAD(recovered_digest_needs_no_log);
ATF_TC_BODY(recovered_digest_needs_no_log, tc)
{
	struct queue_replay r;

	open_records(&r);
	ATF_REQUIRE_EQ(0, queue_replay_recovered(&r, first, digest));
	ATF_REQUIRE_EQ(0, queue_replay_recovered(&r, first, digest));
	ATF_REQUIRE_EQ(1, queue_replay_create(&r, second, 1000));
	ATF_CHECK_EQ(QUEUE_ADMIT_REPLAY, queue_replay_admit(&r, second,
	    digest));
	/* Its subkey is gone: there is nothing to be written. */
	ATF_CHECK_EQ(0, queue_replay_append(&r, first, digest));
	ATF_CHECK_EQ(0, queue_replay_claim(&r, first));
	queue_replay_close(&r);
}

ATF_TC_WITHOUT_HEAD(damaged_log_is_told_and_never_used);
ATF_TC_BODY(damaged_log_is_told_and_never_used, tc)
{
	struct queue_replay r;

	ATF_REQUIRE_EQ(0, test_write_file("replay-0100000000000000",
	    "nothing of a log, but of some length", 36));
	open_records(&r);
	ATF_CHECK_EQ(1, damaged);
	ATF_CHECK_EQ(0, queue_replay_claim(&r, first));
	ATF_CHECK_EQ(0, queue_replay_create(&r, first, 1000));
	ATF_CHECK_EQ(QUEUE_ADMIT_NO_LOG, queue_replay_admit(&r, first,
	    digest));
	ATF_REQUIRE_EQ(0, queue_replay_remove(&r, first));
	ATF_CHECK_EQ(-1, access("replay-0100000000000000", F_OK));
	queue_replay_close(&r);
}

ATF_TC_WITHOUT_HEAD(sweep_spares_what_is_claimed_or_young);
ATF_TC_BODY(sweep_spares_what_is_claimed_or_young, tc)
{
	struct queue_replay r;

	open_records(&r);
	ATF_REQUIRE_EQ(1, queue_replay_create(&r, first, 1000));
	ATF_REQUIRE_EQ(1, queue_replay_create(&r, second, 1000));
	ATF_REQUIRE_EQ(1, queue_replay_create(&r, third, 2000));
	queue_replay_sweep(&r, 5000);
	queue_replay_close(&r);

	open_records(&r);
	ATF_REQUIRE_EQ(1, queue_replay_claim(&r, second));
	queue_replay_sweep(&r, 1500);
	ATF_CHECK_EQ(-1, access("replay-0100000000000000", F_OK));
	ATF_CHECK_EQ(0, access("replay-0200000000000000", F_OK));
	ATF_CHECK_EQ(0, access("replay-0300000000000000", F_OK));
	queue_replay_close(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, digest_of_any_live_subkey_is_a_replay);
	ATF_TP_ADD_TC(tp, recovered_digest_needs_no_log);
	ATF_TP_ADD_TC(tp, damaged_log_is_told_and_never_used);
	ATF_TP_ADD_TC(tp, sweep_spares_what_is_claimed_or_young);

	return (atf_no_error());
}
