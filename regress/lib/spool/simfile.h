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

#ifndef SIMFILE_H
#define SIMFILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixing/rng.h"

/* One file of a simulated disk: what is in the cache, what is on the medium. */
#define SIMFILE_SECTOR	512

struct content;
struct pending;

struct simfile {
	struct content	**now;		/* what reads see */
	struct content	**durable;
	size_t		 nsectors;	/* room of both */
	off_t		 size;
	off_t		 durable_size;
	off_t		*sizes;		/* since the last sync, in order */
	size_t		 nsizes;
	struct pending	*pending;
	size_t		 npending;
	size_t		 pending_room;
	unsigned long	 writes;
};

void	simfile_write(struct simfile *, const uint8_t *, size_t, off_t);

/* Within the file's size. */
void	simfile_read(const struct simfile *, uint8_t *, size_t, off_t);

/* Writes zeros to whole sectors, and makes the file that long at least. */
void	simfile_allocate(struct simfile *, off_t, off_t len);
void	simfile_truncate(struct simfile *, off_t size);

/*
 * Makes pending writes durable: all of one write, none, or some sectors, with
 * percent as the chance.  100: everything.
 */
void	simfile_settle(struct simfile *, const struct rng *, uint32_t percent);

/* The cache is dropped: reads see what is durable. */
void	simfile_show_durable(struct simfile *);

void	simfile_clear(struct simfile *);

#endif
