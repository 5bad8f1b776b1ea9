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

#ifndef MIXCTL_PEEL_PARTS_H
#define MIXCTL_PEEL_PARTS_H

#include <stdint.h>
#include <time.h>

#include "mixctl/peel_state.h"
#include "mixtasy/layer.h"
#include "mixtasy/parts.h"

/*
 * The parts of mails, each a file of the state directory, in the clear:
 * part-<key>-<total>-<number>-<time of arrival>.
 */
enum peel_part {
	PEEL_PART_HELD,		/* more are to come */
	PEEL_PART_WHOLE,	/* it was the last: peel_parts_write() */
	PEEL_PART_DROPPED,	/* *reason says why */
	PEEL_PART_ERROR		/* after a line on standard error */
};

/*
 * Takes what was peeled, HOLD or DESTROY_SET, of which the replay records know
 * nothing yet; they do afterwards.  Mails whose time is over are dropped first.
 */
enum peel_part
	peel_parts_take(const struct peel_state *, const struct peel_key *,
	    time_t now, const struct mix_peeled *, const char **reason);

/*
 * Writes the whole mail to a descriptor and removes its parts.  That it was
 * delivered is in the records already.  0; -1 after a line on standard error.
 */
int	peel_parts_write(const struct peel_state *, const struct mix_peeled *,
	    int fd);

#endif
