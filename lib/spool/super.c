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
#include <string.h>

#include "spool/le.h"
#include "spool/spool.h"
#include "spool/super.h"

enum {
	AT_MAGIC = 0,
	AT_VERSION = 8,
	AT_HEADER_LEN = 12,
	AT_BODY_LEN = 16,
	AT_EXTENT_SLOTS = 20,
	AT_EXTENTS = 24,
	AT_GENERATION = 32,
	AT_CHECKPOINT = 40,
	AT_UPGRADED_FROM = 48,
	AT_SUM = SUPER_COPY_LEN - CHECKSUM_LEN
};

static const uint8_t	super_magic[8] = "mixspool";

static off_t
copy_offset(uint64_t generation)
{
	return (generation % 2 == 0 ? 0 : SUPER_LEN / 2);
}

static enum super_error
decode(struct checksum *c, uint32_t newest, const uint8_t b[SUPER_COPY_LEN],
    struct super *sb)
{
	uint8_t sum[CHECKSUM_LEN];

	if (checksum(c, b, AT_SUM, sum) == -1 ||
	    memcmp(sum, b + AT_SUM, sizeof(sum)) != 0 ||
	    memcmp(b + AT_MAGIC, super_magic, sizeof(super_magic)) != 0)
		return (SUPER_NONE);
	sb->generation = le_get(b + AT_GENERATION, 8);
	sb->version = (uint32_t)le_get(b + AT_VERSION, 4);
	if (sb->version > newest)
		return (SUPER_NEWER);
	if (le_get(b + AT_HEADER_LEN, 4) != SPOOL_HEADER_LEN ||
	    le_get(b + AT_BODY_LEN, 4) != SPOOL_BODY_LEN ||
	    le_get(b + AT_EXTENT_SLOTS, 4) != SPOOL_EXTENT_SLOTS)
		return (SUPER_OTHER);

	sb->extents = (uint32_t)le_get(b + AT_EXTENTS, 4);
	sb->checkpoint = le_get(b + AT_CHECKPOINT, 8);
	sb->upgraded_from = (uint32_t)le_get(b + AT_UPGRADED_FROM, 4);
	return (sb->checkpoint < UINT64_MAX / 2 ? SUPER_OK : SUPER_NONE);
}

enum super_error
super_read(const struct disk *disk, int handle, struct checksum *c,
    uint32_t newest, struct super *sb)
{
	uint8_t b[SUPER_COPY_LEN];
	struct super found;
	enum super_error e, best = SUPER_NONE;
	unsigned int i, copies = 0;
	ssize_t n;

	memset(sb, 0, sizeof(*sb));
	for (i = 0; i < 2; i++) {
		n = disk->pread(disk->ctx, handle, b, sizeof(b),
		    copy_offset(i));
		if (n == -1)
			return (SUPER_IO);
		memset(&found, 0, sizeof(found));
		if (n != (ssize_t)sizeof(b) ||
		    (e = decode(c, newest, b, &found)) == SUPER_NONE)
			continue;
		copies++;
		if (best != SUPER_NONE && found.generation <= sb->generation)
			continue;
		*sb = found;
		best = e;
	}
	sb->copies = copies;
	return (best);
}

int
super_write(const struct disk *disk, int handle, struct checksum *c,
    struct super *sb)
{
	uint8_t b[SUPER_COPY_LEN];

	sb->generation++;
	memset(b, 0, sizeof(b));
	memcpy(b + AT_MAGIC, super_magic, sizeof(super_magic));
	le_put(b + AT_VERSION, sb->version, 4);
	le_put(b + AT_HEADER_LEN, SPOOL_HEADER_LEN, 4);
	le_put(b + AT_BODY_LEN, SPOOL_BODY_LEN, 4);
	le_put(b + AT_EXTENT_SLOTS, SPOOL_EXTENT_SLOTS, 4);
	le_put(b + AT_EXTENTS, sb->extents, 4);
	le_put(b + AT_GENERATION, sb->generation, 8);
	le_put(b + AT_CHECKPOINT, sb->checkpoint, 8);
	le_put(b + AT_UPGRADED_FROM, sb->upgraded_from, 4);
	if (checksum(c, b, AT_SUM, b + AT_SUM) == -1 ||
	    disk->pwrite(disk->ctx, handle, b, sizeof(b),
	    copy_offset(sb->generation)) == -1) {
		/* The next try has to hit the same, perhaps broken, copy. */
		sb->generation--;
		return (-1);
	}
	return (0);
}
