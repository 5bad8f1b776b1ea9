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


#ifndef IPC_PROTO_KEYS_H
#define IPC_PROTO_KEYS_H

#include <sys/types.h>

#include <stdint.h>

#include "mixtasy/layer.h"
#include "openpgp/key.h"

/* Keys, replay logs and the clock; part of proto.h. */

/* keys -> queue: make (and make durable) the replay log of a new subkey. */
struct proto_log_create {
	uint8_t		keyid[PGP_KEYID_LEN];
	uint64_t	expires;
	uint32_t	existing;	/* must be there already (restart) */
	uint32_t	reserved;
};
/* queue -> keys: it is there; or not ok: the subkey must not be used. */
struct proto_log_ready {
	uint8_t		keyid[PGP_KEYID_LEN];
	uint32_t	ok;
	uint32_t	reserved;
};
struct proto_log_remove {
	uint8_t		keyid[PGP_KEYID_LEN];
};

/* keys -> crypto: a live subkey; keys -> crypto: forget it. */
struct proto_subkey {
	struct mix_subkey key;
};
struct proto_subkey_drop {
	uint8_t		keyid[PGP_KEYID_LEN];
};

/*
 * keys -> crypto: PROTO_KEYS_READY, without a body: all live subkeys and the
 * storage key have been sent.  Before, crypto answers every frame as failed: a
 * good mail must not be destroyed because its subkey wasn't there yet.
 */

/* keys -> crypto, relay, deliver: the storage key of a day. */
struct proto_storage_key {
	uint32_t	day;
	uint32_t	current;	/* crypto seals with this one */
	uint8_t		key[32];
};
struct proto_storage_drop {
	uint32_t	day;
};
/*
 * queue -> keys: no slot of a day before this one is left, or on its way to
 * queue.
 */
#define PROTO_STORAGE_DAYS_MAX	64
struct proto_storage_used {
	uint32_t	oldest_day;
	uint32_t	n;
	uint32_t	days[PROTO_STORAGE_DAYS_MAX];	/* that are in use */
};

/* keys -> smtp: the certificate chain, PEM; the key stays in keys. */
struct proto_tls_chain {
	uint32_t	n;
	uint32_t	reserved;
	/* uint8_t pem[n] */
};
#define PROTO_CHAIN_MAX		32768

/* smtp -> keys, keys -> smtp: one private key operation of a handshake. */
enum proto_sign_op {
	PROTO_SIGN_ECDSA,
	PROTO_SIGN_RSA			/* raw private operation, padded */
};
struct proto_sign {
	uint64_t	id;
	uint32_t	op;
	uint32_t	padding;
	uint32_t	len;
	uint8_t		data[512];
};
struct proto_signed {
	uint64_t	id;
	uint32_t	ok;
	uint32_t	len;
	uint8_t		data[512];
};

/*
 * keys -> crypto, queue: whether the wall clock is believed, and by what its
 * receiver sees a step at once: wall minus boot-time clock.
 */
struct proto_clock {
	int64_t		base;
	uint32_t	hold;		/* it isn't */
	uint32_t	reserved;
};

#endif
