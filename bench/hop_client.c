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
#include <unistd.h>

#include "hop_client.h"
#include "line_io.h"

#define CONNECTIONS_MAX	256
#define PAUSE_US	5000	/* after a refusal for now */

/* What the threads of one job share. */
struct work {
	const struct hop_job	*job;
	struct tls_config	*config;
	atomic_size_t		 next;	/* mail that nobody has begun */
	atomic_ulong		 again;
};

struct session {
	struct line_io	io;
	struct work	*work;
	int		pipelining;
};

/* Reads a reply; returns its code, or ends the program. */
static int
reply(struct session *s, const char *to)
{
	char line[LINE_IO_MAX];

	do {
		if (line_io_read(&s->io, line) == -1)
			errx(1, "port %s: closed after %s", s->work->job->port,
			    to);
		if (strncmp(line + 3, "-PIPELINING", 11) == 0 ||
		    strncmp(line + 3, " PIPELINING", 11) == 0)
			s->pipelining = 1;
	} while (line[3] == '-');
	if (line[0] == '5')
		errx(1, "port %s: %s: %s", s->work->job->port, to, line);
	return (atoi(line));
}

static void
put(struct session *s, const char *text)
{
	if (line_io_put(&s->io, text) == -1)
		errx(1, "port %s: can't write", s->work->job->port);
}

static int
command(struct session *s, const char *text)
{
	put(s, text);
	return (reply(s, text));
}

static void
start_tls(struct session *s)
{
	struct tls *tls;

	if (command(s, "STARTTLS\r\n") != 220)
		errx(1, "port %s: no STARTTLS", s->work->job->port);
	if ((tls = tls_client()) == NULL ||
	    tls_configure(tls, s->work->config) == -1 ||
	    tls_connect_socket(tls, s->io.fd, "localhost") == -1 ||
	    tls_handshake(tls) == -1)
		errx(1, "port %s: TLS: %s", s->work->job->port,
		    tls == NULL ? "no memory" : tls_error(tls));
	s->io.tls = tls;
}

static int
connect_to(const char *port)
{
	struct sockaddr_in sin;
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "port %s", port);
	return (fd);
}

/* The three commands, by what the server lets us; 354 when it wants text. */
static int
send_envelope(struct session *s)
{
	char rcpt[LINE_IO_MAX];
	int code;

	(void)snprintf(rcpt, sizeof(rcpt), "RCPT TO:<%s>\r\n",
	    s->work->job->rcpt);
	if (!s->pipelining) {
		if ((code = command(s, "MAIL FROM:<>\r\n")) != 250 ||
		    (code = command(s, rcpt)) != 250)
			return (code);
		return (command(s, "DATA\r\n"));
	}
	put(s, "MAIL FROM:<>\r\n");
	put(s, rcpt);
	put(s, "DATA\r\n");
	(void)reply(s, "MAIL");
	(void)reply(s, "RCPT");
	return (reply(s, "DATA"));
}

static int
send_mail(struct session *s, const struct hop_mail *mail)
{
	if (send_envelope(s) != 354)
		return (-1);
	if (line_io_write(&s->io, mail->text, mail->len) == -1)
		errx(1, "port %s: can't write", s->work->job->port);
	return (command(s, ".\r\n") == 250 ? 0 : -1);
}

static void
greet(struct session *s)
{
	if (reply(s, "greeting") != 220)
		errx(1, "port %s: not open", s->work->job->port);
	(void)command(s, "EHLO load.example\r\n");
	if (s->work->job->tls) {
		start_tls(s);
		(void)command(s, "EHLO load.example\r\n");
	}
}

/* One connection, begun with a mail that is this thread's. */
static void
run_connection(struct work *w, struct session *s, size_t i)
{
	unsigned int n = 0;

	line_io_init(&s->io, connect_to(w->job->port));
	s->work = w;
	s->pipelining = 0;
	greet(s);
	for (;;) {
		while (send_mail(s, &w->job->mails[i]) == -1) {
			atomic_fetch_add(&w->again, 1);
			(void)command(s, "RSET\r\n");
			usleep(PAUSE_US);
		}
		if (++n == w->job->per_connection)
			break;
		if ((i = atomic_fetch_add(&w->next, 1)) >= w->job->n)
			break;
	}
	(void)command(s, "QUIT\r\n");
	line_io_close(&s->io);
}

static void *
run_thread(void *arg)
{
	struct work *w = arg;
	struct session *s;
	size_t i;

	if ((s = malloc(sizeof(*s))) == NULL)
		err(1, NULL);
	while ((i = atomic_fetch_add(&w->next, 1)) < w->job->n)
		run_connection(w, s, i);
	free(s);
	return (NULL);
}

static struct tls_config *
lenient_config(void)
{
	struct tls_config *config;

	if ((config = tls_config_new()) == NULL)
		errx(1, "no memory");
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	return (config);
}

void
hop_client_run(const struct hop_job *job, unsigned long *again)
{
	struct work w = { .job = job };
	pthread_t threads[CONNECTIONS_MAX];
	unsigned int i;

	if (job->connections > CONNECTIONS_MAX)
		errx(1, "too many connections");
	w.config = lenient_config();
	for (i = 0; i < job->connections; i++) {
		if (pthread_create(&threads[i], NULL, run_thread, &w) != 0)
			errx(1, "no thread");
	}
	for (i = 0; i < job->connections; i++)
		(void)pthread_join(threads[i], NULL);
	tls_config_free(w.config);
	*again += atomic_load(&w.again);
}
