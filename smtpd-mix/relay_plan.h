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

#ifndef SMTPD_MIX_RELAY_PLAN_H
#define SMTPD_MIX_RELAY_PLAN_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto.h"
#include "route.h"
#include "smtp/dane.h"

/*
 * In which order the servers of a destination are dialled, and how far each is
 * trusted: decided from the route, from what the DNS says and from the domain's
 * MTA-STS policy.  Nothing here dials or asks.
 */
#define RELAY_TRIES_MAX	12	/* addresses that are tried in one round */

enum relay_trust {
	RELAY_CLEAR,		/* TLS isn't even tried */
	RELAY_ANY,		/* TLS where it can be had */
	RELAY_TLS,		/* TLS, whoever it is */
	RELAY_CA,		/* TLS, by certification authorities */
	RELAY_DANE		/* TLS, by TLSA records (RFC 7672) */
};

/* What a policy that is only tested says of a host. */
enum relay_testing {
	RELAY_UNTESTED,
	RELAY_TEST_NAME,	/* the host fits: see about its certificate */
	RELAY_TEST_FAILED	/* the host doesn't fit */
};

/* One address to dial. */
struct relay_hop {
	struct sockaddr_storage	 addr;
	socklen_t		 addr_len;
	enum relay_trust	 trust;
	enum relay_testing	 testing;
	int			 by_mx;		/* the DNS named it */
	int			 by_sts;	/* RELAY_CA by a policy */
	int			 implicit;	/* TLS from the first octet */
	char			 auth[PROTO_HOST_MAX];	/* route_dest.auth */
	char			 sni[PROTO_HOST_MAX];	/* or "" */
	char			 names[2][PROTO_HOST_MAX + 1];
	size_t			 nnames;
	struct dane_record	 records[PROTO_TLSA_MAX];
	size_t			 nrecords;
};

struct relay_plan {
	struct route_dest	 to;
	int			 secure;	/* the list of hosts is */
	enum proto_sts_mode	 sts;
	enum proto_why		 why;		/* n is 0 because of this */
	size_t			 n;
	struct {
		uint8_t		 host;
		uint8_t		 addr;
	} tries[RELAY_TRIES_MAX];
	uint8_t			 fits[PROTO_MX_MAX];	/* the policy */
	size_t			 nhosts;
	struct proto_mx		 hosts[];
};

/*
 * The plan for a static address; or for what the DNS said about a mail domain
 * or a host.  Of a domain's hosts the one with our own hostname, and all that
 * are not preferred to it, are left out (RFC 5321 section 5.1); our addresses
 * are left out by resolver.  sts may be NULL.  To be freed; NULL: out of
 * memory.
 */
struct relay_plan *relay_plan_static(const struct route_dest *);
struct relay_plan *relay_plan_new(const struct route_dest *,
	    const struct proto_looked_up *, const struct proto_mx *,
	    const struct proto_sts *, const char *hostname);

/* Whether a policy could change anything; else it needn't be asked for. */
int	relay_plan_wants_sts(const struct route_dest *,
	    const struct proto_looked_up *, const struct proto_mx *);

/* The i-th try; i is below n. */
void	relay_plan_hop(const struct relay_plan *, size_t i,
	    struct relay_hop *);

#endif
