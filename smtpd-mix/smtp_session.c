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

#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "log.h"
#include "smtp/server.h"
#include "smtp_mail.h"
#include "smtp_session.h"
#include "tls_io.h"

#define OUT_MAX		8192

enum session_state {
	SESSION_RUN,
	SESSION_CREDIT,		/* DATA waits for a credit */
	SESSION_PIECE,		/* so does a piece of a mail ... */
	SESSION_END,		/* ... and its last one */
	SESSION_COMMIT,		/* the queue has to answer */
	SESSION_TLS_REPLY,	/* what answers STARTTLS is being sent */
	SESSION_TLS,		/* handshake */
	SESSION_CLOSING,	/* the last reply is being sent */
	SESSION_DEAD
};

struct smtp_session {
	struct smtp_host	*host;
	struct smtp_peer	 peer;
	struct tls_io		 io;
	struct smtp_server	 server;
	struct smtp_mail	 mail;
	enum smtp_mail_kind	 kind;		/* of the recipient */
	enum session_state	 state;
	struct event		 wake;
	struct smtp_waiter	 waiter;
	struct smtp_holder	 holder;	/* while its text comes */
	time_t			 text_end;	/* its text must be there by */
	int			 progress;	/* the timer begins anew */
};

static void	run(struct smtp_session *);

static void
count_answer(struct smtp_session *s, int code)
{
	if (code == 250)
		s->host->status.accepted++;
	else if (code >= 500)
		s->host->status.rejected++;
	else
		s->host->status.tempfailed++;
}

static void
change(struct smtp_session *s, enum session_state state)
{
	s->state = state;
	s->progress = 1;
}

static void
got_rcpt(struct smtp_session *s)
{
	const struct proto_conf_global *conf = &s->host->conf;
	enum smtp_mail_kind kind = smtp_mail_kind_of(conf, s->server.rcpt);

	if (kind == SMTP_MAIL_NONE) {
		s->host->status.rejected++;
		smtp_server_rcpt(&s->server, 550, "5.7.1",
		    "this is a mix, and no relay");
	} else if (kind == SMTP_MAIL_POSTMASTER &&
	    conf->postmaster_via == CONF_VIA_NONE) {
		s->host->status.rejected++;
		smtp_server_rcpt(&s->server, 550, "5.1.1",
		    "no such mailbox");
	} else if (s->kind != SMTP_MAIL_NONE) {
		smtp_server_rcpt(&s->server, 452, "4.5.3",
		    "one recipient a mail");
	} else {
		s->kind = kind;
		smtp_server_rcpt(&s->server, 250, NULL, NULL);
	}
}

/* RFC 5321 section 4.4; a mix message gets none: it would only tell. */
static void
add_received(struct smtp_session *s)
{
	char line[PROTO_HOST_MAX + 256], date[64];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (gmtime_r(&now, &tm) == NULL || strftime(date, sizeof(date),
	    "%a, %d %b %Y %H:%M:%S +0000", &tm) == 0)
		return;
	n = snprintf(line, sizeof(line),
	    "Received: from %s (%s)\r\n\tby %s with %s;\r\n\t%s\r\n",
	    s->peer.literal, s->peer.literal, s->host->conf.hostname,
	    s->server.tls_active ? "ESMTPS" :
	    s->server.esmtp ? "ESMTP" : "SMTP", date);
	if (n > 0 && (size_t)n < sizeof(line))
		smtp_mail_text(&s->mail, line, (size_t)n);
}

/* A credit was taken: the client may send its text. */
static void
begin_text(struct smtp_session *s)
{
	smtp_mail_begin(&s->mail, s->host, s->kind, s->host->txn(s));
	s->mail.null_sender = s->server.from[0] == '\0';
	if (s->kind == SMTP_MAIL_POSTMASTER)
		add_received(s);
	s->text_end = clock_monotonic() + SMTP_TEXT_TIME;
	smtp_credits_hold(&s->host->credits, &s->holder, clock_monotonic());
	smtp_server_data(&s->server, 354, NULL, NULL);
	change(s, SESSION_RUN);
}

static void
refuse_data(struct smtp_session *s)
{
	s->host->status.tempfailed++;
	smtp_server_data(&s->server, 452, "4.3.1",
	    "no room for a mail, try again later");
	change(s, SESSION_RUN);
}

static void
wait_for_credit(struct smtp_session *s, enum session_state state)
{
	smtp_credits_wait(&s->host->credits, &s->waiter);
	smtp_credits_press(&s->host->credits, clock_monotonic());
	change(s, state);
}

static void
got_data(struct smtp_session *s)
{
	if (smtp_credits_take(&s->host->credits))
		begin_text(s);
	else if (s->host->credits.full)
		refuse_data(s);
	else
		wait_for_credit(s, SESSION_CREDIT);
}

static void
got_text(struct smtp_session *s)
{
	smtp_mail_text(&s->mail, s->server.text, s->server.text_len);
	if (!smtp_mail_wants_credit(&s->mail))
		return;
	if (smtp_credits_take(&s->host->credits))
		smtp_mail_send_piece(&s->mail);
	else if (s->host->credits.full)
		smtp_mail_fail(&s->mail);
	else
		wait_for_credit(s, SESSION_PIECE);
}

static void
answer_text(struct smtp_session *s, int code, const char *status,
    const char *text)
{
	smtp_credits_let_go(&s->host->credits, &s->holder);
	s->kind = SMTP_MAIL_NONE;
	s->text_end = 0;
	smtp_server_done(&s->server, code, status, text);
	change(s, SESSION_RUN);
}

static void
answer_mail(struct smtp_session *s, int code, const char *status,
    const char *text)
{
	count_answer(s, code);
	answer_text(s, code, status, text);
}

/* The text is complete, and the credits are there. */
static void
end_mail(struct smtp_session *s)
{
	struct smtp_mail_answer answer;

	smtp_credits_let_go(&s->host->credits, &s->holder);
	if (smtp_mail_end(&s->mail, &answer))
		change(s, SESSION_COMMIT);
	else if (answer.code == 250)
		/* A report: no message came in. */
		answer_text(s, answer.code, answer.status, answer.text);
	else
		answer_mail(s, answer.code, answer.status, answer.text);
}

static void
give_up_mail(struct smtp_session *s)
{
	smtp_mail_drop(&s->mail);
	answer_mail(s, 452, "4.3.1", "no room for the mail, try again later");
}

static void
got_end(struct smtp_session *s)
{
	const char *status, *text;
	int code = smtp_server_text_fault(&s->server, &status, &text);

	if (code != 0) {
		smtp_mail_drop(&s->mail);
		answer_mail(s, code, status, text);
	} else if (!smtp_mail_end_wants_credit(&s->mail) ||
	    smtp_credits_take(&s->host->credits))
		end_mail(s);
	else if (s->host->credits.full)
		give_up_mail(s);
	else
		wait_for_credit(s, SESSION_END);
}

static void
forget_transaction(struct smtp_session *s)
{
	smtp_credits_let_go(&s->host->credits, &s->holder);
	smtp_mail_drop(&s->mail);
	s->kind = SMTP_MAIL_NONE;
	s->text_end = 0;
}

static void
handle(struct smtp_session *s, enum smtp_event ev)
{
	switch (ev) {
	case SMTP_EV_RCPT:
		got_rcpt(s);
		break;
	case SMTP_EV_DATA:
		got_data(s);
		break;
	case SMTP_EV_TEXT:
		got_text(s);
		break;
	case SMTP_EV_DONE:
		got_end(s);
		break;
	case SMTP_EV_RESET:
		forget_transaction(s);
		break;
	case SMTP_EV_STARTTLS:
		change(s, SESSION_TLS_REPLY);
		break;
	case SMTP_EV_CLOSE:
	case SMTP_EV_NEED:
	case SMTP_EV_REPLY:
		break;
	}
}

static void
send_replies(struct smtp_session *s)
{
	size_t n;

	n = tls_io_write(&s->io, s->server.reply, s->server.reply_len);
	smtp_server_sent(&s->server, n);
}

static int
all_sent(const struct smtp_session *s)
{
	return (s->server.reply_len == 0 && tls_io_unsent(&s->io) == 0);
}

/* Gives what has come to the state machine while it takes it. */
static void
take_input(struct smtp_session *s)
{
	enum smtp_event ev;
	const char *buf;
	size_t len, used, replies;

	while (s->state == SESSION_RUN) {
		buf = tls_io_peek(&s->io, &len);
		if (len == 0)
			return;
		replies = s->server.reply_len;
		ev = smtp_server_input(&s->server, buf, len, &used);
		/* Text points into the buffer: used up after handling. */
		handle(s, ev);
		tls_io_take(&s->io, used);
		if (ev != SMTP_EV_NEED || s->server.reply_len != replies)
			s->progress = 1;
		send_replies(s);
		if (s->server.state == SMTP_ST_CLOSED ||
		    (ev == SMTP_EV_REPLY && s->server.reply_len > 0) ||
		    (ev == SMTP_EV_NEED && used == 0))
			return;
	}
}

static void
begin_tls(struct smtp_session *s)
{
	if (s->host->tls == NULL ||
	    tls_io_accept(&s->io, s->host->tls) == -1) {
		s->host->status.tls_failed++;
		change(s, SESSION_DEAD);
		return;
	}
	change(s, SESSION_TLS);
}

/* A credit has come, or none will: goes on with what waited. */
static void
credit_came(struct smtp_session *s)
{
	int granted = smtp_credits_granted(&s->waiter);
	enum session_state state = s->state;

	if (!granted && s->waiter.waiting)
		return;
	if (state == SESSION_CREDIT) {
		if (granted)
			begin_text(s);
		else
			refuse_data(s);
	} else if (state == SESSION_PIECE) {
		if (granted)
			smtp_mail_send_piece(&s->mail);
		else
			smtp_mail_fail(&s->mail);
		change(s, SESSION_RUN);
	} else if (granted)
		end_mail(s);
	else
		give_up_mail(s);
}

/* How long the present state may last. */
static unsigned int
state_seconds(const struct smtp_session *s)
{
	unsigned int seconds = s->host->conf.timeout;
	time_t left;

	switch (s->state) {
	case SESSION_CREDIT:
	case SESSION_PIECE:
	case SESSION_END:
		return (SMTP_CREDIT_WAIT);
	case SESSION_COMMIT:
		return (SMTP_COMMIT_WAIT);
	case SESSION_CLOSING:
		return (SMTP_CLOSE_TIME);
	default:
		break;
	}
	if (seconds == 0)
		seconds = 300;
	if (s->text_end != 0) {
		left = s->text_end - clock_monotonic();
		if (left < 1)
			left = 1;
		if ((time_t)seconds > left)
			seconds = (unsigned int)left;
	}

	return (seconds);
}

static void
session_free(struct smtp_session *s)
{
	smtp_credits_leave(&s->host->credits, &s->waiter);
	forget_transaction(s);
	event_del(&s->wake);
	tls_io_close(&s->io);
	s->host->gone(s);
	freezero(s, sizeof(*s));
}

/* With nothing under way, a daemon that stops sends its clients away. */
static int
sent_away(const struct smtp_session *s)
{
	return (s->host->stopping && s->state != SESSION_COMMIT &&
	    s->state != SESSION_CLOSING && s->state != SESSION_DEAD);
}

static void
stop_session(struct smtp_session *s, const char *why)
{
	if (s->state == SESSION_TLS || s->state == SESSION_TLS_REPLY) {
		s->state = SESSION_DEAD;
		return;
	}
	smtp_credits_leave(&s->host->credits, &s->waiter);
	forget_transaction(s);
	smtp_server_close(&s->server, why);
	s->state = SESSION_RUN;
}

/* Does all that can be done now.  The session may be gone afterwards. */
static void
run(struct smtp_session *s)
{
	if (sent_away(s))
		stop_session(s, "the mix is going down");
	else if (s->holder.overdue)
		stop_session(s, "too slow while others wait");
	if (s->state == SESSION_CREDIT || s->state == SESSION_PIECE ||
	    s->state == SESSION_END)
		credit_came(s);
	send_replies(s);
	take_input(s);
	if (s->server.state == SMTP_ST_CLOSED && s->state != SESSION_DEAD &&
	    s->state != SESSION_CLOSING) {
		forget_transaction(s);
		change(s, SESSION_CLOSING);
	}
	send_replies(s);
	if (s->state == SESSION_TLS_REPLY && all_sent(s))
		begin_tls(s);
	if (s->state == SESSION_CLOSING && all_sent(s))
		s->state = SESSION_DEAD;
	if (s->state == SESSION_DEAD) {
		session_free(s);
		return;
	}
	tls_io_reading(&s->io, s->state == SESSION_RUN);
	if (s->progress)
		tls_io_timeout(&s->io, state_seconds(s));
	s->progress = 0;
}

static void
time_is_up(struct smtp_session *s)
{
	switch (s->state) {
	case SESSION_CREDIT:
	case SESSION_PIECE:
	case SESSION_END:
		smtp_credits_leave(&s->host->credits, &s->waiter);
		break;
	case SESSION_COMMIT:
		answer_mail(s, 451, "4.3.0", "not stored in time");
		break;
	case SESSION_RUN:
		smtp_server_close(&s->server, "too slow");
		break;
	default:
		s->state = SESSION_DEAD;
		break;
	}
}

static void
on_io(void *arg, enum tls_io_event what)
{
	struct smtp_session *s = arg;

	switch (what) {
	case TLS_IO_SECURED:
		s->host->status.tls++;
		smtp_server_tls(&s->server);
		change(s, SESSION_RUN);
		break;
	case TLS_IO_FAILED:
		if (s->state == SESSION_TLS)
			s->host->status.tls_failed++;
		log_debug("client: %s", tls_io_error(&s->io));
		/* FALLTHROUGH */
	case TLS_IO_EOF:
		s->state = SESSION_DEAD;
		break;
	case TLS_IO_TIMEOUT:
		if (s->state == SESSION_TLS)
			s->host->status.tls_failed++;
		time_is_up(s);
		break;
	default:
		break;
	}
	run(s);
}

static void
on_wake(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	run(arg);
}

struct smtp_session *
smtp_session_new(struct smtp_host *host, int fd, const struct smtp_peer *peer,
    int offer_tls)
{
	const struct proto_conf_global *conf = &host->conf;
	struct smtp_server_limits limits;
	struct smtp_session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	if (tls_io_open(&s->io, fd, 0, OUT_MAX, on_io, s) == -1) {
		free(s);
		return (NULL);
	}
	s->host = host;
	s->peer = *peer;
	limits.message_size = smtp_mail_size_limit(conf);
	limits.commands = conf->max_commands;
	limits.errors = conf->max_errors;
	limits.recipients = 0;
	limits.transactions = conf->max_transactions;
	smtp_server_init(&s->server, conf->hostname, &limits,
	    offer_tls && host->tls != NULL);
	evtimer_set(&s->wake, on_wake, s);
	s->waiter.wake = s->holder.wake = &s->wake;
	/* The greeting goes out from the loop: the host knows us by then. */
	s->progress = 1;
	event_active(&s->wake, EV_TIMEOUT, 1);

	return (s);
}

void
smtp_session_committed(struct smtp_session *s, int ok)
{
	if (s->state != SESSION_COMMIT) {
		/* A set may fail before its head is sent. */
		if (!ok)
			smtp_mail_fail(&s->mail);
		return;
	}
	if (ok)
		answer_mail(s, 250, "2.0.0", "message taken");
	else
		answer_mail(s, 451, "4.3.0", "not stored, try again later");
	event_active(&s->wake, EV_TIMEOUT, 1);
}

void
smtp_session_stop(struct smtp_session *s)
{
	event_active(&s->wake, EV_TIMEOUT, 1);
}

const struct smtp_peer *
smtp_session_peer(const struct smtp_session *s)
{
	return (&s->peer);
}
