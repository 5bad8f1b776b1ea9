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
 * Recovery reads all headers, and the bodies of batches after the checkpoint.
 * What it reads is durable (see disk.h), so what it finds whole may be treated
 * like what was acknowledged.  It can crash at any point and be begun anew: it
 * only frees what the next one would free too, and the checkpoint moves last.
 */
struct set_slot {
	uint64_t	set;
	uint32_t	index;
	uint32_t	total;
	uint32_t	id;
};

struct recovery {
	struct spool		*s;
	void			(*fn)(void *, uint32_t,
				    const struct spool_slot *);
	void			*arg;
	struct spool_recovery	*counts;
	struct set_slot		*set_slots;
	size_t			 nset_slots;
	size_t			 set_room;
	uint64_t		 last_batch;
	int			 wiped;
};

static int
remember_set_slot(struct recovery *r, uint32_t id,
    const struct spool_slot *slot)
{
	struct set_slot *grown;
	size_t room;

	if (r->nset_slots == r->set_room) {
		room = r->set_room == 0 ? 64 : 2 * r->set_room;
		grown = reallocarray(r->set_slots, room, sizeof(*grown));
		if (grown == NULL)
			return (-1);
		r->set_slots = grown;
		r->set_room = room;
	}
	r->set_slots[r->nset_slots++] = (struct set_slot){
		slot->set, slot->set_index, slot->set_total, id
	};
	return (0);
}

static int
free_again(struct recovery *r, uint32_t id)
{
	if (spool_touch(r->s, id, MEM_TAINTED) == -1)
		return (-1);
	r->s->dirty = 1;
	return (0);
}

static void
keep_aside(struct recovery *r, uint32_t id)
{
	r->s->mem[id] = MEM_ASIDE;
	r->s->damaged++;
	r->counts->damaged++;
}

/*
 * After the checkpoint the body may be one that was freed and not yet wiped;
 * under a scratch header too, when the slot was taken before its wipe was
 * synced.
 */
static int
recover_free(struct recovery *r, uint32_t id, const struct spool_slot *slot)
{
	struct spool *s = r->s;

	if (slot->batch > s->super.checkpoint) {
		if (spool_wipe(s, id) == -1)
			return (-1);
		r->wiped = 1;
	}
	spool_push_free(s, id);
	return (0);
}

static int
recover_held(struct recovery *r, uint32_t id, const struct spool_slot *slot,
    const uint8_t sum[CHECKSUM_LEN])
{
	struct spool *s = r->s;

	if (slot->batch > s->super.checkpoint) {
		r->counts->bodies_checked++;
		if (spool_read_body(s, id, slot->body_len, sum, s->buf) == -1) {
			if (errno != EBADMSG)
				return (-1);
			r->counts->torn++;
			return (free_again(r, id));
		}
	}
	s->mem[id] = MEM_LIVE;
	if (slot->set != 0)
		return (remember_set_slot(r, id, slot));
	s->live++;
	r->fn(r->arg, id, slot);
	return (0);
}

static int
recover_slot(struct recovery *r, uint32_t id,
    const uint8_t header[SPOOL_HEADER_LEN])
{
	struct spool_slot slot;
	uint8_t sum[CHECKSUM_LEN];

	if (slot_decode(r->s->checksum, id, header, &slot, sum) == -1) {
		keep_aside(r, id);
		return (0);
	}
	if (slot.batch > r->last_batch)
		r->last_batch = slot.batch;
	if (slot.class == SPOOL_FREE || slot.class == SPOOL_SCRATCH)
		return (recover_free(r, id, &slot));
	return (recover_held(r, id, &slot, sum));
}

static int
recover_extent(struct recovery *r, uint32_t extent, uint8_t *headers)
{
	const size_t len = (size_t)SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN;
	uint32_t first = extent * SPOOL_EXTENT_SLOTS, i;
	ssize_t n;

	n = r->s->disk.pread(r->s->disk.ctx, r->s->handle, headers, len,
	    spool_header_offset(first));
	if (n == -1)
		return (-1);
	if (n != (ssize_t)len) {
		errno = EIO;
		return (-1);
	}
	for (i = 0; i < SPOOL_EXTENT_SLOTS; i++)
		if (recover_slot(r, first + i,
		    headers + i * SPOOL_HEADER_LEN) == -1)
			return (-1);
	return (0);
}

static int
recover_extents(struct recovery *r)
{
	uint8_t *headers;
	uint32_t extent;
	int rc = 0;

	headers = malloc((size_t)SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN);
	if (headers == NULL)
		return (-1);
	for (extent = 0; extent < r->s->super.extents && rc == 0; extent++)
		rc = recover_extent(r, extent, headers);
	free(headers);
	return (rc);
}

static int
compare_set_slots(const void *left, const void *right)
{
	const struct set_slot *a = left, *b = right;

	if (a->set != b->set)
		return (a->set < b->set ? -1 : 1);
	if (a->index != b->index)
		return (a->index < b->index ? -1 : 1);
	return (a->id < b->id ? -1 : a->id > b->id);
}

/* Sorted by index, a whole set is 0, 1, ... total - 1. */
static int
is_complete(const struct set_slot *slots, size_t n)
{
	size_t i;

	if (slots[0].index != 0 || slots[0].total != n)
		return (0);
	for (i = 1; i < n; i++)
		if (slots[i].index != i)
			return (0);
	return (1);
}

static int
report_set(struct recovery *r, const struct set_slot *slots, size_t n)
{
	struct spool_slot slot;
	uint8_t sum[CHECKSUM_LEN];
	size_t i;

	for (i = 0; i < n; i++) {
		if (spool_read_header(r->s, slots[i].id, &slot, sum) == -1)
			return (-1);
		if (slot.state == SPOOL_PENDING)
			slot.state = SPOOL_MEMBER;
		r->s->live++;
		r->fn(r->arg, slots[i].id, &slot);
	}
	return (0);
}

/*
 * No head: never committed.  A head without all of its members: never committed
 * or delivered, see spool.h; but where headers were lost to damage it may be
 * neither, and then the rest is kept.
 */
static int
drop_set(struct recovery *r, const struct set_slot *slots, size_t n)
{
	int keep = slots[0].index == 0 && r->counts->damaged > 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (keep)
			keep_aside(r, slots[i].id);
		else if (free_again(r, slots[i].id) == -1)
			return (-1);
		else
			r->counts->pending_freed++;
	}
	return (0);
}

static int
recover_sets(struct recovery *r)
{
	struct set_slot *first;
	size_t at, n;
	int rc;

	if (r->nset_slots == 0)
		return (0);
	qsort(r->set_slots, r->nset_slots, sizeof(*r->set_slots),
	    compare_set_slots);
	for (at = 0; at < r->nset_slots; at += n) {
		first = r->set_slots + at;
		for (n = 1; at + n < r->nset_slots; n++)
			if (first[n].set != first->set)
				break;
		rc = is_complete(first, n) ? report_set(r, first, n) :
		    drop_set(r, first, n);
		if (rc == -1)
			return (-1);
	}
	return (0);
}

/*
 * The new batch number is above every one that is on the disk, so that slot and
 * batch never come twice.  The checkpoint is written when all before it is
 * durable; when it is itself doesn't matter.
 */
static int
finish(struct recovery *r)
{
	struct spool *s = r->s;

	s->batch = r->last_batch + 1;
	if (s->dirty) {
		if (spool_sync(s) == -1)
			return (-1);
		r->wiped = 1;
	}
	if (r->wiped && s->disk.sync(s->disk.ctx, s->handle) == -1)
		return (-1);
	if (s->super.checkpoint == s->batch - 1)
		return (0);
	s->super.checkpoint = s->batch - 1;
	s->since_checkpoint = 0;
	return (super_write(&s->disk, s->handle, s->checksum, &s->super));
}

int
spool_recover(struct spool *s, void (*fn)(void *, uint32_t,
    const struct spool_slot *), void *arg, struct spool_recovery *counts)
{
	struct recovery r;
	int rc;

	memset(&r, 0, sizeof(r));
	r.s = s;
	r.fn = fn;
	r.arg = arg;
	r.counts = counts;
	r.last_batch = s->super.checkpoint;

	rc = recover_extents(&r);
	if (rc == 0)
		rc = recover_sets(&r);
	if (rc == 0)
		rc = finish(&r);
	counts->live = s->live;
	free(r.set_slots);
	return (rc);
}
