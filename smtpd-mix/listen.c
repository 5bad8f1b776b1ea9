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
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "listen.h"
#include "log.h"

#define BACKLOG	512

static int
set_flags(int fd)
{
	return (fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 ? -1 : 0);
}

static int
bind_address(const struct proto_conf_listen *row)
{
	struct addrinfo hints, *res;
	char port[16];
	int fd, on = 1, saved;

	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
	(void)snprintf(port, sizeof(port), "%u", row->port);
	if (getaddrinfo(row->address, port, &hints, &res) != 0) {
		errno = EINVAL;
		return (-1);
	}
	fd = socket(res->ai_family, SOCK_STREAM, 0);
	if (fd != -1 && res->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
		    sizeof(on));
	if (fd != -1 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == -1 ||
	    bind(fd, res->ai_addr, res->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1 || set_flags(fd) == -1)) {
		saved = errno;
		close(fd);
		errno = saved;
		fd = -1;
	}
	freeaddrinfo(res);

	return (fd);
}

/* Takes a socket of the same address out of old: its descriptor, or -1. */
static int
take_over(struct listeners *old, const struct proto_conf_listen *row)
{
	struct listener *l;
	size_t i;
	int fd;

	for (i = 0; i < old->n; i++) {
		l = &old->list[i];
		if (l->row.port == row->port &&
		    strcmp(l->row.address, row->address) == 0) {
			fd = l->fd;
			*l = old->list[--old->n];
			return (fd);
		}
	}

	return (-1);
}

/* Gives what next took over back to old, so that nothing has changed. */
static void
undo(struct listeners *next, struct listeners *old)
{
	size_t i;

	for (i = 0; i < next->n; i++) {
		if (next->list[i].taken)
			old->list[old->n++] = next->list[i];
		else
			close(next->list[i].fd);
	}
	next->n = 0;
}

/* "::", a default, on a system that does without IPv6. */
static int
is_missing_family(const struct proto_conf_listen *row)
{
	return (strcmp(row->address, "::") == 0 &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL));
}

/* 1: open; 0: left out; -1. */
static int
open_one(struct listener *l, struct listeners *old,
    const struct proto_conf_listen *row)
{
	l->row = *row;
	l->fd = take_over(old, row);
	l->taken = l->fd != -1;
	if (!l->taken && (l->fd = bind_address(row)) == -1)
		return (is_missing_family(row) ? 0 : -1);

	return (1);
}

int
listeners_open(struct listeners *next, struct listeners *old,
    const struct conf *conf, char *errbuf, size_t errlen)
{
	const struct proto_conf_listen *row = NULL;
	int opened = 1;
	size_t i;

	next->n = 0;
	for (i = 0; i < conf->nlistens && opened != -1; i++) {
		row = &conf->listens[i];
		opened = open_one(&next->list[next->n], old, row);
		if (opened == 1)
			next->n++;
		else if (opened == 0)
			log_warnx("listen on :: port %u: this system has no "
			    "IPv6; left out", row->port);
	}
	if (row == NULL || (next->n > 0 && opened != -1))
		return (0);
	(void)snprintf(errbuf, errlen, "listen on %s port %u: %s%s",
	    row->address, row->port, strerror(errno), errno == EADDRINUSE ?
	    "; stop the other server or choose another port" : "");
	undo(next, old);

	return (-1);
}

void
listeners_close(struct listeners *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		close(l->list[i].fd);
	l->n = 0;
}

void
listeners_revert(struct listeners *next, struct listeners *old,
    const struct conf *running)
{
	struct listener *l;
	size_t i;
	int fd;

	for (i = 0; i < running->nlistens; i++) {
		if ((fd = take_over(next, &running->listens[i])) == -1)
			continue;
		l = &old->list[old->n++];
		l->row = running->listens[i];
		l->taken = 0;
		l->fd = fd;
	}
	listeners_close(next);
}

/* Whether nobody listens at the socket any more: it may be removed. */
static int
is_stale(const struct sockaddr_un *sun)
{
	struct stat st;
	int fd, stale;

	if (lstat(sun->sun_path, &st) == -1 || !S_ISSOCK(st.st_mode) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return (0);
	/* One that is too busy to take a connection is alive, too. */
	stale = set_flags(fd) == 0 && connect(fd,
	    (const struct sockaddr *)sun, sizeof(*sun)) == -1 &&
	    errno == ECONNREFUSED;
	close(fd);

	return (stale);
}

/* Makes way for the socket. */
static int
clear_path(const struct sockaddr_un *sun, char *errbuf, size_t errlen)
{
	struct stat st;

	if (lstat(sun->sun_path, &st) == -1)
		return (0);	/* bind(2) tells what else is wrong */
	if (is_stale(sun)) {
		(void)unlink(sun->sun_path);
		return (0);
	}
	(void)snprintf(errbuf, errlen, "control: %s: %s", sun->sun_path,
	    S_ISSOCK(st.st_mode) ? "another smtpd-mix is running there; "
	    "stop it first" : "in the way, and not a socket: remove it or "
	    "choose another path");

	return (-1);
}

static int
set_owner(const struct conf *conf, char *errbuf, size_t errlen)
{
	const char *path = conf->control_socket;
	struct group *gr;

	if (conf->control_group[0] == '\0') {
		if (chmod(path, 0600) == 0)
			return (0);
	} else if ((gr = getgrnam(conf->control_group)) == NULL) {
		(void)snprintf(errbuf, errlen, "control: no group %s: create "
		    "it or remove it from the configuration",
		    conf->control_group);
		return (-1);
	} else if (chown(path, (uid_t)-1, gr->gr_gid) == 0 &&
	    chmod(path, 0660) == 0)
		return (0);
	(void)snprintf(errbuf, errlen, "control: %s: %s", path,
	    strerror(errno));

	return (-1);
}

int
listen_control(const struct conf *conf, char *errbuf, size_t errlen)
{
	struct sockaddr_un sun;
	mode_t mask;
	int fd, bound;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, conf->control_socket,
	    sizeof(sun.sun_path)) >= sizeof(sun.sun_path)) {
		(void)snprintf(errbuf, errlen, "control: %s: path too long "
		    "for a socket", conf->control_socket);
		return (-1);
	}
	if (clear_path(&sun, errbuf, errlen) == -1)
		return (-1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1) {
		(void)snprintf(errbuf, errlen, "control: %s", strerror(errno));
		return (-1);
	}
	mask = umask(0177);
	bound = bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0;
	umask(mask);
	if (!bound || listen(fd, 16) == -1 || set_flags(fd) == -1)
		(void)snprintf(errbuf, errlen, "control: %s: %s", sun.sun_path,
		    strerror(errno));
	else if (set_owner(conf, errbuf, errlen) == 0)
		return (fd);
	close(fd);

	return (-1);
}
