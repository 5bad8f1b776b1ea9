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
 * Growth by an extent: zeros for all of it, its free headers, a sync, and only
 * then the superblock that counts it.  That needs no sync of its own: puts to
 * the new extent are made durable by a sync that has the superblock too, so
 * without it they weren't acknowledged.  What lies beyond the counted extents
 * is nothing, and is written anew.
 */
#define LOW_WATER	(SPOOL_EXTENT_SLOTS / 4)
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

static const char *
grow(struct spool *s)
{
	const uint32_t extent = s->super.extents;
	uint32_t id;

	if (extent >= s->max_extents)
		return ("the spool has reached its configured size");
	if (spool_more_memory(s, extent + 1) == -1)
		return ("no memory for a larger spool");
	if (s->disk.allocate(s->disk.ctx, s->handle, spool_extents_end(extent),
	    SPOOL_EXTENT_LEN) == -1 || write_free_headers(s, extent) == -1) {
		(void)s->disk.truncate(s->disk.ctx, s->handle,
		    spool_extents_end(extent));
		return ("no room on the disk for a larger spool");
	}

	/* This syncs the puts of the batch as well; that does no harm. */
	if (s->disk.sync(s->disk.ctx, s->handle) == -1) {
		s->failed = 1;
		return ("sync failed");
	}
	s->super.extents = extent + 1;
	if (super_write(&s->disk, s->handle, s->checksum, &s->super) == -1) {
		/* It may be there all the same: the extent has to stay. */
		s->super.extents = extent;
		return ("the superblock can't be written");
	}
	for (id = extent * SPOOL_EXTENT_SLOTS;
	    id < (extent + 1) * SPOOL_EXTENT_SLOTS; id++)
		spool_push_free(s, id);
	s->slots += SPOOL_EXTENT_SLOTS;
	s->dirty = 1;
	return (NULL);
}

uint32_t
spool_room(struct spool *s, const char **reason)
{
	if (s->failed) {
		*reason = "sync failed";
		return (0);
	}
	if (s->free.count >= LOW_WATER)
		s->no_growth = NULL;
	else if (s->growth_pause > 0)
		s->growth_pause--;
	else if ((s->no_growth = grow(s)) != NULL)
		s->growth_pause = PAUSE_CALLS;

	*reason = s->no_growth;
	return (s->failed ? 0 : s->free.count);
}
