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

#include <string.h>

#include "ipc/proto.h"

#define S(t)	sizeof(struct t)

/* The same rule for a message from the parent to every role. */
#define TO_ALL(type, size)						\
	{ type, ROLE_PARENT, ROLE_SMTP, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_CRYPTO, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_SEAL, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_KEYS, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_POOL, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_QUEUE, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_RELAY, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_DELIVER, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_RESOLVER, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_DIRECTORY, size, 0, 0, 0 },		\
	{ type, ROLE_PARENT, ROLE_CONTROL, size, 0, 0, 0 }

#define FROM_ALL(type, size)						\
	{ type, ROLE_SMTP, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_CRYPTO, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_SEAL, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_KEYS, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_POOL, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_QUEUE, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_RELAY, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_DELIVER, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_RESOLVER, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_DIRECTORY, ROLE_PARENT, size, 0, 0, 0 },		\
	{ type, ROLE_CONTROL, ROLE_PARENT, size, 0, 0, 0 }

/* A role's figures: asked by control, answered to it, shown to mixctl. */
#define STATUS(type, role, size)					\
	{ PROTO_CTL_STATUS, ROLE_CONTROL, role, S(proto_ctl),		\
	    0, 0, 0 },							\
	{ type, role, ROLE_CONTROL, size, 0, 0, 0 },			\
	{ type, ROLE_CONTROL, ROLE_MIXCTL, size, 0, 0, 0 }

/* An answer that control hands on as it is. */
#define TO_MIXCTL(type, role, size, item, max)				\
	{ type, role, ROLE_CONTROL, size, item, max, 0 },		\
	{ type, ROLE_CONTROL, ROLE_MIXCTL, size, item, max, 0 }

const struct proto_rule proto_rules[] = {
	/* start, configuration, stop */
	TO_ALL(PROTO_BOOT, S(proto_boot)),
	FROM_ALL(PROTO_HELLO, S(proto_hello)),
	{ PROTO_PEER, ROLE_PARENT, ROLE_SMTP, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_CRYPTO, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_SEAL, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_KEYS, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_POOL, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_QUEUE, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_RELAY, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_DELIVER, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_RESOLVER, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_DIRECTORY, S(proto_peer), 0, 0, 1 },
	{ PROTO_PEER, ROLE_PARENT, ROLE_CONTROL, S(proto_peer), 0, 0, 1 },
	TO_ALL(PROTO_CONF_BEGIN, S(proto_conf_begin)),
	TO_ALL(PROTO_CONF_GLOBAL, S(proto_conf_global)),
	{ PROTO_CONF_LISTEN, ROLE_PARENT, ROLE_SMTP, S(proto_conf_listen),
	    0, 0, 1 },
	{ PROTO_CONF_LISTEN, ROLE_PARENT, ROLE_CONTROL, S(proto_conf_listen),
	    0, 0, 1 },
	{ PROTO_CONF_ROUTE, ROLE_PARENT, ROLE_RELAY, S(proto_conf_route),
	    0, 0, 0 },
	{ PROTO_CONF_AUTH, ROLE_PARENT, ROLE_RELAY, S(proto_conf_auth),
	    0, 0, 0 },
	{ PROTO_CONF_DOMAIN, ROLE_PARENT, ROLE_CRYPTO, S(proto_conf_domain),
	    0, 0, 0 },
	{ PROTO_CONF_DOMAIN, ROLE_PARENT, ROLE_RELAY, S(proto_conf_domain),
	    0, 0, 0 },
	{ PROTO_CONF_DOMAIN, ROLE_PARENT, ROLE_DELIVER, S(proto_conf_domain),
	    0, 0, 0 },
	{ PROTO_CONF_BLOB, ROLE_PARENT, ROLE_SEAL, S(proto_conf_blob),
	    1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CONF_BLOB, ROLE_PARENT, ROLE_RELAY, S(proto_conf_blob),
	    1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CONF_BLOB, ROLE_PARENT, ROLE_CRYPTO, S(proto_conf_blob),
	    1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CONF_BLOB, ROLE_PARENT, ROLE_DIRECTORY, S(proto_conf_blob),
	    1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CONF_KEYSERVER, ROLE_PARENT, ROLE_DIRECTORY,
	    S(proto_conf_keyserver), 0, 0, 0 },
	{ PROTO_CONF_BLOB, ROLE_PARENT, ROLE_RESOLVER, S(proto_conf_blob),
	    1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CONF_FORWARD, ROLE_PARENT, ROLE_RESOLVER,
	    S(proto_conf_forward), 0, 0, 0 },
	{ PROTO_CONF_SELF, ROLE_PARENT, ROLE_RESOLVER, S(proto_conf_self),
	    0, 0, 0 },
	{ PROTO_CONF_TLS, ROLE_PARENT, ROLE_KEYS, S(proto_conf_tls),
	    0, 0, 1 },
	TO_ALL(PROTO_CONF_END, 0),
	FROM_ALL(PROTO_CONF_ACCEPT, S(proto_conf_accept)),
	FROM_ALL(PROTO_CONF_REJECT, S(proto_conf_reject)),
	TO_ALL(PROTO_CONF_SWITCH, 0),
	TO_ALL(PROTO_CONF_DROP, 0),
	TO_ALL(PROTO_STOP, 0),
	FROM_ALL(PROTO_STOPPED, 0),

	/* the way of a message */
	{ PROTO_CREDIT, ROLE_QUEUE, ROLE_SMTP, S(proto_credit), 0, 0, 0 },
	{ PROTO_FRAME, ROLE_SMTP, ROLE_CRYPTO, S(proto_frame), 0, 0, 0 },
	{ PROTO_RESULT, ROLE_CRYPTO, ROLE_QUEUE, S(proto_result), 0, 0, 0 },
	{ PROTO_COMMITTED, ROLE_QUEUE, ROLE_SMTP, S(proto_committed),
	    0, 0, 0 },
	{ PROTO_ADD, ROLE_QUEUE, ROLE_POOL, S(proto_add),
	    S(proto_add_item), PROTO_ITEMS_MAX, 0 },
	{ PROTO_FIRE, ROLE_POOL, ROLE_QUEUE, S(proto_fire),
	    sizeof(uint32_t), PROTO_ITEMS_MAX, 0 },
	{ PROTO_BODY, ROLE_QUEUE, ROLE_RELAY, S(proto_body), 0, 0, 0 },
	{ PROTO_BODY, ROLE_QUEUE, ROLE_DELIVER, S(proto_body), 0, 0, 0 },
	{ PROTO_OUTCOME, ROLE_RELAY, ROLE_QUEUE, S(proto_outcome), 0, 0, 0 },
	{ PROTO_OUTCOME, ROLE_DELIVER, ROLE_QUEUE, S(proto_outcome),
	    0, 0, 0 },
	{ PROTO_MAKE, ROLE_POOL, ROLE_SEAL, S(proto_make), 0, 0, 0 },
	{ PROTO_MADE, ROLE_SEAL, ROLE_POOL, S(proto_made), 0, 0, 0 },
	{ PROTO_DUMMY, ROLE_SEAL, ROLE_QUEUE, S(proto_dummy), 0, 0, 0 },
	{ PROTO_LMTP_OPEN, ROLE_DELIVER, ROLE_PARENT, S(proto_lmtp_open),
	    0, 0, 0 },
	{ PROTO_LMTP_SOCKET, ROLE_PARENT, ROLE_DELIVER, S(proto_lmtp_socket),
	    0, 0, 1 },
	{ PROTO_LMTP_FAILED, ROLE_PARENT, ROLE_DELIVER, S(proto_lmtp_failed),
	    0, 0, 0 },

	/* keys */
	{ PROTO_LOG_CREATE, ROLE_KEYS, ROLE_QUEUE, S(proto_log_create),
	    0, 0, 0 },
	{ PROTO_LOG_READY, ROLE_QUEUE, ROLE_KEYS, S(proto_log_ready),
	    0, 0, 0 },
	{ PROTO_LOG_REMOVE, ROLE_KEYS, ROLE_QUEUE, S(proto_log_remove),
	    0, 0, 0 },
	{ PROTO_SUBKEY, ROLE_KEYS, ROLE_CRYPTO, S(proto_subkey), 0, 0, 0 },
	{ PROTO_SUBKEY_DROP, ROLE_KEYS, ROLE_CRYPTO, S(proto_subkey_drop),
	    0, 0, 0 },
	{ PROTO_KEYS_READY, ROLE_KEYS, ROLE_CRYPTO, 0, 0, 0, 0 },
	{ PROTO_STORAGE_KEY, ROLE_KEYS, ROLE_CRYPTO, S(proto_storage_key),
	    0, 0, 0 },
	{ PROTO_STORAGE_KEY, ROLE_KEYS, ROLE_RELAY, S(proto_storage_key),
	    0, 0, 0 },
	{ PROTO_STORAGE_KEY, ROLE_KEYS, ROLE_DELIVER, S(proto_storage_key),
	    0, 0, 0 },
	{ PROTO_STORAGE_DROP, ROLE_KEYS, ROLE_CRYPTO, S(proto_storage_drop),
	    0, 0, 0 },
	{ PROTO_STORAGE_DROP, ROLE_KEYS, ROLE_RELAY, S(proto_storage_drop),
	    0, 0, 0 },
	{ PROTO_STORAGE_DROP, ROLE_KEYS, ROLE_DELIVER, S(proto_storage_drop),
	    0, 0, 0 },
	{ PROTO_STORAGE_USED, ROLE_QUEUE, ROLE_KEYS, S(proto_storage_used),
	    0, 0, 0 },
	{ PROTO_TLS_CHAIN, ROLE_KEYS, ROLE_SMTP, S(proto_tls_chain),
	    1, PROTO_CHAIN_MAX, 0 },
	{ PROTO_SIGN, ROLE_SMTP, ROLE_KEYS, S(proto_sign), 0, 0, 0 },
	{ PROTO_SIGNED, ROLE_KEYS, ROLE_SMTP, S(proto_signed), 0, 0, 0 },
	{ PROTO_CLOCK, ROLE_KEYS, ROLE_CRYPTO, S(proto_clock), 0, 0, 0 },
	{ PROTO_CLOCK, ROLE_KEYS, ROLE_QUEUE, S(proto_clock), 0, 0, 0 },

	/* the DNS, other mixes, policies */
	{ PROTO_LOOKUP, ROLE_RELAY, ROLE_RESOLVER, S(proto_lookup), 0, 0, 0 },
	{ PROTO_LOOKED_UP, ROLE_RESOLVER, ROLE_RELAY, S(proto_looked_up),
	    S(proto_mx), PROTO_MX_MAX, 0 },
	{ PROTO_LOOKUP, ROLE_DIRECTORY, ROLE_RESOLVER, S(proto_lookup),
	    0, 0, 0 },
	{ PROTO_LOOKED_UP, ROLE_RESOLVER, ROLE_DIRECTORY, S(proto_looked_up),
	    S(proto_mx), PROTO_MX_MAX, 0 },
	{ PROTO_STS_GET, ROLE_RELAY, ROLE_DIRECTORY, S(proto_sts_get),
	    0, 0, 0 },
	{ PROTO_STS, ROLE_DIRECTORY, ROLE_RELAY, S(proto_sts), 0, 0, 0 },
	{ PROTO_ROSTER, ROLE_DIRECTORY, ROLE_SEAL, S(proto_roster),
	    1, PROTO_CERT_PIECE, 0 },
	{ PROTO_OWN_CERT, ROLE_KEYS, ROLE_DIRECTORY, S(proto_own_cert),
	    1, PROTO_CERT_PIECE, 0 },

	/* control, mixctl */
	{ PROTO_CTL_STATUS, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_ROTATE, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_RELOAD, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_STOP, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_CERT, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_CLOCK, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_DIRECTORY, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl),
	    0, 0, 0 },
	{ PROTO_CTL_QUEUE, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_PREPARE, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl_prepare),
	    0, 0, 0 },
	{ PROTO_CTL_IMPORT, ROLE_MIXCTL, ROLE_CONTROL, S(proto_ctl_import),
	    1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CTL_DONE, ROLE_CONTROL, ROLE_MIXCTL, S(proto_ctl_done),
	    0, 0, 0 },
	{ PROTO_CTL_CERT_DATA, ROLE_CONTROL, ROLE_MIXCTL,
	    S(proto_ctl_cert_data), 1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CTL_ROTATE, ROLE_CONTROL, ROLE_KEYS, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_CERT, ROLE_CONTROL, ROLE_KEYS, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_CLOCK, ROLE_CONTROL, ROLE_KEYS, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_PREPARE, ROLE_CONTROL, ROLE_KEYS, S(proto_ctl_prepare),
	    0, 0, 0 },
	{ PROTO_CTL_IMPORT, ROLE_CONTROL, ROLE_KEYS, S(proto_ctl_import),
	    1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CTL_CERT_DATA, ROLE_KEYS, ROLE_CONTROL,
	    S(proto_ctl_cert_data), 1, PROTO_BLOB_PIECE, 0 },
	{ PROTO_CTL_DONE, ROLE_KEYS, ROLE_CONTROL, S(proto_ctl_done),
	    0, 0, 0 },
	{ PROTO_CTL_DIRECTORY, ROLE_CONTROL, ROLE_DIRECTORY, S(proto_ctl),
	    0, 0, 0 },
	{ PROTO_CTL_DONE, ROLE_DIRECTORY, ROLE_CONTROL, S(proto_ctl_done),
	    0, 0, 0 },
	TO_MIXCTL(PROTO_DIR, ROLE_DIRECTORY, S(proto_dir), 0, 0),
	TO_MIXCTL(PROTO_DIR_SERVER, ROLE_DIRECTORY, S(proto_dir_server),
	    0, 0),
	TO_MIXCTL(PROTO_DIR_WARNING, ROLE_DIRECTORY, S(proto_dir_warning),
	    0, 0),
	TO_MIXCTL(PROTO_DIR_TRUSTER, ROLE_DIRECTORY, S(proto_dir_truster),
	    0, 0),
	TO_MIXCTL(PROTO_DIR_MIXES, ROLE_DIRECTORY, S(proto_dir_mixes),
	    S(proto_dir_mix), PROTO_DIR_MIXES_MAX),
	{ PROTO_CTL_QUEUE, ROLE_CONTROL, ROLE_QUEUE, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_DONE, ROLE_QUEUE, ROLE_CONTROL, S(proto_ctl_done),
	    0, 0, 0 },
	TO_MIXCTL(PROTO_QUEUE_ROWS, ROLE_QUEUE, S(proto_queue_rows),
	    S(proto_queue_row), PROTO_QUEUE_ROWS_MAX),
	{ PROTO_CTL_RELOAD, ROLE_CONTROL, ROLE_PARENT, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_STOP, ROLE_CONTROL, ROLE_PARENT, S(proto_ctl), 0, 0, 0 },
	{ PROTO_CTL_DONE, ROLE_PARENT, ROLE_CONTROL, S(proto_ctl_done),
	    0, 0, 0 },
	STATUS(PROTO_STATUS_ROLE, ROLE_PARENT, S(proto_status_role)),
	STATUS(PROTO_STATUS_SMTP, ROLE_SMTP, S(proto_status_smtp)),
	STATUS(PROTO_STATUS_CRYPTO, ROLE_CRYPTO, S(proto_status_crypto)),
	STATUS(PROTO_STATUS_SEAL, ROLE_SEAL, S(proto_status_seal)),
	STATUS(PROTO_STATUS_KEYS, ROLE_KEYS, S(proto_status_keys)),
	STATUS(PROTO_STATUS_POOL, ROLE_POOL, S(proto_status_pool)),
	STATUS(PROTO_STATUS_QUEUE, ROLE_QUEUE, S(proto_status_queue)),
	STATUS(PROTO_STATUS_RELAY, ROLE_RELAY, S(proto_status_relay)),
	STATUS(PROTO_STATUS_DELIVER, ROLE_DELIVER, S(proto_status_deliver)),
	STATUS(PROTO_STATUS_RESOLVER, ROLE_RESOLVER, S(proto_status_resolver)),
	STATUS(PROTO_STATUS_DIRECTORY, ROLE_DIRECTORY,
	    S(proto_status_directory))
};
const size_t proto_nrules = sizeof(proto_rules) / sizeof(proto_rules[0]);

static const char *const role_names[ROLE_COUNT + 1] = {
	"parent", "smtp", "crypto", "seal", "keys", "pool", "queue", "relay",
	"deliver", "resolver", "directory", "control", "mixctl"
};

static int
length_fits(const struct proto_rule *rule, const void *data, size_t len)
{
	uint32_t n;

	if (rule->item == 0)
		return (len == rule->size);
	if (len < rule->size)
		return (0);
	memcpy(&n, data, sizeof(n));

	return (n <= rule->max && len == rule->size + n * rule->item);
}

const struct proto_rule *
proto_check(uint32_t type, enum role from, enum role to, const void *data,
    size_t len)
{
	const struct proto_rule *rule;
	size_t i;

	for (i = 0; i < proto_nrules; i++) {
		rule = &proto_rules[i];
		if (rule->type == type && rule->from == from &&
		    rule->to == to)
			return (length_fits(rule, data, len) ? rule : NULL);
	}

	return (NULL);
}

int
proto_paired(enum role a, enum role b)
{
	const struct proto_rule *rule;
	size_t i;

	for (i = 0; i < proto_nrules; i++) {
		rule = &proto_rules[i];
		if ((rule->from == a && rule->to == b) ||
		    (rule->from == b && rule->to == a))
			return (1);
	}

	return (0);
}

int
proto_string(const char *array, size_t size)
{
	return (memchr(array, '\0', size) != NULL);
}

const char *
role_name(enum role role)
{
	if ((unsigned int)role > ROLE_COUNT)
		return ("unknown");

	return (role_names[role]);
}

int
role_by_name(const char *name)
{
	int i;

	for (i = 0; i < ROLE_COUNT; i++)
		if (strcmp(role_names[i], name) == 0)
			return (i);

	return (-1);
}
