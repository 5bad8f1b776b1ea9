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
#include <stdio.h>
#include <string.h>

#include "dns/order.h"
#include "lib/testutil.h"

static struct test_rng state;
static struct rng rng;

static void
set(struct dns_mx *mx, unsigned int preference, const char *host)
{
	memset(mx, 0, sizeof(*mx));
	mx->preference = (uint16_t)preference;
	strcpy(mx->host, host);
}

ATF_TC_WITHOUT_HEAD(mx_are_ordered_by_preference);
ATF_TC_BODY(mx_are_ordered_by_preference, tc)
{
	static const unsigned int preferences[] = { 30, 65535, 0, 10, 20 };
	struct dns_mx mx[5];
	char name[16];
	size_t i;

	rng = test_rng(&state, 1);
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "h%u", preferences[i]);
		set(&mx[i], preferences[i], name);
	}
	ATF_REQUIRE_EQ(5, dns_mx_order(mx, 5, &rng));
	ATF_REQUIRE_STREQ("h0", mx[0].host);
	ATF_REQUIRE_STREQ("h10", mx[1].host);
	ATF_REQUIRE_STREQ("h20", mx[2].host);
	ATF_REQUIRE_STREQ("h30", mx[3].host);
	ATF_REQUIRE_STREQ("h65535", mx[4].host);
	ATF_REQUIRE_EQ(0, dns_mx_order(mx, 0, &rng));
}

ATF_TC_WITHOUT_HEAD(mx_of_equal_preference_come_first_equally_often);
ATF_TC_BODY(mx_of_equal_preference_come_first_equally_often, tc)
{
	unsigned int first[3] = { 0, 0, 0 }, i;
	struct dns_mx mx[4];

	rng = test_rng(&state, 2);
	for (i = 0; i < 3000; i++) {
		set(&mx[0], 10, "0");
		set(&mx[1], 5, "x");
		set(&mx[2], 10, "1");
		set(&mx[3], 10, "2");
		ATF_REQUIRE_EQ(4, dns_mx_order(mx, 4, &rng));
		ATF_REQUIRE_STREQ("x", mx[0].host);
		first[mx[1].host[0] - '0']++;
	}
	/* 1000 expected, a standard deviation is 26. */
	for (i = 0; i < 3; i++)
		ATF_CHECK_MSG(first[i] > 870 && first[i] < 1130, "%u",
		    first[i]);
}

ATF_TC_WITHOUT_HEAD(mx_that_is_named_twice_keeps_its_better_place);
ATF_TC_BODY(mx_that_is_named_twice_keeps_its_better_place, tc)
{
	struct dns_mx mx[4];

	rng = test_rng(&state, 3);
	set(&mx[0], 30, "a");
	set(&mx[1], 20, "b");
	set(&mx[2], 10, "a");
	set(&mx[3], 10, "a");
	ATF_REQUIRE_EQ(2, dns_mx_order(mx, 4, &rng));
	ATF_REQUIRE_STREQ("a", mx[0].host);
	ATF_REQUIRE_EQ(10, mx[0].preference);
	ATF_REQUIRE_STREQ("b", mx[1].host);
}

/* Families of addresses as digits, after they were ordered. */
static const char *
ordered(const char *families)
{
	static char out[16];
	struct proto_addr a[16];
	size_t i, n = strlen(families);
	unsigned int sum = 0;

	memset(a, 0, sizeof(a));
	for (i = 0; i < n; i++) {
		a[i].family = (uint32_t)(families[i] - '0');
		a[i].octets[0] = (uint8_t)(1U << i);
	}
	dns_addr_order(a, n, &rng);
	for (i = 0; i < n; i++) {
		out[i] = (char)('0' + a[i].family);
		sum += a[i].octets[0];
	}
	out[n] = '\0';
	/* All are there, none twice. */
	ATF_REQUIRE_EQ((1U << n) - 1, sum);

	return (out);
}

ATF_TC_WITHOUT_HEAD(addresses_take_turns_by_family);
ATF_TC_BODY(addresses_take_turns_by_family, tc)
{
	rng = test_rng(&state, 4);
	ATF_REQUIRE_STREQ("", ordered(""));
	ATF_REQUIRE_STREQ("4", ordered("4"));
	ATF_REQUIRE_STREQ("444", ordered("444"));
	ATF_REQUIRE_STREQ("666", ordered("666"));
	ATF_REQUIRE_STREQ("64", ordered("46"));
	ATF_REQUIRE_STREQ("646444", ordered("444466"));
	ATF_REQUIRE_STREQ("646466", ordered("664646"));
}

ATF_TC_WITHOUT_HEAD(addresses_come_first_equally_often);
ATF_TC_BODY(addresses_come_first_equally_often, tc)
{
	unsigned int first[4] = { 0, 0, 0, 0 }, i, k;
	struct proto_addr a[4];

	rng = test_rng(&state, 5);
	for (i = 0; i < 4000; i++) {
		memset(a, 0, sizeof(a));
		for (k = 0; k < 4; k++) {
			a[k].family = 4;
			a[k].octets[0] = (uint8_t)k;
		}
		dns_addr_order(a, 4, &rng);
		first[a[0].octets[0]]++;
	}
	for (i = 0; i < 4; i++)
		ATF_CHECK_MSG(first[i] > 860 && first[i] < 1140, "%u",
		    first[i]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mx_are_ordered_by_preference);
	ATF_TP_ADD_TC(tp, mx_of_equal_preference_come_first_equally_often);
	ATF_TP_ADD_TC(tp, mx_that_is_named_twice_keeps_its_better_place);
	ATF_TP_ADD_TC(tp, addresses_take_turns_by_family);
	ATF_TP_ADD_TC(tp, addresses_come_first_equally_often);

	return (atf_no_error());
}
