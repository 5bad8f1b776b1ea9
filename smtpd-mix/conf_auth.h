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

#ifndef SMTPD_MIX_CONF_AUTH_H
#define SMTPD_MIX_CONF_AUTH_H

#include <sys/types.h>

#include <stddef.h>

#include "conf.h"
#include "ipc/proto.h"

/*
 * Reads the files that routes authenticate with: a user in the first line, a
 * password in the second.  Each must be a regular file that belongs to us or
 * root and that nobody else may read.  0, and an array to be released with
 * freezero(); -1 with a line, which tells nothing of the content, in errbuf.
 */
int	conf_auth_read(const struct conf *, struct proto_conf_auth **,
	    size_t *n, char *errbuf, size_t errlen);

#endif
