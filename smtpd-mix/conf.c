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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "config.h"

#include "conf.h"
#include "conf_parse.h"

/* Where systems keep the certificates that they trust. */
static const char *const ca_files[] = {
	"/etc/ssl/cert.pem",			/* OpenBSD, FreeBSD */
	"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Ubuntu */
	"/etc/pki/tls/certs/ca-bundle.crt",
	NULL
};

static void
set_standard_paths(struct conf *conf)
{
	size_t i;

	strlcpy(conf->spool_dir, MIX_LOCALSTATEDIR "/spool/smtpd-mix",
	    sizeof(conf->spool_dir));
	strlcpy(conf->keys_dir, MIX_LOCALSTATEDIR "/smtpd-mix/keys",
	    sizeof(conf->keys_dir));
	strlcpy(conf->cache_dir, MIX_LOCALSTATEDIR "/cache/smtpd-mix",
	    sizeof(conf->cache_dir));
	strlcpy(conf->roster_dir, MIX_SYSCONFDIR "/smtpd-mix/mixes",
	    sizeof(conf->roster_dir));
	strlcpy(conf->trust_dir, MIX_SYSCONFDIR "/smtpd-mix/trust",
	    sizeof(conf->trust_dir));
	strlcpy(conf->control_socket, MIX_LOCALSTATEDIR "/run/smtpd-mix.sock",
	    sizeof(conf->control_socket));
	strlcpy(conf->chroot_dir, "/var/empty", sizeof(conf->chroot_dir));
	for (i = 0; ca_files[i] != NULL; i++) {
		if (access(ca_files[i], R_OK) == 0) {
			strlcpy(conf->ca_file, ca_files[i],
			    sizeof(conf->ca_file));
			break;
		}
	}
}

static void
set_standard_users(struct conf *conf)
{
	int role;

	strlcpy(conf->users[ROLE_PARENT].name, "root",
	    sizeof(conf->users[ROLE_PARENT].name));
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		snprintf(conf->users[role].name,
		    sizeof(conf->users[role].name), "_mix%s",
		    role_name((enum role)role));
}

struct conf *
conf_new(void)
{
	struct conf *conf;
	int i;

	if ((conf = calloc(1, sizeof(*conf))) == NULL)
		return NULL;
	for (i = 0; i < CONF_NSCALARS; i++)
		conf_scalar_set(&conf->global, (enum conf_scalar_id)i,
		    conf_scalars[i].standard);
	conf->global.modes = MIX_MODE_MIDDLEMAN;
	conf->global.dummies_flush.low = 1;
	conf->global.dummies_flush.high = 3;
	conf->global.dummies_timer.low = 1;
	conf->global.dummies_timer.high = 12;
	conf->global.subkey_alg = CONF_ALG_CURVE25519;
	set_standard_paths(conf);
	set_standard_users(conf);
	return conf;
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	free(conf->routes);
	free(conf->auths);
	free(conf->domains);
	free(conf->lists);
	free(conf);
}

/* Port 25 of all addresses, of both families. */
static void
set_standard_listens(struct conf *conf)
{
	static const char *const all[] = { "0.0.0.0", "::" };
	struct proto_conf_listen *listen;
	size_t i;

	for (i = 0; i < 2; i++) {
		listen = &conf->listens[conf->nlistens++];
		strlcpy(listen->address, all[i], sizeof(listen->address));
		listen->port = 25;
		listen->tls = 1;
	}
}

struct conf *
conf_load(const char *file, FILE *err)
{
	struct conf_parse parse;
	struct conf *conf;

	memset(&parse, 0, sizeof(parse));
	parse.err = err;
	if ((conf = parse.conf = conf_new()) == NULL) {
		fprintf(err, "%s: out of memory\n", file);
		return NULL;
	}
	if (conf_lex_open(&parse.lex, file) == -1) {
		fprintf(err, "%s\n", parse.lex.error);
		parse.nerrors++;
	} else {
		conf_parse_file(&parse);
		if (conf->nlistens == 0)
			set_standard_listens(conf);
		/* Else what is missing may just have been misspelt. */
		if (parse.nerrors == 0)
			conf_check(&parse);
	}
	conf_lex_close(&parse.lex);
	if (parse.nerrors == 0)
		return conf;
	conf_free(conf);
	return NULL;
}
