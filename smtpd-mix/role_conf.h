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

#ifndef SMTPD_MIX_ROLE_CONF_H
#define SMTPD_MIX_ROLE_CONF_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "channel.h"
#include "ipc/proto.h"

/* A file that came in pieces. */
struct role_blob {
	uint32_t	 kind;		/* enum proto_blob_kind */
	uint8_t		*data;
	size_t		 len;
};

struct role_listen {
	struct proto_conf_listen row;
	int			 fd;	/* the role that takes it sets -1 */
};

/* The configuration as a role got it; which rows come, the rule table says. */
struct role_conf {
	struct proto_conf_global  global;
	struct role_listen	 *listens;
	size_t			  nlistens;
	struct proto_conf_route	 *routes;
	size_t			  nroutes;
	struct proto_conf_auth	 *auths;
	size_t			  nauths;
	struct proto_conf_domain *domains;
	size_t			  ndomains;
	struct proto_conf_keyserver *keyservers;
	size_t			  nkeyservers;
	struct proto_conf_forward *forwards;
	size_t			  nforwards;
	struct proto_addr	 *self;	/* addresses of this machine */
	size_t			  nself;
	struct role_blob	 *blobs;
	size_t			  nblobs;
	int			  blob_open;	/* the last one wants more */
	int			  tls_cert_fd;	/* -1: none */
	int			  tls_key_fd;
};

/* An empty one to take rows; free closes its descriptors. */
struct role_conf *role_conf_new(void);
void	role_conf_free(struct role_conf *);

/* Takes one row.  1: taken, 0: the message is no row.  Fatal when broken. */
int	role_conf_row(struct role_conf *, const struct role_msg *);

#endif
