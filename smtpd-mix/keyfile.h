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

#ifndef SMTPD_MIX_KEYFILE_H
#define SMTPD_MIX_KEYFILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Small files of the working directory that hold keys: written whole and
 * durably, or not at all.  All return 0, or -1 with errno.
 */

/* Reads at most max octets; EFBIG if there are more. */
int	keyfile_read(const char *name, uint8_t *buf, size_t max, size_t *len);

/* Replaces the file: temporary file, sync, rename, sync of the directory. */
int	keyfile_write(const char *name, const uint8_t *buf, size_t len);

/* Overwrites the content, then removes the file, durably. */
int	keyfile_destroy(const char *name);

/* Gives it another name, durably. */
int	keyfile_rename(const char *from, const char *to);

/* Calls fn with every name that begins with prefix. */
int	keyfile_list(const char *prefix, void (*fn)(const char *name));

#endif
