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

#ifndef MIXTASY_ROSTER_PRIV_H
#define MIXTASY_ROSTER_PRIV_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mixtasy/roster.h"
#include "openpgp/cert.h"

/* What the parts of the roster share. */

/* Makes room for one more element of size octets in *array.  0, or -1. */
int	roster_make_room(void **array, size_t n, size_t *room, size_t size);

/* Sets the mix's rank from its opinions. */
void	roster_set_rank(const struct roster *, struct roster_mix *,
	    time_t now);

/*
 * Calls take() for each certificate in buf, binary or armored, counts what it
 * returns, and returns how often that was ROSTER_OK.  take() says with
 * *consumed where the next certificate begins.
 */
struct roster_walk {
	struct roster	*roster;
	time_t		 now;
	enum roster_error
			(*take)(struct roster_walk *, const uint8_t *buf,
			    size_t len, size_t *consumed);
	size_t		*counts;	/* ROSTER_NERRORS of them */
};
size_t	roster_walk(struct roster_walk *, const uint8_t *buf, size_t len);

enum roster_error
	roster_parse_error(enum pgp_cert_error);

#endif
