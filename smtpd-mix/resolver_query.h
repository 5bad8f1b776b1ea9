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

#ifndef SMTPD_MIX_RESOLVER_QUERY_H
#define SMTPD_MIX_RESOLVER_QUERY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "role_conf.h"

/*
 * Single questions to the DNS, by libunbound: validated, cached, in this
 * process and its event loop.
 */
struct resolver;	/* a context with its configuration and cache */
struct query;

enum query_state {
	QUERY_SECURE,		/* signed, up to a trust anchor */
	QUERY_INSECURE,		/* shown not to be */
	QUERY_BOGUS,
	QUERY_FAILED		/* no answer, or an error */
};

/*
 * The answer, if there is one (SECURE, INSECURE), is valid during the call.
 * Questions may be asked and forgotten in it.
 */
typedef void query_done(void *arg, enum query_state, const uint8_t *answer,
    size_t len);

/*
 * Makes a context by the rows of a configuration: where to forward to, trust
 * anchors.  NULL with the reason in err.
 */
struct resolver *resolver_new(const struct role_conf *, char *err, size_t);

/* Forgets all that was asked; not to be called by a query_done. */
void	resolver_free(struct resolver *);

/*
 * Asks; done is called later, once.  NULL: no memory, and it is not called.
 * The handle is good until then.
 */
struct query *query_new(struct resolver *, const char *name, uint16_t type,
	    query_done *done, void *arg);

/* done is not called any more. */
void	query_forget(struct query *);

#endif
