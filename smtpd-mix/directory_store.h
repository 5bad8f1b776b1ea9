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

#ifndef SMTPD_MIX_DIRECTORY_STORE_H
#define SMTPD_MIX_DIRECTORY_STORE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "hkp/survey.h"
#include "mixtasy/roster.h"

/*
 * All mixes that the directory knows of, whatever the source.  Of each several
 * copies of its certificate are kept where one alone doesn't say all: a newer
 * one may lack a certification.  Once revoked, only that copy is kept.
 */
#define STORE_COPIES_MAX	4
#define STORE_MIXES_MAX		SURVEY_KEYS_MAX
#define STORE_OCTETS_MAX	(64 * 1024 * 1024)

#define STORE_DAY		86400
#define STORE_KEEP		(30 * STORE_DAY)	/* without a subkey */
#define STORE_KEEP_REVOKED	(365 * STORE_DAY)

/* Known for so much longer: a mix keeps its address, see store_judge(). */
#define STORE_LONGER		(2 * STORE_DAY)

struct store_copy {
	uint8_t			*data;	/* NULL: of a file, which seal has */
	size_t			 len;
	enum roster_error	 error;	/* when it was read */
	struct roster_mix	 mix;	/* if that is ROSTER_OK */
};

struct store_mix {
	uint8_t			 fpr[PGP_FPR_LEN];
	char			 address[MIX_ADDRESS_MAX];
	struct store_copy	 file;	/* error ROSTER_NERRORS: none */
	struct store_copy	 copies[STORE_COPIES_MAX];
	size_t			 ncopies;
	uint32_t		 given;	/* bit s: server s gave it lately */
	uint32_t		 giving;	/* in the survey going on */
	int			 fresh;	/* given since the start */
	uint64_t		 added;	/* when a server first gave it */
	uint64_t		 seen;	/* and last */
	uint64_t		 since;	/* when it was first usable; 0: never */
	/* By store_judge(). */
	enum roster_error	 state;
	uint8_t			 rank;
	unsigned int		 modes;
	uint32_t		 subkey_expires;
	struct pgp_opinion	 opinions[PGP_TRUSTERS_MAX];
};

struct store {
	struct store_mix	*mixes;
	size_t			 n;
	size_t			 room;
	size_t			 octets;	/* of all copies */
	struct roster		 roster;	/* of the usable ones */
	struct roster		 scratch;	/* reads one certificate */
	size_t			 usable;
	size_t			 conflicts;	/* claims for an address that
						   another has, see proto_dir */
	int			 changed;	/* since it was written */
};

void	store_init(struct store *);
void	store_clear(struct store *);

/*
 * The neutral keys from now on, certificates one after another; all is read
 * anew.  Then what the files hold has to be told again.
 */
void	store_trust_begin(struct store *);
void	store_trust_add(struct store *, const uint8_t *buf, size_t len,
	    time_t now);
void	store_trust_end(struct store *, time_t now);

/*
 * A certificate that a keyserver gave or the cache kept.  Kept of it is what
 * hkp_strip() leaves: who adds signatures of others to a mix's certificate
 * doesn't get in its way.  ROSTER_OK: it is a
 * mix's and usable; other errors as of roster_add(); ROSTER_NO_MEMORY also if
 * the store is full.  *mix, if not NULL: where it is kept, or NULL.
 */
enum roster_error
	store_add(struct store *, const uint8_t *cert, size_t len, time_t now,
	    struct store_mix **mix);

/* The files of the configuration, which replace those of before. */
void	store_files_begin(struct store *);
void	store_files_add(struct store *, const uint8_t *buf, size_t len,
	    time_t now, size_t counts[ROSTER_NERRORS]);

/* A keyserver gave the mix: notes when. */
void	store_given(struct store_mix *, time_t now);

/*
 * Makes the roster: who can be used now, and who can't, why.  Of several that
 * claim one address it is a file's, whatever keyservers give; else it goes to
 * the one that is ranked, as in roster_add(); else to the one that has been
 * known for longer than all others by STORE_LONGER, for anybody can upload a
 * claim; else to none.  A time in the future, of a clock that was wrong, counts
 * as now.
 */
void	store_judge(struct store *, time_t now);

/* Forgets what has been of no use for long. */
void	store_expire(struct store *, time_t now);

struct store_mix *
	store_find(struct store *, const uint8_t fpr[PGP_FPR_LEN]);

/* The fingerprint of a certificate's primary.  0, or -1. */
int	store_fingerprint(const uint8_t *cert, size_t len,
	    uint8_t fpr[PGP_FPR_LEN]);

/*
 * All certificates that seal needs besides the files, one after another:
 * usable ones, and revoked ones as far as they say so.  Allocated; NULL: no
 * memory, or, with *len 0, nothing.
 */
uint8_t	*store_roster(const struct store *, size_t *len);

#endif
