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
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "log.h"
#include "roles.h"

/*
 * Serves mixctl.  A request goes to the role concerned under a number of ours,
 * and its answers come back to the client that asked.  A client that breaks the
 * rules is disconnected.
 */
#define CLIENTS_MAX		16
#define STATUS_SECONDS		2	/* then a silent role is shown so */
#define REQUEST_SECONDS		30	/* for the role that a request is for */
#define IDLE_SECONDS		60	/* without a request */
#define CLIENT_QUEUE_MAX	128	/* messages a client may leave unread */
#define ROLE_QUEUE_MAX		64	/* and a role, before it gets more */
#define LIST_ID			1	/* our own request for all roles */

struct client {
	struct channel	 ch;
	uint64_t	 id;		/* of the request; 0: none is open */
	uint32_t	 type;
	int		 complete;	/* status: the parent has answered */
	unsigned int	 expected;	/* status: answers still to come */
	uint8_t		 answered[ROLE_COUNT][PROTO_WORKERS_MAX];
	struct event	 timer;
};

static struct control_env {
	int		 fd;
	struct event	 ev;
	struct client	*clients[CLIENTS_MAX];
	uint64_t	 last_id;
	/* As at the start: no role is ever replaced while this one lives. */
	struct proto_status_role roles[ROLE_COUNT + PROTO_WORKERS_MAX];
	size_t		 nroles;
} env = { .fd = -1, .last_id = LIST_ID };

/* Which message a role answers PROTO_CTL_STATUS with. */
static const struct {
	enum role	role;
	uint32_t	type;
} answers[] = {
	{ ROLE_SMTP, PROTO_STATUS_SMTP },
	{ ROLE_CRYPTO, PROTO_STATUS_CRYPTO },
	{ ROLE_SEAL, PROTO_STATUS_SEAL },
	{ ROLE_KEYS, PROTO_STATUS_KEYS },
	{ ROLE_POOL, PROTO_STATUS_POOL },
	{ ROLE_QUEUE, PROTO_STATUS_QUEUE },
	{ ROLE_RELAY, PROTO_STATUS_RELAY },
	{ ROLE_DELIVER, PROTO_STATUS_DELIVER },
	{ ROLE_RESOLVER, PROTO_STATUS_RESOLVER },
	{ ROLE_DIRECTORY, PROTO_STATUS_DIRECTORY }
};

static void
client_free(struct client *c)
{
	size_t i;

	for (i = 0; i < CLIENTS_MAX; i++)
		if (env.clients[i] == c)
			env.clients[i] = NULL;
	evtimer_del(&c->timer);
	channel_close(&c->ch);
	free(c);
}

static void
client_gone(struct channel *ch, int broken)
{
	if (broken)
		log_debug("a client of the control socket broke the rules");
	client_free(ch->arg);
}

static struct client *
client_by_id(uint64_t id)
{
	size_t i;

	for (i = 0; i < CLIENTS_MAX; i++)
		if (env.clients[i] != NULL && env.clients[i]->id == id)
			return (env.clients[i]);

	return (NULL);
}

static void
client_send(struct client *c, uint32_t type, const void *data, size_t len)
{
	struct iovec iov;

	if (imsg_queuelen(&c->ch.ibuf) > CLIENT_QUEUE_MAX)
		return;
	memcpy(&iov.iov_base, &data, sizeof(data));
	iov.iov_len = len;
	(void)channel_send(&c->ch, type, &iov, 1, -1);
}

static void
client_time(struct client *c, int seconds)
{
	struct timeval tv = { seconds, 0 };

	evtimer_del(&c->timer);
	evtimer_add(&c->timer, &tv);
}

static void
client_done(struct client *c, int ok, const char *text)
{
	struct proto_ctl_done done;

	memset(&done, 0, sizeof(done));
	done.id = c->id;
	done.ok = (uint32_t)ok;
	strlcpy(done.text, text, sizeof(done.text));
	client_send(c, PROTO_CTL_DONE, &done, sizeof(done));
	c->id = 0;
	client_time(c, IDLE_SECONDS);
}

/* Ends a status: the list of roles, with who has answered. */
static void
status_end(struct client *c)
{
	struct proto_status_role *row;
	size_t i;

	/* These two answer by what they do here. */
	c->answered[ROLE_PARENT][0] = c->complete != 0;
	c->answered[ROLE_CONTROL][0] = 1;
	for (i = 0; i < env.nroles; i++) {
		row = &env.roles[i];
		row->id = c->id;
		row->answering = c->answered[row->role][row->instance];
		client_send(c, PROTO_STATUS_ROLE, row, sizeof(*row));
	}
	client_done(c, 1, "");
}

/* One that stands still must not make us grow, however often we are asked. */
static int
is_busy(enum role role, unsigned int instance)
{
	return (proc_queued(role, instance) >= ROLE_QUEUE_MAX);
}

static void
status_begin(struct client *c)
{
	struct proto_ctl req = { c->id };
	unsigned int k;
	size_t i;

	c->complete = 0;
	c->expected = 0;
	memset(c->answered, 0, sizeof(c->answered));
	if (!is_busy(ROLE_PARENT, 0))
		(void)proc_send(ROLE_PARENT, 0, PROTO_CTL_STATUS, &req,
		    sizeof(req));
	for (i = 0; i < nitems(answers); i++)
		for (k = 0; k < proc_instances(answers[i].role); k++) {
			c->expected++;
			if (!is_busy(answers[i].role, k))
				(void)proc_send(answers[i].role, k,
				    PROTO_CTL_STATUS, &req, sizeof(req));
		}
	client_time(c, STATUS_SECONDS);
}

static void
status_check(struct client *c)
{
	if (c->complete && c->expected == 0)
		status_end(c);
}

static void
client_timer(int fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd, (void)what;
	if (c->id == 0)
		client_free(c);	/* makes room for others */
	else if (c->type == PROTO_CTL_STATUS)
		status_end(c);
	else
		client_done(c, 0, "no answer: see mixctl status");
}

/* Hands a request on to the one role that it is for. */
static void
hand_on(struct client *c, enum role to, const void *data, size_t len)
{
	if (is_busy(to, 0)) {
		client_done(c, 0, "too busy: see mixctl status");
		return;
	}
	(void)proc_send(to, 0, c->type, data, len);
	client_time(c, REQUEST_SECONDS);
}

static void
forward(struct client *c, enum role to)
{
	struct proto_ctl req = { c->id };

	hand_on(c, to, &req, sizeof(req));
}

/* A request with more than a number, or a piece of one; the number is at. */
static void
forward_data(struct client *c, const struct role_msg *msg, size_t at)
{
	uint8_t data[sizeof(struct proto_ctl_import) + PROTO_BLOB_PIECE];

	memcpy(data, msg->data, msg->len);
	memcpy(data + at, &c->id, sizeof(c->id));
	hand_on(c, ROLE_KEYS, data, msg->len);
}

static void
client_message(struct channel *ch, const struct role_msg *msg)
{
	struct client *c = ch->arg;

	/* One request at a time; one kind of it comes in pieces. */
	if (c->id != 0 && (c->type != PROTO_CTL_IMPORT ||
	    msg->type != PROTO_CTL_IMPORT))
		return;
	if (c->id == 0)
		c->id = ++env.last_id;
	c->type = msg->type;
	switch (msg->type) {
	case PROTO_CTL_STATUS:
		status_begin(c);
		break;
	case PROTO_CTL_ROTATE:
	case PROTO_CTL_CERT:
	case PROTO_CTL_CLOCK:
		forward(c, ROLE_KEYS);
		break;
	case PROTO_CTL_QUEUE:
		forward(c, ROLE_QUEUE);
		break;
	case PROTO_CTL_DIRECTORY:
		forward(c, ROLE_DIRECTORY);
		break;
	case PROTO_CTL_PREPARE:
		forward_data(c, msg, offsetof(struct proto_ctl_prepare, id));
		break;
	case PROTO_CTL_IMPORT:
		forward_data(c, msg, offsetof(struct proto_ctl_import, id));
		break;
	default:
		forward(c, ROLE_PARENT);
	}
}

static void
client_add(int fd, size_t i)
{
	struct client *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return;
	}
	channel_init(&c->ch, fd, ROLE_CONTROL, ROLE_MIXCTL, 0);
	c->ch.message = client_message;
	c->ch.gone = client_gone;
	c->ch.arg = c;
	evtimer_set(&c->timer, client_timer, c);
	channel_start(&c->ch);
	client_time(c, IDLE_SECONDS);
	env.clients[i] = c;
}

static void
control_accept(int fd, short what, void *arg)
{
	size_t i;
	int client;

	(void)what, (void)arg;
	if ((client = accept(fd, NULL, NULL)) == -1)
		return;
	for (i = 0; i < CLIENTS_MAX && env.clients[i] != NULL; i++)
		;
	if (i == CLIENTS_MAX ||
	    fcntl(client, F_SETFL, O_NONBLOCK) == -1)
		close(client);
	else
		client_add(client, i);
}

static void
control_switched(struct role_conf *conf)
{
	struct proto_ctl list = { LIST_ID };

	if (conf->nlistens != 1)
		fatalx("no control socket");
	if (env.fd != -1)
		return;		/* the same socket as ever */
	(void)proc_send(ROLE_PARENT, 0, PROTO_CTL_STATUS, &list, sizeof(list));
	env.fd = conf->listens[0].fd;
	conf->listens[0].fd = -1;
	event_set(&env.ev, env.fd, EV_READ | EV_PERSIST, control_accept, NULL);
	event_add(&env.ev, NULL);
}

static void
list_role(const struct proto_status_role *row)
{
	if (row->role < ROLE_COUNT && row->instance < PROTO_WORKERS_MAX &&
	    env.nroles < nitems(env.roles))
		env.roles[env.nroles++] = *row;
}

static void
status_figures(struct client *c, const struct role_msg *msg)
{
	client_send(c, msg->type, msg->data, msg->len);
	if (msg->instance < PROTO_WORKERS_MAX)
		c->answered[msg->from][msg->instance] = 1;
	if (c->expected > 0)
		c->expected--;
}

/* All but lists begin with the request's number. */
static uint64_t
request_id(const struct role_msg *msg)
{
	const struct proto_ctl_cert_data *cert = msg->data;
	const struct proto_queue_rows *rows = msg->data;
	const struct proto_dir_mixes *mixes = msg->data;
	uint64_t id;

	switch (msg->type) {
	case PROTO_CTL_CERT_DATA:
		return (cert->id);
	case PROTO_QUEUE_ROWS:
		return (rows->id);
	case PROTO_DIR_MIXES:
		return (mixes->id);
	default:
		memcpy(&id, msg->data, sizeof(id));
		return (id);
	}
}

static void
control_message(const struct role_msg *msg)
{
	const struct proto_ctl_done *done = msg->data;
	const struct proto_status_role *role = msg->data;
	uint64_t id = request_id(msg);
	struct client *c;

	if (id == LIST_ID && msg->type == PROTO_STATUS_ROLE)
		list_role(msg->data);
	if (id == 0 || (c = client_by_id(id)) == NULL)
		return;		/* the client has gone, or got tired */
	switch (msg->type) {
	case PROTO_CTL_CERT_DATA:
	case PROTO_QUEUE_ROWS:
	case PROTO_DIR:
	case PROTO_DIR_SERVER:
	case PROTO_DIR_WARNING:
	case PROTO_DIR_TRUSTER:
	case PROTO_DIR_MIXES:
		client_send(c, msg->type, msg->data, msg->len);
		return;
	case PROTO_CTL_DONE:
		client_done(c, (int)done->ok, proto_string(done->text,
		    sizeof(done->text)) ? done->text : "");
		return;
	case PROTO_STATUS_ROLE:
		/* The parent's own row ends its list. */
		if (role->role == ROLE_PARENT)
			c->complete = 1;
		break;
	default:
		status_figures(c, msg);
	}
	status_check(c);
}

const struct role_ops control_ops = {
	.role = ROLE_CONTROL,
	.switched = control_switched,
	.message = control_message
};
