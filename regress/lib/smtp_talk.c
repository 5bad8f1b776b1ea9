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
 * An SMTP client for tests that says what it is told.
 *
 *	smtp_talk [-a address] [-t seconds] port
 *
 * Each line of standard input is sent as a command, and the reply to it is
 * printed, the greeting first.  A line "<file" sends a mail: that file with its
 * line ends made CRLF, dots stuffed, and the dot that ends it.
 *
 * Exit status: 0 if all was said and answered, 1 if the connection broke, 2 for
 * wrong usage.  SIGALRM ends it when the time (by default 20 seconds) is over.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE	4096

static FILE	*in, *out;

/* A reply, all its lines. */
static void
hear(void)
{
	char line[LINE_SIZE];

	do {
		if (fgets(line, sizeof(line), in) == NULL)
			errx(1, "the server closed the connection");
		line[strcspn(line, "\r\n")] = '\0';
		printf("%s\n", line);
	} while (strlen(line) > 3 && line[3] == '-');
	fflush(stdout);
}

static void
finish_sending(void)
{
	if (fflush(out) == EOF)
		err(1, "write");
}

static void
send_mail(const char *path)
{
	FILE *f = fopen(path, "r");
	int c, last = '\n';

	if (f == NULL)
		err(2, "%s", path);
	while ((c = getc(f)) != EOF) {
		if (last == '\n' && c == '.')
			putc('.', out);
		if (c == '\n' && last != '\r')
			putc('\r', out);
		putc(c, out);
		last = c;
	}
	if (last != '\n')
		fputs("\r\n", out);
	fputs(".\r\n", out);
	fclose(f);
	finish_sending();
}

static void
dial(const char *address, const char *port)
{
	struct sockaddr_in sin;
	int fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(2, "%s is no IPv4 address", address);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "%s port %s", address, port);
	if ((in = fdopen(fd, "r")) == NULL ||
	    (out = fdopen(dup(fd), "w")) == NULL)
		err(1, "fdopen");
}

int
main(int argc, char *argv[])
{
	const char *address = "127.0.0.1";
	unsigned int seconds = 20;
	char line[LINE_SIZE];
	int c;

	while ((c = getopt(argc, argv, "a:t:")) != -1) {
		switch (c) {
		case 'a':
			address = optarg;
			break;
		case 't':
			seconds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 1)
		errx(2, "one port");
	signal(SIGPIPE, SIG_IGN);
	alarm(seconds);
	dial(address, argv[optind]);
	hear();
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '<')
			send_mail(line + 1);
		else {
			fprintf(out, "%s\r\n", line);
			finish_sending();
		}
		hear();
	}
	return 0;
}
