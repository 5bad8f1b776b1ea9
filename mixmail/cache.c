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

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "ipc/proto.h"

#include "cache.h"
#include "certs.h"

struct reading {
	struct bag	*bag;
	int		 error;
};

static void
take(void *arg, const uint8_t *buf, size_t len)
{
	struct reading *r = arg;

	r->error = bag_add_all(r->bag, buf, len);
}

int
cache_read(const char *path, struct bag *bag, time_t *when)
{
	struct reading r = { bag, 0 };
	struct stat st;
	const char *bad;

	if (stat(path, &st) == -1)
		return errno == ENOENT ? 1 : -1;
	*when = st.st_mtime;
	if (certs_read(path, take, &r, &bad) == -1)
		return -1;
	errno = ENOMEM;
	return r.error;
}

/* The directories above the file. */
static int
make_directories(const char *path)
{
	char dir[PROTO_PATH_MAX];
	char *p;

	if (strlcpy(dir, path, sizeof(dir)) >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (p = strchr(dir + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(dir, 0700) == -1 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

static int
write_certs(int fd, const struct bag *bag)
{
	const struct bag_copy *copy;
	size_t i, j;
	FILE *f;
	int error;

	if ((f = fdopen(fd, "w")) == NULL) {
		close(fd);
		return -1;
	}
	for (i = 0; i < bag->nkeys; i++) {
		for (j = 0; j < bag->keys[i].ncopies; j++) {
			copy = &bag->keys[i].copies[j];
			fwrite(copy->buf, 1, copy->len, f);
		}
	}
	error = fflush(f) == EOF || ferror(f) || fsync(fd) == -1;
	if (fclose(f) == EOF || error)
		return -1;
	return 0;
}

int
cache_write(const char *path, const struct bag *bag)
{
	char new[PROTO_PATH_MAX + 16];
	int fd, saved;

	if (make_directories(path) == -1)
		return -1;
	snprintf(new, sizeof(new), "%s.XXXXXXXXXX", path);
	if ((fd = mkstemp(new)) == -1)
		return -1;
	/* Nothing in it is secret: a system's cache is read by its users. */
	if (fchmod(fd, 0644) == -1)
		close(fd);
	else if (write_certs(fd, bag) == 0 && rename(new, path) == 0)
		return 0;
	saved = errno;
	unlink(new);
	errno = saved;
	return -1;
}
