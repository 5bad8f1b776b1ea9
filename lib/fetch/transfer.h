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

#ifndef FETCH_TRANSFER_H
#define FETCH_TRANSFER_H

#include <sys/types.h>

#include <curl/curl.h>

#include "compat/compat.h"
#include "fetch/fetch.h"
#include "fetch/target.h"

/* One request under way.  Internal to lib/fetch. */
struct transfer {
	TAILQ_ENTRY(transfer)	 entry;
	uint64_t		 number;
	fetch_done		*done;
	void			*arg;
	CURL			*easy;
	struct target		 target;
	struct curl_slist	*headers;
	struct curl_slist	*resolve;
	char			*addrs;		/* with commas; NULL: none */
	int			 no_lookup;
	int			 proxied;
	int			 posts;
	unsigned int		 redirects;	/* left */
	const char		*refused;	/* why no redirect, or NULL */
	uint8_t			*body;
	size_t			 len;
	size_t			 max;
	size_t			 header;	/* octets of it that came */
	int			 too_large;
	char			 error[CURL_ERROR_SIZE];
};

/* Everything but to start it.  NULL: no memory, or it can't be made. */
struct transfer *
	transfer_new(const struct fetch_request *);
void	transfer_free(struct transfer *);

/*
 * Turns a transfer that is done to where the answer points.  1: it has to be
 * started again; 0: it is done, or may not go there.
 */
int	transfer_redirect(struct transfer *, CURLcode);

/* Says what came of it; the body stays the transfer's. */
void	transfer_answer(const struct transfer *, CURLcode,
	    struct fetch_answer *);

#endif
