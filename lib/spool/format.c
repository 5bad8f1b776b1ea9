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
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "spool/format.h"
#include "spool/slot.h"
#include "spool/spool_priv.h"

/*
 * To make a format 2: write a step that makes its header of one of format 1,
 * put it into the row of 1, add a row { 2, NULL }, and raise SPOOL_VERSION.
 */
const struct spool_format spool_formats[] = {
	{ SPOOL_VERSION, NULL }
};
const size_t spool_nformats = sizeof(spool_formats) / sizeof(spool_formats[0]);

struct upgrade {
	const struct disk		*disk;
	int				 handle;
	struct checksum			*checksum;
	const struct spool_format	*table;
	size_t				 n;
	struct super			*super;
};

static const struct spool_format *
find(const struct upgrade *u, uint32_t version)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (u->table[i].version == version)
			return (&u->table[i]);
	return (NULL);
}

/* Both copies, so that no damage to one brings the other's version back. */
static int
write_both(struct upgrade *u)
{
	int i;

	for (i = 0; i < 2; i++)
		if (super_write(u->disk, u->handle, u->checksum,
		    u->super) == -1 ||
		    u->disk->sync(u->disk->ctx, u->handle) == -1)
			return (-1);
	return (0);
}

/* What can't be read, or is done already, stays as it is. */
static int
convert(const struct upgrade *u, uint32_t id, uint8_t *header)
{
	const struct spool_format *format;
	uint32_t version;

	if (slot_version(u->checksum, id, header, &version) == -1)
		return (0);
	for (format = find(u, version); format != NULL &&
	    format->step != NULL; format = find(u, ++version)) {
		format->step(header);
		if (slot_set_version(u->checksum, version + 1, header) == -1)
			return (-1);
	}
	return (0);
}

static int
convert_extent(const struct upgrade *u, uint32_t extent, uint8_t *headers)
{
	const size_t len = (size_t)SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN;
	uint32_t first = extent * SPOOL_EXTENT_SLOTS, i;

	if (u->disk->pread(u->disk->ctx, u->handle, headers, len,
	    spool_header_offset(first)) != (ssize_t)len)
		return (-1);
	for (i = 0; i < SPOOL_EXTENT_SLOTS; i++)
		if (convert(u, first + i, headers + i * SPOOL_HEADER_LEN) == -1)
			return (-1);
	return (u->disk->pwrite(u->disk->ctx, u->handle, headers, len,
	    spool_header_offset(first)) == -1 ? -1 : 0);
}

static int
convert_all(const struct upgrade *u)
{
	uint8_t *headers;
	uint32_t extent;
	int rc = 0;

	headers = malloc((size_t)SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN);
	if (headers == NULL)
		return (-1);
	for (extent = 0; extent < u->super->extents && rc == 0; extent++)
		rc = convert_extent(u, extent, headers);
	free(headers);
	if (rc == 0)
		rc = u->disk->sync(u->disk->ctx, u->handle);
	return (rc);
}

enum upgrade_error
spool_upgrade(const struct disk *disk, int handle, struct checksum *checksum,
    const struct spool_format *table, size_t n, struct super *super)
{
	struct upgrade u = { disk, handle, checksum, table, n, super };
	uint32_t newest = table[n - 1].version, from;

	from = super->upgraded_from != 0 ? super->upgraded_from :
	    super->version;
	if (find(&u, from) == NULL || super->version > newest)
		return (UPGRADE_UNKNOWN);
	if (from == newest)
		return (UPGRADE_OK);

	/* What an earlier program left halfway is gone on with from there. */
	super->upgraded_from = from;
	super->version = newest;
	if (write_both(&u) == -1 || convert_all(&u) == -1)
		return (UPGRADE_IO);
	super->upgraded_from = 0;
	return (write_both(&u) == -1 ? UPGRADE_IO : UPGRADE_OK);
}
