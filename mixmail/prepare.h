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


#ifndef MIXMAIL_PREPARE_H
#define MIXMAIL_PREPARE_H

#include <sys/types.h>

#include <time.h>

#include "letter.h"
#include "mail/address.h"
#include "mixing/rng.h"
#include "mixmail_conf.h"
#include "mixtasy/layer.h"
#include "mixtasy/path.h"
#include "mixtasy/roster.h"

/* From a mail to what is needed to seal it for one recipient. */
struct prepare {
	const struct mixmail_conf *conf;
	const struct roster	*roster;
	const struct rng	*rng;
	time_t			 now;
	char			 fixed[MIX_PATH_MAX][MIX_ADDRESS_MAX];
	size_t			 nfixed;	/* 0: paths are drawn */
};

/*
 * Over how many paths the parts of a mail go: one could be followed more
 * easily, many meet more often one whose mixes work together.  Thesis 5.3.
 */
#define PARCEL_PATHS	3

/* A mail for one recipient: in how many messages, and how they go. */
struct parcel {
	char		rcpt[MAIL_ADDRESS_MAX];
	char		id[MIX_ID_MAX];		/* of all parts */
	uint32_t	total;			/* messages */
	size_t		npaths;
	size_t		nhops;			/* of each path */
	struct mix_hop	paths[PARCEL_PATHS][MIX_PATH_MAX];
};

enum prepare_error {
	PREPARE_OK,
	PREPARE_NO_PATH,
	PREPARE_TOO_LARGE,
	PREPARE_NO_MEMORY
};

/*
 * Takes a path as the user writes it, mixes from first to last with commas
 * between them.  0; -1: not a mix's name or too many.
 */
int	prepare_fix_path(struct prepare *, const char *text);

/*
 * Cuts the mail for a recipient, chooses the paths, which end at one mix, and
 * finds out whether everything can be sealed so.  why says what is wrong.
 */
enum prepare_error
	prepare_parcel(const struct prepare *, const struct letter *,
	    const char *rcpt, struct parcel *, char *why, size_t whylen);

/* Whether a path of the parcel has a mix twice. */
int	parcel_repeats(const struct parcel *);

#endif
