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

#ifndef MIXCTL_PEEL_STATE_H
#define MIXCTL_PEEL_STATE_H

#include <stdint.h>
#include <time.h>

#include "mixctl/peel_key.h"
#include "mixtasy/layer.h"
#include "spool/spool.h"

/*
 * The directory that keeps replay records, and parts of mails, from one call to
 * the next.
 */
struct peel_state {
	int		 dirfd;		/* locked while it is open */
	const char	*path;
};

/* Opens the directory, made with mode 0700 if it is missing.  0 or -1. */
int	peel_state_open(const char *path, struct peel_state *);
void	peel_state_close(struct peel_state *);

/*
 * Looks a digest up in the records of all subkeys that are live at now.  1: it
 * is there; 0: not; -1 after a line on standard error.
 */
int	peel_state_seen(const struct peel_state *, const struct peel_key *,
	    time_t now, const uint8_t digest[SPOOL_DIGEST_LEN]);

/*
 * Adds a digest to the records of the subkey that opened the message, durably.
 * The records of a subkey are made when it first opens a message; those of an
 * expired one are kept, as the next call may work at an earlier time.  0 or -1.
 */
int	peel_state_add(const struct peel_state *, const struct mix_peeled *,
	    const uint8_t digest[SPOOL_DIGEST_LEN]);

/*
 * Adds the message's digest if it is new.  1: new; 0: a replay; -1 after a line
 * on standard error.
 */
int	peel_state_record(const struct peel_state *, const struct peel_key *,
	    time_t now, const struct mix_peeled *);

#endif
