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

#ifndef MIXTASY_PARTS_H
#define MIXTASY_PARTS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"

/*
 * Mails in several parts: thesis 6.2.2 and 6.4.4.  The parts of a mail have one
 * Mixtasy-ID and one total; their payloads, put together in order, are the
 * mail.
 */
#define MIX_PARTS_MAX		65535	/* of a mail, whatever is configured */

/* What is carried if nothing else is configured. */
#define MIX_PARTS_OCTETS	(10 * 1024 * 1024)	/* a mail */
#define MIX_PARTS_SETS		1024			/* incomplete mails */
#define MIX_PARTS_HELD		(256 * 1024 * 1024)	/* octets of them */
#define MIX_PARTS_KEEP		(4 * 86400)		/* seconds */

/*
 * The sender's side.  How many messages a mail of len octets takes whose parts
 * have this id: 1 is a single part message; 0: more than MIX_PARTS_MAX.
 */
uint32_t mix_parts_count(const char *id, size_t len);

/*
 * Makes final, whose id is set, the message number part (from 1) of total,
 * which is mix_parts_count(): type, part, total, and the payload, which points
 * into the mail.  All parts but the last are full.  With total 1 it is the
 * single part.  0; -1: there is no such part.
 *
 * The recipient has to show in part 1: its header must end there, see
 * mix_part_recipient().
 */
int	mix_parts_cut(const uint8_t *mail, size_t len, uint32_t part,
	    uint32_t total, struct mix_final *final);

/*
 * The recipient of a mail by its first part: as mix_payload_recipient(), but
 * the header has to end inside, with its empty line.  0 or -1.
 */
int	mix_part_recipient(const uint8_t *payload, size_t len,
	    char rcpt[MAIL_ADDRESS_MAX]);

/*
 * The last mix's side: parts that come in any order, by any paths, until a mail
 * is whole.  What is kept here is their numbers; the memory is the caller's,
 * and so are the payloads, and the record of mails that were dealt with.
 */
#define MIX_PARTS_KEY_LEN	20

/* The name of a mail in parts: a hash over id and total.  0; -1: no SHA-256. */
int	mix_parts_key(const char *id, uint32_t total,
	    uint8_t key[MIX_PARTS_KEY_LEN]);

/* The same as a number that is not 0, where a collision does no harm. */
uint64_t mix_parts_number(const uint8_t key[MIX_PARTS_KEY_LEN]);

/* Most parts in which a mail of so many octets is taken. */
uint32_t mix_parts_most(uint64_t octets);

/* Bounds on what is incomplete. */
struct mix_parts_limits {
	uint32_t	parts;		/* of one mail: its total */
	uint32_t	sets;
	uint64_t	held;		/* parts of all sets */
	uint32_t	keep;		/* seconds, from a set's first part */
};

/* The parts of one mail. */
struct mix_parts_set {
	RB_ENTRY(mix_parts_set)	 entry;
	uint8_t			 key[MIX_PARTS_KEY_LEN];
	uint32_t		 total;
	uint32_t		 n;		/* parts that are there */
	uint64_t		 since;		/* when the first one came */
	uint8_t			*taken;		/* MIX_PARTS_TAKEN_LEN(total) */
};
#define MIX_PARTS_TAKEN_LEN(total)	(((size_t)(total) + 7) / 8)
RB_HEAD(mix_parts_tree, mix_parts_set);

struct mix_parts {
	struct mix_parts_limits	 limits;
	struct mix_parts_tree	 sets;		/* whole ones too */
	uint32_t		 incomplete;	/* sets */
	uint64_t		 held;		/* their parts */
};

/* No sets, no parts. */
void	mix_parts_init(struct mix_parts *);

struct mix_parts_set *
	mix_parts_find(struct mix_parts *,
	    const uint8_t key[MIX_PARTS_KEY_LEN]);

enum mix_parts_verdict {
	MIX_PARTS_FIRST,	/* of a mail that is new: mix_parts_begin() */
	MIX_PARTS_MORE,		/* of one that is there */
	MIX_PARTS_TAKEN,	/* that number is there: the first one stays */
	MIX_PARTS_REFUSED	/* a bound is reached, or no such part */
};

/*
 * What to do with a part.  When the bounds are reached mails that are new are
 * refused; so that those that are there can be completed, new ones get no more
 * than half of limits.held.
 */
enum mix_parts_verdict
	mix_parts_judge(struct mix_parts *,
	    const uint8_t key[MIX_PARTS_KEY_LEN], uint32_t part,
	    uint32_t total);

/*
 * Puts an empty set in; the caller has set key, total, since, and taken (to
 * zeros).
 */
void	mix_parts_begin(struct mix_parts *, struct mix_parts_set *);

/* The part is there.  1 if the mail is whole now, else 0. */
int	mix_parts_take(struct mix_parts *, struct mix_parts_set *,
	    uint32_t part);

/* It isn't, after all. */
void	mix_parts_give_back(struct mix_parts *, struct mix_parts_set *,
	    uint32_t part);

/* Whether a part (from 1) is there, and whether all are. */
int	mix_parts_has(const struct mix_parts_set *, uint32_t part);
int	mix_parts_whole(const struct mix_parts_set *);

/* Takes the set out. */
void	mix_parts_end(struct mix_parts *, struct mix_parts_set *);

/* The set after this one, the first after NULL; NULL: no more. */
struct mix_parts_set *
	mix_parts_next(struct mix_parts *, struct mix_parts_set *);

/*
 * Whether it is incomplete and its time is over: 1 or 0.  A clock that went
 * back makes none late.
 */
int	mix_parts_late(const struct mix_parts *, const struct mix_parts_set *,
	    uint64_t now);

/* An incomplete set whose time is over, or NULL. */
struct mix_parts_set *
	mix_parts_expired(struct mix_parts *, uint64_t now);

#endif
