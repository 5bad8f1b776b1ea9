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

#ifndef SMTPD_MIX_DIRECTORY_CACHE_H
#define SMTPD_MIX_DIRECTORY_CACHE_H

#include <sys/types.h>

#include <time.h>

#include "directory_ask.h"
#include "directory_store.h"

/*
 * What keyservers gave, in one file of the working directory, so that a restart
 * begins with it.  Written whole or not at all.  Nothing in it is believed:
 * certificates are read as if they came from a server.
 */
#define CACHE_FILE	"mixes"

/* What is damaged is left out, and the log says so. */
void	cache_read(struct store *, struct ask_result *, time_t now);

/* If the store has changed.  0; -1 with errno: tried again the next time. */
int	cache_write(struct store *, const struct ask_result *);

#endif
