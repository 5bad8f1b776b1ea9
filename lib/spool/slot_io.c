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

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spool/slot.h"
#include "spool/spool_priv.h"

/* Where slots are, how they are read and written, and the lists of them. */

off_t
spool_extents_end(uint32_t extents)
{
	return (SUPER_LEN + (off_t)extents * SPOOL_EXTENT_LEN);
}

off_t
spool_header_offset(uint32_t id)
{
	return (spool_extents_end(id / SPOOL_EXTENT_SLOTS) +
	    (off_t)(id % SPOOL_EXTENT_SLOTS) * SPOOL_HEADER_LEN);
}

off_t
spool_body_offset(uint32_t id)
{
	return (spool_extents_end(id / SPOOL_EXTENT_SLOTS) +
	    (off_t)SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN +
	    (off_t)(id % SPOOL_EXTENT_SLOTS) * SPOOL_BODY_LEN);
}

int
spool_read_header(struct spool *s, uint32_t id, struct spool_slot *slot,
    uint8_t sum[CHECKSUM_LEN])
{
	uint8_t header[SPOOL_HEADER_LEN];
	ssize_t n;

	n = s->disk.pread(s->disk.ctx, s->handle, header, sizeof(header),
	    spool_header_offset(id));
	if (n == -1)
		return (-1);
	if (n != (ssize_t)sizeof(header) ||
	    slot_decode(s->checksum, id, header, slot, sum) != 0) {
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

int
spool_write_header(struct spool *s, uint32_t id, const struct spool_slot *slot,
    const uint8_t sum[CHECKSUM_LEN])
{
	uint8_t header[SPOOL_HEADER_LEN];

	if (slot_encode(s->checksum, id, slot, sum, header) == -1) {
		errno = EIO;
		return (-1);
	}
	return (s->disk.pwrite(s->disk.ctx, s->handle, header, sizeof(header),
	    spool_header_offset(id)) == -1 ? -1 : 0);
}

int
spool_write_free(struct spool *s, uint32_t id, uint64_t batch)
{
	static const uint8_t no_sum[CHECKSUM_LEN];
	struct spool_slot slot;

	memset(&slot, 0, sizeof(slot));
	slot.class = SPOOL_FREE;
	slot.batch = batch;
	return (spool_write_header(s, id, &slot, no_sum));
}

int
spool_read_body(struct spool *s, uint32_t id, uint32_t body_len,
    const uint8_t sum[CHECKSUM_LEN], uint8_t *body)
{
	uint8_t found[CHECKSUM_LEN];
	ssize_t n;

	n = s->disk.pread(s->disk.ctx, s->handle, body, body_len,
	    spool_body_offset(id));
	if (n == -1)
		return (-1);
	if (n != (ssize_t)body_len ||
	    checksum(s->checksum, body, body_len, found) == -1 ||
	    memcmp(found, sum, CHECKSUM_LEN) != 0) {
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

int
spool_wipe(struct spool *s, uint32_t id)
{
	memset(s->buf, 0, SPOOL_BODY_LEN);
	return (s->disk.pwrite(s->disk.ctx, s->handle, s->buf, SPOOL_BODY_LEN,
	    spool_body_offset(id)) == -1 ? -1 : 0);
}

int
spool_touch(struct spool *s, uint32_t id, enum slot_mem mem)
{
	uint32_t *touched, room;

	if (s->ntouched == s->touched_room) {
		room = s->touched_room == 0 ? 64 : 2 * s->touched_room;
		touched = reallocarray(s->touched, room, sizeof(*touched));
		if (touched == NULL)
			return (-1);
		s->touched = touched;
		s->touched_room = room;
	}
	s->touched[s->ntouched++] = id;
	s->mem[id] = (uint8_t)mem;
	return (0);
}

void
spool_push_free(struct spool *s, uint32_t id)
{
	s->mem[id] = MEM_FREE;
	if (id < s->keep * SPOOL_EXTENT_SLOTS)
		free_map_add(&s->free, id);
}

int
spool_more_memory(struct spool *s, uint32_t extents)
{
	size_t slots = (size_t)extents * SPOOL_EXTENT_SLOTS;
	uint8_t *mem;

	if ((mem = reallocarray(s->mem, slots, sizeof(*mem))) == NULL)
		return (-1);
	s->mem = mem;
	return (free_map_grow(&s->free, (uint32_t)slots));
}
