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

#include "dns/answer.h"
#include "dns/rdata.h"
#include "lib/dns/message.h"

#define TEN	"aaaaaaaaaa"
#define LABEL	TEN TEN TEN TEN TEN TEN "aaa"	/* the longest there is */

static struct message m;
static struct dns_answer a;
static struct dns_rdata data;

static int
opened(const char *name, uint16_t type)
{
	return (dns_answer_open(&a, m.buf, m.len, name, type) == 0);
}

/* The number of records that come out one by one. */
static unsigned int
walked(void)
{
	unsigned int n = 0;

	while (dns_answer_next(&a, &data))
		n++;

	return (n);
}

ATF_TC_WITHOUT_HEAD(answer_gives_the_records_asked_for);
ATF_TC_BODY(answer_gives_the_records_asked_for, tc)
{
	struct proto_addr addr;

	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	message_a(&m, "a.example", 300, "192.0.2.1");
	message_a(&m, "b.example", 5, "192.0.2.9");
	message_a(&m, "a.example", 5, "2001:db8::1");
	message_a(&m, "A.Example", 200, "192.0.2.2");
	ATF_REQUIRE(opened("a.EXAMPLE", DNS_TYPE_A));
	ATF_REQUIRE_EQ(0, a.rcode);
	ATF_REQUIRE_EQ(2, a.nrecords);
	ATF_REQUIRE_EQ(200, a.ttl);
	ATF_REQUIRE_EQ(0, a.naliases);
	ATF_REQUIRE_EQ(1, dns_answer_next(&a, &data));
	ATF_REQUIRE_EQ(1, dns_addr_read(&data, &addr));
	ATF_REQUIRE_EQ(4, addr.family);
	ATF_REQUIRE_EQ(1, addr.octets[3]);
	ATF_REQUIRE_EQ(1, dns_answer_next(&a, &data));
	ATF_REQUIRE_EQ(1, dns_addr_read(&data, &addr));
	ATF_REQUIRE_EQ(2, addr.octets[3]);
	ATF_REQUIRE_EQ(0, dns_answer_next(&a, &data));
	ATF_REQUIRE_EQ(0, dns_answer_next(&a, &data));
}

ATF_TC_WITHOUT_HEAD(answer_follows_aliases);
ATF_TC_BODY(answer_follows_aliases, tc)
{
	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	/* In any order. */
	message_cname(&m, "b.example", 20, "C.example");
	message_a(&m, "a.example", 1, "192.0.2.9");
	message_a(&m, "c.example", 30, "192.0.2.1");
	message_cname(&m, "a.example", 40, "b.example");
	ATF_REQUIRE(opened("a.example", DNS_TYPE_A));
	ATF_REQUIRE_EQ(2, a.naliases);
	ATF_REQUIRE_STREQ("c.example", a.name);
	ATF_REQUIRE_EQ(20, a.ttl);
	ATF_REQUIRE_EQ(1, walked());
	/* Who asks for the alias itself gets it. */
	ATF_REQUIRE(opened("a.example", DNS_TYPE_CNAME));
	ATF_REQUIRE_EQ(0, a.naliases);
	ATF_REQUIRE_EQ(1, walked());
}

ATF_TC_WITHOUT_HEAD(answer_refuses_aliases_without_end);
ATF_TC_BODY(answer_refuses_aliases_without_end, tc)
{
	char from[32], to[32];
	int i;

	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	message_cname(&m, "a.example", 20, "b.example");
	message_cname(&m, "b.example", 20, "a.example");
	ATF_REQUIRE(!opened("a.example", DNS_TYPE_A));
	message_begin(&m, "n0.example", DNS_TYPE_A, 0);
	for (i = 0; i < DNS_ALIASES_MAX; i++) {
		snprintf(from, sizeof(from), "n%d.example", i);
		snprintf(to, sizeof(to), "n%d.example", i + 1);
		message_cname(&m, from, 20, to);
	}
	ATF_REQUIRE(opened("n0.example", DNS_TYPE_A));
	message_cname(&m, to, 20, "end.example");
	ATF_REQUIRE(!opened("n0.example", DNS_TYPE_A));
}

ATF_TC_WITHOUT_HEAD(answer_keeps_an_absence_as_long_as_the_zone_says);
ATF_TC_BODY(answer_keeps_an_absence_as_long_as_the_zone_says, tc)
{
	message_begin(&m, "a.example", DNS_TYPE_A, 3);
	message_soa(&m, "example", 900, 600);
	ATF_REQUIRE(opened("a.example", DNS_TYPE_A));
	ATF_REQUIRE_EQ(DNS_RCODE_NO_NAME, a.rcode);
	ATF_REQUIRE_EQ(0, a.nrecords);
	ATF_REQUIRE_EQ(600, a.ttl);
	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	message_soa(&m, "example", 300, 600);
	ATF_REQUIRE(opened("a.example", DNS_TYPE_A));
	ATF_REQUIRE_EQ(300, a.ttl);
	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	ATF_REQUIRE(opened("a.example", DNS_TYPE_A));
	ATF_REQUIRE_EQ(0, a.ttl);
}

ATF_TC_WITHOUT_HEAD(answer_takes_a_ttl_with_its_first_bit_for_none);
ATF_TC_BODY(answer_takes_a_ttl_with_its_first_bit_for_none, tc)
{
	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	message_a(&m, "a.example", 0x80000001U, "192.0.2.1");
	ATF_REQUIRE(opened("a.example", DNS_TYPE_A));
	ATF_REQUIRE_EQ(0, a.ttl);
}

ATF_TC_WITHOUT_HEAD(answer_refuses_what_is_cut_off_anywhere);
ATF_TC_BODY(answer_refuses_what_is_cut_off_anywhere, tc)
{
	size_t len;

	message_begin(&m, "a.example", DNS_TYPE_MX, 0);
	message_cname(&m, "a.example", 20, "b.example");
	message_mx(&m, "b.example", 20, 10, "mx.example");
	ATF_REQUIRE(opened("a.example", DNS_TYPE_MX));
	ATF_REQUIRE_EQ(1, a.nrecords);
	for (len = m.len; len-- > 0;) {
		m.len = len;
		ATF_REQUIRE_MSG(!opened("a.example", DNS_TYPE_MX), "%zu", len);
	}
}

ATF_TC_WITHOUT_HEAD(answer_refuses_questions_and_truncated_answers);
ATF_TC_BODY(answer_refuses_questions_and_truncated_answers, tc)
{
	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	m.buf[2] &= 0x7f;
	ATF_REQUIRE(!opened("a.example", DNS_TYPE_A));
	m.buf[2] |= 0x82;
	ATF_REQUIRE(!opened("a.example", DNS_TYPE_A));
	m.buf[2] &= 0xfd;
	ATF_REQUIRE(opened("a.example", DNS_TYPE_A));
	m.buf[5] = 2;
	ATF_REQUIRE(!opened("a.example", DNS_TYPE_A));
}

/* Reads a name of the octets given; "!" if broken, "?" if no text. */
static const char *
name_of(const void *octets, size_t len, size_t start)
{
	static char text[DNS_NAME_MAX];
	size_t pos = start;

	switch (dns_name_read(octets, len, &pos, text)) {
	case 1:
		return (text);
	case 0:
		return ("?");
	default:
		return ("!");
	}
}

ATF_TC_WITHOUT_HEAD(name_is_read_with_pointers_to_what_is_before);
ATF_TC_BODY(name_is_read_with_pointers_to_what_is_before, tc)
{
	static const uint8_t b[] = "\1b\0\1a\300\0\2xy\300\3";
	char text[DNS_NAME_MAX];
	size_t pos = 3;

	ATF_REQUIRE_STREQ("b", name_of(b, sizeof(b) - 1, 0));
	ATF_REQUIRE_STREQ("", name_of(b, sizeof(b) - 1, 2));
	ATF_REQUIRE_STREQ("a.b", name_of(b, sizeof(b) - 1, 3));
	ATF_REQUIRE_STREQ("xy.a.b", name_of(b, sizeof(b) - 1, 7));
	ATF_REQUIRE_EQ(1, dns_name_read(b, sizeof(b) - 1, &pos, text));
	ATF_REQUIRE_EQ(7, pos);
}

ATF_TC_WITHOUT_HEAD(name_refuses_pointers_that_go_round_or_forward);
ATF_TC_BODY(name_refuses_pointers_that_go_round_or_forward, tc)
{
	ATF_REQUIRE_STREQ("!", name_of("\300\0", 2, 0));
	ATF_REQUIRE_STREQ("!", name_of("\1a\300\0", 4, 0));
	ATF_REQUIRE_STREQ("!", name_of("\300\2\1a\0", 5, 0));
	ATF_REQUIRE_STREQ("!", name_of("\300\2\300\0", 4, 2));
	ATF_REQUIRE_STREQ("!", name_of("\0\300", 2, 1));
	/* Other kinds of labels than the two there are. */
	ATF_REQUIRE_STREQ("!", name_of("\100a\0", 3, 0));
	ATF_REQUIRE_STREQ("!", name_of("\200a\0", 3, 0));
}

ATF_TC_WITHOUT_HEAD(name_is_no_text_with_other_characters_or_too_long);
ATF_TC_BODY(name_is_no_text_with_other_characters_or_too_long, tc)
{
	static const char *const odd[] = { "a b", "a.b\\", "a\n", "caf\303",
	    "a*", "a;b" };
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		m.len = 0;
		message_name(&m, odd[i]);
		ATF_CHECK_STREQ("?", name_of(m.buf, m.len, 0));
	}
	/* A dot in a label is none between two. */
	ATF_REQUIRE_STREQ("?", name_of("\3a.b\0", 5, 0));
	m.len = 0;
	message_name(&m, LABEL "." LABEL "." LABEL "." TEN TEN TEN TEN TEN
	    TEN "a");
	ATF_REQUIRE_EQ(255, m.len);
	ATF_REQUIRE_EQ(253, strlen(name_of(m.buf, m.len, 0)));
	m.len = 0;
	message_name(&m, LABEL "." LABEL "." LABEL "." LABEL "." LABEL);
	ATF_REQUIRE_STREQ("?", name_of(m.buf, m.len, 0));
}

ATF_TC_WITHOUT_HEAD(answer_reads_thousands_of_records);
ATF_TC_BODY(answer_reads_thousands_of_records, tc)
{
	int i;

	message_begin(&m, "a.example", DNS_TYPE_A, 0);
	for (i = 0; i < 2000; i++)
		message_a(&m, "a.example", 60, "192.0.2.1");
	ATF_REQUIRE(opened("a.example", DNS_TYPE_A));
	ATF_REQUIRE_EQ(2000, a.nrecords);
	ATF_REQUIRE_EQ(2000, walked());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answer_gives_the_records_asked_for);
	ATF_TP_ADD_TC(tp, answer_follows_aliases);
	ATF_TP_ADD_TC(tp, answer_refuses_aliases_without_end);
	ATF_TP_ADD_TC(tp, answer_keeps_an_absence_as_long_as_the_zone_says);
	ATF_TP_ADD_TC(tp, answer_takes_a_ttl_with_its_first_bit_for_none);
	ATF_TP_ADD_TC(tp, answer_refuses_what_is_cut_off_anywhere);
	ATF_TP_ADD_TC(tp, answer_refuses_questions_and_truncated_answers);
	ATF_TP_ADD_TC(tp, name_is_read_with_pointers_to_what_is_before);
	ATF_TP_ADD_TC(tp, name_refuses_pointers_that_go_round_or_forward);
	ATF_TP_ADD_TC(tp, name_is_no_text_with_other_characters_or_too_long);
	ATF_TP_ADD_TC(tp, answer_reads_thousands_of_records);

	return (atf_no_error());
}
