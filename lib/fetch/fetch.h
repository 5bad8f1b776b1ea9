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

#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * HTTP and HTTPS requests by libcurl, for keyservers and MTA-STS.  Beside
 * lib/spool the one directory of lib/ that does I/O.  Nothing is kept that
 * could tell one request from another: no cookies, no cache, no name of a
 * program, no credentials.  Nothing is taken from the environment or from
 * files.  Only connections are kept, for the next request to the same host.
 *
 * Call fetch_init() once, before a sandbox or a chroot: it loads what libcurl
 * and libcrypto read from files.  SIGPIPE is to be ignored.
 */
int	fetch_init(void);

/* Who watches descriptors and time; see also fetch_event.h. */
#define FETCH_READ	0x1
#define FETCH_WRITE	0x2
struct fetch_loop {
	/* Watch fd for these events in the place of others; 0: no more. */
	void	(*watch)(void *arg, int fd, int events);
	/* Call fetch_timeout() after so many milliseconds; -1: never. */
	void	(*timer)(void *arg, long ms);
	void	*arg;
};

struct fetch;

/*
 * With a loop (copied), events come by fetch_ready() and fetch_timeout().
 * Without one (NULL), the caller waits with fetch_wait().  NULL: no memory.
 */
struct fetch *
	fetch_new(const struct fetch_loop *);
/* Drops what is under way without calling back. */
void	fetch_free(struct fetch *);

/* Everything is copied by fetch_start() but for ca, which isn't changed. */
struct fetch_request {
	const char	*url;		/* http:// or https:// */
	const char	*post;		/* the body of a POST; NULL: a GET */
	size_t		 postlen;	/* it is a form, urlencoded */
	/*
	 * A SOCKS5 proxy, "host:port" or "[address]:port", which then looks
	 * up names (Tor, RFC 1928); NULL: none.
	 */
	const char	*proxy;
	/*
	 * Trusted certificates, PEM; NULL: the system's, which are read from
	 * files.  They have to stay until the request is done.
	 */
	void		*ca;
	size_t		 calen;
	/*
	 * Numeric addresses of the host in the URL, tried in this order.
	 */
	const char *const *addrs;
	size_t		 naddrs;
	/*
	 * Never look up a name: for a process that can't.  The URL's host has
	 * to have addrs, or be an address, or there is a proxy that is given
	 * by its address.
	 */
	int		 no_lookup;
	size_t		 max;		/* octets of an answer's body */
	unsigned int	 timeout;	/* seconds, for all of it */
	/*
	 * Follow so many redirections: to https only, and to another host only
	 * where names may be looked up.  0: they are errors.  Never of a POST.
	 */
	unsigned int	 redirects;
};

enum fetch_result {
	FETCH_OK,		/* an answer, whatever its status */
	FETCH_TOO_LARGE,	/* more than max octets */
	FETCH_FAILED		/* no answer */
};

struct fetch_answer {
	enum fetch_result result;
	int		 status;	/* HTTP's; 0: none */
	const uint8_t	*body;
	size_t		 len;
	char		 error[192];	/* what went wrong, one line, or "" */
};

/*
 * Called once for each request that was started, never from within
 * fetch_start() or fetch_cancel().  The answer is valid until it returns.  It
 * may start and cancel requests, but not free the struct fetch.
 */
typedef void fetch_done(void *arg, const struct fetch_answer *);

/*
 * Starts a request.  Its number, never 0; 0: no memory, or the request can't
 * be made (not a URL of these kinds, no address where none may be looked up),
 * and nothing will be called.
 */
uint64_t fetch_start(struct fetch *, const struct fetch_request *,
	    fetch_done *, void *arg);
/* Drops a request without calling back; one that is done already: nothing. */
void	fetch_cancel(struct fetch *, uint64_t number);

/* Requests under way. */
size_t	fetch_pending(const struct fetch *);

/* The loop says that fd is ready for the events, or that the time is over. */
void	fetch_ready(struct fetch *, int fd, int events);
void	fetch_timeout(struct fetch *);

/*
 * Without a loop: waits until something moves, at most so many milliseconds,
 * and does it.  How many requests are still under way, or -1.
 */
int	fetch_wait(struct fetch *, int ms);

#endif
