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
#include "spool/format.h"
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
	s->super.version = SPOOL_VERSION;
	if (super_write(&s->disk, s->handle, s->checksum, &s->super) == -1 ||
	    super_write(&s->disk, s->handle, s->checksum, &s->super) == -1)
		return (-1);
	return (s->disk.sync(s->disk.ctx, s->handle));
}

static int
no_superblock(struct spool *s, const struct spool_opening *o, off_t *size,
    char *errbuf, size_t errlen)
{
	if (*size > SUPER_LEN || !o->create) {
		snprintf(errbuf, errlen, "spool: both superblocks are "
		    "damaged");
		return (-1);
	}
	if (create(s) == -1) {
		snprintf(errbuf, errlen, "spool: can't create: %s",
		    strerror(errno));
		return (-1);
	}
	*size = SUPER_LEN;
	return (0);
}

static int
open_superblock(struct spool *s, const struct spool_opening *o, off_t *size,
    char *errbuf, size_t errlen)
{
	switch (super_read(&s->disk, s->handle, s->checksum, SPOOL_VERSION,
	    &s->super)) {
	case SUPER_OK:
		return (0);
	case SUPER_NONE:
		return (no_superblock(s, o, size, errbuf, errlen));
	case SUPER_NEWER:
		snprintf(errbuf, errlen, "spool: format %u is newer than "
		    "this program, which knows it up to %u", s->super.version,
		    SPOOL_VERSION);
		return (-1);
	case SUPER_OTHER:
		snprintf(errbuf, errlen, "spool: slots of other sizes");
		return (-1);
	default:
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (-1);
	}
}

/* Only who may write upgrades. */
static int
upgrade(struct spool *s, const struct spool_opening *o, char *errbuf,
    size_t errlen)
{
	uint32_t version = s->super.version;

	if (version == SPOOL_VERSION && s->super.upgraded_from == 0)
		return (0);
	if (!o->create) {
		snprintf(errbuf, errlen, "spool: format %u is older than this "
		    "program: start smtpd-mix, which upgrades it", version);
		return (-1);
	}
	switch (spool_upgrade(&s->disk, s->handle, s->checksum, spool_formats,
	    spool_nformats, &s->super)) {
	case UPGRADE_OK:
		return (0);
	case UPGRADE_UNKNOWN:
		snprintf(errbuf, errlen, "spool: format %u is not known",
		    version);
		return (-1);
	default:
		snprintf(errbuf, errlen, "spool: upgrade from format %u: %s",
		    version, strerror(errno));
		return (-1);
	}
}

static int
open_file(struct spool *s, const struct spool_opening *o, char *errbuf,
    size_t errlen)
{
	off_t size;

	s->handle = s->disk.open(s->disk.ctx, SPOOL_FILE, o->create);
	if (s->handle == -1 ||
	    (size = s->disk.size(s->disk.ctx, s->handle)) == -1) {
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (-1);
	}
	if (open_superblock(s, o, &size, errbuf, errlen) == -1 ||
	    upgrade(s, o, errbuf, errlen) == -1)
		return (-1);
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
spool_open_for(const struct disk *disk, const struct rng *rng,
    const struct spool_opening *o, struct spool_recovery *counts,
    char *errbuf, size_t errlen)
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
	if (allocate_memory(s, o->max_slots) == -1) {
		snprintf(errbuf, errlen, "spool: out of memory");
		return (give_up(s));
	}
	if (open_file(s, o, errbuf, errlen) == -1)
		return (give_up(s));

	/* A process killed between creating and this has left it undone. */
	if (s->disk.sync_dir(s->disk.ctx) == -1 ||
	    (s->super.extents > 0 &&
	    spool_more_memory(s, s->super.extents) == -1)) {
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (give_up(s));
	}
	s->slots = s->super.extents * SPOOL_EXTENT_SLOTS;
	s->keep = s->super.extents;
	if (s->super.extents > s->max_extents)
		s->max_extents = s->super.extents;
	if (spool_recover(s, o, counts) == -1) {
		snprintf(errbuf, errlen, "spool: recovery: %s",
		    strerror(errno));
		return (give_up(s));
	}
	return (s);
}

struct spool *
spool_open(const struct disk *disk, const struct rng *rng, uint32_t max_slots,
    void (*fn)(void *, uint32_t, const struct spool_slot *), void *arg,
    struct spool_recovery *counts, char *errbuf, size_t errlen)
{
	struct spool_opening o;

	memset(&o, 0, sizeof(o));
	o.max_slots = max_slots;
	o.create = 1;
	o.fn = fn;
	o.arg = arg;
	return (spool_open_for(disk, rng, &o, counts, errbuf, errlen));
}
