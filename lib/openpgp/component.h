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

#ifndef OPENPGP_COMPONENT_H
#define OPENPGP_COMPONENT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "openpgp/signature.h"

/*
 * One component of a certificate (the primary, a user id, a subkey) with the
 * signatures that claim to be the primary's own.  Internal to lib/openpgp.
 *
 * Anybody can append signatures to a certificate.  Of each kind only the newest
 * few are kept, and only those are ever verified; those of other issuers have
 * been passed over before.
 */
#define PGP_CANDIDATES	8

struct pgp_candidates {
	struct pgp_signature	sigs[PGP_CANDIDATES];	/* newest first */
	size_t			n;
	int			dropped;	/* there were more */
};

struct pgp_component {
	struct pgp_candidates	bindings;
	struct pgp_candidates	revocations;
};

/* Without any signature. */
void	pgp_component_init(struct pgp_component *);

/* Keeps the signature if it is among the newest; the same one only once. */
void	pgp_candidates_add(struct pgp_candidates *,
	    const struct pgp_signature *);

/* What verification goes by: a time, and how many more it may try. */
struct pgp_budget {
	time_t	now;
	size_t	left;
};

/*
 * The newest binding that is valid now, or NULL.  Not valid are those from
 * the future, from before the primary, or whose own lifetime is over.
 */
const struct pgp_signature *
	pgp_component_binding(const struct pgp_component *,
	    const struct pgp_signed *, struct pgp_budget *);

/*
 * Whether a valid revocation is there that isn't older than since.  1 also when
 * there are so many candidates that one may have been dropped: better no key
 * than a revoked one.
 */
int	pgp_component_revoked(const struct pgp_component *,
	    const struct pgp_signed *, uint32_t since, struct pgp_budget *);

#endif
