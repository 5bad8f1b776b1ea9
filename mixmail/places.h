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

#ifndef MIXMAIL_PLACES_H
#define MIXMAIL_PLACES_H

#include <sys/types.h>

#include "ipc/proto.h"
#include "mixmail_conf.h"
#include "options.h"

/* Where the certificates of mixes are. */
struct places {
	char	directory[PROTO_PATH_MAX];	/* of files; "": none */
	char	cache[PROTO_PATH_MAX];	/* of keyservers; "": not used */
	int	cached;			/* the cache is there */
};

/* A path below the user's home.  0; -1: there is none. */
int	places_home(char path[PROTO_PATH_MAX], const char *name);

/*
 * The directory: -R, which stands alone, the configuration's, the user's, the
 * system's.  The cache: the configuration's, or the user's; only if there are
 * keyservers.
 */
void	places_find(struct places *, const struct mixmail_conf *,
	    const struct options *);

#endif
