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

#include "mail/dsn.h"

/* As Postfix writes it, for two recipients. */
static const char report[] =
	"Return-Path: <>\n"
	"Date: Mon, 23 Nov 2026 16:58:00 +0000 (UTC)\n"
	"From: MAILER-DAEMON@mix2.mix.example (Mail Delivery System)\n"
	"Subject: Undelivered Mail Returned to Sender\n"
	"To: mixtasy@mix2.mix.example\n"
	"Auto-Submitted: auto-replied\n"
	"MIME-Version: 1.0\n"
	"Content-Type: multipart/report; report-type=delivery-status;\n"
	"	boundary=\"F1C2B61F.1795453080/mix2.mix.example\"\n"
	"\n"
	"This is a MIME-encapsulated message.\n"
	"\n"
	"--F1C2B61F.1795453080/mix2.mix.example\n"
	"Content-Description: Notification\n"
	"Content-Type: text/plain; charset=us-ascii\n"
	"\n"
	"This is the mail system at host mix2.mix.example.\n"
	"\n"
	"--F1C2B61F.1795453080/mix2.mix.example\n"
	"Content-Description: Delivery report\n"
	"Content-Type: message/delivery-status\n"
	"\n"
	"Reporting-MTA: dns; mix2.mix.example\n"
	"X-Postfix-Queue-ID: F1C2B61F\n"
	"Arrival-Date: Mon, 23 Nov 2026 16:58:00 +0000 (UTC)\n"
	"\n"
	"Final-Recipient: rfc822; mixtasy@Mix1.mix.example\n"
	"Original-Recipient: rfc822;mixtasy@mix1.mix.example\n"
	"Action: failed\n"
	"Status: 5.7.1\n"
	"Remote-MTA: dns; [127.0.0.1]\n"
	"Diagnostic-Code: smtp; 550 5.7.1 this is a mix, and no relay\n"
	"\n"
	"Final-Recipient: rfc822; mixtasy@mix3.mix.example\n"
	"Action: delayed\n"
	"Status: 4.4.1\n"
	"Will-Retry-Until: Sat, 28 Nov 2026 16:58:00 +0000 (UTC)\n"
	"\n"
	"--F1C2B61F.1795453080/mix2.mix.example\n"
	"Content-Type: message/rfc822\n"
	"\n"
	"Remailer-Type: Mixtasy\n"
	"Action: expanded\n"
	"\n"
	"--F1C2B61F.1795453080/mix2.mix.example--\n";

static const char bounce[] =
	"From: MAILER-DAEMON@old.example\n"
	"To: mixtasy@mix.example\n"
	"Subject: failure notice\n"
	"\n"
	"Hi. This is the qmail-send program at old.example.\n"
	"I'm afraid I wasn't able to deliver your message to the "
	"following addresses.\n"
	"\n"
	"<mixtasy@gone.example>:\n"
	"Sorry, no mailbox here by that name. (#5.1.1)\n"
	"\n"
	"--- Below this line is a copy of the message.\n";

static enum dsn_kind
kind_of(const char *text)
{
	struct dsn dsn;

	return (dsn_begin(&dsn, text, strlen(text)));
}

static void
expect_report(const char *text, size_t len)
{
	struct dsn_recipient r;
	struct dsn dsn;

	ATF_REQUIRE_EQ(DSN_REPORT, dsn_begin(&dsn, text, len));
	ATF_REQUIRE_EQ(1, dsn_next(&dsn, &r));
	ATF_CHECK_EQ(DSN_FAILED, r.action);
	ATF_CHECK_STREQ("mix1.mix.example", r.domain);
	ATF_REQUIRE_EQ(1, dsn_next(&dsn, &r));
	ATF_CHECK_EQ(DSN_DELAYED, r.action);
	ATF_CHECK_STREQ("mix3.mix.example", r.domain);
	/* The returned mail is no part of the report. */
	ATF_CHECK_EQ(0, dsn_next(&dsn, &r));
	ATF_CHECK_EQ(0, dsn_next(&dsn, &r));
}

ATF_TC_WITHOUT_HEAD(dsn_reads_recipients_of_a_report);
ATF_TC_BODY(dsn_reads_recipients_of_a_report, tc)
{
	expect_report(report, strlen(report));
}

ATF_TC_WITHOUT_HEAD(dsn_reads_a_report_with_crlf);
ATF_TC_BODY(dsn_reads_a_report_with_crlf, tc)
{
	char *crlf;
	size_t i, n = 0;

	ATF_REQUIRE((crlf = malloc(2 * sizeof(report))) != NULL);
	for (i = 0; report[i] != '\0'; i++) {
		if (report[i] == '\n')
			crlf[n++] = '\r';
		crlf[n++] = report[i];
	}
	expect_report(crlf, n);
	free(crlf);
}

ATF_TC_WITHOUT_HEAD(dsn_reads_a_report_that_calls_itself_mixed);
ATF_TC_BODY(dsn_reads_a_report_that_calls_itself_mixed, tc)
{
	static const char text[] =
	    "Subject: Delivery status notification: error\n"
	    "From: Mailer Daemon <MAILER-DAEMON@mix.example>\n"
	    "Content-Type: multipart/mixed;"
	    "boundary=\"  11259375/mix.example\"\n\n"
	    "--  11259375/mix.example\n"
	    "Content-Type: text/plain; charset=us-ascii\n\nHi!\n"
	    "--  11259375/mix.example\n"
	    "Content-Description: Delivery Report\n"
	    "Content-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; mix.example\n\n"
	    "Final-Recipient: rfc822; mixtasy@next.example\n"
	    "Action: failed\nStatus: 5.0.0\n\n"
	    "--  11259375/mix.example--\n";
	struct dsn_recipient r;
	struct dsn dsn;

	ATF_REQUIRE_EQ(DSN_REPORT, dsn_begin(&dsn, text, strlen(text)));
	ATF_REQUIRE_EQ(1, dsn_next(&dsn, &r));
	ATF_CHECK_EQ(DSN_FAILED, r.action);
	ATF_CHECK_STREQ("next.example", r.domain);
	ATF_CHECK_EQ(0, dsn_next(&dsn, &r));
}

/* Cut anywhere it is still something, and nothing is read behind its end. */
ATF_TC_WITHOUT_HEAD(dsn_reads_what_there_is_of_one_cut_off);
ATF_TC_BODY(dsn_reads_what_there_is_of_one_cut_off, tc)
{
	struct dsn_recipient r;
	struct dsn dsn;
	size_t len, n, most = 0;
	char *copy;

	for (len = 0; len < strlen(report); len++) {
		ATF_REQUIRE((copy = malloc(len + 1)) != NULL);
		memcpy(copy, report, len);
		n = 0;
		(void)dsn_begin(&dsn, copy, len);
		while (dsn_next(&dsn, &r))
			n++;
		ATF_REQUIRE(n >= most && n <= 2);
		most = n;
		free(copy);
	}
	ATF_CHECK_EQ(2, most);
}

ATF_TC_WITHOUT_HEAD(dsn_knows_what_has_no_form);
ATF_TC_BODY(dsn_knows_what_has_no_form, tc)
{
	ATF_CHECK_EQ(DSN_FREE_FORM, kind_of(bounce));
	ATF_CHECK_EQ(DSN_FREE_FORM, kind_of("X-Failed-Recipients: a@b\n\n"));
	ATF_CHECK_EQ(DSN_FREE_FORM, kind_of("Auto-Submitted: auto-replied "
	    "(vacation)\n\nI am away.\n"));
	ATF_CHECK_EQ(DSN_FREE_FORM, kind_of("Subject: Undeliverable: x\n\n"));
	/* Said to be a report, without one. */
	ATF_CHECK_EQ(DSN_FREE_FORM, kind_of("Content-Type: multipart/report; "
	    "report-type=delivery-status; boundary=x\n\n--x\n\n--x--\n"));
	ATF_CHECK_EQ(DSN_FREE_FORM, kind_of("Content-Type: multipart/report; "
	    "report-type=disposition-notification; boundary=x\n\n--x\n"
	    "Content-Type: message/delivery-status\n\n\nAction: failed\n"));
}

ATF_TC_WITHOUT_HEAD(dsn_leaves_other_mail_alone);
ATF_TC_BODY(dsn_leaves_other_mail_alone, tc)
{
	ATF_CHECK_EQ(DSN_NONE, kind_of(""));
	ATF_CHECK_EQ(DSN_NONE, kind_of("no header"));
	ATF_CHECK_EQ(DSN_NONE, kind_of("From: alice@a.example\n"
	    "Subject: hello\nAuto-Submitted: no\n\n"
	    "From: MAILER-DAEMON@x\n"));
	ATF_CHECK_EQ(DSN_NONE, kind_of("Content-Type: multipart/mixed; "
	    "boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n"
	    "Reporting-MTA: dns; x\n\nAction: failed\n--x--\n"));
}

#define HEAD	"Content-Type: multipart/report; boundary=x\n\n--x\n"	\
	"Content-Type: message/delivery-status\n\nReporting-MTA: dns; y\n"

ATF_TC_WITHOUT_HEAD(dsn_believes_no_domain_that_is_none);
ATF_TC_BODY(dsn_believes_no_domain_that_is_none, tc)
{
	static const char *const recipients[] = {
		"rfc822; mixtasy@", "rfc822; mixtasy", "", "@",
		"rfc822; a@[127.0.0.1]", "rfc822; a@-x.example",
		"rfc822; a@x\033[1m.example"
	};
	struct dsn_recipient r;
	struct dsn dsn;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(recipients) / sizeof(recipients[0]); i++) {
		snprintf(text, sizeof(text), HEAD "\nFinal-Recipient: %s\n"
		    "Action: FAILED\n", recipients[i]);
		ATF_REQUIRE_EQ(DSN_REPORT, dsn_begin(&dsn, text,
		    strlen(text)));
		ATF_REQUIRE_EQ(1, dsn_next(&dsn, &r));
		ATF_CHECK_EQ(DSN_FAILED, r.action);
		ATF_CHECK_STREQ("", r.domain);
	}
}

ATF_TC_WITHOUT_HEAD(dsn_is_bounded);
ATF_TC_BODY(dsn_is_bounded, tc)
{
	const size_t size = 131072;
	struct dsn_recipient r;
	struct dsn dsn;
	size_t len, n = 0;
	char *text;

	ATF_REQUIRE((text = malloc(size)) != NULL);
	len = (size_t)snprintf(text, size, HEAD);
	while (len + 32 < size)
		len += (size_t)snprintf(text + len, size - len,
		    "\n\n\nAction: delayed\n");
	ATF_REQUIRE_EQ(DSN_REPORT, dsn_begin(&dsn, text, len));
	while (dsn_next(&dsn, &r))
		n++;
	ATF_CHECK_EQ(DSN_RECIPIENTS_MAX, n);
	/* A report behind more parts than anybody writes isn't looked for. */
	len = (size_t)snprintf(text, size, "Content-Type: multipart/report; "
	    "boundary=x\n\n");
	while (len + 256 < size)
		len += (size_t)snprintf(text + len, size - len, "--x\n\n");
	snprintf(text + len, size - len, "--x\n"
	    "Content-Type: message/delivery-status\n\n\nAction: failed\n");
	ATF_CHECK_EQ(DSN_FREE_FORM, dsn_begin(&dsn, text, strlen(text)));
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dsn_reads_recipients_of_a_report);
	ATF_TP_ADD_TC(tp, dsn_reads_a_report_with_crlf);
	ATF_TP_ADD_TC(tp, dsn_reads_a_report_that_calls_itself_mixed);
	ATF_TP_ADD_TC(tp, dsn_reads_what_there_is_of_one_cut_off);
	ATF_TP_ADD_TC(tp, dsn_knows_what_has_no_form);
	ATF_TP_ADD_TC(tp, dsn_leaves_other_mail_alone);
	ATF_TP_ADD_TC(tp, dsn_believes_no_domain_that_is_none);
	ATF_TP_ADD_TC(tp, dsn_is_bounded);

	return (atf_no_error());
}
