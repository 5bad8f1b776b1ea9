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
#include <sys/socket.h>

#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "log.h"
#include "mixtasy/message.h"
#include "relay_conn.h"
#include "sealed.h"
#include "smtp/client.h"
#include "spool/spool.h"
#include "tls_io.h"

/* Clear text of one job; what becomes of it on the wire. */
#define TEXT_MAX	MIX_OUTER_LEN_MAX
#define WIRE_MAX	MAIL_LINES_OUT(SEALED_PAYLOAD_MAX)
#define OUT_MAX		(WIRE_MAX + 65536)

_Static_assert(TEXT_MAX >= SEALED_PAYLOAD_MAX, "a payload fits");
_Static_assert(WIRE_MAX >= TEXT_MAX, "a mix message fits");

struct relay_conn {
	struct relay_host	*host;
	struct relay_dest	*dest;
	struct route_dest	 to;
	struct tls_io		 io;
	struct smtp_client	 client;
	struct event		 wake;
	struct relay_job	*job;
	uint64_t		 set;		/* being sent, or 0 */
	uint32_t		 set_next;	/* its next piece */
	unsigned int		 tried;		/* mails begun */
	unsigned int		 answered;	/* mails that got an answer */
	int			 text_begun;	/* of the mail under way */
	int			 in_tls;	/* handshake */
	int			 tls_failed;
	int			 ready;
	int			 done;
	int			 progress;	/* the timer begins anew */
	size_t			 text_len;
	char			 text[TEXT_MAX];
};

/* A text on its way into the connection's buffer; wiped at once. */
static struct relay_conn_env {
	char	wire[WIRE_MAX];
} env;

static int
is_set(const struct relay_job *job)
{
	return (job->body.set_total > 1);
}

static int
is_last(const struct relay_job *job)
{
	return (!is_set(job) ||
	    job->body.set_index == job->body.set_total - 1);
}

static void
note_error(struct relay_conn *c, const struct smtp_client_result *result)
{
	char *to = c->host->status.last_error;
	size_t size = sizeof(c->host->status.last_error);

	/* What a server says may name people: only its code is kept. */
	if (result->code != 0)
		snprintf(to, size, "the peer answered %d", result->code);
	else
		strlcpy(to, result->text, size);
}

static int
has_8bit(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] > 127)
			return (1);

	return (0);
}

/* Makes the job's text.  0; or the outcome if that can't be. */
static int
prepare(struct relay_conn *c, const struct relay_job *job,
    enum proto_outcome_kind *outcome)
{
	int error;

	if (job->body.class == SPOOL_FORWARD) {
		c->text_len = mix_outer_write(c->host->conf.address,
		    job->rcpt, job->body.body, c->text);
		return (0);
	}
	error = c->host->payload(job, (uint8_t *)c->text, &c->text_len);
	if (error == 0)
		return (0);
	*outcome = error == SEALED_NO_KEY ? PROTO_DEFERRED : PROTO_FAILED;

	return (-1);
}

static void
forget_text(struct relay_conn *c)
{
	explicit_bzero(c->text, c->text_len);
	c->text_len = 0;
}

/* The job leaves the connection. */
static void
settle(struct relay_conn *c, enum proto_outcome_kind outcome)
{
	struct relay_job *job = c->job;

	c->job = NULL;
	forget_text(c);
	c->host->outcome(c->dest, job, outcome);
}

static void
break_set(struct relay_conn *c)
{
	uint64_t set = c->set;

	c->set = 0;
	if (set != 0)
		c->host->set_broken(c->dest, set);
}

/* Says MAIL for the next job: 1; or 0, there is none. */
static int
begin_mail(struct relay_conn *c)
{
	enum proto_outcome_kind outcome;
	size_t size;
	int eight;

	for (;;) {
		if ((c->job = c->host->next(c->dest)) == NULL)
			return (0);
		c->set = is_set(c->job) ? c->job->body.set : 0;
		c->set_next = c->job->body.set_index + 1;
		if (prepare(c, c->job, &outcome) == 0)
			break;
		settle(c, outcome);
		break_set(c);
	}
	size = c->text_len;
	eight = has_8bit(c->text, c->text_len);
	if (c->set != 0) {
		size = (size_t)(c->job->body.set_total - 1) *
		    (c->job->body.class == SPOOL_PART ? MIX_HASHED_LEN :
		    PROTO_PIECE_LEN);
		eight = 1;
	}
	if (c->answered > 0)
		c->host->status.reused++;
	c->tried++;
	c->text_begun = 0;
	smtp_client_mail(&c->client, c->host->conf.address, c->job->rcpt,
	    size, eight);

	return (1);
}

/* Takes the next piece of the set under way: 1; or 0, not there yet. */
static int
next_piece(struct relay_conn *c)
{
	enum proto_outcome_kind outcome = PROTO_DEFERRED;

	if ((c->job = c->host->next(c->dest)) == NULL)
		return (0);
	if (c->job->body.set == c->set &&
	    c->job->body.set_index == c->set_next &&
	    prepare(c, c->job, &outcome) == 0) {
		c->set_next++;
		return (1);
	}
	settle(c, outcome);
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

/* Sends text while the server wants it.  1: go on, 0: wait. */
static int
push_text(struct relay_conn *c)
{
	if (c->client.state != SMTP_CS_TEXT)
		return (0);
	if (c->job == NULL)
		return (next_piece(c));
	if (tls_io_room(&c->io) < WIRE_MAX)
		return (0);
	write_text(c);
	if (is_last(c->job))
		smtp_client_text_end(&c->client);
	else
		settle(c, PROTO_DELIVERED);

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

static void
got_result(struct relay_conn *c)
{
	const struct smtp_client_result *result = &c->client.result;
	struct relay_job *job = c->job;

	if (result->code != 0 && result->code != 421)
		c->answered++;
	if (result->outcome == SMTP_DELIVERED) {
		c->set = 0;
		settle(c, PROTO_DELIVERED);
		return;
	}
	note_error(c, result);
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
		    PROTO_DEFERRED);
	break_set(c);
}

static void
tls_has_failed(struct relay_conn *c, const char *why)
{
	c->tls_failed = 1;
	smtp_client_broken(&c->client, why);
}

static void
start_tls(struct relay_conn *c)
{
	struct tls_config *config = c->host->tls_any;
	const char *name = NULL;

	if (c->to.tls == CONF_TLS_VERIFY) {
		config = c->host->tls_verify;
		name = c->to.name;
	}
	if (config == NULL)
		tls_has_failed(c, "there are no CA certificates");
	else if (tls_io_connect(&c->io, config, name) == -1)
		tls_has_failed(c, tls_io_error(&c->io));
	else
		c->in_tls = 1;
}

/* Between two mails.  1: go on, 0: wait. */
static int
at_ready(struct relay_conn *c)
{
	if (!c->ready) {
		c->ready = 1;
		if (c->client.tls_active)
			c->host->status.tls++;
		else
			c->host->status.clear++;
		c->host->ready(c->dest);
	}
	if (c->host->stopping) {
		smtp_client_quit(&c->client);
		return (1);
	}

	return (begin_mail(c));
}

/* Does what the state machine asks for.  1: ask again, 0: wait. */
static int
act(struct relay_conn *c, enum smtp_action action)
{
	size_t n;

	switch (action) {
	case SMTP_CL_READ:
		return (push_text(c));
	case SMTP_CL_WRITE:
		n = tls_io_write(&c->io, c->client.out, c->client.out_len);
		smtp_client_sent(&c->client, n);
		return (n > 0);
	case SMTP_CL_STARTTLS:
		start_tls(c);
		return (c->tls_failed);
	case SMTP_CL_READY:
		return (at_ready(c));
	case SMTP_CL_DATA:
		return (push_text(c));
	case SMTP_CL_RESULT:
		got_result(c);
		return (1);
	case SMTP_CL_CLOSED:
		c->done = 1;
		return (0);
	}

	return (0);
}

static unsigned int
stage_seconds(const struct relay_conn *c)
{
	switch (c->client.state) {
	case SMTP_CS_READY:
		return (RELAY_IDLE_TIME);
	case SMTP_CS_TEXT:
		return (c->job == NULL ? RELAY_PIECE_WAIT : RELAY_TEXT_TIME);
	case SMTP_CS_FINAL:
		return (RELAY_FINAL_TIME);
	case SMTP_CS_QUIT:
		return (RELAY_QUIT_TIME);
	default:
		return (RELAY_COMMAND_TIME);
	}
}

static enum relay_close
close_reason(const struct relay_conn *c)
{
	if (c->tls_failed && c->to.tls == CONF_TLS_OPPORTUNISTIC)
		return (RELAY_CLOSE_TLS);
	if (!c->ready || (c->tried > 0 && c->answered == 0))
		return (RELAY_CLOSE_FAILED);

	return (RELAY_CLOSE_DONE);
}

static void
finish(struct relay_conn *c)
{
	enum relay_close why = close_reason(c);

	/* Whatever ended it, no job is forgotten. */
	if (c->job != NULL)
		settle(c, PROTO_DEFERRED);
	break_set(c);
	if (!c->ready)
		note_error(c, &c->client.result);
	event_del(&c->wake);
	tls_io_close(&c->io);
	c->host->closed(c->dest, why);
	freezero(c, sizeof(*c));
}

/* Goes on as far as possible.  The connection may be gone afterwards. */
static void
drive(struct relay_conn *c)
{
	enum smtp_action action;
	const char *buf;
	size_t len, used;
	int more = 1;

	if (c->io.state == TLS_IO_CONNECTING ||
	    c->io.state == TLS_IO_HANDSHAKE)
		more = 0;
	while (more && !c->done) {
		buf = tls_io_peek(&c->io, &len);
		action = smtp_client_input(&c->client, buf, len, &used);
		tls_io_take(&c->io, used);
		if ((more = act(c, action)))
			c->progress = 1;
	}
	if (c->done) {
		finish(c);
		return;
	}
	/* With each step, not with each octet: a reply may not drip in. */
	if (c->progress)
		tls_io_timeout(&c->io, stage_seconds(c));
	c->progress = 0;
}

static void
time_is_up(struct relay_conn *c)
{
	if (c->in_tls)
		tls_has_failed(c, "the TLS handshake took too long");
	else if (c->io.state == TLS_IO_OPEN &&
	    c->client.state == SMTP_CS_READY)
		smtp_client_quit(&c->client);
	else if (c->client.state == SMTP_CS_QUIT)
		c->done = 1;
	else
		smtp_client_broken(&c->client,
		    c->io.state == TLS_IO_CONNECTING ?
		    "connecting took too long" : "the peer is too slow");
	if (c->client.state == SMTP_CS_CLOSED)
		tls_io_abandon(&c->io);
}

static void
on_io(void *arg, enum tls_io_event what)
{
	struct relay_conn *c = arg;

	switch (what) {
	case TLS_IO_CONNECTED:
		c->progress = 1;
		break;
	case TLS_IO_SECURED:
		c->in_tls = 0;
		c->progress = 1;
		smtp_client_tls(&c->client);
		break;
	case TLS_IO_FAILED:
	case TLS_IO_EOF:
		if (c->in_tls)
			tls_has_failed(c, tls_io_error(&c->io));
		else
			smtp_client_broken(&c->client, tls_io_error(&c->io));
		break;
	case TLS_IO_TIMEOUT:
		time_is_up(c);
		break;
	default:
		break;
	}
	drive(c);
}

static void
on_wake(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	drive(arg);
}

/* A socket on its way to the destination; -1 with errno. */
static int
dial(const struct route_dest *to)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	if (route_sockaddr(to->host, to->port, &ss, &len) == -1) {
		errno = EADDRNOTAVAIL;
		return (-1);
	}
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&ss, len) == 0 ||
	    errno == EINPROGRESS)
		return (fd);
	close(fd);

	return (-1);
}

static enum smtp_tls_wish
tls_wish(const struct route_dest *to, int in_clear)
{
	if (to->tls == CONF_TLS_REQUIRE || to->tls == CONF_TLS_VERIFY)
		return (SMTP_TLS_REQUIRE);
	if (to->tls == CONF_TLS_OFF || in_clear)
		return (SMTP_TLS_OFF);

	return (SMTP_TLS_OPPORTUNISTIC);
}

struct relay_conn *
relay_conn_new(struct relay_host *host, struct relay_dest *dest,
    const struct route_dest *to, int in_clear)
{
	struct relay_conn *c;
	int fd;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->host = host;
	c->dest = dest;
	c->to = *to;
	if ((fd = dial(to)) == -1 ||
	    tls_io_open(&c->io, fd, 1, OUT_MAX, on_io, c) == -1) {
		strlcpy(host->status.last_error, strerror(errno),
		    sizeof(host->status.last_error));
		if (fd != -1)
			close(fd);
		free(c);
		return (NULL);
	}
	smtp_client_init(&c->client, host->conf.hostname,
	    tls_wish(to, in_clear));
	evtimer_set(&c->wake, on_wake, c);
	tls_io_timeout(&c->io, RELAY_CONNECT_TIME);

	return (c);
}

void
relay_conn_wake(struct relay_conn *c)
{
	event_active(&c->wake, EV_TIMEOUT, 1);
}

void
relay_conn_abort(struct relay_conn *c, const char *why)
{
	smtp_client_broken(&c->client, why);
	tls_io_abandon(&c->io);
	relay_conn_wake(c);
}

int
relay_conn_greeted(const struct relay_conn *c)
{
	return (c->ready);
}

int
relay_conn_idle(const struct relay_conn *c)
{
	return (c->ready && c->job == NULL && c->set == 0);
}

uint64_t
relay_conn_wants_set(const struct relay_conn *c)
{
	return (c->job != NULL && is_last(c->job) ? 0 : c->set);
}

void
relay_conn_kill(struct relay_conn *c)
{
	finish(c);
}
