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

/*
 * Growth by an extent, ahead of need and in steps: its free headers, then zeros
 * for its bodies, some with every call.  The syncs of the batches that come
 * meanwhile take them to the disk; the sync after the last step makes the
 * extent whole, and only then it is counted in the superblock.  That needs no
 * sync of its own: puts to the new extent are made durable by a sync that has
 * the superblock too, so without it they weren't acknowledged.  What lies
 * beyond the counted extents is nothing, and is written anew.
 *
 * Slots that spool_trim() has set aside are taken again before the file grows.
 */
#define LOW_WATER	(SPOOL_EXTENT_SLOTS / 2)
#define URGENT		(SPOOL_EXTENT_SLOTS / 8)
#define STEP_SLOTS	64
#define STEPS		(1 + SPOOL_EXTENT_SLOTS / STEP_SLOTS)
#define PAUSE_CALLS	64	/* not a try for every message when it's full */

static int
write_free_headers(struct spool *s, uint32_t extent)
{
	static const uint8_t no_sum[CHECKSUM_LEN];
	const uint32_t at_once = SPOOL_BODY_LEN / SPOOL_HEADER_LEN;
	struct spool_slot slot;
	uint32_t first, i;

	memset(&slot, 0, sizeof(slot));
	for (first = extent * SPOOL_EXTENT_SLOTS;
	    first < (extent + 1) * SPOOL_EXTENT_SLOTS; first += at_once) {
		for (i = 0; i < at_once; i++)
			if (slot_encode(s->checksum, first + i, &slot, no_sum,
			    s->buf + i * SPOOL_HEADER_LEN) == -1)
				return (-1);
		if (s->disk.pwrite(s->disk.ctx, s->handle, s->buf,
		    at_once * SPOOL_HEADER_LEN,
		    spool_header_offset(first)) == -1)
			return (-1);
	}
	return (0);
}

static int
write_step(struct spool *s, uint32_t extent)
{
	uint32_t first = extent * SPOOL_EXTENT_SLOTS;

	if (s->grown == 0)
		return (write_free_headers(s, extent));
	first += (s->grown - 1) * STEP_SLOTS;
	return (s->disk.allocate(s->disk.ctx, s->handle,
	    spool_body_offset(first), (off_t)STEP_SLOTS * SPOOL_BODY_LEN));
}

/* Why it can't be done, or NULL. */
static const char *
step(struct spool *s)
{
	const uint32_t extent = s->super.extents;

	if (extent >= s->max_extents)
		return ("the spool has reached its configured size");
	if (spool_more_memory(s, extent + 1) == -1)
		return ("no memory for a larger spool");
	s->dirty = 1;
	if (write_step(s, extent) == -1) {
		/* Nothing counts it: the room is for others. */
		(void)s->disk.truncate(s->disk.ctx, s->handle,
		    spool_extents_end(extent));
		s->grown = 0;
		return ("no room on the disk for a larger spool");
	}
	s->grown++;
	return (NULL);
}

int
spool_grown(const struct spool *s)
{
	return (s->grown == STEPS);
}

void
spool_count_extent(struct spool *s)
{
	uint32_t id = s->slots;

	s->grown = 0;
	s->keep = s->super.extents;
	s->slots = s->super.extents * SPOOL_EXTENT_SLOTS;
	for (; id < s->slots; id++)
		spool_push_free(s, id);
}

/* Nothing is left to put to, nearly: it is waited for. */
static const char *
finish_now(struct spool *s)
{
	struct super super;
	const char *why;

	while (!spool_grown(s))
		if ((why = step(s)) != NULL)
			return (why);

	/* This syncs the puts of the batch as well; that does no harm. */
	if (s->disk.sync(s->disk.ctx, s->handle) == -1) {
		s->failed = 1;
		return ("sync failed");
	}
	super = s->super;
	super.extents++;
	s->dirty = 1;
	/* It may be there all the same: so the extent stays as it is. */
	if (super_write(&s->disk, s->handle, s->checksum, &super) == -1)
		return ("the superblock can't be written");
	s->super = super;
	spool_count_extent(s);
	return (NULL);
}

/* So many steps that the extent is there before the last slots are gone. */
static const char *
go_on(struct spool *s, uint32_t used)
{
	uint32_t n = 1 + used * (STEPS - s->grown) / (s->free.count - URGENT);
	const char *why = NULL;

	while (n-- > 0 && !spool_grown(s) && why == NULL)
		why = step(s);
	return (why);
}

static void
bring_back(struct spool *s)
{
	uint32_t id = s->keep * SPOOL_EXTENT_SLOTS;

	if (free_map_grow(&s->free, id + SPOOL_EXTENT_SLOTS) == -1)
		return;
	s->keep++;
	for (; id < s->keep * SPOOL_EXTENT_SLOTS; id++)
		if (s->mem[id] == MEM_FREE)
			free_map_add(&s->free, id);
}

static const char *
grow(struct spool *s, uint32_t used)
{
	if (s->free.count <= URGENT)
		return (finish_now(s));
	return (spool_grown(s) ? NULL : go_on(s, used));
}

uint32_t
spool_room(struct spool *s, const char **reason)
{
	uint32_t used = 0;

	if (s->failed) {
		*reason = "sync failed";
		return (0);
	}
	if (s->free.count < s->last_room)
		used = s->last_room - s->free.count;
	while (s->free.count < LOW_WATER && s->keep < s->super.extents &&
	    s->cutting == 0)
		bring_back(s);
	if (s->free.count >= LOW_WATER)
		s->no_growth = NULL;
	else if (s->cutting != 0)
		s->no_growth = "the spool is being made smaller";
	else if (s->growth_pause > 0)
		s->growth_pause--;
	else if ((s->no_growth = grow(s, used)) != NULL)
		s->growth_pause = PAUSE_CALLS;
	s->last_room = s->free.count;

	*reason = s->no_growth;
	return (s->failed ? 0 : s->free.count);
}
