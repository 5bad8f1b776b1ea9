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
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/testutil.h"
#include "spool/spool.h"

#include "fakeproc.h"
#include "roles.h"
#include "sealed.h"

/* The role deliver without any other process. */
static struct storage_keys keys;
static struct proto_conf_domain domain;
static struct proto_body body;
static struct test_rng rng_state;

static void
start(void)
{
	struct proto_storage_key key;
	char cwd[256];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	domain.via = CONF_VIA_MAILDIR;
	strlcpy(domain.domain, "here.example", sizeof(domain.domain));
	snprintf(domain.to, sizeof(domain.to), "%s/home/%%u/Maildir", cwd);
	fake.conf.domains = &domain;
	fake.conf.ndomains = 1;
	fake.conf.global.postmaster_via = CONF_VIA_MAILDIR;
	snprintf(fake.conf.global.postmaster_to,
	    sizeof(fake.conf.global.postmaster_to), "%s/post/master", cwd);
	ATF_REQUIRE_EQ(0, mkdir("home", 0700));
	ATF_REQUIRE_EQ(0, mkdir("home/bob", 0700));
	ATF_REQUIRE_EQ(0, mkdir("post", 0700));
	fake_start(&deliver_ops);

	memset(&key, 0, sizeof(key));
	key.day = 20000;
	key.current = 1;
	ATF_REQUIRE_EQ(0, storage_keys_add(&keys, &key));
	fake_message(ROLE_KEYS, PROTO_STORAGE_KEY, &key, sizeof(key));
}

/* Sends a mail or a piece of one; what became of it. */
static uint32_t
deliver_as(uint32_t class, const char *rcpt, const char *text, uint64_t set,
    uint32_t index, uint32_t total)
{
	struct sealed_name name;
	struct rng rng = test_rng(&rng_state, index + 1);
	const struct proto_outcome *o;

	memset(&body, 0, sizeof(body));
	body.id = 5;
	body.class = class;
	body.set = set;
	body.set_index = index;
	body.set_total = total;
	body.body_len = MIX_BODY_LEN;
	memset(body.token, 0xab, sizeof(body.token));
	name.class = body.class;
	name.set = set;
	name.set_index = index;
	ATF_REQUIRE_EQ(0, sealed_seal(&keys, &rng, &name, rcpt,
	    (const uint8_t *)text, strlen(text), &body.storage_day,
	    body.body));
	fake_message(ROLE_QUEUE, PROTO_BODY, &body, sizeof(body));
	o = fake_take(ROLE_QUEUE, PROTO_OUTCOME);
	ATF_REQUIRE(o != NULL);
	ATF_REQUIRE_EQ(5, o->id);

	return (o->outcome);
}

/* With a set it is a piece of a mail to postmaster. */
static uint32_t
deliver(const char *rcpt, const char *text, uint64_t set, uint32_t index,
    uint32_t total)
{
	return (deliver_as(set == 0 ? SPOOL_EXIT : SPOOL_POSTMASTER, rcpt,
	    text, set, index, total));
}

#define FILE_NAME	"abababababababababababababababab.smtpd-mix"

static void
expect_file(const char *path, const char *text)
{
	uint8_t *got;
	size_t len;

	ATF_REQUIRE_MSG((got = test_read_file(path, &len)) != NULL, "%s",
	    path);
	ATF_CHECK_STREQ(text, (char *)got);
	free(got);
}

static struct proto_status_deliver
status(void)
{
	struct proto_status_deliver row;
	struct proto_ctl ctl = { 1 };

	fake_message(ROLE_CONTROL, PROTO_CTL_STATUS, &ctl, sizeof(ctl));
	memcpy(&row, fake_take(ROLE_CONTROL, PROTO_STATUS_DELIVER),
	    sizeof(row));

	return (row);
}

ATF_TC_WITHOUT_HEAD(mail_is_delivered_with_the_systems_line_ends);
ATF_TC_BODY(mail_is_delivered_with_the_systems_line_ends, tc)
{
	start();
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("Bob+x@Here.Example",
	    "Subject: x\r\n\r\na\nb\r\nlast", 0, 0, 1));
	expect_file("home/bob/Maildir/new/" FILE_NAME,
	    "Subject: x\n\na\nb\nlast\n");
	ATF_CHECK_EQ(1, status().delivered);
	ATF_CHECK_STREQ("", status().last_error);
}

ATF_TC_WITHOUT_HEAD(unknown_users_and_domains_are_failures);
ATF_TC_BODY(unknown_users_and_domains_are_failures, tc)
{
	start();
	ATF_CHECK_EQ(PROTO_FAILED, deliver("eve@here.example", "x", 0, 0, 1));
	ATF_CHECK_EQ(PROTO_FAILED, deliver("..@here.example", "x", 0, 0, 1));
	ATF_CHECK_EQ(PROTO_FAILED, deliver("bob@else.example", "x", 0, 0, 1));
	ATF_CHECK_EQ(PROTO_FAILED, deliver("bob", "x", 0, 0, 1));
	ATF_CHECK_EQ(-1, access("home/eve", F_OK));
	ATF_CHECK_EQ(-1, access("home/bob/Maildir", F_OK));
	ATF_CHECK_EQ(4, status().refused);
	ATF_CHECK(strstr(status().last_error, "bob") == NULL);
}

ATF_TC_WITHOUT_HEAD(trouble_of_the_disk_is_deferred);
ATF_TC_BODY(trouble_of_the_disk_is_deferred, tc)
{
	start();
	ATF_REQUIRE_EQ(0, test_write_file("home/bob/Maildir", "", 0));
	ATF_CHECK_EQ(PROTO_DEFERRED, deliver("bob@here.example", "x", 0, 0,
	    1));
	ATF_REQUIRE_EQ(0, rmdir("post"));
	ATF_CHECK_EQ(PROTO_DEFERRED, deliver("", "x", 9, 1, 2));
	ATF_CHECK_EQ(2, status().deferred);
	ATF_CHECK(strstr(status().last_error, "/") == NULL);
}

ATF_TC_WITHOUT_HEAD(body_that_no_key_opens_is_deferred);
ATF_TC_BODY(body_that_no_key_opens_is_deferred, tc)
{
	const struct proto_outcome *o;
	struct proto_storage_drop drop = { 20000 };

	start();
	ATF_REQUIRE_EQ(PROTO_DELIVERED, deliver("bob@here.example", "x", 0, 0,
	    1));
	body.body[100] ^= 1;
	fake_message(ROLE_QUEUE, PROTO_BODY, &body, sizeof(body));
	o = fake_take(ROLE_QUEUE, PROTO_OUTCOME);
	ATF_REQUIRE(o != NULL);
	ATF_CHECK_EQ(PROTO_DEFERRED, o->outcome);
	fake_message(ROLE_KEYS, PROTO_STORAGE_DROP, &drop, sizeof(drop));
	ATF_CHECK_EQ(PROTO_DEFERRED, deliver("bob@here.example", "x", 0, 0,
	    1));
}

ATF_TC_WITHOUT_HEAD(pieces_become_one_mail);
ATF_TC_BODY(pieces_become_one_mail, tc)
{
	start();
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("", "one\r", 9, 1, 4));
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("", "\ntwo ", 9, 2, 4));
	ATF_CHECK_EQ(-1, access("post/master/new/" FILE_NAME, F_OK));
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("", "three\r\n", 9, 3, 4));
	expect_file("post/master/new/" FILE_NAME, "one\ntwo three\n");
	ATF_CHECK_EQ(1, status().delivered);
}

ATF_TC_WITHOUT_HEAD(set_that_was_interrupted_begins_anew);
ATF_TC_BODY(set_that_was_interrupted_begins_anew, tc)
{
	start();
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("", "lost", 9, 1, 3));
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("bob@here.example", "x", 0, 0,
	    1));
	ATF_CHECK_EQ(PROTO_DEFERRED, deliver("", "lost too", 9, 2, 3));
	ATF_CHECK_EQ(-1, access("post/master/new/" FILE_NAME, F_OK));
	ATF_CHECK_EQ(-1, access("post/master/tmp/" FILE_NAME, F_OK));
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("", "a", 9, 1, 3));
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver("", "b\n", 9, 2, 3));
	expect_file("post/master/new/" FILE_NAME, "ab\n");
	fake_stop();
}

ATF_TC_WITHOUT_HEAD(parts_become_one_mail_to_whom_the_first_names);
ATF_TC_BODY(parts_become_one_mail_to_whom_the_first_names, tc)
{
	start();
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver_as(SPOOL_PART,
	    "bob@here.example", "one\r", 9, 1, 4));
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver_as(SPOOL_PART, "", "\ntwo ", 9,
	    2, 4));
	ATF_CHECK_EQ(-1, access("home/bob/Maildir/new/" FILE_NAME, F_OK));
	ATF_CHECK_EQ(PROTO_DELIVERED, deliver_as(SPOOL_PART, "", "three", 9,
	    3, 4));
	expect_file("home/bob/Maildir/new/" FILE_NAME, "one\ntwo three\n");
	ATF_CHECK_EQ(1, status().delivered);
	/* None for whom there is no Maildir. */
	ATF_CHECK_EQ(PROTO_FAILED, deliver_as(SPOOL_PART,
	    "eve@here.example", "one", 8, 1, 3));
	ATF_CHECK_EQ(PROTO_DEFERRED, deliver_as(SPOOL_PART, "", "two", 8, 2,
	    3));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mail_is_delivered_with_the_systems_line_ends);
	ATF_TP_ADD_TC(tp, unknown_users_and_domains_are_failures);
	ATF_TP_ADD_TC(tp, trouble_of_the_disk_is_deferred);
	ATF_TP_ADD_TC(tp, body_that_no_key_opens_is_deferred);
	ATF_TP_ADD_TC(tp, pieces_become_one_mail);
	ATF_TP_ADD_TC(tp, set_that_was_interrupted_begins_anew);
	ATF_TP_ADD_TC(tp, parts_become_one_mail_to_whom_the_first_names);

	return (atf_no_error());
}
