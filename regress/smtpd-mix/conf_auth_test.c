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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "conf_auth.h"

static struct conf conf;
static struct conf_auth auths[2];
static struct proto_conf_auth *rows;
static size_t nrows;
static char err[256];

static void
write_file(const char *name, const char *text, size_t len, mode_t mode)
{
	FILE *f = fopen(name, "w");

	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(len, fwrite(text, 1, len, f));
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod(name, mode));
}

static int
read_auth(const char *name)
{
	strcpy(auths[0].domain, "*");
	strcpy(auths[0].file, name);
	conf.auths = auths;
	conf.nauths = 1;
	err[0] = '\0';

	return (conf_auth_read(&conf, &rows, &nrows, err, sizeof(err)));
}

static void
check_refused(const char *text, size_t len, mode_t mode, const char *why)
{
	write_file("secret", text, len, mode);
	ATF_CHECK_EQ(-1, read_auth("secret"));
	ATF_CHECK_MSG(strstr(err, why) != NULL, "%s", err);
	ATF_CHECK(strstr(err, "hunter2") == NULL);
	ATF_CHECK(rows == NULL);
	ATF_CHECK_EQ(0, nrows);
}

#define REFUSED(text, mode, why) \
	check_refused(text, sizeof(text) - 1, mode, why)

ATF_TC_WITHOUT_HEAD(auth_reads_user_and_password);
ATF_TC_BODY(auth_reads_user_and_password, tc)
{
	static const char *const good[] = {
		"user\npass word\n", "user\npass word", "user\r\npass word\r\n",
		"user\npass word\n\n"
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		write_file("secret", good[i], strlen(good[i]), 0600);
		ATF_REQUIRE_EQ_MSG(0, read_auth("secret"), "%zu: %s", i, err);
		ATF_REQUIRE_EQ(1, nrows);
		ATF_CHECK_STREQ("*", rows[0].domain);
		ATF_CHECK_STREQ("user", rows[0].user);
		ATF_CHECK_STREQ("pass word", rows[0].password);
		freezero(rows, nrows * sizeof(*rows));
	}
}

ATF_TC_WITHOUT_HEAD(auth_reads_none_without_a_word);
ATF_TC_BODY(auth_reads_none_without_a_word, tc)
{
	ATF_CHECK_EQ(0, conf_auth_read(&conf, &rows, &nrows, err,
	    sizeof(err)));
	ATF_CHECK(rows == NULL);
	ATF_CHECK_EQ(0, nrows);
}

ATF_TC_WITHOUT_HEAD(auth_refuses_files_that_others_may_touch);
ATF_TC_BODY(auth_refuses_files_that_others_may_touch, tc)
{
	REFUSED("user\nhunter2\n", 0640, "others may read it: chmod 600");
	REFUSED("user\nhunter2\n", 0604, "others may read it");
	REFUSED("user\nhunter2\n", 0620, "others may read it");
	ATF_REQUIRE_EQ(0, chmod("secret", 0400));
	ATF_CHECK_EQ(0, read_auth("secret"));
}

ATF_TC_WITHOUT_HEAD(auth_refuses_what_is_no_pair_of_lines);
ATF_TC_BODY(auth_refuses_what_is_no_pair_of_lines, tc)
{
	char text[600];

	REFUSED("", 0600, "in the first line");
	REFUSED("user\n", 0600, "in the first line");
	REFUSED("user", 0600, "in the first line");
	REFUSED("\nhunter2\n", 0600, "in the first line");
	REFUSED("user\n\n", 0600, "in the first line");
	REFUSED("user\nhunter2\nmore\n", 0600, "more than two lines");
	REFUSED("us\0er\nhunter2\n", 0600, "not a text");
	memset(text, 'x', sizeof(text));
	check_refused(text, sizeof(text), 0600, "too long");
	text[10] = '\n';
	check_refused(text, 11 + PROTO_AUTH_MAX, 0600, "in the first line");
}

ATF_TC_WITHOUT_HEAD(auth_refuses_what_is_no_file);
ATF_TC_BODY(auth_refuses_what_is_no_file, tc)
{
	ATF_REQUIRE_EQ(0, mkdir("dir", 0700));
	ATF_CHECK_EQ(-1, read_auth("dir"));
	ATF_CHECK(strstr(err, "dir: not a file") != NULL);
	ATF_CHECK_EQ(-1, read_auth("nowhere"));
	ATF_CHECK(strstr(err, "nowhere: No such file") != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, auth_reads_user_and_password);
	ATF_TP_ADD_TC(tp, auth_reads_none_without_a_word);
	ATF_TP_ADD_TC(tp, auth_refuses_files_that_others_may_touch);
	ATF_TP_ADD_TC(tp, auth_refuses_what_is_no_pair_of_lines);
	ATF_TP_ADD_TC(tp, auth_refuses_what_is_no_file);

	return (atf_no_error());
}
