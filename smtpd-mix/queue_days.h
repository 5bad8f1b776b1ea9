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

#ifndef SMTPD_MIX_QUEUE_DAYS_H
#define SMTPD_MIX_QUEUE_DAYS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * How many slots are sealed under the storage key of each day, so that a day's
 * key can go with its last slot.  Day 0 is no day and not counted.
 */
struct queue_day {
	uint32_t	day;
	uint32_t	slots;
};

struct queue_days {
	struct queue_day	*days;	/* in no order; none with 0 slots */
	size_t			 n;
	size_t			 room;
};

/* 0, or -1: out of memory. */
int	queue_days_add(struct queue_days *, uint32_t day);
void	queue_days_remove(struct queue_days *, uint32_t day);

#define QUEUE_DAYS_NONE	UINT32_MAX

/* The days that are in use, in order, the first max of them; how many. */
uint32_t queue_days_list(const struct queue_days *, uint32_t *list,
	    uint32_t max);

/* The oldest day that is in use, or QUEUE_DAYS_NONE. */
uint32_t queue_days_oldest(const struct queue_days *);

#endif
