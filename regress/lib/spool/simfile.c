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

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "lib/spool/simfile.h"

/* What a sector holds; shared.  NULL stands for zeros. */
struct content {
	unsigned int	refs;
	uint8_t		data[SIMFILE_SECTOR];
};

/* A write to one sector that no sync has seen yet. */
struct pending {
	size_t		 sector;
	struct content	*content;
	unsigned long	 write;		/* of the same pwrite */
};

static void *
must(void *p)
{
	if (p == NULL)
		err(1, "simdisk");
	return (p);
}

static struct content *
hold(struct content *c)
{
	if (c != NULL)
		c->refs++;
	return (c);
}

static void
drop(struct content *c)
{
	if (c != NULL && --c->refs == 0)
		free(c);
}

static void
assign(struct content **place, struct content *c)
{
	hold(c);
	drop(*place);
	*place = c;
}

static void
make_room(struct simfile *f, off_t size)
{
	size_t n = ((size_t)size + SIMFILE_SECTOR - 1) / SIMFILE_SECTOR, i;

	if (n <= f->nsectors)
		return;
	f->now = must(reallocarray(f->now, n, sizeof(*f->now)));
	f->durable = must(reallocarray(f->durable, n, sizeof(*f->durable)));
	for (i = f->nsectors; i < n; i++)
		f->now[i] = f->durable[i] = NULL;
	f->nsectors = n;
}

static void
set_size(struct simfile *f, off_t size)
{
	if (size == f->size)
		return;
	f->sizes = must(reallocarray(f->sizes, f->nsizes + 1,
	    sizeof(*f->sizes)));
	f->sizes[f->nsizes++] = size;
	f->size = size;
}

static void
write_sector(struct simfile *f, size_t at,
    struct content *c)
{
	struct pending *p;

	/* Zeros over zeros: nothing can be told from it. */
	if (c == NULL && f->now[at] == NULL)
		return;
	if (f->npending == f->pending_room) {
		f->pending_room = f->pending_room == 0 ? 64 :
		    2 * f->pending_room;
		f->pending = must(reallocarray(f->pending, f->pending_room,
		    sizeof(*f->pending)));
	}
	p = &f->pending[f->npending++];
	p->sector = at;
	p->content = hold(c);
	p->write = f->writes;
	assign(&f->now[at], c);
}

static int
all_zero(const uint8_t *p)
{
	static const uint8_t zeros[SIMFILE_SECTOR];

	return (memcmp(p, zeros, SIMFILE_SECTOR) == 0);
}

/* Writes a part of one sector. */
static void
write_part(struct simfile *f, size_t at, size_t from,
    const uint8_t *data, size_t len)
{
	struct content *c;

	c = must(malloc(sizeof(*c)));
	c->refs = 1;
	if (f->now[at] != NULL)
		memcpy(c->data, f->now[at]->data, SIMFILE_SECTOR);
	else
		memset(c->data, 0, SIMFILE_SECTOR);
	memcpy(c->data + from, data, len);
	write_sector(f, at, all_zero(c->data) ? NULL : c);
	drop(c);
}

void
simfile_write(struct simfile *f, const uint8_t *data,
    size_t len, off_t off)
{
	size_t from, n;

	f->writes++;
	make_room(f, off + (off_t)len);
	while (len > 0) {
		from = (size_t)(off % SIMFILE_SECTOR);
		n = SIMFILE_SECTOR - from < len ? SIMFILE_SECTOR - from : len;
		write_part(f, (size_t)(off / SIMFILE_SECTOR), from, data, n);
		data += n;
		len -= n;
		off += (off_t)n;
	}
	if (off > f->size)
		set_size(f, off);
}

void
simfile_read(const struct simfile *f, uint8_t *data, size_t len, off_t off)
{
	size_t at, from, n;

	while (len > 0) {
		at = (size_t)(off / SIMFILE_SECTOR);
		from = (size_t)(off % SIMFILE_SECTOR);
		n = SIMFILE_SECTOR - from < len ? SIMFILE_SECTOR - from : len;
		if (f->now[at] == NULL)
			memset(data, 0, n);
		else
			memcpy(data, f->now[at]->data + from, n);
		data += n;
		len -= n;
		off += (off_t)n;
	}
}

void
simfile_allocate(struct simfile *f, off_t off, off_t len)
{
	off_t at;

	make_room(f, off + len);
	f->writes++;
	for (at = off / SIMFILE_SECTOR; at < (off + len) / SIMFILE_SECTOR; at++)
		write_sector(f, (size_t)at, NULL);
	if (off + len > f->size)
		set_size(f, off + len);
}

void
simfile_truncate(struct simfile *f, off_t size)
{
	static const uint8_t zeros[SIMFILE_SECTOR];
	size_t from = (size_t)(size % SIMFILE_SECTOR), at;

	make_room(f, size);
	f->writes++;
	if (from != 0)
		write_part(f, (size_t)(size / SIMFILE_SECTOR), from, zeros,
		    SIMFILE_SECTOR - from);
	at = ((size_t)size + SIMFILE_SECTOR - 1) / SIMFILE_SECTOR;
	for (; at < f->nsectors; at++)
		write_sector(f, at, NULL);
	set_size(f, size);
}

static int
chance(const struct rng *rng, uint32_t percent)
{
	return (rng_uniform(rng, 100) < percent);
}

static void
forget_pending(struct simfile *f)
{
	size_t i;

	for (i = 0; i < f->npending; i++)
		drop(f->pending[i].content);
	f->npending = 0;
	f->nsizes = 0;
}

void
simfile_settle(struct simfile *f, const struct rng *rng, uint32_t percent)
{
	unsigned long write = 0;
	enum { KEEP, DROP, TEAR } fate = KEEP;
	size_t i, n;

	for (i = 0; i < f->npending; i++) {
		if (f->pending[i].write != write) {
			write = f->pending[i].write;
			fate = chance(rng, percent) ? KEEP : DROP;
			if (percent < 100 && chance(rng, 30))
				fate = TEAR;
		}
		if (fate == KEEP || (fate == TEAR && chance(rng, 50)))
			assign(&f->durable[f->pending[i].sector],
			    f->pending[i].content);
	}
	n = f->nsizes;
	if (percent < 100)
		n = rng_uniform(rng, (uint32_t)n + 1);
	if (n > 0)
		f->durable_size = f->sizes[n - 1];
	forget_pending(f);
}

/* Beyond the end of a file there is nothing, also when it grows again. */
void
simfile_show_durable(struct simfile *f)
{
	size_t i, end;

	f->size = f->durable_size;
	end = ((size_t)f->size + SIMFILE_SECTOR - 1) / SIMFILE_SECTOR;
	for (i = 0; i < f->nsectors; i++) {
		if (i >= end)
			assign(&f->durable[i], NULL);
		assign(&f->now[i], f->durable[i]);
	}
}

void
simfile_clear(struct simfile *f)
{
	size_t i;

	forget_pending(f);
	for (i = 0; i < f->nsectors; i++) {
		drop(f->now[i]);
		drop(f->durable[i]);
	}
	free(f->now);
	free(f->durable);
	free(f->sizes);
	free(f->pending);
}
