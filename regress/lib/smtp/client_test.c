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
#include <stdio.h>
#include <string.h>

#include "lib/smtp/client_dialogues.h"
#include "lib/smtp/dialogue.h"
#include "lib/testutil.h"
#include "mixing/rng.h"
#include "smtp/client.h"

#define N(table)	(sizeof(table) / sizeof(table[0]))
#define TURNS_MAX	100000

/* A session under test; both traces are NUL-terminated. */
struct session {
	struct smtp_client	 c;
	const struct rng	*rng;
	enum cut		 cut;
	int			 auth;
	unsigned int		 mails;
	unsigned int		 results;
	const char		*in;	/* what the server has yet to say */
	size_t			 len;	/* of it, in this go */
	size_t			 later;	/* and behind this go */
	enum smtp_action	 due;	/* what to do when the go is over */
	char			 out[TRACE_MAX];	/* words */
	char			 full[TRACE_MAX];	/* all octets */
};

static void
note(struct session *ses, const char *word, size_t len)
{
	if (ses->out[0] != '\0')
		add(ses->out, " ", 1);
	add(ses->out, word, len);
}

/* Takes what the client writes, line by line. */
static void
take_out(struct session *ses)
{
	const char	*lf;
	size_t		 n;

	ATF_REQUIRE(ses->c.out_len <= sizeof(ses->c.out));
	while (ses->c.out_len > 0) {
		lf = memchr(ses->c.out, '\n', ses->c.out_len);
		ATF_REQUIRE(lf != NULL);
		n = (size_t)(lf - ses->c.out) + 1;
		ATF_REQUIRE(n >= 2 && n <= 512 && lf[-1] == '\r');
		add(ses->full, ses->c.out, n);
		if (n > 2)
			note(ses, ses->c.out, strcspn(ses->c.out, " \r"));
		smtp_client_sent(&ses->c, n);
	}
}

static void
note_result(struct session *ses)
{
	static const char *const	names[] = { "ok", "temp", "perm" };
	const struct smtp_client_result	*r = &ses->c.result;
	char				 word[32];
	const char			*p;

	for (p = r->text; *p != '\0'; p++)
		ATF_REQUIRE(*p >= ' ' && *p <= '~');
	snprintf(word, sizeof(word), "%s/%d", names[r->outcome], r->code);
	note(ses, word, strlen(word));
	add(ses->full, r->text, strlen(r->text));
	ses->results++;
	ses->mails--;
}

static void
note_closed(struct session *ses)
{
	char	word[32] = "closed";

	/* Without a mail's result, result is the session's. */
	if (ses->results == 0) {
		snprintf(word, sizeof(word), "closed/%d", ses->c.result.code);
		add(ses->full, ses->c.result.text,
		    strlen(ses->c.result.text));
	}
	note(ses, word, strlen(word));
}

static void
send_text(struct session *ses)
{
	static const char	text[] = "A: b\r\n\r\n.x\r\n.\r\nend";
	char			out[MAIL_LINES_OUT(sizeof(text))];
	size_t			n;

	n = smtp_client_text(&ses->c, text, 9, out);
	n += smtp_client_text(&ses->c, text + 9, sizeof(text) - 1 - 9,
	    out + n);
	add(ses->full, out, n);
	note(ses, "text", 4);
	smtp_client_text_end(&ses->c);
	ATF_CHECK(!ses->c.result.final_sent);
}

/* The server has said all of this go: does what the client wanted. */
static void
end_of_go(struct session *ses)
{
	const char		*mark;
	enum smtp_action	 due = ses->due;

	ses->due = SMTP_CL_READ;
	if (due == SMTP_CL_READY && ses->mails > 0)
		smtp_client_mail(&ses->c, "a@b.example", "c@d.example", 20, 1);
	else if (due == SMTP_CL_READY)
		smtp_client_quit(&ses->c);
	else if (due == SMTP_CL_DATA)
		send_text(ses);
	else if (due == SMTP_CL_STARTTLS) {
		note(ses, "tls", 3);
		smtp_client_tls(&ses->c);
	} else if (ses->later == 0)
		smtp_client_broken(&ses->c, "hung up");
	else {
		ses->in++;
		ses->later--;
		mark = memchr(ses->in, '\1', ses->later);
		ses->len = mark == NULL ? ses->later :
		    (size_t)(mark - ses->in);
		ses->later -= ses->len;
	}
}

/* One call, and what it asks for; 0 when the session is over. */
static int
turn(struct session *ses)
{
	enum smtp_action	act;
	size_t			used, n;

	n = piece(ses->cut, ses->rng, ses->len);
	act = smtp_client_input(&ses->c, ses->in, n, &used);
	ATF_REQUIRE(used <= n);
	ses->in += used;
	ses->len -= used;
	switch (act) {
	case SMTP_CL_WRITE:
		take_out(ses);
		break;
	case SMTP_CL_RESULT:
		note_result(ses);
		break;
	case SMTP_CL_CLOSED:
		note_closed(ses);
		return 0;
	default:
		if (act != SMTP_CL_READ)
			ses->due = act;
		if (ses->len == 0)
			end_of_go(ses);
		break;
	}
	return 1;
}

static void
run(struct session *ses, const struct dialogue *d)
{
	static char	in[1 + TRACE_MAX];
	unsigned int	turns = 0;

	/* A mark in front, as between one go and the next. */
	in[0] = '\1';
	ses->in = in;
	ses->len = 0;
	ses->later = 1 + expand(d->in, d->len, in + 1);
	ses->mails = d->mails;
	ses->results = 0;
	ses->due = SMTP_CL_READ;
	ses->out[0] = ses->full[0] = '\0';
	smtp_client_init(&ses->c, "c.example", d->wish);
	if (ses->auth) {
		ses->c.auth_user = "user";
		ses->c.auth_password = "secret";
	}
	while (turn(ses))
		ATF_REQUIRE(turns++ < TURNS_MAX);
}

/* Whole, octet by octet and cut at random: the same and the right trace. */
static void
check(const struct dialogue *d, size_t n, int auth)
{
	static struct session	whole, cut;
	struct test_rng		state;
	struct rng		rng = test_rng(&state, 25);
	size_t			i, round;

	whole.cut = WHOLE;
	whole.auth = cut.auth = auth;
	cut.rng = &rng;
	for (i = 0; i < n; i++) {
		run(&whole, &d[i]);
		ATF_CHECK_MSG(strcmp(whole.out, d[i].out) == 0,
		    "%s (%zu): %s, not %s", d[i].name, i, whole.out,
		    d[i].out);
		for (round = 0; round < 20; round++) {
			cut.cut = round == 0 ? OCTETS : RANDOM;
			run(&cut, &d[i]);
			ATF_CHECK_STREQ_MSG(cut.out, whole.out, "%s (%zu)",
			    d[i].name, i);
			ATF_CHECK_STREQ_MSG(cut.full, whole.full, "%s (%zu)",
			    d[i].name, i);
		}
	}
}

static void
check_dialogues(const struct dialogue *d, size_t n)
{
	check(d, n, 0);
}

ATF_TC_WITHOUT_HEAD(client_holds_good_dialogues);
ATF_TC_BODY(client_holds_good_dialogues, tc)
{
	check_dialogues(good_dialogues, N(good_dialogues));
}

ATF_TC_WITHOUT_HEAD(client_bears_malformed_dialogues);
ATF_TC_BODY(client_bears_malformed_dialogues, tc)
{
	ATF_REQUIRE(N(bad_dialogues) + N(worse_dialogues) >= 120);
	check_dialogues(bad_dialogues, N(bad_dialogues));
	check_dialogues(worse_dialogues, N(worse_dialogues));
}

ATF_TC_WITHOUT_HEAD(client_authenticates_in_tls_only);
ATF_TC_BODY(client_authenticates_in_tls_only, tc)
{
	check(auth_dialogues, N(auth_dialogues), 1);
}

ATF_TC_WITHOUT_HEAD(client_says_plain_as_rfc_4616_has_it);
ATF_TC_BODY(client_says_plain_as_rfc_4616_has_it, tc)
{
	static const char	 in[] = PLAIN "535 no\r\n";
	static const struct dialogue d = { "", MUST, 1, in, sizeof(in) - 1,
	    "" };
	static struct session	 ses;
	size_t			 i;

	ses.cut = WHOLE;
	ses.auth = 1;
	run(&ses, &d);
	ATF_CHECK(strstr(ses.full, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n") !=
	    NULL);
	ATF_CHECK(ses.c.auth_failed);
	/* Nothing of it stays in the buffer. */
	for (i = 0; i < sizeof(ses.c.out); i++)
		ATF_REQUIRE_EQ(0, ses.c.out[i]);
}

ATF_TC_WITHOUT_HEAD(client_begins_in_tls_if_told_so);
ATF_TC_BODY(client_begins_in_tls_if_told_so, tc)
{
	static const char	said[] = "250-s\r\n250-STARTTLS\r\n"
	    "250 AUTH PLAIN\r\n";
	struct smtp_client	c;
	size_t			used;

	smtp_client_init(&c, "c.example", SMTP_TLS_REQUIRE);
	c.tls_active = 1;
	ATF_CHECK_EQ(SMTP_CL_WRITE, smtp_client_input(&c, "220 hi\r\n", 8,
	    &used));
	smtp_client_sent(&c, c.out_len);
	ATF_CHECK_EQ(SMTP_CL_READY, smtp_client_input(&c, said,
	    sizeof(said) - 1, &used));
}

ATF_TC_WITHOUT_HEAD(client_knows_the_servers_size);
ATF_TC_BODY(client_knows_the_servers_size, tc)
{
	check_dialogues(size_dialogues, N(size_dialogues));
}

/* Runs one dialogue, whole. */
static struct session *
run_whole(enum smtp_tls_wish wish, unsigned int mails, const char *in)
{
	static struct session	ses;
	struct dialogue		d = { "", wish, mails, in, strlen(in), "" };

	ses.cut = WHOLE;
	run(&ses, &d);
	return &ses;
}

ATF_TC_WITHOUT_HEAD(client_says_exactly_this);
ATF_TC_BODY(client_says_exactly_this, tc)
{
	static const char	text[] =
	    "A: b\r\n\r\n..x\r\n..\r\nend\r\n.\r\n";
	struct session		*ses;
	char			 want[512];

	ses = run_whole(OFF, 1, HI "250-s\r\n250-8bitmime\r\n250-SIZE\r\n"
	    "250 PIPELINING\r\n\1" P_OK OK BYE);
	snprintf(want, sizeof(want), "EHLO c.example\r\n"
	    "MAIL FROM:<a@b.example> SIZE=20 BODY=8BITMIME\r\n"
	    "RCPT TO:<c@d.example>\r\nDATA\r\n%sokQUIT\r\n", text);
	ATF_CHECK_STREQ(ses->full, want);
	ses = run_whole(OFF, 1, AT_END OK BYE);
	snprintf(want, sizeof(want), "EHLO c.example\r\n"
	    "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
	    "%sokQUIT\r\n", text);
	ATF_CHECK_STREQ(ses->full, want);
}

/* A server that answers before it was asked, fast enough: no other cut. */
ATF_TC_WITHOUT_HEAD(client_refuses_answers_to_commands_not_sent);
ATF_TC_BODY(client_refuses_answers_to_commands_not_sent, tc)
{
	ATF_CHECK_STREQ(run_whole(OFF, 1, "220 hi\r\n250 s\r\n")->out,
	    "closed/0");
	ATF_CHECK_STREQ(run_whole(OFF, 1, READY "250 a\r\n250 b\r\n")->out,
	    "EHLO MAIL temp/0 closed");
	ATF_CHECK_STREQ(run_whole(OFF, 1, READY OK "550 a\r\n250 b\r\n")->out,
	    "EHLO MAIL RCPT perm/550 closed");
	ATF_CHECK_STREQ(run_whole(OFF, 1, P_READY
	    "250 a\r\n250 b\r\n451 c\r\n250 d\r\n")->out,
	    "EHLO MAIL RCPT DATA temp/451 closed");
	ATF_CHECK_STREQ(run_whole(MAY, 1,
	    HI "250-s\r\n250 STARTTLS\r\n220 go\r\n")->out, "EHLO closed/0");
}

ATF_TC_WITHOUT_HEAD(client_keeps_printable_text_of_replies);
ATF_TC_BODY(client_keeps_printable_text_of_replies, tc)
{
	struct session	*ses;
	char		 in[3000];

	ses = run_whole(OFF, 1, "554-a\x1b[2J\t\xc3\xa4\r\n554 b\r\n");
	ATF_CHECK_STREQ(ses->c.result.text, "a?[2J??? b");
	strcpy(in, "554-\2\2\r\n554-\2\2\r\n554 \2\2\r\n");
	ses = run_whole(OFF, 1, in);
	ATF_CHECK_EQ(strlen(ses->c.result.text), 255);
	ATF_CHECK_EQ(ses->c.result.code, 554);
}

ATF_TC_WITHOUT_HEAD(client_bounds_the_lines_of_a_reply);
ATF_TC_BODY(client_bounds_the_lines_of_a_reply, tc)
{
	char	in[6 * (SMTP_REPLY_LINES_MAX + 1) + 64];
	size_t	n = 0, i;

	for (i = 1; i < SMTP_REPLY_LINES_MAX; i++, n += 6)
		memcpy(in + n, "554-\r\n", 6);
	strcpy(in + n, "554 x\r\n");
	ATF_CHECK_STREQ(run_whole(OFF, 1, in)->out, "closed/554");
	strcpy(in + n, "554-\r\n554 x\r\n");
	ATF_CHECK_STREQ(run_whole(OFF, 1, in)->out, "closed/0");
}

/* Brings a client to the state in which it wants the text. */
static void
to_text(struct smtp_client *c)
{
	static const char *const	said[] = {
		"220 hi\r\n", "250 s\r\n", "250 ok\r\n", "250 ok\r\n",
		"354 go\r\n"
	};
	size_t				i, used;

	smtp_client_init(c, "c.example", SMTP_TLS_OFF);
	for (i = 0; i < N(said); i++) {
		(void)smtp_client_input(c, said[i], strlen(said[i]), &used);
		ATF_REQUIRE_EQ(used, strlen(said[i]));
		if (i == 1)
			smtp_client_mail(c, "", "postmaster", 5, 0);
		smtp_client_sent(c, c->out_len);
	}
	ATF_REQUIRE_EQ(c->state, SMTP_CS_TEXT);
}

static void
check_end(struct smtp_client *c, const char *want)
{
	smtp_client_text_end(c);
	ATF_CHECK_EQ(c->out_len, strlen(want));
	ATF_CHECK(memcmp(c->out, want, strlen(want)) == 0);
}

ATF_TC_WITHOUT_HEAD(client_never_forgets_the_last_crlf);
ATF_TC_BODY(client_never_forgets_the_last_crlf, tc)
{
	struct smtp_client	c;
	char			out[MAIL_LINES_OUT(8)];

	to_text(&c);
	ATF_CHECK_EQ(smtp_client_text(&c, "a\r\n", 3, out), 3);
	check_end(&c, ".\r\n");
	to_text(&c);
	ATF_CHECK_EQ(smtp_client_text(&c, "a", 1, out), 1);
	check_end(&c, "\r\n.\r\n");
	to_text(&c);
	ATF_CHECK_EQ(smtp_client_text(&c, "a\r", 2, out), 3);
	check_end(&c, ".\r\n");
	to_text(&c);
	ATF_CHECK_EQ(smtp_client_text(&c, "", 0, out), 0);
	check_end(&c, ".\r\n");
	/* A text that the client hasn't seen. */
	to_text(&c);
	check_end(&c, "\r\n.\r\n");
	to_text(&c);
	smtp_client_text_ended(&c);
	check_end(&c, ".\r\n");
	/* Only where a text is due. */
	smtp_client_sent(&c, c.out_len);
	smtp_client_text_end(&c);
	ATF_CHECK_EQ(c.out_len, 0);
	ATF_CHECK_EQ(smtp_client_text(&c, "a", 1, out), 0);
}

ATF_TC_WITHOUT_HEAD(client_tells_whether_the_final_dot_was_sent);
ATF_TC_BODY(client_tells_whether_the_final_dot_was_sent, tc)
{
	struct smtp_client	c;
	size_t			used;

	to_text(&c);
	smtp_client_broken(&c, "timed\nout");
	ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used), SMTP_CL_RESULT);
	ATF_CHECK_EQ(c.result.outcome, SMTP_TEMPFAIL);
	ATF_CHECK_EQ(c.result.code, 0);
	ATF_CHECK_STREQ(c.result.text, "timed?out");
	ATF_CHECK(!c.result.final_sent);
	to_text(&c);
	smtp_client_text_end(&c);
	smtp_client_sent(&c, c.out_len - 1);
	ATF_CHECK(!c.result.final_sent);
	smtp_client_sent(&c, 1);
	ATF_CHECK(c.result.final_sent);
	smtp_client_broken(&c, "reset");
	ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used), SMTP_CL_RESULT);
	ATF_CHECK(c.result.final_sent);
	ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used), SMTP_CL_CLOSED);
	smtp_client_broken(&c, "again");
	ATF_CHECK_EQ(smtp_client_input(&c, "250 ok\r\n", 8, &used),
	    SMTP_CL_CLOSED);
	ATF_CHECK_EQ(used, 8);
}

ATF_TC_WITHOUT_HEAD(client_fails_when_the_server_talks_into_the_text);
ATF_TC_BODY(client_fails_when_the_server_talks_into_the_text, tc)
{
	struct smtp_client	c;
	size_t			used;

	to_text(&c);
	ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used), SMTP_CL_READ);
	ATF_CHECK_EQ(smtp_client_input(&c, "250 ok\r\n", 8, &used),
	    SMTP_CL_RESULT);
	ATF_CHECK_EQ(c.result.outcome, SMTP_TEMPFAIL);
	ATF_CHECK(!c.result.final_sent);
	ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used), SMTP_CL_CLOSED);
}

static void
to_ready(struct smtp_client *c)
{
	size_t	used;

	smtp_client_init(c, "c.example", SMTP_TLS_OFF);
	(void)smtp_client_input(c, "220 hi\r\n", 8, &used);
	smtp_client_sent(c, c->out_len);
	ATF_REQUIRE_EQ(smtp_client_input(c, "250 s\r\n", 7, &used),
	    SMTP_CL_READY);
}

ATF_TC_WITHOUT_HEAD(client_refuses_addresses_that_are_none);
ATF_TC_BODY(client_refuses_addresses_that_are_none, tc)
{
	static const char *const	bad[][2] = {
		{ "a@b.example", "" }, { "a", "c@d.example" },
		{ "", "c@d.example>\r\nDATA\r\n.\r\n" },
		{ "a@b.example> X=1\r\nRSET\r\n", "c@d.example" }
	};
	struct smtp_client		c;
	size_t				i, used;

	for (i = 0; i < N(bad); i++) {
		to_ready(&c);
		smtp_client_mail(&c, bad[i][0], bad[i][1], 1, 0);
		ATF_CHECK_EQ(c.out_len, 0);
		ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used),
		    SMTP_CL_RESULT);
		ATF_CHECK_EQ(c.result.outcome, SMTP_PERMFAIL);
		ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used),
		    SMTP_CL_READY);
	}
}

ATF_TC_WITHOUT_HEAD(client_fails_a_mail_on_a_closed_session);
ATF_TC_BODY(client_fails_a_mail_on_a_closed_session, tc)
{
	struct smtp_client	c;
	size_t			used;

	to_ready(&c);
	ATF_CHECK_EQ(smtp_client_input(&c, "421 idle\r\n", 10, &used),
	    SMTP_CL_CLOSED);
	smtp_client_mail(&c, "", "c@d.example", 1, 0);
	ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used), SMTP_CL_RESULT);
	ATF_CHECK_EQ(c.result.outcome, SMTP_TEMPFAIL);
	ATF_CHECK_EQ(smtp_client_input(&c, NULL, 0, &used), SMTP_CL_CLOSED);
}

ATF_TC_WITHOUT_HEAD(client_speaks_lmtp);
ATF_TC_BODY(client_speaks_lmtp, tc)
{
	struct smtp_client	c;
	size_t			used;

	smtp_client_init(&c, "c.example", SMTP_TLS_OFF);
	c.lmtp = 1;
	ATF_CHECK_EQ(smtp_client_input(&c, "220 hi\r\n", 8, &used),
	    SMTP_CL_WRITE);
	ATF_CHECK_EQ(c.out_len, 16);
	ATF_CHECK(memcmp(c.out, "LHLO c.example\r\n", 16) == 0);
	smtp_client_sent(&c, 16);
	/* LMTP has no HELO to fall back to. */
	ATF_CHECK_EQ(smtp_client_input(&c, "500 no\r\n", 8, &used),
	    SMTP_CL_CLOSED);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, client_holds_good_dialogues);
	ATF_TP_ADD_TC(tp, client_bears_malformed_dialogues);
	ATF_TP_ADD_TC(tp, client_authenticates_in_tls_only);
	ATF_TP_ADD_TC(tp, client_says_plain_as_rfc_4616_has_it);
	ATF_TP_ADD_TC(tp, client_begins_in_tls_if_told_so);
	ATF_TP_ADD_TC(tp, client_knows_the_servers_size);
	ATF_TP_ADD_TC(tp, client_says_exactly_this);
	ATF_TP_ADD_TC(tp, client_refuses_answers_to_commands_not_sent);
	ATF_TP_ADD_TC(tp, client_keeps_printable_text_of_replies);
	ATF_TP_ADD_TC(tp, client_bounds_the_lines_of_a_reply);
	ATF_TP_ADD_TC(tp, client_never_forgets_the_last_crlf);
	ATF_TP_ADD_TC(tp, client_tells_whether_the_final_dot_was_sent);
	ATF_TP_ADD_TC(tp, client_fails_when_the_server_talks_into_the_text);
	ATF_TP_ADD_TC(tp, client_refuses_addresses_that_are_none);
	ATF_TP_ADD_TC(tp, client_fails_a_mail_on_a_closed_session);
	ATF_TP_ADD_TC(tp, client_speaks_lmtp);
	return atf_no_error();
}
