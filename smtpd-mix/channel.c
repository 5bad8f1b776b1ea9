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
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"

#include "channel.h"
#include "log.h"

static void channel_event(int, short, void *);

void
channel_init(struct channel *ch, int fd, enum role self, enum role peer,
    unsigned int instance)
{
	memset(ch, 0, sizeof(*ch));
	ch->fd = fd;
	ch->self = self;
	ch->peer = peer;
	ch->instance = instance;
	/* A client of the control socket has no descriptors for us to hold. */
	if ((peer == ROLE_MIXCTL ? imsg_init_nofds(&ch->ibuf, fd) :
	    imsg_init(&ch->ibuf, fd)) == -1 ||
	    imsg_set_maxsize(&ch->ibuf, PROTO_MAX_SIZE) == -1)
		fatal("channel");
}

/* Asks for what the channel wants now: to write only if the socket is full. */
static void
channel_arm(struct channel *ch)
{
	short what = EV_READ | EV_PERSIST;

	if (ch->blocked)
		what |= EV_WRITE;
	if (ch->in_event) {
		if (event_get_events(&ch->ev) == what)
			return;
		event_del(&ch->ev);
	}
	event_set(&ch->ev, ch->fd, what, channel_event, ch);
	event_add(&ch->ev, NULL);
	ch->in_event = 1;
}

/*
 * Writes when the handlers are through: all that they have said goes at once,
 * and an error finds nobody who still uses the channel.
 */
static void
channel_later(struct channel *ch)
{
	if (ch->in_event && !ch->blocked && imsg_queuelen(&ch->ibuf) > 0)
		event_active(&ch->later, EV_WRITE, 1);
}

void
channel_start(struct channel *ch)
{
	if (!ch->in_event)
		event_set(&ch->later, -1, 0, channel_event, ch);
	channel_arm(ch);
	channel_later(ch);
}

void
channel_close(struct channel *ch)
{
	if (ch->fd == -1)
		return;
	if (ch->in_event) {
		event_del(&ch->ev);
		event_del(&ch->later);
	}
	ch->in_event = 0;
	imsg_clear(&ch->ibuf);
	close(ch->fd);
	ch->fd = -1;
}

static void
channel_gone(struct channel *ch, int broken)
{
	channel_close(ch);
	if (ch->gone != NULL)
		ch->gone(ch, broken);
}

int
channel_send(struct channel *ch, uint32_t type, const struct iovec *iov,
    int iovcnt, int fd)
{
	struct ibuf *buf;
	size_t len = 0;
	int i;

	if (ch->fd == -1) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	for (i = 0; i < iovcnt; i++)
		len += iov[i].iov_len;
	if (proto_check(type, ch->self, ch->peer,
	    iovcnt > 0 ? iov[0].iov_base : NULL, len) == NULL)
		fatalx("message %u of %zu octets to %s breaks the rules", type,
		    len, role_name(ch->peer));

	if ((buf = imsg_create(&ch->ibuf, type, 0, 0, len)) == NULL)
		fatal("channel to %s", role_name(ch->peer));
	for (i = 0; i < iovcnt; i++)
		if (imsg_add(buf, iov[i].iov_base, iov[i].iov_len) == -1)
			fatal("channel to %s", role_name(ch->peer));
	if (fd != -1)
		ibuf_fd_set(buf, fd);
	imsg_close(&ch->ibuf, buf);
	channel_later(ch);

	return (0);
}

/* Hands on one message that passes the rules; -1 for one that doesn't. */
static int
channel_check(struct channel *ch, struct imsg *imsg)
{
	const struct proto_rule *rule;
	struct role_msg msg;

	msg.from = ch->peer;
	msg.instance = ch->instance;
	msg.type = imsg->hdr.type;
	msg.data = imsg->data;
	msg.len = imsg_get_len(imsg);
	msg.fd = imsg_get_fd(imsg);
	rule = proto_check(msg.type, ch->peer, ch->self, msg.data, msg.len);
	if (rule == NULL || (msg.fd != -1) != rule->with_fd) {
		if (msg.fd != -1)
			close(msg.fd);
		return (-1);
	}
	ch->message(ch, &msg);

	return (0);
}

/* Handles what is in the buffer, at most max messages.  Count, -1 broken. */
static int
channel_drain(struct channel *ch, int max)
{
	struct imsg imsg;
	ssize_t n;
	int count = 0;

	while (ch->fd != -1 && count < max) {
		if ((n = imsg_get(&ch->ibuf, &imsg)) == -1)
			return (-1);
		if (n == 0)
			break;
		n = channel_check(ch, &imsg);
		imsg_free(&imsg);
		if (n == -1)
			return (-1);
		count++;
	}

	return (count);
}

/* Both return 0, also when the socket isn't ready; -1: the peer is gone. */
static int
channel_read(struct channel *ch)
{
	ssize_t n = imsg_read(&ch->ibuf);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (0);

	return (n > 0 ? 0 : -1);
}

static int
channel_write(struct channel *ch)
{
	ch->blocked = 0;
	while (imsg_queuelen(&ch->ibuf) > 0 && !ch->blocked) {
		if (imsg_write(&ch->ibuf) != -1 || errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return (-1);
		ch->blocked = 1;
	}
	if (ch->in_event)
		channel_arm(ch);

	return (0);
}

static void
channel_event(int fd, short what, void *arg)
{
	struct channel *ch = arg;
	int n;

	(void)fd;
	if ((what & EV_WRITE) && channel_write(ch) == -1) {
		channel_gone(ch, 0);
		return;
	}
	if (what & EV_READ) {
		n = channel_read(ch);
		/* What came before the end still counts. */
		if (channel_drain(ch, INT_MAX) == -1) {
			channel_gone(ch, 1);
			return;
		}
		if (n == -1 && ch->fd != -1)
			channel_gone(ch, 0);
	}
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* Until the socket is ready: 1, or 0 at the time end, -1: error. */
static int
channel_poll(const struct channel *ch, short events, int64_t end)
{
	struct pollfd pfd = { ch->fd, events, 0 };
	int64_t left;
	int n;

	do {
		left = end - now_ms();
		n = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (n == -1 && errno == EINTR);

	return (n);
}

int
channel_flush(struct channel *ch, int timeout_ms)
{
	const int64_t end = now_ms() + timeout_ms;

	while (ch->fd != -1 && imsg_queuelen(&ch->ibuf) > 0)
		if (channel_poll(ch, POLLOUT, end) < 1 ||
		    channel_write(ch) == -1)
			return (-1);

	return (ch->fd == -1 ? -1 : 0);
}

/* What was read beyond the message must not wait for the next octet. */
static void
channel_wake(struct channel *ch)
{
	if (ch->in_event)
		event_active(&ch->ev, EV_READ, 1);
}

int
channel_wait(struct channel *ch, int timeout_ms)
{
	const int64_t end = now_ms() + timeout_ms;
	int n;

	while (ch->fd != -1) {
		if ((n = channel_drain(ch, 1)) == -1) {
			channel_gone(ch, 1);
			return (-1);
		}
		if (n == 1) {
			channel_wake(ch);
			return (1);
		}
		if ((n = channel_poll(ch, POLLIN, end)) < 1)
			return (n);
		if (channel_read(ch) == -1) {
			channel_gone(ch, 0);
			return (-1);
		}
	}

	return (-1);
}
