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

#include "spool/spool_priv.h"

/*
 * Making the file smaller.  When less than half of it was needed for long, the
 * extents at its end are set aside: no slot of them is given out any more.  As
 * soon as nothing of the last ones is held they are cut off, in steps, each
 * after a sync of its own: the superblock that doesn't count them, its other
 * copy, and then the file.  So whichever superblock a crash or a bad sector
 * leaves, the extents that it counts are there, and free.
 */
#define TRIM_CALLS	12

/* So many extents that half of the slots are free, and some. */
static uint32_t
extents_needed(const struct spool *s)
{
	uint32_t slots;

	slots = 2 * (s->live + s->damaged + s->ntouched) +
	    SPOOL_EXTENT_SLOTS / 2;
	return (slots / SPOOL_EXTENT_SLOTS + (slots % SPOOL_EXTENT_SLOTS != 0));
}

static void
set_aside(struct spool *s)
{
	uint32_t needed = extents_needed(s);

	if (needed > s->trim_peak)
		s->trim_peak = needed;
	if (++s->trim_calls < TRIM_CALLS)
		return;
	if (s->trim_peak < s->keep) {
		s->keep = s->trim_peak;
		free_map_limit(&s->free, s->keep * SPOOL_EXTENT_SLOTS);
		s->last_room = s->free.count;
	}
	s->trim_calls = 0;
	s->trim_peak = 0;
}

static int
is_free(const struct spool *s, uint32_t extent)
{
	uint32_t first = extent * SPOOL_EXTENT_SLOTS, i;

	for (i = 0; i < SPOOL_EXTENT_SLOTS; i++)
		if (s->mem[first + i] != MEM_FREE)
			return (0);
	for (i = 0; i < s->ntouched; i++)
		if (s->touched[i] >= first)
			return (0);
	return (1);
}

/* A growth that was not needed, or a cut that a crash left to do. */
static int
is_too_long(struct spool *s)
{
	off_t size = s->disk.size(s->disk.ctx, s->handle);

	return (size > spool_extents_end(s->super.extents) &&
	    s->super.extents > 0);
}

int
spool_trim(struct spool *s)
{
	if (s->failed || spool_grown(s))
		return (0);
	if (s->cutting != 0)
		return (1);
	set_aside(s);
	s->cut_to = s->super.extents;
	while (s->cut_to > s->keep && is_free(s, s->cut_to - 1))
		s->cut_to--;
	if (s->cut_to == s->super.extents &&
	    (s->free.count < SPOOL_EXTENT_SLOTS / 2 || !is_too_long(s)))
		return (0);
	s->slots = s->cut_to * SPOOL_EXTENT_SLOTS;
	s->grown = 0;
	s->cutting = CUT_FIRST;
	s->dirty = 1;
	return (1);
}

void
spool_cut(struct spool *s)
{
	switch (s->cutting) {
	case CUT_FIRST:
		s->cutting = CUT_SECOND;
		break;
	case CUT_SECOND:
		s->cutting = CUT_FILE;
		break;
	case CUT_FILE:
		/* If that fails it is only too long, see above. */
		(void)s->disk.truncate(s->disk.ctx, s->handle,
		    spool_extents_end(s->super.extents));
		s->cutting = CUT_NONE;
		return;
	default:
		return;
	}
	s->dirty = 1;
}
