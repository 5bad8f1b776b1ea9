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

#ifndef MIXMAIL_UPDATE_H
#define MIXMAIL_UPDATE_H

#include <sys/types.h>

#include <time.h>

#include "mixmail_conf.h"
#include "mixtasy/roster.h"

/*
 * -u: asks the keyservers for all mixes, and puts their certificates into the
 * cache.  What it keeps of signatures is what counts for trust, a roster with
 * the neutral keys.  Says what is wrong; the value is an exit status.
 */
int	update(const struct mixmail_conf *, const char *cache,
	    const struct roster *trust, time_t now, int verbose);

#endif
