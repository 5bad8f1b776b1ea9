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

#include "maildir_root.h"
#include "places.h"

static int
say(char *errbuf, size_t errlen, const char *dir, const char *what)
{
	(void)snprintf(errbuf, errlen, "%s: %s", dir, what);

	return (-1);
}

/* Makes the directories above dir that are missing; errors show later. */
static void
make_parents(const char *dir)
{
	char path[PROTO_PATH_MAX];
	char *p;

	strlcpy(path, dir, sizeof(path));
	for (p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		(void)mkdir(path, 0755);
		*p = '/';
	}
}

/* Not by name: whoever may rename it would choose what changes hands. */
static int
give(const char *dir, uid_t uid, gid_t gid)
{
	int fd, error;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	error = fchown(fd, uid, gid);
	close(fd);

	return (error);
}

/* A directory for one role alone. */
static int
private_dir(const char *dir, const struct conf_user *user, int privileged,
    char *errbuf, size_t errlen)
{
	uid_t uid = privileged ? user->uid : geteuid();
	gid_t gid = privileged ? user->gid : getegid();
	struct stat st;

	make_parents(dir);
	if (mkdir(dir, 0700) == 0) {
		if (privileged && give(dir, uid, gid) == -1)
			return (say(errbuf, errlen, dir, strerror(errno)));
		return (0);
	}
	if (errno != EEXIST)
		return (say(errbuf, errlen, dir, strerror(errno)));
	if (lstat(dir, &st) == -1)
		return (say(errbuf, errlen, dir, strerror(errno)));
	if (!S_ISDIR(st.st_mode))
		return (say(errbuf, errlen, dir, "not a directory"));
	if (st.st_uid != uid) {
		(void)snprintf(errbuf, errlen, "%s: belongs to another user: "
		    "chown -R %u:%u %s", dir, (unsigned int)uid,
		    (unsigned int)gid, dir);
		return (-1);
	}
	if ((st.st_mode & 077) != 0) {
		(void)snprintf(errbuf, errlen, "%s: open to others: "
		    "chmod 700 %s", dir, dir);
		return (-1);
	}

	return (0);
}

static int
is_empty(const char *name)
{
	struct dirent *de;
	DIR *dir;
	int empty = 1;

	if ((dir = opendir(name)) == NULL)
		return (0);
	while (empty && (de = readdir(dir)) != NULL)
		empty = strcmp(de->d_name, ".") == 0 ||
		    strcmp(de->d_name, "..") == 0;
	closedir(dir);

	return (empty);
}

/* The root of those that touch no file: nobody but root may write there. */
static int
empty_dir(const char *dir, char *errbuf, size_t errlen)
{
	struct stat st;

	make_parents(dir);
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		return (say(errbuf, errlen, dir, strerror(errno)));
	if (lstat(dir, &st) == -1)
		return (say(errbuf, errlen, dir, strerror(errno)));
	if (!S_ISDIR(st.st_mode))
		return (say(errbuf, errlen, dir, "not a directory"));
	if (st.st_uid != 0 || (st.st_mode & 022) != 0) {
		(void)snprintf(errbuf, errlen, "%s: must belong to root and "
		    "be writable by nobody else: chown root %s; chmod 755 %s",
		    dir, dir, dir);
		return (-1);
	}
	if (!is_empty(dir))
		return (say(errbuf, errlen, dir, "not empty: it is the root "
		    "of roles that may see no file; choose another chroot"));

	return (0);
}

/* The one above all Maildirs has to be there: whose it is, we can't know. */
static int
maildirs(const struct conf *conf, char *errbuf, size_t errlen)
{
	struct proto_boot boot;
	struct stat st;

	memset(&boot, 0, sizeof(boot));
	maildir_root(conf, &boot);
	if (boot.nrw == 0)
		return (0);
	if (strcmp(boot.chroot_dir, "/") == 0)
		return (say(errbuf, errlen, "maildir", "no directory holds "
		    "all of them but /, which is too much for deliver: put "
		    "them below one"));
	if (stat(boot.chroot_dir, &st) == 0 && S_ISDIR(st.st_mode))
		return (0);
	(void)snprintf(errbuf, errlen, "maildir: %s: no such directory: make "
	    "it, and the user of deliver its owner (%s)", boot.chroot_dir,
	    conf->users[ROLE_DELIVER].name);

	return (-1);
}

int
places_make(const struct conf *conf, int privileged, char *errbuf,
    size_t errlen)
{
	if (private_dir(conf->spool_dir, &conf->users[ROLE_QUEUE], privileged,
	    errbuf, errlen) == -1 ||
	    private_dir(conf->keys_dir, &conf->users[ROLE_KEYS], privileged,
	    errbuf, errlen) == -1 ||
	    private_dir(conf->cache_dir, &conf->users[ROLE_DIRECTORY],
	    privileged, errbuf, errlen) == -1 ||
	    maildirs(conf, errbuf, errlen) == -1)
		return (-1);

	return (privileged ? empty_dir(conf->chroot_dir, errbuf, errlen) : 0);
}
