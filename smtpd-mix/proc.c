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

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <errno.h>
#include <event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tls.h>
#include <unistd.h>

#include "compat/clock.h"
#include "compat/compat.h"

#include "log.h"
#include "proc.h"
#include "sandbox.h"

static struct proc_env {
	const struct role_ops	*ops;
	unsigned int		 instance;
	struct proto_boot	 boot;
	struct channel		 parent;
	struct channel		*peers[ROLE_COUNT][PROTO_WORKERS_MAX];
	unsigned int		 npeers[ROLE_COUNT];
	struct role_conf	*conf;		/* live */
	struct role_conf	*next;		/* being received */
	uint64_t		 generation;	/* of next */
	int			 started;
	int			 booted;
} env;

static void
parent_gone(struct channel *ch, int broken)
{
	(void)ch;
	if (broken)
		fatalx("the parent sent a broken message");
	/* The parent ends a role by closing its channel. */
	_exit(0);
}

static void
peer_gone(struct channel *ch, int broken)
{
	if (broken)
		fatalx("%s sent a broken message", role_name(ch->peer));
	/* The parent knows of it too, and ends the rest in order. */
	log_debug("channel to %s closed", role_name(ch->peer));
}

static void
peer_message(struct channel *ch, const struct role_msg *msg)
{
	(void)ch;
	env.ops->message(msg);
}

static void
peer_add(const struct role_msg *msg)
{
	const struct proto_peer *row = msg->data;
	struct channel *ch;

	if (row->role >= ROLE_COUNT || row->instance >= PROTO_WORKERS_MAX ||
	    env.peers[row->role][row->instance] != NULL)
		fatalx("the parent sent a broken peer");
	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		fatal("channel");
	channel_init(ch, msg->fd, env.ops->role, (enum role)row->role,
	    row->instance);
	ch->message = peer_message;
	ch->gone = peer_gone;
	/* What a peer says first may need a configuration: it waits. */
	if (env.started)
		channel_start(ch);
	env.peers[row->role][row->instance] = ch;
	env.npeers[row->role]++;
}

static void
conf_begin(const struct proto_conf_begin *row)
{
	role_conf_free(env.next);
	env.next = role_conf_new();
	env.generation = row->generation;
}

static void
conf_end(void)
{
	struct proto_conf_accept accept = { env.generation };
	struct proto_conf_reject reject;
	struct iovec yes = { &accept, sizeof(accept) };
	struct iovec no = { &reject, sizeof(reject) };

	memset(&reject, 0, sizeof(reject));
	reject.generation = env.generation;
	if (env.ops->accept != NULL && env.ops->accept(env.next, reject.text,
	    sizeof(reject.text)) == -1)
		channel_send(&env.parent, PROTO_CONF_REJECT, &no, 1, -1);
	else
		channel_send(&env.parent, PROTO_CONF_ACCEPT, &yes, 1, -1);
}

static void
start_peers(void)
{
	unsigned int role, i;

	for (role = 0; role < ROLE_COUNT; role++)
		for (i = 0; i < PROTO_WORKERS_MAX; i++)
			if (env.peers[role][i] != NULL)
				channel_start(env.peers[role][i]);
}

static void
test_clock(const struct proto_conf_global *global)
{
	static int tested;

	if (global->test_clock || tested)
		clock_test(global->clock_offset,
		    (enum clock_sync)global->clock_sync, global->clock_boot);
	tested = global->test_clock != 0 || tested;
}

static void
conf_switch(void)
{
	struct role_conf *old = env.conf;

	if (env.next == NULL)
		fatalx("the parent switched to no configuration");
	env.conf = env.next;
	env.next = NULL;
	log_verbose((int)env.conf->global.verbose);
	test_clock(&env.conf->global);
	if (env.ops->switched != NULL)
		env.ops->switched(env.conf);
	role_conf_free(old);
	if (!env.started) {
		env.started = 1;
		start_peers();
		if (env.ops->start != NULL)
			env.ops->start();
	}
}

static void
boot(const struct role_msg *msg)
{
	struct proto_boot *b = &env.boot;
	size_t i;

	memcpy(b, msg->data, sizeof(*b));
	if (b->version != PROTO_VERSION || b->role != env.ops->role ||
	    b->instance != env.instance || b->nrw > nitems(b->rw) ||
	    !proto_string(b->chroot_dir, sizeof(b->chroot_dir)))
		fatalx("the parent is of another version: restart it");
	for (i = 0; i < b->nrw; i++)
		if (!proto_string(b->rw[i], sizeof(b->rw[i])))
			fatalx("the parent sent a broken start message");
	env.booted = 1;
}

static void
parent_message(struct channel *ch, const struct role_msg *msg)
{
	(void)ch;
	if (env.next != NULL && role_conf_row(env.next, msg))
		return;
	switch (msg->type) {
	case PROTO_BOOT:
		boot(msg);
		break;
	case PROTO_PEER:
		peer_add(msg);
		break;
	case PROTO_CONF_BEGIN:
		conf_begin(msg->data);
		break;
	case PROTO_CONF_END:
		if (env.next == NULL)
			fatalx("the parent ended no configuration");
		conf_end();
		break;
	case PROTO_CONF_SWITCH:
		conf_switch();
		break;
	case PROTO_CONF_DROP:
		role_conf_free(env.next);
		env.next = NULL;
		break;
	case PROTO_STOP:
		if (env.ops->stop != NULL)
			env.ops->stop();
		else
			proc_stopped();
		break;
	default:
		env.ops->message(msg);
	}
}

/* What opens files or sockets of its own accord does so before the sandbox. */
static void
init_libraries(void)
{
	unsigned char r;

	clock_init();
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1)
		fatalx("libcrypto does not start");
	if (RAND_bytes(&r, sizeof(r)) != 1)
		fatalx("libcrypto has no randomness");
	if (tls_init() == -1)
		fatalx("libtls does not start");
	tzset();
	if (event_init() == NULL)
		fatal("event_init");
}

static void
enter_sandbox(void)
{
	struct sandbox_spec spec;
	char errbuf[256];
	const char *rw[nitems(env.boot.rw)];
	size_t i;

	memset(&spec, 0, sizeof(spec));
	spec.profile = (enum sandbox_profile)env.ops->role;
	spec.privileged = (int)env.boot.privileged;
	spec.uid = env.boot.uid;
	spec.gid = env.boot.gid;
	spec.chroot_dir = env.boot.chroot_dir;
	for (i = 0; i < env.boot.nrw; i++)
		rw[i] = env.boot.rw[i];
	spec.rw_paths = rw;
	spec.nrw = env.boot.nrw;
	if (!spec.privileged && spec.chroot_dir[0] != '\0' &&
	    env.boot.nrw > 0 && chdir(spec.chroot_dir) == -1)
		fatal("%s", spec.chroot_dir);
	if (sandbox_enter(&spec, errbuf, sizeof(errbuf)) == -1)
		fatalx("sandbox: %s", errbuf);
}

/* Asked for by "test sandbox": the rights as they are, not as they should. */
static void
test_sandbox(void)
{
	char allowed[256];

	if (sandbox_selftest((enum sandbox_profile)env.ops->role, allowed,
	    sizeof(allowed)) == -1)
		fatalx("sandbox allows: %s", allowed);
	log_info("sandbox: %s: refuses all that it has to",
	    sandbox_describe());
}

static void
hello(void)
{
	struct proto_hello row;
	struct iovec iov = { &row, sizeof(row) };

	memset(&row, 0, sizeof(row));
	row.version = PROTO_VERSION;
	row.role = env.ops->role;
	row.instance = env.instance;
	row.pid = (uint32_t)getpid();
	strlcpy(row.sandbox, sandbox_describe(), sizeof(row.sandbox));
	channel_send(&env.parent, PROTO_HELLO, &iov, 1, -1);
}

void
proc_run(const struct role_ops *ops, unsigned int instance, int foreground)
{
	env.ops = ops;
	env.instance = instance;
	log_init(role_name(ops->role), foreground, 0);
	closefrom(PROC_PARENT_FD + 1);
	signal(SIGPIPE, SIG_IGN);
	/* A terminal's ^C is the parent's business; it stops us in order. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);

	init_libraries();
	channel_init(&env.parent, PROC_PARENT_FD, ops->role, ROLE_PARENT, 0);
	env.parent.message = parent_message;
	env.parent.gone = parent_gone;
	if (fcntl(PROC_PARENT_FD, F_SETFL, O_NONBLOCK) == -1)
		fatal("not started by the parent");
	while (!env.booted)
		if (channel_wait(&env.parent, 10000) != 1)
			fatalx("the parent says nothing");

	if (ops->load != NULL)
		ops->load();
	enter_sandbox();
	if (env.boot.test_sandbox)
		test_sandbox();
	if (ops->init != NULL)
		ops->init(instance);
	hello();
	channel_start(&env.parent);
	event_dispatch();
	_exit(0);
}

const struct role_conf *
proc_conf(void)
{
	return (env.conf);
}

int
proc_path_inside(const char *full, char *out, size_t outmax)
{
	const char *root = env.boot.chroot_dir;
	size_t len = strlen(root);

	if (!env.boot.privileged || len == 0 || strcmp(root, "/") == 0)
		return (strlcpy(out, full, outmax) < outmax ? 0 : -1);
	if (strncmp(full, root, len) != 0 ||
	    (full[len] != '/' && full[len] != '\0'))
		return (-1);
	full += len;

	return (strlcpy(out, *full == '\0' ? "/" : full, outmax) < outmax ?
	    0 : -1);
}

static struct channel *
find_peer(enum role to, unsigned int instance)
{
	if (to == ROLE_PARENT)
		return (&env.parent);
	if (to >= ROLE_COUNT || instance >= PROTO_WORKERS_MAX)
		return (NULL);

	return (env.peers[to][instance]);
}

int
proc_sendv(enum role to, unsigned int instance, uint32_t type,
    const struct iovec *iov, int iovcnt)
{
	struct channel *ch = find_peer(to, instance);

	return (ch == NULL ? -1 : channel_send(ch, type, iov, iovcnt, -1));
}

int
proc_send(enum role to, unsigned int instance, uint32_t type,
    const void *data, size_t len)
{
	struct iovec iov;

	/* An iovec is not const, though nothing is written through it. */
	memcpy(&iov.iov_base, &data, sizeof(data));
	iov.iov_len = len;

	return (proc_sendv(to, instance, type, &iov, data == NULL ? 0 : 1));
}

uint32_t
proc_queued(enum role role, unsigned int instance)
{
	struct channel *ch = find_peer(role, instance);

	return (ch == NULL || ch->fd == -1 ? 0 : imsg_queuelen(&ch->ibuf));
}

unsigned int
proc_instances(enum role role)
{
	return (role < ROLE_COUNT ? env.npeers[role] : 0);
}

/* What proc_call() waits for; the message function of its channel. */
static struct call {
	uint32_t	 type;
	uint64_t	 id;
	void		*reply;
	size_t		 len;
	int		 done;
} call;

static void
call_message(struct channel *ch, const struct role_msg *msg)
{
	uint64_t id;

	if (msg->type != call.type || msg->len != call.len) {
		peer_message(ch, msg);
		return;
	}
	/* An answer that comes after its time was up is nobody's. */
	memcpy(&id, msg->data, sizeof(id));
	if (call.done || id != call.id)
		return;
	memcpy(call.reply, msg->data, call.len);
	call.done = 1;
}

static int
milliseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return ((int)((now.tv_sec - start->tv_sec) * 1000 +
	    (now.tv_nsec - start->tv_nsec) / 1000000));
}

int
proc_call(enum role to, uint32_t type, const void *data, size_t len,
    uint32_t reply_type, void *reply, size_t reply_len, int timeout_ms)
{
	struct channel *ch = find_peer(to, 0);
	struct timespec start;
	int left;

	if (ch == NULL || proc_send(to, 0, type, data, len) == -1 ||
	    channel_flush(ch, timeout_ms) == -1)
		return (-1);
	call.type = reply_type;
	memcpy(&call.id, data, sizeof(call.id));
	call.reply = reply;
	call.len = reply_len;
	call.done = 0;
	ch->message = call_message;
	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!call.done) {
		left = timeout_ms - milliseconds_since(&start);
		if (left <= 0 || channel_wait(ch, left) == -1)
			break;
	}
	ch->message = peer_message;

	return (call.done ? 0 : -1);
}

void
proc_stopped(void)
{
	channel_send(&env.parent, PROTO_STOPPED, NULL, 0, -1);
}
