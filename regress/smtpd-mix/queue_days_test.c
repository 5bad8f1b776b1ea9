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

#include "queue_days.h"

ATF_TC_WITHOUT_HEAD(days_are_used_until_the_last_slot_goes);
ATF_TC_BODY(days_are_used_until_the_last_slot_goes, tc)
{
	struct queue_days days;
	uint32_t day, list[50];

	memset(&days, 0, sizeof(days));
	ATF_CHECK_EQ(QUEUE_DAYS_NONE, queue_days_oldest(&days));
	ATF_CHECK_EQ(0, queue_days_list(&days, list, 50));
	for (day = 140; day > 100; day--) {
		ATF_REQUIRE_EQ(0, queue_days_add(&days, day));
		ATF_REQUIRE_EQ(0, queue_days_add(&days, day));
	}
	ATF_REQUIRE_EQ(0, queue_days_add(&days, 0));
	ATF_CHECK_EQ(101, queue_days_oldest(&days));
	ATF_CHECK_EQ(40, queue_days_list(&days, list, 50));
	for (day = 0; day < 40; day++)
		ATF_CHECK_EQ(101 + day, list[day]);
	ATF_CHECK_EQ(2, queue_days_list(&days, list, 2));
	ATF_CHECK_EQ(102, list[1]);
	queue_days_remove(&days, 101);
	ATF_CHECK_EQ(101, queue_days_oldest(&days));
	queue_days_remove(&days, 101);
	ATF_CHECK_EQ(102, queue_days_oldest(&days));
	queue_days_remove(&days, 0);
	for (day = 102; day <= 140; day++) {
		queue_days_remove(&days, day);
		queue_days_remove(&days, day);
	}
	ATF_CHECK_EQ(QUEUE_DAYS_NONE, queue_days_oldest(&days));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, days_are_used_until_the_last_slot_goes);

	return (atf_no_error());
}
