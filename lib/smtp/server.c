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

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "smtp/server.h"
#include "smtp/server_command.h"
#include "smtp/server_text.h"

/*
 * A command is taken only with this much room for replies: enough for the
 * longest that one command and all that may follow it before the next can
 * cause (354, the answer to the text, two times 421).
 */
#define REPLY_ROOM	2048

static void	reply_line(struct smtp_server *, const char *, ...)
		    __attribute__((__format__(__printf__, 2, 3)));

static int
room_for_replies(const struct smtp_server *s)
{
	return sizeof(s->reply) - s->reply_len >= REPLY_ROOM;
}

/* Adds one line; what isn't printable in it becomes a question mark. */
static void
reply_line(struct smtp_server *s, const char *fmt, ...)
{
	char	line[SMTP_LINE_MAX - 1];
	size_t	n, i;
	va_list	ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	n = strlen(line);
	if (n + 2 > sizeof(s->reply) - s->reply_len) {
		s->state = SMTP_ST_CLOSED;
		return;
	}
	for (i = 0; i < n; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?';
	memcpy(s->reply + s->reply_len, line, n);
	memcpy(s->reply + s->reply_len + n, "\r\n", 2);
	s->reply_len += n + 2;
}

static void
close_with_421(struct smtp_server *s, const char *text)
{
	reply_line(s, "421 4.7.0 %.255s %.200s", s->hostname, text);
	s->state = SMTP_ST_CLOSED;
}

/* One reply with its RFC 3463 status; errors are counted here and only here. */
static void
reply(struct smtp_server *s, int code, const char *status, const char *text)
{
	reply_line(s, "%d %.9s %.200s", code, status, text);
	if (code < 400)
		return;
	s->nerrors++;
	if (code == 421)
		s->state = SMTP_ST_CLOSED;
	else if (s->limits.errors > 0 && s->nerrors >= s->limits.errors)
		close_with_421(s, "too many errors");
}

static enum smtp_event
answer(struct smtp_server *s, int code, const char *status, const char *text)
{
	reply(s, code, status, text);
	return SMTP_EV_NEED;
}

static void
forget_line(struct smtp_server *s)
{
	s->line_len = 0;
	s->line_overlong = 0;
	s->last_cr = 0;
}

static int
in_transaction(const struct smtp_server *s)
{
	return s->state == SMTP_ST_MAIL || s->state == SMTP_ST_RCPT;
}

static enum smtp_event
reset_transaction(struct smtp_server *s)
{
	int	open = in_transaction(s);

	s->from[0] = s->rcpt[0] = '\0';
	s->nrcpt = 0;
	if (s->state != SMTP_ST_GREET)
		s->state = SMTP_ST_READY;
	return open ? SMTP_EV_RESET : SMTP_EV_NEED;
}

void
smtp_server_init(struct smtp_server *s, const char *hostname,
    const struct smtp_server_limits *limits, int tls_offered)
{
	memset(s, 0, sizeof(*s));
	s->hostname = hostname;
	s->limits = *limits;
	s->tls_offered = tls_offered;
	s->state = SMTP_ST_GREET;
	reply_line(s, "220 %.255s ESMTP", hostname);
}

void
smtp_server_init_refused(struct smtp_server *s, const char *hostname,
    int code, const char *text)
{
	memset(s, 0, sizeof(*s));
	s->hostname = hostname;
	s->state = SMTP_ST_CLOSED;
	reply_line(s, "%d %.255s %.200s", code == 554 ? 554 : 421, hostname,
	    text);
}

static enum smtp_event
run_unknown(struct smtp_server *s, const struct smtp_command *cmd)
{
	(void)cmd;
	return answer(s, 500, "5.5.1", "command unknown");
}

static enum smtp_event
run_garbage(struct smtp_server *s, const struct smtp_command *cmd)
{
	(void)cmd;
	return answer(s, 500, "5.5.2", "that is no command");
}

/* A web page can make a browser send a form here with a mail inside. */
static enum smtp_event
run_http(struct smtp_server *s, const struct smtp_command *cmd)
{
	(void)cmd;
	reply(s, 500, "5.5.1", "this is no web server");
	s->state = SMTP_ST_CLOSED;
	return SMTP_EV_CLOSE;
}

static enum smtp_event
run_unsupported(struct smtp_server *s, const struct smtp_command *cmd)
{
	(void)cmd;
	return answer(s, 502, "5.5.1", "command not implemented");
}

/* RFC 5321 section 4.1.1.1: both drop what was begun. */
static int
greet(struct smtp_server *s, const struct smtp_command *cmd, int esmtp,
    enum smtp_event *ev)
{
	if (!smtp_command_helo_valid(cmd->arg, cmd->arg_len)) {
		*ev = answer(s, 501, "5.5.4", "a host name is needed");
		return -1;
	}
	*ev = reset_transaction(s);
	s->state = SMTP_ST_READY;
	s->esmtp = esmtp;
	return 0;
}

static enum smtp_event
run_helo(struct smtp_server *s, const struct smtp_command *cmd)
{
	enum smtp_event	ev;

	if (greet(s, cmd, 0, &ev) == 0)
		reply_line(s, "250 %.255s", s->hostname);
	return ev;
}

static enum smtp_event
run_ehlo(struct smtp_server *s, const struct smtp_command *cmd)
{
	enum smtp_event	ev;

	if (greet(s, cmd, 1, &ev) == -1)
		return ev;
	reply_line(s, "250-%.255s", s->hostname);
	reply_line(s, "250-PIPELINING");
	reply_line(s, "250-SIZE %zu", s->limits.message_size);
	reply_line(s, "250-8BITMIME");
	if (s->tls_offered && !s->tls_active)
		reply_line(s, "250-STARTTLS");
	reply_line(s, "250 ENHANCEDSTATUSCODES");
	return ev;
}

static enum smtp_event
answer_syntax(struct smtp_server *s, enum smtp_syntax e,
    const char *address_status)
{
	switch (e) {
	case SMTP_SYNTAX_ADDRESS:
		return answer(s, 501, address_status, "that is no mailbox");
	case SMTP_SYNTAX_ROUTE:
		return answer(s, 550, address_status,
		    "source routes are not supported");
	case SMTP_SYNTAX_PARAMETER:
		return answer(s, 501, "5.5.4", "wrong value of a parameter");
	case SMTP_SYNTAX_UNKNOWN_PARAMETER:
		return answer(s, 555, "5.5.4", "parameter not supported");
	default:
		return answer(s, 501, "5.5.4", "syntax error");
	}
}

static enum smtp_event
run_mail(struct smtp_server *s, const struct smtp_command *cmd)
{
	struct smtp_mail_args	args;
	enum smtp_syntax	e;

	if (s->state == SMTP_ST_GREET)
		return answer(s, 503, "5.5.1", "say EHLO first");
	if (in_transaction(s))
		return answer(s, 503, "5.5.1", "a mail has been begun");
	if (s->limits.transactions > 0 &&
	    s->ntransactions >= s->limits.transactions) {
		close_with_421(s, "enough mails on this connection");
		return SMTP_EV_CLOSE;
	}
	e = smtp_command_mail(cmd->arg, cmd->arg_len, &args);
	if (e == SMTP_SYNTAX_OK && args.nparameters > 0 && !s->esmtp)
		e = SMTP_SYNTAX_UNKNOWN_PARAMETER;
	if (e != SMTP_SYNTAX_OK)
		return answer_syntax(s, e, "5.1.7");
	if (args.has_size && s->limits.message_size > 0 &&
	    args.size > s->limits.message_size)
		return answer(s, 552, "5.3.4", "message too large");
	memcpy(s->from, args.from, sizeof(s->from));
	s->ntransactions++;
	s->nrcpt = 0;
	s->state = SMTP_ST_MAIL;
	return answer(s, 250, "2.1.0", "sender ok");
}

static enum smtp_event
run_rcpt(struct smtp_server *s, const struct smtp_command *cmd)
{
	enum smtp_syntax	e;

	if (!in_transaction(s))
		return answer(s, 503, "5.5.1", "MAIL comes first");
	if (s->limits.recipients > 0 && s->nrcpt >= s->limits.recipients)
		return answer(s, 452, "4.5.3", "too many recipients");
	e = smtp_command_rcpt(cmd->arg, cmd->arg_len, s->rcpt);
	if (e != SMTP_SYNTAX_OK)
		return answer_syntax(s, e, "5.1.3");
	s->state = SMTP_ST_RCPT_WAIT;
	return SMTP_EV_RCPT;
}

static enum smtp_event
run_data(struct smtp_server *s, const struct smtp_command *cmd)
{
	if (cmd->arg_len > 0)
		return answer(s, 501, "5.5.4", "no parameters allowed");
	if (s->state == SMTP_ST_MAIL)
		return answer(s, 554, "5.5.1", "no valid recipients");
	if (s->state != SMTP_ST_RCPT)
		return answer(s, 503, "5.5.1", "MAIL and RCPT come first");
	s->state = SMTP_ST_DATA_WAIT;
	return SMTP_EV_DATA;
}

static enum smtp_event
run_rset(struct smtp_server *s, const struct smtp_command *cmd)
{
	if (cmd->arg_len > 0)
		return answer(s, 501, "5.5.4", "no parameters allowed");
	reply(s, 250, "2.0.0", "ok");
	return reset_transaction(s);
}

static enum smtp_event
run_noop(struct smtp_server *s, const struct smtp_command *cmd)
{
	(void)cmd;
	return answer(s, 250, "2.0.0", "ok");
}

static enum smtp_event
run_quit(struct smtp_server *s, const struct smtp_command *cmd)
{
	if (cmd->arg_len > 0)
		return answer(s, 501, "5.5.4", "no parameters allowed");
	reply(s, 221, "2.0.0", "bye");
	s->state = SMTP_ST_CLOSED;
	return SMTP_EV_CLOSE;
}

static enum smtp_event
run_help(struct smtp_server *s, const struct smtp_command *cmd)
{
	(void)cmd;
	return answer(s, 214, "2.0.0", "see RFC 5321");
}

static enum smtp_event
run_vrfy(struct smtp_server *s, const struct smtp_command *cmd)
{
	if (cmd->arg_len == 0)
		return answer(s, 501, "5.5.4", "a mailbox is needed");
	return answer(s, 252, "2.5.2", "send mail and see");
}

static enum smtp_event
run_starttls(struct smtp_server *s, const struct smtp_command *cmd)
{
	if (cmd->arg_len > 0)
		return answer(s, 501, "5.5.4", "no parameters allowed");
	if (s->tls_active)
		return answer(s, 503, "5.5.1", "TLS is active");
	if (!s->tls_offered)
		return answer(s, 454, "4.7.0", "TLS not available");
	if (s->state != SMTP_ST_READY || !s->esmtp)
		return answer(s, 503, "5.5.1", "only after EHLO, before MAIL");
	reply(s, 220, "2.0.0", "ready to start TLS");
	s->state = SMTP_ST_TLS_WAIT;
	return SMTP_EV_STARTTLS;
}

static enum smtp_event (*const runners[SMTP_VERB_COUNT])(struct smtp_server *,
    const struct smtp_command *) = {
	[SMTP_VERB_UNKNOWN] = run_unknown,
	[SMTP_VERB_GARBAGE] = run_garbage,
	[SMTP_VERB_HTTP] = run_http,
	[SMTP_VERB_UNSUPPORTED] = run_unsupported,
	[SMTP_VERB_HELO] = run_helo,
	[SMTP_VERB_EHLO] = run_ehlo,
	[SMTP_VERB_MAIL] = run_mail,
	[SMTP_VERB_RCPT] = run_rcpt,
	[SMTP_VERB_DATA] = run_data,
	[SMTP_VERB_RSET] = run_rset,
	[SMTP_VERB_NOOP] = run_noop,
	[SMTP_VERB_QUIT] = run_quit,
	[SMTP_VERB_HELP] = run_help,
	[SMTP_VERB_VRFY] = run_vrfy,
	[SMTP_VERB_STARTTLS] = run_starttls
};

/* The line buffer holds a command line without CRLF: runs it. */
static enum smtp_event
run_line(struct smtp_server *s)
{
	struct smtp_command	cmd;
	enum smtp_event		ev;

	if (s->limits.commands > 0 && s->ncommands >= s->limits.commands) {
		close_with_421(s, "too many commands");
		return SMTP_EV_CLOSE;
	}
	s->ncommands++;
	if (s->line_overlong) {
		ev = answer(s, 500, "5.5.2", "line too long");
	} else {
		smtp_command_parse(s->line, s->line_len, &cmd);
		ev = runners[cmd.verb](s, &cmd);
	}
	forget_line(s);
	return s->state == SMTP_ST_CLOSED ? SMTP_EV_CLOSE : ev;
}

static void
command_octet(struct smtp_server *s, char c)
{
	s->last_cr = c == '\r';
	if (s->last_cr)
		return;
	if (s->line_len < SMTP_LINE_MAX - 2)
		s->line[s->line_len++] = c;
	else
		s->line_overlong = 1;
}

static enum smtp_event
command_input(struct smtp_server *s, const char *buf, size_t len,
    size_t *used)
{
	enum smtp_event	ev;

	while (*used < len) {
		if (smtp_text_is_bare(s, buf[*used])) {
			reply(s, 500, "5.5.2", "lines end in CR LF");
			s->state = SMTP_ST_CLOSED;
			*used = len;
			return SMTP_EV_CLOSE;
		}
		if (buf[*used] != '\n') {
			command_octet(s, buf[(*used)++]);
			continue;
		}
		if (!room_for_replies(s))
			return SMTP_EV_REPLY;
		(*used)++;
		ev = run_line(s);
		if (ev == SMTP_EV_STARTTLS || ev == SMTP_EV_CLOSE)
			*used = len;
		if (ev != SMTP_EV_NEED)
			return ev;
	}
	return SMTP_EV_NEED;
}

enum smtp_event
smtp_server_input(struct smtp_server *s, const char *buf, size_t len,
    size_t *used)
{
	*used = 0;
	switch (s->state) {
	case SMTP_ST_CLOSED:
		*used = len;
		return SMTP_EV_CLOSE;
	case SMTP_ST_TLS_WAIT:
		*used = len;
		return SMTP_EV_NEED;
	case SMTP_ST_RCPT_WAIT:
	case SMTP_ST_DATA_WAIT:
	case SMTP_ST_DONE_WAIT:
		return SMTP_EV_NEED;
	case SMTP_ST_TEXT:
		return smtp_text_input(s, buf, len, used);
	default:
		return command_input(s, buf, len, used);
	}
}

/* An answer that neither accepts nor refuses is the caller's mistake: 451. */
static void
refuse(struct smtp_server *s, int code, const char *status, const char *text)
{
	if (code < 400 || code > 599) {
		code = 451;
		status = "4.3.0";
		text = NULL;
	}
	if (status == NULL)
		status = code < 500 ? "4.0.0" : "5.0.0";
	if (text == NULL)
		text = code < 500 ? "try again later" : "refused";
	reply(s, code, status, text);
}

void
smtp_server_rcpt(struct smtp_server *s, int code, const char *status,
    const char *text)
{
	if (s->state != SMTP_ST_RCPT_WAIT)
		return;
	if (code == 250) {
		s->nrcpt++;
		s->state = SMTP_ST_RCPT;
		reply(s, 250, status != NULL ? status : "2.1.5",
		    text != NULL ? text : "recipient ok");
		return;
	}
	s->state = s->nrcpt > 0 ? SMTP_ST_RCPT : SMTP_ST_MAIL;
	refuse(s, code, status, text);
}

void
smtp_server_data(struct smtp_server *s, int code, const char *status,
    const char *text)
{
	if (s->state != SMTP_ST_DATA_WAIT)
		return;
	if (code == 354) {
		s->state = SMTP_ST_TEXT;
		smtp_text_forget(s);
		/* RFC 2034 section 4: no status with 3xx. */
		reply_line(s, "354 %.200s",
		    text != NULL ? text : "end with a dot alone");
		return;
	}
	s->state = SMTP_ST_RCPT;
	refuse(s, code, status, text);
}

void
smtp_server_done(struct smtp_server *s, int code, const char *status,
    const char *text)
{
	const char	*fault_status, *fault_text;
	int		 fault;

	if (s->state != SMTP_ST_DONE_WAIT)
		return;
	fault = smtp_server_text_fault(s, &fault_status, &fault_text);
	smtp_text_forget(s);
	(void)reset_transaction(s);
	s->ncommands = 0;
	if (fault != 0 && code < 400)
		refuse(s, fault, fault_status, fault_text);
	else if (code == 250)
		reply(s, 250, status != NULL ? status : "2.0.0",
		    text != NULL ? text : "message taken");
	else
		refuse(s, code, status, text);
}

void
smtp_server_tls(struct smtp_server *s)
{
	if (s->state != SMTP_ST_TLS_WAIT)
		return;
	s->tls_active = 1;
	s->esmtp = 0;
	smtp_text_forget(s);
	(void)reset_transaction(s);
	s->state = SMTP_ST_GREET;
}

void
smtp_server_close(struct smtp_server *s, const char *text)
{
	if (s->state != SMTP_ST_CLOSED)
		close_with_421(s, text);
}

void
smtp_server_sent(struct smtp_server *s, size_t n)
{
	if (n > s->reply_len)
		n = s->reply_len;
	memmove(s->reply, s->reply + n, s->reply_len - n);
	s->reply_len -= n;
}
