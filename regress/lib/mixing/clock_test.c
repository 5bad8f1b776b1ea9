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
#include <string.h>

#include "mixing/clock.h"

#define HOUR	((int64_t)3600)
#define DAY	(24 * HOUR)
#define YEAR	(365 * DAY)
#define NOW	((int64_t)1800000000)

static const int64_t steps[] = {
	HOUR, DAY, YEAR, -HOUR, -DAY, -YEAR, CLOCK_LEEWAY + 1,
	-CLOCK_LEEWAY - 1
};
#define NSTEPS	(sizeof(steps) / sizeof(steps[0]))

/* A machine that is up for boot seconds. */
static struct clock_reading
reading(int64_t wall, int64_t boot, enum clock_sync sync, int boot_number)
{
	struct clock_reading r;

	memset(&r, 0, sizeof(r));
	r.wall = wall;
	r.boot = boot;
	r.sync = sync;
	r.boot_id[0] = (uint8_t)boot_number;

	return (r);
}

static struct clock_watch
started(void)
{
	struct clock_reading r = reading(NOW, 500, CLOCK_SYNC_NO, 1);
	struct clock_watch w;

	clock_watch_start(&w, NULL, &r);
	ATF_REQUIRE_EQ(CLOCK_GOOD, w.doubt);

	return (w);
}

static struct clock_mark
mark_at(const struct clock_watch *w, int64_t wall, int64_t boot)
{
	struct clock_reading r = reading(wall, boot, CLOCK_SYNC_NO, 1);
	struct clock_mark mark;

	ATF_REQUIRE_EQ(0, clock_watch_mark(w, &r, &mark));

	return (mark);
}

ATF_TC_WITHOUT_HEAD(clock_that_runs_is_believed_for_ever);
ATF_TC_BODY(clock_that_runs_is_believed_for_ever, tc)
{
	struct clock_watch w = started();
	struct clock_reading r;
	int64_t t;
	char text[256];

	for (t = 0; t < 2 * YEAR; t += HOUR) {
		r = reading(NOW + t, 500 + t, CLOCK_SYNC_NO, 1);
		ATF_REQUIRE_EQ(CLOCK_GOOD, clock_watch_look(&w, &r));
	}
	clock_watch_text(&w, text, sizeof(text));
	ATF_CHECK_STREQ("", text);
}

ATF_TC_WITHOUT_HEAD(step_is_seen_and_forgiven_when_taken_back);
ATF_TC_BODY(step_is_seen_and_forgiven_when_taken_back, tc)
{
	struct clock_watch w;
	struct clock_reading r;
	struct clock_mark mark;
	char text[256];
	size_t i;

	for (i = 0; i < NSTEPS; i++) {
		w = started();
		r = reading(NOW + 60 + steps[i], 560, CLOCK_SYNC_NO, 1);
		ATF_CHECK_EQ(CLOCK_STEPPED, clock_watch_look(&w, &r));
		ATF_CHECK_EQ(steps[i], w.off);
		ATF_CHECK_EQ(-1, clock_watch_mark(&w, &r, &mark));
		clock_watch_text(&w, text, sizeof(text));
		ATF_CHECK(strstr(text, steps[i] > 0 ? "ahead" : "back") !=
		    NULL);
		ATF_CHECK(strstr(text, "mixctl clock accept") != NULL);
		r = reading(NOW + 120, 620, CLOCK_SYNC_NO, 1);
		ATF_CHECK_EQ(CLOCK_GOOD, clock_watch_look(&w, &r));
	}
}

ATF_TC_WITHOUT_HEAD(small_steps_do_not_add_up_unseen);
ATF_TC_BODY(small_steps_do_not_add_up_unseen, tc)
{
	struct clock_watch w = started();
	struct clock_reading r;
	int64_t t, seen = 0;

	for (t = 0; t < 100 && seen == 0; t++) {
		r = reading(NOW + t + 60 * t, 500 + t, CLOCK_SYNC_NO, 1);
		if (clock_watch_look(&w, &r) != CLOCK_GOOD)
			seen = 60 * t;
	}
	ATF_CHECK_EQ(660, seen);
}

ATF_TC_WITHOUT_HEAD(step_is_believed_when_synchronised_or_accepted);
ATF_TC_BODY(step_is_believed_when_synchronised_or_accepted, tc)
{
	struct clock_watch w, accepted;
	struct clock_reading r;
	size_t i;

	for (i = 0; i < NSTEPS; i++) {
		accepted = w = started();
		r = reading(NOW + 60 + steps[i], 560, CLOCK_SYNC_UNKNOWN, 1);
		ATF_CHECK_EQ(CLOCK_STEPPED, clock_watch_look(&w, &r));
		r.sync = CLOCK_SYNC_YES;
		ATF_CHECK_EQ(CLOCK_GOOD, clock_watch_look(&w, &r));
		r.sync = CLOCK_SYNC_NO;
		ATF_CHECK_EQ(CLOCK_GOOD, clock_watch_look(&w, &r));
		ATF_CHECK_EQ(CLOCK_STEPPED, clock_watch_look(&accepted, &r));
		clock_watch_accept(&accepted, &r);
		ATF_CHECK_EQ(CLOCK_GOOD, clock_watch_look(&accepted, &r));
		ATF_CHECK_EQ(NOW + 60 + steps[i], accepted.mark);
	}
}

ATF_TC_WITHOUT_HEAD(step_between_two_runs_is_seen);
ATF_TC_BODY(step_between_two_runs_is_seen, tc)
{
	struct clock_watch w = started(), next;
	struct clock_mark mark = mark_at(&w, NOW, 500);
	struct clock_reading r;
	size_t i;

	for (i = 0; i < NSTEPS; i++) {
		r = reading(NOW + 3 * DAY + steps[i], 500 + 3 * DAY,
		    CLOCK_SYNC_NO, 1);
		clock_watch_start(&next, &mark, &r);
		ATF_CHECK_EQ(CLOCK_STEPPED, next.doubt);
	}
}

ATF_TC_WITHOUT_HEAD(daemon_that_was_off_for_days_goes_on);
ATF_TC_BODY(daemon_that_was_off_for_days_goes_on, tc)
{
	struct clock_watch w = started(), next;
	struct clock_mark mark = mark_at(&w, NOW, 500);
	struct clock_reading r = reading(NOW + 9 * DAY, 500 + 9 * DAY,
	    CLOCK_SYNC_NO, 1);

	clock_watch_start(&next, &mark, &r);
	ATF_CHECK_EQ(CLOCK_GOOD, next.doubt);
}

ATF_TC_WITHOUT_HEAD(machine_that_was_off_waits_for_synchronisation);
ATF_TC_BODY(machine_that_was_off_waits_for_synchronisation, tc)
{
	struct clock_watch w = started(), next;
	struct clock_mark mark = mark_at(&w, NOW, 500);
	struct clock_reading r = reading(NOW + 9 * DAY, 40, CLOCK_SYNC_NO, 2);
	char text[256];

	clock_watch_start(&next, &mark, &r);
	ATF_CHECK_EQ(CLOCK_ABSENT, next.doubt);
	clock_watch_text(&next, text, sizeof(text));
	ATF_CHECK(strstr(text, "off for 9d") != NULL);
	/* The clock is put right while it waits. */
	r = reading(NOW + 12 * DAY, 70, CLOCK_SYNC_NO, 2);
	ATF_CHECK_EQ(CLOCK_ABSENT, clock_watch_look(&next, &r));
	r.sync = CLOCK_SYNC_YES;
	ATF_CHECK_EQ(CLOCK_GOOD, clock_watch_look(&next, &r));
	ATF_CHECK_EQ(NOW + 12 * DAY, next.mark);
	/* A reboot alone is no absence. */
	r = reading(NOW + HOUR / 2, 40, CLOCK_SYNC_NO, 2);
	clock_watch_start(&next, &mark, &r);
	ATF_CHECK_EQ(CLOCK_GOOD, next.doubt);
}

ATF_TC_WITHOUT_HEAD(absence_is_believed_where_nothing_can_tell);
ATF_TC_BODY(absence_is_believed_where_nothing_can_tell, tc)
{
	struct clock_watch w = started(), next;
	struct clock_mark mark = mark_at(&w, NOW, 5000);
	struct clock_reading r = reading(NOW + 9 * DAY, 40,
	    CLOCK_SYNC_UNKNOWN, 1);

	/* No id of the boot: the boot-time clock tells. */
	memset(mark.boot_id, 0, sizeof(mark.boot_id));
	memset(r.boot_id, 0, sizeof(r.boot_id));
	mark.boot = 5000;
	clock_watch_start(&next, &mark, &r);
	ATF_CHECK_EQ(CLOCK_GOOD, next.doubt);
	r.wall = NOW + YEAR;
	clock_watch_start(&next, &mark, &r);
	ATF_CHECK_EQ(CLOCK_ABSENT, next.doubt);
}

ATF_TC_WITHOUT_HEAD(clock_behind_its_mark_is_not_believed);
ATF_TC_BODY(clock_behind_its_mark_is_not_believed, tc)
{
	struct clock_watch w = started(), next;
	struct clock_mark mark = mark_at(&w, NOW, 500), again;
	struct clock_reading r;
	char text[256];
	size_t i;

	for (i = 0; i < NSTEPS; i++) {
		if (steps[i] > 0)
			continue;
		r = reading(NOW + steps[i], 40, CLOCK_SYNC_UNKNOWN, 2);
		clock_watch_start(&next, &mark, &r);
		ATF_CHECK_EQ(CLOCK_BEHIND, next.doubt);
		clock_watch_text(&next, text, sizeof(text));
		ATF_CHECK(strstr(text, "behind") != NULL);
		ATF_CHECK_EQ(-1, clock_watch_mark(&next, &r, &again));
		/* Nor in the run after that. */
		clock_watch_start(&next, &mark, &r);
		ATF_CHECK_EQ(CLOCK_BEHIND, next.doubt);
	}
	r = reading(NOW - CLOCK_LEEWAY, 40, CLOCK_SYNC_UNKNOWN, 2);
	clock_watch_start(&next, &mark, &r);
	ATF_CHECK_EQ(CLOCK_GOOD, next.doubt);
}

ATF_TC_WITHOUT_HEAD(restarts_do_not_move_what_is_believed);
ATF_TC_BODY(restarts_do_not_move_what_is_believed, tc)
{
	struct clock_watch w = started();
	struct clock_mark mark;
	struct clock_reading r;
	int64_t i;

	/* Each run gets a step that is small enough alone. */
	for (i = 1; i <= 3; i++) {
		r = reading(NOW + i * 300, 500, CLOCK_SYNC_NO, 1);
		if (clock_watch_look(&w, &r) != CLOCK_GOOD)
			break;
		ATF_REQUIRE_EQ(0, clock_watch_mark(&w, &r, &mark));
		clock_watch_start(&w, &mark, &r);
	}
	ATF_CHECK_EQ(3, i);
}

ATF_TC_WITHOUT_HEAD(mark_is_read_as_it_was_written);
ATF_TC_BODY(mark_is_read_as_it_was_written, tc)
{
	struct clock_mark mark, again;
	uint8_t buf[CLOCK_MARK_LEN];

	memset(&mark, 0x5a, sizeof(mark));
	mark.wall = NOW;
	mark.boot = -5;
	clock_mark_write(&mark, buf);
	memset(&again, 0, sizeof(again));
	ATF_REQUIRE_EQ(0, clock_mark_read(buf, sizeof(buf), &again));
	ATF_CHECK_EQ(mark.wall, again.wall);
	ATF_CHECK_EQ(mark.boot, again.boot);
	ATF_CHECK_EQ(0, memcmp(mark.boot_id, again.boot_id,
	    sizeof(mark.boot_id)));
	ATF_CHECK_EQ(-1, clock_mark_read(buf, sizeof(buf) - 1, &again));
	buf[0] ^= 1;
	ATF_CHECK_EQ(-1, clock_mark_read(buf, sizeof(buf), &again));
}

ATF_TC_WITHOUT_HEAD(absurd_clocks_do_no_harm);
ATF_TC_BODY(absurd_clocks_do_no_harm, tc)
{
	struct clock_watch w;
	struct clock_mark mark = { INT64_MAX, INT64_MIN, { 1 } };
	struct clock_reading r = reading(INT64_MIN, INT64_MAX,
	    CLOCK_SYNC_NO, 1);
	char text[256];

	clock_watch_start(&w, &mark, &r);
	ATF_CHECK(w.doubt != CLOCK_GOOD);
	clock_watch_text(&w, text, sizeof(text));
	ATF_CHECK(text[0] != '\0');
	ATF_CHECK(!clock_agrees(INT64_MAX, INT64_MIN, INT64_MAX));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, clock_that_runs_is_believed_for_ever);
	ATF_TP_ADD_TC(tp, step_is_seen_and_forgiven_when_taken_back);
	ATF_TP_ADD_TC(tp, small_steps_do_not_add_up_unseen);
	ATF_TP_ADD_TC(tp, step_is_believed_when_synchronised_or_accepted);
	ATF_TP_ADD_TC(tp, step_between_two_runs_is_seen);
	ATF_TP_ADD_TC(tp, daemon_that_was_off_for_days_goes_on);
	ATF_TP_ADD_TC(tp, machine_that_was_off_waits_for_synchronisation);
	ATF_TP_ADD_TC(tp, absence_is_believed_where_nothing_can_tell);
	ATF_TP_ADD_TC(tp, clock_behind_its_mark_is_not_believed);
	ATF_TP_ADD_TC(tp, restarts_do_not_move_what_is_believed);
	ATF_TP_ADD_TC(tp, mark_is_read_as_it_was_written);
	ATF_TP_ADD_TC(tp, absurd_clocks_do_no_harm);

	return (atf_no_error());
}
