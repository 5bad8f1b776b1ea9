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
 * An HTTP server for tests, on loopback: CGI programs, or answers out of files.
 * It can do what a real one wouldn't.
 *
 *	http_serve [-c cgidir] [-k key -x cert] [-t seconds] directory
 *
 * It ends after so many seconds, by default 300.
 *
 * directory/port gets the port, directory/log a line a request: method, target,
 * Host, User-Agent and Accept-Encoding ("-": none).  directory/post gets the
 * body of the last POST.
 *
 * /pks/NAME is cgidir/NAME, if that is given, else the file www/WHAT is sent as
 * it is, status line and all, where WHAT is what stands behind "search=" in the
 * target, or else the path without its first slash.  If there is none: 404.
 * The path /stall isn't answered at all, /hangup by the connection's end.
 */

#include <sys/types.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "compat/compat.h"

#define REQUEST_MAX	(16 * 1024 * 1024)

static const char *cgidir;

struct client {
	int		 fd;
	struct tls	*tls;
	char		*buf;		/* what came, terminated */
	size_t		 len;
};

struct request {
	char		 method[8];
	char		 target[2048];
	const char	*body;
	size_t		 bodylen;
};

static ssize_t
client_read(struct client *c, char *buf, size_t len)
{
	ssize_t n;

	if (c->tls == NULL)
		return (read(c->fd, buf, len));
	do {
		n = tls_read(c->tls, buf, len);
	} while (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
	return (n);
}

static void
client_write(struct client *c, const char *buf, size_t len)
{
	ssize_t n;

	for (; len > 0; buf += n, len -= (size_t)n) {
		if (c->tls == NULL)
			n = write(c->fd, buf, len);
		else
			n = tls_write(c->tls, buf, len);
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT)
			n = 0;
		if (n < 0)
			exit(0);
	}
}

/* Reads until the text is there, or so many octets.  0; -1: it ended. */
static int
read_until(struct client *c, const char *text, size_t len)
{
	ssize_t n;

	while (text != NULL ? strstr(c->buf, text) == NULL : c->len < len) {
		if (c->len + 1 >= REQUEST_MAX)
			return (-1);
		n = client_read(c, c->buf + c->len, REQUEST_MAX - 1 - c->len);
		if (n <= 0)
			return (-1);
		c->len += (size_t)n;
		c->buf[c->len] = '\0';
	}
	return (0);
}

/* The value of a header field, up to its line's end, or "-". */
static void
get_field(const struct client *c, const char *name, char *out, size_t size)
{
	const char *p = strstr(c->buf, "\r\n\r\n");
	const char *s = c->buf;
	size_t n = strlen(name);

	strlcpy(out, "-", size);
	while ((s = strstr(s, "\r\n")) != NULL && s < p) {
		s += 2;
		if (strncasecmp(s, name, n) != 0 || s[n] != ':')
			continue;
		s += n + 1;
		s += strspn(s, " ");
		n = strcspn(s, "\r");
		snprintf(out, size, "%.*s", (int)n, s);
		return;
	}
}

static void
put_file(const char *name, int flags, const char *text, size_t len)
{
	int fd;

	if ((fd = open(name, O_WRONLY | O_CREAT | flags, 0644)) == -1 ||
	    write(fd, text, len) != (ssize_t)len)
		err(1, "%s", name);
	close(fd);
}

static void
log_request(const struct client *c, const struct request *r)
{
	char host[256], agent[128], encoding[64], line[3072];
	int n;

	get_field(c, "Host", host, sizeof(host));
	get_field(c, "User-Agent", agent, sizeof(agent));
	get_field(c, "Accept-Encoding", encoding, sizeof(encoding));
	n = snprintf(line, sizeof(line), "%s %s %s %s %s\n", r->method,
	    r->target, host, agent, encoding);
	put_file("log", O_APPEND, line, (size_t)n);
}

static int
read_request(struct client *c, struct request *r)
{
	char length[32];
	size_t head;

	memset(r, 0, sizeof(*r));
	if (read_until(c, "\r\n\r\n", 0) == -1 ||
	    sscanf(c->buf, "%7s %2047s", r->method, r->target) != 2)
		return (-1);
	get_field(c, "Content-Length", length, sizeof(length));
	head = (size_t)(strstr(c->buf, "\r\n\r\n") + 4 - c->buf);
	r->bodylen = (size_t)strtoul(length, NULL, 10);
	if (r->bodylen > REQUEST_MAX / 2 ||
	    read_until(c, NULL, head + r->bodylen) == -1)
		return (-1);
	r->body = c->buf + head;
	return (0);
}

static void
say(struct client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct client *c, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	client_write(c, text, (size_t)n);
}

/* All that a descriptor gives. */
static char *
read_all(int fd, size_t *len)
{
	char *buf = malloc(REQUEST_MAX);
	ssize_t n;

	if (buf == NULL)
		err(1, NULL);
	*len = 0;
	while (*len < REQUEST_MAX - 1 &&
	    (n = read(fd, buf + *len, REQUEST_MAX - 1 - *len)) > 0)
		*len += (size_t)n;
	buf[*len] = '\0';
	close(fd);
	return (buf);
}

/*
 * One program at a time: several of onak's lock each other out of their database
 * for good.  The lock goes with the program, which inherits it.
 */
static void
wait_for_turn(void)
{
	int fd;

	if ((fd = open(cgidir, O_RDONLY | O_DIRECTORY)) == -1 ||
	    flock(fd, LOCK_EX) == -1)
		err(1, "%s", cgidir);
}

static void
run_cgi(const struct request *r, const char *name, int out)
{
	char path[512], length[32];
	const char *query = strchr(r->target, '?');
	FILE *body;

	if ((body = tmpfile()) == NULL)
		err(1, "tmpfile");
	fwrite(r->body, 1, r->bodylen, body);
	rewind(body);
	snprintf(path, sizeof(path), "%s/%s", cgidir, name);
	snprintf(length, sizeof(length), "%zu", r->bodylen);
	setenv("REQUEST_METHOD", r->method, 1);
	setenv("QUERY_STRING", query == NULL ? "" : query + 1, 1);
	setenv("CONTENT_LENGTH", length, 1);
	setenv("CONTENT_TYPE", "application/x-www-form-urlencoded", 1);
	wait_for_turn();
	if (dup2(fileno(body), 0) == -1 || dup2(out, 1) == -1)
		err(1, "dup2");
	execl(path, path, (char *)NULL);
	err(1, "%s", path);
}

static void
serve_cgi(struct client *c, const struct request *r, const char *name)
{
	char *out, *status;
	size_t len;
	int fds[2];

	if (pipe(fds) == -1)
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(fds[0]);
		run_cgi(r, name, fds[1]);
	}
	close(fds[1]);
	out = read_all(fds[0], &len);
	status = strstr(out, "Status: ");
	say(c, "HTTP/1.1 %.3s CGI\r\nConnection: close\r\n",
	    status == out ? out + 8 : "200");
	client_write(c, out, len);
	free(out);
}

static void
serve_file(struct client *c, const struct request *r)
{
	char path[2100], *out;
	const char *what;
	size_t len;
	int fd;

	what = strstr(r->target, "search=");
	what = what == NULL ? r->target + 1 : what + 7;
	snprintf(path, sizeof(path), "www/%s", what);
	if (strstr(path, "..") != NULL ||
	    (fd = open(path, O_RDONLY)) == -1) {
		say(c, "HTTP/1.1 404 Not Found\r\nConnection: close\r\n"
		    "Content-Length: 10\r\n\r\nNot found\n");
		return;
	}
	out = read_all(fd, &len);
	client_write(c, out, len);
	free(out);
}

static void
serve(struct client *c)
{
	struct request r;
	char name[32];

	if ((c->buf = calloc(1, REQUEST_MAX)) == NULL)
		err(1, NULL);
	if (read_request(c, &r) == -1)
		return;
	log_request(c, &r);
	if (strcmp(r.method, "POST") == 0)
		put_file("post", O_TRUNC, r.body, r.bodylen);
	if (strcmp(r.target, "/stall") == 0)
		pause();
	if (strcmp(r.target, "/hangup") == 0)
		return;
	if (cgidir != NULL && sscanf(r.target, "/pks/%31[a-z]", name) == 1)
		serve_cgi(c, &r, name);
	else
		serve_file(c, &r);
}

static struct tls *
server_tls(const char *cert, const char *key)
{
	struct tls_config *config;
	struct tls *tls;

	if ((config = tls_config_new()) == NULL ||
	    (tls = tls_server()) == NULL)
		errx(1, "tls");
	if (tls_config_set_keypair_file(config, cert, key) == -1)
		errx(1, "%s: %s", cert, tls_config_error(config));
	if (tls_configure(tls, config) == -1)
		errx(1, "tls: %s", tls_error(tls));
	return (tls);
}

static void
serve_client(int fd, struct tls *tls)
{
	struct client c;
	int n;

	memset(&c, 0, sizeof(c));
	c.fd = fd;
	if (tls != NULL) {
		if (tls_accept_socket(tls, &c.tls, fd) == -1)
			errx(1, "tls: %s", tls_error(tls));
		do {
			n = tls_handshake(c.tls);
		} while (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
		if (n == -1)
			exit(0);
	}
	serve(&c);
	if (c.tls != NULL)
		tls_close(c.tls);
	exit(0);
}

static int
listen_loopback(void)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	char port[16];
	int fd, n;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listen");
	n = snprintf(port, sizeof(port), "%u\n", ntohs(sin.sin_port));
	put_file("port.new", O_TRUNC, port, (size_t)n);
	if (rename("port.new", "port") == -1)
		err(1, "port");
	return (fd);
}

int
main(int argc, char *argv[])
{
	const char *cert = NULL, *key = NULL;
	struct tls *tls = NULL;
	unsigned int seconds = 300;
	int c, fd, lfd;

	while ((c = getopt(argc, argv, "c:k:t:x:")) != -1) {
		if (c == 'c')
			cgidir = optarg;
		else if (c == 'k')
			key = optarg;
		else if (c == 't')
			seconds = (unsigned int)atoi(optarg);
		else if (c == 'x')
			cert = optarg;
		else
			return (2);
	}
	if (optind != argc - 1)
		return (2);
	if (cert != NULL)
		tls = server_tls(cert, key);
	if (chdir(argv[optind]) == -1)
		err(1, "%s", argv[optind]);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	alarm(seconds);
	lfd = listen_loopback();
	for (;;) {
		if ((fd = accept(lfd, NULL, NULL)) == -1)
			continue;
		if (fork() == 0) {
			close(lfd);
			signal(SIGCHLD, SIG_DFL);
			alarm(seconds);
			serve_client(fd, tls);
		}
		close(fd);
	}
}
