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
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "keyfile.h"

#define TEMPORARY	".new"

static int
close_failed(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;

	return (-1);
}

static int
sync_directory(void)
{
	int fd;

	if ((fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	if (fsync(fd) == -1)
		return (close_failed(fd));

	return (close(fd));
}

static int
write_all(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, buf, len)) == -1)
			return (-1);
		buf += n;
		len -= (size_t)n;
	}

	return (0);
}

int
keyfile_read(const char *name, uint8_t *buf, size_t max, size_t *len)
{
	ssize_t n;
	uint8_t more;
	int fd;

	*len = 0;
	if ((fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return (-1);
	while (*len < max) {
		if ((n = read(fd, buf + *len, max - *len)) == -1)
			return (close_failed(fd));
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	if (*len == max && read(fd, &more, 1) == 1) {
		errno = EFBIG;
		return (close_failed(fd));
	}

	return (close(fd));
}

/* What was not to be is a secret all the same. */
static int
give_up(void)
{
	int saved = errno;

	if (keyfile_destroy(TEMPORARY) == -1)
		(void)unlink(TEMPORARY);
	errno = saved;

	return (-1);
}

int
keyfile_write(const char *name, const uint8_t *buf, size_t len)
{
	struct stat st;
	int fd;

	/* A crash may have left one. */
	if (lstat(TEMPORARY, &st) == 0)
		(void)give_up();
	fd = open(TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	if (write_all(fd, buf, len) == -1 || fsync(fd) == -1) {
		(void)close_failed(fd);
		return (give_up());
	}
	if (close(fd) == -1 || rename(TEMPORARY, name) == -1)
		return (give_up());

	return (sync_directory());
}

int
keyfile_destroy(const char *name)
{
	uint8_t zero[512];
	struct stat st;
	off_t pos;
	int fd;

	memset(zero, 0, sizeof(zero));
	if ((fd = open(name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return (-1);
	if (fstat(fd, &st) == -1)
		return (close_failed(fd));
	for (pos = 0; pos < st.st_size; pos += (off_t)sizeof(zero))
		if (write_all(fd, zero, sizeof(zero)) == -1)
			return (close_failed(fd));
	if (fsync(fd) == -1)
		return (close_failed(fd));
	close(fd);
	if (unlink(name) == -1)
		return (-1);

	return (sync_directory());
}

int
keyfile_rename(const char *from, const char *to)
{
	if (rename(from, to) == -1)
		return (-1);

	return (sync_directory());
}

int
keyfile_list(const char *prefix, void (*fn)(const char *name))
{
	struct dirent *de;
	DIR *dir;
	int error;

	if ((dir = opendir(".")) == NULL)
		return (-1);
	for (errno = 0; (de = readdir(dir)) != NULL; errno = 0)
		if (strncmp(de->d_name, prefix, strlen(prefix)) == 0)
			fn(de->d_name);
	error = errno;
	closedir(dir);
	errno = error;

	return (error == 0 ? 0 : -1);
}
