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
#include <unistd.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "deliver_lmtp.h"
#include "exit_text.h"
#include "log.h"
#include "mixtasy/message.h"
#include "sealed.h"
#include "smtp/client.h"
#include "spool/spool.h"
#include "tls_io.h"

#define TEXT_MAX	SEALED_PAYLOAD_MAX
#define WIRE_MAX	MAIL_LINES_OUT(TEXT_MAX)
#define OUT_MAX		(WIRE_MAX + 8192)

enum lmtp_state {
	LMTP_IDLE,		/* no connection */
	LMTP_DIALLING,		/* the parent has been asked */
	LMTP_OPEN
};

/* A server: its connection, and what waits for it. */
struct lmtp_server {
	TAILQ_ENTRY(lmtp_server) entry;
	struct lmtp_host	*host;
	struct lmtp_place	 place;
	TAILQ_HEAD(, lmtp_job)	 jobs;
	unsigned int		 njobs;
	enum lmtp_state		 state;
	uint64_t		 dial_id;
	struct event		 timer;		/* while dialling */
	struct event		 wake;
	struct tls_io		 io;
	struct smtp_client	 client;
	struct lmtp_job		*job;		/* under way */
	uint64_t		 set;		/* being sent, or 0 */
	uint32_t		 set_next;
	time_t			 headway;	/* monotonic: its last step */
	unsigned int		 answered;	/* mails, on this connection */
	int			 text_begun;
	int			 ready;
	int			 done;
	int			 progress;
	size_t			 text_len;
	char			 text[TEXT_MAX];
};

static struct deliver_lmtp_env {
	TAILQ_HEAD(, lmtp_server) servers;
	int			 stopping;
	uint64_t		 last_dial;
	char			 wire[WIRE_MAX];
} env = { .servers = TAILQ_HEAD_INITIALIZER(env.servers) };

static void	drive(struct lmtp_server *);

static int
is_last(const struct lmtp_job *job)
{
	return (job->body.set_total <= 1 ||
	    job->body.set_index == job->body.set_total - 1);
}

static struct lmtp_job *
take(struct lmtp_server *s)
{
	struct lmtp_job *job = TAILQ_FIRST(&s->jobs);

	if (job == NULL)
		return (NULL);
	TAILQ_REMOVE(&s->jobs, job, entry);
	s->njobs--;

	return (job);
}

static void
forget_text(struct lmtp_server *s)
{
	explicit_bzero(s->text, s->text_len);
	s->text_len = 0;
}

static void
settle(struct lmtp_server *s, enum proto_outcome_kind outcome)
{
	struct lmtp_job *job = s->job;

	s->job = NULL;
	forget_text(s);
	s->host->outcome(job, outcome);
}

/* What waits goes back to queue, which has a timetable. */
static void
give_back(struct lmtp_server *s)
{
	while ((s->job = take(s)) != NULL)
		settle(s, PROTO_DEFERRED);
}

static void
note_error(struct lmtp_server *s, const struct smtp_client_result *result)
{
	char *to = s->host->last_error;

	/* What a server says may name people: only its code is kept. */
	if (result->code != 0)
		snprintf(to, PROTO_TEXT_MAX, "the LMTP server answered %d",
		    result->code);
	else
		snprintf(to, PROTO_TEXT_MAX, "LMTP: %.200s", result->text);
}

/* Opens the job's body.  0; or -1: it is settled. */
static int
prepare(struct lmtp_server *s)
{
	int error;

	error = s->host->payload(&s->job->body, (uint8_t *)s->text,
	    &s->text_len);
	if (error != 0) {
		settle(s, error == SEALED_NO_KEY ? PROTO_DEFERRED :
		    PROTO_FAILED);
		return (-1);
	}

	return (0);
}

/* Says MAIL for the next job: 1; or 0, there is none. */
static int
begin_mail(struct lmtp_server *s)
{
	const struct proto_body *body;

	for (;;) {
		if ((s->job = take(s)) == NULL)
			return (0);
		/* What is left of a set that has failed. */
		if (s->job->body.set_index > 1)
			settle(s, PROTO_DEFERRED);
		else if (prepare(s) == 0)
			break;
	}
	body = &s->job->body;
	s->set = body->set_total > 1 ? body->set : 0;
	s->set_next = body->set_index + 1;
	s->text_begun = 0;
	smtp_client_mail(&s->client, s->host->sender, s->job->rcpt,
	    exit_text_size(body, s->text_len),
	    s->set != 0 || exit_text_8bit(s->text, s->text_len));

	return (1);
}

/* Takes the next piece of the set under way: 1; or 0, not there yet. */
static int
next_piece(struct lmtp_server *s)
{
	if ((s->job = take(s)) == NULL)
		return (0);
	if (s->job->body.set != s->set ||
	    s->job->body.set_index != s->set_next)
		settle(s, PROTO_DEFERRED);
	else if (prepare(s) == 0) {
		s->set_next++;
		return (1);
	}
	smtp_client_broken(&s->client, "a mail's next piece is missing");

	return (1);
}

/* Sends text while the server wants it.  1: go on, 0: wait. */
static int
push_text(struct lmtp_server *s)
{
	size_t n;

	if (s->client.state != SMTP_CS_TEXT)
		return (0);
	if (s->job == NULL)
		return (next_piece(s));
	if (tls_io_room(&s->io) < WIRE_MAX)
		return (0);
	s->text_begun = 1;
	n = smtp_client_text(&s->client, s->text, s->text_len, env.wire);
	(void)tls_io_write(&s->io, env.wire, n);
	explicit_bzero(env.wire, n);
	if (is_last(s->job))
		smtp_client_text_end(&s->client);
	else
		settle(s, PROTO_DELIVERED);

	return (1);
}

/* Whether it failed only because the server was tired of the connection. */
static int
worth_putting_back(const struct lmtp_server *s,
    const struct smtp_client_result *r)
{
	return (s->answered > 0 && s->job != NULL && !s->job->again &&
	    !s->text_begun && (r->code == 421 || r->code == 0));
}

static void
got_result(struct lmtp_server *s)
{
	const struct smtp_client_result *result = &s->client.result;

	s->set = 0;
	if (result->code != 0 && result->code != 421)
		s->answered++;
	if (result->outcome == SMTP_DELIVERED) {
		settle(s, PROTO_DELIVERED);
		return;
	}
	note_error(s, result);
	log_debug("LMTP: %d %s", result->code, result->text);
	if (worth_putting_back(s, result)) {
		s->job->again = 1;
		TAILQ_INSERT_HEAD(&s->jobs, s->job, entry);
		s->njobs++;
		s->job = NULL;
		forget_text(s);
		return;
	}
	if (s->job != NULL)
		settle(s, result->outcome == SMTP_PERMFAIL ? PROTO_FAILED :
		    PROTO_DEFERRED);
}

static int
at_ready(struct lmtp_server *s)
{
	s->ready = 1;
	if (env.stopping) {
		smtp_client_quit(&s->client);
		return (1);
	}

	return (begin_mail(s));
}

/* Does what the state machine asks for.  1: ask again, 0: wait. */
static int
act(struct lmtp_server *s, enum smtp_action action)
{
	size_t n;

	switch (action) {
	case SMTP_CL_READ:
	case SMTP_CL_DATA:
		return (push_text(s));
	case SMTP_CL_WRITE:
		n = tls_io_write(&s->io, s->client.out, s->client.out_len);
		smtp_client_sent(&s->client, n);
		return (n > 0);
	case SMTP_CL_READY:
		return (at_ready(s));
	case SMTP_CL_RESULT:
		got_result(s);
		return (1);
	case SMTP_CL_STARTTLS:	/* never wished for */
	case SMTP_CL_CLOSED:
		s->done = 1;
		return (0);
	}

	return (0);
}

static unsigned int
stage_seconds(const struct lmtp_server *s)
{
	switch (s->client.state) {
	case SMTP_CS_READY:
		return (LMTP_IDLE_TIME);
	case SMTP_CS_TEXT:
		return (s->job == NULL ? LMTP_PIECE_WAIT : LMTP_TEXT_TIME);
	case SMTP_CS_FINAL:
		return (LMTP_FINAL_TIME);
	case SMTP_CS_QUIT:
		return (LMTP_QUIT_TIME);
	default:
		return (LMTP_COMMAND_TIME);
	}
}

static void
server_free(struct lmtp_server *s)
{
	evtimer_del(&s->timer);
	event_del(&s->wake);
	TAILQ_REMOVE(&env.servers, s, entry);
	s->host->busy--;
	freezero(s, sizeof(*s));
}

static void
dial(struct lmtp_server *s)
{
	struct timeval tv = { LMTP_DIAL_TIME, 0 };
	struct proto_lmtp_open open;

	memset(&open, 0, sizeof(open));
	open.id = s->dial_id = ++env.last_dial;
	open.port = s->place.port;
	memcpy(open.to, s->place.to, sizeof(open.to));
	s->state = LMTP_DIALLING;
	s->headway = clock_monotonic();
	evtimer_add(&s->timer, &tv);
	s->host->dial(&open);
}

/* The connection has ended: dials anew, if somebody waits for it. */
static void
finish(struct lmtp_server *s)
{
	int failed = !s->ready || s->client.result.code == 0;

	if (s->job != NULL)
		settle(s, PROTO_DEFERRED);
	if (!s->ready)
		note_error(s, &s->client.result);
	tls_io_close(&s->io);
	s->state = LMTP_IDLE;
	s->set = 0;
	/* One that was just good may have closed for having been idle. */
	if ((failed && s->answered == 0) || env.stopping)
		give_back(s);
	if (s->njobs > 0)
		dial(s);
	else
		server_free(s);
}

static void
drive(struct lmtp_server *s)
{
	enum smtp_action action;
	const char *buf;
	size_t len, used;
	int more = s->io.state != TLS_IO_CONNECTING;

	while (more && !s->done) {
		buf = tls_io_peek(&s->io, &len);
		action = smtp_client_input(&s->client, buf, len, &used);
		tls_io_take(&s->io, used);
		if ((more = act(s, action)))
			s->progress = 1;
	}
	if (s->done) {
		finish(s);
		return;
	}
	if (s->progress) {
		tls_io_timeout(&s->io, stage_seconds(s));
		s->headway = clock_monotonic();
	}
	s->progress = 0;
}

static void
time_is_up(struct lmtp_server *s)
{
	if (s->io.state == TLS_IO_OPEN && s->client.state == SMTP_CS_READY) {
		smtp_client_quit(&s->client);
		return;
	}
	if (s->client.state == SMTP_CS_QUIT) {
		s->done = 1;
		return;
	}
	/* Whoever else waits would wait as long. */
	s->answered = 0;
	s->ready = 0;
	smtp_client_broken(&s->client, "the server is too slow");
	tls_io_abandon(&s->io);
}

static void
on_io(void *arg, enum tls_io_event what)
{
	struct lmtp_server *s = arg;

	switch (what) {
	case TLS_IO_CONNECTED:
		s->progress = 1;
		break;
	case TLS_IO_FAILED:
	case TLS_IO_EOF:
		smtp_client_broken(&s->client, tls_io_error(&s->io));
		break;
	case TLS_IO_TIMEOUT:
		time_is_up(s);
		break;
	default:
		break;
	}
	drive(s);
}

static void
on_wake(int fd, short events, void *arg)
{
	struct lmtp_server *s = arg;

	(void)fd;
	(void)events;
	if (s->state == LMTP_OPEN)
		drive(s);
}

static void
not_dialled(struct lmtp_server *s, int error)
{
	snprintf(s->host->last_error, sizeof(s->host->last_error),
	    "LMTP server: %s", strerror(error));
	evtimer_del(&s->timer);
	give_back(s);
	server_free(s);
}

static void
on_timer(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	not_dialled(arg, ETIMEDOUT);
}

static void
open_server(struct lmtp_server *s, int fd)
{
	evtimer_del(&s->timer);
	if (tls_io_open(&s->io, fd, 1, OUT_MAX, on_io, s) == -1) {
		close(fd);
		not_dialled(s, ENOMEM);
		return;
	}
	s->state = LMTP_OPEN;
	s->done = s->ready = s->text_begun = 0;
	s->answered = 0;
	smtp_client_init(&s->client, s->host->hostname, SMTP_TLS_OFF);
	s->client.lmtp = 1;
	tls_io_timeout(&s->io, LMTP_CONNECT_TIME);
}

void
lmtp_dialled(uint64_t id, int fd, int error)
{
	struct lmtp_server *s;

	TAILQ_FOREACH(s, &env.servers, entry) {
		if (s->state != LMTP_DIALLING || s->dial_id != id)
			continue;
		if (fd != -1)
			open_server(s, fd);
		else
			not_dialled(s, error);
		return;
	}
	/* An answer that came too late. */
	if (fd != -1)
		close(fd);
}

static struct lmtp_server *
server_new(struct lmtp_host *host, const struct lmtp_place *place)
{
	struct lmtp_server *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("LMTP");
	s->host = host;
	memcpy(s->place.to, place->to, sizeof(s->place.to));
	s->place.port = place->port;
	TAILQ_INIT(&s->jobs);
	evtimer_set(&s->timer, on_timer, s);
	evtimer_set(&s->wake, on_wake, s);
	TAILQ_INSERT_TAIL(&env.servers, s, entry);
	host->busy++;

	return (s);
}

static struct lmtp_server *
server_at(struct lmtp_host *host, const struct lmtp_place *place)
{
	struct lmtp_server *s;

	TAILQ_FOREACH(s, &env.servers, entry)
		if (s->place.port == place->port &&
		    strcmp(s->place.to, place->to) == 0)
			return (s);

	return (server_new(host, place));
}

/* Whether a new mail would only take a credit from those for elsewhere. */
static int
stalled(const struct lmtp_server *s)
{
	return (s->njobs >= LMTP_CROWD && s->set == 0 &&
	    clock_monotonic() - s->headway > LMTP_STALL_TIME);
}

void
lmtp_add(struct lmtp_host *host, const struct lmtp_place *place,
    struct lmtp_job *job)
{
	struct lmtp_server *s;

	if (env.stopping) {
		host->outcome(job, PROTO_DEFERRED);
		return;
	}
	s = server_at(host, place);
	if (stalled(s) && job->body.set_index <= 1) {
		host->outcome(job, PROTO_DEFERRED);
		return;
	}
	TAILQ_INSERT_TAIL(&s->jobs, job, entry);
	s->njobs++;
	if (s->state == LMTP_IDLE)
		dial(s);
	else if (s->state == LMTP_OPEN)
		event_active(&s->wake, EV_TIMEOUT, 1);
}

void
lmtp_stop(void)
{
	struct lmtp_server *s, *next;

	env.stopping = 1;
	for (s = TAILQ_FIRST(&env.servers); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		if (s->state == LMTP_DIALLING)
			not_dialled(s, ECANCELED);
		else
			event_active(&s->wake, EV_TIMEOUT, 1);
	}
}

void
lmtp_kill(void)
{
	struct lmtp_server *s;

	env.stopping = 1;
	while ((s = TAILQ_FIRST(&env.servers)) != NULL) {
		if (s->state == LMTP_DIALLING)
			not_dialled(s, ECANCELED);
		else
			finish(s);
	}
}
