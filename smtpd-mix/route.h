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


#ifndef SMTPD_MIX_ROUTE_H
#define SMTPD_MIX_ROUTE_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto.h"

enum route_kind {
	ROUTE_ADDRESS,		/* host is a numeric address */
	ROUTE_MX,		/* host is a mail domain: ask the DNS */
	ROUTE_HOST		/* host is a name: ask the DNS */
};

/* Where relay sends a mail to, and how far it trusts the other end. */
struct route_dest {
	enum route_kind	kind;
	char		host[PROTO_HOST_MAX];
	uint32_t	port;
	enum conf_tls	tls;
	char		name[PROTO_HOST_MAX];	/* CONF_TLS_VERIFY, _IMPLICIT:
						   whose certificate; else "" */
	char		auth[PROTO_HOST_MAX];	/* the route whose password is
						   to be given, or "" */
};

#define ROUTE_MX_PORT	25	/* the only one that the DNS may lead to */

/* The tables of the configuration that decide. */
struct route_table {
	const struct proto_conf_route	*routes;
	size_t				 nroutes;
	const struct proto_conf_domain	*domains;
	size_t				 ndomains;
};

/*
 * The route of a domain: its own row, else the row "*", else by MX.  No regard
 * to case.  0, or -1: it is no name that the DNS could know.
 */
int	route_mix(const struct route_table *, const char *domain,
	    struct route_dest *);

/*
 * The same for an exit mail's recipient: a domain of our own that goes to a
 * host first, then as route_mix().
 */
int	route_exit(const struct route_table *, const char *domain,
	    struct route_dest *);

/* Whether two are one destination: 1 or 0. */
int	route_same(const struct route_dest *, const struct route_dest *);

/* The socket address of a numeric host and a port.  0, or -1: it is none. */
int	route_sockaddr(const char *host, uint32_t port,
	    struct sockaddr_storage *, socklen_t *);

#endif
