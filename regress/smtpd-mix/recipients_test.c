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

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/testutil.h"

#include "recipients.h"

static struct proto_conf_domain domains[3];
static struct conf_list lists[2];
static struct conf conf;
static struct role_conf role;
static struct recipients known;
static char errbuf[256];

static void
start(void)
{
	strlcpy(domains[0].domain, "a.example", sizeof(domains[0].domain));
	strlcpy(domains[1].domain, "b.example", sizeof(domains[1].domain));
	strlcpy(domains[2].domain, "open.example", sizeof(domains[2].domain));
	conf.domains = role.domains = domains;
	conf.ndomains = role.ndomains = 3;
	conf.lists = lists;
}

static void
add_list(const char *domain, const char *text)
{
	struct conf_list *l = &lists[conf.nlists++];
	size_t i;

	snprintf(l->path, sizeof(l->path), "list%zu", conf.nlists);
	strlcpy(l->domain, domain, sizeof(l->domain));
	ATF_REQUIRE_EQ(0, test_write_file(l->path, text, strlen(text)));
	if (*domain == '\0')
		role.global.recipients = 1;
	for (i = 0; i < conf.ndomains; i++)
		if (strcmp(domain, domains[i].domain) == 0)
			domains[i].recipients = 1;
}

static void
read_lists(void)
{
	uint8_t *text;
	size_t len;

	ATF_REQUIRE_EQ_MSG(0, recipients_read(&conf, &text, &len, errbuf,
	    sizeof(errbuf)), "%s", errbuf);
	ATF_REQUIRE_EQ(0, recipients_index(&known, (char *)text, len));
}

static int
is_known(const char *rcpt)
{
	return (recipients_known(&known, &role, rcpt));
}

ATF_TC_WITHOUT_HEAD(without_a_list_everybody_is_known);
ATF_TC_BODY(without_a_list_everybody_is_known, tc)
{
	start();
	read_lists();
	ATF_CHECK(is_known("x@a.example"));
	ATF_CHECK(is_known("x@else.example"));
}

ATF_TC_WITHOUT_HEAD(list_of_a_domain_is_for_that_alone);
ATF_TC_BODY(list_of_a_domain_is_for_that_alone, tc)
{
	start();
	add_list("a.example", "# who there is\n\nBob\n  carol@A.example\t# x\n"
	    "\"q r\"@a.example\r\nlast");
	read_lists();
	ATF_CHECK(is_known("bob@a.example"));
	ATF_CHECK(is_known("BOB@A.Example"));
	ATF_CHECK(is_known("bob+detail@a.example"));
	ATF_CHECK(is_known("carol@a.example"));
	ATF_CHECK(is_known("\"q r\"@a.example"));
	ATF_CHECK(is_known("last@a.example"));
	ATF_CHECK(!is_known("eve@a.example"));
	ATF_CHECK(!is_known("bobby@a.example"));
	ATF_CHECK(!is_known("+bob@a.example"));
	ATF_CHECK(!is_known("bo@a.example"));
	ATF_CHECK(is_known("eve@b.example"));
	ATF_CHECK(is_known("eve@else.example"));
}

ATF_TC_WITHOUT_HEAD(list_for_all_domains_takes_addresses_and_local_parts);
ATF_TC_BODY(list_for_all_domains_takes_addresses_and_local_parts, tc)
{
	start();
	add_list("", "bob\ncarol@b.example\nwith+plus@b.example\n");
	add_list("a.example", "only-a\n");
	read_lists();
	ATF_CHECK(is_known("bob@a.example"));
	ATF_CHECK(is_known("bob@open.example"));
	ATF_CHECK(is_known("carol@b.example"));
	ATF_CHECK(!is_known("carol@a.example"));
	ATF_CHECK(is_known("with+plus@b.example"));
	ATF_CHECK(!is_known("with@b.example"));
	ATF_CHECK(is_known("only-a@a.example"));
	ATF_CHECK(!is_known("only-a@b.example"));
	/* What isn't ours is no matter of lists. */
	ATF_CHECK(is_known("eve@else.example"));
}

ATF_TC_WITHOUT_HEAD(empty_list_knows_nobody);
ATF_TC_BODY(empty_list_knows_nobody, tc)
{
	start();
	add_list("", "# nobody yet\n");
	read_lists();
	ATF_CHECK(!is_known("bob@a.example"));
}

static void
expect_error(const char *domain, const char *text, const char *want)
{
	uint8_t *got;
	size_t len;

	conf.nlists = 0;
	add_list(domain, text);
	ATF_CHECK_EQ(-1, recipients_read(&conf, &got, &len, errbuf,
	    sizeof(errbuf)));
	ATF_CHECK_MSG(strstr(errbuf, want) != NULL, "%s", errbuf);
}

ATF_TC_WITHOUT_HEAD(wrong_lines_are_named);
ATF_TC_BODY(wrong_lines_are_named, tc)
{
	char line[2048];
	uint8_t *got;
	size_t len;

	start();
	expect_error("", "ok\nnot ok\n", "list1:2: not an address");
	expect_error("", "a@b@c\n", "list1:1: not an address");
	expect_error("", "x@else.example\n", "list1:1: not of a domain");
	expect_error("a.example", "x@b.example\n", "list1:1: not of a domain");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	expect_error("", line, "list1:1: line too long");
	strlcpy(lists[0].path, "missing", sizeof(lists[0].path));
	ATF_CHECK_EQ(-1, recipients_read(&conf, &got, &len, errbuf,
	    sizeof(errbuf)));
	ATF_CHECK(strstr(errbuf, "recipients file: missing: No such") != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, without_a_list_everybody_is_known);
	ATF_TP_ADD_TC(tp, list_of_a_domain_is_for_that_alone);
	ATF_TP_ADD_TC(tp,
	    list_for_all_domains_takes_addresses_and_local_parts);
	ATF_TP_ADD_TC(tp, empty_list_knows_nobody);
	ATF_TP_ADD_TC(tp, wrong_lines_are_named);

	return (atf_no_error());
}
