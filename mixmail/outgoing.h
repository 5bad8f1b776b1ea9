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

#ifndef MIXMAIL_OUTGOING_H
#define MIXMAIL_OUTGOING_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "letter.h"
#include "prepare.h"
#include "submit.h"

/*
 * The messages of all parcels, sealed one at a time: those of one parcel after
 * those of the one before, its parts in random order.
 */
struct outgoing {
	const struct prepare	*prepare;
	const struct letter	*letter;
	const struct parcel	*parcels;
	size_t			 nparcels;
	size_t			 at;	/* parcels that are done */
	uint32_t		 done;	/* messages of parcels[at] */
	/* private */
	char			*text;	/* of parcels[at]; NULL: not yet */
	size_t			 len;
	uint32_t		*order;	/* numbers of the parts */
	struct sealed		 sealed;
};

/* Keeps what it is given, which must stay; clear frees its own. */
void	outgoing_init(struct outgoing *, const struct prepare *,
	    const struct letter *, const struct parcel *, size_t nparcels);
void	outgoing_clear(struct outgoing *);

/*
 * Seals the next message; it holds until outgoing_done(), which says that it
 * isn't needed any more.  1; 0: there is none; -1: out of memory.
 */
int	outgoing_next(struct outgoing *, const struct sealed **);
void	outgoing_done(struct outgoing *);

#endif
