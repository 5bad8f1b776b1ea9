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

/*
 * For --without-sandbox, and for systems that this project has no sandbox for
 * yet.  A chroot and users of their own are still there when started as root.
 */

static char	description[64] = "none";

const char *
sandbox_describe(void)
{
	return description;
}

int
sandbox_enter(const struct sandbox_spec *spec, char *errbuf, size_t errlen)
{
	if (spec->profile == SANDBOX_PARENT || !spec->privileged)
		return 0;
	if (sandbox_identity(spec, errbuf, errlen) == -1 ||
	    sandbox_limits(spec->profile, errbuf, errlen) == -1)
		return -1;
	snprintf(description, sizeof(description), "chroot uid");
	return 0;
}
