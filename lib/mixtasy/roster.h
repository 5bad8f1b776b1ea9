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

#ifndef MIXTASY_ROSTER_H
#define MIXTASY_ROSTER_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mixtasy/layer.h"
#include "mixtasy/message.h"
#include "openpgp/certification.h"
#include "openpgp/key.h"

/*
 * What neutral keys that we trust say about a mix, thesis 6.3.3: the strongest
 * certification that stands.
 */
enum roster_rank {
	ROSTER_UNRANKED,
	ROSTER_PERSONA,		/* 0x11: it was not checked at all */
	ROSTER_GENERIC,		/* 0x10: nothing is said about checks */
	ROSTER_CASUAL,		/* 0x12: it was checked somewhat */
	ROSTER_POSITIVE,	/* 0x13: it was checked thoroughly */
	ROSTER_NRANKS
};
const char *roster_rank_name(enum roster_rank);	/* "unranked", "persona", ... */

/* The mixes that can be used: what their certificates say, thesis 6.3. */
struct roster_mix {
	char			address[MIX_ADDRESS_MAX];	/* lower case */
	uint8_t			fpr[PGP_FPR_LEN];	/* of the primary */
	unsigned int		modes;
	struct pgp_pubkey	subkey;		/* usable one that expires
						   last */
	uint32_t		subkey_expires;	/* 0: never */
	uint8_t			rank;		/* enum roster_rank */
	uint8_t			uid_digest[32];	/* opinions are about it */
	struct pgp_opinion	opinions[PGP_TRUSTERS_MAX];	/* of each of
						   roster.trusters */
};

/* A primary that was revoked: it stays out until the roster is cleared. */
struct roster_bar {
	uint8_t			fpr[PGP_FPR_LEN];
};

struct roster {
	struct roster_mix	*mixes;		/* sorted by address, which is
						   in it once */
	size_t			 nmixes;
	size_t			 room;
	struct roster_mix	*rivals;	/* sorted by address: claims for
						   one that is another's, or
						   nobody's */
	size_t			 nrivals;
	size_t			 rivalroom;
	struct roster_bar	*bars;
	size_t			 nbars;
	size_t			 barroom;
	struct pgp_truster	*trusters;	/* in the order they came */
	size_t			 ntrusters;
	size_t			 trusterroom;
};

/* Why a certificate is not in the roster. */
enum roster_error {
	ROSTER_OK,
	ROSTER_BROKEN,		/* not a certificate, or cut off */
	ROSTER_UNSUPPORTED,	/* a version or algorithm that we can't use */
	ROSTER_TOO_LARGE,	/* octets, packets or signatures: poisoned */
	ROSTER_PACKET,		/* a packet in it is too large */
	ROSTER_USER_ID,		/* no user id with a valid self-signature */
	ROSTER_USER_IDS,	/* several user ids */
	ROSTER_FOREIGN,		/* the user id is no mix address */
	ROSTER_EXPIRED,		/* or from the future */
	ROSTER_REVOKED,
	ROSTER_NO_SUBKEY,	/* no usable encryption subkey now */
	ROSTER_PRIMARY,		/* the primary may encrypt; a truster's may
				   not certify */
	ROSTER_DUPLICATE,	/* another primary claims the address, and this
				   one isn't the only one that is ranked */
	ROSTER_TRUSTERS,	/* roster_trust_add(): more than
				   PGP_TRUSTERS_MAX keys */
	ROSTER_NO_MEMORY,
	ROSTER_NERRORS
};
const char *roster_strerror(enum roster_error);	/* a text to be read */
const char *roster_error_name(enum roster_error);	/* a word: "expired" */

void	roster_init(struct roster *);
void	roster_clear(struct roster *);

/* Forgets all but the trusters. */
void	roster_reset(struct roster *);

/*
 * Adds the neutral keys whose certifications count, from their certificates in
 * buf (binary, or armored blocks one after another; any user ids).  To be
 * called before roster_add(): what is in the roster isn't ranked again.  counts
 * as there, with ROSTER_EXPIRED, ROSTER_REVOKED and ROSTER_PRIMARY (it may not
 * certify) for keys that count nothing now.  Returns how many were added or
 * replaced that count.
 */
size_t	roster_trust_add(struct roster *, const uint8_t *buf, size_t len,
	    time_t now, size_t counts[ROSTER_NERRORS]);

/*
 * The class of certification by roster.trusters[truster] that stands for the
 * mix now; PGP_CLASS_NONE if there is none.
 */
enum pgp_class
	roster_class(const struct roster *, const struct roster_mix *,
	    size_t truster, time_t now);

/*
 * Adds all certificates in buf (binary, or armored blocks one after another) as
 * they are usable at now.  counts[error] is incremented for each certificate.
 * A newer copy of a known primary (one whose subkey expires later, or as late)
 * replaces the older.  Certifications are taken from all copies that have the
 * same user id.  A primary with a revocation is barred.
 *
 * Of several primaries with the same address the one that is ranked is used:
 * who can put a certificate where rosters are made must be able neither to take
 * a mix's place, nor to put it out of use when it is certified.  If none or
 * more than one are ranked, none of them is used.  The order and number of
 * copies make no difference; all claims are remembered, and so one that is left
 * out is used when a copy ranks it, or when its rivals are revoked.
 * Returns how many were added or replaced: some may be left out afterwards.
 */
size_t	roster_add(struct roster *, const uint8_t *buf, size_t len, time_t now,
	    size_t counts[ROSTER_NERRORS]);

/*
 * For those who keep what a roster with the same trusters made of a
 * certificate: puts a mix in, or merges it with the copy that is there (mix is
 * changed); ROSTER_OK if it has its address then.  Takes a revoked primary out
 * and keeps it out.
 */
enum roster_error
	roster_insert(struct roster *, struct roster_mix *mix, time_t now);
enum roster_error
	roster_bar_primary(struct roster *, const struct roster_mix *);

/* Whether what expires at a (0: never) lives as long as at b, or longer. */
int	roster_lives_as_long(uint32_t a, uint32_t b);

/* The mix with the address (no regard to case), or NULL. */
const struct roster_mix *
	roster_find(const struct roster *, const char *address);

/* The mix of a mail domain: mixtasy@domain. */
const struct roster_mix *
	roster_find_domain(const struct roster *, const char *domain);

/*
 * The mix address in a user id, "address" or "Name (comment) <address>", in
 * lower case.  0; -1: it isn't one.
 */
int	roster_uid_address(const char *uid, char address[MIX_ADDRESS_MAX]);

/*
 * Modes of a user id's comment, mixtasy-mode:a,b among the statements that
 * blanks separate; values that are unknown are passed over.  None stated:
 * middleman.
 */
unsigned int
	roster_modes(const char *uid);

/*
 * SHA-256 over what senders must see alike; for comparing rosters.  Ranks are
 * left out: they depend on whom a sender trusts.  So does, however, who is used
 * of several that claim one address.
 */
void	roster_digest(const struct roster *, uint8_t digest[32]);

#endif
