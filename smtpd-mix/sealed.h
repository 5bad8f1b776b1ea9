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


#ifndef SMTPD_MIX_SEALED_H
#define SMTPD_MIX_SEALED_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto.h"
#include "mixing/rng.h"

/*
 * Clear mail in the spool: recipient and payload under the storage key of the
 * day, AES-256-GCM, so that the key's end is the mail's.  All sealed bodies
 * have MIX_BODY_LEN octets:
 *
 *	nonce 12 | tag 16 | encrypted: recipient MAIL_ADDRESS_MAX (zero-filled),
 *	payload length (4 octets, little-endian), payload, zeros
 *
 * Class, set, index and day are authenticated: a body can't stand in for
 * another.  The recipient of a part that isn't the first is empty.
 */
#define SEALED_OVERHEAD		(12 + 16 + MAIL_ADDRESS_MAX + 4)
#define SEALED_PAYLOAD_MAX	(MIX_BODY_LEN - SEALED_OVERHEAD)

#define STORAGE_KEYS_MAX	64	/* days */

struct storage_keys {
	struct proto_storage_key	keys[STORAGE_KEYS_MAX];
	size_t				n;
};

/*
 * Adds the key of a day, or replaces it; a current one takes that mark from the
 * others.  0; -1 if there is no room.
 */
int	storage_keys_add(struct storage_keys *,
	    const struct proto_storage_key *);

/* Wipes the key of a day. */
void	storage_keys_drop(struct storage_keys *, uint32_t day);

/* Wipes all. */
void	storage_keys_wipe(struct storage_keys *);

/* What a sealed body is, beside its day. */
struct sealed_name {
	uint32_t	class;		/* enum spool_class */
	uint32_t	set_index;
	uint64_t	set;
};

/*
 * Seals a payload of at most SEALED_PAYLOAD_MAX octets for rcpt under the
 * current key; *day gets the key's.  0; -1: no current key, or too long.
 */
int	sealed_seal(const struct storage_keys *, const struct rng *,
	    const struct sealed_name *, const char *rcpt,
	    const uint8_t *payload, size_t len, uint32_t *day,
	    uint8_t body[MIX_BODY_LEN]);

#define SEALED_NO_KEY	(-1)	/* none that opens it: maybe later */
#define SEALED_BROKEN	(-2)	/* not what we seal: never */

/*
 * Opens the body of a slot.  payload holds SEALED_PAYLOAD_MAX octets; the
 * caller wipes it.  0, SEALED_NO_KEY or SEALED_BROKEN.
 */
int	sealed_open(const struct storage_keys *, const struct proto_body *,
	    char rcpt[MAIL_ADDRESS_MAX], uint8_t *payload, size_t *len);

#endif
