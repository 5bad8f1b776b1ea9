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


#ifndef SMTPD_MIX_KEYS_CLOCK_H
#define SMTPD_MIX_KEYS_CLOCK_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Whether keys may destroy and make keys by the wall clock: lib/mixing/clock.h
 * with its mark in a file of the keys directory, and the roles told.
 */
#define KEYS_CLOCK_FILE		"clock"
#define KEYS_CLOCK_SECONDS	5	/* between two looks, at least */

/* Reads the mark of the run before, looks, and tells crypto and queue. */
void	keys_clock_start(void);

/*
 * Looks again: 1, or 0 while nothing may be done by the clock.  Tells when that
 * changes, and keeps the mark.
 */
int	keys_clock_good(void);

/* The operator believes what the clock shows. */
void	keys_clock_accept(void);

/* What is waited for, or "". */
void	keys_clock_text(char *text, size_t len);

#endif
