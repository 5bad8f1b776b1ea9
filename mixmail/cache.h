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

#ifndef MIXMAIL_CACHE_H
#define MIXMAIL_CACHE_H

#include <sys/types.h>

#include <time.h>

#include "bag.h"

/*
 * The file of what keyservers gave: binary certificates one after another.
 */

/*
 * Reads it; *when is when it was written.  0; 1: there is none; -1 with errno.
 */
int	cache_read(const char *path, struct bag *, time_t *when);

/*
 * Writes it anew, with the directories to it, so that at each moment there is
 * the old one or the new one as a whole.  0; -1 with errno.
 */
int	cache_write(const char *path, const struct bag *);

#endif
