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

#ifndef SPOOL_SLOT_H
#define SPOOL_SLOT_H

#include <sys/types.h>

#include <stdint.h>

#include "spool/checksum.h"
#include "spool/spool.h"

/*
 * The header of a slot as it is on the disk: one sector of 512 octets, so that
 * a crash leaves the old or the new one.  It names its own slot, so that a
 * misdirected write is found.
 */

/* 0, or -1 (libcrypto failed).  slot->batch is written too. */
int	slot_encode(struct checksum *, uint32_t id, const struct spool_slot *,
	    const uint8_t body_sum[CHECKSUM_LEN],
	    uint8_t header[SPOOL_HEADER_LEN]);

/* What slot_decode() says of a whole header that this program doesn't know. */
#define SLOT_FOREIGN	(-2)

/* 0, or -1: not a header of this slot; SLOT_FOREIGN: of another format. */
int	slot_decode(struct checksum *, uint32_t id,
	    const uint8_t header[SPOOL_HEADER_LEN], struct spool_slot *,
	    uint8_t body_sum[CHECKSUM_LEN]);

/* The format of a header.  0, or -1: not a header of this slot. */
int	slot_version(struct checksum *, uint32_t id,
	    const uint8_t header[SPOOL_HEADER_LEN], uint32_t *version);

/* Writes the format, and the checksum anew.  0, or -1 (libcrypto failed). */
int	slot_set_version(struct checksum *, uint32_t version,
	    uint8_t header[SPOOL_HEADER_LEN]);

/* Whether a header may say this: class, numbers of a part, length, hop. */
int	slot_valid(const struct spool_slot *);

#endif
