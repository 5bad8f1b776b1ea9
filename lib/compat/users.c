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

#include "compat/compat.h"
#include "compat/users.h"

#if defined(__OpenBSD__)
#define BEFORE	"useradd -g =uid -L daemon -d /var/empty -s /sbin/nologin "
#define AFTER	""
#elif defined(__FreeBSD__)
#define BEFORE	"pw useradd "
#define AFTER	" -d /var/empty -s /usr/sbin/nologin"
#else
#define BEFORE	"useradd -r -U -M -d /var/empty -s /usr/sbin/nologin "
#define AFTER	""
#endif

void
users_add_command(const char *const *names, size_t n, char *buf, size_t size)
{
	size_t i;

	if (n == 1) {
		strlcat(buf, BEFORE, size);
		strlcat(buf, names[0], size);
		strlcat(buf, AFTER, size);
		return;
	}
	strlcat(buf, "for u in", size);
	for (i = 0; i < n; i++) {
		strlcat(buf, " ", size);
		strlcat(buf, names[i], size);
	}
	strlcat(buf, "; do " BEFORE "$u" AFTER "; done", size);
}
