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
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "log.h"
#include "relay_conn_priv.h"
#include "relay_trust.h"

const struct relay_times relay_times = { 30, 60, 120, 30, 600, 10, 5 };

static void
tls_has_failed(struct relay_conn *c, const char *why)
{
	c->tls_failed = 1;
	smtp_client_broken(&c->client, why);
}

static void
start_tls(struct relay_conn *c)
{
	const char *sni = c->hop.sni[0] == '\0' ? NULL : c->hop.sni;

	if (tls_io_connect(&c->io, c->host->tls, sni) == -1)
		tls_has_failed(c, tls_io_error(&c->io));
	else
		c->in_tls = 1;
}

/* Before anything is said in TLS: is it whom we mean? */
static void
secured(struct relay_conn *c)
{
	const char *why;

	c->in_tls = 0;
	c->progress = 1;
	if (relay_trust_check(c->io.tls, &c->hop, c->host->cas, time(NULL),
	    &c->host->status, &why) == -1) {
		c->untrusted = 1;
		smtp_client_broken(&c->client, why);
	} else if (c->hop.implicit)
		c->client.tls_active = 1;
	else
		smtp_client_tls(&c->client);
}

static void
connected(struct relay_conn *c)
{
	c->connected = 1;
	c->progress = 1;
	if (c->hop.implicit)
		start_tls(c);
}

/* The peer has greeted us: notes how. */
static void
now_ready(struct relay_conn *c)
{
	struct proto_status_relay *status = &c->host->status;

	c->ready = 1;
	if (c->client.tls_active)
		status->tls++;
	else {
		status->clear++;
		if (c->hop.testing != RELAY_UNTESTED) {
			status->testing_failed++;
			relay_notice(RELAY_NOTICE_TESTING, time(NULL));
		}
	}
	if (c->auth.user[0] != '\0')
		c->host->auth_trouble[0] = '\0';
	c->host->ready(c->dest, c);
}

/* Between two mails.  1: go on, 0: wait. */
static int
at_ready(struct relay_conn *c)
{
	if (!c->ready)
		now_ready(c);
	if (c->host->stopping) {
		smtp_client_quit(&c->client);
		return (1);
	}

	return (relay_mail_begin(c));
}

/* Does what the state machine asks for.  1: ask again, 0: wait. */
static int
act(struct relay_conn *c, enum smtp_action action)
{
	size_t n;

	switch (action) {
	case SMTP_CL_READ:
		return (relay_mail_push(c));
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
		return (relay_mail_push(c));
	case SMTP_CL_RESULT:
		relay_mail_result(c);
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
	const struct relay_times *times = &c->host->times;

	switch (c->client.state) {
	case SMTP_CS_READY:
		return (times->idle);
	case SMTP_CS_TEXT:
		return (c->job == NULL ? times->piece : times->text);
	case SMTP_CS_FINAL:
		return (times->final);
	case SMTP_CS_QUIT:
		return (times->quit);
	default:
		return (times->command);
	}
}

static enum relay_close
close_kind(const struct relay_conn *c)
{
	if (c->tls_failed && c->hop.trust == RELAY_ANY)
		return (RELAY_CLOSE_TLS);
	if (!c->ready || (c->tried > 0 && c->answered == 0))
		return (RELAY_CLOSE_FAILED);

	return (RELAY_CLOSE_DONE);
}

/* What those that wait for it are told, should nobody else take them. */
static enum proto_why
close_reason(const struct relay_conn *c)
{
	if (!c->connected)
		return (PROTO_WHY_UNREACHED);
	if (c->tls_failed || c->untrusted || c->client.tls_missing)
		return (PROTO_WHY_TLS);
	if (c->client.auth_failed)
		return (PROTO_WHY_AUTH);

	return (c->client.result.code != 0 ? PROTO_WHY_PEER :
	    PROTO_WHY_BROKEN);
}

static void
note_auth(struct relay_conn *c)
{
	struct relay_host *host = c->host;

	if (!c->client.auth_failed)
		return;
	host->status.auth_failed++;
	relay_notice(RELAY_NOTICE_AUTH, time(NULL));
	(void)snprintf(host->auth_trouble, sizeof(host->auth_trouble),
	    "a route's server doesn't take user and password: %.100s",
	    host->status.last_error);
}

static void
finish(struct relay_conn *c)
{
	enum relay_close kind = close_kind(c);
	enum proto_why why = close_reason(c);

	relay_mail_end(c);
	if (!c->ready)
		relay_mail_note(c, &c->client.result);
	note_auth(c);
	event_del(&c->wake);
	tls_io_close(&c->io);
	c->host->closed(c->dest, c, kind, why);
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
		connected(c);
		break;
	case TLS_IO_SECURED:
		secured(c);
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

/* A socket on its way to an address; -1 with errno. */
static int
dial(const struct relay_hop *hop)
{
	int fd;

	if (hop->addr_len == 0) {
		errno = EADDRNOTAVAIL;
		return (-1);
	}
	fd = socket(hop->addr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	if (connect(fd, (const struct sockaddr *)&hop->addr,
	    hop->addr_len) == 0 || errno == EINPROGRESS)
		return (fd);
	close(fd);

	return (-1);
}

static enum smtp_tls_wish
tls_wish(const struct relay_hop *hop, int in_clear)
{
	if (hop->trust == RELAY_CLEAR || (hop->trust == RELAY_ANY && in_clear))
		return (SMTP_TLS_OFF);

	return (hop->trust == RELAY_ANY ? SMTP_TLS_OPPORTUNISTIC :
	    SMTP_TLS_REQUIRE);
}

/* A copy: the configuration may change while the connection lasts. */
static void
set_auth(struct relay_conn *c)
{
	size_t i;

	if (c->hop.auth[0] == '\0')
		return;
	for (i = 0; i < c->host->nauths; i++)
		if (strcmp(c->host->auths[i].domain, c->hop.auth) == 0)
			c->auth = c->host->auths[i];
	c->client.auth_user = c->auth.user;
	c->client.auth_password = c->auth.password;
}

struct relay_conn *
relay_conn_new(struct relay_host *host, struct relay_dest *dest,
    const struct relay_hop *hop, int in_clear)
{
	struct relay_conn *c;
	int fd;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->host = host;
	c->dest = dest;
	c->hop = *hop;
	if ((fd = dial(hop)) == -1 ||
	    tls_io_open(&c->io, fd, 1, OUT_MAX, on_io, c) == -1) {
		strlcpy(host->status.last_error, strerror(errno),
		    sizeof(host->status.last_error));
		if (fd != -1)
			close(fd);
		free(c);
		return (NULL);
	}
	smtp_client_init(&c->client, host->conf.hostname,
	    tls_wish(hop, in_clear));
	set_auth(c);
	evtimer_set(&c->wake, on_wake, c);
	tls_io_timeout(&c->io, host->times.connect);

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
	return (c->job != NULL && relay_mail_last(c->job) ? 0 : c->set);
}

void
relay_conn_kill(struct relay_conn *c)
{
	finish(c);
}
