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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "spool/spool_priv.h"

/* Opening: finding or making the superblock, then recovery. */

/*
 * A file without a valid superblock is new only while it is no longer than the
 * superblock: extents are never written before that is durable.
 */
static int
create(struct spool *s)
{
	memset(&s->super, 0, sizeof(s->super));
	if (super_write(&s->disk, s->handle, s->checksum, &s->super) == -1 ||
	    super_write(&s->disk, s->handle, s->checksum, &s->super) == -1)
		return (-1);
	return (s->disk.sync(s->disk.ctx, s->handle));
}

static int
open_superblock(struct spool *s, char *errbuf, size_t errlen)
{
	off_t size;

	if ((size = s->disk.size(s->disk.ctx, s->handle)) == -1) {
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (-1);
	}
	switch (super_read(&s->disk, s->handle, s->checksum, &s->super)) {
	case SUPER_OK:
		break;
	case SUPER_NONE:
		if (size > SUPER_LEN) {
			snprintf(errbuf, errlen,
			    "spool: both superblocks are damaged");
			return (-1);
		}
		if (create(s) == -1) {
			snprintf(errbuf, errlen, "spool: can't create: %s",
			    strerror(errno));
			return (-1);
		}
		size = SUPER_LEN;
		break;
	case SUPER_OTHER:
		snprintf(errbuf, errlen, "spool: made by another version");
		return (-1);
	case SUPER_IO:
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (-1);
	}
	if (s->super.extents > 0 &&
	    size < spool_extents_end(s->super.extents)) {
		snprintf(errbuf, errlen, "spool: the file is cut off");
		return (-1);
	}
	return (0);
}

static int
allocate_memory(struct spool *s, uint32_t max_slots)
{
	s->checksum = checksum_new();
	s->mask = malloc(SPOOL_BODY_LEN);
	s->buf = malloc(SPOOL_BODY_LEN);
	if (s->checksum == NULL || s->mask == NULL || s->buf == NULL)
		return (-1);
	rng_fill(&s->rng, s->mask, SPOOL_BODY_LEN);
	s->max_extents = max_slots / SPOOL_EXTENT_SLOTS +
	    (max_slots % SPOOL_EXTENT_SLOTS != 0);
	return (0);
}

static struct spool *
give_up(struct spool *s)
{
	if (s->handle != -1)
		s->disk.close(s->disk.ctx, s->handle);
	spool_release(s);
	return (NULL);
}

struct spool *
spool_open(const struct disk *disk, const struct rng *rng, uint32_t max_slots,
    void (*fn)(void *, uint32_t, const struct spool_slot *), void *arg,
    struct spool_recovery *counts, char *errbuf, size_t errlen)
{
	struct spool *s;

	memset(counts, 0, sizeof(*counts));
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		snprintf(errbuf, errlen, "spool: out of memory");
		return (NULL);
	}
	s->disk = *disk;
	s->rng = *rng;
	s->handle = -1;
	if (allocate_memory(s, max_slots) == -1) {
		snprintf(errbuf, errlen, "spool: out of memory");
		return (give_up(s));
	}
	s->handle = s->disk.open(s->disk.ctx, SPOOL_FILE, 1);
	if (s->handle == -1) {
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (give_up(s));
	}
	if (open_superblock(s, errbuf, errlen) == -1)
		return (give_up(s));

	/* A process killed between creating and this has left it undone. */
	if (s->disk.sync_dir(s->disk.ctx) == -1 ||
	    (s->super.extents > 0 &&
	    spool_more_memory(s, s->super.extents) == -1)) {
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (give_up(s));
	}
	s->slots = s->super.extents * SPOOL_EXTENT_SLOTS;
	if (s->super.extents > s->max_extents)
		s->max_extents = s->super.extents;
	if (spool_recover(s, fn, arg, counts) == -1) {
		snprintf(errbuf, errlen, "spool: recovery: %s",
		    strerror(errno));
		return (give_up(s));
	}
	return (s);
}
