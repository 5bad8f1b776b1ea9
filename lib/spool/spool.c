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

#include "compat/compat.h"
#include "spool/slot.h"
#include "spool/spool_priv.h"

/*
 * The life of slots.  The order of things, on which all rests:
 *
 *  1. put writes body and header, in no order; until the sync returned nobody
 *     was told, and recovery finds a torn body by its checksum.
 *  2. free overwrites the header.  The body stays, and the slot isn't given
 *     out, until a sync returned: else the old header could come back with
 *     a foreign body.
 *  3. After that sync the body is wiped.  The wipe needs no sync: whatever
 *     comes next to the slot is verified.
 *  4. The checkpoint is advanced to the batch before the one just synced, whose
 *     wipes were written before that sync.
 */
#define CHECKPOINT_EVERY	1024

static int
error(int e)
{
	errno = e;
	return (-1);
}

/*
 * Fills s->buf.  A scratch body is masked, so that nothing of it has to be
 * wiped later; a real one takes the same time with a mask of zeros.
 */
static int
prepare_body(struct spool *s, const struct spool_slot *slot,
    const uint8_t *body, uint8_t sum[CHECKSUM_LEN])
{
	const uint64_t on = slot->class == SPOOL_SCRATCH ? UINT64_MAX : 0;
	const uint8_t *mask = s->mask;
	uint8_t *buf = s->buf;
	uint32_t len = slot->body_len, i;
	uint64_t word, hide;

	for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
		memcpy(&word, body + i, sizeof(word));
		memcpy(&hide, mask + i, sizeof(hide));
		word ^= hide & on;
		memcpy(buf + i, &word, sizeof(word));
	}
	for (; i < len; i++)
		buf[i] = body[i] ^ (mask[i] & (uint8_t)on);
	memset(buf + len, 0, SPOOL_BODY_LEN - len);
	return (checksum(s->checksum, buf, len, sum));
}

/* Nothing of a scratch slot but its class is for the disk. */
static void
prepare_slot(struct spool *s, const struct spool_slot *given,
    struct spool_slot *slot)
{
	*slot = *given;
	if (given->class == SPOOL_SCRATCH) {
		memset(slot, 0, sizeof(*slot));
		slot->class = SPOOL_SCRATCH;
		slot->body_len = given->body_len;
	}
	slot->batch = s->batch;
}

int
spool_put(struct spool *s, const struct spool_slot *given,
    const uint8_t *body, uint32_t *id)
{
	struct spool_slot slot;
	uint8_t sum[CHECKSUM_LEN];
	uint32_t chosen;

	if (s->failed)
		return (error(EIO));
	prepare_slot(s, given, &slot);
	if (slot.class == SPOOL_FREE || !slot_valid(&slot))
		return (error(EINVAL));
	if (s->free.count == 0)
		return (error(ENOSPC));
	if (prepare_body(s, &slot, body, sum) == -1)
		return (error(EIO));

	chosen = free_map_pick(&s->free, &s->rng);
	if (spool_touch(s, chosen, MEM_FREE) == -1)
		return (-1);
	s->dirty = 1;
	/* Whole pages: a part of one would have to be read first. */
	if (s->disk.pwrite(s->disk.ctx, s->handle, s->buf, SPOOL_BODY_LEN,
	    spool_body_offset(chosen)) == -1)
		return (-1);

	free_map_remove(&s->free, chosen);
	if (spool_write_header(s, chosen, &slot, sum) == -1) {
		/* It may be there in part: to be written as free first. */
		s->mem[chosen] = MEM_TAINTED;
		return (-1);
	}
	s->mem[chosen] = slot.class == SPOOL_SCRATCH ? MEM_SCRATCH : MEM_PUT;
	s->since_checkpoint++;
	*id = chosen;
	return (0);
}

/* Withdrawn slots and failed puts whose free header couldn't be written. */
static int
write_tainted(struct spool *s)
{
	uint32_t i, id;

	for (i = 0; i < s->ntouched; i++) {
		id = s->touched[i];
		if (s->mem[id] != MEM_TAINTED)
			continue;
		if (spool_write_free(s, id, s->batch) == -1)
			return (-1);
		s->mem[id] = MEM_FREED;
	}
	return (0);
}

static void
settle_slot(struct spool *s, uint32_t id)
{
	switch (s->mem[id]) {
	case MEM_PUT:
		s->mem[id] = MEM_LIVE;
		s->live++;
		break;
	case MEM_FREED:
		if (spool_wipe(s, id) == -1) {
			s->mem[id] = MEM_ASIDE;
			s->damaged++;
			break;
		}
		spool_push_free(s, id);
		break;
	case MEM_SCRATCH:
		/* A durable scratch header says free as well as any. */
		spool_push_free(s, id);
		break;
	default:
		/* Settled at an earlier mention in the list. */
		break;
	}
}

static void
settle(struct spool *s)
{
	uint32_t i;

	for (i = 0; i < s->ntouched; i++)
		settle_slot(s, s->touched[i]);
	s->ntouched = 0;
	s->batch++;
}

static int
fail(struct spool *s)
{
	s->failed = 1;
	return (error(EIO));
}

/*
 * What waited for a sync.  Nothing of the superblock is under way: it was
 * synced too.  So it may be written here, once.
 */
static void
move_on(struct spool *s)
{
	struct super super = s->super;
	int grown = spool_grown(s);

	if (s->cutting == CUT_FILE)
		spool_cut(s);
	else if (s->cutting != CUT_NONE)
		super.extents = s->cut_to;
	if (s->since_checkpoint < CHECKPOINT_EVERY && !grown &&
	    s->cutting == CUT_NONE)
		return;
	if (grown)
		super.extents++;
	super.checkpoint = s->batch - 1;
	if (super_write(&s->disk, s->handle, s->checksum, &super) == -1) {
		/* It may be there all the same; the next sync tries again. */
		s->dirty = grown || s->cutting != CUT_NONE;
		return;
	}
	s->super = super;
	s->since_checkpoint = 0;
	if (grown) {
		spool_count_extent(s);
		s->dirty = 1;
	}
	if (s->cutting != CUT_NONE)
		spool_cut(s);
}

int
spool_sync(struct spool *s)
{
	if (s->failed)
		return (fail(s));
	if (!s->dirty)
		return (0);
	if (write_tainted(s) == -1 ||
	    s->disk.sync(s->disk.ctx, s->handle) == -1)
		return (fail(s));
	s->dirty = 0;
	s->syncs++;
	move_on(s);
	settle(s);
	return (0);
}

void
spool_withdraw(struct spool *s)
{
	uint32_t i, id;

	for (i = 0; i < s->ntouched; i++) {
		id = s->touched[i];
		if (s->mem[id] != MEM_PUT)
			continue;
		s->mem[id] = spool_write_free(s, id, s->batch) == -1 ?
		    MEM_TAINTED : MEM_FREED;
	}
}

static int
is_held(const struct spool *s, uint32_t id)
{
	return (id < s->slots &&
	    (s->mem[id] == MEM_LIVE || s->mem[id] == MEM_PUT));
}

static int
read_held(struct spool *s, uint32_t id, struct spool_slot *slot,
    uint8_t sum[CHECKSUM_LEN])
{
	if (!is_held(s, id))
		return (error(EINVAL));
	if (spool_read_header(s, id, slot, sum) == -1)
		return (-1);
	/* A spool_free() that failed may have got through all the same. */
	if (slot->class == SPOOL_FREE || slot->class == SPOOL_SCRATCH)
		return (error(EBADMSG));
	return (0);
}

int
spool_get(struct spool *s, uint32_t id, struct spool_slot *slot, uint8_t *body)
{
	uint8_t sum[CHECKSUM_LEN];

	if (read_held(s, id, slot, sum) == -1)
		return (-1);
	return (spool_read_body(s, id, slot->body_len, sum, body));
}

int
spool_peek(struct spool *s, uint32_t id, struct spool_slot *slot)
{
	uint8_t sum[CHECKSUM_LEN];

	return (read_held(s, id, slot, sum));
}

int
spool_update(struct spool *s, uint32_t id, const struct spool_slot *given)
{
	struct spool_slot slot;
	uint8_t sum[CHECKSUM_LEN];

	if (read_held(s, id, &slot, sum) == -1)
		return (-1);
	/*
	 * What has left the pool is of one batch with what left it with it:
	 * else dummies made for the occasion would be known by their batch, and
	 * messages by when they came.  The body is whole: it is known to
	 * recovery as one to be looked at again, no more.
	 */
	if (slot.state == SPOOL_POOLED && given->state == SPOOL_FIRED)
		slot.batch = s->batch;
	slot.state = given->state;
	slot.tries = given->tries;
	slot.due = given->due;
	slot.fired = given->fired;
	if (spool_write_header(s, id, &slot, sum) == -1)
		return (-1);
	s->dirty = 1;
	return (0);
}

int
spool_free(struct spool *s, uint32_t id)
{
	int was_live;

	if (!is_held(s, id))
		return (error(EINVAL));
	was_live = s->mem[id] == MEM_LIVE;
	if (spool_touch(s, id, s->mem[id]) == -1 ||
	    spool_write_free(s, id, s->batch) == -1)
		return (-1);
	s->mem[id] = MEM_FREED;
	s->dirty = 1;
	s->since_checkpoint++;
	if (was_live)
		s->live--;
	return (0);
}

/*
 * Twice: what the first sync wiped is durable after the second.  Once more for
 * a superblock that the second has written.
 */
static int
settle_all(struct spool *s)
{
	uint64_t generation;

	if (spool_sync(s) == -1)
		return (-1);
	generation = s->super.generation;
	s->dirty = 1;
	if (spool_sync(s) == -1)
		return (-1);
	if (generation == s->super.generation)
		return (0);
	return (s->disk.sync(s->disk.ctx, s->handle));
}

void
spool_close(struct spool *s)
{
	if (s == NULL)
		return;
	if (settle_all(s) == 0) {
		s->super.checkpoint = s->batch - 1;
		if (super_write(&s->disk, s->handle, s->checksum,
		    &s->super) == 0)
			(void)s->disk.sync(s->disk.ctx, s->handle);
	}
	s->disk.close(s->disk.ctx, s->handle);
	spool_release(s);
}

void
spool_release(struct spool *s)
{
	checksum_free(s->checksum);
	freezero(s->mask, SPOOL_BODY_LEN);
	freezero(s->buf, SPOOL_BODY_LEN);
	free(s->mem);
	free_map_clear(&s->free);
	free(s->touched);
	free(s);
}

void
spool_stats(const struct spool *s, struct spool_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->slots = s->slots;
	stats->max_slots = s->max_extents * SPOOL_EXTENT_SLOTS;
	stats->live = s->live;
	stats->free = s->free.count;
	stats->damaged = s->damaged;
	stats->syncs = s->syncs;
}
