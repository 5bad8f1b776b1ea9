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

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "compat/compat.h"

#include "wire.h"

static int
fail(struct wire *wire, const char *why)
{
	strlcpy(wire->why, why, sizeof(wire->why));
	return -1;
}

/* Waits until the connection is ready for the events. */
static int
wait_for(struct wire *wire, short events)
{
	struct pollfd pfd;
	int n;

	pfd.fd = wire->fd;
	pfd.events = events;
	do
		n = poll(&pfd, 1, wire->timeout);
	while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : fail(wire, strerror(errno));
}

/* Starts connecting, and waits for the end of it. */
static int
connect_to(struct wire *wire, const struct addrinfo *ai)
{
	socklen_t len = sizeof(int);
	int error = 0, on = 1;

	wire->fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
	if (wire->fd == -1)
		return fail(wire, strerror(errno));
	if (fcntl(wire->fd, F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(wire->fd, F_SETFD, FD_CLOEXEC) == -1)
		return fail(wire, strerror(errno));
	/* The dot behind each text is not to wait for the server's host. */
	(void)setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, len);
	if (connect(wire->fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return fail(wire, strerror(errno));
	if (wait_for(wire, POLLOUT) == -1)
		return -1;
	if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	return error == 0 ? 0 : fail(wire, strerror(error));
}

int
wire_connect(struct wire *wire, const char *host, uint32_t port,
    uint32_t timeout)
{
	struct addrinfo hints, *all, *ai;
	char service[16];
	int error;

	memset(wire, 0, sizeof(*wire));
	wire->fd = -1;
	wire->timeout = (int)timeout * 1000;
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	snprintf(service, sizeof(service), "%u", port);
	if ((error = getaddrinfo(host, service, &hints, &all)) != 0)
		return fail(wire, gai_strerror(error));
	error = -1;
	for (ai = all; ai != NULL && error == -1; ai = ai->ai_next) {
		if ((error = connect_to(wire, ai)) == -1)
			wire_close(wire);
	}
	freeaddrinfo(all);
	return error;
}

static struct tls_config *
make_config(struct wire *wire, int verify, const char *ca_file)
{
	struct tls_config *config;

	if ((config = tls_config_new()) == NULL) {
		fail(wire, "out of memory");
		return NULL;
	}
	if (!verify) {
		tls_config_insecure_noverifycert(config);
		tls_config_insecure_noverifyname(config);
	} else if (ca_file[0] != '\0' &&
	    tls_config_set_ca_file(config, ca_file) == -1) {
		fail(wire, tls_config_error(config));
		tls_config_free(config);
		return NULL;
	}
	return config;
}

/* Waits for what TLS wants.  1: try again; 0: done; -1 with why. */
static int
tls_again(struct wire *wire, ssize_t n)
{
	const char *why;

	if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT)
		return wait_for(wire, n == TLS_WANT_POLLIN ? POLLIN :
		    POLLOUT) == 0 ? 1 : -1;
	if (n >= 0)
		return 0;
	why = tls_error(wire->tls);
	return fail(wire, why == NULL ? "TLS failed" : why);
}

int
wire_tls(struct wire *wire, const char *host, int verify, const char *ca_file)
{
	struct tls_config *config;
	int error = -1, again;

	if ((config = make_config(wire, verify, ca_file)) == NULL)
		return -1;
	if ((wire->tls = tls_client()) == NULL)
		fail(wire, "out of memory");
	else if (tls_configure(wire->tls, config) == -1 ||
	    tls_connect_socket(wire->tls, wire->fd, host) == -1)
		tls_again(wire, -1);
	else {
		do
			again = tls_again(wire, tls_handshake(wire->tls));
		while (again == 1);
		error = again;
	}
	tls_config_free(config);
	return error;
}

ssize_t
wire_read(struct wire *wire, char *buf, size_t size)
{
	ssize_t n;
	int again;

	do {
		if (wire->tls != NULL) {
			n = tls_read(wire->tls, buf, size);
			again = tls_again(wire, n);
		} else {
			if (wait_for(wire, POLLIN) == -1)
				return -1;
			n = recv(wire->fd, buf, size, 0);
			again = n == -1 && (errno == EINTR || errno == EAGAIN);
			if (n == -1 && !again)
				return fail(wire, strerror(errno));
		}
	} while (again == 1);
	return again == -1 ? -1 : n;
}

static ssize_t
write_some(struct wire *wire, const char *buf, size_t len)
{
	ssize_t n;
	int again;

	if (wire->tls != NULL) {
		n = tls_write(wire->tls, buf, len);
		again = tls_again(wire, n);
		return again == 0 ? n : again == 1 ? 0 : -1;
	}
	if (wait_for(wire, POLLOUT) == -1)
		return -1;
	n = send(wire->fd, buf, len, MSG_NOSIGNAL);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	return n == -1 ? fail(wire, strerror(errno)) : n;
}

int
wire_write(struct wire *wire, const char *buf, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write_some(wire, buf, len)) == -1)
			return -1;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

void
wire_close(struct wire *wire)
{
	if (wire->tls != NULL) {
		(void)tls_close(wire->tls);
		tls_free(wire->tls);
	}
	if (wire->fd != -1)
		close(wire->fd);
	wire->tls = NULL;
	wire->fd = -1;
}
