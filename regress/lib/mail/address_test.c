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

#include "mail/address.h"

#define TEN	"aaaaaaaaaa"
#define SIXTY	TEN TEN TEN TEN TEN TEN

static int
valid(const char *s)
{
	return mail_address_valid(s, strlen(s));
}

ATF_TC_WITHOUT_HEAD(address_takes_mailboxes);
ATF_TC_BODY(address_takes_mailboxes, tc)
{
	static const char *const good[] = {
		"a@b.example", "mixtasy@mix1.example", "a.b.c@d.e.f",
		"a+b=c/d{e}|f~g@x.example", "root@localhost",
		"\"a b\"@x.example", "\"a@b\"@x.example", "\"\"@x.example",
		"\"a\\\"b\"@x.example", "a@1.example", "a@x--y.example",
		SIXTY "aaaa@x.example", "a@" SIXTY "aaa.example"
	};
	size_t	i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ATF_CHECK_MSG(valid(good[i]), "%s", good[i]);
}

ATF_TC_WITHOUT_HEAD(address_refuses_what_is_no_mailbox);
ATF_TC_BODY(address_refuses_what_is_no_mailbox, tc)
{
	static const char *const bad[] = {
		"", "@", "a", "a@", "@b.example", "a@b@c.example",
		".a@b.example", "a.@b.example", "a..b@c.example",
		"a b@c.example", "a@b c.example", "a@-b.example",
		"a@b-.example", "a@b..example", "a@.example", "a@example.",
		"a@[127.0.0.1]", "a@127.0.0.1", "a@b_c.example",
		"a@b.example\r\nRCPT TO:<c@d.example>", "a\n@b.example",
		"\"a@b.example", "\"a\"b@c.example", "\"a\\\"@b.example",
		"\"a\nb\"@c.example", "<a@b.example>", "a@b.example>",
		"\xc3\xa4@b.example", "a@\xc3\xa4.example",
		SIXTY "aaaaa@x.example", "a@" SIXTY "aaaa.example",
		"a@" SIXTY "." SIXTY "." SIXTY "." SIXTY "." TEN "aa"
	};
	size_t	i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(!valid(bad[i]), "%s", bad[i]);
	ATF_CHECK(!mail_address_valid("a@b\0.example", 12));
	ATF_CHECK(!mail_address_valid("a\0@b.example", 12));
}

ATF_TC_WITHOUT_HEAD(address_valid_stays_inside_its_length);
ATF_TC_BODY(address_valid_stays_inside_its_length, tc)
{
	static const char	s[] = "\"a\\\"b\"@x.example";
	char			*copy;
	size_t			 n;

	/* Exact copies: a sanitizer or valgrind sees a read too far. */
	for (n = 0; n < sizeof(s); n++) {
		copy = malloc(n + 1);
		ATF_REQUIRE(copy != NULL);
		memcpy(copy, s, n);
		ATF_CHECK_EQ(mail_address_valid(copy, n), n >= 8 && n <= 16 &&
		    n != 9);
		free(copy);
	}
}

ATF_TC_WITHOUT_HEAD(address_domain_needs_two_labels_as_host_name);
ATF_TC_BODY(address_domain_needs_two_labels_as_host_name, tc)
{
	ATF_CHECK(mail_domain_valid("mix.example", 11));
	ATF_CHECK(mail_domain_valid("a.b", 3));
	ATF_CHECK(!mail_domain_valid("localhost", 9));
	ATF_CHECK(!mail_domain_valid("mix.example.", 12));
	ATF_CHECK(!mail_domain_valid("10.0.0.1", 8));
	ATF_CHECK(!mail_domain_valid("[10.0.0.1]", 10));
	ATF_CHECK(!mail_domain_valid("::1", 3));
	ATF_CHECK(!mail_domain_valid("", 0));
}

ATF_TC_WITHOUT_HEAD(address_knows_its_domain);
ATF_TC_BODY(address_knows_its_domain, tc)
{
	ATF_CHECK_STREQ(mail_address_domain("a@b.example"), "b.example");
	ATF_CHECK_STREQ(mail_address_domain("\"x@y\"@b.example"),
	    "b.example");
	ATF_CHECK_STREQ(mail_address_domain("postmaster"), "");
}

ATF_TC_WITHOUT_HEAD(address_compares_local_part_exactly);
ATF_TC_BODY(address_compares_local_part_exactly, tc)
{
	char	address[] = "Foo.BAR@Mix.EXAMPLE";

	ATF_CHECK(mail_address_equal("a@B.example", "a@b.EXAMPLE"));
	ATF_CHECK(!mail_address_equal("A@b.example", "a@b.example"));
	ATF_CHECK(!mail_address_equal("a@b.example", "a@c.example"));
	ATF_CHECK(!mail_address_equal("ab@c.example", "a@c.example"));
	ATF_CHECK(!mail_address_equal("a", "a@b.example"));
	mail_address_normalise(address);
	ATF_CHECK_STREQ(address, "Foo.BAR@mix.example");
}

ATF_TC_WITHOUT_HEAD(address_knows_the_mix_form);
ATF_TC_BODY(address_knows_the_mix_form, tc)
{
	ATF_CHECK(mail_address_is_mix("mixtasy@mix1.example", 20));
	ATF_CHECK(mail_address_is_mix("MixTasy@mix1.example", 20));
	ATF_CHECK(!mail_address_is_mix("mixtasy1@mix.example", 20));
	ATF_CHECK(!mail_address_is_mix("mixtasy@localhost", 17));
	ATF_CHECK(!mail_address_is_mix("mixtasy@127.0.0.1", 17));
	ATF_CHECK(!mail_address_is_mix("\"mixtasy\"@a.example", 19));
	ATF_CHECK(!mail_address_is_mix("mixtasy@", 8));
	ATF_CHECK(!mail_address_is_mix("mixtasy", 7));
}

ATF_TC_WITHOUT_HEAD(address_single_reads_one_mailbox);
ATF_TC_BODY(address_single_reads_one_mailbox, tc)
{
	static const char *const good[][2] = {
		{ "a@b.example", "a@b.example" },
		{ " a@b.example ", "a@b.example" },
		{ "<a@b.example>", "a@b.example" },
		{ "Anna Beta <a@b.example>", "a@b.example" },
		{ "Anna B. Beta <a@b.example>", "a@b.example" },
		{ "\"Beta, Anna <x@y.z>\" <a@b.example>", "a@b.example" },
		{ "J\xc3\xbcrgen <a@b.example>", "a@b.example" },
		{ "(x (y, @) z) a@b.example (w)", "a@b.example" },
		{ "a@b.example\r\n (folded)", "a@b.example" },
		{ "Anna\r\n\t<a@b.example>", "a@b.example" },
		{ "a (c) @ (d) b.example", "a@b.example" },
		{ "\"a b\"@c.example", "\"a b\"@c.example" },
		{ "x < \"a>b\"@c.example >", "\"a>b\"@c.example" },
		{ "(\\)) a@B.example", "a@B.example" }
	};
	char	out[MAIL_ADDRESS_MAX];
	size_t	i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_CHECK_EQ_MSG(mail_address_single(good[i][0],
		    strlen(good[i][0]), out), 0, "%s", good[i][0]);
		ATF_CHECK_STREQ(out, good[i][1]);
	}
}

ATF_TC_WITHOUT_HEAD(address_single_refuses_anything_else);
ATF_TC_BODY(address_single_refuses_anything_else, tc)
{
	static const char *const bad[] = {
		"", " ", "()", "(", "(a@b.example", "a", "<>", "<a>",
		"a@b.example,", "a@b.example, c@d.example",
		"a@b.example c@d.example", "<a@b.example> <c@d.example>",
		"<a@b.example", "a@b.example>", "group: a@b.example;",
		"undisclosed-recipients:;", "Name a@b.example",
		"<@r.example:a@b.example>", "a@[127.0.0.1]", "a@b_c.example",
		"\"a@b.example", "\"", "\"\\", "a . b@c.example",
		"\"x\ny\"@c.example", "\xc3\xa4@b.example", "<a@b.example>x",
		SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY "@b.example",
		"a@" SIXTY "." SIXTY "." SIXTY "." SIXTY "." SIXTY "." SIXTY
	};
	char	out[MAIL_ADDRESS_MAX];
	size_t	i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_EQ_MSG(mail_address_single(bad[i], strlen(bad[i]),
		    out), -1, "%s", bad[i]);
		ATF_CHECK_STREQ(out, "");
	}
	ATF_CHECK_EQ(mail_address_single("a@b.example\0", 12, out), -1);
	ATF_CHECK_EQ(mail_address_single("\"\0\" <a@b.example>", 17, out), -1);
}

/* The addresses of a list, a space behind each; "!" where it breaks. */
static const char *
walk(const char *list, char *out, size_t outmax)
{
	char	address[MAIL_ADDRESS_MAX];
	size_t	pos = 0, n = 0;
	int	r;

	out[0] = '\0';
	while ((r = mail_address_next(list, strlen(list), &pos,
	    address)) == 1) {
		ATF_REQUIRE(n + strlen(address) + 2 < outmax);
		n += strlen(strcpy(out + n, address));
		strcpy(out + n++, " ");
	}
	if (r == -1)
		strcpy(out + n, "!");
	ATF_CHECK_EQ(pos, strlen(list));
	return out;
}

ATF_TC_WITHOUT_HEAD(address_next_walks_lists_and_groups);
ATF_TC_BODY(address_next_walks_lists_and_groups, tc)
{
	char	out[256];

	ATF_CHECK_STREQ(walk("", out, sizeof(out)), "");
	ATF_CHECK_STREQ(walk(" , ,", out, sizeof(out)), "");
	ATF_CHECK_STREQ(walk("a@b.c, X <d@e.f>,\r\n \"g,h\" <i@j.k>", out,
	    sizeof(out)), "a@b.c d@e.f i@j.k ");
	ATF_CHECK_STREQ(walk("Fr: a@b.c, d@e.f;, g@h.i", out, sizeof(out)),
	    "a@b.c d@e.f g@h.i ");
	ATF_CHECK_STREQ(walk("undisclosed-recipients:;", out, sizeof(out)),
	    "");
	ATF_CHECK_STREQ(walk("a@b.c, nonsense, d@e.f", out, sizeof(out)),
	    "a@b.c !");
	ATF_CHECK_STREQ(walk("a@b.c d@e.f", out, sizeof(out)), "!");
	ATF_CHECK_STREQ(walk("a@b.c, (", out, sizeof(out)), "a@b.c !");
}

ATF_TC_WITHOUT_HEAD(address_bears_deep_comments_and_long_lists);
ATF_TC_BODY(address_bears_deep_comments_and_long_lists, tc)
{
	const size_t	 n = 1000000;
	char		*s, out[MAIL_ADDRESS_MAX];
	size_t		 pos = 0;

	s = malloc(n);
	ATF_REQUIRE(s != NULL);
	memset(s, '(', n);
	ATF_CHECK_EQ(mail_address_single(s, n, out), -1);
	memset(s, ',', n);
	ATF_CHECK_EQ(mail_address_next(s, n, &pos, out), 0);
	memset(s, 'a', n);
	ATF_CHECK_EQ(mail_address_single(s, n, out), -1);
	ATF_CHECK(!mail_address_valid(s, n));
	memset(s, ':', n);
	pos = 0;
	ATF_CHECK_EQ(mail_address_next(s, n, &pos, out), -1);
	free(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, address_takes_mailboxes);
	ATF_TP_ADD_TC(tp, address_refuses_what_is_no_mailbox);
	ATF_TP_ADD_TC(tp, address_valid_stays_inside_its_length);
	ATF_TP_ADD_TC(tp, address_domain_needs_two_labels_as_host_name);
	ATF_TP_ADD_TC(tp, address_knows_its_domain);
	ATF_TP_ADD_TC(tp, address_compares_local_part_exactly);
	ATF_TP_ADD_TC(tp, address_knows_the_mix_form);
	ATF_TP_ADD_TC(tp, address_single_reads_one_mailbox);
	ATF_TP_ADD_TC(tp, address_single_refuses_anything_else);
	ATF_TP_ADD_TC(tp, address_next_walks_lists_and_groups);
	ATF_TP_ADD_TC(tp, address_bears_deep_comments_and_long_lists);
	return atf_no_error();
}
