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

#include <sys/types.h>

#include <string.h>

#include "openpgp/component.h"

void
pgp_component_init(struct pgp_component *c)
{
	c->bindings.n = c->revocations.n = 0;
	c->bindings.dropped = c->revocations.dropped = 0;
}

/* Merged copies of a certificate may hold a signature twice. */
static int
is_same(const struct pgp_signature *a, const struct pgp_signature *b)
{
	return (a->signed_len == b->signed_len &&
	    a->value_len == b->value_len &&
	    memcmp(a->signed_part, b->signed_part, a->signed_len) == 0 &&
	    memcmp(a->value, b->value, a->value_len) == 0 &&
	    memcmp(a->issuer, b->issuer, sizeof(a->issuer)) == 0 &&
	    memcmp(a->digest_start, b->digest_start, 2) == 0);
}

void
pgp_candidates_add(struct pgp_candidates *c, const struct pgp_signature *sig)
{
	size_t at, i;

	for (at = c->n; at > 0; at--) {
		if (c->sigs[at - 1].created >= sig->created)
			break;
	}
	for (i = at; i > 0 && c->sigs[i - 1].created == sig->created; i--) {
		if (is_same(&c->sigs[i - 1], sig))
			return;
	}
	if (c->n == PGP_CANDIDATES)
		c->dropped = 1;
	else
		c->n++;
	if (at >= c->n)
		return;
	memmove(&c->sigs[at + 1], &c->sigs[at],
	    (c->n - 1 - at) * sizeof(c->sigs[0]));
	c->sigs[at] = *sig;
}

static int
is_timely(const struct pgp_signature *sig, const struct pgp_pubkey *primary,
    time_t now)
{
	return (sig->created >= primary->created &&
	    (time_t)sig->created <= now);
}

static int
has_expired(const struct pgp_signature *sig, time_t now)
{
	return (sig->lifetime != 0 &&
	    (time_t)sig->created + (time_t)sig->lifetime <= now);
}

static int
verify(const struct pgp_signature *sig, const struct pgp_signed *over,
    struct pgp_budget *budget)
{
	if (budget->left == 0)
		return (0);
	budget->left--;
	return (pgp_signature_verify(sig, over));
}

const struct pgp_signature *
pgp_component_binding(const struct pgp_component *c,
    const struct pgp_signed *over, struct pgp_budget *budget)
{
	const struct pgp_signature *sig;
	size_t i;

	for (i = 0; i < c->bindings.n; i++) {
		sig = &c->bindings.sigs[i];
		if (is_timely(sig, over->primary, budget->now) &&
		    !has_expired(sig, budget->now) &&
		    verify(sig, over, budget))
			return (sig);
	}
	return (NULL);
}

int
pgp_component_revoked(const struct pgp_component *c,
    const struct pgp_signed *over, uint32_t since, struct pgp_budget *budget)
{
	const struct pgp_signature *sig;
	size_t i;

	if (c->revocations.dropped)
		return (1);
	for (i = 0; i < c->revocations.n; i++) {
		sig = &c->revocations.sigs[i];
		if (sig->created >= since &&
		    is_timely(sig, over->primary, budget->now) &&
		    verify(sig, over, budget))
			return (1);
	}
	return (0);
}
