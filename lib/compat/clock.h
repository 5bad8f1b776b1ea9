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


#ifndef COMPAT_CLOCK_H
#define COMPAT_CLOCK_H

#include <sys/types.h>

#include <stdint.h>
#include <time.h>

#include "mixing/clock.h"

/* Reads what is out of reach in a sandbox: the id of this boot. */
void	clock_init(void);

/* The wall clock, as time(3) gives it but for a test's offset. */
time_t	clock_wall(void);

/* The boot-time clock: it goes on while the machine sleeps. */
int64_t	clock_boot(void);

/* Seconds for measuring waits: it only goes on, from where means nothing. */
time_t	clock_monotonic(void);

/* All that the system says of its clocks. */
void	clock_read(struct clock_reading *);

/*
 * For tests: another wall clock, another answer to whether it is synchronised,
 * and another boot, unless boot is 0.
 */
void	clock_test(int64_t offset, enum clock_sync, uint32_t boot);

#endif
