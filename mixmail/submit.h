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


#ifndef MIXMAIL_SUBMIT_H
#define MIXMAIL_SUBMIT_H

#include <sys/types.h>

#include <stddef.h>

#include "mixmail_conf.h"
#include "mixtasy/message.h"

/* A sealed message, ready to go. */
struct sealed {
	char	first[MIX_ADDRESS_MAX];		/* mix that gets it */
	char	text[MIX_OUTER_LEN_MAX];
	size_t	len;
};

/* Where the messages come from. */
struct submit_source {
	/*
	 * The next message; it holds until it was taken.  1; 0: there is none;
	 * -1: out of memory.
	 */
	int	(*next)(void *arg, const struct sealed **);
	/* The server has taken it. */
	void	(*taken)(void *arg);
	void	*arg;
};

enum submit_error {
	SUBMIT_OK,
	SUBMIT_LATER,		/* no server, or it can't now */
	SUBMIT_REFUSED		/* for good */
};

/*
 * Sends the messages over one connection to the server, up to the first that
 * fails; why says what is wrong.  A server that ends the connection after it
 * has taken some gets the others over another one.
 */
enum submit_error
	submit(const struct mixmail_conf *, const struct submit_source *,
	    char *why, size_t whylen);

#endif
