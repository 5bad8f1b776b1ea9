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

#ifndef COMPAT_LOCKED_H
#define COMPAT_LOCKED_H

#include <stddef.h>

/*
 * Zeroed memory for secrets: not swapped and not in a core dump, as far as
 * the system lets us; *locked says whether it can't be swapped.  NULL with
 * errno.  It is never given back: it lives as long as the process.
 */
void	*locked_alloc(size_t size, int *locked);

/*
 * Locks all memory of the process, now and to come: for what a library copies
 * secrets to.  1; 0: the system allows less, and nothing has changed.
 */
int	 locked_all(void);

#endif
