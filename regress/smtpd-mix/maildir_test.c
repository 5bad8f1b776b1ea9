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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/testutil.h"

#include "maildir.h"

/* 65 octets, one too many. */
#define LONG		"0123456789012345678901234567890123456789" \
			"0123456789012345678901234"
#define FILE_NAME	"000102030405060708090a0b0c0d0e0f.smtpd-mix"

static const uint8_t token[MAILDIR_TOKEN_LEN] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

static void
expect_user(const char *local, const char *user)
{
	char got[MAILDIR_USER_MAX];

	ATF_REQUIRE_EQ_MSG(0, maildir_user(local, strlen(local), got), "%s",
	    local);
	ATF_CHECK_STREQ(user, got);
}

ATF_TC_WITHOUT_HEAD(user_is_lowered_and_cut_at_plus);
ATF_TC_BODY(user_is_lowered_and_cut_at_plus, tc)
{
	expect_user("alice", "alice");
	expect_user("Alice.B", "alice.b");
	expect_user("alice+lists/x", "alice");
	expect_user("a_b-c.9", "a_b-c.9");
	expect_user("-rf", "-rf");
	expect_user("0123456789012345678901234567890123456789012345678901234567"
	    "890123", "0123456789012345678901234567890123456789012345678901234"
	    "567890123");
}

ATF_TC_WITHOUT_HEAD(user_never_leaves_its_directory);
ATF_TC_BODY(user_never_leaves_its_directory, tc)
{
	static const char *const bad[] = { "", ".", "..", ".hidden", "a/b",
	    "../x", "a\\b", "+x", "a b", "\"a\"", "a%u", "\303\244", "a@b",
	    "a\n", LONG };
	char user[MAILDIR_USER_MAX];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, maildir_user(bad[i], strlen(bad[i]),
		    user), "%s", bad[i]);
	ATF_CHECK_EQ(-1, maildir_user("a\0b", 3, user));
}

static void
expect_path(const char *template, const char *path, size_t must)
{
	char got[64];
	size_t got_must;

	ATF_REQUIRE_EQ(0, maildir_path(template, "bob", got, sizeof(got),
	    &got_must));
	ATF_CHECK_STREQ(path, got);
	ATF_CHECK_EQ(must, got_must);
}

ATF_TC_WITHOUT_HEAD(path_says_what_must_be_there);
ATF_TC_BODY(path_says_what_must_be_there, tc)
{
	char path[14];
	size_t must;

	expect_path("/home/%u/Maildir", "/home/bob/Maildir", 9);
	expect_path("/mail/%u", "/mail/bob", 9);
	expect_path("/mail/%u/x-%u/a/b", "/mail/bob/x-bob/a/b", 15);
	expect_path("/srv/postmaster", "/srv/postmaster", 4);
	expect_path("/postmaster", "/postmaster", 0);
	ATF_CHECK_EQ(0, maildir_path("/home/%u/Mail", "b", path, sizeof(path),
	    &must));
	ATF_CHECK_EQ(-1, maildir_path("/home/%u/Mail", "bob", path,
	    sizeof(path), &must));
}

static void
expect_file(const char *path, const char *text)
{
	uint8_t *got;
	size_t len;

	ATF_REQUIRE_MSG((got = test_read_file(path, &len)) != NULL, "%s: %s",
	    path, strerror(errno));
	ATF_CHECK_EQ(strlen(text), len);
	ATF_CHECK_STREQ(text, (char *)got);
	free(got);
}

ATF_TC_WITHOUT_HEAD(mail_is_seen_when_it_is_whole);
ATF_TC_BODY(mail_is_seen_when_it_is_whole, tc)
{
	struct maildir m;

	ATF_REQUIRE_EQ(0, mkdir("bob", 0700));
	ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob/a/Maildir", 3,
	    token));
	ATF_REQUIRE_EQ(0, maildir_write(&m, "one ", 4));
	ATF_CHECK_EQ(-1, access("bob/a/Maildir/new/" FILE_NAME, F_OK));
	ATF_REQUIRE_EQ(0, maildir_write(&m, "two\n", 4));
	ATF_REQUIRE_EQ(0, maildir_commit(&m));
	expect_file("bob/a/Maildir/new/" FILE_NAME, "one two\n");
	ATF_CHECK_EQ(-1, access("bob/a/Maildir/tmp/" FILE_NAME, F_OK));
	ATF_CHECK_EQ(0, access("bob/a/Maildir/cur", F_OK));
}

ATF_TC_WITHOUT_HEAD(second_delivery_replaces_the_first);
ATF_TC_BODY(second_delivery_replaces_the_first, tc)
{
	struct maildir m;
	int i;

	ATF_REQUIRE_EQ(0, mkdir("bob", 0700));
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
		ATF_REQUIRE_EQ(0, maildir_write(&m, "same\n", 5));
		ATF_REQUIRE_EQ(0, maildir_commit(&m));
	}
	expect_file("bob/new/" FILE_NAME, "same\n");
	ATF_CHECK_EQ(0, unlink("bob/new/" FILE_NAME));
	ATF_CHECK_EQ(0, rmdir("bob/new"));
}

/* A reader moves what is new to cur/, and adds marks of its own. */
ATF_TC_WITHOUT_HEAD(second_delivery_finds_the_first_when_it_was_read);
ATF_TC_BODY(second_delivery_finds_the_first_when_it_was_read, tc)
{
	static const char *const marks[] = { "", ":2,", ":2,FRS",
	    ",S=5,W=6:2,S" };
	struct maildir m;
	char path[256];
	size_t i;

	ATF_REQUIRE_EQ(0, mkdir("bob", 0700));
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
		ATF_REQUIRE_EQ(0, maildir_write(&m, "same\n", 5));
		ATF_REQUIRE_EQ(0, maildir_commit(&m));
		snprintf(path, sizeof(path), "bob/cur/" FILE_NAME "%s",
		    marks[i]);
		ATF_REQUIRE_EQ(0, rename("bob/new/" FILE_NAME, path));
		ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
		ATF_REQUIRE_EQ(0, maildir_write(&m, "same\n", 5));
		ATF_REQUIRE_EQ(0, maildir_commit(&m));
		ATF_CHECK_EQ(-1, access("bob/new/" FILE_NAME, F_OK));
		ATF_CHECK_EQ(-1, access("bob/tmp/" FILE_NAME, F_OK));
		ATF_REQUIRE_EQ(0, unlink(path));
	}
	/* Another mail, whose name only begins alike. */
	ATF_REQUIRE_EQ(0, test_write_file("bob/cur/" FILE_NAME "2:2,S", "",
	    0));
	ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
	ATF_REQUIRE_EQ(0, maildir_commit(&m));
	ATF_CHECK_EQ(0, access("bob/new/" FILE_NAME, F_OK));
}

ATF_TC_WITHOUT_HEAD(remains_of_a_crash_are_no_hindrance);
ATF_TC_BODY(remains_of_a_crash_are_no_hindrance, tc)
{
	struct maildir m;

	ATF_REQUIRE_EQ(0, mkdir("bob", 0700));
	ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
	ATF_REQUIRE_EQ(0, maildir_write(&m, "half a ma", 9));
	/* The process ends here; the next one begins anew. */
	ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
	ATF_REQUIRE_EQ(0, maildir_write(&m, "whole\n", 6));
	ATF_REQUIRE_EQ(0, maildir_commit(&m));
	expect_file("bob/new/" FILE_NAME, "whole\n");
}

ATF_TC_WITHOUT_HEAD(abort_leaves_nothing);
ATF_TC_BODY(abort_leaves_nothing, tc)
{
	struct maildir m;

	ATF_REQUIRE_EQ(0, mkdir("bob", 0700));
	ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
	ATF_REQUIRE_EQ(0, maildir_write(&m, "x", 1));
	maildir_abort(&m);
	maildir_abort(&m);
	ATF_CHECK_EQ(0, rmdir("bob/tmp"));
	ATF_CHECK_EQ(0, rmdir("bob/new"));
}

ATF_TC_WITHOUT_HEAD(nothing_is_made_for_an_unknown_user);
ATF_TC_BODY(nothing_is_made_for_an_unknown_user, tc)
{
	struct maildir m;

	ATF_CHECK_EQ(MAILDIR_MISSING, maildir_begin(&m, "eve/Maildir", 3,
	    token));
	ATF_CHECK_EQ(-1, access("eve", F_OK));
	ATF_REQUIRE_EQ(0, test_write_file("file", "", 0));
	ATF_CHECK_EQ(MAILDIR_MISSING, maildir_begin(&m, "file/Maildir", 4,
	    token));
}

ATF_TC_WITHOUT_HEAD(link_in_the_place_of_the_file_is_not_followed);
ATF_TC_BODY(link_in_the_place_of_the_file_is_not_followed, tc)
{
	struct maildir m;

	ATF_REQUIRE_EQ(0, mkdir("bob", 0700));
	ATF_REQUIRE_EQ(0, mkdir("bob/tmp", 0700));
	ATF_REQUIRE_EQ(0, test_write_file("victim", "safe", 4));
	ATF_REQUIRE_EQ(0, symlink("../../victim", "bob/tmp/" FILE_NAME));
	ATF_REQUIRE_EQ(MAILDIR_OK, maildir_begin(&m, "bob", 3, token));
	ATF_REQUIRE_EQ(0, maildir_write(&m, "mail", 4));
	ATF_REQUIRE_EQ(0, maildir_commit(&m));
	expect_file("victim", "safe");
	expect_file("bob/new/" FILE_NAME, "mail");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, user_is_lowered_and_cut_at_plus);
	ATF_TP_ADD_TC(tp, user_never_leaves_its_directory);
	ATF_TP_ADD_TC(tp, path_says_what_must_be_there);
	ATF_TP_ADD_TC(tp, mail_is_seen_when_it_is_whole);
	ATF_TP_ADD_TC(tp, second_delivery_replaces_the_first);
	ATF_TP_ADD_TC(tp, second_delivery_finds_the_first_when_it_was_read);
	ATF_TP_ADD_TC(tp, remains_of_a_crash_are_no_hindrance);
	ATF_TP_ADD_TC(tp, abort_leaves_nothing);
	ATF_TP_ADD_TC(tp, nothing_is_made_for_an_unknown_user);
	ATF_TP_ADD_TC(tp, link_in_the_place_of_the_file_is_not_followed);

	return (atf_no_error());
}
