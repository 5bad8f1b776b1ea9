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
#include <unistd.h>

#include "sandbox_priv.h"

static char	description[64] = "none";

const char *
sandbox_describe(void)
{
	return description;
}

/*
 * "error": a call without the promise fails with ENOSYS, as it fails elsewhere,
 * rather than ending the process.  Descriptors come from the parent.
 */
static const char *
promises(enum sandbox_profile profile)
{
	switch (profile) {
	case SANDBOX_SMTP:
	case SANDBOX_CONTROL:
		return "stdio recvfd inet unix error";
	case SANDBOX_KEYS:
	case SANDBOX_QUEUE:
	case SANDBOX_DELIVER:
		return "stdio recvfd rpath wpath cpath flock error";
	case SANDBOX_DIRECTORY:
		return "stdio recvfd rpath wpath cpath flock inet error";
	case SANDBOX_RELAY:
	case SANDBOX_RESOLVER:
		return "stdio recvfd inet error";
	default:
		return "stdio recvfd error";
	}
}

static int
show_paths(const struct sandbox_spec *spec, char *errbuf, size_t errlen)
{
	size_t i;

	if (!sandbox_has_files(spec->profile))
		return 0;
	for (i = 0; i < spec->nrw; i++) {
		if (unveil(spec->rw_paths[i], "rwc") == -1)
			return sandbox_error(errbuf, errlen,
			    spec->rw_paths[i]);
	}
	if (unveil(NULL, NULL) == -1)
		return sandbox_error(errbuf, errlen, "unveil");
	return 0;
}

/*
 * The parent executes itself, opens sockets and changes to other users; it
 * keeps all of that, also for its children, and promises nothing.
 */
int
sandbox_enter(const struct sandbox_spec *spec, char *errbuf, size_t errlen)
{
	if (sandbox_limits(spec->profile, errbuf, errlen) == -1)
		return -1;
	if (spec->profile == SANDBOX_PARENT)
		return 0;
	if (spec->privileged && sandbox_identity(spec, errbuf, errlen) == -1)
		return -1;
	if (show_paths(spec, errbuf, errlen) == -1)
		return -1;
	if (pledge(promises(spec->profile), NULL) == -1)
		return sandbox_error(errbuf, errlen, "pledge");
	snprintf(description, sizeof(description), "%s%spledge",
	    spec->privileged ? "chroot uid " : "",
	    sandbox_has_files(spec->profile) ? "unveil " : "");
	return 0;
}
