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


#ifndef IPC_PROTO_CONF_H
#define IPC_PROTO_CONF_H

#include <sys/types.h>

#include <stdint.h>

#include "ipc/proto_resolver.h"
#include "ipc/proto_size.h"
#include "mail/address.h"
#include "mixtasy/message.h"

/* Start, configuration and stop of a role; part of proto.h. */

/* parent -> role, the first message, before the sandbox. */
struct proto_boot {
	uint32_t	version;
	uint32_t	role;
	uint32_t	instance;
	uint32_t	privileged;	/* started as root: chroot, own uid */
	uint32_t	uid;
	uint32_t	gid;
	uint32_t	verbose;
	uint32_t	test_sandbox;	/* try what is forbidden, and tell */
	char		chroot_dir[PROTO_PATH_MAX];
	/* deliver: the directories of Maildirs; others: nrw is 0 */
	uint32_t	nrw;
	char		rw[16][PROTO_PATH_MAX];
};

/* role -> parent: sandboxed and ready for its peers. */
struct proto_hello {
	uint32_t	version;
	uint32_t	role;
	uint32_t	instance;
	uint32_t	pid;
	char		sandbox[PROTO_SANDBOX_MAX];
};

/* parent -> role, with a descriptor: the channel to another role. */
struct proto_peer {
	uint32_t	role;
	uint32_t	instance;
};

/*
 * parent -> role: the configuration in rows, between BEGIN and END.  A role
 * answers ACCEPT or REJECT; when all have accepted, the parent says SWITCH,
 * else DROP.
 */
struct proto_conf_begin {
	uint64_t	generation;
};

struct proto_range {
	uint32_t	low;
	uint32_t	high;
};

enum conf_tls {
	CONF_TLS_OPPORTUNISTIC,
	CONF_TLS_OFF,
	CONF_TLS_REQUIRE,		/* encrypted, whoever it is */
	CONF_TLS_VERIFY,		/* and the certificate is checked */
	CONF_TLS_IMPLICIT		/* the same, without STARTTLS */
};

enum conf_alg {
	CONF_ALG_CURVE25519,
	CONF_ALG_RSA2048,
	CONF_ALG_RSA3072,
	CONF_ALG_RSA4096
};

enum conf_via {
	CONF_VIA_NONE,			/* not configured */
	CONF_VIA_MAILDIR,
	CONF_VIA_HOST,
	CONF_VIA_LMTP
};

/* Scalars of the configuration; every role gets them. */
struct proto_conf_global {
	char		hostname[PROTO_HOST_MAX];
	char		address[MIX_ADDRESS_MAX];	/* mixtasy@hostname */
	uint32_t	modes;			/* MIX_MODE_* */
	uint32_t	verbose;
	uint32_t	workers;		/* crypto processes */
	/* pool */
	uint32_t	pool_interval;		/* seconds */
	uint32_t	pool_minimum;
	uint32_t	pool_threshold;
	uint32_t	pool_rate;		/* in millionths */
	struct proto_range dummies_flush;	/* with every firing */
	struct proto_range dummies_timer;	/* before every mixing run */
	uint32_t	dummies_none;		/* test keyword */
	uint32_t	test_sandbox;		/* test keyword */
	uint32_t	test_clock;		/* test keyword: with it ... */
	uint32_t	clock_sync;		/* ... enum clock_sync, */
	uint32_t	clock_boot;		/* another boot */
	int64_t		clock_offset;		/* seconds, to the wall clock */
	/* keys */
	uint32_t	subkey_alg;		/* enum conf_alg */
	uint32_t	subkey_lifetime;	/* seconds */
	uint32_t	hop_delay;		/* seconds */
	/* queue */
	uint32_t	spool_slots;
	uint32_t	retry_first;		/* seconds */
	uint32_t	retry_max;
	uint32_t	expire;			/* relay gives up after */
	/* relay */
	uint32_t	relay_connections;
	uint32_t	relay_per_destination;
	/* smtp */
	uint32_t	max_connections;
	uint32_t	max_connections_address;
	uint32_t	max_commands;
	uint32_t	max_errors;
	uint32_t	max_transactions;
	uint32_t	max_mail_size;		/* for postmaster */
	/* mails in parts; see parts_limits.h */
	uint32_t	parts_size;		/* octets of one mail */
	uint32_t	parts_sets;		/* incomplete mails */
	uint32_t	parts_octets;		/* of all of them, on disk */
	uint32_t	parts_keep;		/* seconds */
	uint32_t	timeout;		/* seconds, each state */
	/* directory */
	uint32_t	directory_every;	/* seconds between surveys */
	uint32_t	directory_silent;	/* don't publish our own */
	uint32_t	proxy_port;		/* SOCKS5 */
	char		proxy[64];		/* numeric; "": none */
	/* postmaster */
	uint32_t	postmaster_via;		/* enum conf_via */
	uint32_t	postmaster_port;
	char		postmaster_to[PROTO_PATH_MAX];	/* directory or host */
	char		postmaster_rcpt[MAIL_ADDRESS_MAX];	/* VIA_HOST */
	uint32_t	undeliverable;		/* exit mail's postmaster */
	uint32_t	recipients;		/* a list for all domains */
};

/* parent -> smtp, with the listening descriptor. */
struct proto_conf_listen {
	char		address[64];		/* numeric */
	uint32_t	port;
	uint32_t	tls;			/* STARTTLS is offered */
};

enum conf_route_kind {
	CONF_ROUTE_ADDRESS,		/* host is a numeric address */
	CONF_ROUTE_MX,			/* by the DNS; host is "" */
	CONF_ROUTE_HOST			/* host is a name */
};

/* parent -> relay: where mail for a domain goes; "*" is all others. */
struct proto_conf_route {
	char		domain[PROTO_HOST_MAX];
	char		host[PROTO_HOST_MAX];
	uint32_t	port;
	uint32_t	tls;			/* enum conf_tls */
	uint32_t	kind;			/* enum conf_route_kind */
	uint32_t	auth;			/* a proto_conf_auth comes */
	char		name[PROTO_HOST_MAX];	/* whose certificate, or "" */
};

/* parent -> relay: what the route of a domain authenticates with. */
#define PROTO_AUTH_MAX	256
struct proto_conf_auth {
	char		domain[PROTO_HOST_MAX];
	char		user[PROTO_AUTH_MAX];
	char		password[PROTO_AUTH_MAX];
};

/* parent -> crypto, relay, deliver: one of our own domains. */
struct proto_conf_domain {
	char		domain[PROTO_HOST_MAX];
	uint32_t	via;			/* enum conf_via */
	uint32_t	port;			/* HOST, LMTP; 0: a path */
	char		to[PROTO_PATH_MAX];	/* numeric host, socket, or
						   Maildir; %u: local part */
	uint32_t	recipients;		/* it has a list of its own */
};

/*
 * parent -> seal (certificates), relay (CA bundle), resolver, crypto (who there
 * is, see recipients.h): a file in pieces.
 */
enum proto_blob_kind {
	PROTO_BLOB_ROSTER,
	PROTO_BLOB_CA,
	PROTO_BLOB_RECIPIENTS,
	PROTO_BLOB_ANCHOR,		/* what resolver trusts */
	PROTO_BLOB_TRUST		/* neutral keys that rank mixes */
};
#define PROTO_BLOB_PIECE	16384
struct proto_conf_blob {
	uint32_t	n;		/* octets of data that follow */
	uint32_t	kind;
	uint32_t	last;		/* this piece ends a file */
	uint32_t	reserved;
	/* uint8_t data[n] */
};

/* parent -> directory: a keyserver, in the form of hkp_server_write(). */
struct proto_conf_keyserver {
	char		server[PROTO_SERVER_MAX];
};

/* parent -> resolver: whom to ask, instead of the authoritative servers. */
#define PROTO_FORWARDS_MAX	8
struct proto_conf_forward {
	char		address[64];		/* numeric */
	uint32_t	port;
};

/* parent -> resolver: an address of this machine's. */
struct proto_conf_self {
	struct proto_addr addr;
};

/* parent -> keys, with a descriptor: the operator's TLS files. */
struct proto_conf_tls {
	uint32_t	is_key;		/* else the certificate chain */
};

/*
 * role -> parent: to the configuration of that generation; an answer that comes
 * after its reload was given up is not mistaken for one to the next.
 */
struct proto_conf_accept {
	uint64_t	generation;
};
struct proto_conf_reject {
	uint64_t	generation;
	char		text[PROTO_TEXT_MAX];
};

#endif
