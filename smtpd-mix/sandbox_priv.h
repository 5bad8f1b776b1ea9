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

#ifndef SMTPD_MIX_SANDBOX_PRIV_H
#define SMTPD_MIX_SANDBOX_PRIV_H

#include <stddef.h>

#include "sandbox.h"

/* What the sandbox_*.c files share among themselves. */

/* Writes "what: errno's text" into errbuf and returns -1. */
int	sandbox_error(char *errbuf, size_t errlen, const char *what);

/*
 * Changes root directory, groups and uid, and makes sure that there is no way
 * back.  Returns 0, or -1 with errbuf filled.
 */
int	sandbox_identity(const struct sandbox_spec *, char *errbuf,
	    size_t errlen);

/* Limits that hold on every system.  Returns 0, or -1 with errbuf filled. */
int	sandbox_limits(enum sandbox_profile, char *errbuf, size_t errlen);

/* Whether the role works with files at all. */
int	sandbox_has_files(enum sandbox_profile);

/* Whether it opens connections by TCP. */
int	sandbox_connects(enum sandbox_profile);

/*
 * Linux.  Restricts files, TCP and signals.  Returns the version of the
 * kernel's Landlock, 0 if it has none, or -1 with errbuf filled.
 */
int	sandbox_landlock(const struct sandbox_spec *, char *errbuf,
	    size_t errlen);

/* Linux.  Restricts system calls.  Returns 0, or -1 with errbuf filled. */
int	sandbox_seccomp(enum sandbox_profile, char *errbuf, size_t errlen);

#endif
