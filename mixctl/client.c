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
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "client.h"

/* Longer than the daemon itself waits for its roles. */
#define STATUS_SECONDS	6
#define ANSWER_SECONDS	40

static void __attribute__((__noreturn__))
explain(const char *path)
{
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
		errx(1, "%s: smtpd-mix is not running (or name its socket "
		    "with -s)", path);
	case EACCES:
	case EPERM:
		errx(1, "%s: permission denied: be root or in the group that "
		    "the configuration names (control ... group)", path);
	default:
		err(1, "%s", path);
	}
}

static void __attribute__((__noreturn__))
lost(const char *path)
{
	switch (errno) {
	case 0:
	case EPIPE:
	case ECONNRESET:
		errx(1, "%s: smtpd-mix closed the connection: it stops, or "
		    "has too many clients; try again", path);
	default:
		err(1, "%s", path);
	}
}

void
client_open(struct client *c, const char *path)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(2, "%s: path too long for a socket", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		explain(path);
	c->path = path;
	if (imsg_init(&c->ibuf, fd) == -1 ||
	    imsg_set_maxsize(&c->ibuf, PROTO_MAX_SIZE) == -1)
		err(1, "%s", path);
}

void
client_request(struct client *c, uint32_t type)
{
	struct proto_ctl req = { 0 };

	c->patience = type == PROTO_CTL_STATUS ? STATUS_SECONDS :
	    ANSWER_SECONDS;
	if (imsg_compose(&c->ibuf, type, 0, 0, -1, &req, sizeof(req)) == -1 ||
	    imsg_flush(&c->ibuf) == -1)
		lost(c->path);
}

void
client_send(struct client *c, uint32_t type, const void *data, size_t len)
{
	c->patience = ANSWER_SECONDS;
	if (imsg_compose(&c->ibuf, type, 0, 0, -1, data, len) == -1 ||
	    imsg_flush(&c->ibuf) == -1)
		lost(c->path);
}

static void
fill(struct client *c)
{
	struct pollfd pfd = { c->ibuf.fd, POLLIN, 0 };

	switch (poll(&pfd, 1, c->patience * 1000)) {
	case -1:
		err(1, "%s", c->path);
	case 0:
		errx(1, "%s: smtpd-mix does not answer: its role control "
		    "stands still", c->path);
	default:
		break;
	}
	switch (imsg_read(&c->ibuf)) {
	case -1:
		if (errno == EAGAIN || errno == EINTR)
			return;
		lost(c->path);
	case 0:
		errno = 0;
		lost(c->path);
	default:
		break;
	}
}

static void
next(struct client *c, struct imsg *imsg)
{
	ssize_t n;

	while ((n = imsg_get(&c->ibuf, imsg)) == 0)
		fill(c);
	if (n == -1 || proto_check(imsg->hdr.type, ROLE_CONTROL, ROLE_MIXCTL,
	    imsg->data, imsg_get_len(imsg)) == NULL)
		errx(1, "%s: smtpd-mix is of another version than mixctl",
		    c->path);
}

void
client_answer(struct client *c, void (*fn)(void *, uint32_t,
    const void *, size_t), void *arg, struct proto_ctl_done *done)
{
	struct imsg imsg;
	int end = 0;

	while (!end) {
		next(c, &imsg);
		if (imsg.hdr.type == PROTO_CTL_DONE) {
			memcpy(done, imsg.data, sizeof(*done));
			done->text[sizeof(done->text) - 1] = '\0';
			end = 1;
		} else if (fn != NULL)
			fn(arg, imsg.hdr.type, imsg.data,
			    imsg_get_len(&imsg));
		imsg_free(&imsg);
	}
}

void
client_print(void *arg, uint32_t type, const void *data, size_t len)
{
	const struct proto_ctl_cert_data *row = data;

	(void)arg, (void)len;
	if (type == PROTO_CTL_CERT_DATA && fwrite(row + 1, 1, row->n,
	    stdout) != row->n)
		err(2, "standard output");
}

void
client_close(struct client *c)
{
	imsg_clear(&c->ibuf);
	close(c->ibuf.fd);
}
