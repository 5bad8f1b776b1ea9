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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "smtp/client.h"

#include "submit.h"
#include "wire.h"

/*
 * What EHLO says: the same for all senders, as the name of the sender's host is
 * nobody's business.
 */
#define EHLO_NAME	"localhost"

struct session {
	const struct mixmail_conf *conf;
	const struct submit_source *source;
	const struct sealed	*message;	/* under way; NULL: none */
	int			 ended;		/* the source has no more */
	size_t			 taken;		/* on this connection */
	struct smtp_client	 client;
	struct wire		 wire;
	char			 in[4096];	/* read, not yet taken */
	size_t			 in_len;
	enum submit_error	 error;
	char			*why;
	size_t			 whylen;
};

static enum smtp_tls_wish
wish(const struct mixmail_conf *conf)
{
	switch (conf->tls) {
	case CONF_TLS_OFF:
		return SMTP_TLS_OFF;
	case CONF_TLS_OPPORTUNISTIC:
		return SMTP_TLS_OPPORTUNISTIC;
	default:
		return SMTP_TLS_REQUIRE;
	}
}

static void
note(struct session *s, enum submit_error error, int code, const char *text)
{
	s->error = error;
	if (code != 0)
		snprintf(s->why, s->whylen, "the server %s said: %d %s",
		    s->conf->host, code, text);
	else
		snprintf(s->why, s->whylen, "the server %s: %s",
		    s->conf->host, text);
}

static void
note_result(struct session *s)
{
	const struct smtp_client_result *result = &s->client.result;

	note(s, result->outcome == SMTP_PERMFAIL ? SUBMIT_REFUSED :
	    SUBMIT_LATER, result->code, result->text);
}

static void
broken(struct session *s)
{
	smtp_client_broken(&s->client, s->wire.why);
}

static void
read_more(struct session *s)
{
	ssize_t n;

	n = wire_read(&s->wire, s->in, sizeof(s->in));
	if (n > 0)
		s->in_len = (size_t)n;
	else {
		if (n == 0)
			strlcpy(s->wire.why, "it closed the connection",
			    sizeof(s->wire.why));
		broken(s);
	}
}

static void
write_commands(struct session *s)
{
	size_t len = s->client.out_len;

	if (wire_write(&s->wire, s->client.out, len) == -1)
		broken(s);
	else
		smtp_client_sent(&s->client, len);
}

static void
start_tls(struct session *s)
{
	s->in_len = 0;
	if (wire_tls(&s->wire, s->conf->host, s->conf->tls == CONF_TLS_VERIFY,
	    s->conf->ca_file) == -1)
		broken(s);
	else
		smtp_client_tls(&s->client);
}

/* One that the server didn't take before the connection ended comes first. */
static void
find_message(struct session *s)
{
	if (s->message != NULL || s->ended)
		return;
	switch (s->source->next(s->source->arg, &s->message)) {
	case 0:
		s->ended = 1;
		break;
	case -1:
		s->message = NULL;
		s->error = SUBMIT_LATER;
		strlcpy(s->why, "out of memory", s->whylen);
		break;
	}
}

static void
begin_message(struct session *s)
{
	if (s->error == SUBMIT_OK)
		find_message(s);
	if (s->error != SUBMIT_OK || s->message == NULL)
		smtp_client_quit(&s->client);
	else
		smtp_client_mail(&s->client, s->conf->from, s->message->first,
		    s->message->len, 0);
}

static void
send_text(struct session *s)
{
	const struct sealed *message = s->message;
	char *out;
	size_t len;

	if ((out = malloc(MAIL_LINES_OUT(message->len))) == NULL) {
		strlcpy(s->wire.why, "out of memory", sizeof(s->wire.why));
		broken(s);
		return;
	}
	len = smtp_client_text(&s->client, message->text, message->len, out);
	if (wire_write(&s->wire, out, len) == -1)
		broken(s);
	else
		smtp_client_text_end(&s->client);
	free(out);
}

static void
take_result(struct session *s)
{
	if (s->client.result.outcome != SMTP_DELIVERED) {
		note_result(s);
		return;
	}
	s->message = NULL;
	s->taken++;
	s->source->taken(s->source->arg);
}

/* Does what the state machine asks for; 0 at the end. */
static int
step(struct session *s)
{
	enum smtp_action action;
	size_t used;

	action = smtp_client_input(&s->client, s->in, s->in_len, &used);
	memmove(s->in, s->in + used, s->in_len - used);
	s->in_len -= used;
	switch (action) {
	case SMTP_CL_READ:
		read_more(s);
		return 1;
	case SMTP_CL_WRITE:
		write_commands(s);
		return 1;
	case SMTP_CL_STARTTLS:
		start_tls(s);
		return 1;
	case SMTP_CL_READY:
		begin_message(s);
		return 1;
	case SMTP_CL_DATA:
		send_text(s);
		return 1;
	case SMTP_CL_RESULT:
		take_result(s);
		return 1;
	default:
		return 0;
	}
}

/* Sends what there is, over one connection. */
static void
talk(struct session *s)
{
	s->error = SUBMIT_OK;
	s->taken = 0;
	s->in_len = 0;
	if (wire_connect(&s->wire, s->conf->host, s->conf->port,
	    s->conf->timeout) == -1)
		note(s, SUBMIT_LATER, 0, s->wire.why);
	else {
		smtp_client_init(&s->client, EHLO_NAME, wish(s->conf));
		while (step(s))
			continue;
		if (s->error == SUBMIT_OK)
			find_message(s);
		if (s->error == SUBMIT_OK && s->message != NULL)
			note_result(s);
	}
	wire_close(&s->wire);
}

/*
 * Whether the connection ended while it went well: many servers take only so
 * many mails on one.  The message that was under way can go again: it is the
 * same to the octet, and a mix takes it once.
 */
static int
may_go_on(const struct session *s)
{
	const struct smtp_client_result *result = &s->client.result;

	return s->error == SUBMIT_LATER && s->message != NULL &&
	    s->taken > 0 && (result->outcome == SMTP_DELIVERED ||
	    (result->outcome == SMTP_TEMPFAIL &&
	    (result->code == 0 || result->code == 421)));
}

enum submit_error
submit(const struct mixmail_conf *conf, const struct submit_source *source,
    char *why, size_t whylen)
{
	struct session *s;
	enum submit_error error;

	why[0] = '\0';
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		strlcpy(why, "out of memory", whylen);
		return SUBMIT_LATER;
	}
	s->conf = conf;
	s->source = source;
	s->why = why;
	s->whylen = whylen;
	do
		talk(s);
	while (may_go_on(s));
	error = s->error;
	free(s);
	return error;
}
