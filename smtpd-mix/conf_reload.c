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

/* What can't change in a running daemon, with the reason where it isn't plain. */
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

/* deliver was confined to the directories that it had at its start. */
static int
needs_other_dirs(const struct conf *running, const struct conf *next)
{
	char have[CONF_RW_MAX][PROTO_PATH_MAX];
	char want[CONF_RW_MAX][PROTO_PATH_MAX];
	int nhave, nwant, i, j;

	nhave = conf_rw_dirs(running, have);
	nwant = conf_rw_dirs(next, want);
	if (nwant == -1)
		return 1;
	for (i = 0; i < nwant; i++) {
		for (j = 0; j < nhave; j++) {
			if (!differ(want[i], have[j]))
				break;
		}
		if (j >= nhave)
			return 1;
	}
	return 0;
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
		{ differ(running->control_socket, next->control_socket),
		    "control" },
		{ differ(running->control_group, next->control_group),
		    "control group" },
		{ differ(running->chroot_dir, next->chroot_dir), "chroot" },
		{ users_differ(running, next), "user" },
		{ needs_other_dirs(running, next),
		    "a Maildir below another directory" }
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
