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
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "conf.h"
#include "places.h"

#define QUEUE_UID	64201
#define KEYS_UID	64202
#define DIRECTORY_UID	64203

static char errbuf[1024];

/* A configuration whose directories lie below the test's own. */
static struct conf *
new_conf(void)
{
	struct conf *conf;
	char cwd[PROTO_PATH_MAX - 64];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	ATF_REQUIRE((conf = conf_new()) != NULL);
	conf->users[ROLE_QUEUE].uid = conf->users[ROLE_QUEUE].gid = QUEUE_UID;
	conf->users[ROLE_KEYS].uid = conf->users[ROLE_KEYS].gid = KEYS_UID;
	conf->users[ROLE_DIRECTORY].uid = DIRECTORY_UID;
	conf->users[ROLE_DIRECTORY].gid = DIRECTORY_UID;
	snprintf(conf->spool_dir, PROTO_PATH_MAX, "%s/var/spool/mix", cwd);
	snprintf(conf->keys_dir, PROTO_PATH_MAX, "%s/var/keys", cwd);
	snprintf(conf->cache_dir, PROTO_PATH_MAX, "%s/var/cache", cwd);
	snprintf(conf->chroot_dir, PROTO_PATH_MAX, "%s/var/empty", cwd);
	umask(022);

	return (conf);
}

static void
is_refused(const struct conf *conf, int privileged, const char *why)
{
	errbuf[0] = '\0';
	ATF_REQUIRE_EQ(-1, places_make(conf, privileged, errbuf,
	    sizeof(errbuf)));
	ATF_REQUIRE_MSG(strstr(errbuf, why) != NULL, "%s", errbuf);
	/* One line, to be shown as it is. */
	ATF_REQUIRE(strchr(errbuf, '\n') == NULL);
}

static void
is_made(const struct conf *conf, int privileged)
{
	ATF_REQUIRE_EQ_MSG(0, places_make(conf, privileged, errbuf,
	    sizeof(errbuf)), "%s", errbuf);
}

static void
has(const char *path, mode_t mode, uid_t uid)
{
	struct stat st;

	ATF_REQUIRE_EQ(0, lstat(path, &st));
	ATF_REQUIRE(S_ISDIR(st.st_mode));
	ATF_REQUIRE_EQ_MSG(mode, st.st_mode & 07777, "%s: %o", path,
	    (unsigned int)st.st_mode);
	ATF_REQUIRE_EQ_MSG(uid, st.st_uid, "%s: %u", path,
	    (unsigned int)st.st_uid);
}

ATF_TC(missing_directories_are_made_for_their_roles);
ATF_TC_HEAD(missing_directories_are_made_for_their_roles, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(missing_directories_are_made_for_their_roles, tc)
{
	struct conf *conf = new_conf();
	int i;

	/* The second time they are there already. */
	for (i = 0; i < 2; i++) {
		is_made(conf, 1);
		has(conf->spool_dir, 0700, QUEUE_UID);
		has(conf->keys_dir, 0700, KEYS_UID);
		has(conf->cache_dir, 0700, DIRECTORY_UID);
		has(conf->chroot_dir, 0755, 0);
		has("var/spool", 0755, 0);
	}
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(missing_directories_are_made_for_an_ordinary_user);
ATF_TC_BODY(missing_directories_are_made_for_an_ordinary_user, tc)
{
	struct conf *conf = new_conf();

	is_made(conf, 0);
	has(conf->spool_dir, 0700, geteuid());
	has(conf->keys_dir, 0700, geteuid());
	/* No chroot, no directory for it. */
	ATF_REQUIRE_EQ(-1, access(conf->chroot_dir, F_OK));
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(directories_open_to_others_are_refused);
ATF_TC_BODY(directories_open_to_others_are_refused, tc)
{
	struct conf *conf = new_conf();

	is_made(conf, 0);
	ATF_REQUIRE_EQ(0, chmod(conf->keys_dir, 0750));
	is_refused(conf, 0, "open to others: chmod 700 ");
	ATF_REQUIRE_EQ(0, chmod(conf->keys_dir, 0701));
	is_refused(conf, 0, conf->keys_dir);
	ATF_REQUIRE_EQ(0, chmod(conf->keys_dir, 0700));
	ATF_REQUIRE_EQ(0, chmod(conf->spool_dir, 0777));
	is_refused(conf, 0, conf->spool_dir);
	conf_free(conf);
}

ATF_TC(directories_of_somebody_else_are_refused);
ATF_TC_HEAD(directories_of_somebody_else_are_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(directories_of_somebody_else_are_refused, tc)
{
	struct conf *conf = new_conf();

	is_made(conf, 1);
	ATF_REQUIRE_EQ(0, chown(conf->keys_dir, QUEUE_UID, QUEUE_UID));
	is_refused(conf, 1, "belongs to another user: chown -R 64202:64202 ");
	ATF_REQUIRE_EQ(0, chown(conf->keys_dir, 0, 0));
	is_refused(conf, 1, "belongs to another user");
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(what_is_no_directory_is_refused);
ATF_TC_BODY(what_is_no_directory_is_refused, tc)
{
	struct conf *conf = new_conf();
	FILE *f;

	is_made(conf, 0);
	/* A link to one, either: it could lead elsewhere tomorrow. */
	ATF_REQUIRE_EQ(0, rename(conf->keys_dir, "elsewhere"));
	ATF_REQUIRE_EQ(0, symlink("../elsewhere", conf->keys_dir));
	is_refused(conf, 0, "not a directory");
	ATF_REQUIRE_EQ(0, unlink(conf->keys_dir));
	ATF_REQUIRE((f = fopen(conf->keys_dir, "w")) != NULL);
	fclose(f);
	is_refused(conf, 0, "not a directory");
	conf_free(conf);
}

ATF_TC(a_root_that_is_not_empty_and_roots_is_refused);
ATF_TC_HEAD(a_root_that_is_not_empty_and_roots_is_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_root_that_is_not_empty_and_roots_is_refused, tc)
{
	struct conf *conf = new_conf();
	char path[PROTO_PATH_MAX + 8];

	is_made(conf, 1);
	ATF_REQUIRE_EQ(0, chmod(conf->chroot_dir, 0775));
	is_refused(conf, 1, "writable by nobody else");
	ATF_REQUIRE_EQ(0, chmod(conf->chroot_dir, 0755));
	ATF_REQUIRE_EQ(0, chown(conf->chroot_dir, QUEUE_UID, 0));
	is_refused(conf, 1, "must belong to root");
	ATF_REQUIRE_EQ(0, chown(conf->chroot_dir, 0, 0));
	is_made(conf, 1);
	snprintf(path, sizeof(path), "%s/etc", conf->chroot_dir);
	ATF_REQUIRE_EQ(0, mkdir(path, 0755));
	is_refused(conf, 1, "not empty");
	strlcpy(conf->chroot_dir, "/", sizeof(conf->chroot_dir));
	is_refused(conf, 1, "not empty");
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(maildirs_need_a_directory_that_is_there);
ATF_TC_BODY(maildirs_need_a_directory_that_is_there, tc)
{
	struct conf *conf = new_conf();
	struct proto_conf_global *g = &conf->global;
	char cwd[PROTO_PATH_MAX - 64];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	g->postmaster_via = CONF_VIA_MAILDIR;
	snprintf(g->postmaster_to, sizeof(g->postmaster_to),
	    "%s/mail/postmaster", cwd);
	is_refused(conf, 0, "/mail: no such directory");
	ATF_REQUIRE_EQ(0, mkdir("mail", 0755));
	is_made(conf, 0);
	/* To write everywhere is too much. */
	strlcpy(g->postmaster_to, "/postmaster", sizeof(g->postmaster_to));
	is_refused(conf, 0, "put them below one");
	conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, missing_directories_are_made_for_their_roles);
	ATF_TP_ADD_TC(tp, missing_directories_are_made_for_an_ordinary_user);
	ATF_TP_ADD_TC(tp, directories_open_to_others_are_refused);
	ATF_TP_ADD_TC(tp, directories_of_somebody_else_are_refused);
	ATF_TP_ADD_TC(tp, what_is_no_directory_is_refused);
	ATF_TP_ADD_TC(tp, a_root_that_is_not_empty_and_roots_is_refused);
	ATF_TP_ADD_TC(tp, maildirs_need_a_directory_that_is_there);

	return (atf_no_error());
}
