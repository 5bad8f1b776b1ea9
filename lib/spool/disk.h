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

#ifndef SPOOL_DISK_H
#define SPOOL_DISK_H

#include <sys/types.h>

#include <stddef.h>

/*
 * The few operations that the spool and the replay logs need of a disk, as a
 * table, so that a simulated disk can drop, reorder and tear unsynced
 * writes in tests.  All names are relative to one directory.  Functions
 * return -1 and set errno on error; short reads happen at the end of a file
 * only, short writes never.
 *
 * open() makes durable what an earlier process left in the system's cache, and
 * drops the cache: what is read afterwards is what a power failure would
 * leave.  Without that, recovery after a killed process could trust octets
 * that a failed sync has long given up.
 *
 * allocate() writes zeros, so that later writes there need no room and no
 * metadata.  On failure the file may have grown in part.
 */
struct disk {
	/* Returns a handle. */
	int	(*open)(void *ctx, const char *name, int create);
	int	(*close)(void *ctx, int handle);
	ssize_t	(*pread)(void *ctx, int handle, void *, size_t, off_t);
	ssize_t	(*pwrite)(void *ctx, int handle, const void *, size_t, off_t);
	int	(*allocate)(void *ctx, int handle, off_t, off_t len);
	int	(*truncate)(void *ctx, int handle, off_t);
	off_t	(*size)(void *ctx, int handle);
	int	(*sync)(void *ctx, int handle);		/* fdatasync(2) */
	int	(*sync_dir)(void *ctx);
	int	(*unlink)(void *ctx, const char *name);
	int	(*rename)(void *ctx, const char *from, const char *to);
	/* Calls fn for each name in the directory, dot files left out. */
	int	(*list)(void *ctx, void (*fn)(void *, const char *), void *);
	void	*ctx;
};

/* A disk below the directory that dirfd is open on; the caller keeps dirfd. */
void	disk_posix(struct disk *, int dirfd);

/*
 * The same, but only to look at: files aren't made, and what would change the
 * disk says that it was done and does nothing.  base has to live as long.
 */
void	disk_dry(struct disk *, struct disk *base);

#endif
