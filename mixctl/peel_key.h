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

#ifndef MIXCTL_PEEL_KEY_H
#define MIXCTL_PEEL_KEY_H

#include <sys/types.h>

#include <stddef.h>
#include <time.h>

#include "mixtasy/layer.h"

/* The key of a mix, read from a file. */
struct peel_key {
	char			 self[MIX_ADDRESS_MAX];
	unsigned int		 modes;
	struct mix_subkey	*subkeys;
	size_t			 nsubkeys;	/* 0: none at the time */
};

/*
 * Reads a transferable secret key, armored or binary, as it is at the time now.
 * A key that isn't valid yet has no subkeys.  0; -1 after a line on standard
 * error.  Release with peel_key_clear(), which wipes.
 */
int	peel_key_read(const char *path, time_t now, struct peel_key *);
void	peel_key_clear(struct peel_key *);

#endif
