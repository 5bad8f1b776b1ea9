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

#ifndef SMTPD_MIX_DIRECTORY_NET_H
#define SMTPD_MIX_DIRECTORY_NET_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "fetch/fetch.h"
#include "proc.h"

/*
 * Requests by HTTP of the role directory.  Names are looked up by the role
 * resolver, or, if there is one, by the proxy.
 */
void	net_init(void);

/*
 * Proxy and trusted certificates (both copied) of the configuration.  If they
 * change, whatever is under way fails, before this returns.
 */
void	net_configure(const struct role_conf *);

/* All that is under way is dropped; nobody is called. */
void	net_end(void);

struct net_request {
	const char	*host;		/* a name, or an address */
	int		 tls;
	const char	*url;		/* copied, as post */
	const char	*post;		/* NULL: a GET */
	size_t		 postlen;
	size_t		 max;
	unsigned int	 timeout;
};

/* Requests at one time; a resolver's question for each at most. */
#define NET_MAX		PROTO_LOOKUPS_MAX

/*
 * Calls done once, later.  A number that isn't 0; 0: it can't be made, *why
 * says so, and nothing will be called.
 */
uint64_t net_start(const struct net_request *, fetch_done *done, void *arg,
	    const char **why);
void	net_cancel(uint64_t);

/* The resolver's answer. */
void	net_looked_up(const struct proto_looked_up *);

#endif
