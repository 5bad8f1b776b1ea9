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
	const struct spool_opening *o;
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
}

/* Its header, if there is one, is intact: what it says is told first. */
static int
destroy(struct recovery *r, uint32_t id, const struct spool_slot *slot)
{
	if (!r->o->repair ||
	    (slot != NULL && r->o->lost(r->o->arg, slot) == -1)) {
		keep_aside(r, id);
		return (0);
	}
	return (free_again(r, id));
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
		r->counts->wiped++;
	}
	spool_push_free(s, id);
	return (0);
}

/* What was acknowledged and can't be read is kept; what wasn't, dropped. */
static int
bad_body(struct recovery *r, uint32_t id, const struct spool_slot *slot)
{
	if (errno == EBADMSG && slot->batch > r->s->super.checkpoint) {
		r->counts->torn++;
		return (free_again(r, id));
	}
	if (errno != EBADMSG && errno != EIO)
		return (-1);
	r->counts->broken++;
	return (destroy(r, id, slot));
}

static int
recover_held(struct recovery *r, uint32_t id, const struct spool_slot *slot,
    const uint8_t sum[CHECKSUM_LEN])
{
	struct spool *s = r->s;

	if (r->o->verify || slot->batch > s->super.checkpoint) {
		r->counts->bodies_checked++;
		if (spool_read_body(s, id, slot->body_len, sum, s->buf) == -1)
			return (bad_body(r, id, slot));
	}
	s->mem[id] = MEM_LIVE;
	if (slot->set != 0)
		return (remember_set_slot(r, id, slot));
	s->live++;
	r->o->fn(r->o->arg, id, slot);
	return (0);
}

/* What another program wrote isn't ours to repair. */
static int
recover_slot(struct recovery *r, uint32_t id,
    const uint8_t header[SPOOL_HEADER_LEN])
{
	struct spool_slot slot;
	uint8_t sum[CHECKSUM_LEN];

	switch (slot_decode(r->s->checksum, id, header, &slot, sum)) {
	case 0:
		break;
	case SLOT_FOREIGN:
		r->counts->foreign++;
		r->counts->damaged++;
		keep_aside(r, id);
		return (0);
	default:
		r->counts->damaged++;
		return (destroy(r, id, NULL));
	}
	if (slot.batch > r->last_batch)
		r->last_batch = slot.batch;
	if (slot.class == SPOOL_FREE || slot.class == SPOOL_SCRATCH)
		return (recover_free(r, id, &slot));
	return (recover_held(r, id, &slot, sum));
}

/* A sector that can't be read is one header that is lost, not all of them. */
static int
read_headers(struct recovery *r, uint32_t first, uint8_t *headers)
{
	const size_t len = (size_t)SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN;
	const struct disk *d = &r->s->disk;
	uint32_t i;
	ssize_t n;

	n = d->pread(d->ctx, r->s->handle, headers, len,
	    spool_header_offset(first));
	if (n == (ssize_t)len)
		return (0);
	if (n != -1 || errno != EIO) {
		errno = n == -1 ? errno : EIO;
		return (-1);
	}
	memset(headers, 0, len);
	for (i = 0; i < SPOOL_EXTENT_SLOTS; i++)
		if (d->pread(d->ctx, r->s->handle,
		    headers + i * SPOOL_HEADER_LEN, SPOOL_HEADER_LEN,
		    spool_header_offset(first + i)) == -1 && errno != EIO)
			return (-1);
	return (0);
}

static int
recover_extent(struct recovery *r, uint32_t extent, uint8_t *headers)
{
	uint32_t first = extent * SPOOL_EXTENT_SLOTS, i;

	if (read_headers(r, first, headers) == -1)
		return (-1);
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
		r->o->fn(r->o->arg, slots[i].id, &slot);
	}
	return (0);
}

/*
 * No head: never committed.  A head without all of its members: never committed
 * or delivered, see spool.h.  But where slots were lost to damage it may be
 * neither, and then the rest is kept, until the damage is repaired.
 */
static int
drop_set(struct recovery *r, const struct set_slot *slots, size_t n)
{
	int keep = r->counts->damaged > 0 || r->counts->broken > 0;
	int foreign = r->counts->foreign > 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (keep)
			r->counts->orphaned++;
		else
			r->counts->pending_freed++;
		if (keep && (!r->o->repair || foreign))
			keep_aside(r, slots[i].id);
		else if (free_again(r, slots[i].id) == -1)
			return (-1);
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
spool_recover(struct spool *s, const struct spool_opening *o,
    struct spool_recovery *counts)
{
	struct recovery r;
	int rc;

	memset(&r, 0, sizeof(r));
	r.s = s;
	r.o = o;
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
