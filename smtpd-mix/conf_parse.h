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


#ifndef SMTPD_MIX_CONF_PARSE_H
#define SMTPD_MIX_CONF_PARSE_H

#include <sys/types.h>

#include <stdio.h>

#include "conf.h"
#include "conf_lex.h"
#include "conf_scalar.h"

/*
 * What parse.y, the setters and the final check share; nothing outside of them
 * needs it.
 */

/* What can be set only once: each scalar, each user, and these. */
enum conf_once {
	CONF_ONCE_HOSTNAME = CONF_NSCALARS,
	CONF_ONCE_MODE,
	CONF_ONCE_TLS,
	CONF_ONCE_CA,
	CONF_ONCE_ANCHOR,
	CONF_ONCE_POSTMASTER,
	CONF_ONCE_SPOOL,
	CONF_ONCE_KEYS,
	CONF_ONCE_CACHE,
	CONF_ONCE_ROSTER,
	CONF_ONCE_TRUST,
	CONF_ONCE_PROXY,
	CONF_ONCE_NO_PUBLISH,
	CONF_ONCE_CONTROL,
	CONF_ONCE_CHROOT,
	CONF_ONCE_FLUSH,
	CONF_ONCE_TIMER,
	CONF_ONCE_NO_DUMMIES,
	CONF_ONCE_TEST_SANDBOX,
	CONF_ONCE_TEST_CLOCK,
	CONF_ONCE_ALGORITHM,
	CONF_ONCE_LOG,
	CONF_ONCE_RECIPIENTS,
	CONF_ONCE_UNDELIVERABLE,
	CONF_ONCE_USER,			/* + enum role */
	CONF_ONCE_COUNT = CONF_ONCE_USER + ROLE_COUNT
};

struct conf_place {
	const char	*file;		/* NULL: not set */
	int		 line;
};

struct conf_parse {
	struct conf	*conf;
	struct conf_lex	 lex;
	FILE		*err;
	unsigned int	 nerrors;
	struct conf_place places[CONF_ONCE_COUNT];
	struct conf_place domain;	/* the last one of them */
	struct conf_place maildir;	/* the same */
};

/* Parses the open file; errors are counted.  In parse.y. */
void	conf_parse_file(struct conf_parse *);

/* Looks at what needs the whole: what is missing, what contradicts. */
void	conf_check(struct conf_parse *);

/* Prints an error at the present place. */
void	conf_complain(struct conf_parse *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same at the place where something was set; else at the present one. */
void	conf_complain_at(struct conf_parse *, const struct conf_place *,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void	conf_warn_at(struct conf_parse *, const struct conf_place *,
	    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * The setters: each checks one statement or a part of it, and complains about
 * what is wrong.  An absent text is NULL.
 */
int	conf_once(struct conf_parse *, int once, const char *name);
int	conf_set_string(struct conf_parse *, char *to, size_t size,
	    const char *name, const char *text);
int	conf_set_domain(struct conf_parse *, char to[PROTO_HOST_MAX],
	    const char *name, const char *text);
int	conf_set_address(struct conf_parse *, char to[64], const char *name,
	    const char *text);
int	conf_set_port(struct conf_parse *, uint32_t *port, const char *text);
/* Room for one more row in an array that grows by doubling; NULL: none. */
void	*conf_grow(struct conf_parse *, void *rows, size_t n, size_t max,
	    size_t size, const char *name);
void	conf_set_number(struct conf_parse *, enum conf_scalar_id,
	    const char *text);
void	conf_set_range(struct conf_parse *, int once, const char *name,
	    struct proto_range *, uint32_t least, const char *low,
	    const char *high);
void	conf_set_path(struct conf_parse *, char path[PROTO_PATH_MAX],
	    const char *name, const char *text);
/* A file whose content is read at once: what the clock shall be. */
void	conf_set_clock(struct conf_parse *, const char *file);
void	conf_set_socket(struct conf_parse *, const char *text,
	    const char *group);
void	conf_set_hostname(struct conf_parse *, const char *text);
void	conf_add_mode(struct conf_parse *, const char *text);
void	conf_set_algorithm(struct conf_parse *, const char *text);
void	conf_set_user(struct conf_parse *, const char *role,
	    const char *name);
void	conf_add_listen(struct conf_parse *, const char *address,
	    const char *port, int tls);
void	conf_add_forward(struct conf_parse *, const char *address,
	    const char *port);
void	conf_add_keyserver(struct conf_parse *, const char *url);
void	conf_set_proxy(struct conf_parse *, const char *address,
	    const char *port);
/* What a route says, besides its domain; mx: by the DNS. */
struct conf_route_text {
	int		 mx;
	const char	*host;
	const char	*port;
	const char	*tls;
	const char	*name;
	const char	*auth;
};
void	conf_add_route(struct conf_parse *, const char *domain,
	    const struct conf_route_text *);
void	conf_add_domain(struct conf_parse *, const char *domain,
	    enum conf_via, const char *to, const char *port,
	    const char *recipients);
/* A list of recipients, of a domain or (NULL) of all. */
void	conf_add_list(struct conf_parse *, const char *domain,
	    const char *path);
void	conf_set_postmaster(struct conf_parse *, enum conf_via,
	    const char *to, const char *port, const char *address);

#endif
