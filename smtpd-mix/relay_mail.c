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

#include <event.h>
#include <stdio.h>
#include <string.h>

#include "compat/compat.h"
#include "exit_text.h"
#include "log.h"
#include "relay_conn_priv.h"
#include "spool/spool.h"

/* The mails of an outgoing connection. */

/* A text on its way into the connection's buffer; wiped at once. */
static struct relay_mail_env {
	char	wire[WIRE_MAX];
} env;

static int
is_set(const struct relay_job *job)
{
	return (job->body.set_total > 1);
}

int
relay_mail_last(const struct relay_job *job)
{
	return (!is_set(job) ||
	    job->body.set_index == job->body.set_total - 1);
}

void
relay_mail_note(struct relay_conn *c,
    const struct smtp_client_result *result)
{
	char *to = c->host->status.last_error;
	size_t size = sizeof(c->host->status.last_error);

	/* What a server says may name people: only its code is kept. */
	if (result->code != 0)
		snprintf(to, size, "the peer answered %d", result->code);
	else
		strlcpy(to, result->text, size);
}

static void
forget_text(struct relay_conn *c)
{
	explicit_bzero(c->text, c->text_len);
	c->text_len = 0;
}

/* The job leaves the connection. */
static void
settle(struct relay_conn *c, enum proto_outcome_kind outcome,
    enum proto_why why)
{
	struct relay_job *job = c->job;

	c->job = NULL;
	forget_text(c);
	c->host->outcome(c->dest, job, outcome, why);
}

static void
break_set(struct relay_conn *c)
{
	uint64_t set = c->set;

	c->set = 0;
	if (set != 0)
		c->host->set_broken(c->dest, set);
}

static void
say_mail(struct relay_conn *c)
{
	size_t size = exit_text_size(&c->job->body, c->text_len);
	int eight = c->set != 0 || exit_text_8bit(c->text, c->text_len);

	if (c->answered > 0)
		c->host->status.reused++;
	c->tried++;
	c->text_begun = 0;
	smtp_client_mail(&c->client, c->host->conf.address, c->job->rcpt,
	    size, eight);
}

int
relay_mail_begin(struct relay_conn *c)
{
	enum proto_outcome_kind outcome;

	for (;;) {
		if ((c->job = c->host->next(c->dest, 0)) == NULL)
			return (0);
		c->set = is_set(c->job) ? c->job->body.set : 0;
		c->set_next = c->job->body.set_index + 1;
		if (relay_text_make(c->host, c->job, c->text, &c->text_len,
		    &outcome) == 0)
			break;
		settle(c, outcome, PROTO_WHY_OURS);
		break_set(c);
	}
	say_mail(c);

	return (1);
}

/* Takes the next piece of the set under way: 1; or 0, not there yet. */
static int
next_piece(struct relay_conn *c)
{
	enum proto_outcome_kind outcome = PROTO_DEFERRED;

	if ((c->job = c->host->next(c->dest, c->set)) == NULL)
		return (0);
	if (c->job->body.set == c->set &&
	    c->job->body.set_index == c->set_next &&
	    relay_text_make(c->host, c->job, c->text, &c->text_len,
	    &outcome) == 0) {
		c->set_next++;
		return (1);
	}
	settle(c, outcome, PROTO_WHY_OURS);
	smtp_client_broken(&c->client, "a mail's next piece is missing");

	return (1);
}

/* Gives the job's text to the connection, for which there is room. */
static void
write_text(struct relay_conn *c)
{
	size_t n;

	c->text_begun = 1;
	if (c->job->body.class == SPOOL_FORWARD) {
		/* Made conformant, and without leading dots, as it is. */
		smtp_client_text_ended(&c->client);
		(void)tls_io_write(&c->io, c->text, c->text_len);
		return;
	}
	n = smtp_client_text(&c->client, c->text, c->text_len, env.wire);
	(void)tls_io_write(&c->io, env.wire, n);
	explicit_bzero(env.wire, n);
}

int
relay_mail_push(struct relay_conn *c)
{
	if (c->client.state != SMTP_CS_TEXT)
		return (0);
	if (c->job == NULL)
		return (next_piece(c));
	if (tls_io_room(&c->io) < WIRE_MAX)
		return (0);
	write_text(c);
	if (relay_mail_last(c->job))
		smtp_client_text_end(&c->client);
	else
		settle(c, PROTO_DELIVERED, 0);

	return (1);
}

/* Whether a mail failed only because the connection had been used enough. */
static int
worth_putting_back(const struct relay_conn *c,
    const struct smtp_client_result *r)
{
	return (c->answered > 0 && c->job != NULL && !c->job->again &&
	    !c->text_begun && (r->code == 421 || r->code == 0));
}

void
relay_mail_result(struct relay_conn *c)
{
	const struct smtp_client_result *result = &c->client.result;
	struct relay_job *job = c->job;

	if (result->code != 0 && result->code != 421)
		c->answered++;
	if (result->outcome == SMTP_DELIVERED) {
		c->set = 0;
		settle(c, PROTO_DELIVERED, 0);
		return;
	}
	relay_mail_note(c, result);
	log_debug("relay: %d %s", result->code, result->text);
	if (worth_putting_back(c, result)) {
		c->job = NULL;
		c->set = 0;
		forget_text(c);
		c->host->put_back(c->dest, job);
		return;
	}
	if (job != NULL)
		settle(c, result->outcome == SMTP_PERMFAIL ? PROTO_FAILED :
		    PROTO_DEFERRED, result->code != 0 ? PROTO_WHY_PEER :
		    PROTO_WHY_BROKEN);
	break_set(c);
}

void
relay_mail_end(struct relay_conn *c)
{
	/* Whatever ended it, no job is forgotten. */
	if (c->job != NULL)
		settle(c, PROTO_DEFERRED, c->host->stopping ? PROTO_WHY_OURS :
		    PROTO_WHY_BROKEN);
	break_set(c);
}
