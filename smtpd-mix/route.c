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

#include <string.h>
#include <strings.h>

#include "compat/compat.h"
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
find_own_host(const struct route_table *table, const char *domain)
{
	const struct proto_conf_domain *row;
	size_t i;

	for (i = 0; i < table->ndomains; i++) {
		row = &table->domains[i];
		if (row->via == CONF_VIA_HOST &&
		    strcasecmp(row->domain, domain) == 0)
			return (row);
	}

	return (NULL);
}

int
route_mix(const struct route_table *table, const char *domain,
    struct route_dest *dest)
{
	const struct proto_conf_route *row;

	if ((row = find_route(table, domain)) == NULL &&
	    (row = find_route(table, "*")) == NULL)
		return (-1);
	memset(dest, 0, sizeof(*dest));
	strlcpy(dest->host, row->host, sizeof(dest->host));
	dest->port = row->port;
	dest->tls = (enum conf_tls)row->tls;
	if (dest->tls == CONF_TLS_VERIFY)
		strlcpy(dest->name, domain, sizeof(dest->name));

	return (0);
}

int
route_exit(const struct route_table *table, const char *domain,
    struct route_dest *dest)
{
	const struct proto_conf_domain *row;

	if ((row = find_own_host(table, domain)) == NULL)
		return (route_mix(table, domain, dest));
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
	return (a->port == b->port && a->tls == b->tls &&
	    strcmp(a->host, b->host) == 0 &&
	    strcasecmp(a->name, b->name) == 0);
}
