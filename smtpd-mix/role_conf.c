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

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "log.h"
#include "role_conf.h"

struct role_conf *
role_conf_new(void)
{
	struct role_conf *conf;

	if ((conf = calloc(1, sizeof(*conf))) == NULL)
		fatal("configuration");
	conf->tls_cert_fd = conf->tls_key_fd = -1;

	return (conf);
}

static void
close_fd(int fd)
{
	if (fd != -1)
		close(fd);
}

void
role_conf_free(struct role_conf *conf)
{
	size_t i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->nlistens; i++)
		close_fd(conf->listens[i].fd);
	for (i = 0; i < conf->nblobs; i++)
		free(conf->blobs[i].data);
	close_fd(conf->tls_cert_fd);
	close_fd(conf->tls_key_fd);
	free(conf->listens);
	freezero(conf->auths, conf->nauths * sizeof(conf->auths[0]));
	free(conf->routes);
	free(conf->domains);
	free(conf->keyservers);
	free(conf->forwards);
	free(conf->self);
	free(conf->blobs);
	free(conf);
}

/* Makes room for one more row of size at the end of an array. */
static void *
grow(void *array, size_t n, size_t size)
{
	void *next;

	if ((next = reallocarray(array, n + 1, size)) == NULL)
		fatal("configuration");

	return (next);
}

static void
add_listen(struct role_conf *conf, const struct role_msg *msg)
{
	struct role_listen *l;

	conf->listens = grow(conf->listens, conf->nlistens, sizeof(*l));
	l = &conf->listens[conf->nlistens++];
	memcpy(&l->row, msg->data, sizeof(l->row));
	if (!proto_string(l->row.address, sizeof(l->row.address)))
		fatalx("configuration: listen: broken row");
	l->fd = msg->fd;
}

static void
add_route(struct role_conf *conf, const struct role_msg *msg)
{
	struct proto_conf_route *r;

	conf->routes = grow(conf->routes, conf->nroutes, sizeof(*r));
	r = &conf->routes[conf->nroutes++];
	memcpy(r, msg->data, sizeof(*r));
	if (!proto_string(r->domain, sizeof(r->domain)) ||
	    !proto_string(r->host, sizeof(r->host)) ||
	    !proto_string(r->name, sizeof(r->name)))
		fatalx("configuration: route: broken row");
}

/* Grown by hand: what it moves from is wiped. */
static void
add_auth(struct role_conf *conf, const struct role_msg *msg)
{
	struct proto_conf_auth *a, *more;

	more = recallocarray(conf->auths, conf->nauths, conf->nauths + 1,
	    sizeof(*more));
	if (more == NULL)
		fatal("configuration");
	conf->auths = more;
	a = &conf->auths[conf->nauths++];
	memcpy(a, msg->data, sizeof(*a));
	if (!proto_string(a->domain, sizeof(a->domain)) ||
	    !proto_string(a->user, sizeof(a->user)) ||
	    !proto_string(a->password, sizeof(a->password)))
		fatalx("configuration: auth: broken row");
}

static void
add_domain(struct role_conf *conf, const struct role_msg *msg)
{
	struct proto_conf_domain *d;

	conf->domains = grow(conf->domains, conf->ndomains, sizeof(*d));
	d = &conf->domains[conf->ndomains++];
	memcpy(d, msg->data, sizeof(*d));
	if (!proto_string(d->domain, sizeof(d->domain)) ||
	    !proto_string(d->to, sizeof(d->to)))
		fatalx("configuration: domain: broken row");
}

static void
add_keyserver(struct role_conf *conf, const struct role_msg *msg)
{
	struct proto_conf_keyserver *k;

	conf->keyservers = grow(conf->keyservers, conf->nkeyservers,
	    sizeof(*k));
	k = &conf->keyservers[conf->nkeyservers++];
	memcpy(k, msg->data, sizeof(*k));
	if (!proto_string(k->server, sizeof(k->server)))
		fatalx("configuration: keyserver: broken row");
}

static void
add_forward(struct role_conf *conf, const struct role_msg *msg)
{
	struct proto_conf_forward *f;

	conf->forwards = grow(conf->forwards, conf->nforwards, sizeof(*f));
	f = &conf->forwards[conf->nforwards++];
	memcpy(f, msg->data, sizeof(*f));
	if (!proto_string(f->address, sizeof(f->address)))
		fatalx("configuration: forward: broken row");
}

static void
add_self(struct role_conf *conf, const struct role_msg *msg)
{
	const struct proto_conf_self *row = msg->data;

	conf->self = grow(conf->self, conf->nself, sizeof(*conf->self));
	conf->self[conf->nself++] = row->addr;
}

static void
add_piece(struct role_conf *conf, const struct role_msg *msg)
{
	const struct proto_conf_blob *piece = msg->data;
	struct role_blob *b;

	if (!conf->blob_open) {
		conf->blobs = grow(conf->blobs, conf->nblobs, sizeof(*b));
		b = &conf->blobs[conf->nblobs++];
		memset(b, 0, sizeof(*b));
		b->kind = piece->kind;
	}
	b = &conf->blobs[conf->nblobs - 1];
	b->data = grow(b->data, b->len + piece->n, 1);
	memcpy(b->data + b->len, (const uint8_t *)msg->data + sizeof(*piece),
	    piece->n);
	b->len += piece->n;
	conf->blob_open = !piece->last;
}

static void
set_global(struct role_conf *conf, const struct role_msg *msg)
{
	struct proto_conf_global *g = &conf->global;

	memcpy(g, msg->data, sizeof(*g));
	if (!proto_string(g->hostname, sizeof(g->hostname)) ||
	    !proto_string(g->address, sizeof(g->address)) ||
	    !proto_string(g->proxy, sizeof(g->proxy)) ||
	    !proto_string(g->postmaster_to, sizeof(g->postmaster_to)) ||
	    !proto_string(g->postmaster_rcpt, sizeof(g->postmaster_rcpt)))
		fatalx("configuration: broken row");
}

static void
set_tls(struct role_conf *conf, const struct role_msg *msg)
{
	const struct proto_conf_tls *tls = msg->data;
	int *fd = tls->is_key ? &conf->tls_key_fd : &conf->tls_cert_fd;

	close_fd(*fd);
	*fd = msg->fd;
}

int
role_conf_row(struct role_conf *conf, const struct role_msg *msg)
{
	switch (msg->type) {
	case PROTO_CONF_GLOBAL:
		set_global(conf, msg);
		return (1);
	case PROTO_CONF_LISTEN:
		add_listen(conf, msg);
		return (1);
	case PROTO_CONF_ROUTE:
		add_route(conf, msg);
		return (1);
	case PROTO_CONF_AUTH:
		add_auth(conf, msg);
		return (1);
	case PROTO_CONF_DOMAIN:
		add_domain(conf, msg);
		return (1);
	case PROTO_CONF_KEYSERVER:
		add_keyserver(conf, msg);
		return (1);
	case PROTO_CONF_FORWARD:
		add_forward(conf, msg);
		return (1);
	case PROTO_CONF_SELF:
		add_self(conf, msg);
		return (1);
	case PROTO_CONF_BLOB:
		add_piece(conf, msg);
		return (1);
	case PROTO_CONF_TLS:
		set_tls(conf, msg);
		return (1);
	default:
		return (0);
	}
}
