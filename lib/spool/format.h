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

#ifndef SPOOL_FORMAT_H
#define SPOOL_FORMAT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "spool/checksum.h"
#include "spool/disk.h"
#include "spool/spool.h"
#include "spool/super.h"

/*
 * The formats of the spool file, from the first one on.  Superblock and slot
 * headers carry the number.  Bodies are what the mixes send to each other and
 * no format of ours; the places of magic, version, slot number and checksum in
 * a header stay as they are, as do those in the superblock (see super.h).
 *
 * A program upgrades older files when it opens them.  Newer ones it leaves
 * alone, to the octet.
 */
#define SPOOL_VERSION	1	/* what this program writes */

struct spool_format {
	uint32_t	version;
	/*
	 * Makes the header of a slot one of the next format; version and
	 * checksum are set by who calls.  NULL: there is no next one.
	 */
	void		(*step)(uint8_t header[SPOOL_HEADER_LEN]);
};

/* All that are known, in order; the last one is SPOOL_VERSION. */
extern const struct spool_format	spool_formats[];
extern const size_t			spool_nformats;

enum upgrade_error {
	UPGRADE_OK,
	UPGRADE_UNKNOWN,	/* no such format; nothing was changed */
	UPGRADE_IO		/* to be begun anew, by this program */
};

/*
 * Brings the file of a superblock to the last format of the table, durably,
 * and says so in the superblock.  It is marked first, so that an older program
 * doesn't take it for its own halfway; what a crash leaves is gone on with by
 * calling this again.
 */
enum upgrade_error
	spool_upgrade(const struct disk *, int handle, struct checksum *,
	    const struct spool_format *table, size_t n, struct super *);

#endif
