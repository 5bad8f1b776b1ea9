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

#ifndef SMTPD_MIX_RESOLVER_LOOKUP_H
#define SMTPD_MIX_RESOLVER_LOOKUP_H

#include <sys/types.h>

#include <stddef.h>

#include "ipc/proto.h"
#include "resolver_query.h"
#include "role_conf.h"

/*
 * A lookup as another role asks for it: single questions to the DNS, of which
 * the later ones depend on the earlier, put together into one answer within a
 * time.
 */
#define LOOKUP_SECONDS		20	/* for all of it */
#define LOOKUP_STS_SECONDS	5	/* for the TXT record, from the start */
#define LOOKUP_TTL_MIN		60
#define LOOKUP_TTL_MAX		(24 * 60 * 60)

struct lookup;

/* The answer, as it goes to the role that asked: n of hosts are set. */
struct lookup_answer {
	struct proto_looked_up	head;
	struct proto_mx		hosts[PROTO_MX_MAX];
	const char		*error;	/* why not, without names; or NULL */
};

typedef void lookup_done(void *arg, const struct lookup_answer *);

/*
 * Begins one; done is called later, once, and the lookup is gone.  The
 * configuration has to stay as long.  NULL: no memory.
 */
struct lookup *lookup_new(struct resolver *, const struct role_conf *,
	    const struct proto_lookup *, lookup_done *done, void *arg);

/* Forgets it; done is not called. */
void	lookup_free(struct lookup *);

/* An answer without hosts, to a question that was not looked up. */
void	lookup_answer_none(struct lookup_answer *, const struct proto_lookup *,
	    enum proto_dns, const char *error);

#endif
