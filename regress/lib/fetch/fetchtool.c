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
 * Fetches URLs by lib/fetch, all at once, and prints a line for each, in the
 * order in which they were given:
 *
 *	ok STATUS OCTETS BODY
 *	large STATUS ERROR
 *	failed ERROR
 *	refused			fetch_start() didn't take it
 *	cancelled
 *
 *	fetchtool [-ekn] [-a address] [-d body] [-m octets] [-p proxy]
 *	    [-r redirections] [-t seconds] [-x cafile] url ...
 *
 *	-e	by libevent, otherwise by fetch_wait()
 *	-k	cancels the first request
 *	-n	no name may be looked up
 *
 * Names are looked up here: each is 127.0.0.1.  With -n that ends the program
 * with status 99.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "compat/compat.h"
#include "fetch/fetch.h"
#include "fetch/fetch_event.h"

#define URLS_MAX	64
#define ADDRS_MAX	8

static char *lines[URLS_MAX];
static size_t left;
static int forbidden, with_event;

struct found {
	struct addrinfo		ai;
	struct sockaddr_in	sin;
};

/* In the place of the system's. */
int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
	struct found *f;

	(void)node;
	(void)hints;
	if (forbidden)
		_exit(99);
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (EAI_MEMORY);
	f->sin.sin_family = AF_INET;
	f->sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->sin.sin_port = htons((uint16_t)(service == NULL ? 0 :
	    atoi(service)));
	f->ai.ai_family = AF_INET;
	f->ai.ai_socktype = SOCK_STREAM;
	f->ai.ai_addrlen = sizeof(f->sin);
	f->ai.ai_addr = (struct sockaddr *)&f->sin;
	*res = &f->ai;
	return (0);
}

void
freeaddrinfo(struct addrinfo *ai)
{
	free(ai);
}

static void
done(void *arg, const struct fetch_answer *a)
{
	char **line = arg;
	int n;

	if (a->result == FETCH_OK)
		n = asprintf(line, "ok %d %zu %.*s", a->status, a->len,
		    a->len > 200 ? 0 : (int)a->len, (const char *)a->body);
	else if (a->result == FETCH_TOO_LARGE)
		n = asprintf(line, "large %d %s", a->status, a->error);
	else
		n = asprintf(line, "failed %s", a->error);
	if (n == -1)
		err(1, NULL);
	if (--left == 0 && with_event)
		event_loopexit(NULL);
}

static uint64_t
start(struct fetch *f, struct fetch_request *r, const char *url, size_t i)
{
	uint64_t number;

	r->url = url;
	if ((number = fetch_start(f, r, done, &lines[i])) != 0)
		left++;
	else if ((lines[i] = strdup("refused")) == NULL)
		err(1, NULL);
	return (number);
}

static void
run(struct fetch *f)
{
	if (with_event) {
		if (left > 0)
			event_dispatch();
		return;
	}
	while (left > 0)
		if (fetch_wait(f, 1000) == -1)
			errx(1, "fetch_wait");
}

static size_t
number_of(const char *text)
{
	return ((size_t)strtoul(text, NULL, 10));
}

static void
set_option(struct fetch_request *r, int c, char *arg)
{
	static const char *addrs[ADDRS_MAX];

	if (c == 'a' && r->naddrs < ADDRS_MAX) {
		addrs[r->naddrs++] = arg;
		r->addrs = addrs;
	} else if (c == 'd') {
		r->post = arg;
		r->postlen = strlen(arg);
	} else if (c == 'm')
		r->max = number_of(arg);
	else if (c == 'n')
		r->no_lookup = forbidden = 1;
	else if (c == 'p')
		r->proxy = arg;
	else if (c == 'r')
		r->redirects = (unsigned int)number_of(arg);
	else if (c == 't')
		r->timeout = (unsigned int)number_of(arg);
	else if (c == 'x' &&
	    (r->ca = tls_load_file(arg, &r->calen, NULL)) == NULL)
		err(1, "%s", arg);
}

int
main(int argc, char *argv[])
{
	struct fetch_request r;
	struct fetch_event *fe = NULL;
	struct fetch *f;
	uint64_t first = 0, number;
	int c, cancels = 0, i;

	memset(&r, 0, sizeof(r));
	r.max = 65536;
	r.timeout = 20;
	while ((c = getopt(argc, argv, "a:d:ekm:np:r:t:x:")) != -1) {
		if (c == '?')
			return (2);
		if (c == 'e')
			with_event = 1;
		else if (c == 'k')
			cancels = 1;
		else
			set_option(&r, c, optarg);
	}
	argv += optind;
	argc -= optind;
	if (argc > URLS_MAX || fetch_init() == -1)
		errx(1, "fetch_init");
	signal(SIGPIPE, SIG_IGN);
	if (with_event) {
		event_init();
		fe = fetch_event_new();
	}
	f = with_event ? fetch_event_fetch(fe) : fetch_new(NULL);
	for (i = 0; i < argc; i++) {
		number = start(f, &r, argv[i], (size_t)i);
		if (i == 0)
			first = number;
	}
	if (cancels) {
		fetch_cancel(f, first);
		left--;
		lines[0] = strdup("cancelled");
	}
	run(f);
	if (fetch_pending(f) != 0)
		errx(1, "requests are left");
	if (with_event)
		fetch_event_free(fe);
	else
		fetch_free(f);
	for (i = 0; i < argc; i++) {
		puts(lines[i]);
		free(lines[i]);
	}
	free(r.ca);
	return (0);
}
