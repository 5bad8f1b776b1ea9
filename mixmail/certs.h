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

#ifndef MIXMAIL_CERTS_H
#define MIXMAIL_CERTS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* Called with the octets of each file. */
typedef void certs_take(void *arg, const uint8_t *buf, size_t len);

/*
 * Reads a file of certificates, or all files of a directory but those that
 * begin with a dot.  0; -1 with errno: the directory or a file in it can't be
 * read (*bad is its path, kept here).
 */
int	certs_read(const char *path, certs_take *, void *arg,
	    const char **bad);

#endif
