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

#ifndef SMTPD_MIX_DIRECTORY_FILE_H
#define SMTPD_MIX_DIRECTORY_FILE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * How the files of the cache are made: octets, numbers of 8 octets, the highest
 * first, and SHA-256 of all since the one before.
 */
struct file_out {
	uint8_t		*buf;	/* NULL: only the length is found out */
	size_t		 len;
	size_t		 from;	/* of what the next hash covers */
};

void	file_put(struct file_out *, const void *, size_t);
void	file_put_number(struct file_out *, uint64_t);
void	file_put_hash(struct file_out *);

struct file_in {
	const uint8_t	*buf;
	size_t		 len;
	size_t		 at;
	size_t		 from;
};

/* 0; -1: it isn't there, or the hash is another. */
int	file_get(struct file_in *, const uint8_t **, size_t);
int	file_get_number(struct file_in *, uint64_t *);
int	file_get_hash(struct file_in *);

#endif
