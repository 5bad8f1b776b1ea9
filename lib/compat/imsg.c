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
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/imsg.h"

#define FD_MARK		0x80000000U	/* in the length: carries one */
#define READ_SIZE	131072		/* least size of the input buffer */
#define FDS_AT_ONCE	8		/* room for one recvmsg(2) */

int
imsg_init(struct imsgbuf *imsgbuf, int fd)
{
	memset(imsgbuf, 0, sizeof(*imsgbuf));
	msgbuf_init(&imsgbuf->w, fd);
	imsgbuf->fd = fd;
	imsgbuf->pid = getpid();
	imsgbuf->maxsize = MAX_IMSGSIZE;
	return 0;
}

int
imsg_init_nofds(struct imsgbuf *imsgbuf, int fd)
{
	(void)imsg_init(imsgbuf, fd);
	imsgbuf->nofds = 1;
	return 0;
}

/*
 * The input buffer has room for two messages of the largest size: then what is
 * left of one is moved to the front at most once for as much that is read.
 */
static int
reserve_input(struct imsgbuf *imsgbuf)
{
	unsigned char *grown;
	size_t size;

	size = imsgbuf->maxsize * 2;
	if (size < READ_SIZE)
		size = READ_SIZE;
	if (imsgbuf->rsize >= size)
		return 0;
	grown = recallocarray(imsgbuf->rbuf, imsgbuf->rsize, size, 1);
	if (grown == NULL)
		return -1;
	imsgbuf->rbuf = grown;
	imsgbuf->rsize = size;
	return 0;
}

int
imsg_set_maxsize(struct imsgbuf *imsgbuf, uint32_t max)
{
	if (max >= FD_MARK / 2 - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return -1;
	}
	imsgbuf->maxsize = max + IMSG_HEADER_SIZE;
	return reserve_input(imsgbuf);
}

/* Returns -1 when there are more than may wait; those are closed. */
static int
queue_fds(struct imsgbuf *imsgbuf, const struct cmsghdr *cmsg, uint64_t end)
{
	const unsigned char *data = CMSG_DATA(cmsg);
	size_t i, n;
	int fd, result = 0;

	n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
	for (i = 0; i < n; i++) {
		memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
		if (imsgbuf->nfds == IMSG_MAX_FDS) {
			close(fd);
			result = -1;
			continue;
		}
		imsgbuf->fds[imsgbuf->nfds].end = end;
		imsgbuf->fds[imsgbuf->nfds].fd = fd;
		imsgbuf->nfds++;
	}
	return result;
}

static int
take_control(struct imsgbuf *imsgbuf, struct msghdr *msg, uint64_t end)
{
	struct cmsghdr *cmsg;
	int result = 0;

	/* Without room for them, the system closed what came. */
	if (imsgbuf->nofds)
		return 0;
	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == SOL_SOCKET &&
		    cmsg->cmsg_type == SCM_RIGHTS &&
		    queue_fds(imsgbuf, cmsg, end) == -1) {
			errno = EBADMSG;
			result = -1;
		}
	}
	if (result == 0 && (msg->msg_flags & MSG_CTRUNC) != 0) {
		errno = EMFILE;
		result = -1;
	}
	return result;
}

/* Moves the unread rest to the front when little room is behind it. */
static void
make_room(struct imsgbuf *imsgbuf)
{
	size_t rest;

	rest = imsgbuf->rend - imsgbuf->rpos;
	if (rest == 0) {
		imsgbuf->rpos = imsgbuf->rend = 0;
	} else if (imsgbuf->rsize - imsgbuf->rend < imsgbuf->rsize / 2) {
		memmove(imsgbuf->rbuf, imsgbuf->rbuf + imsgbuf->rpos, rest);
		/* What was moved may not stay behind as a second copy. */
		if (imsgbuf->rend > rest)
			explicit_bzero(imsgbuf->rbuf + rest,
			    imsgbuf->rend - rest);
		imsgbuf->rpos = 0;
		imsgbuf->rend = rest;
	}
}

ssize_t
imsg_read(struct imsgbuf *imsgbuf)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(sizeof(int) * FDS_AT_ONCE)];
	} control;
	struct iovec iov;
	struct msghdr msg;
	ssize_t n;

	if (reserve_input(imsgbuf) == -1)
		return -1;
	make_room(imsgbuf);
	iov.iov_base = imsgbuf->rbuf + imsgbuf->rend;
	iov.iov_len = imsgbuf->rsize - imsgbuf->rend;
	if (iov.iov_len == 0) {
		errno = EAGAIN;
		return -1;
	}
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (!imsgbuf->nofds) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	do {
		n = recvmsg(imsgbuf->fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	imsgbuf->rend += (size_t)n;
	if (take_control(imsgbuf, &msg, imsgbuf->consumed +
	    (imsgbuf->rend - imsgbuf->rpos)) == -1)
		return -1;
	return n;
}

static int
pop_fd(struct imsgbuf *imsgbuf)
{
	int fd;

	if (imsgbuf->nfds == 0)
		return -1;
	fd = imsgbuf->fds[0].fd;
	imsgbuf->nfds--;
	memmove(imsgbuf->fds, imsgbuf->fds + 1,
	    imsgbuf->nfds * sizeof(imsgbuf->fds[0]));
	return fd;
}

/*
 * A descriptor belongs to a message that begins within the octets it came
 * with.  When the next message begins behind them, nobody will claim it.
 */
static void
close_unclaimed(struct imsgbuf *imsgbuf)
{
	while (imsgbuf->nfds > 0 &&
	    imsgbuf->fds[0].end <= imsgbuf->consumed)
		close(pop_fd(imsgbuf));
}

static int
copy_data(struct imsg *imsg, const unsigned char *data, size_t len)
{
	imsg->data = NULL;
	if (len == 0)
		return 0;
	if ((imsg->data = malloc(len)) == NULL)
		return -1;
	memcpy(imsg->data, data, len);
	return 0;
}

ssize_t
imsg_get(struct imsgbuf *imsgbuf, struct imsg *imsg)
{
	unsigned char *start;
	size_t avail, len;
	int marked;

	close_unclaimed(imsgbuf);
	avail = imsgbuf->rend - imsgbuf->rpos;
	if (avail < IMSG_HEADER_SIZE)
		return 0;
	start = imsgbuf->rbuf + imsgbuf->rpos;
	memcpy(&imsg->hdr, start, sizeof(imsg->hdr));
	marked = (imsg->hdr.len & FD_MARK) != 0;
	imsg->hdr.len &= ~FD_MARK;
	len = imsg->hdr.len;
	if (len < IMSG_HEADER_SIZE || len > imsgbuf->maxsize) {
		errno = ERANGE;
		return -1;
	}
	if (avail < len)
		return 0;
	if (copy_data(imsg, start + IMSG_HEADER_SIZE,
	    len - IMSG_HEADER_SIZE) == -1)
		return -1;
	imsg->fd = marked ? pop_fd(imsgbuf) : -1;
	explicit_bzero(start, len);
	imsgbuf->rpos += len;
	imsgbuf->consumed += len;
	return (ssize_t)len;
}

int
imsg_get_fd(struct imsg *imsg)
{
	int fd;

	fd = imsg->fd;
	imsg->fd = -1;
	return fd;
}

size_t
imsg_get_len(const struct imsg *imsg)
{
	return imsg->hdr.len - IMSG_HEADER_SIZE;
}

void
imsg_free(struct imsg *imsg)
{
	if (imsg->fd != -1)
		close(imsg->fd);
	imsg->fd = -1;
	freezero(imsg->data, imsg_get_len(imsg));
	imsg->data = NULL;
}

struct ibuf *
imsg_create(struct imsgbuf *imsgbuf, uint32_t type, uint32_t peerid, pid_t pid,
    size_t len)
{
	struct imsg_hdr hdr;
	struct ibuf *buf;

	if (len > imsgbuf->maxsize - IMSG_HEADER_SIZE) {
		errno = ERANGE;
		return NULL;
	}
	buf = ibuf_dynamic(IMSG_HEADER_SIZE + len, imsgbuf->maxsize);
	if (buf == NULL)
		return NULL;
	memset(&hdr, 0, sizeof(hdr));
	hdr.type = type;
	hdr.peerid = peerid;
	hdr.pid = (uint32_t)(pid != 0 ? pid : imsgbuf->pid);
	if (ibuf_add(buf, &hdr, sizeof(hdr)) == -1) {
		ibuf_free(buf);
		return NULL;
	}
	return buf;
}

int
imsg_add(struct ibuf *buf, const void *data, size_t len)
{
	if (ibuf_add(buf, data, len) == -1) {
		ibuf_free(buf);
		return -1;
	}
	return (int)len;
}

void
imsg_close(struct imsgbuf *imsgbuf, struct ibuf *buf)
{
	uint32_t len;

	len = (uint32_t)ibuf_size(buf);
	if (buf->fd != -1)
		len |= FD_MARK;
	memcpy(buf->buf + offsetof(struct imsg_hdr, len), &len, sizeof(len));
	ibuf_close(&imsgbuf->w, buf);
}

int
imsg_composev(struct imsgbuf *imsgbuf, uint32_t type, uint32_t peerid,
    pid_t pid, int fd, const struct iovec *iov, int iovcnt)
{
	struct ibuf *buf;
	size_t len = 0;
	int i;

	for (i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len > imsgbuf->maxsize - len) {
			errno = ERANGE;
			return -1;
		}
		len += iov[i].iov_len;
	}
	if ((buf = imsg_create(imsgbuf, type, peerid, pid, len)) == NULL)
		return -1;
	for (i = 0; i < iovcnt; i++) {
		if (imsg_add(buf, iov[i].iov_base, iov[i].iov_len) == -1)
			return -1;
	}
	ibuf_fd_set(buf, fd);
	imsg_close(imsgbuf, buf);
	return 1;
}

int
imsg_compose(struct imsgbuf *imsgbuf, uint32_t type, uint32_t peerid,
    pid_t pid, int fd, const void *data, size_t len)
{
	struct ibuf *buf;

	if ((buf = imsg_create(imsgbuf, type, peerid, pid, len)) == NULL)
		return -1;
	if (imsg_add(buf, data, len) == -1)
		return -1;
	ibuf_fd_set(buf, fd);
	imsg_close(imsgbuf, buf);
	return 1;
}

int
imsg_write(struct imsgbuf *imsgbuf)
{
	return msgbuf_write(&imsgbuf->w);
}

int
imsg_flush(struct imsgbuf *imsgbuf)
{
	struct pollfd pfd;

	while (imsgbuf->w.queued > 0) {
		if (msgbuf_write(&imsgbuf->w) != -1)
			continue;
		if (errno != EAGAIN)
			return -1;
		pfd.fd = imsgbuf->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
			return -1;
	}
	return 0;
}

uint32_t
imsg_queuelen(const struct imsgbuf *imsgbuf)
{
	return imsgbuf->w.queued;
}

void
imsg_clear(struct imsgbuf *imsgbuf)
{
	while (imsgbuf->nfds > 0)
		close(pop_fd(imsgbuf));
	msgbuf_clear(&imsgbuf->w);
	freezero(imsgbuf->rbuf, imsgbuf->rsize);
	imsgbuf->rbuf = NULL;
	imsgbuf->rsize = imsgbuf->rpos = imsgbuf->rend = 0;
}
