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

#ifndef SMTPD_MIX_DUE_H
#define SMTPD_MIX_DUE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Ids with a time each, the earliest first: a binary heap.  Times are of any
 * clock; all of one heap are of the same.
 */
struct due_item {
	uint32_t	id;
	int64_t		when;
};

struct due {
	struct due_item	*items;
	size_t		 n;
	size_t		 room;
};

/* 0, or -1: out of memory. */
int	due_push(struct due *, uint32_t id, int64_t when);

/* The earliest, or NULL; good until the heap changes. */
const struct due_item *due_first(const struct due *);

/* Takes the earliest out if it is due at now.  1: *id is set; 0: none is. */
int	due_pop(struct due *, int64_t now, uint32_t *id);

/* Frees all; it is empty then. */
void	due_clear(struct due *);

#endif
