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

#include "compat/compat.h"

#include "queue_days.h"

static struct queue_day *
find(const struct queue_days *days, uint32_t day)
{
	size_t i;

	for (i = 0; i < days->n; i++)
		if (days->days[i].day == day)
			return (&days->days[i]);

	return (NULL);
}

int
queue_days_add(struct queue_days *days, uint32_t day)
{
	struct queue_day *at;
	size_t room;

	if (day == 0)
		return (0);
	if ((at = find(days, day)) != NULL) {
		at->slots++;
		return (0);
	}
	if (days->n == days->room) {
		room = days->room + 16;
		at = reallocarray(days->days, room, sizeof(*at));
		if (at == NULL)
			return (-1);
		days->days = at;
		days->room = room;
	}
	days->days[days->n].day = day;
	days->days[days->n].slots = 1;
	days->n++;

	return (0);
}

void
queue_days_remove(struct queue_days *days, uint32_t day)
{
	struct queue_day *at = find(days, day);

	if (at != NULL && --at->slots == 0)
		*at = days->days[--days->n];
}

/* The oldest one after a day, or QUEUE_DAYS_NONE. */
static uint32_t
next_day(const struct queue_days *days, int64_t after)
{
	uint32_t next = QUEUE_DAYS_NONE;
	size_t i;

	for (i = 0; i < days->n; i++)
		if ((int64_t)days->days[i].day > after &&
		    days->days[i].day < next)
			next = days->days[i].day;

	return (next);
}

uint32_t
queue_days_list(const struct queue_days *days, uint32_t *list, uint32_t max)
{
	int64_t after = -1;
	uint32_t n;

	for (n = 0; n < max; n++) {
		if ((list[n] = next_day(days, after)) == QUEUE_DAYS_NONE)
			break;
		after = list[n];
	}
	if (n < max)
		list[n] = 0;

	return (n);
}

uint32_t
queue_days_oldest(const struct queue_days *days)
{
	return (next_day(days, -1));
}
