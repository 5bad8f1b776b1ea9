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

#include <stdio.h>
#include <string.h>

#include "compat/compat.h"

#include "conf.h"
#include "maildir_root.h"

/* What can't change in a running daemon. */
struct change {
	int		 changed;
	const char	*name;
};

static int
differ(const char *a, const char *b)
{
	return strcmp(a, b) != 0;
}

static int
users_differ(const struct conf *a, const struct conf *b)
{
	int role;

	for (role = 0; role < ROLE_COUNT; role++) {
		if (differ(a->users[role].name, b->users[role].name))
			return 1;
	}
	return 0;
}

static int
has_maildirs(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->ndomains; i++) {
		if (conf->domains[i].via == CONF_VIA_MAILDIR)
			return 1;
	}
	return conf->global.postmaster_via == CONF_VIA_MAILDIR;
}

/* deliver was confined at its start to the directory that holds all. */
static int
leaves_root(const struct conf *running, const struct conf *next)
{
	struct proto_boot have, want;
	size_t len;

	if (!has_maildirs(next))
		return 0;
	memset(&have, 0, sizeof(have));
	memset(&want, 0, sizeof(want));
	maildir_root(running, &have);
	maildir_root(next, &want);
	len = strlen(have.chroot_dir);
	return strncmp(have.chroot_dir, want.chroot_dir, len) != 0 ||
	    (want.chroot_dir[len] != '/' && want.chroot_dir[len] != '\0');
}

int
conf_reloadable(const struct conf *running, const struct conf *next,
    char *errbuf, size_t errlen)
{
	const struct proto_conf_global *a = &running->global;
	const struct proto_conf_global *b = &next->global;
	const struct change changes[] = {
		{ differ(a->hostname, b->hostname), "hostname" },
		{ a->modes != b->modes, "mode (the certificate states it)" },
		{ a->workers != b->workers, "workers" },
		{ a->spool_slots != b->spool_slots, "spool slots" },
		{ differ(running->spool_dir, next->spool_dir), "spool" },
		{ differ(running->keys_dir, next->keys_dir), "keys" },
		{ differ(running->cache_dir, next->cache_dir), "cache" },
		{ differ(running->control_socket, next->control_socket),
		    "control" },
		{ differ(running->control_group, next->control_group),
		    "control group" },
		{ differ(running->chroot_dir, next->chroot_dir), "chroot" },
		{ users_differ(running, next), "user" },
		{ leaves_root(running, next),
		    "a Maildir at another place" }
	};
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		if (changes[i].changed) {
			snprintf(errbuf, errlen, "this change needs a restart: "
			    "%s", changes[i].name);
			return -1;
		}
	}
	return 0;
}
