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

#include "spool/disk.h"

/* A look at a disk that leaves no trace: what would change it isn't done. */
static const struct disk *
base_of(void *ctx)
{
	return (ctx);
}

static int
dry_open(void *ctx, const char *name, int create)
{
	const struct disk *base = base_of(ctx);

	(void)create;
	return (base->open(base->ctx, name, 0));
}

static int
dry_close(void *ctx, int handle)
{
	const struct disk *base = base_of(ctx);

	return (base->close(base->ctx, handle));
}

static ssize_t
dry_pread(void *ctx, int handle, void *buf, size_t len, off_t off)
{
	const struct disk *base = base_of(ctx);

	return (base->pread(base->ctx, handle, buf, len, off));
}

static ssize_t
dry_pwrite(void *ctx, int handle, const void *buf, size_t len, off_t off)
{
	(void)ctx, (void)handle, (void)buf, (void)off;
	return ((ssize_t)len);
}

static int
dry_allocate(void *ctx, int handle, off_t off, off_t len)
{
	(void)ctx, (void)handle, (void)off, (void)len;
	return (0);
}

static int
dry_truncate(void *ctx, int handle, off_t len)
{
	(void)ctx, (void)handle, (void)len;
	return (0);
}

static off_t
dry_size(void *ctx, int handle)
{
	const struct disk *base = base_of(ctx);

	return (base->size(base->ctx, handle));
}

static int
dry_sync(void *ctx, int handle)
{
	(void)ctx, (void)handle;
	return (0);
}

static int
dry_sync_dir(void *ctx)
{
	(void)ctx;
	return (0);
}

static int
dry_unlink(void *ctx, const char *name)
{
	(void)ctx, (void)name;
	return (0);
}

static int
dry_rename(void *ctx, const char *from, const char *to)
{
	(void)ctx, (void)from, (void)to;
	return (0);
}

static int
dry_list(void *ctx, void (*fn)(void *, const char *), void *arg)
{
	const struct disk *base = base_of(ctx);

	return (base->list(base->ctx, fn, arg));
}

void
disk_dry(struct disk *disk, struct disk *base)
{
	disk->open = dry_open;
	disk->close = dry_close;
	disk->pread = dry_pread;
	disk->pwrite = dry_pwrite;
	disk->allocate = dry_allocate;
	disk->truncate = dry_truncate;
	disk->size = dry_size;
	disk->sync = dry_sync;
	disk->sync_dir = dry_sync_dir;
	disk->unlink = dry_unlink;
	disk->rename = dry_rename;
	disk->list = dry_list;
	disk->ctx = base;
}
