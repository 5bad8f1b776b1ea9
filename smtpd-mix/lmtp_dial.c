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
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "lmtp_dial.h"

/* deliver sees what the network sends: where to dial isn't for it to say. */
static int
is_named(const struct conf *conf, const struct proto_lmtp_open *to)
{
	const struct proto_conf_global *g = &conf->global;
	size_t i;

	for (i = 0; i < conf->ndomains; i++)
		if (conf->domains[i].via == CONF_VIA_LMTP &&
		    conf->domains[i].port == to->port &&
		    strcmp(conf->domains[i].to, to->to) == 0)
			return (1);

	return (g->postmaster_via == CONF_VIA_LMTP &&
	    g->postmaster_port == to->port &&
	    strcmp(g->postmaster_to, to->to) == 0);
}

union address {
	struct sockaddr		sa;
	struct sockaddr_un	sun;
	struct sockaddr_in	sin;
	struct sockaddr_in6	sin6;
};

/* The length of the address, or 0. */
static socklen_t
address_of(const struct proto_lmtp_open *to, union address *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (to->port == 0) {
		addr->sun.sun_family = AF_UNIX;
		return (strlcpy(addr->sun.sun_path, to->to,
		    sizeof(addr->sun.sun_path)) <
		    sizeof(addr->sun.sun_path) ? sizeof(addr->sun) : 0);
	}
	if (inet_pton(AF_INET, to->to, &addr->sin.sin_addr) == 1) {
		addr->sin.sin_family = AF_INET;
		addr->sin.sin_port = htons((in_port_t)to->port);
		return (sizeof(addr->sin));
	}
	if (inet_pton(AF_INET6, to->to, &addr->sin6.sin6_addr) == 1) {
		addr->sin6.sin6_family = AF_INET6;
		addr->sin6.sin6_port = htons((in_port_t)to->port);
		return (sizeof(addr->sin6));
	}

	return (0);
}

/* A descriptor; -1 with errno. */
static int
dial(const struct conf *conf, const struct proto_lmtp_open *to)
{
	union address addr;
	socklen_t len;
	int fd, saved;

	if (conf == NULL || !proto_string(to->to, sizeof(to->to)) ||
	    !is_named(conf, to) || (len = address_of(to, &addr)) == 0) {
		errno = EACCES;
		return (-1);
	}
	fd = socket(addr.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	if (connect(fd, &addr.sa, len) == 0 || errno == EINPROGRESS)
		return (fd);
	saved = errno;
	close(fd);
	errno = saved;

	return (-1);
}

void
lmtp_dial(struct channel *ch, const struct conf *conf,
    const struct proto_lmtp_open *to)
{
	struct proto_lmtp_socket yes = { to->id };
	struct proto_lmtp_failed no = { to->id, 0, 0 };
	struct iovec iov = { &yes, sizeof(yes) };
	int fd;

	if ((fd = dial(conf, to)) != -1) {
		(void)channel_send(ch, PROTO_LMTP_SOCKET, &iov, 1, fd);
		return;
	}
	no.error = (uint32_t)errno;
	iov.iov_base = &no;
	iov.iov_len = sizeof(no);
	(void)channel_send(ch, PROTO_LMTP_FAILED, &iov, 1, -1);
}
