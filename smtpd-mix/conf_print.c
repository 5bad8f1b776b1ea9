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

#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "conf_lex.h"
#include "conf_names.h"
#include "conf_scalar.h"

static void
print_path(FILE *f, const char *name, const char *path)
{
	if (path[0] == '\0')
		return;
	fprintf(f, "%s ", name);
	conf_quote(f, path);
	putc('\n', f);
}

static void
print_scalar(FILE *f, const struct proto_conf_global *global,
    enum conf_scalar_id id)
{
	const struct conf_scalar *scalar = &conf_scalars[id];
	char value[CONF_VALUE_MAX];

	conf_value_write(scalar->kind, conf_scalar_get(global, id), value);
	fprintf(f, "%s %s\n", scalar->name, value);
}

static void
print_listens(FILE *f, const struct conf *conf)
{
	const struct proto_conf_listen *listen;

	for (listen = conf->listens; listen < conf->listens + conf->nlistens;
	    listen++)
		fprintf(f, "listen on %s port %u%s\n", listen->address,
		    listen->port, listen->tls ? "" : " no tls");
}

static void
print_tls(FILE *f, const struct conf *conf)
{
	if (conf->tls_cert[0] != '\0') {
		fputs("tls certificate ", f);
		conf_quote(f, conf->tls_cert);
		fputs(" key ", f);
		conf_quote(f, conf->tls_key);
		putc('\n', f);
	}
	print_path(f, "ca file", conf->ca_file);
}

static void
print_modes(FILE *f, uint32_t modes)
{
	const struct conf_name *name;

	fputs("mode", f);
	for (name = conf_modes; name->name != NULL; name++) {
		if (modes & (uint32_t)name->value)
			fprintf(f, " %s", name->name);
	}
	putc('\n', f);
}

/* An LMTP server's place: a path, or host and port. */
static void
print_lmtp(FILE *f, const char *to, uint32_t port)
{
	fputs(" lmtp ", f);
	conf_quote(f, to);
	if (port != 0)
		fprintf(f, " port %u", port);
}

static void
print_list(FILE *f, const struct conf *conf, const char *domain)
{
	size_t i;

	for (i = 0; i < conf->nlists; i++) {
		if (strcmp(conf->lists[i].domain, domain) == 0) {
			fputs(*domain == '\0' ? "" : " ", f);
			fputs("recipients file ", f);
			conf_quote(f, conf->lists[i].path);
			fputs(*domain == '\0' ? "\n" : "", f);
		}
	}
}

static void
print_domains(FILE *f, const struct conf *conf)
{
	const struct proto_conf_domain *domain;

	for (domain = conf->domains; domain < conf->domains + conf->ndomains;
	    domain++) {
		fputs("domain ", f);
		conf_quote(f, domain->domain);
		if (domain->via == CONF_VIA_MAILDIR) {
			fputs(" maildir ", f);
			conf_quote(f, domain->to);
		} else if (domain->via == CONF_VIA_LMTP)
			print_lmtp(f, domain->to, domain->port);
		else
			fprintf(f, " host %s port %u", domain->to,
			    domain->port);
		print_list(f, conf, domain->domain);
		putc('\n', f);
	}
	print_list(f, conf, "");
}

static void
print_route_rest(FILE *f, const struct conf *conf,
    const struct proto_conf_route *route)
{
	size_t i;

	if (route->name[0] != '\0') {
		fputs(" name ", f);
		conf_quote(f, route->name);
	}
	for (i = 0; route->auth && i < conf->nauths; i++)
		if (strcmp(conf->auths[i].domain, route->domain) == 0) {
			fputs(" auth file ", f);
			conf_quote(f, conf->auths[i].file);
		}
}

static void
print_routes(FILE *f, const struct conf *conf)
{
	const struct proto_conf_route *route;

	for (route = conf->routes; route < conf->routes + conf->nroutes;
	    route++) {
		fputs("route ", f);
		conf_quote(f, route->domain);
		if (route->kind == CONF_ROUTE_MX)
			fputs(" mx", f);
		else
			fprintf(f, " host %s port %u", route->host,
			    route->port);
		fprintf(f, " tls %s", conf_name_of(conf_tls,
		    (int)route->tls));
		print_route_rest(f, conf, route);
		putc('\n', f);
	}
}

static void
print_postmaster(FILE *f, const struct proto_conf_global *global)
{
	switch (global->postmaster_via) {
	case CONF_VIA_MAILDIR:
		print_path(f, "postmaster maildir", global->postmaster_to);
		break;
	case CONF_VIA_HOST:
		fprintf(f, "postmaster host %s port %u to ",
		    global->postmaster_to, global->postmaster_port);
		conf_quote(f, global->postmaster_rcpt);
		putc('\n', f);
		break;
	case CONF_VIA_LMTP:
		fputs("postmaster", f);
		print_lmtp(f, global->postmaster_to, global->postmaster_port);
		fputs(" to ", f);
		conf_quote(f, global->postmaster_rcpt);
		putc('\n', f);
		break;
	}
	if (global->undeliverable)
		fputs("undeliverable postmaster\n", f);
}

static void
print_places(FILE *f, const struct conf *conf)
{
	char slots[CONF_VALUE_MAX];

	fputs("spool ", f);
	conf_quote(f, conf->spool_dir);
	conf_value_write(CONF_NUMBER, conf->global.spool_slots, slots);
	fprintf(f, " slots %s\n", slots);
	print_path(f, "keys", conf->keys_dir);
	print_path(f, "cache", conf->cache_dir);
	print_path(f, "roster", conf->roster_dir);
	print_path(f, "trust", conf->trust_dir);
	fputs("control ", f);
	conf_quote(f, conf->control_socket);
	if (conf->control_group[0] != '\0') {
		fputs(" group ", f);
		conf_quote(f, conf->control_group);
	}
	putc('\n', f);
	print_path(f, "chroot", conf->chroot_dir);
}

static void
print_directory(FILE *f, const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nkeyservers; i++)
		print_path(f, "directory keyserver",
		    conf->keyservers[i].server);
	if (conf->global.proxy[0] != '\0')
		fprintf(f, "directory proxy %s port %u\n",
		    conf->global.proxy, conf->global.proxy_port);
	if (conf->global.directory_silent)
		fputs("directory no publish\n", f);
}

static void
print_resolver(FILE *f, const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->nforwards; i++)
		fprintf(f, "resolver forward %s port %u\n",
		    conf->forwards[i].address, conf->forwards[i].port);
	print_path(f, "resolver trust anchor", conf->anchor_file);
}

static void
print_dummies(FILE *f, const struct proto_conf_global *global)
{
	fprintf(f, "dummies flush %u to %u timer %u to %u\n",
	    global->dummies_flush.low, global->dummies_flush.high,
	    global->dummies_timer.low, global->dummies_timer.high);
	if (global->dummies_none)
		fputs("test dummies none\n", f);
	if (global->test_sandbox)
		fputs("test sandbox\n", f);
}

static void
print_users(FILE *f, const struct conf *conf)
{
	int role;

	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		fprintf(f, "user %s ", role_name((enum role)role));
		conf_quote(f, conf->users[role].name);
		putc('\n', f);
	}
}

void
conf_print(const struct conf *conf, FILE *f)
{
	const struct proto_conf_global *global = &conf->global;
	int id;

	print_path(f, "hostname", global->hostname);
	print_listens(f, conf);
	print_tls(f, conf);
	print_modes(f, global->modes);
	print_domains(f, conf);
	print_routes(f, conf);
	print_postmaster(f, global);
	print_places(f, conf);
	print_directory(f, conf);
	print_resolver(f, conf);
	for (id = 0; id < CONF_NSCALARS; id++) {
		if (id != CONF_SPOOL_SLOTS)
			print_scalar(f, global, (enum conf_scalar_id)id);
	}
	print_dummies(f, global);
	if (global->test_clock)
		print_path(f, "test clock", conf->test_clock);
	fputs("subkey algorithm ", f);
	fprintf(f, "%s\n", conf_name_of(conf_algorithms,
	    (int)global->subkey_alg));
	print_users(f, conf);
	if (global->verbose)
		fputs("log verbose\n", f);
}
