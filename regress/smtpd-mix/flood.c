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
 * Clients that nobody wants, for tests: many connections that do one kind of
 * mischief, again and again, until SIGTERM.
 *
 *	flood [-b source] [-c connections] port mix-address kind
 *
 *	-b	the address that they come from, by default 127.0.0.2
 *	-c	how many at a time, by default 20; 0 only looks whether there
 *		is such a source address
 *
 * Kinds:
 *	idle	says nothing
 *	half	begins a text and never ends it
 *	drip	the same, but says something all the time
 *	slow	sends a command an octet at a time
 *	large	sends a text of a megabyte
 *	junk	sends a mail that is no mix message
 *	forged	sends what looks like a mix message and holds noise
 *
 * Prints a line for each time: the kind and the reply that it ended with; 0 if
 * the connection ended without one.  Half and drip print that to DATA, too.
 * Exit status 3: the system has no such source address.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "mixtasy/message.h"

#define CONNECTIONS_MAX	512
#define LIFETIME	600
#define AGAIN_MS	100
#define SLOW_MS		200
#define LARGE_LINES	16384		/* of 64 octets */

static struct in_addr	 source;
static uint16_t		 port;
static const char	*mix;
static volatile sig_atomic_t ending;

static void
on_term(int sig)
{
	(void)sig;
	ending = 1;
}

static void
wait_ms(unsigned int ms)
{
	struct timespec ts = { 0, (long)ms * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* A socket with the source address. */
static int
new_socket(void)
{
	struct sockaddr_in sin;
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr = source;
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
		warn("%s", inet_ntoa(source));
		exit(3);
	}

	return (fd);
}

static int
dial(void)
{
	struct sockaddr_in sin;
	int fd = new_socket();

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(port);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0)
		return (fd);
	close(fd);

	return (-1);
}

/* The code of the reply, which comes at once and alone; 0: the end. */
static int
read_reply(int fd)
{
	char buf[2048];
	size_t len = 0, line = 0, i;
	ssize_t n;

	for (;;) {
		n = read(fd, buf + len, sizeof(buf) - 1 - len);
		if (n <= 0)
			return (0);
		len += (size_t)n;
		buf[len] = '\0';
		for (i = line; i < len; i++) {
			if (buf[i] != '\n')
				continue;
			if (i - line > 3 && buf[line + 3] == ' ')
				return (atoi(buf + line));
			line = i + 1;
		}
		if (len == sizeof(buf) - 1)
			return (0);
	}
}

static int
say(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, text, len)) <= 0)
			return (-1);
		text += n;
		len -= (size_t)n;
	}

	return (0);
}

static int
ask(int fd, const char *line)
{
	return (say(fd, line, strlen(line)) == -1 ? 0 : read_reply(fd));
}

/* Everything up to DATA; the code that isn't as it should be, or 354. */
static int
open_text(int fd)
{
	char rcpt[MIX_ADDRESS_MAX + 16];
	int code;

	(void)snprintf(rcpt, sizeof(rcpt), "RCPT TO:<%s>\r\n", mix);
	if ((code = read_reply(fd)) != 220 ||
	    (code = ask(fd, "HELO flood.example\r\n")) != 250 ||
	    (code = ask(fd, "MAIL FROM:<>\r\n")) != 250 ||
	    (code = ask(fd, rcpt)) != 250)
		return (code);

	return (ask(fd, "DATA\r\n"));
}

/* Waits until the server has had enough. */
static int
wait_for_end(int fd)
{
	int code, last = 0;

	while ((code = read_reply(fd)) != 0)
		last = code;

	return (last);
}

static int
be_idle(int fd)
{
	return (wait_for_end(fd));
}

static void
tell(const char *kind, int code)
{
	char line[64];
	int n;

	n = snprintf(line, sizeof(line), "%s %d\n", kind, code);
	if (!ending && write(STDOUT_FILENO, line, (size_t)n) != n)
		err(1, "standard output");
}

static int
be_half(int fd)
{
	int code = open_text(fd);

	if (code != 354)
		return (code);
	tell("half", code);

	return (ask(fd, "Subject: half\r\n"));
}

static int
be_drip(int fd)
{
	static const char line[] = "Subject: drip\r\n";
	int code = open_text(fd);

	if (code != 354)
		return (code);
	tell("drip", code);
	while (!ending && say(fd, line, sizeof(line) - 1) == 0)
		wait_ms(SLOW_MS);

	return (wait_for_end(fd));
}

static int
be_slow(int fd)
{
	int code = read_reply(fd);

	if (code != 220)
		return (code);
	while (!ending && say(fd, "N", 1) == 0)
		wait_ms(SLOW_MS);

	return (wait_for_end(fd));
}

static int
be_large(int fd)
{
	static const char line[] = "0123456789012345678901234567890123456789"
	    "0123456789012345678901\r\n";
	int code = open_text(fd), i;

	if (code != 354)
		return (code);
	for (i = 0; i < LARGE_LINES; i++)
		if (say(fd, line, sizeof(line) - 1) == -1)
			return (0);

	return (ask(fd, ".\r\n"));
}

static int
be_junk(int fd)
{
	int code = open_text(fd);

	return (code != 354 ? code : ask(fd, "Subject: junk\r\n\r\n"
	    "Remailer-Type: Mixtasy v1\r\n.\r\n"));
}

static int
be_forged(int fd)
{
	static char text[MIX_OUTER_LEN_MAX + 8];
	uint8_t body[MIX_BODY_LEN];
	size_t len;
	int code = open_text(fd);

	if (code != 354)
		return (code);
	arc4random_buf(body, sizeof(body));
	len = mix_outer_write(NULL, mix, body, text);
	memcpy(text + len, ".\r\n", 4);

	return (ask(fd, text));
}

static const struct {
	const char	*name;
	int		(*be)(int);
} kinds[] = {
	{ "idle", be_idle },
	{ "half", be_half },
	{ "drip", be_drip },
	{ "slow", be_slow },
	{ "large", be_large },
	{ "junk", be_junk },
	{ "forged", be_forged }
};

static void
run_connection(size_t kind)
{
	int fd;

	alarm(LIFETIME);
	while (!ending) {
		if ((fd = dial()) != -1) {
			tell(kinds[kind].name, kinds[kind].be(fd));
			close(fd);
		}
		wait_ms(AGAIN_MS);
	}
	_exit(0);
}

static void
set_handler(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_term;
	if (sigaction(SIGTERM, &sa, NULL) == -1)
		err(1, "sigaction");
	signal(SIGPIPE, SIG_IGN);
}

/* Starts all, waits, and ends all; exit status 3 of one is ours. */
static int
run_all(size_t kind, unsigned int connections)
{
	pid_t pids[CONNECTIONS_MAX];
	unsigned int i;
	int status, result = 0;

	for (i = 0; i < connections; i++) {
		if ((pids[i] = fork()) == -1)
			err(1, "fork");
		if (pids[i] == 0)
			run_connection(kind);
	}
	while (!ending && wait(&status) != -1)
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			result = WEXITSTATUS(status);
	for (i = 0; ending && i < connections; i++)
		kill(pids[i], SIGKILL);

	return (result);
}

int
main(int argc, char *argv[])
{
	const char *from = "127.0.0.2";
	unsigned int connections = 20;
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "b:c:")) != -1) {
		switch (c) {
		case 'b':
			from = optarg;
			break;
		case 'c':
			connections = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		default:
			return (2);
		}
	}
	argv += optind;
	if (argc - optind != 3 || connections > CONNECTIONS_MAX ||
	    inet_pton(AF_INET, from, &source) != 1)
		errx(2, "usage: flood [-b source] [-c n] port address kind");
	port = (uint16_t)strtoul(argv[0], NULL, 10);
	mix = argv[1];
	for (i = 0; i < nitems(kinds); i++)
		if (strcmp(kinds[i].name, argv[2]) == 0)
			break;
	if (i == nitems(kinds))
		errx(2, "unknown kind %s", argv[2]);
	set_handler();
	close(new_socket());

	return (run_all(i, connections));
}
