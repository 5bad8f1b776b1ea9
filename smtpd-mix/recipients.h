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


#ifndef SMTPD_MIX_RECIPIENTS_H
#define SMTPD_MIX_RECIPIENTS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "conf.h"
#include "role_conf.h"

/*
 * Who there is at this mix's own domains.  The parent reads the files, of one
 * address or local part a line, and hands them to crypto as one text of lines
 *
 *	local@domain	somebody at one domain
 *	local@		somebody at each domain
 *
 * in lower case; "#" begins a comment.
 */
#define RECIPIENTS_MAX_LEN	(8 * 1024 * 1024)	/* of all files */

/*
 * Reads all lists of a configuration into *text (to be freed; NULL if there is
 * none).  0; -1 with the file, the line and what is wrong in errbuf.
 */
int	recipients_read(const struct conf *, uint8_t **text, size_t *len,
	    char *errbuf, size_t errlen);

/* The text, indexed.  It must stay. */
struct recipients {
	char	**lines;
	size_t	  n;
};

/*
 * Cuts a text into lines, in place, and sorts them.  0; -1 without memory.
 * Release with recipients_free().
 */
int	recipients_index(struct recipients *, char *text, size_t len);
void	recipients_free(struct recipients *);

/*
 * Whether mail may go to rcpt: there is no list for its domain, or it is in
 * one, as it stands or without "+" and what follows in the local part.
 */
int	recipients_known(const struct recipients *, const struct role_conf *,
	    const char *rcpt);

#endif
