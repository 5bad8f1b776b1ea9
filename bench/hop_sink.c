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

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hop_sink.h"
#include "line_io.h"

static atomic_ulong	taken;

static int
take_text(struct line_io *io)
{
	if (line_io_put(io, "354 go on\r\n") == -1 ||
	    line_io_skip_text(io) == -1)
		return (-1);
	atomic_fetch_add(&taken, 1);
	return (line_io_put(io, "250 taken\r\n"));
}

static int
do_command(struct line_io *io, const char *line)
{
	if (strncasecmp(line, "DATA", 4) == 0)
		return (take_text(io));
	if (strncasecmp(line, "EHLO", 4) == 0)
		return (line_io_put(io, "250-sink.example\r\n"
		    "250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 1000000\r\n"));
	if (strncasecmp(line, "QUIT", 4) == 0) {
		(void)line_io_put(io, "221 bye\r\n");
		return (-1);
	}
	return (line_io_put(io, "250 ok\r\n"));
}

static void *
serve(void *arg)
{
	struct line_io *io = arg;
	char line[LINE_IO_MAX];

	if (line_io_put(io, "220 sink.example\r\n") == 0) {
		while (line_io_read(io, line) == 0 && do_command(io, line) == 0)
			continue;
	}
	line_io_close(io);
	free(io);
	return (NULL);
}

static void *
accept_all(void *arg)
{
	int *listener = arg;
	struct line_io *io;
	pthread_t thread;
	int fd;

	while ((fd = accept(*listener, NULL, NULL)) != -1) {
		if ((io = malloc(sizeof(*io))) == NULL)
			err(1, NULL);
		line_io_init(io, fd);
		if (pthread_create(&thread, NULL, serve, io) != 0)
			errx(1, "no thread");
		(void)pthread_detach(thread);
	}
	err(1, "accept");
}

void
hop_sink_start(const char *port)
{
	static int listener;
	struct sockaddr_in sin;
	pthread_t thread;
	int on = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((listener = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == -1 ||
	    bind(listener, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(listener, 128) == -1)
		err(1, "port %s", port);
	if (pthread_create(&thread, NULL, accept_all, &listener) != 0)
		errx(1, "no thread");
}

unsigned long
hop_sink_count(void)
{
	return (atomic_load(&taken));
}
