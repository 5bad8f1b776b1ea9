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

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "compat/users.h"

#include "conf.h"

static int
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* 1; 0: there is no such user; -1: a number that is no uid. */
static int
resolve(struct conf_user *user)
{
	const struct passwd *pw;
	const char *bad;
	uid_t uid;

	if (is_number(user->name)) {
		uid = (uid_t)strtonum(user->name, 0, 0x7ffffffe, &bad);
		if (bad != NULL)
			return -1;
		user->uid = uid;
		user->gid = (gid_t)uid;
		return 1;
	}
	if ((pw = getpwnam(user->name)) == NULL)
		return 0;
	user->uid = pw->pw_uid;
	user->gid = pw->pw_gid;
	return 1;
}

/* Root, or the user of another role, would undo the separation. */
static int
check_distinct(const struct conf *conf, int role, char *errbuf, size_t errlen)
{
	const struct conf_user *user = &conf->users[role];
	int other;

	if (user->uid == 0) {
		snprintf(errbuf, errlen, "user %s \"%s\" is root; give it a "
		    "user of its own", role_name((enum role)role), user->name);
		return -1;
	}
	for (other = ROLE_PARENT + 1; other < role; other++) {
		if (conf->users[other].uid != user->uid)
			continue;
		snprintf(errbuf, errlen, "the users of %s and %s are the same "
		    "(uid %lu); give each a user of its own",
		    role_name((enum role)other), role_name((enum role)role),
		    (unsigned long)user->uid);
		return -1;
	}
	return 0;
}

int
conf_users(struct conf *conf, char *errbuf, size_t errlen)
{
	const char *missing[ROLE_COUNT];
	size_t nmissing = 0;
	int role;

	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		switch (resolve(&conf->users[role])) {
		case 0:
			missing[nmissing++] = conf->users[role].name;
			break;
		case -1:
			snprintf(errbuf, errlen, "user %s \"%s\" is not a "
			    "user's number", role_name((enum role)role),
			    conf->users[role].name);
			return -1;
		}
	}
	if (nmissing != 0) {
		strlcpy(errbuf, nmissing == 1 ? "a user is missing; make it "
		    "with: " : "users are missing; make them with: ", errlen);
		users_add_command(missing, nmissing, errbuf, errlen);
		return -1;
	}
	for (role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		if (check_distinct(conf, role, errbuf, errlen) == -1)
			return -1;
	}
	return 0;
}
