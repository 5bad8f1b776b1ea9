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

#ifndef MIXMAIL_ROSTER_STATE_H
#define MIXMAIL_ROSTER_STATE_H

#include <sys/types.h>

#include <time.h>

#include "mixtasy/roster.h"

/* A roster's digest in hexadecimal digits, for comparing it with others. */
#define ROSTER_DIGEST_TEXT	65
void	roster_digest_text(const struct roster *,
	    char text[ROSTER_DIGEST_TEXT]);

/* A mix's modes, as its key states them, and until when its subkey lives. */
void	roster_modes_text(const struct roster_mix *, char *text, size_t size);
void	roster_until_text(const struct roster_mix *, char *text, size_t size);

/*
 * Whether the roster is old.  Mixes make a new subkey when half of the life of
 * the one before is over: by then, and an eighth of the life for the way here,
 * a roster that is kept up to date has a newer one of some mix at least.
 * *newest is when the newest was made.
 */
int	roster_is_old(const struct roster *, time_t now, time_t *newest);

#endif
