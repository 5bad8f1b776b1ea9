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
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "lib/testutil.h"
#include "mixtasy/parts.h"

static struct test_rng rng_state;
static struct rng rng;
static char id[MIX_ID_MAX];

static void
set_up(void)
{
	rng = test_rng(&rng_state, 5);
	mix_id_new(&rng, id);
}

/* Octets that n parts carry when all are full. */
static size_t
full(uint32_t n)
{
	struct mix_final final;

	memset(&final, 0, sizeof(final));
	final.type = n == 1 ? MIX_SINGLEPART : MIX_MULTIPART;
	(void)strlcpy(final.id, id, sizeof(final.id));
	final.part = final.total = n;
	return (n * mix_payload_max(&final));
}

ATF_TC_WITHOUT_HEAD(count_is_the_least_that_carries_the_mail);
ATF_TC_BODY(count_is_the_least_that_carries_the_mail, tc)
{
	static const uint32_t counts[] = { 1, 2, 3, 9, 10, 11, 99, 100, 525 };
	size_t i;

	set_up();
	ATF_CHECK_EQ(1, mix_parts_count(id, 0));
	for (i = 0; i < nitems(counts); i++) {
		ATF_CHECK_EQ(counts[i], mix_parts_count(id, full(counts[i])));
		ATF_CHECK(mix_parts_count(id, full(counts[i]) + 1) >
		    counts[i]);
	}
	ATF_CHECK_EQ(MIX_PARTS_MAX, mix_parts_count(id, full(MIX_PARTS_MAX)));
	ATF_CHECK_EQ(0, mix_parts_count(id, full(MIX_PARTS_MAX) + 1));
	ATF_CHECK_EQ(0, mix_parts_count(id, SIZE_MAX));
}

static void
check_cut(size_t len)
{
	uint32_t total = mix_parts_count(id, len), part;
	struct mix_final final;
	uint8_t *mail;
	size_t at = 0;

	mail = malloc(len + 1);
	ATF_REQUIRE(mail != NULL);
	memset(&final, 0, sizeof(final));
	(void)strlcpy(final.id, id, sizeof(final.id));
	for (part = 1; part <= total; part++) {
		ATF_REQUIRE_EQ(0, mix_parts_cut(mail, len, part, total,
		    &final));
		ATF_CHECK(final.payload == mail + at);
		ATF_CHECK_EQ(total == 1 ? MIX_SINGLEPART : MIX_MULTIPART,
		    final.type);
		ATF_CHECK_EQ(total == 1 ? 0 : part, final.part);
		ATF_CHECK_EQ(total == 1 ? 0 : total, final.total);
		ATF_CHECK(final.payload_len <= mix_payload_max(&final));
		at += final.payload_len;
	}
	ATF_CHECK_EQ(len, at);
	ATF_CHECK_EQ(-1, mix_parts_cut(mail, len, 0, total, &final));
	ATF_CHECK_EQ(-1, mix_parts_cut(mail, len, total + 1, total, &final));
	free(mail);
}

ATF_TC_WITHOUT_HEAD(parts_in_order_are_the_mail);
ATF_TC_BODY(parts_in_order_are_the_mail, tc)
{
	static const size_t lengths[] = { 0, 1, 20000, 20480, 45000, 300000,
	    5000000 };
	size_t i;

	set_up();
	for (i = 0; i < nitems(lengths); i++)
		check_cut(lengths[i]);
	check_cut(full(3));
	check_cut(full(3) + 1);
}

ATF_TC_WITHOUT_HEAD(too_few_parts_are_refused);
ATF_TC_BODY(too_few_parts_are_refused, tc)
{
	static uint8_t mail[50000];
	struct mix_final final;

	set_up();
	memset(&final, 0, sizeof(final));
	(void)strlcpy(final.id, id, sizeof(final.id));
	ATF_CHECK_EQ(-1, mix_parts_cut(mail, sizeof(mail), 1, 1, &final));
	ATF_CHECK_EQ(-1, mix_parts_cut(mail, sizeof(mail), 2, 2, &final));
	ATF_CHECK_EQ(-1, mix_parts_cut(mail, sizeof(mail), 1,
	    MIX_PARTS_MAX + 1, &final));
}

static int
recipient(const char *payload)
{
	char rcpt[MAIL_ADDRESS_MAX];

	return (mix_part_recipient((const uint8_t *)payload, strlen(payload),
	    rcpt) == 0 && strcmp(rcpt, "bob@example.org") == 0);
}

ATF_TC_WITHOUT_HEAD(recipient_shows_only_in_a_whole_header);
ATF_TC_BODY(recipient_shows_only_in_a_whole_header, tc)
{
	ATF_CHECK(recipient("To: bob@example.org\r\n\r\nHello"));
	ATF_CHECK(recipient("To: bob@example.org\n\n"));
	ATF_CHECK(recipient("A: b\r\nTo: bob@example.org\r\n\r\n"));
	ATF_CHECK(!recipient("To: bob@example.org\r\n\r"));
	ATF_CHECK(!recipient("To: bob@example.org\r\n"));
	ATF_CHECK(!recipient("To: bob@example.org"));
	ATF_CHECK(!recipient("To: bob@example.org\r\nTo: bob@example.org\r\n"
	    "\r\n"));
	ATF_CHECK(!recipient("Subject: x\r\n\r\nTo: bob@example.org\r\n\r\n"));
	ATF_CHECK(!recipient(""));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, count_is_the_least_that_carries_the_mail);
	ATF_TP_ADD_TC(tp, parts_in_order_are_the_mail);
	ATF_TP_ADD_TC(tp, too_few_parts_are_refused);
	ATF_TP_ADD_TC(tp, recipient_shows_only_in_a_whole_header);
	return (atf_no_error());
}
