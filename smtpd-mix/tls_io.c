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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "tls_io.h"

static void	on_event(int, short, void *);

static void
told(struct tls_io *io, enum tls_io_event what)
{
	io->cb(io->arg, what);
}

/* Nothing more is read or sent: says why. */
static void
broken(struct tls_io *io, enum tls_io_event what, const char *why)
{
	strlcpy(io->error, why == NULL ? "unknown error" : why,
	    sizeof(io->error));
	tls_io_abandon(io);
	told(io, what);
}

static int
room_to_read(const struct tls_io *io)
{
	return (io->in_len - io->in_pos < sizeof(io->in));
}

static short
wanted(const struct tls_io *io)
{
	short want = 0;
	int reads = io->reading && room_to_read(io);

	switch (io->state) {
	case TLS_IO_CONNECTING:
		return (EV_WRITE);
	case TLS_IO_HANDSHAKE:
		return (io->tls_writes);
	case TLS_IO_OPEN:
		if (reads)
			want |= io->tls != NULL ? io->tls_reads : EV_READ;
		if (io->blocked)
			want |= io->tls != NULL ? io->tls_writes : EV_WRITE;
		return (want);
	default:
		return (0);
	}
}

/* Makes the event fit what is wanted now. */
static void
arm(struct tls_io *io)
{
	short want = wanted(io);

	if (want == event_pending(&io->ev, EV_READ | EV_WRITE, NULL))
		return;
	event_del(&io->ev);
	if (want == 0)
		return;
	event_set(&io->ev, io->fd, (short)(want | EV_PERSIST), on_event, io);
	event_add(&io->ev, NULL);
}

/*
 * What is to be sent is sent when the handlers are through, all at once; only
 * when the socket is full it is waited for.  An event to read that isn't wanted
 * any more stays until it comes: mostly it is wanted again before.
 */
static void
update(struct tls_io *io)
{
	if (io->state == TLS_IO_OPEN) {
		if (io->maybe_more && io->reading && room_to_read(io))
			event_active(&io->again, EV_READ, 1);
		if (io->out_len > io->out_pos && !io->blocked)
			event_active(&io->again, EV_WRITE, 1);
		if (event_pending(&io->ev, EV_READ | EV_WRITE, NULL) ==
		    (wanted(io) | EV_READ))
			return;
	}
	arm(io);
}

/* What libtls waits for, or 0 if n isn't that. */
static short
tls_waits(ssize_t n)
{
	if (n == TLS_WANT_POLLIN)
		return (EV_READ);
	if (n == TLS_WANT_POLLOUT)
		return (EV_WRITE);

	return (0);
}

/* As read(2); -1 with errno EAGAIN when there is nothing, else with error. */
static ssize_t
read_some(struct tls_io *io)
{
	char *to = io->in + io->in_len;
	size_t room = sizeof(io->in) - io->in_len;
	ssize_t n;
	short waits;

	if (io->tls == NULL) {
		do {
			n = read(io->fd, to, room);
		} while (n == -1 && errno == EINTR);
		if (n == -1)
			strlcpy(io->error, strerror(errno), sizeof(io->error));
		return (n);
	}
	n = tls_read(io->tls, to, room);
	if ((waits = tls_waits(n)) != 0) {
		io->tls_reads = waits;
		errno = EAGAIN;
		return (-1);
	}
	io->tls_reads = EV_READ;
	if (n == -1) {
		errno = EIO;
		strlcpy(io->error, tls_error(io->tls), sizeof(io->error));
	}

	return (n);
}

static ssize_t
write_some(struct tls_io *io)
{
	const char *from = io->out + io->out_pos;
	size_t len = io->out_len - io->out_pos;
	ssize_t n;
	short waits;

	if (io->tls == NULL) {
		do {
			n = write(io->fd, from, len);
		} while (n == -1 && errno == EINTR);
		if (n == -1)
			strlcpy(io->error, strerror(errno), sizeof(io->error));
		return (n);
	}
	n = tls_write(io->tls, from, len);
	if ((waits = tls_waits(n)) != 0) {
		io->tls_writes = waits;
		errno = EAGAIN;
		return (-1);
	}
	io->tls_writes = EV_WRITE;
	if (n == -1) {
		errno = EIO;
		strlcpy(io->error, tls_error(io->tls), sizeof(io->error));
	}

	return (n);
}

/* Sends what can be sent.  1: all is sent, 0: not yet, -1: failed. */
static int
flush(struct tls_io *io)
{
	ssize_t n;

	io->blocked = 0;
	while (io->out_pos < io->out_len) {
		if ((n = write_some(io)) == -1) {
			io->blocked = errno == EAGAIN || errno == EWOULDBLOCK;
			return (io->blocked ? 0 : -1);
		}
		io->out_pos += (size_t)n;
	}
	io->out_pos = io->out_len = 0;

	return (1);
}

static void
compact(struct tls_io *io)
{
	io->in_len -= io->in_pos;
	memmove(io->in, io->in + io->in_pos, io->in_len);
	io->in_pos = 0;
}

/* Reads until the buffer is full or all is read.  1: more, 0, -1, -2 EOF. */
static int
fill(struct tls_io *io)
{
	size_t before;
	ssize_t n;

	compact(io);
	before = io->in_len;
	io->maybe_more = 0;
	while (io->in_len < sizeof(io->in)) {
		n = read_some(io);
		if (n > 0) {
			io->in_len += (size_t)n;
			/* A socket gives all it has, libtls a record. */
			if (io->tls == NULL)
				return (1);
			continue;
		}
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return (io->in_len > before);
		/* What came before the end is handed out first. */
		if (io->in_len > before) {
			io->maybe_more = 1;
			return (1);
		}
		return (n == 0 ? -2 : -1);
	}
	io->maybe_more = io->tls != NULL;

	return (io->in_len > before);
}

static void
connected(struct tls_io *io)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		broken(io, TLS_IO_FAILED, strerror(error));
		return;
	}
	io->state = TLS_IO_OPEN;
	update(io);
	told(io, TLS_IO_CONNECTED);
}

static void
handshake(struct tls_io *io)
{
	int n = tls_handshake(io->tls);
	short waits = tls_waits(n);

	if (waits != 0) {
		io->tls_writes = waits;
		update(io);
		return;
	}
	if (n == -1) {
		broken(io, TLS_IO_FAILED, tls_error(io->tls));
		return;
	}
	io->state = TLS_IO_OPEN;
	io->secure = 1;
	io->tls_reads = EV_READ;
	io->tls_writes = EV_WRITE;
	io->maybe_more = 1;
	update(io);
	told(io, TLS_IO_SECURED);
}

/* Only when the socket says so; libtls may read for reasons of its own. */
static int
may_read(const struct tls_io *io, short events)
{
	return (io->reading && room_to_read(io) &&
	    ((events & EV_READ) || io->tls != NULL));
}

/*
 * One thing is told at a time: after it io may be gone.  What is left to do
 * shows again, since the event stays.
 */
static void
transfer(struct tls_io *io, short events)
{
	int unsent = io->out_len > io->out_pos, sent, got = 0;

	if ((sent = flush(io)) == -1) {
		broken(io, TLS_IO_FAILED, io->error);
		return;
	}
	if (may_read(io, events))
		got = fill(io);
	if (got == -2) {
		broken(io, TLS_IO_EOF, "connection closed by the peer");
		return;
	}
	if (got == -1) {
		broken(io, TLS_IO_FAILED, io->error);
		return;
	}
	/* If it came unwanted it goes. */
	if ((events & EV_READ) && got == 0)
		arm(io);
	update(io);
	if (got == 1)
		told(io, TLS_IO_READABLE);
	else if (unsent && sent == 1)
		told(io, TLS_IO_WRITABLE);
}

static void
on_event(int fd, short events, void *arg)
{
	struct tls_io *io = arg;

	(void)fd;
	switch (io->state) {
	case TLS_IO_CONNECTING:
		connected(io);
		break;
	case TLS_IO_HANDSHAKE:
		handshake(io);
		break;
	case TLS_IO_OPEN:
		transfer(io, events);
		break;
	default:
		break;
	}
}

static void
on_timer(int fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	told(arg, TLS_IO_TIMEOUT);
}

int
tls_io_open(struct tls_io *io, int fd, int connecting, size_t out_max,
    void (*cb)(void *, enum tls_io_event), void *arg)
{
	int on = 1;

	memset(io, 0, sizeof(*io));
	if ((io->out = malloc(out_max)) == NULL)
		return (-1);
	io->fd = fd;
	io->out_max = out_max;
	io->cb = cb;
	io->arg = arg;
	io->reading = 1;
	io->state = connecting ? TLS_IO_CONNECTING : TLS_IO_OPEN;
	/* Commands are short and wait for replies; no harm if it fails. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	event_set(&io->ev, fd, EV_READ | EV_PERSIST, on_event, io);
	event_set(&io->again, -1, 0, on_event, io);
	evtimer_set(&io->timer, on_timer, io);
	update(io);

	return (0);
}

void
tls_io_close(struct tls_io *io)
{
	if (io->state == TLS_IO_CLOSED)
		return;
	event_del(&io->ev);
	event_del(&io->again);
	evtimer_del(&io->timer);
	if (io->tls != NULL) {
		/* Says goodbye if that goes at once. */
		if (io->state == TLS_IO_OPEN)
			(void)tls_close(io->tls);
		tls_free(io->tls);
		io->tls = NULL;
	}
	tls_server_unref(io->server);
	io->server = NULL;
	close(io->fd);
	freezero(io->out, io->out_max);
	io->out = NULL;
	explicit_bzero(io->in, sizeof(io->in));
	io->in_pos = io->in_len = io->out_pos = io->out_len = 0;
	io->state = TLS_IO_CLOSED;
}

void
tls_io_abandon(struct tls_io *io)
{
	if (io->state == TLS_IO_CLOSED)
		return;
	io->state = TLS_IO_BROKEN;
	event_del(&io->ev);
	event_del(&io->again);
}

const char *
tls_io_peek(const struct tls_io *io, size_t *len)
{
	*len = io->in_len - io->in_pos;

	return (io->in + io->in_pos);
}

void
tls_io_take(struct tls_io *io, size_t n)
{
	int was_full = !room_to_read(io);

	io->in_pos += n;
	if (was_full)
		update(io);
}

void
tls_io_reading(struct tls_io *io, int on)
{
	if (io->reading == on)
		return;
	io->reading = on;
	update(io);
}

size_t
tls_io_room(const struct tls_io *io)
{
	return (io->out_max - (io->out_len - io->out_pos));
}

size_t
tls_io_unsent(const struct tls_io *io)
{
	return (io->out_len - io->out_pos);
}

size_t
tls_io_write(struct tls_io *io, const char *buf, size_t len)
{
	if (io->state != TLS_IO_OPEN)
		return (0);
	if (len > tls_io_room(io))
		len = tls_io_room(io);
	if (len == 0)
		return (0);
	if (io->out_max - io->out_len < len) {
		memmove(io->out, io->out + io->out_pos, tls_io_unsent(io));
		io->out_len -= io->out_pos;
		io->out_pos = 0;
	}
	memcpy(io->out + io->out_len, buf, len);
	io->out_len += len;
	update(io);

	return (len);
}

void
tls_io_timeout(struct tls_io *io, unsigned int seconds)
{
	struct timeval tv = { (time_t)seconds, 0 };

	evtimer_del(&io->timer);
	if (seconds > 0)
		evtimer_add(&io->timer, &tv);
}

static int
begin_handshake(struct tls_io *io)
{
	io->in_pos = io->in_len = 0;
	io->state = TLS_IO_HANDSHAKE;
	io->tls_writes = EV_READ | EV_WRITE;
	update(io);

	return (0);
}

int
tls_io_accept(struct tls_io *io, struct tls_server *server)
{
	if (tls_accept_socket(server->ctx, &io->tls, io->fd) == -1) {
		strlcpy(io->error, tls_error(server->ctx), sizeof(io->error));
		io->tls = NULL;
		return (-1);
	}
	io->server = tls_server_ref(server);

	return (begin_handshake(io));
}

int
tls_io_connect(struct tls_io *io, struct tls_config *config, const char *name)
{
	if ((io->tls = tls_client()) == NULL) {
		strlcpy(io->error, "out of memory", sizeof(io->error));
		return (-1);
	}
	if (tls_configure(io->tls, config) == -1 ||
	    tls_connect_socket(io->tls, io->fd, name) == -1) {
		strlcpy(io->error, tls_error(io->tls), sizeof(io->error));
		tls_free(io->tls);
		io->tls = NULL;
		return (-1);
	}

	return (begin_handshake(io));
}

const char *
tls_io_error(const struct tls_io *io)
{
	return (io->error);
}
