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

#include "compat/clock.h"
#include "compat/compat.h"
#include "log.h"
#include "proc.h"
#include "role_conf.h"
#include "roles.h"
#include "smtp/server.h"
#include "smtp_host.h"
#include "smtp_peer.h"
#include "smtp_session.h"
#include "tls_remote.h"

/*
 * The role that faces the network: takes mail, checks what needs no secret, and
 * hands it to crypto.  It answers 250 when the queue says that it is durable.
 */
#define INDEX_BITS	20		/* of a transaction's id: its session */
#define CONNECTIONS_MAX	(1U << INDEX_BITS)
#define ACCEPT_AT_ONCE	64
#define PAUSE_SECONDS	1		/* out of descriptors or memory */
#define STOP_SECONDS	4
#define SIGN_MS		2000
#define SIGN_PAUSE	10		/* seconds, after keys did not answer */

struct smtp_listener {
	struct event	ev;
	int		fd;
	int		tls;
};

/* A place for a session; sessions know theirs by its number. */
struct smtp_place {
	struct smtp_session	*session;
	uint64_t		 txn;		/* its last */
};

static struct smtp_env {
	struct smtp_host	 host;
	struct smtp_listener	*listeners;
	size_t			 nlisteners;
	struct smtp_place	*places;
	size_t			 nplaces;
	struct event		 pause;
	struct event		 stop;
	unsigned int		 next_crypto;
	uint64_t		 next_txn;
	time_t			 sign_again;	/* monotonic */
	int			 stopped;
} env;

/* Everybody waits meanwhile: not for each handshake while keys is silent. */
static int
sign(const struct proto_sign *request, struct proto_signed *answer)
{
	if (clock_monotonic() < env.sign_again)
		return (-1);
	if (proc_call(ROLE_KEYS, PROTO_SIGN, request, sizeof(*request),
	    PROTO_SIGNED, answer, sizeof(*answer), SIGN_MS) == 0)
		return (0);
	env.sign_again = clock_monotonic() + SIGN_PAUSE;

	return (-1);
}

/* All frames of a set go the same way: they must stay in order. */
static void
send_frame(const struct proto_frame *frame)
{
	unsigned int n = proc_instances(ROLE_CRYPTO), which;

	if (n == 0)
		return;
	if (frame->kind == PROTO_FRAME_POSTMASTER)
		which = (unsigned int)(frame->set % n);
	else
		which = env.next_crypto++ % n;
	(void)proc_send(ROLE_CRYPTO, which, PROTO_FRAME, frame,
	    sizeof(*frame));
}

static struct smtp_place *
place_of(const struct smtp_session *s)
{
	size_t i;

	for (i = 0; i < env.nplaces; i++)
		if (env.places[i].session == s)
			return (&env.places[i]);

	fatalx("a session without a place");
}

static uint64_t
new_txn(struct smtp_session *s)
{
	struct smtp_place *place = place_of(s);

	place->txn = ++env.next_txn << INDEX_BITS |
	    (uint64_t)(place - env.places);

	return (place->txn);
}

static void
stopped(void)
{
	if (env.stopped)
		return;
	env.stopped = 1;
	evtimer_del(&env.stop);
	proc_stopped();
}

static void
session_gone(struct smtp_session *s)
{
	struct smtp_place *place = place_of(s);

	place->session = NULL;
	place->txn = 0;
	env.host.status.connections--;
	if (env.host.stopping && env.host.status.connections == 0)
		stopped();
}

/* How many sessions there are from where a new client comes from. */
static unsigned int
sessions_from(const struct smtp_peer *peer)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < env.nplaces; i++)
		if (env.places[i].session != NULL && smtp_peer_same(peer,
		    smtp_session_peer(env.places[i].session)))
			n++;

	return (n);
}

/* A goodbye on a new socket always finds room. */
static void
turn_away(int fd)
{
	struct smtp_server server;

	env.host.status.refused++;
	smtp_server_init_refused(&server, env.host.conf.hostname, 421,
	    "4.7.0 too many connections, try again later");
	(void)!write(fd, server.reply, server.reply_len);
	close(fd);
}

static struct smtp_place *
free_place(void)
{
	size_t i;

	for (i = 0; i < env.nplaces && i < env.host.conf.max_connections; i++)
		if (env.places[i].session == NULL)
			return (&env.places[i]);

	return (NULL);
}

static void
new_client(int fd, const struct sockaddr *sa, int offer_tls)
{
	struct smtp_place *place;
	struct smtp_peer peer;

	smtp_peer_set(&peer, sa);
	if (env.host.status.connections >= env.host.conf.max_connections ||
	    sessions_from(&peer) >= env.host.conf.max_connections_address ||
	    (place = free_place()) == NULL) {
		turn_away(fd);
		return;
	}
	place->session = smtp_session_new(&env.host, fd, &peer, offer_tls);
	if (place->session == NULL) {
		turn_away(fd);
		return;
	}
	env.host.status.connections++;
	env.host.status.sessions++;
}

static void
listen_on(int on)
{
	size_t i;

	for (i = 0; i < env.nlisteners; i++) {
		event_del(&env.listeners[i].ev);
		if (on)
			event_add(&env.listeners[i].ev, NULL);
	}
}

/* Out of descriptors: clients wait in the backlog for a while. */
static void
pause_listening(void)
{
	struct timeval tv = { PAUSE_SECONDS, 0 };

	listen_on(0);
	evtimer_add(&env.pause, &tv);
}

static void
on_pause_end(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	listen_on(1);
}

static void
on_listener(int fd, short events, void *arg)
{
	struct smtp_listener *l = arg;
	struct sockaddr_storage ss;
	socklen_t len;
	int i, client;

	(void)events;
	for (i = 0; i < ACCEPT_AT_ONCE; i++) {
		memset(&ss, 0, sizeof(ss));
		len = sizeof(ss);
		client = accept4(fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (client != -1)
			new_client(client, (struct sockaddr *)&ss, l->tls);
		else if (errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM) {
			pause_listening();
			return;
		} else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static void
close_listeners(void)
{
	size_t i;

	evtimer_del(&env.pause);
	listen_on(0);
	for (i = 0; i < env.nlisteners; i++)
		close(env.listeners[i].fd);
	free(env.listeners);
	env.listeners = NULL;
	env.nlisteners = 0;
}

static void
open_listeners(struct role_conf *conf)
{
	struct smtp_listener *l;
	size_t i;

	if (conf->nlistens == 0)
		return;
	env.listeners = calloc(conf->nlistens, sizeof(*env.listeners));
	if (env.listeners == NULL)
		fatal("listeners");
	for (i = 0; i < conf->nlistens; i++) {
		l = &env.listeners[env.nlisteners++];
		l->fd = conf->listens[i].fd;
		conf->listens[i].fd = -1;
		l->tls = conf->listens[i].row.tls != 0;
		event_set(&l->ev, l->fd, EV_READ | EV_PERSIST, on_listener,
		    l);
	}
	listen_on(1);
}

/* Places only become more: sessions are known by their number. */
static void
make_places(size_t n)
{
	struct smtp_place *places;

	if (n <= env.nplaces)
		return;
	places = recallocarray(env.places, env.nplaces, n, sizeof(*places));
	if (places == NULL)
		fatal("connections");
	env.places = places;
	env.nplaces = n;
}

static void
on_stop_end(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	stopped();
}

static void
smtp_init(unsigned int instance)
{
	(void)instance;
	smtp_credits_init(&env.host.credits);
	env.host.frame = send_frame;
	env.host.txn = new_txn;
	env.host.gone = session_gone;
	evtimer_set(&env.pause, on_pause_end, NULL);
	evtimer_set(&env.stop, on_stop_end, NULL);
	if (tls_remote_init(sign) == -1)
		fatalx("libcrypto takes no key methods");
}

static int
smtp_accept(const struct role_conf *conf, char *err, size_t errlen)
{
	const struct proto_conf_global *g = &conf->global;
	size_t i;

	if (g->max_connections == 0 || g->max_connections > CONNECTIONS_MAX ||
	    g->max_connections_address == 0) {
		snprintf(err, errlen, "connection limits are 1 to %u",
		    CONNECTIONS_MAX);
		return (-1);
	}
	for (i = 0; i < conf->nlistens; i++)
		if (conf->listens[i].fd == -1) {
			snprintf(err, errlen, "a listening socket is missing");
			return (-1);
		}

	return (0);
}

static void
smtp_switched(struct role_conf *conf)
{
	env.host.conf = conf->global;
	make_places(conf->global.max_connections);
	close_listeners();
	if (!env.host.stopping)
		open_listeners(conf);
}

static void
got_chain(const struct role_msg *msg)
{
	const struct proto_tls_chain *row = msg->data;
	const uint8_t *pem = (const uint8_t *)msg->data + sizeof(*row);
	struct tls_server *server;
	char err[256];

	server = tls_server_new(pem, row->n, err, sizeof(err));
	if (server == NULL) {
		log_warnx("TLS: %s", err);
		return;
	}
	tls_server_unref(env.host.tls);
	env.host.tls = server;
}

/* The client may be gone by now: then nobody waits for the answer. */
static void
got_committed(const struct proto_committed *row)
{
	size_t i = (size_t)(row->txn & (CONNECTIONS_MAX - 1));

	if (row->txn != 0 && i < env.nplaces && env.places[i].txn == row->txn)
		smtp_session_committed(env.places[i].session, row->ok != 0);
}

static void
send_status(const struct proto_ctl *request)
{
	env.host.status.id = request->id;
	env.host.status.credit = env.host.credits.n;
	(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_SMTP, &env.host.status,
	    sizeof(env.host.status));
}

static void
smtp_message(const struct role_msg *msg)
{
	const struct proto_credit *credit;

	switch (msg->type) {
	case PROTO_CREDIT:
		credit = msg->data;
		smtp_credits_add(&env.host.credits, credit->slots,
		    credit->full != 0);
		break;
	case PROTO_COMMITTED:
		got_committed(msg->data);
		break;
	case PROTO_TLS_CHAIN:
		got_chain(msg);
		break;
	case PROTO_CTL_STATUS:
		send_status(msg->data);
		break;
	case PROTO_SIGNED:
		/* An answer that came too late. */
		break;
	default:
		fatalx("unexpected message %u from %s", msg->type,
		    role_name(msg->from));
	}
}

static void
smtp_stop(void)
{
	struct timeval tv = { STOP_SECONDS, 0 };
	size_t i;

	env.host.stopping = 1;
	close_listeners();
	if (env.host.status.connections == 0) {
		stopped();
		return;
	}
	for (i = 0; i < env.nplaces; i++)
		if (env.places[i].session != NULL)
			smtp_session_stop(env.places[i].session);
	evtimer_add(&env.stop, &tv);
}

const struct role_ops smtp_ops = {
	.role = ROLE_SMTP,
	.init = smtp_init,
	.accept = smtp_accept,
	.switched = smtp_switched,
	.message = smtp_message,
	.stop = smtp_stop
};
