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
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "outbox.h"

/* Names of what is being written, and of what is complete. */
#define UNFINISHED	"new."
#define COMPLETE	"batch."
#define LOCK		"lock"
#define UNFINISHED_AGE	86400	/* seconds */
#define LINE_MAX_FROM	(MAIL_ADDRESS_MAX + 2)

static int
is(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

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
	return mkdir(dir, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

int
outbox_open(struct outbox *o, const char *path)
{
	o->fd = o->lock = -1;
	if (make_directories(path) == -1)
		return -1;
	o->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return o->fd == -1 ? -1 : 0;
}

void
outbox_close(struct outbox *o)
{
	if (o->lock != -1)
		close(o->lock);
	close(o->fd);
	o->fd = o->lock = -1;
}

int
outbox_lock(struct outbox *o, int wait)
{
	int fd;

	fd = openat(o->fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) == -1) {
		close(fd);
		return -1;
	}
	o->lock = fd;
	return 0;
}

int
outbox_begin(struct outbox *o, struct outbox_batch *b)
{
	struct timespec ts;
	int tries;

	b->n = 0;
	for (tries = 0; tries < 100; tries++) {
		if (clock_gettime(CLOCK_REALTIME, &ts) == -1)
			return -1;
		(void)snprintf(b->name, sizeof(b->name), "%s%lld.%09ld.%ld",
		    UNFINISHED, (long long)ts.tv_sec, ts.tv_nsec,
		    (long)getpid());
		if (mkdirat(o->fd, b->name, 0700) == 0) {
			b->fd = openat(o->fd, b->name,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			return b->fd == -1 ? -1 : 0;
		}
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static int
write_all(int fd, const char *buf, size_t len)
{
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, buf, len)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The first lines are the mix that gets it, and the sender. */
int
outbox_add(struct outbox_batch *b, time_t due, const char *from,
    const struct sealed *sealed)
{
	char name[OUTBOX_NAME_MAX], lines[MIX_ADDRESS_MAX + LINE_MAX_FROM];
	int fd, error, len;

	(void)snprintf(name, sizeof(name), "%lld.%zu", (long long)due, b->n);
	fd = openat(b->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	len = snprintf(lines, sizeof(lines), "%s\n%s\n", sealed->first, from);
	error = write_all(fd, lines, (size_t)len) == -1 ||
	    write_all(fd, sealed->text, sealed->len) == -1 || fsync(fd) == -1;
	if (close(fd) == -1 || error)
		return -1;
	b->n++;
	return 0;
}

int
outbox_commit(struct outbox *o, struct outbox_batch *b)
{
	char name[OUTBOX_NAME_MAX];

	(void)snprintf(name, sizeof(name), "%s%s", COMPLETE,
	    b->name + strlen(UNFINISHED));
	if (fsync(b->fd) == -1 ||
	    renameat(o->fd, b->name, o->fd, name) == -1)
		return -1;
	/* If it isn't durable, what is taken back is this one. */
	strlcpy(b->name, name, sizeof(b->name));
	return fsync(o->fd);
}

static DIR *
open_directory(const struct outbox *o, const char *name)
{
	DIR *dir;
	int fd;

	fd = openat(o->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	if ((dir = fdopendir(fd)) == NULL)
		close(fd);
	return dir;
}

static void
remove_batch(const struct outbox *o, const char *name)
{
	struct dirent *entry;
	DIR *dir;

	if ((dir = open_directory(o, name)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	(void)unlinkat(o->fd, name, AT_REMOVEDIR);
}

void
outbox_end(struct outbox_batch *b)
{
	close(b->fd);
	b->fd = -1;
}

void
outbox_abort(struct outbox *o, struct outbox_batch *b)
{
	outbox_end(b);
	remove_batch(o, b->name);
}

static void
sweep(const struct outbox *o, const char *name, time_t now)
{
	struct stat st;

	if (fstatat(o->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    now - st.st_mtime > UNFINISHED_AGE)
		remove_batch(o, name);
}

/* The messages of a batch; item is the first of all until now. */
static int
look_into(const struct outbox *o, const char *batch, struct outbox_item *item,
    size_t *n)
{
	struct dirent *entry;
	char *end;
	DIR *dir;
	time_t due;

	if ((dir = open_directory(o, batch)) == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		due = (time_t)strtoll(entry->d_name, &end, 10);
		if (end == entry->d_name || *end != '.' ||
		    strlen(entry->d_name) >= sizeof(item->name))
			continue;
		if ((*n)++ > 0 && due >= item->due)
			continue;
		item->due = due;
		strlcpy(item->batch, batch, sizeof(item->batch));
		strlcpy(item->name, entry->d_name, sizeof(item->name));
	}
	closedir(dir);
	return 0;
}

int
outbox_first(struct outbox *o, time_t now, struct outbox_item *item, size_t *n)
{
	struct dirent *entry;
	int error = 0;
	DIR *dir;

	*n = 0;
	if ((dir = open_directory(o, ".")) == NULL)
		return -1;
	while (error == 0 && (entry = readdir(dir)) != NULL) {
		if (strlen(entry->d_name) >= sizeof(item->batch))
			continue;
		if (is(entry->d_name, UNFINISHED))
			sweep(o, entry->d_name, now);
		else if (is(entry->d_name, COMPLETE))
			error = look_into(o, entry->d_name, item, n);
	}
	closedir(dir);
	return error == -1 ? -1 : *n > 0;
}

static int
open_item(const struct outbox *o, const struct outbox_item *item)
{
	char path[2 * OUTBOX_NAME_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", item->batch, item->name);
	return openat(o->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* A line without its end. */
static int
read_line(FILE *f, char *to, size_t size)
{
	char line[MAIL_ADDRESS_MAX + MIX_ADDRESS_MAX];

	if (fgets(line, sizeof(line), f) == NULL)
		return -1;
	line[strcspn(line, "\n")] = '\0';
	return strlcpy(to, line, size) < size ? 0 : -1;
}

int
outbox_read(struct outbox *o, const struct outbox_item *item,
    char from[MAIL_ADDRESS_MAX], struct sealed *sealed)
{
	FILE *f;
	int fd, error;

	if ((fd = open_item(o, item)) == -1)
		return -1;
	if ((f = fdopen(fd, "r")) == NULL) {
		close(fd);
		return -1;
	}
	error = read_line(f, sealed->first, sizeof(sealed->first)) == -1 ||
	    read_line(f, from, MAIL_ADDRESS_MAX) == -1;
	if (!error) {
		sealed->len = fread(sealed->text, 1, sizeof(sealed->text), f);
		error = ferror(f) || sealed->len == 0;
	}
	fclose(f);
	if (error) {
		errno = EIO;
		return -1;
	}
	return 0;
}

/* The directory goes with its last one. */
int
outbox_remove(struct outbox *o, const struct outbox_item *item)
{
	char path[2 * OUTBOX_NAME_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", item->batch, item->name);
	if (unlinkat(o->fd, path, 0) == -1)
		return -1;
	(void)unlinkat(o->fd, item->batch, AT_REMOVEDIR);
	return 0;
}
