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

/* Keys in files, with a disk that fails and a process that dies in between. */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "keyfile.h"

#define NAME	"secret"
#define OLD	"the old key"
#define NEW	"the new key, which is longer"
#define DEAD	77

/* What goes to the disk is counted here, and goes wrong on request. */
static int	steps;		/* so many calls so far */
static int	fail_at;	/* the call that fails; 0: none */
static int	die_at;		/* the one before which the process dies */

static int
step(void)
{
	steps++;
	if (steps == die_at)
		_exit(DEAD);
	if (steps != fail_at)
		return (0);
	errno = EIO;

	return (-1);
}

int
fsync(int fd)
{
	int (*real)(int);

	*(void **)&real = dlsym(RTLD_NEXT, "fsync");

	return (step() == -1 ? -1 : real(fd));
}

int
rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "rename");

	return (step() == -1 ? -1 : real(from, to));
}

int
unlink(const char *path)
{
	int (*real)(const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "unlink");

	return (step() == -1 ? -1 : real(path));
}

static int
write_key(const char *text)
{
	return (keyfile_write(NAME, (const uint8_t *)text, strlen(text)));
}

static int
holds(const char *text)
{
	uint8_t buf[256];
	size_t len;

	ATF_REQUIRE_EQ(0, keyfile_read(NAME, buf, sizeof(buf), &len));

	return (len == strlen(text) && memcmp(buf, text, len) == 0);
}

static void
begin(void)
{
	fail_at = die_at = 0;
	ATF_REQUIRE_EQ(0, write_key(OLD));
	ATF_REQUIRE(holds(OLD));
	steps = 0;
}

ATF_TC_WITHOUT_HEAD(a_file_is_written_for_its_owner_alone);
ATF_TC_BODY(a_file_is_written_for_its_owner_alone, tc)
{
	struct stat st;

	umask(0);
	ATF_REQUIRE_EQ(0, write_key(NEW));
	ATF_REQUIRE_EQ(0, stat(NAME, &st));
	ATF_REQUIRE_EQ(0600, st.st_mode & 07777);
	ATF_REQUIRE(holds(NEW));
	/* A shorter one leaves nothing of it. */
	ATF_REQUIRE_EQ(0, write_key(OLD));
	ATF_REQUIRE(holds(OLD));
	ATF_REQUIRE_EQ(0, write_key(""));
	ATF_REQUIRE(holds(""));
}

ATF_TC_WITHOUT_HEAD(a_write_is_synced_before_and_after_the_rename);
ATF_TC_BODY(a_write_is_synced_before_and_after_the_rename, tc)
{
	begin();
	ATF_REQUIRE_EQ(0, write_key(NEW));
	/* The file, the rename, the directory. */
	ATF_REQUIRE_EQ(3, steps);
}

ATF_TC_WITHOUT_HEAD(a_write_that_dies_leaves_the_old_or_the_new_key);
ATF_TC_BODY(a_write_that_dies_leaves_the_old_or_the_new_key, tc)
{
	int at, status;
	pid_t pid;

	for (at = 1; at <= 3; at++) {
		begin();
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			die_at = at;
			write_key(NEW);
			_exit(0);
		}
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == DEAD);
		ATF_REQUIRE_EQ_MSG(at == 3, holds(NEW), "dead at %d", at);
		ATF_REQUIRE_EQ_MSG(at < 3, holds(OLD), "dead at %d", at);
		/* What is left of it isn't in the way. */
		ATF_REQUIRE_EQ(0, write_key(NEW));
		ATF_REQUIRE(holds(NEW));
		ATF_REQUIRE_EQ(-1, access(".new", F_OK));
	}
}

ATF_TC_WITHOUT_HEAD(a_write_that_fails_says_so_and_leaves_no_secret);
ATF_TC_BODY(a_write_that_fails_says_so_and_leaves_no_secret, tc)
{
	int at;

	for (at = 1; at <= 3; at++) {
		begin();
		fail_at = at;
		errno = 0;
		ATF_REQUIRE_EQ_MSG(-1, write_key(NEW), "failed at %d", at);
		ATF_REQUIRE_EQ(EIO, errno);
		/* Behind the rename it is new, but perhaps not for good. */
		ATF_REQUIRE_EQ(at == 3, holds(NEW));
		ATF_REQUIRE_EQ(at < 3, holds(OLD));
		ATF_REQUIRE_EQ_MSG(-1, access(".new", F_OK), "failed at %d",
		    at);
	}
}

ATF_TC_WITHOUT_HEAD(a_write_goes_through_no_link);
ATF_TC_BODY(a_write_goes_through_no_link, tc)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, symlink("elsewhere", ".new"));
	ATF_REQUIRE_EQ(0, symlink("elsewhere", NAME));
	ATF_REQUIRE_EQ(0, write_key(NEW));
	ATF_REQUIRE_EQ(-1, access("elsewhere", F_OK));
	ATF_REQUIRE_EQ(0, lstat(NAME, &st));
	ATF_REQUIRE(S_ISREG(st.st_mode));
	ATF_REQUIRE(holds(NEW));
}

ATF_TC_WITHOUT_HEAD(a_file_is_read_whole_or_not);
ATF_TC_BODY(a_file_is_read_whole_or_not, tc)
{
	uint8_t buf[16];
	size_t len;

	errno = 0;
	ATF_REQUIRE_EQ(-1, keyfile_read("none", buf, sizeof(buf), &len));
	ATF_REQUIRE_EQ(ENOENT, errno);
	ATF_REQUIRE_EQ(0, write_key("0123456789abcdef"));
	ATF_REQUIRE_EQ(0, keyfile_read(NAME, buf, sizeof(buf), &len));
	ATF_REQUIRE_EQ(16, len);
	errno = 0;
	ATF_REQUIRE_EQ(-1, keyfile_read(NAME, buf, sizeof(buf) - 1, &len));
	ATF_REQUIRE_EQ(EFBIG, errno);
	ATF_REQUIRE_EQ(0, symlink(NAME, "link"));
	ATF_REQUIRE_EQ(-1, keyfile_read("link", buf, sizeof(buf), &len));
}

ATF_TC_WITHOUT_HEAD(a_key_is_overwritten_before_it_is_removed);
ATF_TC_BODY(a_key_is_overwritten_before_it_is_removed, tc)
{
	char text[1400], buf[4096];
	ssize_t len;
	int fd;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ATF_REQUIRE_EQ(0, write_key(text));
	/* Who has it open sees what is on the disk. */
	ATF_REQUIRE((fd = open(NAME, O_RDONLY)) != -1);
	steps = 0;
	ATF_REQUIRE_EQ(0, keyfile_destroy(NAME));
	ATF_REQUIRE_EQ(3, steps);	/* sync, unlink, sync */
	ATF_REQUIRE_EQ(-1, access(NAME, F_OK));
	ATF_REQUIRE((len = read(fd, buf, sizeof(buf))) >= 1399);
	ATF_REQUIRE(memchr(buf, 'x', (size_t)len) == NULL);
	errno = 0;
	ATF_REQUIRE_EQ(-1, keyfile_destroy(NAME));
	ATF_REQUIRE_EQ(ENOENT, errno);
}

static unsigned int listed;

static void
count(const char *name)
{
	ATF_REQUIRE(strncmp(name, "key-", 4) == 0);
	listed++;
}

ATF_TC_WITHOUT_HEAD(a_list_has_the_names_of_the_prefix);
ATF_TC_BODY(a_list_has_the_names_of_the_prefix, tc)
{
	static const char *const names[] = { "key-1", "key-2", "key-", "key",
		"akey-3", ".new" };
	size_t i;

	for (i = 0; i < nitems(names); i++)
		ATF_REQUIRE_EQ(0, symlink("x", names[i]));
	ATF_REQUIRE_EQ(0, keyfile_list("key-", count));
	ATF_REQUIRE_EQ(3, listed);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_file_is_written_for_its_owner_alone);
	ATF_TP_ADD_TC(tp, a_write_is_synced_before_and_after_the_rename);
	ATF_TP_ADD_TC(tp, a_write_that_dies_leaves_the_old_or_the_new_key);
	ATF_TP_ADD_TC(tp, a_write_that_fails_says_so_and_leaves_no_secret);
	ATF_TP_ADD_TC(tp, a_write_goes_through_no_link);
	ATF_TP_ADD_TC(tp, a_file_is_read_whole_or_not);
	ATF_TP_ADD_TC(tp, a_key_is_overwritten_before_it_is_removed);
	ATF_TP_ADD_TC(tp, a_list_has_the_names_of_the_prefix);

	return (atf_no_error());
}
