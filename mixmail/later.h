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

#ifndef MIXMAIL_LATER_H
#define MIXMAIL_LATER_H

#include "mixmail_conf.h"
#include "options.h"
#include "outgoing.h"

/*
 * Messages that are not sent at once but over a time, from the outbox.  What is
 * wrong is said; statuses are those of <sysexits.h>.
 */

/* Puts all of them there, for moments drawn over the time in conf->spread. */
int	later_put(struct outgoing *, int verbose);

/*
 * Starts a process that sends them; the program is argv0.  If it can't be, that
 * is said: they wait for mixmail -q.
 */
void	later_start(const char *argv0, const struct options *);

/*
 * -q: sends what is due; with options->wait stays until there is nothing left,
 * and tries again when the server can't be reached.
 */
int	later_send(const struct mixmail_conf *, const struct options *);

#endif
