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
#include <stdint.h>
#include <string.h>

#include "smtp/server_command.h"

ATF_TC_WITHOUT_HEAD(command_is_taken_apart);
ATF_TC_BODY(command_is_taken_apart, tc)
{
	static const struct {
		const char	*line;
		enum smtp_verb	 verb;
		const char	*arg;
	} rows[] = {
		{ "DATA", SMTP_VERB_DATA, "" },
		{ "dAtA  ", SMTP_VERB_DATA, "" },
		{ "MAIL  FROM:<> ", SMTP_VERB_MAIL, "FROM:<>" },
		{ "MAILFROM:<>", SMTP_VERB_UNKNOWN, "" },
		{ "EHLO a b ", SMTP_VERB_EHLO, "a b" },
		{ "", SMTP_VERB_GARBAGE, "" },
		{ " DATA", SMTP_VERB_GARBAGE, "DATA" },
		{ "DATA\t", SMTP_VERB_GARBAGE, "" },
		{ "AUTH PLAIN", SMTP_VERB_UNSUPPORTED, "PLAIN" },
		{ "get /", SMTP_VERB_HTTP, "/" }
	};
	struct smtp_command	cmd;
	size_t			i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		smtp_command_parse(rows[i].line, strlen(rows[i].line), &cmd);
		ATF_CHECK_EQ_MSG(cmd.verb, rows[i].verb, "%s", rows[i].line);
		ATF_CHECK_EQ(cmd.arg_len, strlen(rows[i].arg));
		ATF_CHECK(memcmp(cmd.arg, rows[i].arg, cmd.arg_len) == 0);
	}
}

static enum smtp_syntax
parse_mail(const char *arg, struct smtp_mail_args *args)
{
	return smtp_command_mail(arg, strlen(arg), args);
}

ATF_TC_WITHOUT_HEAD(command_mail_tells_its_parameters);
ATF_TC_BODY(command_mail_tells_its_parameters, tc)
{
	struct smtp_mail_args	args;

	ATF_REQUIRE_EQ(parse_mail("FROM:<A@B.c> size=20 body=8bitmime",
	    &args), SMTP_SYNTAX_OK);
	ATF_CHECK_STREQ(args.from, "A@b.c");
	ATF_CHECK_EQ(args.nparameters, 2);
	ATF_CHECK_EQ(args.size, 20);
	ATF_CHECK(args.has_size && args.has_body && args.body_8bit);
	ATF_REQUIRE_EQ(parse_mail("from:<>", &args), SMTP_SYNTAX_OK);
	ATF_CHECK_STREQ(args.from, "");
	ATF_CHECK(!args.has_size && !args.has_body && !args.body_8bit);
}

ATF_TC_WITHOUT_HEAD(command_mail_saturates_sizes);
ATF_TC_BODY(command_mail_saturates_sizes, tc)
{
	struct smtp_mail_args	args;

	ATF_REQUIRE_EQ(parse_mail("FROM:<> SIZE=18446744073709551615",
	    &args), SMTP_SYNTAX_OK);
	ATF_CHECK(args.size == UINT64_MAX);
	ATF_REQUIRE_EQ(parse_mail("FROM:<> SIZE=18446744073709551616",
	    &args), SMTP_SYNTAX_OK);
	ATF_CHECK(args.size == UINT64_MAX);
	ATF_REQUIRE_EQ(parse_mail("FROM:<> SIZE=99999999999999999999",
	    &args), SMTP_SYNTAX_OK);
	ATF_CHECK(args.size == UINT64_MAX);
	ATF_CHECK_EQ(parse_mail("FROM:<> SIZE=100000000000000000000",
	    &args), SMTP_SYNTAX_PARAMETER);
	ATF_CHECK_EQ(parse_mail("FROM:<> SIZE=", &args),
	    SMTP_SYNTAX_PARAMETER);
}

ATF_TC_WITHOUT_HEAD(command_rcpt_knows_the_postmaster);
ATF_TC_BODY(command_rcpt_knows_the_postmaster, tc)
{
	char	rcpt[MAIL_ADDRESS_MAX];

	ATF_CHECK_EQ(smtp_command_rcpt("TO:<PostMaster>", 15, rcpt),
	    SMTP_SYNTAX_OK);
	ATF_CHECK_STREQ(rcpt, "postmaster");
	ATF_CHECK_EQ(smtp_command_rcpt("TO:<root>", 9, rcpt),
	    SMTP_SYNTAX_ADDRESS);
	ATF_CHECK_EQ(smtp_command_rcpt("TO:<a@B.c> ", 11, rcpt),
	    SMTP_SYNTAX_OK);
	ATF_CHECK_STREQ(rcpt, "a@b.c");
	ATF_CHECK_EQ(smtp_command_rcpt("TO:<a@b.c> X", 12, rcpt),
	    SMTP_SYNTAX_UNKNOWN_PARAMETER);
	ATF_CHECK_EQ(smtp_command_rcpt("TO:<@b.c:d@e.f>", 15, rcpt),
	    SMTP_SYNTAX_ROUTE);
	ATF_CHECK_EQ(smtp_command_rcpt("TO:<a\0@b.c>", 11, rcpt),
	    SMTP_SYNTAX_ADDRESS);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, command_is_taken_apart);
	ATF_TP_ADD_TC(tp, command_mail_tells_its_parameters);
	ATF_TP_ADD_TC(tp, command_mail_saturates_sizes);
	ATF_TP_ADD_TC(tp, command_rcpt_knows_the_postmaster);
	return atf_no_error();
}
