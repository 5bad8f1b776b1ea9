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

#ifndef SMTPD_MIX_RETRY_H
#define SMTPD_MIX_RETRY_H

#include <sys/types.h>

#include <stdint.h>

#include "mixing/rng.h"

/*
 * When a mail that could not be delivered is tried again.  All in seconds;
 * tries counts from 1.
 */

/*
 * The wait after the given number of tries: first, doubled with each, at most
 * max; and up to a quarter more at random, so that what failed together
 * doesn't come back together.
 */
uint64_t retry_delay(uint32_t first, uint32_t max, uint32_t tries,
	    const struct rng *);

/*
 * The wait of one that was put off without a try: about a minute, or first
 * where that is less, widely spread.
 */
uint64_t retry_soon(uint32_t first, const struct rng *);

/*
 * The time of the first try as it is kept on the disk: rounded down to the
 * hour, or to a 24th of expire where that is less.
 */
uint64_t retry_fired(uint64_t now, uint32_t expire);

/* Whether it is time to give up.  1 or 0; a clock that went back: 0. */
int	retry_expired(uint64_t fired, uint64_t now, uint32_t expire);

#endif
