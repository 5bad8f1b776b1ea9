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

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "spool/disk.h"

static struct disk	disk;

static int
open_directory(void)
{
	int dirfd;

	ATF_REQUIRE_EQ(mkdir("d", 0700), 0);
	ATF_REQUIRE((dirfd = open("d", O_RDONLY | O_DIRECTORY)) != -1);
	disk_posix(&disk, dirfd);
	return (dirfd);
}

ATF_TC_WITHOUT_HEAD(what_was_written_is_read);
ATF_TC_BODY(what_was_written_is_read, tc)
{
	uint8_t octets[10];
	int dirfd = open_directory(), h;

	errno = 0;
	ATF_CHECK_EQ(disk.open(disk.ctx, "f", 0), -1);
	ATF_CHECK_EQ(errno, ENOENT);
	ATF_REQUIRE((h = disk.open(disk.ctx, "f", 1)) != -1);
	ATF_CHECK_EQ(disk.pwrite(disk.ctx, h, "hello", 5, 3), 5);
	ATF_CHECK_EQ(disk.size(disk.ctx, h), 8);
	ATF_CHECK_EQ(disk.sync(disk.ctx, h), 0);
	ATF_CHECK_EQ(disk.close(disk.ctx, h), 0);

	ATF_REQUIRE((h = disk.open(disk.ctx, "f", 0)) != -1);
	memset(octets, 0xff, sizeof(octets));
	ATF_CHECK_EQ(disk.pread(disk.ctx, h, octets, sizeof(octets), 0), 8);
	ATF_CHECK_EQ(memcmp(octets, "\0\0\0hello\xff\xff", 10), 0);
	ATF_CHECK_EQ(disk.pread(disk.ctx, h, octets, sizeof(octets), 8), 0);
	ATF_CHECK_EQ(disk.truncate(disk.ctx, h, 4), 0);
	ATF_CHECK_EQ(disk.size(disk.ctx, h), 4);
	ATF_CHECK_EQ(disk.close(disk.ctx, h), 0);
	close(dirfd);
}

ATF_TC_WITHOUT_HEAD(a_new_file_is_for_its_owner_only);
ATF_TC_BODY(a_new_file_is_for_its_owner_only, tc)
{
	struct stat st;
	int dirfd = open_directory(), h;

	umask(0);
	ATF_REQUIRE((h = disk.open(disk.ctx, "f", 1)) != -1);
	ATF_REQUIRE_EQ(stat("d/f", &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0600);
	ATF_CHECK_EQ(disk.close(disk.ctx, h), 0);
	close(dirfd);
}

ATF_TC_WITHOUT_HEAD(a_symbolic_link_is_not_followed);
ATF_TC_BODY(a_symbolic_link_is_not_followed, tc)
{
	int dirfd = open_directory();

	ATF_REQUIRE_EQ(symlink("/etc/passwd", "d/f"), 0);
	ATF_CHECK_EQ(disk.open(disk.ctx, "f", 0), -1);
	ATF_CHECK_EQ(disk.open(disk.ctx, "f", 1), -1);
	close(dirfd);
}

ATF_TC_WITHOUT_HEAD(allocated_room_is_zeros_on_the_disk);
ATF_TC_BODY(allocated_room_is_zeros_on_the_disk, tc)
{
	const off_t len = 300000;
	uint8_t octets[3];
	struct stat st;
	int dirfd = open_directory(), h;

	ATF_REQUIRE((h = disk.open(disk.ctx, "f", 1)) != -1);
	ATF_CHECK_EQ(disk.pwrite(disk.ctx, h, "abc", 3, 0), 3);
	ATF_CHECK_EQ(disk.allocate(disk.ctx, h, 2, len), 0);
	ATF_CHECK_EQ(disk.sync(disk.ctx, h), 0);
	ATF_CHECK_EQ(disk.size(disk.ctx, h), len + 2);
	ATF_CHECK_EQ(disk.pread(disk.ctx, h, octets, 3, 0), 3);
	ATF_CHECK_EQ(memcmp(octets, "ab\0", 3), 0);
	ATF_REQUIRE_EQ(stat("d/f", &st), 0);
	ATF_CHECK(st.st_blocks * 512 >= len);
	ATF_CHECK_EQ(disk.close(disk.ctx, h), 0);
	close(dirfd);
}

static void
note_name(void *arg, const char *name)
{
	*(unsigned int *)arg |= strcmp(name, "a") == 0 ? 1 :
	    strcmp(name, "b") == 0 ? 2 : 4;
}

ATF_TC_WITHOUT_HEAD(names_are_listed_renamed_and_removed);
ATF_TC_BODY(names_are_listed_renamed_and_removed, tc)
{
	unsigned int names = 0;
	int dirfd = open_directory(), h;

	ATF_REQUIRE((h = disk.open(disk.ctx, "a", 1)) != -1);
	ATF_CHECK_EQ(disk.close(disk.ctx, h), 0);
	ATF_REQUIRE((h = disk.open(disk.ctx, ".hidden", 1)) != -1);
	ATF_CHECK_EQ(disk.close(disk.ctx, h), 0);
	ATF_CHECK_EQ(disk.list(disk.ctx, note_name, &names), 0);
	ATF_CHECK_EQ(names, 1);
	ATF_CHECK_EQ(disk.rename(disk.ctx, "a", "b"), 0);
	ATF_CHECK_EQ(disk.sync_dir(disk.ctx), 0);
	names = 0;
	ATF_CHECK_EQ(disk.list(disk.ctx, note_name, &names), 0);
	ATF_CHECK_EQ(names, 2);
	ATF_CHECK_EQ(disk.unlink(disk.ctx, "b"), 0);
	names = 0;
	ATF_CHECK_EQ(disk.list(disk.ctx, note_name, &names), 0);
	ATF_CHECK_EQ(names, 0);
	ATF_CHECK_EQ(disk.unlink(disk.ctx, "b"), -1);
	close(dirfd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_was_written_is_read);
	ATF_TP_ADD_TC(tp, a_new_file_is_for_its_owner_only);
	ATF_TP_ADD_TC(tp, a_symbolic_link_is_not_followed);
	ATF_TP_ADD_TC(tp, allocated_room_is_zeros_on_the_disk);
	ATF_TP_ADD_TC(tp, names_are_listed_renamed_and_removed);
	return (atf_no_error());
}
