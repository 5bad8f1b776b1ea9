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
 * An SMTP server for tests.  It takes any mail, and keeps what it got; it knows
 * nothing of lib/smtp, so that it can't share its mistakes.
 *
 *	smtp_sink [-il] [-a address] [-p port] [-c cert -k key] [-s size]
 *	    [-t seconds] [-x extension] [-e verb[@n]=reply] directory
 *
 *	-a, -p	where it listens, by default 127.0.0.1 and any free port
 *	-c, -k	offers STARTTLS
 *	-e	answers a command otherwise: "RCPT=550 no", "EHLO=hang",
 *		"MAIL@2=close": the second MAIL of each connection.  GREETING
 *		and DOT count as commands.  AUTH, by PLAIN or LOGIN, is
 *		answered 235 whatever it says.
 *	-i	begins with TLS, without STARTTLS
 *	-l	LMTP: LHLO in the place of EHLO
 *	-s	the size that it announces
 *	-t	ends after so many seconds, by default 300
 *	-x	offers one more extension; "-x PIPELINING" and so on
 *
 * In the directory:
 *	port		the port it listens on
 *	client.C	all octets that the client of connection C sent (after
 *			STARTTLS as they were before encryption)
 *	envelope.C.M	of mail M of that connection: sender and recipients,
 *			a line each, as they stood in the commands
 *	mail.C.M	its text, dots unstuffed; complete when it is there
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <tls.h>
#include <unistd.h>

#define RULES_MAX	32
#define EXTENSIONS_MAX	8
#define LINE_SIZE	4096

struct rule {
	char		 verb[16];
	unsigned int	 nth;		/* 0: each time */
	unsigned int	 seen;
	const char	*reply;
};

static struct rule	 rules[RULES_MAX];
static size_t		 nrules;
static const char	*extensions[EXTENSIONS_MAX];
static size_t		 nextensions;
static const char	*dir, *size = "10485760";
static struct tls	*tls_server_ctx;
static int		 lmtp;
static int		 implicit_tls;
static unsigned int	 lifetime = 300;

struct session {
	int		 fd;
	struct tls	*tls;
	unsigned int	 number;	/* of the connection */
	unsigned int	 nmails;
	unsigned int	 nrcpts;
	FILE		*client;	/* all it says */
	FILE		*envelope;
	char		 in[8192];
	size_t		 in_len, in_pos;
};

static FILE	*open_file(const char *, ...)
		    __attribute__((format(printf, 1, 2)));

static FILE *
open_file(const char *fmt, ...)
{
	char path[1024], name[64];
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "w")) == NULL)
		err(1, "%s", path);
	return f;
}

/* Gives a file its name when it is complete. */
static void
close_as(FILE *f, const char *temporary, const char *name)
{
	char from[1024], to[1024];

	if (fclose(f) != 0)
		err(1, "%s", temporary);
	snprintf(from, sizeof(from), "%s/%s", dir, temporary);
	snprintf(to, sizeof(to), "%s/%s", dir, name);
	if (rename(from, to) == -1)
		err(1, "%s", to);
}

static void
finish(struct session *s)
{
	if (s->client != NULL)
		fclose(s->client);
	if (s->tls != NULL)
		tls_close(s->tls);
	_exit(0);
}

static void
fill(struct session *s)
{
	ssize_t n;

	do {
		if (s->tls != NULL)
			n = tls_read(s->tls, s->in, sizeof(s->in));
		else
			n = read(s->fd, s->in, sizeof(s->in));
	} while (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
	if (n <= 0)
		finish(s);
	fwrite(s->in, 1, (size_t)n, s->client);
	fflush(s->client);
	s->in_len = (size_t)n;
	s->in_pos = 0;
}

/* Reads a line up to its LF.  Returns its length. */
static size_t
read_line(struct session *s, char line[LINE_SIZE])
{
	size_t len = 0;
	char c;

	do {
		if (s->in_pos == s->in_len)
			fill(s);
		c = s->in[s->in_pos++];
		if (len < LINE_SIZE - 1)
			line[len++] = c;
	} while (c != '\n');
	line[len] = '\0';
	return len;
}

static void
say(struct session *s, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0) {
		if (s->tls != NULL)
			n = tls_write(s->tls, text, len);
		else
			n = write(s->fd, text, len);
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT)
			continue;
		if (n <= 0)
			finish(s);
		text += n;
		len -= (size_t)n;
	}
}

static void
say_line(struct session *s, const char *text)
{
	char line[LINE_SIZE];

	/* At once: else each answer waits for the client's delayed ACK. */
	snprintf(line, sizeof(line), "%s\r\n", text);
	say(s, line);
}

/* What to answer instead, or NULL. */
static const char *
rule_for(const char *verb)
{
	size_t i;

	for (i = 0; i < nrules; i++) {
		if (strcasecmp(rules[i].verb, verb) != 0)
			continue;
		rules[i].seen++;
		if (rules[i].nth == 0 || rules[i].nth == rules[i].seen)
			return rules[i].reply;
	}
	return NULL;
}

/* Answers; returns whether as usual. */
static int
answer(struct session *s, const char *verb, const char *usual)
{
	const char *reply;

	if ((reply = rule_for(verb)) == NULL) {
		if (usual != NULL)
			say_line(s, usual);
		return 1;
	}
	if (strcmp(reply, "close") == 0)
		finish(s);
	if (strcmp(reply, "hang") == 0) {
		for (;;)
			fill(s);
	}
	say_line(s, reply);
	return 0;
}

static void
say_extensions(struct session *s)
{
	char line[LINE_SIZE];
	size_t i;

	say_line(s, "250-sink.example");
	for (i = 0; i < nextensions; i++) {
		snprintf(line, sizeof(line), "250-%s", extensions[i]);
		say_line(s, line);
	}
	if (tls_server_ctx != NULL && s->tls == NULL)
		say_line(s, "250-STARTTLS");
	snprintf(line, sizeof(line), "250 SIZE %s", size);
	say_line(s, line);
}

static void
shake_hands(struct session *s)
{
	struct tls *tls;
	int n;

	if (tls_accept_socket(tls_server_ctx, &tls, s->fd) == -1)
		errx(1, "%s", tls_error(tls_server_ctx));
	do
		n = tls_handshake(tls);
	while (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
	if (n == -1)
		finish(s);
	s->tls = tls;
	s->in_pos = s->in_len = 0;
}

static void
start_tls(struct session *s)
{
	if (tls_server_ctx == NULL || s->tls != NULL) {
		say_line(s, "503 no");
		return;
	}
	if (!answer(s, "STARTTLS", "220 go"))
		return;
	shake_hands(s);
}

/* The verb has been read, with PLAIN all of it. */
static void
take_auth(struct session *s, const char *arg)
{
	char line[LINE_SIZE];

	if (strncasecmp(arg, "LOGIN", 5) == 0) {
		say_line(s, "334 VXNlcm5hbWU6");
		(void)read_line(s, line);
		say_line(s, "334 UGFzc3dvcmQ6");
		(void)read_line(s, line);
	}
	answer(s, "AUTH", "235 welcome");
}

static void
drop_envelope(struct session *s)
{
	if (s->envelope != NULL)
		fclose(s->envelope);
	s->envelope = NULL;
	s->nrcpts = 0;
}

static void
take_mail(struct session *s, const char *arg)
{
	if (!answer(s, "MAIL", "250 ok"))
		return;
	drop_envelope(s);
	s->envelope = open_file("envelope.%u.%u", s->number, s->nmails + 1);
	fprintf(s->envelope, "%s\n", arg);
}

static void
take_rcpt(struct session *s, const char *arg)
{
	if (s->envelope == NULL) {
		say_line(s, "503 MAIL first");
		return;
	}
	if (!answer(s, "RCPT", "250 ok"))
		return;
	fprintf(s->envelope, "%s\n", arg);
	s->nrcpts++;
}

static void
take_text(struct session *s, FILE *f)
{
	char line[LINE_SIZE];
	size_t len;

	for (;;) {
		len = read_line(s, line);
		if (strcmp(line, ".\r\n") == 0)
			return;
		if (line[0] == '.')
			fwrite(line + 1, 1, len - 1, f);
		else
			fwrite(line, 1, len, f);
	}
}

static void
take_data(struct session *s)
{
	char temporary[64], name[64];
	unsigned int i;
	FILE *f;

	if (s->nrcpts == 0) {
		say_line(s, "503 RCPT first");
		return;
	}
	if (!answer(s, "DATA", "354 go on"))
		return;
	snprintf(temporary, sizeof(temporary), ".mail.%u", s->number);
	f = open_file("%s", temporary);
	take_text(s, f);
	if (answer(s, "DOT", NULL)) {
		snprintf(name, sizeof(name), "mail.%u.%u", s->number,
		    ++s->nmails);
		fclose(s->envelope);
		s->envelope = NULL;
		close_as(f, temporary, name);
		for (i = lmtp ? s->nrcpts : 1; i > 0; i--)
			say_line(s, "250 taken");
	} else
		fclose(f);
	drop_envelope(s);
}

/* Does one command; the verb is in upper case, its end is the argument. */
static void
do_command(struct session *s, const char *verb, const char *arg)
{
	if (strcmp(verb, lmtp ? "LHLO" : "EHLO") == 0) {
		if (answer(s, verb, NULL))
			say_extensions(s);
		drop_envelope(s);
	} else if (strcmp(verb, "HELO") == 0 && !lmtp)
		answer(s, verb, "250 sink.example");
	else if (strcmp(verb, "MAIL") == 0)
		take_mail(s, arg);
	else if (strcmp(verb, "RCPT") == 0)
		take_rcpt(s, arg);
	else if (strcmp(verb, "DATA") == 0)
		take_data(s);
	else if (strcmp(verb, "STARTTLS") == 0)
		start_tls(s);
	else if (strcmp(verb, "AUTH") == 0)
		take_auth(s, arg);
	else if (strcmp(verb, "RSET") == 0) {
		drop_envelope(s);
		answer(s, verb, "250 ok");
	} else if (strcmp(verb, "NOOP") == 0)
		answer(s, verb, "250 ok");
	else if (strcmp(verb, "QUIT") == 0) {
		answer(s, verb, "221 bye");
		finish(s);
	} else
		say_line(s, "500 what?");
}

static void
serve(struct session *s)
{
	char line[LINE_SIZE], *arg;
	size_t i, len;

	s->client = open_file("client.%u", s->number);
	if (implicit_tls)
		shake_hands(s);
	if (!answer(s, "GREETING", "220 sink.example"))
		finish(s);
	for (;;) {
		len = read_line(s, line);
		while (len > 0 && (line[len - 1] == '\n' ||
		    line[len - 1] == '\r'))
			line[--len] = '\0';
		arg = line + strcspn(line, " ");
		if (*arg != '\0')
			*arg++ = '\0';
		for (i = 0; line[i] != '\0'; i++) {
			if (line[i] >= 'a' && line[i] <= 'z')
				line[i] = (char)(line[i] - 'a' + 'A');
		}
		do_command(s, line, arg);
	}
}

static void
add_rule(const char *text)
{
	struct rule *rule = &rules[nrules];
	const char *equals = strchr(text, '=');
	size_t len = strcspn(text, "@=");

	if (nrules == RULES_MAX || equals == NULL || len >= sizeof(rule->verb))
		errx(1, "-e %s", text);
	memcpy(rule->verb, text, len);
	if (text[len] == '@')
		rule->nth = (unsigned int)strtoul(text + len + 1, NULL, 10);
	rule->reply = equals + 1;
	nrules++;
}

static void
init_tls(const char *cert, const char *key)
{
	struct tls_config *config;

	if (cert == NULL && key == NULL)
		return;
	if ((config = tls_config_new()) == NULL ||
	    (tls_server_ctx = tls_server()) == NULL)
		errx(1, "TLS");
	if (cert == NULL || key == NULL ||
	    tls_config_set_keypair_file(config, cert, key) == -1)
		errx(1, "TLS: %s", tls_config_error(config));
	if (tls_configure(tls_server_ctx, config) == -1)
		errx(1, "TLS: %s", tls_error(tls_server_ctx));
	tls_config_free(config);
}

static int
listen_on(const char *address, const char *port)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd, on = 1;
	FILE *f;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(1, "%s is no IPv4 address", address);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, 128) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "%s port %s", address, port);
	f = open_file(".port");
	fprintf(f, "%u\n", ntohs(sin.sin_port));
	close_as(f, ".port", "port");
	return fd;
}

static void
accept_loop(int listener)
{
	static struct session s;
	unsigned int n = 0;
	pid_t pid;
	int fd, on = 1;

	for (;;) {
		if ((fd = accept(listener, NULL, NULL)) == -1) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			err(1, "accept");
		}
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		n++;
		if ((pid = fork()) == -1)
			err(1, "fork");
		if (pid == 0) {
			close(listener);
			alarm(lifetime);
			s.fd = fd;
			s.number = n;
			serve(&s);
		}
		close(fd);
	}
}

int
main(int argc, char *argv[])
{
	const char *address = "127.0.0.1", *port = "0", *cert = NULL;
	const char *key = NULL;
	int c;

	while ((c = getopt(argc, argv, "a:c:e:ik:lp:s:t:x:")) != -1) {
		switch (c) {
		case 'a':
			address = optarg;
			break;
		case 'c':
			cert = optarg;
			break;
		case 'e':
			add_rule(optarg);
			break;
		case 'k':
			key = optarg;
			break;
		case 'i':
			implicit_tls = 1;
			break;
		case 'l':
			lmtp = 1;
			break;
		case 'p':
			port = optarg;
			break;
		case 's':
			size = optarg;
			break;
		case 't':
			lifetime = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'x':
			if (nextensions == EXTENSIONS_MAX)
				errx(1, "too many extensions");
			extensions[nextensions++] = optarg;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 1)
		errx(2, "one directory");
	dir = argv[optind];
	if (mkdir(dir, 0777) == -1 && errno != EEXIST)
		err(1, "%s", dir);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	alarm(lifetime);
	init_tls(cert, key);
	accept_loop(listen_on(address, port));
}
