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

#ifndef IPC_PROTO_RESOLVER_H
#define IPC_PROTO_RESOLVER_H

#include <sys/types.h>

#include <stdint.h>

#include "ipc/proto_size.h"

/* What the DNS says, for relay and directory; part of proto.h. */

enum proto_lookup_kind {
	PROTO_LOOKUP_MAIL,	/* the servers for a mail domain */
	PROTO_LOOKUP_HOST	/* the addresses of one host */
};

/*
 * relay, directory -> resolver: a question.  Every one is answered by exactly
 * one PROTO_LOOKED_UP with its id.  At most PROTO_LOOKUPS_MAX of a role are
 * unanswered.
 */
#define PROTO_LOOKUPS_MAX	64
struct proto_lookup {
	uint64_t	id;
	uint32_t	kind;
	uint32_t	port;		/* MAIL: TLSA records are for it */
	char		name[PROTO_HOST_MAX];
};

enum proto_dns {
	PROTO_DNS_OK,
	PROTO_DNS_NONE,		/* no such name, or nothing to send to */
	PROTO_DNS_NULL_MX,	/* the domain takes no mail (RFC 7505) */
	PROTO_DNS_LATER,	/* no answer, or an error: ask again later */
	PROTO_DNS_BOGUS		/* DNSSEC validation failed: as LATER */
};

#define PROTO_MX_MAX		16	/* hosts of an answer */
#define PROTO_ADDRS_MAX		8	/* addresses of a host */
#define PROTO_TLSA_MAX		12	/* TLSA records of a host */

struct proto_addr {
	uint32_t	family;		/* 4 or 6 */
	uint8_t		octets[16];	/* 4 or 16 of them */
};

/* A TLSA record; one of a whole certificate or key (type 0) is hashed. */
struct proto_tlsa {
	uint8_t		usage;		/* 2: DANE-TA, 3: DANE-EE */
	uint8_t		selector;	/* 0: certificate, 1: key */
	uint8_t		matching;	/* 1: SHA-256, 2: SHA-512 */
	uint8_t		len;
	uint8_t		data[64];
};

enum proto_tlsa_state {
	PROTO_TLSA_NONE,	/* none, or the zone isn't signed */
	PROTO_TLSA_USABLE,	/* secure, and some that can be used */
	PROTO_TLSA_UNUSABLE,	/* secure, but none that can be used: encrypt,
				   whoever it is (RFC 7672 2.2) */
	PROTO_TLSA_FAILED	/* lookup failed or bogus: don't use the host */
};

struct proto_mx {
	char			host[PROTO_HOST_MAX];	/* without last dot */
	uint32_t		preference;
	uint32_t		tlsa_state;	/* enum proto_tlsa_state */
	uint32_t		naddrs;
	uint32_t		ntlsa;
	struct proto_addr	addrs[PROTO_ADDRS_MAX];
	struct proto_tlsa	tlsa[PROTO_TLSA_MAX];
};

/*
 * resolver -> relay, directory: hosts in the order in which they are to be
 * tried (equal preferences shuffled, and the addresses of a host).  Addresses
 * that nobody may be sent to by the DNS's word (lib/mail/netaddr.h) are left
 * out.
 */
struct proto_looked_up {
	uint32_t	n;		/* hosts */
	uint32_t	status;		/* enum proto_dns */
	uint64_t	id;
	uint32_t	ttl;		/* seconds it may be kept */
	uint32_t	secure;		/* the MX are (or their absence) */
	char		sts_id[36];	/* MAIL: of _mta-sts, or "" */
	uint32_t	refused;	/* addresses left out */
	/* struct proto_mx hosts[n] */
};

#endif
