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

#ifndef SPOOL_CHECK_H
#define SPOOL_CHECK_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "spool/disk.h"
#include "spool/spool.h"

/*
 * A look at a spool that no daemon uses: what recovery would find and do, and
 * besides whether each body is what was written.
 */
struct spool_check {
	uint32_t		format;
	uint32_t		slots;
	uint32_t		classes[SPOOL_POSTMASTER + 1];
	unsigned int		superblocks;	/* good ones, of two */
	uint64_t		excess;		/* octets after the slots */
	struct spool_recovery	found;
};

/*
 * Without repair nothing is changed.  With it all is done that recovery does,
 * and the slots that recovery keeps aside are overwritten and free again:
 * headers or bodies that can't be read, and the rest of a set that misses some.
 * What is intact stays.  What another format wrote stays as well.
 *
 * lost is told of each slot to destroy whose header is intact, before that is
 * overwritten: its digest is to be recorded, durably, or -1 returned; then the
 * slot stays.
 *
 * 0, or -1 with a message in errbuf.
 */
int	spool_check(struct disk *, int repair,
	    int (*lost)(void *, const struct spool_slot *), void *arg,
	    struct spool_check *, char *errbuf, size_t errlen);

/* What of it repair is for: intact messages aside, there is none left after. */
int	spool_check_clean(const struct spool_check *);

#endif
