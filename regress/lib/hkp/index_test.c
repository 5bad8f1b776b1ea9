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
#include <stdlib.h>
#include <string.h>

#include "hkp/hkp.h"

#define FPR1	"553A1710B01232AC8770519BB15F801B5BEA9946"
#define FPR2	"A9CF3418CF5E1141C66FA2EF4D2443AB956F5BA5"

static struct hkp_index x;
static struct hkp_key key;

static void
start(const char *text)
{
	hkp_index_init(&x, text, strlen(text));
}

static void
expect_end(void)
{
	ATF_REQUIRE_EQ(0, hkp_index_next(&x, &key));
	ATF_REQUIRE_EQ(0, x.left);
}

ATF_TC_WITHOUT_HEAD(index_of_onak_is_read);
ATF_TC_BODY(index_of_onak_is_read, tc)
{
	start("info:1:2\n"
	    "pub:" FPR1 ":22:255:1795450677::\n"
	    "uid:(mixtasy-mode%3Amiddleman,exitpublic) "
	    "<mixtasy@c.example.net>\n"
	    "pub:" FPR2 ":1:2048:1795450677:1895450677:r\n"
	    "uid:Mixtasy Fan <fan@example.net>\n");
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_STREQ(FPR1, key.id);
	ATF_REQUIRE_EQ(22, key.alg);
	ATF_REQUIRE_EQ(255, key.bits);
	ATF_REQUIRE_EQ(1795450677, key.created);
	ATF_REQUIRE_EQ(0, key.expires);
	ATF_REQUIRE_EQ(0, key.flags);
	ATF_REQUIRE_EQ(1, key.nuids);
	ATF_REQUIRE_EQ(1, key.nmixes);
	ATF_REQUIRE_STREQ("mixtasy@c.example.net", key.address);
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_STREQ(FPR2, key.id);
	ATF_REQUIRE_EQ(1895450677, key.expires);
	ATF_REQUIRE_EQ(HKP_REVOKED, key.flags);
	ATF_REQUIRE_EQ(1, key.nuids);
	ATF_REQUIRE_EQ(0, key.nmixes);
	expect_end();
	ATF_REQUIRE_EQ(2, x.announced);
	ATF_REQUIRE_EQ(2, x.keys);
	ATF_REQUIRE_EQ(0, x.bad);
}

/* No escapes but for colons; dates of user ids; none of them of use. */
ATF_TC_WITHOUT_HEAD(index_of_hockeypuck_is_read);
ATF_TC_BODY(index_of_hockeypuck_is_read, tc)
{
	start("info:1:1\r\n"
	    "pub:" FPR1 ":22:263:1595450677:1695450677:\r\n"
	    "uid:100% (mixtasy-mode%3amiddleman remark%3a50%) "
	    "<Mixtasy@Node1.Example.NET>:1595450677:1695450677:\r\n"
	    "uid:Somebody <a@b.example>:1595450677::r\r\n\r\n");
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_STREQ("mixtasy@node1.example.net", key.address);
	ATF_REQUIRE_EQ(1695450677, key.expires);
	ATF_REQUIRE_EQ(2, key.nuids);
	ATF_REQUIRE_EQ(1, key.nmixes);
	expect_end();
	ATF_REQUIRE_EQ(0, x.bad);
}

ATF_TC_WITHOUT_HEAD(index_of_an_old_server_has_key_ids);
ATF_TC_BODY(index_of_an_old_server_has_key_ids, tc)
{
	start("info:1:4\n"
	    "pub:b15f801b5bea9946:22:255:1795450677::d\n"
	    "uid:mixtasy%40c.example.net\n"
	    "pub:5BEA9946:1:2048:1:2:\n"
	    "uid:mixtasy@short.example.net\n"
	    "pub:0x4D2443AB956F5BA5:1:2048:1:2:re\n"
	    "pub:" FPR1 "0123456789ABCDEF01234567:27:255:1::\n"
	    "uid:mixtasy@v6.example.net\n");
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_STREQ("B15F801B5BEA9946", key.id);
	ATF_REQUIRE_STREQ("mixtasy@c.example.net", key.address);
	ATF_REQUIRE_EQ(HKP_DISABLED, key.flags);
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_STREQ("4D2443AB956F5BA5", key.id);
	ATF_REQUIRE_EQ(HKP_REVOKED | HKP_EXPIRED, key.flags);
	ATF_REQUIRE_EQ(0, key.nuids);
	expect_end();
	ATF_REQUIRE_EQ(4, x.keys);
	ATF_REQUIRE_EQ(2, x.unusable);
}

ATF_TC_WITHOUT_HEAD(index_without_info_line_is_read);
ATF_TC_BODY(index_without_info_line_is_read, tc)
{
	start("uid:nobody's\npub:" FPR1 "\nuid:mixtasy@a.example.net");
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_STREQ(FPR1, key.id);
	ATF_REQUIRE_EQ(0, key.created);
	ATF_REQUIRE_STREQ("mixtasy@a.example.net", key.address);
	expect_end();
	ATF_REQUIRE_EQ(-1, x.announced);
}

ATF_TC_WITHOUT_HEAD(index_with_broken_lines_is_read_without_them);
ATF_TC_BODY(index_with_broken_lines_is_read_without_them, tc)
{
	start("<html>\ninfo:1:99999999999999999999\npub:\npub:xyz:1\n"
	    "pub:" FPR1 ":-1:4294967297:99999999999999999999:1x:qR\n"
	    "uid\nuid:\nuat:::\nrubbish\nuid:%00mixtasy@a.example.net\n"
	    "uid:mixtasy@a.example.net%0\n"
	    "pub:" FPR1 "F:22:255:1::\npub:");
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_STREQ(FPR1, key.id);
	ATF_REQUIRE_EQ(0, key.alg);
	ATF_REQUIRE_EQ(0, key.bits);
	ATF_REQUIRE_EQ(0, key.created);
	ATF_REQUIRE_EQ(0, key.expires);
	ATF_REQUIRE_EQ(0, key.flags);
	ATF_REQUIRE_EQ(3, key.nuids);
	ATF_REQUIRE_EQ(0, key.nmixes);
	expect_end();
	ATF_REQUIRE_EQ(0, x.announced);
	ATF_REQUIRE_EQ(6, x.bad);
	ATF_REQUIRE_EQ(1, x.unusable);
}

ATF_TC_WITHOUT_HEAD(index_with_a_user_id_over_the_limit_is_read);
ATF_TC_BODY(index_with_a_user_id_over_the_limit_is_read, tc)
{
	static char text[200000];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "pub:" FPR1 ":1:1:1::\nuid:");
	memset(text + n, 'a', 150000);
	strcat(text, "\nuid:mixtasy@a.example.net\n");
	start(text);
	ATF_REQUIRE_EQ(1, hkp_index_next(&x, &key));
	ATF_REQUIRE_EQ(2, key.nuids);
	ATF_REQUIRE_EQ(1, key.nmixes);
	expect_end();
}

ATF_TC_WITHOUT_HEAD(index_of_nothing_has_no_key);
ATF_TC_BODY(index_of_nothing_has_no_key, tc)
{
	start("");
	expect_end();
	ATF_REQUIRE_EQ(-1, x.announced);
	start("info:1:0\n");
	expect_end();
	ATF_REQUIRE_EQ(0, x.announced);
}

ATF_TC_WITHOUT_HEAD(index_of_a_round_number_may_be_cut_off);
ATF_TC_BODY(index_of_a_round_number_may_be_cut_off, tc)
{
	ATF_REQUIRE(!hkp_maybe_capped(0));
	ATF_REQUIRE(!hkp_maybe_capped(99));
	ATF_REQUIRE(hkp_maybe_capped(100));
	ATF_REQUIRE(hkp_maybe_capped(128));
	ATF_REQUIRE(!hkp_maybe_capped(499));
	ATF_REQUIRE(hkp_maybe_capped(500));
	ATF_REQUIRE(hkp_maybe_capped(501));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, index_of_onak_is_read);
	ATF_TP_ADD_TC(tp, index_of_hockeypuck_is_read);
	ATF_TP_ADD_TC(tp, index_of_an_old_server_has_key_ids);
	ATF_TP_ADD_TC(tp, index_without_info_line_is_read);
	ATF_TP_ADD_TC(tp, index_with_broken_lines_is_read_without_them);
	ATF_TP_ADD_TC(tp, index_with_a_user_id_over_the_limit_is_read);
	ATF_TP_ADD_TC(tp, index_of_nothing_has_no_key);
	ATF_TP_ADD_TC(tp, index_of_a_round_number_may_be_cut_off);
	return (atf_no_error());
}
