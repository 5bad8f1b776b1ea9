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


#ifndef SMTPD_MIX_CLOCKWATCH_H
#define SMTPD_MIX_CLOCKWATCH_H

#include "ipc/proto.h"

/*
 * For roles that act by the wall clock.  Keys judges it and tells; between two
 * tellings a step is seen here at once.
 */
void	clock_told(const struct proto_clock *);

/*
 * Whether something may be given up, destroyed or refused by the wall clock
 * (clock_wall() in compat/clock.h) now: 1 or 0.  Not before keys has spoken.
 */
int	clock_trusted(void);

#endif
