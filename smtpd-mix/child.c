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
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"

#include "child.h"
#include "log.h"
#include "maildir_root.h"
#include "proc.h"

/* Room for as many bodies as a channel's credits allow. */
#define CHANNEL_BUFFER	(1024 * 1024)

static void
channel_pair(int fds[2])
{
	int i, size = CHANNEL_BUFFER;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
		fatal("socketpair");
	for (i = 0; i < 2; i++) {
		if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) == -1 ||
		    fcntl(fds[i], F_SETFL, O_NONBLOCK) == -1)
			fatal("socketpair");
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	}
}

/* A role has no use for what the parent's terminal says, or shows. */
static void
drop_terminal(void)
{
	int fd;

	if ((fd = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(fd, STDIN_FILENO) == -1 || dup2(fd, STDOUT_FILENO) == -1)
		_exit(1);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void __attribute__((__noreturn__))
child_exec(const char *program, enum role role, unsigned int instance,
    int foreground, int fd)
{
	char instance_arg[16], role_arg[16], program_arg[1024];
	char x[] = "-x", i[] = "-i", d[] = "-d";
	char *argv[7], *envp[] = { NULL };
	sigset_t none;
	int n = 0;

	strlcpy(program_arg, program, sizeof(program_arg));
	strlcpy(role_arg, role_name(role), sizeof(role_arg));
	(void)snprintf(instance_arg, sizeof(instance_arg), "%u", instance);
	argv[n++] = program_arg;
	argv[n++] = x;
	argv[n++] = role_arg;
	argv[n++] = i;
	argv[n++] = instance_arg;
	if (foreground)
		argv[n++] = d;
	argv[n] = NULL;
	/* dup2() clears close-on-exec, unless it has nothing to do. */
	if (fd == PROC_PARENT_FD ? fcntl(fd, F_SETFD, 0) == -1 :
	    dup2(fd, PROC_PARENT_FD) == -1)
		_exit(1);
	closefrom(PROC_PARENT_FD + 1);
	drop_terminal();
	/* A group of its own, so that ^C reaches the parent alone. */
	(void)setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(program, argv, envp);
	fprintf(stderr, "smtpd-mix: %s: %s\n", program, strerror(errno));
	_exit(1);
}

void
child_start(struct child *c, const char *program, enum role role,
    unsigned int instance, int foreground)
{
	int fds[2];

	memset(c, 0, sizeof(*c));
	c->role = role;
	c->instance = instance;
	c->started = (uint64_t)time(NULL);
	channel_pair(fds);
	switch (c->pid = fork()) {
	case -1:
		fatal("fork");
	case 0:
		child_exec(program, role, instance, foreground, fds[1]);
	default:
		close(fds[1]);
	}
	channel_init(&c->ch, fds[0], ROLE_PARENT, role, instance);
	c->ch.arg = c;
}

/* Root directory and writable places of a role; see the table in design. */
static void
set_places(struct proto_boot *b, const struct conf *conf, enum role role)
{
	const char *dir = conf->chroot_dir;

	switch (role) {
	case ROLE_QUEUE:
		dir = conf->spool_dir;
		break;
	case ROLE_KEYS:
		dir = conf->keys_dir;
		break;
	case ROLE_DIRECTORY:
		dir = conf->cache_dir;
		break;
	case ROLE_DELIVER:
		maildir_root(conf, b);
		return;
	default:
		strlcpy(b->chroot_dir, dir, sizeof(b->chroot_dir));
		return;
	}
	strlcpy(b->chroot_dir, dir, sizeof(b->chroot_dir));
	strlcpy(b->rw[0], b->privileged ? "/" : dir, sizeof(b->rw[0]));
	b->nrw = 1;
}

void
child_boot(struct child *c, const struct conf *conf, int privileged)
{
	struct proto_boot b;
	struct iovec iov = { &b, sizeof(b) };

	memset(&b, 0, sizeof(b));
	b.version = PROTO_VERSION;
	b.role = c->role;
	b.instance = c->instance;
	b.privileged = (uint32_t)privileged;
	b.uid = conf->users[c->role].uid;
	b.gid = conf->users[c->role].gid;
	b.verbose = conf->global.verbose;
	b.test_sandbox = conf->global.test_sandbox;
	set_places(&b, conf, c->role);
	channel_send(&c->ch, PROTO_BOOT, &iov, 1, -1);
}

static void
introduce(struct child *c, const struct child *to, int fd)
{
	struct proto_peer row = { to->role, to->instance };
	struct iovec iov = { &row, sizeof(row) };

	channel_send(&c->ch, PROTO_PEER, &iov, 1, fd);
}

void
children_introduce(struct children *all)
{
	struct child *a, *b;
	int fds[2];

	for (a = all->list; a < all->list + all->n; a++)
		for (b = a + 1; b < all->list + all->n; b++) {
			if (!proto_paired(a->role, b->role))
				continue;
			channel_pair(fds);
			introduce(a, b, fds[0]);
			introduce(b, a, fds[1]);
		}
}

unsigned int
child_count(enum role role, const struct conf *conf)
{
	unsigned int n;
	long cpus;

	if (role == ROLE_PARENT)
		return (0);
	if (role != ROLE_CRYPTO)
		return (1);
	n = conf->global.workers;
	if (n == 0 && (cpus = sysconf(_SC_NPROCESSORS_ONLN)) > 0)
		n = (unsigned int)cpus;
	if (n == 0)
		n = 1;

	return (n > PROTO_WORKERS_MAX ? PROTO_WORKERS_MAX : n);
}

struct child *
child_by_pid(struct children *all, pid_t pid)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->list[i].pid == pid)
			return (&all->list[i]);

	return (NULL);
}

static unsigned int
reap(struct children *all)
{
	unsigned int left = 0;
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->list[i].pid == 0)
			continue;
		if (waitpid(all->list[i].pid, NULL, WNOHANG) != 0)
			all->list[i].pid = 0;
		else
			left++;
	}

	return (left);
}

const struct child *
children_lacking(const struct children *all,
    int (*has)(const struct child *))
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!has(&all->list[i]))
			return (&all->list[i]);

	return (NULL);
}

void
children_send(struct children *all, uint32_t type)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		channel_send(&all->list[i].ch, type, NULL, 0, -1);
}

void
children_end(struct children *all)
{
	struct timespec tick = { 0, 10 * 1000 * 1000 };
	int i;
	size_t k;

	for (k = 0; k < all->n; k++)
		channel_close(&all->list[k].ch);
	for (i = 0; i < 50 && reap(all) > 0; i++)
		nanosleep(&tick, NULL);
	for (k = 0; k < all->n; k++)
		if (all->list[k].pid != 0) {
			log_warnx("%s does not end, killed",
			    role_name(all->list[k].role));
			kill(all->list[k].pid, SIGKILL);
			waitpid(all->list[k].pid, NULL, 0);
			all->list[k].pid = 0;
		}
}
