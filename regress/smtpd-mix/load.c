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


/*
 * Traffic for tests of a network of mixes: sends mail without an end, each with
 * a number of its own, until SIGTERM; each connection then ends the mail that
 * it is about.  What isn't acknowledged with 250 is sent again, the same
 * message, as a mail server would.
 *
 *	load [-c connections] [-d milliseconds] [-h parts] [-n mails]
 *	    [-r seconds] [-t seconds] acked port,recipient,cert[,cert ...] ...
 *
 *	-c	connections, which take the kinds of mail in turn; by default 4
 *	-d	between two mails of a connection; by default 0
 *	-h	so many parts each, as large as they can be, of mails that never
 *		get whole
 *	-n	at most so many mails a connection
 *	-r	these at moments drawn evenly over so many seconds
 *	-t	without an answer for so long a connection is given up, and the
 *		mail sent again on another; by default 5
 *
 * The file acked gets a line for each mail that was acknowledged: its number,
 * as in the field X-Load of its header.  Exit status 1: a mail was refused for
 * good.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "lib/layers.h"
#include "mixtasy/layer.h"

#define CONNECTIONS_MAX	256
#define KINDS_MAX	16
#define MOMENTS_MAX	1024
#define TRY_AGAIN_MS	100
#define LIFETIME	600	/* whatever happens */
#define LAST_MAIL	60	/* seconds, from SIGTERM */

struct kind {
	unsigned int	 port;
	const char	*rcpt;
	struct mix_hop	 hops[MIX_PATH_MAX];
	size_t		 nhops;
};

static struct kind	 kinds[KINDS_MAX];
static size_t		 nkinds;
static unsigned int	 connections = 4, pause_ms, mails_max, patience = 5;
static unsigned int	 spread;	/* seconds; 0: no moments are drawn */
static unsigned int	 half_parts;	/* of a mail; 0: mails are whole */
static int		 acked;
static volatile sig_atomic_t ending;

/* One connection: it belongs to a process of its own. */
static struct {
	const struct kind *kind;
	unsigned int	 number;
	unsigned int	 nmails;
	int		 fd;		/* -1: none */
	char		 in[2048];
	size_t		 in_len;
	char		 text[MIX_OUTER_LEN_MAX + 8];
	size_t		 text_len;
} conn;

static void
on_term(int sig)
{
	(void)sig;
	ending = 1;
	alarm(LAST_MAIL);
}

static void
wait_ms(unsigned int ms)
{
	struct timespec ts = { (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&ts, NULL);
}

static void
add_kind(char *text)
{
	struct kind *kind = &kinds[nkinds++];
	const char *port, *cert;

	if (nkinds > KINDS_MAX || (port = strsep(&text, ",")) == NULL ||
	    (kind->rcpt = strsep(&text, ",")) == NULL)
		errx(2, "port,recipient,cert[,cert ...]");
	kind->port = (unsigned int)strtoul(port, NULL, 10);
	while ((cert = strsep(&text, ",")) != NULL) {
		if (kind->nhops == MIX_PATH_MAX)
			errx(2, "too many mixes");
		layers_read_hop(cert, &kind->hops[kind->nhops++]);
	}
}

static void
whole_mail(struct mix_final *final)
{
	static char mail[1024];
	int n;

	n = snprintf(mail, sizeof(mail), "From: <load@home.example>\r\n"
	    "To: <%s>\r\nX-Load: %u.%u\r\nSubject: load\r\n\r\n"
	    "one of many\r\n", conn.kind->rcpt, conn.number, conn.nmails);
	final->type = MIX_SINGLEPART;
	mix_id_new(&rng_system, final->id);
	final->payload = (const uint8_t *)mail;
	final->payload_len = (size_t)n;
}

/* Never the first part, so that nobody knows whom it is for. */
static void
half_mail(struct mix_final *final)
{
	static const uint8_t payload[MIX_HASHED_LEN];
	static char id[MIX_ID_MAX];
	unsigned int part = (conn.nmails - 1) % half_parts;

	if (part == 0)
		mix_id_new(&rng_system, id);
	final->type = MIX_MULTIPART;
	(void)strlcpy(final->id, id, sizeof(final->id));
	final->part = part + 2;
	final->total = half_parts + 2;
	final->payload = payload;
	final->payload_len = mix_payload_max(final);
}

/* The connection's next mail, sealed, as it goes over the wire. */
static void
make_mail(void)
{
	const struct kind *kind = conn.kind;
	struct mix_final final;
	uint8_t body[MIX_BODY_LEN];

	conn.nmails++;
	memset(&final, 0, sizeof(final));
	if (half_parts > 0)
		half_mail(&final);
	else
		whole_mail(&final);
	if (mix_seal(&final, kind->hops, kind->nhops, &rng_system, body) == -1)
		errx(1, "can't be sealed");
	/* Neither header nor armor has a line that begins with a dot. */
	conn.text_len = mix_outer_write(NULL, kind->hops[0].address, body,
	    conn.text);
	memcpy(conn.text + conn.text_len, ".\r\n", 3);
	conn.text_len += 3;
}

static void
hang_up(void)
{
	if (conn.fd != -1)
		close(conn.fd);
	conn.fd = -1;
	conn.in_len = 0;
}

static int
dial(void)
{
	struct timeval tv = { (time_t)patience, 0 };
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)conn.kind->port);
	if ((conn.fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	(void)setsockopt(conn.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	(void)setsockopt(conn.fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (connect(conn.fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return (0);
	hang_up();

	return (-1);
}

/* The code of one reply, after its last line; 0: the connection is lost. */
static int
read_reply(void)
{
	char *end;
	ssize_t n;
	int code, more;

	do {
		while ((end = memchr(conn.in, '\n', conn.in_len)) == NULL) {
			if (conn.in_len == sizeof(conn.in))
				errx(1, "a line without an end");
			n = read(conn.fd, conn.in + conn.in_len,
			    sizeof(conn.in) - conn.in_len);
			if (n == -1 && errno == EINTR)
				continue;
			if (n <= 0)
				return (0);
			conn.in_len += (size_t)n;
		}
		code = atoi(conn.in);
		more = conn.in[3] == '-';
		end++;
		conn.in_len -= (size_t)(end - conn.in);
		memmove(conn.in, end, conn.in_len);
	} while (more);

	return (code);
}

static int
write_all(const char *buf, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(conn.fd, buf, len)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		buf += n;
		len -= (size_t)n;
	}

	return (0);
}

/* Says something; 0 if the answer is the one expected, else -1. */
static int
say(const char *text, size_t len, int expected)
{
	int code;

	if (text != NULL && write_all(text, len) == -1)
		return (-1);
	code = read_reply();
	if (code >= 500)
		errx(1, "mail %u.%u was refused with %d", conn.number,
		    conn.nmails, code);

	return (code == expected ? 0 : -1);
}

static int
say_line(const char *line, int expected)
{
	return (say(line, strlen(line), expected));
}

static int
greet(void)
{
	return (dial() == -1 || say(NULL, 0, 220) == -1 ||
	    say_line("EHLO load.example\r\n", 250) == -1 ? -1 : 0);
}

static int
try_mail(void)
{
	char rcpt[MIX_ADDRESS_MAX + 16];

	if (conn.fd == -1 && greet() == -1)
		return (-1);
	(void)snprintf(rcpt, sizeof(rcpt), "RCPT TO:<%s>\r\n",
	    conn.kind->hops[0].address);

	return (say_line("MAIL FROM:<>\r\n", 250) == -1 ||
	    say_line(rcpt, 250) == -1 || say_line("DATA\r\n", 354) == -1 ||
	    say(conn.text, conn.text_len, 250) == -1 ? -1 : 0);
}

static void
tell_acked(void)
{
	char line[32];
	int n;

	n = snprintf(line, sizeof(line), "%u.%u\n", conn.number, conn.nmails);
	if (write(acked, line, (size_t)n) != n)
		err(1, "acknowledged mails");
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");

	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

static int
later(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return ((x > y) - (x < y));
}

/* Waits for the moment of the connection's next mail. */
static void
wait_moment(void)
{
	static uint32_t moments[MOMENTS_MAX];
	static int64_t began;
	unsigned int i;
	int64_t left;

	if (began == 0) {
		began = now_ms();
		for (i = 0; i < mails_max; i++)
			moments[i] = rng_uniform(&rng_system, spread * 1000);
		qsort(moments, mails_max, sizeof(moments[0]), later);
	}
	left = began + moments[conn.nmails] - now_ms();
	if (left > 0)
		wait_ms((unsigned int)left);
}

static void
run_connection(unsigned int number)
{
	conn.number = number;
	conn.kind = &kinds[number % nkinds];
	conn.fd = -1;
	alarm(LIFETIME);
	while (!ending && (mails_max == 0 || conn.nmails < mails_max)) {
		if (spread > 0)
			wait_moment();
		make_mail();
		while (try_mail() == -1) {
			hang_up();
			wait_ms(TRY_AGAIN_MS);
		}
		tell_acked();
		wait_ms(pause_ms);
	}
	if (conn.fd != -1)
		(void)say_line("QUIT\r\n", 221);
	_exit(0);
}

/* Waits for all; hands a SIGTERM on. */
static int
wait_for_all(const pid_t *pids)
{
	unsigned int i, left = connections;
	int status, failed = 0, told = 0;

	while (left > 0) {
		if (ending && !told)
			for (i = 0, told = 1; i < connections; i++)
				kill(pids[i], SIGTERM);
		if (wait(&status) == -1) {
			if (errno != EINTR)
				err(1, "wait");
			continue;
		}
		left--;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			failed = 1;
	}

	return (failed);
}

static void
set_handler(void)
{
	struct sigaction sa;

	/* Without SA_RESTART: wait() has to come back. */
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_term;
	if (sigaction(SIGTERM, &sa, NULL) == -1)
		err(1, "sigaction");
	signal(SIGPIPE, SIG_IGN);
}

static unsigned int
number(const char *text)
{
	return ((unsigned int)strtoul(text, NULL, 10));
}

int
main(int argc, char *argv[])
{
	pid_t pids[CONNECTIONS_MAX];
	unsigned int i;
	int c;

	while ((c = getopt(argc, argv, "c:d:h:n:r:t:")) != -1) {
		switch (c) {
		case 'c':
			connections = number(optarg);
			break;
		case 'd':
			pause_ms = number(optarg);
			break;
		case 'h':
			half_parts = number(optarg);
			break;
		case 'n':
			mails_max = number(optarg);
			break;
		case 'r':
			spread = number(optarg);
			break;
		case 't':
			patience = number(optarg);
			break;
		default:
			return (2);
		}
	}
	if (argc - optind < 2 || connections > CONNECTIONS_MAX)
		errx(2, "usage: load [-c n] [-d ms] [-h n] [-n n] [-r s] "
		    "[-t s] acked kind ...");
	if (spread > 0 && (mails_max == 0 || mails_max > MOMENTS_MAX))
		errx(2, "-r needs -n, at most %d", MOMENTS_MAX);
	acked = open(argv[optind], O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (acked == -1)
		err(1, "%s", argv[optind]);
	for (i = (unsigned int)optind + 1; i < (unsigned int)argc; i++)
		add_kind(argv[i]);
	set_handler();
	for (i = 0; i < connections; i++) {
		if ((pids[i] = fork()) == -1)
			err(1, "fork");
		if (pids[i] == 0)
			run_connection(i);
	}

	return (wait_for_all(pids));
}
