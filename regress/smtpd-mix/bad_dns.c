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
 * A name server that does everything wrong, for tests:
 *
 *	bad_dns portfile [seconds]
 *
 * answers on a port of 127.0.0.1 that it writes to the file, for so many
 * seconds at most.  What it does, a label of the name asked for says:
 *	silent		nothing
 *	rubbish		random octets behind the right identification
 *	short		a header that promises what isn't there
 *	other		the answer to another question
 *	loop, loop2	each is an alias of the other
 *	chain		an alias of a longer name, always
 *	servfail, refused
 *	cut		truncated by UDP, and TCP is closed at once
 *	huge		as many records as a message has room for
 *	pointers	names that point to themselves
 * Others don't exist.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "dns/answer.h"
#include "lib/dns/message.h"

#define HUGE_RECORDS	1500
#define UDP_MAX		1232

static const char *const modes[] = {
	"silent", "rubbish", "short", "other", "loop", "loop2", "chain",
	"servfail", "refused", "cut", "huge", "pointers"
};

struct question {
	uint8_t		id[2];
	char		name[DNS_NAME_MAX];
	uint16_t	type;
	const char	*mode;
	int		tcp;
};

static struct message answer;

/* The label of a name that says what to do. */
static const char *
find_mode(const char *name)
{
	size_t i, n;

	for (; *name != '\0'; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		for (i = 0; i < nitems(modes); i++)
			if (strlen(modes[i]) == n &&
			    memcmp(modes[i], name, n) == 0)
				return (modes[i]);
	}

	return ("");
}

static int
read_question(const uint8_t *buf, size_t len, struct question *q)
{
	size_t pos = 12;

	memset(q, 0, sizeof(*q));
	if (len < pos || dns_name_read(buf, len, &pos, q->name) != 1 ||
	    len - pos < 4)
		return (-1);
	memcpy(q->id, buf, 2);
	q->type = (uint16_t)(buf[pos] << 8 | buf[pos + 1]);
	q->mode = find_mode(q->name);

	return (0);
}

static void
make_rubbish(void)
{
	answer.len = 2 + arc4random_uniform(500);
	arc4random_buf(answer.buf, answer.len);
	if (arc4random_uniform(2) == 0 && answer.len > 12) {
		/* It passes for an answer at first sight. */
		answer.buf[2] = 0x81;
		answer.buf[3] = 0x80;
		answer.buf[4] = 0;
		answer.buf[5] = 1;
	}
}

static void
make_alias(const struct question *q, const char *first)
{
	char to[DNS_NAME_MAX * 2];

	message_begin(&answer, q->name, q->type, 0);
	(void)snprintf(to, sizeof(to), "%s%s", first, q->name +
	    strcspn(q->name, "."));
	if (strlen(to) < 250)
		message_cname(&answer, q->name, 60, to);
}

static void
make_huge(const struct question *q)
{
	char host[DNS_NAME_MAX + 16], address[32];
	int i;

	message_begin(&answer, q->name, q->type, 0);
	if (!q->tcp) {
		answer.buf[2] |= 0x02;
		return;
	}
	for (i = 0; i < HUGE_RECORDS && answer.len < 60000; i++) {
		(void)snprintf(host, sizeof(host), "h%d.huge.bad.net", i);
		(void)snprintf(address, sizeof(address), "198.51.%d.%d",
		    i / 250, i % 250);
		if (q->type == DNS_TYPE_MX)
			message_mx(&answer, q->name, 60, 10, host);
		else if (q->type == DNS_TYPE_A)
			message_a(&answer, q->name, 60, address);
		else if (q->type == DNS_TYPE_TXT)
			message_txt(&answer, q->name, 60,
			    "v=STSv1; id=1;");
	}
}

static void
make_pointers(const struct question *q)
{
	static const uint8_t record[] = { 0xc0, 0, 0, 15, 0, 1, 0, 0, 0, 60, 0,
	    4, 0, 10, 0xc0, 0 };
	uint8_t here[sizeof(record)];

	message_begin(&answer, q->name, q->type, 0);
	memcpy(here, record, sizeof(here));
	here[1] = (uint8_t)answer.len;
	here[15] = (uint8_t)(answer.len + 14);
	message_octets(&answer, here, sizeof(here));
	answer.buf[7] = 1;
}

static int
is(const struct question *q, const char *mode)
{
	return (strcmp(q->mode, mode) == 0);
}

/* 1; 0: nothing is to be said. */
static int
make_answer(const struct question *q)
{
	if (is(q, "silent") || (is(q, "cut") && q->tcp))
		return (0);
	if (is(q, "rubbish"))
		make_rubbish();
	else if (is(q, "loop"))
		make_alias(q, "loop2");
	else if (is(q, "loop2"))
		make_alias(q, "loop");
	else if (is(q, "chain"))
		make_alias(q, "xx.chain");
	else if (is(q, "huge"))
		make_huge(q);
	else if (is(q, "pointers"))
		make_pointers(q);
	else if (is(q, "other")) {
		message_begin(&answer, "www.example.net", q->type, 0);
		message_a(&answer, "www.example.net", 60, "192.0.2.66");
	} else
		message_begin(&answer, q->name, q->type,
		    is(q, "servfail") ? 2 : is(q, "refused") ? 5 :
		    is(q, "") ? 3 : 0);
	if (is(q, "short")) {
		answer.len = 12;
		answer.buf[7] = 9;
	}
	if (is(q, "cut"))
		answer.buf[2] |= 0x02;
	memcpy(answer.buf, q->id, 2);

	return (1);
}

static void
serve_udp(int fd)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct question q;
	uint8_t buf[4096];
	ssize_t n;

	n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);
	if (n <= 0 || read_question(buf, (size_t)n, &q) == -1 ||
	    !make_answer(&q) || answer.len > UDP_MAX)
		return;
	(void)sendto(fd, answer.buf, answer.len, 0, (struct sockaddr *)&from,
	    len);
}

static int
read_all(int fd, uint8_t *buf, size_t len)
{
	ssize_t n;

	for (; len > 0; buf += n, len -= (size_t)n)
		if ((n = read(fd, buf, len)) <= 0)
			return (-1);

	return (0);
}

/* One question of a connection.  0; -1: no more. */
static int
serve_question(int fd)
{
	struct question q;
	uint8_t buf[4096], head[2];
	size_t len;

	if (read_all(fd, head, 2) == -1 ||
	    (len = (size_t)(head[0] << 8 | head[1])) > sizeof(buf) ||
	    read_all(fd, buf, len) == -1 ||
	    read_question(buf, len, &q) == -1)
		return (-1);
	q.tcp = 1;
	if (!make_answer(&q))
		return (-1);
	head[0] = (uint8_t)(answer.len >> 8);
	head[1] = (uint8_t)answer.len;

	return (write(fd, head, 2) == 2 && write(fd, answer.buf,
	    answer.len) == (ssize_t)answer.len ? 0 : -1);
}

/* Each in a process of its own, for a while. */
static void
serve_tcp(int lfd)
{
	int fd;

	if ((fd = accept(lfd, NULL, NULL)) == -1)
		return;
	if (fork() == 0) {
		alarm(10);
		while (serve_question(fd) == 0)
			;
		_exit(0);
	}
	close(fd);
}

static int
bind_port(int type, uint16_t *port)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(*port);
	if ((fd = socket(AF_INET, type, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "port");
	*port = ntohs(sin.sin_port);

	return (fd);
}

static void
write_port(const char *path, uint16_t port)
{
	char temporary[1024];
	FILE *f;

	(void)snprintf(temporary, sizeof(temporary), "%s.new", path);
	if ((f = fopen(temporary, "w")) == NULL ||
	    fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 ||
	    rename(temporary, path) == -1)
		err(1, "%s", path);
}

int
main(int argc, char *argv[])
{
	struct pollfd fds[2];
	uint16_t port = 0;

	if (argc < 2)
		errx(2, "usage: bad_dns portfile [seconds]");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	alarm(argc > 2 ? (unsigned int)strtonum(argv[2], 1, 3600, NULL) : 120);
	fds[0].fd = bind_port(SOCK_STREAM, &port);
	fds[1].fd = bind_port(SOCK_DGRAM, &port);
	fds[0].events = fds[1].events = POLLIN;
	if (listen(fds[0].fd, 20) == -1)
		err(1, "listen");
	write_port(argv[1], port);
	while (poll(fds, 2, -1) != -1) {
		if (fds[0].revents & POLLIN)
			serve_tcp(fds[0].fd);
		if (fds[1].revents & POLLIN)
			serve_udp(fds[1].fd);
	}

	return (0);
}
