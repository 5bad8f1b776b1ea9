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

#include <stdint.h>
#include <string.h>

#include "spool/format.h"
#include "spool/le.h"
#include "spool/slot.h"

/* Where the fields are. */
enum {
	AT_MAGIC = 0,
	AT_VERSION = 4,
	AT_CLASS = 6,
	AT_STATE = 7,
	AT_BATCH = 8,
	AT_ID = 16,
	AT_BODY_LEN = 20,
	AT_SET = 24,
	AT_SET_INDEX = 32,
	AT_SET_TOTAL = 36,
	AT_DUE = 40,
	AT_FIRED = 48,
	AT_KEY_EXPIRES = 56,
	AT_KEYID = 64,
	AT_DIGEST = 72,
	AT_STORAGE_DAY = 92,
	AT_TRIES = 96,
	AT_HOP = 98,
	AT_BODY_SUM = 360,
	AT_PART_KEY = 376,
	AT_ARRIVED = 400,
	AT_HEADER_SUM = SPOOL_HEADER_LEN - CHECKSUM_LEN
};

#define SLOT_MAGIC	0x544f4c53	/* "SLOT" */

_Static_assert(AT_HOP + SPOOL_HOP_MAX <= AT_BODY_SUM, "hop fits");
_Static_assert(AT_BODY_SUM + CHECKSUM_LEN <= AT_PART_KEY, "sum fits");
_Static_assert(AT_PART_KEY + SPOOL_PART_KEY_LEN <= AT_ARRIVED, "key fits");
_Static_assert(AT_ARRIVED + 8 <= AT_HEADER_SUM, "time of arrival fits");

int
slot_encode(struct checksum *c, uint32_t id, const struct spool_slot *slot,
    const uint8_t body_sum[CHECKSUM_LEN], uint8_t h[SPOOL_HEADER_LEN])
{
	memset(h, 0, SPOOL_HEADER_LEN);
	le_put(h + AT_MAGIC, SLOT_MAGIC, 4);
	le_put(h + AT_VERSION, SPOOL_VERSION, 2);
	h[AT_CLASS] = slot->class;
	h[AT_STATE] = slot->state;
	le_put(h + AT_BATCH, slot->batch, 8);
	le_put(h + AT_ID, id, 4);
	le_put(h + AT_BODY_LEN, slot->body_len, 4);
	le_put(h + AT_SET, slot->set, 8);
	le_put(h + AT_SET_INDEX, slot->set_index, 4);
	le_put(h + AT_SET_TOTAL, slot->set_total, 4);
	le_put(h + AT_DUE, slot->due, 8);
	le_put(h + AT_FIRED, slot->fired, 8);
	le_put(h + AT_KEY_EXPIRES, slot->key_expires, 8);
	memcpy(h + AT_KEYID, slot->keyid, SPOOL_KEYID_LEN);
	memcpy(h + AT_DIGEST, slot->digest, SPOOL_DIGEST_LEN);
	le_put(h + AT_STORAGE_DAY, slot->storage_day, 4);
	le_put(h + AT_TRIES, slot->tries, 2);
	memcpy(h + AT_HOP, slot->hop, strnlen(slot->hop, SPOOL_HOP_MAX));
	memcpy(h + AT_BODY_SUM, body_sum, CHECKSUM_LEN);
	memcpy(h + AT_PART_KEY, slot->part_key, SPOOL_PART_KEY_LEN);
	le_put(h + AT_ARRIVED, slot->arrived, 8);

	return (checksum(c, h, AT_HEADER_SUM, h + AT_HEADER_SUM));
}

int
slot_version(struct checksum *c, uint32_t id,
    const uint8_t h[SPOOL_HEADER_LEN], uint32_t *version)
{
	uint8_t sum[CHECKSUM_LEN];

	if (checksum(c, h, AT_HEADER_SUM, sum) == -1 ||
	    memcmp(sum, h + AT_HEADER_SUM, sizeof(sum)) != 0 ||
	    le_get(h + AT_MAGIC, 4) != SLOT_MAGIC ||
	    le_get(h + AT_ID, 4) != id)
		return (-1);
	*version = (uint32_t)le_get(h + AT_VERSION, 2);
	return (0);
}

int
slot_set_version(struct checksum *c, uint32_t version,
    uint8_t h[SPOOL_HEADER_LEN])
{
	le_put(h + AT_VERSION, version, 2);
	return (checksum(c, h, AT_HEADER_SUM, h + AT_HEADER_SUM));
}

int
slot_decode(struct checksum *c, uint32_t id, const uint8_t h[SPOOL_HEADER_LEN],
    struct spool_slot *slot, uint8_t body_sum[CHECKSUM_LEN])
{
	uint32_t version;

	if (slot_version(c, id, h, &version) == -1)
		return (-1);
	if (version != SPOOL_VERSION)
		return (SLOT_FOREIGN);

	/* It goes to other processes: no leftovers between the fields. */
	memset(slot, 0, sizeof(*slot));
	slot->class = h[AT_CLASS];
	slot->state = h[AT_STATE];
	slot->batch = le_get(h + AT_BATCH, 8);
	slot->body_len = (uint32_t)le_get(h + AT_BODY_LEN, 4);
	slot->set = le_get(h + AT_SET, 8);
	slot->set_index = (uint32_t)le_get(h + AT_SET_INDEX, 4);
	slot->set_total = (uint32_t)le_get(h + AT_SET_TOTAL, 4);
	slot->due = le_get(h + AT_DUE, 8);
	slot->fired = le_get(h + AT_FIRED, 8);
	slot->key_expires = le_get(h + AT_KEY_EXPIRES, 8);
	memcpy(slot->keyid, h + AT_KEYID, SPOOL_KEYID_LEN);
	memcpy(slot->digest, h + AT_DIGEST, SPOOL_DIGEST_LEN);
	slot->storage_day = (uint32_t)le_get(h + AT_STORAGE_DAY, 4);
	slot->tries = (uint16_t)le_get(h + AT_TRIES, 2);
	memcpy(slot->hop, h + AT_HOP, SPOOL_HOP_MAX);
	memcpy(body_sum, h + AT_BODY_SUM, CHECKSUM_LEN);
	memcpy(slot->part_key, h + AT_PART_KEY, SPOOL_PART_KEY_LEN);
	slot->arrived = le_get(h + AT_ARRIVED, 8);

	return (slot_valid(slot) ? 0 : -1);
}

static int
part_valid(const struct spool_slot *slot)
{
	return (slot->set == 0 && slot->set_index >= 1 &&
	    slot->set_index <= slot->set_total);
}

int
slot_valid(const struct spool_slot *slot)
{
	if (slot->class == SPOOL_PART && !part_valid(slot))
		return (0);
	/* Batches are counted up by one; such a number never comes about. */
	return (slot->class <= SPOOL_POSTMASTER &&
	    slot->body_len <= SPOOL_BODY_LEN &&
	    slot->batch < UINT64_MAX / 2 &&
	    memchr(slot->hop, '\0', SPOOL_HOP_MAX) != NULL);
}
