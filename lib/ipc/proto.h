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

#ifndef IPC_PROTO_H
#define IPC_PROTO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto_conf.h"
#include "ipc/proto_ctl.h"
#include "ipc/proto_directory.h"
#include "ipc/proto_keys.h"
#include "ipc/proto_mail.h"
#include "ipc/proto_resolver.h"
#include "ipc/proto_size.h"
#include "ipc/proto_status.h"

/*
 * Every message between roles, and from and to mixctl, is declared here and in
 * the proto_*.h that this file is made of: one struct a type, fixed-width
 * fields, and one row in the rule table of proto.c for each pair of roles that
 * may exchange it.  Strings are NUL-terminated in arrays; a receiver checks
 * that with proto_string().
 */
#define PROTO_VERSION		1

enum role {
	ROLE_PARENT,
	ROLE_SMTP,
	ROLE_CRYPTO,
	ROLE_SEAL,
	ROLE_KEYS,
	ROLE_POOL,
	ROLE_QUEUE,
	ROLE_RELAY,
	ROLE_DELIVER,
	ROLE_RESOLVER,
	ROLE_DIRECTORY,
	ROLE_CONTROL,
	ROLE_COUNT,
	ROLE_MIXCTL = ROLE_COUNT	/* a client of the control socket */
};

enum proto_type {
	/* parent and every role: start, configuration, stop */
	PROTO_BOOT = 1,
	PROTO_HELLO,
	PROTO_PEER,
	PROTO_CONF_BEGIN,
	PROTO_CONF_GLOBAL,
	PROTO_CONF_LISTEN,
	PROTO_CONF_ROUTE,
	PROTO_CONF_AUTH,
	PROTO_CONF_DOMAIN,
	PROTO_CONF_KEYSERVER,
	PROTO_CONF_FORWARD,
	PROTO_CONF_SELF,
	PROTO_CONF_BLOB,
	PROTO_CONF_TLS,
	PROTO_CONF_END,
	PROTO_CONF_ACCEPT,
	PROTO_CONF_REJECT,
	PROTO_CONF_SWITCH,
	PROTO_CONF_DROP,
	PROTO_STOP,
	PROTO_STOPPED,

	/* the way of a message */
	PROTO_CREDIT = 100,
	PROTO_FRAME,
	PROTO_RESULT,
	PROTO_COMMITTED,
	PROTO_ADD,
	PROTO_FIRE,
	PROTO_BODY,
	PROTO_OUTCOME,
	PROTO_MAKE,
	PROTO_MADE,
	PROTO_DUMMY,
	PROTO_LMTP_OPEN,
	PROTO_LMTP_SOCKET,
	PROTO_LMTP_FAILED,

	/* keys */
	PROTO_LOG_CREATE = 200,
	PROTO_LOG_READY,
	PROTO_LOG_REMOVE,
	PROTO_SUBKEY,
	PROTO_SUBKEY_DROP,
	PROTO_KEYS_READY,
	PROTO_STORAGE_KEY,
	PROTO_STORAGE_DROP,
	PROTO_STORAGE_USED,
	PROTO_TLS_CHAIN,
	PROTO_SIGN,
	PROTO_SIGNED,
	PROTO_CLOCK,

	/* the DNS, other mixes, policies */
	PROTO_LOOKUP = 250,
	PROTO_LOOKED_UP,
	PROTO_STS_GET,
	PROTO_STS,
	PROTO_ROSTER,
	PROTO_OWN_CERT,
	PROTO_DIR,
	PROTO_DIR_SERVER,
	PROTO_DIR_WARNING,
	PROTO_DIR_TRUSTER,
	PROTO_DIR_MIXES,

	/* control, mixctl */
	PROTO_CTL_STATUS = 300,
	PROTO_CTL_ROTATE,
	PROTO_CTL_RELOAD,
	PROTO_CTL_STOP,
	PROTO_CTL_CERT,
	PROTO_CTL_CERT_DATA,
	PROTO_CTL_CLOCK,
	PROTO_CTL_DIRECTORY,
	PROTO_CTL_PREPARE,
	PROTO_CTL_IMPORT,
	PROTO_CTL_QUEUE,
	PROTO_QUEUE_ROWS,
	PROTO_CTL_DONE,
	PROTO_STATUS_ROLE,
	PROTO_STATUS_SMTP,
	PROTO_STATUS_CRYPTO,
	PROTO_STATUS_SEAL,
	PROTO_STATUS_KEYS,
	PROTO_STATUS_POOL,
	PROTO_STATUS_QUEUE,
	PROTO_STATUS_RELAY,
	PROTO_STATUS_DELIVER,
	PROTO_STATUS_RESOLVER,
	PROTO_STATUS_DIRECTORY
};
/*
 * One row of the rule table.  A message is good if its length is size, or,
 * where item is not 0, size + n * item with n the first uint32_t of the
 * struct and at most max.
 */
struct proto_rule {
	uint32_t	type;
	enum role	from;
	enum role	to;
	size_t		size;
	size_t		item;
	size_t		max;
	int		with_fd;	/* a descriptor comes with it */
};
extern const struct proto_rule	proto_rules[];
extern const size_t		proto_nrules;

/* The rule for a message of type and length between two roles, or NULL. */
const struct proto_rule *
	proto_check(uint32_t type, enum role from, enum role to,
	    const void *data, size_t len);

/* Whether any rule lets the two roles talk, in either direction. */
int	proto_paired(enum role, enum role);

/* Whether the array holds a NUL: 1 or 0. */
int	proto_string(const char *array, size_t size);

/* For people; "unknown" if there is no such role. */
const char *role_name(enum role);
/* The role of a name, or -1. */
int	role_by_name(const char *);

#endif
