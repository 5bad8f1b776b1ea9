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

#include "lib/smtp/dialogue.h"
#include "lib/smtp/server_dialogues.h"
#include "lib/testutil.h"
#include "mixing/rng.h"
#include "smtp/server.h"

#define N(table)	(sizeof(table) / sizeof(table[0]))

static const struct smtp_server_limits limits = { 500, 12, 5, 3, 2 };

/* A session under test; both traces are NUL-terminated. */
struct session {
	struct smtp_server	 s;
	const struct rng	*rng;
	enum cut		 cut;
	char			 out[TRACE_MAX];	/* codes and events */
	char			 full[TRACE_MAX];	/* all octets */
};

static void
note(struct session *ses, const char *word)
{
	if (ses->out[0] != '\0')
		add(ses->out, " ", 1);
	add(ses->out, word, strlen(word));
	add(ses->full, word, strlen(word));
}

/* Notes one line of a reply, if it is the last, as code/status. */
static void
note_reply_line(struct session *ses, const char *s, size_t len)
{
	char	word[16];
	size_t	n;

	ATF_REQUIRE(len > 5 && len <= 512);
	ATF_REQUIRE(memcmp(s + len - 2, "\r\n", 2) == 0);
	for (n = 0; n < len - 2; n++)
		ATF_REQUIRE(s[n] >= ' ' && s[n] <= '~');
	add(ses->full, s, len);
	if (s[3] == '-')
		return;
	if (s[4] >= '0' && s[4] <= '9' && s[5] == '.')
		snprintf(word, sizeof(word), "%.3s/%.5s", s, s + 4);
	else
		snprintf(word, sizeof(word), "%.3s", s);
	note(ses, word);
}

/* Sends what is in the reply buffer. */
static void
flush(struct session *ses)
{
	const char	*lf;
	size_t		 n;

	ATF_REQUIRE(ses->s.reply_len <= sizeof(ses->s.reply));
	while (ses->s.reply_len > 0) {
		lf = memchr(ses->s.reply, '\n', ses->s.reply_len);
		ATF_REQUIRE(lf != NULL);
		n = (size_t)(lf - ses->s.reply) + 1;
		note_reply_line(ses, ses->s.reply, n);
		smtp_server_sent(&ses->s, n);
	}
}

static int
starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void
answer_rcpt(struct session *ses)
{
	const char	*rcpt = ses->s.rcpt;

	note(ses, "rcpt");
	if (starts_with(rcpt, "later@"))
		smtp_server_rcpt(&ses->s, 451, "4.2.0", "later");
	else if (starts_with(rcpt, "bye@"))
		smtp_server_rcpt(&ses->s, 421, "4.3.2", "going down");
	else if (strcmp(rcpt, "mixtasy@mix.example") == 0 ||
	    strcmp(rcpt, "busy@mix.example") == 0 ||
	    strcmp(rcpt, "postmaster") == 0)
		smtp_server_rcpt(&ses->s, 250, NULL, NULL);
	else
		smtp_server_rcpt(&ses->s, 550, "5.1.1", "not here");
}

static void
answer_data(struct session *ses)
{
	note(ses, "data");
	if (starts_with(ses->s.rcpt, "busy@"))
		smtp_server_data(&ses->s, 452, "4.3.1", "full");
	else
		smtp_server_data(&ses->s, 354, NULL, NULL);
}

static void
take_text(struct session *ses)
{
	const char	*t = ses->s.text;
	size_t		 n = ses->s.text_len;

	ATF_REQUIRE(n >= 2 && n <= SMTP_TEXT_MAX);
	ATF_REQUIRE(memchr(t, '\n', n) == t + n - 1);
	ATF_REQUIRE(memchr(t, '\r', n) == t + n - 2);
	note(ses, "text");
	add(ses->full, t, n);
}

/* Does what an event asks for; 0 when the session is over. */
static int
obey(struct session *ses, enum smtp_event ev)
{
	flush(ses);
	switch (ev) {
	case SMTP_EV_RCPT:
		answer_rcpt(ses);
		break;
	case SMTP_EV_DATA:
		answer_data(ses);
		break;
	case SMTP_EV_TEXT:
		take_text(ses);
		break;
	case SMTP_EV_DONE:
		note(ses, "done");
		smtp_server_done(&ses->s, 250, NULL, NULL);
		break;
	case SMTP_EV_RESET:
		note(ses, "reset");
		break;
	case SMTP_EV_STARTTLS:
		note(ses, "tls");
		break;
	case SMTP_EV_CLOSE:
		note(ses, "close");
		return 0;
	default:
		break;
	}
	return 1;
}

/* Feeds one piece until nothing is left of it. */
static int
feed_piece(struct session *ses, const char *p, size_t len)
{
	enum smtp_event	ev;
	size_t		used;

	do {
		ev = smtp_server_input(&ses->s, p, len, &used);
		ATF_REQUIRE(used <= len);
		ATF_REQUIRE(ev != SMTP_EV_NEED || used == len);
		p += used;
		len -= used;
		if (!obey(ses, ev))
			return 0;
	} while (ev != SMTP_EV_NEED);
	return 1;
}

static int
feed(struct session *ses, const char *p, size_t len)
{
	size_t	n;

	while (len > 0) {
		n = piece(ses->cut, ses->rng, len);
		if (!feed_piece(ses, p, n))
			return 0;
		p += n;
		len -= n;
	}
	return 1;
}

static void
begin(struct session *ses, enum dialogue_start from)
{
	static const char *const	said[] = {
		"EHLO c.example\r\n", "MAIL FROM:<a@b.example>\r\n",
		"RCPT TO:<mixtasy@mix.example>\r\n", "DATA\r\n"
	};
	int				i;

	smtp_server_init(&ses->s, "mix.example", &limits, 1);
	ses->out[0] = ses->full[0] = '\0';
	flush(ses);
	for (i = 0; i < (int)from; i++)
		ATF_REQUIRE(feed(ses, said[i], strlen(said[i])));
	ses->out[0] = ses->full[0] = '\0';
}

static void
run(struct session *ses, const struct dialogue *d)
{
	static char	 in[TRACE_MAX];
	const char	*p = in, *mark;
	size_t		 len, n;

	begin(ses, d->from);
	len = expand(d->in, d->len, in);
	for (;;) {
		mark = memchr(p, '\1', len);
		n = mark == NULL ? len : (size_t)(mark - p);
		if (!feed(ses, p, n) || mark == NULL)
			return;
		smtp_server_tls(&ses->s);
		p += n + 1;
		len -= n + 1;
	}
}

/* Whole, octet by octet and cut at random: the same and the right trace. */
static void
check_dialogues(const struct dialogue *d, size_t n)
{
	static struct session	whole, cut;
	struct test_rng		state;
	struct rng		rng = test_rng(&state, 25);
	size_t			i, round;

	whole.cut = WHOLE;
	cut.rng = &rng;
	for (i = 0; i < n; i++) {
		run(&whole, &d[i]);
		ATF_CHECK_MSG(strcmp(whole.out, d[i].out) == 0,
		    "%s (%zu): %s, not %s", d[i].name, i, whole.out,
		    d[i].out);
		for (round = 0; round < 20; round++) {
			cut.cut = round == 0 ? OCTETS : RANDOM;
			run(&cut, &d[i]);
			ATF_CHECK_STREQ_MSG(cut.full, whole.full, "%s (%zu)",
			    d[i].name, i);
		}
	}
}

ATF_TC_WITHOUT_HEAD(server_holds_good_dialogues);
ATF_TC_BODY(server_holds_good_dialogues, tc)
{
	check_dialogues(good_dialogues, N(good_dialogues));
}

ATF_TC_WITHOUT_HEAD(server_answers_malformed_dialogues);
ATF_TC_BODY(server_answers_malformed_dialogues, tc)
{
	check_dialogues(bad_dialogues, N(bad_dialogues));
}

ATF_TC_WITHOUT_HEAD(server_is_not_smuggled_by);
ATF_TC_BODY(server_is_not_smuggled_by, tc)
{
	check_dialogues(smuggling_dialogues, N(smuggling_dialogues));
	check_dialogues(unended_dialogues, N(unended_dialogues));
}

/* Every text of six octets out of those that matter, the end apart. */
ATF_TC_WITHOUT_HEAD(server_ends_a_text_at_crlf_dot_crlf_alone);
ATF_TC_BODY(server_ends_a_text_at_crlf_dot_crlf_alone, tc)
{
	static const char	alphabet[] = "\r\n.x";
	static const char	end[] = "\r\n.\r\n";
	static struct session	ses;
	char			stream[2 + 6 + 5 + 1] = "\r\n";
	const char		*first;
	size_t			used;
	unsigned int		i, k, rest;

	for (i = 0; i < 4096; i++) {
		for (k = 0, rest = i; k < 6; k++, rest /= 4)
			stream[2 + k] = alphabet[rest % 4];
		memcpy(stream + 8, end, sizeof(end));
		first = strstr(stream, end);
		ATF_REQUIRE(first != NULL);
		ses.cut = i % 2 == 0 ? WHOLE : OCTETS;
		begin(&ses, TEXT);
		/* The first CRLF is the one of the command. */
		ATF_REQUIRE(feed(&ses, stream + 2,
		    (size_t)(first - stream) + 5 - 2 - 1));
		ATF_REQUIRE(strstr(ses.out, "done") == NULL);
		ATF_REQUIRE_EQ(smtp_server_input(&ses.s, "\n", 1, &used),
		    SMTP_EV_DONE);
	}
}

ATF_TC_WITHOUT_HEAD(server_tells_what_is_wrong_with_a_text);
ATF_TC_BODY(server_tells_what_is_wrong_with_a_text, tc)
{
	static const struct {
		const char	*in;
		int		 code;
		const char	*status;
	} rows[] = {
		{ "x\r\n.\r\n", 0, NULL }, { "x\ny\r\n.\r\n", 550, "5.6.0" },
		{ "x\ry\r\n.\r\n", 550, "5.6.0" },
		{ "x\n" X500 "\r\n.\r\n", 552, "5.3.4" }
	};
	static struct session	 ses;
	static char		 in[TRACE_MAX];
	const char		*status, *text, *p;
	enum smtp_event		 ev;
	size_t			 i, len, used;

	for (i = 0; i < N(rows); i++) {
		begin(&ses, TEXT);
		len = expand(rows[i].in, strlen(rows[i].in), in);
		for (p = in; (ev = smtp_server_input(&ses.s, p, len,
		    &used)) == SMTP_EV_TEXT; p += used)
			len -= used;
		ATF_REQUIRE_EQ(ev, SMTP_EV_DONE);
		ATF_CHECK_EQ(smtp_server_text_fault(&ses.s, &status, &text),
		    rows[i].code);
		ATF_CHECK((status == NULL) == (rows[i].status == NULL));
		if (status != NULL)
			ATF_CHECK_STREQ(status, rows[i].status);
	}
}

ATF_TC_WITHOUT_HEAD(server_refuses_text_lines_over_1000_octets);
ATF_TC_BODY(server_refuses_text_lines_over_1000_octets, tc)
{
	static const struct smtp_server_limits	wide = { 0, 0, 0, 0, 0 };
	static struct session			ses;
	static char				line[1200];
	static const char *const		want[] = { " 250/2.0.0",
						    " 550/5.6.0" };
	size_t					n;
	int					dot;

	for (n = 996; n < 1100; n = n < 1003 ? n + 1 : n + 50)
		for (dot = 0; dot < 2; dot++) {
			begin(&ses, TEXT);
			ses.s.limits = wide;
			memset(line, 'x', sizeof(line));
			if (dot)
				line[0] = '.';
			memcpy(line + n + (size_t)dot, "\r\n.\r\n", 5);
			ses.cut = n % 2 == 0 ? WHOLE : OCTETS;
			ATF_REQUIRE(feed(&ses, line, n + (size_t)dot + 5));
			ATF_CHECK_STREQ(strstr(ses.out, "done") + 4,
			    want[n > 998]);
		}
}

ATF_TC_WITHOUT_HEAD(server_stops_taking_commands_when_replies_pile_up);
ATF_TC_BODY(server_stops_taking_commands_when_replies_pile_up, tc)
{
	static const struct smtp_server_limits	none;
	struct smtp_server			s;
	char					in[6 * 1000];
	size_t					i, used, total = 0, nsent = 0;
	enum smtp_event				ev;

	smtp_server_init(&s, "mix.example", &none, 1);
	smtp_server_sent(&s, s.reply_len);
	for (i = 0; i < 1000; i++)
		memcpy(in + i * 6, "EXPN\r\n", 6);
	while ((ev = smtp_server_input(&s, in + total, sizeof(in) - total,
	    &used)) == SMTP_EV_REPLY) {
		total += used;
		ATF_REQUIRE(s.reply_len > 1000 &&
		    s.reply_len <= sizeof(s.reply));
		/* A slow line: not even a whole reply goes out. */
		smtp_server_sent(&s, 5);
		nsent += 5;
	}
	ATF_CHECK_EQ(ev, SMTP_EV_NEED);
	ATF_CHECK_EQ(total + used, sizeof(in));
	ATF_CHECK_EQ(nsent + s.reply_len,
	    1000 * strlen("502 5.5.1 command not implemented\r\n"));
}

ATF_TC_WITHOUT_HEAD(server_takes_nothing_while_it_waits_for_an_answer);
ATF_TC_BODY(server_takes_nothing_while_it_waits_for_an_answer, tc)
{
	static struct session	ses;
	size_t			used;

	begin(&ses, MAIL);
	ATF_REQUIRE_EQ(smtp_server_input(&ses.s, "RCPT TO:<postmaster>\r\nx",
	    23, &used), SMTP_EV_RCPT);
	ATF_CHECK_EQ(used, 22);
	ATF_CHECK_EQ(smtp_server_input(&ses.s, "x", 1, &used), SMTP_EV_NEED);
	ATF_CHECK_EQ(used, 0);
	/* Answers to what wasn't asked are ignored. */
	smtp_server_data(&ses.s, 354, NULL, NULL);
	smtp_server_done(&ses.s, 250, NULL, NULL);
	smtp_server_tls(&ses.s);
	ATF_CHECK_EQ(ses.s.reply_len, 0);
	smtp_server_rcpt(&ses.s, 250, NULL, NULL);
	ATF_CHECK(ses.s.reply_len > 0);
}

ATF_TC_WITHOUT_HEAD(server_drops_what_lies_behind_starttls);
ATF_TC_BODY(server_drops_what_lies_behind_starttls, tc)
{
	static struct session	ses;
	size_t			used;

	begin(&ses, HELLO);
	ATF_REQUIRE_EQ(smtp_server_input(&ses.s, "STARTTLS\r\nNOOP\r\n", 16,
	    &used), SMTP_EV_STARTTLS);
	ATF_CHECK_EQ(used, 16);
	flush(&ses);
	ATF_CHECK_EQ(smtp_server_input(&ses.s, "NO", 2, &used), SMTP_EV_NEED);
	ATF_CHECK_EQ(used, 2);
	smtp_server_tls(&ses.s);
	ATF_CHECK_EQ(smtp_server_input(&ses.s, NULL, 0, &used), SMTP_EV_NEED);
	ATF_CHECK_EQ(ses.s.reply_len, 0);
}

ATF_TC_WITHOUT_HEAD(server_never_echoes_the_client);
ATF_TC_BODY(server_never_echoes_the_client, tc)
{
	static const char	in[] = "EHLO canary\r\nHELP canary\r\n"
	    "VRFY canary\r\nEXPN canary\r\ncanary\r\nMAIL FROM:<canary>\r\n"
	    "MAIL FROM:<canary@a.b>\r\nRCPT TO:<canary@a.b>\r\n"
	    "RCPT TO:<postmaster> canary\r\nNOOP canary\r\n";
	static struct session	ses;

	begin(&ses, FRESH);
	(void)feed(&ses, in, sizeof(in) - 1);
	ATF_CHECK(strstr(ses.full, "canary") == NULL);
	ATF_CHECK(strstr(ses.full, "421") != NULL);
}

ATF_TC_WITHOUT_HEAD(server_announces_what_it_can);
ATF_TC_BODY(server_announces_what_it_can, tc)
{
	static struct session	ses;

	begin(&ses, FRESH);
	ATF_REQUIRE(feed(&ses, "EHLO c\r\n", 8));
	ATF_CHECK_STREQ(ses.full, "250-mix.example\r\n250-PIPELINING\r\n"
	    "250-SIZE 500\r\n250-8BITMIME\r\n250-STARTTLS\r\n"
	    "250 ENHANCEDSTATUSCODES\r\n250");
	begin(&ses, HELLO);
	ATF_REQUIRE(feed(&ses, "STARTTLS\r\n", 10));
	smtp_server_tls(&ses.s);
	ses.full[0] = '\0';
	ATF_REQUIRE(feed(&ses, "EHLO c\r\n", 8));
	ATF_CHECK(strstr(ses.full, "STARTTLS") == NULL);
	begin(&ses, FRESH);
	ses.s.tls_offered = 0;
	ATF_REQUIRE(feed(&ses, "EHLO c\r\nSTARTTLS\r\nHELO c\r\n", 26));
	ATF_CHECK(strstr(ses.full, "STARTTLS") == NULL);
	ATF_CHECK_STREQ(ses.out, "250 454/4.7.0 250");
	ATF_CHECK(strstr(ses.full, "250 mix.example\r\n") != NULL);
}

ATF_TC_WITHOUT_HEAD(server_keeps_sender_and_recipient);
ATF_TC_BODY(server_keeps_sender_and_recipient, tc)
{
	static struct session	ses;
	static const char	in[] =
	    "MAIL FROM:<Foo@B.Example>\r\nRCPT TO:<MixTasy@MIX.example>\r\n";
	size_t			used;

	begin(&ses, HELLO);
	ATF_REQUIRE_EQ(smtp_server_input(&ses.s, in, sizeof(in) - 1, &used),
	    SMTP_EV_RCPT);
	ATF_CHECK_STREQ(ses.s.from, "Foo@b.example");
	ATF_CHECK_STREQ(ses.s.rcpt, "MixTasy@mix.example");
}

ATF_TC_WITHOUT_HEAD(server_refuses_a_session_at_the_greeting);
ATF_TC_BODY(server_refuses_a_session_at_the_greeting, tc)
{
	static struct session	ses;
	size_t			used;

	smtp_server_init_refused(&ses.s, "mix.example", 421, "too many");
	flush(&ses);
	ATF_CHECK_STREQ(ses.full, "421 mix.example too many\r\n421");
	ATF_CHECK_EQ(smtp_server_input(&ses.s, "EHLO c\r\n", 8, &used),
	    SMTP_EV_CLOSE);
	ATF_CHECK_EQ(used, 8);
}

ATF_TC_WITHOUT_HEAD(server_closes_in_every_state);
ATF_TC_BODY(server_closes_in_every_state, tc)
{
	static struct session	ses;
	int			from;
	size_t			used;

	for (from = FRESH; from <= TEXT; from++) {
		begin(&ses, (enum dialogue_start)from);
		smtp_server_close(&ses.s, "time\r\n250 is up");
		smtp_server_close(&ses.s, "again");
		flush(&ses);
		ATF_CHECK_STREQ(ses.full,
		    "421 4.7.0 mix.example time??250 is up\r\n421/4.7.0");
		ATF_CHECK_EQ(smtp_server_input(&ses.s, NULL, 0, &used),
		    SMTP_EV_CLOSE);
	}
}

ATF_TC_WITHOUT_HEAD(server_bears_long_names_and_texts);
ATF_TC_BODY(server_bears_long_names_and_texts, tc)
{
	static struct session	ses;
	char			name[400], text[2000];

	memset(name, 'h', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	memset(text, 't', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	smtp_server_init(&ses.s, name, &limits, 1);
	ATF_REQUIRE(feed(&ses, "EHLO c\r\nMAIL FROM:<>\r\n", 22));
	ses.s.limits.errors = 1;
	ATF_REQUIRE(feed(&ses, "RCPT TO:<postmaster>\r\n", 21));
	ses.s.state = SMTP_ST_RCPT_WAIT;
	smtp_server_rcpt(&ses.s, 550, "5.1.1", text);
	smtp_server_close(&ses.s, text);
	flush(&ses);
	ATF_CHECK(strstr(ses.out, "550/5.1.1 421/4.7.0") != NULL);
}

ATF_TC_WITHOUT_HEAD(server_answers_an_impossible_code_with_451);
ATF_TC_BODY(server_answers_an_impossible_code_with_451, tc)
{
	static struct session	ses;
	size_t			used;

	begin(&ses, RCPT);
	ATF_REQUIRE_EQ(smtp_server_input(&ses.s, "DATA\r\n", 6, &used),
	    SMTP_EV_DATA);
	smtp_server_data(&ses.s, 250, "2.0.0", "no such answer");
	flush(&ses);
	ATF_CHECK_STREQ(ses.out, "451/4.3.0");
	begin(&ses, TEXT);
	ATF_REQUIRE_EQ(smtp_server_input(&ses.s, ".\r\n", 3, &used),
	    SMTP_EV_DONE);
	smtp_server_done(&ses.s, 0, NULL, NULL);
	flush(&ses);
	ATF_CHECK_STREQ(ses.out, "451/4.3.0");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, server_holds_good_dialogues);
	ATF_TP_ADD_TC(tp, server_answers_malformed_dialogues);
	ATF_TP_ADD_TC(tp, server_is_not_smuggled_by);
	ATF_TP_ADD_TC(tp, server_ends_a_text_at_crlf_dot_crlf_alone);
	ATF_TP_ADD_TC(tp, server_tells_what_is_wrong_with_a_text);
	ATF_TP_ADD_TC(tp, server_refuses_text_lines_over_1000_octets);
	ATF_TP_ADD_TC(tp, server_stops_taking_commands_when_replies_pile_up);
	ATF_TP_ADD_TC(tp, server_takes_nothing_while_it_waits_for_an_answer);
	ATF_TP_ADD_TC(tp, server_drops_what_lies_behind_starttls);
	ATF_TP_ADD_TC(tp, server_never_echoes_the_client);
	ATF_TP_ADD_TC(tp, server_announces_what_it_can);
	ATF_TP_ADD_TC(tp, server_keeps_sender_and_recipient);
	ATF_TP_ADD_TC(tp, server_refuses_a_session_at_the_greeting);
	ATF_TP_ADD_TC(tp, server_closes_in_every_state);
	ATF_TP_ADD_TC(tp, server_bears_long_names_and_texts);
	ATF_TP_ADD_TC(tp, server_answers_an_impossible_code_with_451);
	return atf_no_error();
}
