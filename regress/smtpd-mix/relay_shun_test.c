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

#include "compat/rng_system.h"
#include "relay_shun.h"

#define NOW	1000
#define FIRST	1
#define MOST	60

static struct relay_shun shun;

static uint64_t
key(const char *name)
{
	return (relay_shun_key(&shun, 0, name, strlen(name)));
}

static void
fail(const char *name, time_t now)
{
	relay_shun_add(&shun, key(name), now, FIRST, MOST);
}

static int
shunned(const char *name, time_t now)
{
	return (relay_shunned(&shun, key(name), now));
}

ATF_TC_WITHOUT_HEAD(shun_waits_twice_as_long_each_time);
ATF_TC_BODY(shun_waits_twice_as_long_each_time, tc)
{
	time_t now = NOW, wait;

	relay_shun_init(&shun, &rng_system);
	ATF_CHECK(!shunned("a", now));
	for (wait = FIRST; wait < MOST; wait *= 2) {
		fail("a", now);
		ATF_CHECK(shunned("a", now + wait - 1));
		ATF_CHECK(!shunned("a", now + wait));
		now += wait;
	}
	fail("a", now);
	ATF_CHECK(shunned("a", now + MOST - 1));
	ATF_CHECK(!shunned("a", now + MOST));
	ATF_CHECK(!shunned("b", now));
}

ATF_TC_WITHOUT_HEAD(shun_forgets_what_works_or_has_long_not_failed);
ATF_TC_BODY(shun_forgets_what_works_or_has_long_not_failed, tc)
{
	relay_shun_init(&shun, &rng_system);
	fail("a", NOW);
	fail("a", NOW);
	fail("a", NOW);
	relay_shun_clear(&shun, key("a"));
	ATF_CHECK(!shunned("a", NOW));
	fail("a", NOW);
	ATF_CHECK(!shunned("a", NOW + FIRST));
	fail("a", NOW + 10 * MOST);
	ATF_CHECK(!shunned("a", NOW + 10 * MOST + FIRST));
	relay_shun_clear(&shun, key("never"));
}

ATF_TC_WITHOUT_HEAD(shun_keeps_kinds_apart);
ATF_TC_BODY(shun_keeps_kinds_apart, tc)
{
	relay_shun_init(&shun, &rng_system);
	ATF_CHECK(relay_shun_key(&shun, 0, "a", 1) !=
	    relay_shun_key(&shun, 1, "a", 1));
	ATF_CHECK_EQ(relay_shun_key(&shun, 1, "a", 1),
	    relay_shun_key(&shun, 1, "a", 1));
}

ATF_TC_WITHOUT_HEAD(shun_is_bounded_and_drops_the_earliest);
ATF_TC_BODY(shun_is_bounded_and_drops_the_earliest, tc)
{
	uint64_t i;
	int n = 0;

	relay_shun_init(&shun, &rng_system);
	for (i = 0; i <= RELAY_SHUN_WAYS; i++)
		relay_shun_add(&shun, 5 + i * RELAY_SHUN_SETS, NOW + (time_t)i,
		    MOST, MOST);
	for (i = 0; i <= RELAY_SHUN_WAYS; i++)
		n += relay_shunned(&shun, 5 + i * RELAY_SHUN_SETS, NOW);
	ATF_CHECK_EQ(RELAY_SHUN_WAYS, n);
	ATF_CHECK(!relay_shunned(&shun, 5, NOW));
	ATF_CHECK(relay_shunned(&shun, 5 + RELAY_SHUN_WAYS *
	    (uint64_t)RELAY_SHUN_SETS, NOW));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, shun_waits_twice_as_long_each_time);
	ATF_TP_ADD_TC(tp, shun_forgets_what_works_or_has_long_not_failed);
	ATF_TP_ADD_TC(tp, shun_keeps_kinds_apart);
	ATF_TP_ADD_TC(tp, shun_is_bounded_and_drops_the_earliest);

	return (atf_no_error());
}
