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
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "spool/disk.h"

static int
dir_of(void *ctx)
{
	return ((int)(intptr_t)ctx);
}

static int
posix_open(void *ctx, const char *name, int create)
{
	int fd, flags, saved;

	flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
	fd = openat(dir_of(ctx), name, flags, 0600);
	/* Who only wants to look may; the first write will tell. */
	if (fd == -1 && errno == EROFS && !create)
		fd = openat(dir_of(ctx), name, (flags & ~O_RDWR) | O_RDONLY);
	if (fd == -1)
		return (-1);

	/* Only clean pages can be dropped, so the sync comes first. */
	if (fdatasync(fd) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
#ifdef POSIX_FADV_DONTNEED
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
#endif
	return (fd);
}

static int
posix_close(void *ctx, int fd)
{
	(void)ctx;
	return (close(fd));
}

static ssize_t
posix_pread(void *ctx, int fd, void *buf, size_t len, off_t off)
{
	uint8_t *p = buf;
	size_t done = 0;
	ssize_t n;

	(void)ctx;
	while (done < len) {
		n = pread(fd, p + done, len - done, off + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return ((ssize_t)done);
}

static ssize_t
posix_pwrite(void *ctx, int fd, const void *buf, size_t len, off_t off)
{
	const uint8_t *p = buf;
	size_t done = 0;
	ssize_t n;

	(void)ctx;
	while (done < len) {
		n = pwrite(fd, p + done, len - done, off + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		if (n == 0) {
			errno = EIO;
			return (-1);
		}
		done += (size_t)n;
	}
	return ((ssize_t)done);
}

/*
 * Zeros rather than posix_fallocate(3): blocks that were never written cost a
 * journal commit at their first sync, and OpenBSD doesn't have it.
 */
static int
posix_allocate(void *ctx, int fd, off_t off, off_t len)
{
	static const uint8_t zeros[64 * 1024];
	size_t n;

	while (len > 0) {
		n = len < (off_t)sizeof(zeros) ? (size_t)len : sizeof(zeros);
		if (posix_pwrite(ctx, fd, zeros, n, off) == -1)
			return (-1);
		off += (off_t)n;
		len -= (off_t)n;
	}
	return (0);
}

static int
posix_truncate(void *ctx, int fd, off_t len)
{
	(void)ctx;
	return (ftruncate(fd, len));
}

static off_t
posix_size(void *ctx, int fd)
{
	struct stat st;

	(void)ctx;
	if (fstat(fd, &st) == -1)
		return (-1);
	return (st.st_size);
}

static int
posix_sync(void *ctx, int fd)
{
	(void)ctx;
	return (fdatasync(fd));
}

static int
posix_sync_dir(void *ctx)
{
	return (fsync(dir_of(ctx)));
}

static int
posix_unlink(void *ctx, const char *name)
{
	return (unlinkat(dir_of(ctx), name, 0));
}

static int
posix_rename(void *ctx, const char *from, const char *to)
{
	return (renameat(dir_of(ctx), from, dir_of(ctx), to));
}

static int
posix_list(void *ctx, void (*fn)(void *, const char *), void *arg)
{
	struct dirent *entry;
	DIR *dir;
	int fd, saved;

	/* A descriptor of its own: closedir(3) closes what it was given. */
	if ((fd = openat(dir_of(ctx), ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		return (-1);
	if ((dir = fdopendir(fd)) == NULL) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	for (;;) {
		errno = 0;
		if ((entry = readdir(dir)) == NULL)
			break;
		if (entry->d_name[0] != '.')
			fn(arg, entry->d_name);
	}
	saved = errno;
	closedir(dir);
	errno = saved;
	return (saved == 0 ? 0 : -1);
}

void
disk_posix(struct disk *disk, int dirfd)
{
	disk->open = posix_open;
	disk->close = posix_close;
	disk->pread = posix_pread;
	disk->pwrite = posix_pwrite;
	disk->allocate = posix_allocate;
	disk->truncate = posix_truncate;
	disk->size = posix_size;
	disk->sync = posix_sync;
	disk->sync_dir = posix_sync_dir;
	disk->unlink = posix_unlink;
	disk->rename = posix_rename;
	disk->list = posix_list;
	disk->ctx = (void *)(intptr_t)dirfd;
}
