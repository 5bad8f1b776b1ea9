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
#include <string.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "spool/check.h"
#include "spool/format.h"
#include "spool/spool_priv.h"

struct checking {
	struct spool_check	*check;
	int			(*lost)(void *, const struct spool_slot *);
	void			*arg;
};

static void
count(void *arg, uint32_t id, const struct spool_slot *slot)
{
	struct checking *c = arg;

	(void)id;
	if (slot->class <= SPOOL_POSTMASTER)
		c->check->classes[slot->class]++;
}

static int
lose(void *arg, const struct spool_slot *slot)
{
	struct checking *c = arg;

	return (c->lost(c->arg, slot));
}

/* What opening mends, or growing writes over, without a word. */
static int
look(const struct disk *disk, struct spool_check *check)
{
	struct checksum *checksum;
	struct super super;
	enum super_error e;
	off_t size;
	int handle;

	if ((checksum = checksum_new()) == NULL)
		return (-1);
	if ((handle = disk->open(disk->ctx, SPOOL_FILE, 0)) == -1) {
		checksum_free(checksum);
		return (-1);
	}
	size = disk->size(disk->ctx, handle);
	e = super_read(disk, handle, checksum, SPOOL_VERSION, &super);
	disk->close(disk->ctx, handle);
	checksum_free(checksum);
	if (e != SUPER_OK)
		return (0);	/* opening says why */
	check->format = super.version;
	check->superblocks = super.copies;
	check->slots = super.extents * SPOOL_EXTENT_SLOTS;
	if (size > spool_extents_end(super.extents))
		check->excess = (uint64_t)(size -
		    spool_extents_end(super.extents));
	return (0);
}

/* The second copy is written by the sync that this brings about. */
static int
mend(struct spool *s, const struct spool_check *check)
{
	int i;

	if (check->superblocks == 2 && check->excess == 0)
		return (0);
	s->cutting = CUT_FIRST;
	s->cut_to = s->super.extents;
	for (i = 0; i < CUT_FILE; i++) {
		s->dirty = 1;
		if (spool_sync(s) == -1)
			return (-1);
	}
	return (0);
}

int
spool_check(struct disk *base, int repair,
    int (*lost)(void *, const struct spool_slot *), void *arg,
    struct spool_check *check, char *errbuf, size_t errlen)
{
	struct checking c = { check, lost, arg };
	struct spool_opening o;
	struct disk disk;
	struct spool *s;
	int rc = 0;

	memset(check, 0, sizeof(*check));
	disk_dry(&disk, base);
	if (look(&disk, check) == -1) {
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		return (-1);
	}
	memset(&o, 0, sizeof(o));
	o.verify = 1;
	o.repair = repair;
	o.fn = count;
	o.lost = lose;
	o.arg = &c;
	s = spool_open_for(repair ? base : &disk, &rng_system, &o,
	    &check->found, errbuf, errlen);
	if (s == NULL)
		return (-1);
	if (repair && mend(s, check) == -1) {
		snprintf(errbuf, errlen, "spool: %s", strerror(errno));
		rc = -1;
	}
	spool_close(s);
	return (rc);
}

int
spool_check_clean(const struct spool_check *check)
{
	const struct spool_recovery *f = &check->found;

	return (check->superblocks == 2 && check->excess == 0 &&
	    f->torn == 0 && f->damaged == 0 && f->pending_freed == 0 &&
	    f->broken == 0 && f->orphaned == 0 && f->wiped == 0);
}
