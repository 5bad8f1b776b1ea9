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
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fakeproc.h"
#include "keyfile.h"
#include "keys_storage.h"

/*
 * The storage keys at rest.  What is loaded stays in the process: each test
 * case is one.
 */
#define DAY		20000
#define NOON		((time_t)DAY * 86400 + 43200)
#define FILE_LEN	48

static const struct role_ops ops = { .role = ROLE_KEYS };

unsigned int
proc_instances(enum role role)
{
	return (role == ROLE_CRYPTO ? 2 : 1);
}

/* The key that crypto seals with now. */
static struct proto_storage_key
current(void)
{
	const struct proto_storage_key *row;
	struct proto_storage_key found;

	memset(&found, 0, sizeof(found));
	while ((row = fake_take(ROLE_CRYPTO, PROTO_STORAGE_KEY)) != NULL)
		if (row->current)
			found = *row;

	return (found);
}

static size_t
file_size(const char *name)
{
	struct stat st;

	return (stat(name, &st) == -1 ? 0 : (size_t)st.st_size);
}

static void
alter(const char *name, off_t at)
{
	uint8_t octet;
	int fd;

	ATF_REQUIRE((fd = open(name, O_RDWR)) != -1);
	ATF_REQUIRE_EQ(1, pread(fd, &octet, 1, at));
	octet ^= 1;
	ATF_REQUIRE_EQ(1, pwrite(fd, &octet, 1, at));
	close(fd);
}

static void
use(uint32_t oldest, uint32_t n, uint32_t first)
{
	struct proto_storage_used used;
	uint32_t i;

	memset(&used, 0, sizeof(used));
	used.oldest_day = oldest;
	used.n = n;
	for (i = 0; i < n; i++)
		used.days[i] = first + i;
	keys_storage_used(&used);
}

static uint32_t
lost(void)
{
	struct proto_status_keys row;

	memset(&row, 0, sizeof(row));
	keys_storage_status(&row);

	return (row.storage_lost);
}

/* A key file of that day, as a process before has left it. */
static void
make_file(uint32_t day)
{
	pid_t pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (keys_storage_tick((time_t)day * 86400) == -1)
			_exit(1);
		_exit(0);
	}
	ATF_REQUIRE(waitpid(pid, NULL, 0) == pid);
}

ATF_TC_WITHOUT_HEAD(a_key_is_kept_with_its_checksum);
ATF_TC_BODY(a_key_is_kept_with_its_checksum, tc)
{
	struct proto_storage_key key;

	fake.ops = &ops;
	make_file(DAY);
	ATF_CHECK_EQ(FILE_LEN, file_size("storage-20000"));
	ATF_REQUIRE_EQ(0, keys_storage_load());
	ATF_REQUIRE_EQ(0, keys_storage_tick(NOON));
	key = current();
	ATF_CHECK_EQ(DAY, key.day);
	use(DAY, 1, DAY);
	ATF_CHECK_EQ(0, lost());
	ATF_REQUIRE_EQ(0, keys_storage_tick(NOON + 60));
	ATF_CHECK_EQ(0, current().day);
}

ATF_TC_WITHOUT_HEAD(a_key_of_before_checksums_gets_one);
ATF_TC_BODY(a_key_of_before_checksums_gets_one, tc)
{
	uint8_t old[32], file[FILE_LEN];
	struct proto_storage_key key;
	size_t len;

	fake.ops = &ops;
	memset(old, 0x5a, sizeof(old));
	ATF_REQUIRE_EQ(0, keyfile_write("storage-20000", old, sizeof(old)));
	ATF_REQUIRE_EQ(0, keys_storage_load());
	ATF_REQUIRE_EQ(0, keyfile_read("storage-20000", file, sizeof(file),
	    &len));
	ATF_CHECK_EQ(FILE_LEN, len);
	ATF_CHECK_EQ(0, memcmp(old, file, sizeof(old)));
	ATF_REQUIRE_EQ(0, keys_storage_tick(NOON));
	key = current();
	ATF_CHECK_EQ(0, memcmp(old, key.key, sizeof(old)));
}

ATF_TC_WITHOUT_HEAD(every_change_of_the_file_is_noticed);
ATF_TC_BODY(every_change_of_the_file_is_noticed, tc)
{
	static const off_t places[] = { 0, 31, 32, 47 };
	char name[32];
	uint32_t i;

	fake.ops = &ops;
	for (i = 0; i < nitems(places); i++) {
		make_file(DAY + i);
		(void)snprintf(name, sizeof(name), "storage-%u", DAY + i);
		alter(name, places[i]);
	}
	/* And a key under the name of another day, and a short one. */
	make_file(DAY + 8);
	ATF_REQUIRE_EQ(0, rename("storage-20008", "storage-20004"));
	make_file(DAY + 5);
	ATF_REQUIRE_EQ(0, truncate("storage-20005", 40));
	ATF_REQUIRE_EQ(0, keys_storage_load());
	use(DAY, 6, DAY);
	ATF_CHECK_EQ(6, lost());
}

/* Mail under the damaged one waits: no other may have its name. */
ATF_TC_WITHOUT_HEAD(a_damaged_key_of_today_is_not_replaced_by_another);
ATF_TC_BODY(a_damaged_key_of_today_is_not_replaced_by_another, tc)
{
	uint8_t before[FILE_LEN], after[FILE_LEN];
	size_t len;

	fake.ops = &ops;
	make_file(DAY);
	alter("storage-20000", 5);
	ATF_REQUIRE_EQ(0, keyfile_read("storage-20000", before,
	    sizeof(before), &len));
	ATF_REQUIRE_EQ(0, keys_storage_load());
	ATF_REQUIRE_EQ(0, keys_storage_tick(NOON));
	ATF_CHECK_EQ(DAY + 1, current().day);
	ATF_REQUIRE_EQ(0, keyfile_read("storage-20000", after, sizeof(after),
	    &len));
	ATF_CHECK_EQ(0, memcmp(before, after, sizeof(before)));
	use(DAY, 2, DAY);
	ATF_CHECK_EQ(1, lost());

	/* The next day it is that day's, and no other is made. */
	ATF_REQUIRE_EQ(0, keys_storage_tick(NOON + 86400));
	ATF_CHECK_EQ(0, current().day);
}

ATF_TC_WITHOUT_HEAD(a_damaged_key_goes_with_its_last_mail);
ATF_TC_BODY(a_damaged_key_goes_with_its_last_mail, tc)
{
	fake.ops = &ops;
	make_file(DAY - 3);
	make_file(DAY - 2);
	alter("storage-19997", 5);
	ATF_REQUIRE_EQ(0, keys_storage_load());
	ATF_REQUIRE_EQ(0, keys_storage_tick(NOON));
	use(DAY - 3, 2, DAY - 3);
	ATF_CHECK_EQ(1, lost());
	ATF_CHECK_EQ(FILE_LEN, file_size("storage-19997"));
	use(DAY - 2, 1, DAY - 2);
	ATF_CHECK_EQ(0, lost());
	ATF_CHECK_EQ(0, file_size("storage-19997"));
	ATF_CHECK_EQ(FILE_LEN, file_size("storage-19998"));
	use(DAY, 1, DAY);
	ATF_CHECK_EQ(0, file_size("storage-19998"));
	ATF_CHECK_EQ(FILE_LEN, file_size("storage-20000"));
}

ATF_TC_WITHOUT_HEAD(a_key_that_is_missing_is_counted);
ATF_TC_BODY(a_key_that_is_missing_is_counted, tc)
{
	fake.ops = &ops;
	ATF_REQUIRE_EQ(0, keys_storage_load());
	ATF_REQUIRE_EQ(0, keys_storage_tick(NOON));
	use(DAY - 2, 3, DAY - 2);
	ATF_CHECK_EQ(2, lost());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_key_is_kept_with_its_checksum);
	ATF_TP_ADD_TC(tp, a_key_of_before_checksums_gets_one);
	ATF_TP_ADD_TC(tp, every_change_of_the_file_is_noticed);
	ATF_TP_ADD_TC(tp, a_damaged_key_of_today_is_not_replaced_by_another);
	ATF_TP_ADD_TC(tp, a_damaged_key_goes_with_its_last_mail);
	ATF_TP_ADD_TC(tp, a_key_that_is_missing_is_counted);

	return (atf_no_error());
}
