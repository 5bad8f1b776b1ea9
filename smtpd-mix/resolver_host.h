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

#ifndef SMTPD_MIX_RESOLVER_HOST_H
#define SMTPD_MIX_RESOLVER_HOST_H

#include <sys/types.h>

#include <stdint.h>

#include "dns/answer.h"
#include "ipc/proto.h"
#include "resolver_query.h"
#include "role_conf.h"

/*
 * One host of a lookup: its addresses, and its TLSA records where they can be
 * relied on (RFC 7672 2.2).
 */
#define HOST_ADDRS_MAX	64	/* that are looked at */

struct host;
typedef void host_done(struct host *);

enum host_slot {
	HOST_A,
	HOST_AAAA,
	HOST_MORE,		/* CNAME, or TLSA */
	HOST_SLOTS
};

struct host {
	struct resolver	*resolver;
	const struct role_conf *conf;
	host_done	*done;		/* it is complete */
	void		*arg;
	uint32_t	 port;		/* 0: no TLSA records */
	int		 complete;
	int		 failed;	/* addresses that didn't come */
	int		 bogus;		/* of them */
	int		 insecure;	/* one of its address records is */
	int		 ours;		/* it is this machine */
	uint32_t	 refused;	/* addresses left out */
	uint32_t	 ttl;
	char		 alias[DNS_NAME_MAX];	/* what it is another name of */
	int		 base;		/* 1: the alias was asked for TLSA */
	uint32_t	 naddrs;	/* of all that were found */
	struct proto_addr addrs[HOST_ADDRS_MAX];
	struct proto_mx	 mx;		/* what becomes of it */
	struct query	*slots[HOST_SLOTS];
};

/*
 * Begins to ask for the host of that name.  done is called later, from a
 * question's answer.  0; -1: no memory.
 */
int	host_start(struct host *, struct resolver *, const struct role_conf *,
	    const char *name, uint32_t preference, uint32_t port,
	    host_done *done, void *arg);

/* Forgets what is still asked; what is unknown counts as failed. */
void	host_stop(struct host *);

#endif
