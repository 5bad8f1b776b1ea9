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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs.h"

#define FILE_SIZE_MAX	(64 * 1024 * 1024)

/* Reads a regular file.  NULL with errno; 0 there: it isn't one. */
static uint8_t *
read_file(const char *path, size_t *len)
{
	struct stat st;
	uint8_t *buf = NULL;
	ssize_t n = 1;
	int fd;

	if ((fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
		return NULL;
	if (fstat(fd, &st) == -1)
		goto done;
	errno = S_ISREG(st.st_mode) ? EFBIG : 0;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_SIZE_MAX)
		goto done;
	if ((buf = malloc((size_t)st.st_size + 1)) == NULL)
		goto done;
	for (*len = 0; n > 0 && *len < (size_t)st.st_size; *len += (size_t)n) {
		n = read(fd, buf + *len, (size_t)st.st_size - *len);
		if (n == -1) {
			free(buf);
			buf = NULL;
			break;
		}
	}
done:
	close(fd);
	return buf;
}

static int
take_file(const char *path, certs_take *take, void *arg)
{
	uint8_t *buf;
	size_t len;

	if ((buf = read_file(path, &len)) == NULL)
		return errno == 0 ? 0 : -1;
	take(arg, buf, len);
	free(buf);
	return 0;
}

int
certs_read(const char *name, certs_take *take, void *arg, const char **bad)
{
	static char path[2048];
	struct dirent *entry;
	DIR *d;
	int error = 0, saved;

	snprintf(path, sizeof(path), "%s", name);
	*bad = path;
	if ((d = opendir(name)) == NULL)
		return errno == ENOTDIR ? take_file(name, take, arg) : -1;
	while (error == 0 && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", name, entry->d_name)
		    >= (int)sizeof(path)) {
			errno = ENAMETOOLONG;
			error = -1;
		} else
			error = take_file(path, take, arg);
	}
	saved = errno;
	closedir(d);
	errno = saved;
	return error;
}
