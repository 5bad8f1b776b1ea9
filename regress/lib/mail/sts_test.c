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

#include "mail/sts.h"

#define GOOD	"version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 60\n"

static int
parse(const char *text, struct sts_policy *policy)
{
	return (sts_policy_parse(text, strlen(text), policy));
}

ATF_TC_WITHOUT_HEAD(sts_reads_a_policy);
ATF_TC_BODY(sts_reads_a_policy, tc)
{
	static struct sts_policy p;

	ATF_REQUIRE_EQ(parse("version: STSv1\r\nmode: enforce\r\n"
	    "mx: Mail.example.com\r\nmx: *.Example.net\r\n"
	    "mx: backupmx.example.com\r\nmax_age: 604800\r\n", &p), 0);
	ATF_CHECK_EQ(p.mode, STS_ENFORCE);
	ATF_CHECK_EQ(p.max_age, 604800);
	ATF_REQUIRE_EQ(p.nmx, 3);
	ATF_CHECK_STREQ(p.mx[0], "mail.example.com");
	ATF_CHECK_STREQ(p.mx[1], "*.example.net");
	ATF_CHECK_STREQ(p.mx[2], "backupmx.example.com");
}

static const struct {
	const char	*text;
	enum sts_mode	 mode;
	uint32_t	 max_age;
	size_t		 nmx;
} good[] = {
	{ GOOD, STS_ENFORCE, 60, 1 },
	{ "version: STSv1\nmode: none\nmax_age: 0", STS_NONE, 0, 0 },
	{ "mx:a.example\nmax_age:1\nmode:testing\nversion:STSv1",
	    STS_TESTING, 1, 1 },
	{ " version :\tSTSv1 \n mode : enforce\t\r\nmx: a.b\nmax_age: 2\r\n",
	    STS_ENFORCE, 2, 1 },
	{ GOOD "\n\r\n", STS_ENFORCE, 60, 1 },
	{ GOOD "x-other: \xc3\xa4, anything: at all\n", STS_ENFORCE, 60, 1 },
	/* of fields that are given twice the first one counts */
	{ GOOD "mode: none\nmax_age: 1\nversion: STSv2\n", STS_ENFORCE, 60,
	    1 },
	{ GOOD "mode: nonsense\nmax_age: -1\n", STS_ENFORCE, 60, 1 },
	{ "version: STSv1\nmode: none\nmax_age: 31557600", STS_NONE,
	    31557600, 0 },
	{ "version: STSv1\nmode: none\nmax_age: 9999999999", STS_NONE,
	    31557600, 0 },
	{ GOOD "mx: xn--bcher-kva.example\nmx: _a.example\nmx: a\n",
	    STS_ENFORCE, 60, 4 }
};

ATF_TC_WITHOUT_HEAD(sts_reads_what_servers_write);
ATF_TC_BODY(sts_reads_what_servers_write, tc)
{
	static struct sts_policy p;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_REQUIRE_EQ_MSG(parse(good[i].text, &p), 0, "%zu", i);
		ATF_CHECK_EQ_MSG(p.mode, good[i].mode, "%zu", i);
		ATF_CHECK_EQ_MSG(p.max_age, good[i].max_age, "%zu", i);
		ATF_CHECK_EQ_MSG(p.nmx, good[i].nmx, "%zu", i);
	}
}

static const char *const bad[] = {
	"",
	"\n",
	"version: STSv1\n",
	"mode: enforce\nmx: a.example\nmax_age: 60\n",
	"version: STSv1\nmx: a.example\nmax_age: 60\n",
	"version: STSv1\nmode: enforce\nmx: a.example\n",
	"version: STSv1\nmode: enforce\nmax_age: 60\n",
	"version: STSv1\nmode: testing\nmax_age: 60\n",
	"version: STSv2\nmode: none\nmax_age: 60\n",
	"version: stsv1\nmode: none\nmax_age: 60\n",
	"Version: STSv1\nmode: none\nmax_age: 60\n",
	"version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 60\n",
	"version: STSv1\nmode: \nmax_age: 60\n",
	"version: STSv1\nmode: none\nmax_age:\n",
	"version: STSv1\nmode: none\nmax_age: -1\n",
	"version: STSv1\nmode: none\nmax_age: 1e3\n",
	"version: STSv1\nmode: none\nmax_age: 6 0\n",
	"version: STSv1\nmode: none\nmax_age: 00000000001\n",
	"version: STSv1\rmode: none\rmax_age: 60\r",
	GOOD "no colon\n",
	GOOD "mx: \n",
	GOOD "mx: *\n",
	GOOD "mx: *.\n",
	GOOD "mx: *.*.example\n",
	GOOD "mx: a.*.example\n",
	GOOD "mx: a*.example\n",
	GOOD "mx: .example\n",
	GOOD "mx: a..example\n",
	GOOD "mx: a.example.\n",
	GOOD "mx: -a.example\n",
	GOOD "mx: a-.example\n",
	GOOD "mx: a.example-\n",
	GOOD "mx: a b.example\n",
	GOOD "mx: a.example, b.example\n",
	GOOD "mx: [192.0.2.1]\n",
	GOOD "mx: \xc3\xa4.example\n",
	GOOD "x: \001\n",
	GOOD "x: \x7f\n",
	GOOD "x: a\rb\n",
	"<html><body>404</body></html>\n"
};

ATF_TC_WITHOUT_HEAD(sts_refuses_what_is_no_policy);
ATF_TC_BODY(sts_refuses_what_is_no_policy, tc)
{
	static struct sts_policy p;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(parse(bad[i], &p), -1, "%zu", i);
}

ATF_TC_WITHOUT_HEAD(sts_refuses_nul_and_too_long_texts);
ATF_TC_BODY(sts_refuses_nul_and_too_long_texts, tc)
{
	static const char nul[] = GOOD "x: \0\n";
	static char text[STS_TEXT_MAX + 1];
	static struct sts_policy p;

	ATF_CHECK_EQ(sts_policy_parse(nul, sizeof(nul) - 1, &p), -1);
	memset(text, '\n', sizeof(text));
	memcpy(text, GOOD, sizeof(GOOD) - 1);
	ATF_CHECK_EQ(sts_policy_parse(text, STS_TEXT_MAX, &p), 0);
	ATF_CHECK_EQ(sts_policy_parse(text, STS_TEXT_MAX + 1, &p), -1);
}

ATF_TC_WITHOUT_HEAD(sts_keeps_a_bounded_number_of_patterns);
ATF_TC_BODY(sts_keeps_a_bounded_number_of_patterns, tc)
{
	static char text[16384];
	static struct sts_policy p;
	size_t i;

	strcpy(text, GOOD);
	for (i = 0; i < 500; i++)
		strcat(text, "mx: *.example.org\n");
	ATF_REQUIRE_EQ(parse(text, &p), 0);
	ATF_CHECK_EQ(p.nmx, STS_MX_MAX);
	ATF_CHECK_STREQ(p.mx[0], "a.example");
}

ATF_TC_WITHOUT_HEAD(sts_bounds_names_and_labels);
ATF_TC_BODY(sts_bounds_names_and_labels, tc)
{
	char name[400];
	size_t i;

	memset(name, 'a', sizeof(name));
	ATF_CHECK(sts_mx_valid(name, 63));
	ATF_CHECK(!sts_mx_valid(name, 64));
	for (i = 60; i < sizeof(name); i += 61)
		name[i] = '.';
	ATF_CHECK(sts_mx_valid(name, STS_HOST_MAX - 1));
	ATF_CHECK(!sts_mx_valid(name, STS_HOST_MAX));
	memcpy(name, "*.", 2);
	ATF_CHECK(sts_mx_valid(name, STS_HOST_MAX - 1));
	ATF_CHECK(!sts_mx_valid(name, STS_HOST_MAX));
	ATF_CHECK(!sts_mx_valid(name, 0));
	ATF_CHECK(!sts_mx_valid(name, 2));
}

static const struct {
	const char	*pattern;
	const char	*host;
	int		 match;
} matches[] = {
	{ "mail.example.com", "mail.example.com", 1 },
	{ "mail.example.com", "MAIL.Example.COM", 1 },
	{ "mail.example.com", "mail.example.com.", 1 },
	{ "mail.example.com", "a.mail.example.com", 0 },
	{ "mail.example.com", "mail.example.co", 0 },
	{ "mail.example.com", "mail.example.comx", 0 },
	{ "mail.example.com", "", 0 },
	{ "mail.example.com", ".", 0 },
	{ "*.example.com", "mail.example.com", 1 },
	{ "*.example.com", "Mail.EXAMPLE.com.", 1 },
	{ "*.example.com", "example.com", 0 },
	{ "*.example.com", ".example.com", 0 },
	{ "*.example.com", "a.mail.example.com", 0 },
	{ "*.example.com", "mailexample.com", 0 },
	{ "*.example.com", "mail.example.com.evil.example", 0 },
	{ "*.example.com", "com", 0 },
	{ "*.example.com", "", 0 }
};

ATF_TC_WITHOUT_HEAD(sts_matches_hosts_with_patterns);
ATF_TC_BODY(sts_matches_hosts_with_patterns, tc)
{
	size_t i;

	for (i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
		ATF_CHECK_EQ_MSG(sts_mx_match(matches[i].pattern,
		    matches[i].host), matches[i].match, "%s %s",
		    matches[i].pattern, matches[i].host);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sts_reads_a_policy);
	ATF_TP_ADD_TC(tp, sts_reads_what_servers_write);
	ATF_TP_ADD_TC(tp, sts_refuses_what_is_no_policy);
	ATF_TP_ADD_TC(tp, sts_refuses_nul_and_too_long_texts);
	ATF_TP_ADD_TC(tp, sts_keeps_a_bounded_number_of_patterns);
	ATF_TP_ADD_TC(tp, sts_bounds_names_and_labels);
	ATF_TP_ADD_TC(tp, sts_matches_hosts_with_patterns);

	return (atf_no_error());
}
