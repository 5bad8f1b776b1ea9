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
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "maildir.h"

#define DIR_MODE	0770	/* the directory's group may be the user's */
#define FILE_MODE	0660

static int
user_char(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '.' || c == '_' || c == '-');
}

int
maildir_user(const char *local, size_t len, char user[MAILDIR_USER_MAX])
{
	size_t i;
	char c;

	for (i = 0; i < len && local[i] != '+'; i++) {
		c = local[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!user_char(c) || i == MAILDIR_USER_MAX - 1)
			return (-1);
		user[i] = c;
	}
	user[i] = '\0';

	return (i == 0 || user[0] == '.' ? -1 : 0);
}

/* The template up to the end of the last component with %u. */
static size_t
user_part(const char *template)
{
	const char *p, *last = NULL;

	for (p = strstr(template, "%u"); p != NULL; p = strstr(p + 1, "%u"))
		last = p;
	if (last == NULL) {
		last = strrchr(template, '/');
		return (last == NULL ? 0 : (size_t)(last - template));
	}

	return ((size_t)(last - template) + strcspn(last, "/"));
}

int
maildir_path(const char *template, const char *user, char *path, size_t size,
    size_t *must)
{
	size_t part = user_part(template), user_len = strlen(user);
	size_t i, n = 0, add;

	*must = 0;
	for (i = 0; template[i] != '\0'; i += add) {
		if (i == part)
			*must = n;
		add = strncmp(template + i, "%u", 2) == 0 ? 2 : 1;
		if (n + (add == 2 ? user_len : 1) >= size)
			return (-1);
		if (add == 2) {
			memcpy(path + n, user, user_len);
			n += user_len;
		} else
			path[n++] = template[i];
	}
	path[n] = '\0';
	if (i == part)
		*must = n;

	return (0);
}

/* Makes the directories of path after its first must octets. */
static int
make_below(const char *path, size_t must)
{
	char part[PATH_MAX];
	size_t len = strlen(path), i;

	if (strlcpy(part, path, sizeof(part)) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	for (i = must + 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, DIR_MODE) == -1 && errno != EEXIST)
			return (-1);
		part[i] = path[i];
	}

	return (0);
}

static int
make_maildir(const char *path, size_t must)
{
	static const char *const subs[] = { "/tmp", "/new", "/cur" };
	char sub[PATH_MAX];
	size_t i;

	if (make_below(path, must) == -1)
		return (-1);
	for (i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		if (strlcpy(sub, path, sizeof(sub)) >= sizeof(sub) ||
		    strlcat(sub, subs[i], sizeof(sub)) >= sizeof(sub)) {
			errno = ENAMETOOLONG;
			return (-1);
		}
		if (mkdir(sub, DIR_MODE) == -1 && errno != EEXIST)
			return (-1);
	}

	return (0);
}

static enum maildir_error
check_must(const char *path, size_t must)
{
	char part[PATH_MAX];
	struct stat st;

	if (must >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return (MAILDIR_LATER);
	}
	memcpy(part, path, must);
	part[must] = '\0';
	if (stat(must == 0 ? "/" : part, &st) == -1)
		return (errno == ENOENT || errno == ENOTDIR ?
		    MAILDIR_MISSING : MAILDIR_LATER);

	return (S_ISDIR(st.st_mode) ? MAILDIR_OK : MAILDIR_MISSING);
}

static void
token_name(const uint8_t token[MAILDIR_TOKEN_LEN], char name[MAILDIR_NAME_MAX])
{
	size_t i;

	for (i = 0; i < MAILDIR_TOKEN_LEN; i++)
		snprintf(name + 2 * i, 3, "%02x", token[i]);
	strlcat(name, ".smtpd-mix", MAILDIR_NAME_MAX);
}

/* The name in one of the subdirectories. */
static void
name_in(const struct maildir *m, const char *sub,
    char path[MAILDIR_NAME_MAX + 4])
{
	snprintf(path, MAILDIR_NAME_MAX + 4, "%.3s/%s", sub, m->name);
}

static int
open_tmp(struct maildir *m)
{
	char tmp[MAILDIR_NAME_MAX + 4];

	name_in(m, "tmp", tmp);
	/* Left behind by a try that a crash ended. */
	if (unlinkat(m->dirfd, tmp, 0) == -1 && errno != ENOENT)
		return (-1);
	m->fd = openat(m->dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

	return (m->fd == -1 ? -1 : 0);
}

static void
maildir_close(struct maildir *m)
{
	int e = errno;

	if (m->fd != -1)
		close(m->fd);
	if (m->dirfd != -1)
		close(m->dirfd);
	m->fd = m->dirfd = -1;
	errno = e;
}

enum maildir_error
maildir_begin(struct maildir *m, const char *path, size_t must,
    const uint8_t token[MAILDIR_TOKEN_LEN])
{
	enum maildir_error error;

	m->fd = m->dirfd = -1;
	token_name(token, m->name);
	if ((error = check_must(path, must)) != MAILDIR_OK)
		return (error);
	if (make_maildir(path, must) == -1)
		return (MAILDIR_LATER);
	m->dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m->dirfd == -1 || open_tmp(m) == -1) {
		maildir_close(m);
		return (MAILDIR_LATER);
	}

	return (MAILDIR_OK);
}

int
maildir_write(struct maildir *m, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len > 0) {
		if ((n = write(m->fd, p, len)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		p += n;
		len -= (size_t)n;
	}

	return (0);
}

static int
sync_new(const struct maildir *m)
{
	int fd, rc, e;

	fd = openat(m->dirfd, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	rc = fsync(fd);
	e = errno;
	close(fd);
	errno = e;

	return (rc);
}

/* Whether an entry of cur/ is this mail, with whatever a reader has added. */
static int
is_ours(const struct maildir *m, const char *entry)
{
	size_t len = strlen(m->name);

	return (strncmp(entry, m->name, len) == 0 && (entry[len] == '\0' ||
	    entry[len] == ':' || entry[len] == ','));
}

/* Whether a reader has taken over what an earlier try delivered. */
static int
is_read(const struct maildir *m)
{
	struct dirent *de;
	unsigned int n = 0;
	int fd, found = 0;
	DIR *dir;

	fd = openat(m->dirfd, "cur", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (0);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return (0);
	}
	while (!found && n++ < MAILDIR_LOOK_MAX && (de = readdir(dir)) != NULL)
		found = is_ours(m, de->d_name);
	closedir(dir);

	return (found);
}

int
maildir_commit(struct maildir *m)
{
	char tmp[MAILDIR_NAME_MAX + 4], new[MAILDIR_NAME_MAX + 4];
	int e;

	if (is_read(m)) {
		maildir_abort(m);
		return (0);
	}
	name_in(m, "tmp", tmp);
	name_in(m, "new", new);
	if (fsync(m->fd) == -1 ||
	    renameat(m->dirfd, tmp, m->dirfd, new) == -1) {
		e = errno;
		maildir_abort(m);
		errno = e;
		return (-1);
	}
	/* If that fails it is delivered again, under the same name. */
	if (sync_new(m) == -1) {
		maildir_close(m);
		return (-1);
	}
	maildir_close(m);

	return (0);
}

void
maildir_abort(struct maildir *m)
{
	char tmp[MAILDIR_NAME_MAX + 4];

	if (m->dirfd == -1)
		return;
	name_in(m, "tmp", tmp);
	(void)unlinkat(m->dirfd, tmp, 0);
	maildir_close(m);
}
