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
#include <sys/uio.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/imsg.h"

#define BATCH	64	/* messages in one sendmsg(2) */

struct ibuf *
ibuf_dynamic(size_t len, size_t max)
{
	struct ibuf *buf;

	if (len == 0 || len > max) {
		errno = EINVAL;
		return NULL;
	}
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return NULL;
	if ((buf->buf = malloc(len)) == NULL) {
		free(buf);
		return NULL;
	}
	buf->size = len;
	buf->max = max;
	buf->fd = -1;
	return buf;
}

/* Makes room for len octets more; at least doubles, to copy seldom. */
static int
ibuf_grow(struct ibuf *buf, size_t len)
{
	unsigned char *grown;
	size_t size;

	if (len > buf->max - buf->wpos) {
		errno = ERANGE;
		return -1;
	}
	if (len <= buf->size - buf->wpos)
		return 0;
	size = buf->size > buf->max / 2 ? buf->max : buf->size * 2;
	if (size < buf->wpos + len)
		size = buf->wpos + len;
	if ((grown = recallocarray(buf->buf, buf->size, size, 1)) == NULL)
		return -1;
	buf->buf = grown;
	buf->size = size;
	return 0;
}

int
ibuf_add(struct ibuf *buf, const void *data, size_t len)
{
	if (len == 0)
		return 0;
	if (ibuf_grow(buf, len) == -1)
		return -1;
	memcpy(buf->buf + buf->wpos, data, len);
	buf->wpos += len;
	return 0;
}

size_t
ibuf_size(const struct ibuf *buf)
{
	return buf->wpos;
}

void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->fd != -1)
		close(buf->fd);
	buf->fd = fd;
}

void
ibuf_free(struct ibuf *buf)
{
	if (buf == NULL)
		return;
	if (buf->fd != -1)
		close(buf->fd);
	freezero(buf->buf, buf->size);
	free(buf);
}

void
ibuf_close(struct msgbuf *msgbuf, struct ibuf *buf)
{
	TAILQ_INSERT_TAIL(&msgbuf->bufs, buf, entry);
	msgbuf->queued++;
}

void
msgbuf_init(struct msgbuf *msgbuf, int fd)
{
	TAILQ_INIT(&msgbuf->bufs);
	msgbuf->queued = 0;
	msgbuf->fd = fd;
}

static void
msgbuf_remove(struct msgbuf *msgbuf, struct ibuf *buf)
{
	TAILQ_REMOVE(&msgbuf->bufs, buf, entry);
	msgbuf->queued--;
	ibuf_free(buf);
}

void
msgbuf_clear(struct msgbuf *msgbuf)
{
	struct ibuf *buf;

	while ((buf = TAILQ_FIRST(&msgbuf->bufs)) != NULL)
		msgbuf_remove(msgbuf, buf);
}

/* Takes n octets that were sent off the queue. */
static void
msgbuf_drain(struct msgbuf *msgbuf, size_t n)
{
	struct ibuf *buf;

	while (n > 0 && (buf = TAILQ_FIRST(&msgbuf->bufs)) != NULL) {
		if (n < buf->wpos - buf->rpos) {
			buf->rpos += n;
			return;
		}
		n -= buf->wpos - buf->rpos;
		msgbuf_remove(msgbuf, buf);
	}
}

/*
 * Collects what one sendmsg(2) can take.  A message with a descriptor is only
 * the first of a batch: then the descriptor is there when its first octet is.
 */
static size_t
msgbuf_batch(struct msgbuf *msgbuf, struct iovec *iov)
{
	struct ibuf *buf;
	size_t n = 0;

	TAILQ_FOREACH(buf, &msgbuf->bufs, entry) {
		if (n == BATCH || (n > 0 && buf->fd != -1))
			break;
		iov[n].iov_base = buf->buf + buf->rpos;
		iov[n].iov_len = buf->wpos - buf->rpos;
		n++;
	}
	return n;
}

static void
attach_fd(struct msghdr *msg, void *control, size_t len, int fd)
{
	struct cmsghdr *cmsg;

	memset(control, 0, len);
	msg->msg_control = control;
	msg->msg_controllen = len;
	cmsg = CMSG_FIRSTHDR(msg);
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
}

int
msgbuf_write(struct msgbuf *msgbuf)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[BATCH];
	struct msghdr msg;
	struct ibuf *first;
	ssize_t n;

	if ((first = TAILQ_FIRST(&msgbuf->bufs)) == NULL)
		return 1;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = msgbuf_batch(msgbuf, iov);
	if (first->fd != -1)
		attach_fd(&msg, &control, sizeof(control), first->fd);
	do {
		n = sendmsg(msgbuf->fd, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == -1) {
		if (errno == ENOBUFS)
			errno = EAGAIN;
		return -1;
	}
	/* It went with the first octet. */
	if (n > 0)
		ibuf_fd_set(first, -1);
	msgbuf_drain(msgbuf, (size_t)n);
	return 1;
}
