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

#include <string.h>
#include <unistd.h>

#include "line_io.h"

void
line_io_init(struct line_io *io, int fd)
{
	int on = 1;

	io->fd = fd;
	io->tls = NULL;
	io->len = io->pos = io->out_len = 0;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int
line_io_write(struct line_io *io, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len > 0) {
		if (io->tls != NULL)
			n = tls_write(io->tls, p, len);
		else
			n = write(io->fd, p, len);
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT)
			continue;
		if (n <= 0)
			return (-1);
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

static int
flush(struct line_io *io)
{
	size_t len = io->out_len;

	io->out_len = 0;
	return (line_io_write(io, io->out, len));
}

int
line_io_put(struct line_io *io, const char *text)
{
	size_t len = strlen(text);

	if (len > sizeof(io->out))
		return (-1);
	if (io->out_len + len > sizeof(io->out) && flush(io) == -1)
		return (-1);
	memcpy(io->out + io->out_len, text, len);
	io->out_len += len;
	return (0);
}

void
line_io_close(struct line_io *io)
{
	(void)flush(io);
	if (io->tls != NULL) {
		(void)tls_close(io->tls);
		tls_free(io->tls);
	}
	close(io->fd);
}

static int
fill(struct line_io *io)
{
	ssize_t n;

	if (flush(io) == -1)
		return (-1);
	do {
		if (io->tls != NULL)
			n = tls_read(io->tls, io->buf, sizeof(io->buf));
		else
			n = read(io->fd, io->buf, sizeof(io->buf));
	} while (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
	io->pos = 0;
	io->len = n > 0 ? (size_t)n : 0;
	return (n > 0 ? 0 : -1);
}

int
line_io_read(struct line_io *io, char line[LINE_IO_MAX])
{
	size_t len = 0;
	char c;

	for (;;) {
		if (io->pos == io->len && fill(io) == -1)
			return (-1);
		c = io->buf[io->pos++];
		if (c == '\n')
			break;
		if (c != '\r' && len < LINE_IO_MAX - 1)
			line[len++] = c;
	}
	line[len] = '\0';
	return (0);
}

int
line_io_skip_text(struct line_io *io)
{
	static const char end[] = "\r\n.\r\n";
	size_t matched = 2;		/* at the beginning of a line */
	const char *p;

	for (;;) {
		if (io->pos == io->len && fill(io) == -1)
			return (-1);
		if (matched == 0) {
			p = memchr(io->buf + io->pos, '\r', io->len - io->pos);
			if (p == NULL) {
				io->pos = io->len;
				continue;
			}
			io->pos = (size_t)(p - io->buf);
		}
		if (io->buf[io->pos] == end[matched])
			matched++;
		else
			matched = io->buf[io->pos] == '\r';
		io->pos++;
		if (matched == sizeof(end) - 1)
			return (0);
	}
}
