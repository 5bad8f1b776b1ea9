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

#ifndef SMTPD_MIX_CONF_H
#define SMTPD_MIX_CONF_H

#include <sys/types.h>

#include <stdio.h>

#include "ipc/proto.h"

/*
 * The configuration as the parent holds it: the rows that go to the roles, and
 * what only the parent needs.  Written by parse.y, see smtpd-mix.conf(5).
 */
#define CONF_LISTEN_MAX		16
#define CONF_ROUTE_MAX		4096
#define CONF_DOMAIN_MAX		256
#define CONF_DUMMIES_MAX	100	/* at once */

struct conf_user {
	char	name[64];	/* a name, or a numeric uid */
	uid_t	uid;		/* resolved by conf_users() */
	gid_t	gid;
};

/* A file with the recipients of a domain; "" is all domains. */
struct conf_list {
	char	domain[PROTO_HOST_MAX];
	char	path[PROTO_PATH_MAX];
};

/* The file with the password of a route. */
struct conf_auth {
	char	domain[PROTO_HOST_MAX];
	char	file[PROTO_PATH_MAX];
};

struct conf {
	struct proto_conf_global	 global;
	struct proto_conf_listen	 listens[CONF_LISTEN_MAX];
	size_t				 nlistens;
	struct proto_conf_route		*routes;
	size_t				 nroutes;
	struct conf_auth		*auths;		/* of routes */
	size_t				 nauths;
	struct proto_conf_domain	*domains;
	size_t				 ndomains;
	struct conf_list		*lists;
	size_t				 nlists;
	struct proto_conf_keyserver	 keyservers[SURVEY_SERVERS_MAX];
	size_t				 nkeyservers;
	struct proto_conf_forward	 forwards[PROTO_FORWARDS_MAX];
	size_t				 nforwards;
	struct conf_user		 users[ROLE_COUNT];
	char	spool_dir[PROTO_PATH_MAX];
	char	keys_dir[PROTO_PATH_MAX];
	char	cache_dir[PROTO_PATH_MAX];
	char	roster_dir[PROTO_PATH_MAX];
	char	trust_dir[PROTO_PATH_MAX];
	char	control_socket[PROTO_PATH_MAX];
	char	control_group[64];	/* may use the socket; "" root only */
	char	chroot_dir[PROTO_PATH_MAX];	/* empty, owned by root */
	char	ca_file[PROTO_PATH_MAX];
	char	anchor_file[PROTO_PATH_MAX];	/* "": the root's keys */
	char	tls_cert[PROTO_PATH_MAX];	/* "": keys makes its own */
	char	tls_key[PROTO_PATH_MAX];
	char	test_clock[PROTO_PATH_MAX];	/* "": the system's clock */
};

/*
 * Reads a configuration file.  Errors go to err, one line each: file:line: what
 * is wrong and what to do; so do warnings (file:line: warning: ...), with which
 * it is good nevertheless.  A new conf (release with conf_free()), or NULL.
 */
struct conf *conf_load(const char *file, FILE *err);
void	conf_free(struct conf *);

/* Prints it in a form that conf_load() accepts and reads as the same. */
void	conf_print(const struct conf *, FILE *);

/* What there is without a configuration file; NULL: out of memory. */
struct conf *conf_new(void);

/*
 * Resolves the users: each must exist and be distinct, and not root.  0; -1
 * with the command that makes the missing ones in errbuf (1024 octets are
 * enough).
 */
int	conf_users(struct conf *, char *errbuf, size_t errlen);

/*
 * Whether running can turn into next by a reload: 0; -1 with what needs a
 * restart (spool directory, users, ...) in errbuf.
 */
int	conf_reloadable(const struct conf *running, const struct conf *next,
	    char *errbuf, size_t errlen);

#endif
