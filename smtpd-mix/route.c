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

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "mail/address.h"
#include "route.h"

static const struct proto_conf_route *
find_route(const struct route_table *table, const char *domain)
{
	size_t i;

	for (i = 0; i < table->nroutes; i++)
		if (strcasecmp(table->routes[i].domain, domain) == 0)
			return (&table->routes[i]);

	return (NULL);
}

static const struct proto_conf_domain *
find_own(const struct route_table *table, const char *domain)
{
	const struct proto_conf_domain *row;
	size_t i;

	for (i = 0; i < table->ndomains; i++) {
		row = &table->domains[i];
		if (strcasecmp(row->domain, domain) == 0)
			return (row);
	}

	return (NULL);
}

static void
to_row(const struct proto_conf_route *row, const char *domain,
    struct route_dest *dest)
{
	dest->port = row->port;
	dest->tls = (enum conf_tls)row->tls;
	if (row->kind == CONF_ROUTE_MX) {
		dest->kind = ROUTE_MX;
		strlcpy(dest->host, domain, sizeof(dest->host));
		return;
	}
	dest->kind = row->kind == CONF_ROUTE_HOST ? ROUTE_HOST :
	    ROUTE_ADDRESS;
	strlcpy(dest->host, row->host, sizeof(dest->host));
	if (row->auth)
		strlcpy(dest->auth, row->domain, sizeof(dest->auth));
	if (dest->tls != CONF_TLS_VERIFY && dest->tls != CONF_TLS_IMPLICIT)
		return;
	strlcpy(dest->name, row->name[0] != '\0' ? row->name :
	    row->kind == CONF_ROUTE_HOST ? row->host : domain,
	    sizeof(dest->name));
}

int
route_mix(const struct route_table *table, const char *domain,
    struct route_dest *dest)
{
	const struct proto_conf_route *row;

	memset(dest, 0, sizeof(*dest));
	if ((row = find_route(table, domain)) == NULL)
		row = find_route(table, "*");
	if (row != NULL)
		to_row(row, domain, dest);
	else {
		dest->kind = ROUTE_MX;
		dest->port = ROUTE_MX_PORT;
		strlcpy(dest->host, domain, sizeof(dest->host));
	}

	return (dest->kind == ROUTE_MX && !mail_domain_valid(domain,
	    strlen(domain)) ? -1 : 0);
}

int
route_exit(const struct route_table *table, const char *domain,
    struct route_dest *dest)
{
	const struct proto_conf_domain *row;

	if ((row = find_own(table, domain)) == NULL)
		return (route_mix(table, domain, dest));
	/* What is deliver's may have a route, but it isn't for the DNS. */
	if (row->via != CONF_VIA_HOST)
		return (route_mix(table, domain, dest) == -1 ||
		    dest->kind == ROUTE_MX ? -1 : 0);
	memset(dest, 0, sizeof(*dest));
	if (strlcpy(dest->host, row->to, sizeof(dest->host)) >=
	    sizeof(dest->host))
		return (-1);
	dest->port = row->port;
	dest->tls = CONF_TLS_OPPORTUNISTIC;

	return (0);
}

int
route_same(const struct route_dest *a, const struct route_dest *b)
{
	return (a->kind == b->kind && a->port == b->port &&
	    a->tls == b->tls && strcasecmp(a->host, b->host) == 0 &&
	    strcasecmp(a->name, b->name) == 0 &&
	    strcmp(a->auth, b->auth) == 0);
}

int
route_sockaddr(const char *host, uint32_t port, struct sockaddr_storage *ss,
    socklen_t *len)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	if (port == 0 || port > 65535)
		return (-1);
	memset(ss, 0, sizeof(*ss));
	memset(&sin, 0, sizeof(sin));
	memset(&sin6, 0, sizeof(sin6));
	if (inet_pton(AF_INET, host, &sin.sin_addr) == 1) {
		sin.sin_family = AF_INET;
		sin.sin_port = htons((uint16_t)port);
		*len = sizeof(sin);
		memcpy(ss, &sin, sizeof(sin));
		return (0);
	}
	if (inet_pton(AF_INET6, host, &sin6.sin6_addr) == 1) {
		sin6.sin6_family = AF_INET6;
		sin6.sin6_port = htons((uint16_t)port);
		*len = sizeof(sin6);
		memcpy(ss, &sin6, sizeof(sin6));
		return (0);
	}

	return (-1);
}
