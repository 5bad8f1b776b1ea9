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

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "due.h"

static void
swap(struct due *due, size_t a, size_t b)
{
	struct due_item item = due->items[a];

	due->items[a] = due->items[b];
	due->items[b] = item;
}

static void
sift_up(struct due *due, size_t i)
{
	for (; i > 0 && due->items[i].when < due->items[(i - 1) / 2].when;
	    i = (i - 1) / 2)
		swap(due, i, (i - 1) / 2);
}

static void
sift_down(struct due *due, size_t i)
{
	size_t child;

	while ((child = 2 * i + 1) < due->n) {
		if (child + 1 < due->n &&
		    due->items[child + 1].when < due->items[child].when)
			child++;
		if (due->items[i].when <= due->items[child].when)
			return;
		swap(due, i, child);
		i = child;
	}
}

int
due_push(struct due *due, uint32_t id, int64_t when)
{
	struct due_item *items;
	size_t room;

	if (due->n == due->room) {
		room = due->room == 0 ? 64 : due->room + due->room / 2;
		items = reallocarray(due->items, room, sizeof(*items));
		if (items == NULL)
			return (-1);
		due->items = items;
		due->room = room;
	}
	due->items[due->n].id = id;
	due->items[due->n].when = when;
	sift_up(due, due->n++);

	return (0);
}

const struct due_item *
due_first(const struct due *due)
{
	return (due->n == 0 ? NULL : &due->items[0]);
}

int
due_pop(struct due *due, int64_t now, uint32_t *id)
{
	if (due->n == 0 || due->items[0].when > now)
		return (0);
	*id = due->items[0].id;
	due->items[0] = due->items[--due->n];
	sift_down(due, 0);

	return (1);
}

void
due_clear(struct due *due)
{
	free(due->items);
	memset(due, 0, sizeof(*due));
}
