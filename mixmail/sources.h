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

#ifndef MIXMAIL_SOURCES_H
#define MIXMAIL_SOURCES_H

#include <sys/types.h>

#include <time.h>

#include "mixmail_conf.h"
#include "mixtasy/roster.h"
#include "places.h"

/* What a roster is made of.  What can't be read is the program's end. */

/* The neutral keys of the configuration, into a roster that is empty. */
void	sources_trust(struct roster *, const struct mixmail_conf *,
	    time_t now);

/*
 * The directory of files and the cache, which takes no address from a mix that
 * is in a file; counts as in roster_add().
 */
void	sources_read(struct roster *, const struct places *, time_t now,
	    size_t counts[ROSTER_NERRORS]);

/* Says why certificates aren't used. */
void	sources_say(const char *what, const size_t counts[ROSTER_NERRORS]);

#endif
