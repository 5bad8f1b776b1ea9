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

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "compat/compat.h"

#include "mail/address.h"

#include "conf_names.h"
#include "conf_parse.h"

/* Where mail goes that others are to have. */

/* Whether it can only be meant as an address. */
static int
is_numeric(const char *text)
{
	return (strchr(text, ':') != NULL ||
	    text[strspn(text, "0123456789.")] == '\0');
}

/* A numeric address or a name. */
static int
set_host(struct conf_parse *p, struct proto_conf_route *route,
    const char *text)
{
	if (is_numeric(text) || !mail_domain_valid(text, strlen(text))) {
		route->kind = CONF_ROUTE_ADDRESS;
		return (conf_set_address(p, route->host, "host", text));
	}
	route->kind = CONF_ROUTE_HOST;

	return (conf_set_domain(p, route->host, "host", text));
}

static int
set_tls(struct conf_parse *p, struct proto_conf_route *route,
    const struct conf_route_text *text)
{
	int wish = CONF_TLS_OPPORTUNISTIC;

	if (text->tls != NULL &&
	    (wish = conf_name_value(conf_tls, text->tls)) == -1) {
		conf_complain(p, "tls \"%.64s\" is none of off, opportunistic, "
		    "require, verify, implicit", text->tls);
		return (0);
	}
	route->tls = (uint32_t)wish;
	if (text->mx && wish == CONF_TLS_IMPLICIT) {
		conf_complain(p, "tls implicit is for a host's port, not for "
		    "mx");
		return (0);
	}
	if (text->name == NULL)
		return (1);
	if (wish != CONF_TLS_VERIFY && wish != CONF_TLS_IMPLICIT) {
		conf_complain(p, "name has no effect without tls verify or "
		    "tls implicit");
		return (0);
	}

	return (conf_set_domain(p, route->name, "name", text->name));
}

/* A password is for one server, and for nobody who listens. */
static int
set_auth(struct conf_parse *p, struct proto_conf_route *route,
    const char *path)
{
	struct conf *conf = p->conf;
	struct conf_auth auth, *auths;
	unsigned int before = p->nerrors;

	if (path == NULL)
		return (1);
	if (route->tls != CONF_TLS_VERIFY && route->tls != CONF_TLS_IMPLICIT) {
		conf_complain(p, "auth needs tls verify or tls implicit: else "
		    "anybody could ask for the password");
		return (0);
	}
	memset(&auth, 0, sizeof(auth));
	(void)strlcpy(auth.domain, route->domain, sizeof(auth.domain));
	conf_set_path(p, auth.file, "auth file", path);
	if (p->nerrors != before)
		return (0);
	auths = conf_grow(p, conf->auths, conf->nauths, CONF_ROUTE_MAX,
	    sizeof(*auths), "auth");
	if (auths == NULL)
		return (0);
	conf->auths = auths;
	conf->auths[conf->nauths++] = auth;
	route->auth = 1;

	return (1);
}

static int
is_new(struct conf_parse *p, const struct proto_conf_route *route)
{
	const struct conf *conf = p->conf;
	size_t i;

	for (i = 0; i < conf->nroutes; i++)
		if (strcmp(conf->routes[i].domain, route->domain) == 0) {
			conf_complain(p, "route %s is there already",
			    route->domain);
			return (0);
		}

	return (1);
}

/* A certificate of each mail's domain, at one host for all of them? */
static int
names_somebody(struct conf_parse *p, const struct proto_conf_route *route)
{
	if (!route->auth || route->kind == CONF_ROUTE_HOST ||
	    route->name[0] != '\0' || strcmp(route->domain, "*") != 0)
		return (1);
	conf_complain(p, "route \"*\" with auth has to say whose certificate "
	    "the host has: add name host.example.org");

	return (0);
}

void
conf_add_route(struct conf_parse *p, const char *domain,
    const struct conf_route_text *text)
{
	struct conf *conf = p->conf;
	struct proto_conf_route route, *routes;

	memset(&route, 0, sizeof(route));
	if (strcmp(domain, "*") == 0)
		route.domain[0] = '*';
	else if (!conf_set_domain(p, route.domain, "route", domain))
		return;
	if (text->mx)
		route.kind = CONF_ROUTE_MX;
	else if (!set_host(p, &route, text->host))
		return;
	if (!conf_set_port(p, &route.port, text->port) ||
	    !set_tls(p, &route, text) || !is_new(p, &route) ||
	    !set_auth(p, &route, text->auth) || !names_somebody(p, &route))
		return;
	routes = conf_grow(p, conf->routes, conf->nroutes, CONF_ROUTE_MAX,
	    sizeof(*routes), "route");
	if (routes == NULL)
		return;
	conf->routes = routes;
	conf->routes[conf->nroutes++] = route;
}
