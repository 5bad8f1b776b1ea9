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
#include <sys/time.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"

#include "proc.h"
#include "queue.h"

/*
 * What is held, counted for mixctl: some headers with every turn of the loop,
 * so that nothing waits for it.  What the count says of one message would be
 * too much: so it has no times but hours, and is made anew only when the pool
 * has run meanwhile.
 */
#define SLOTS_A_TURN	128
#define HOUR		3600

static uint64_t
hour_of(uint64_t t)
{
	return (t - t % HOUR);
}

/* The row of such messages; with too many rows the hours are put together. */
static struct proto_queue_row *
row_of(struct queue_list *list, uint32_t class, uint32_t state, uint64_t due)
{
	struct proto_queue_row *row, *like = NULL;
	uint32_t i;

	for (i = 0; i < list->n; i++) {
		row = &list->rows[i];
		if (row->class != class || row->state != state)
			continue;
		if (row->due == due)
			return (row);
		like = row;
	}
	if (like != NULL && list->n == PROTO_QUEUE_ROWS_MAX)
		return (like);
	if (list->n == PROTO_QUEUE_ROWS_MAX)
		return (NULL);
	row = &list->rows[list->n++];
	memset(row, 0, sizeof(*row));
	row->class = class;
	row->state = state;
	row->due = due;

	return (row);
}

static void
count(struct queue_list *list, const struct spool_slot *slot, uint32_t state,
    uint64_t due, uint64_t since)
{
	struct proto_queue_row *row;

	row = row_of(list, slot->class, state, hour_of(due));
	if (row == NULL)
		return;
	row->n++;
	if (slot->tries > row->tries)
		row->tries = slot->tries;
	since = hour_of(since);
	if (since != 0 && (row->oldest == 0 || since < row->oldest))
		row->oldest = since;
}

static void
count_message(struct queue_list *list, uint8_t flags,
    const struct spool_slot *slot)
{
	if (flags & QUEUE_DAMAGED)
		count(list, slot, PROTO_QUEUE_DAMAGED, 0, slot->fired);
	else if (flags & QUEUE_OUT)
		count(list, slot, PROTO_QUEUE_OUT, 0, slot->fired);
	else if (slot->state == SPOOL_POOLED)
		count(list, slot, PROTO_QUEUE_POOL, 0, 0);
	else
		count(list, slot, PROTO_QUEUE_RETRY, slot->due, slot->fired);
}

static int
is_incomplete(struct queue_env *q, const struct spool_slot *slot,
    uint64_t *until)
{
	const struct mix_parts_set *set;

	if (slot->class != SPOOL_PART || (set = mix_parts_find(&q->parts,
	    slot->part_key)) == NULL || mix_parts_whole(set))
		return (0);
	*until = set->since + q->parts.limits.keep;

	return (1);
}

/* A mail of several slots is one message, by its head. */
static void
count_slot(struct queue_env *q, uint32_t id)
{
	struct spool_slot slot;
	uint64_t until;
	uint8_t flags = *queue_flags(q, id);

	if (spool_peek(q->spool, id, &slot) == -1) {
		if (errno == EINVAL || !(flags & QUEUE_LIVE))
			return;
		memset(&slot, 0, sizeof(slot));
		flags |= QUEUE_DAMAGED;
	}
	if (is_incomplete(q, &slot, &until))
		count(&q->list, &slot, PROTO_QUEUE_INCOMPLETE, until,
		    slot.arrived);
	else if (flags & QUEUE_LIVE)
		count_message(&q->list, flags, &slot);
}

static void
answer(const struct queue_list *list, uint64_t id)
{
	struct {
		struct proto_queue_rows	head;
		struct proto_queue_row	rows[PROTO_QUEUE_ROWS_MAX];
	} rows;
	struct proto_ctl_done done;

	memset(&rows.head, 0, sizeof(rows.head));
	rows.head.n = list->n;
	rows.head.interval = proc_conf()->global.pool_interval;
	rows.head.id = id;
	rows.head.counted = list->counted;
	memcpy(rows.rows, list->rows, list->n * sizeof(rows.rows[0]));
	proc_send(ROLE_CONTROL, 0, PROTO_QUEUE_ROWS, &rows,
	    sizeof(rows.head) + list->n * sizeof(rows.rows[0]));
	memset(&done, 0, sizeof(done));
	done.id = id;
	done.ok = 1;
	proc_send(ROLE_CONTROL, 0, PROTO_CTL_DONE, &done, sizeof(done));
}

static void
next_turn(struct queue_env *q)
{
	static const struct timeval now = { 0, 0 };

	evtimer_add(&q->list.ev, &now);
}

static void
turn(int fd, short what, void *arg)
{
	struct queue_env *q = arg;
	struct queue_list *list = &q->list;
	struct spool_stats stats;
	uint32_t end = list->at + SLOTS_A_TURN;

	(void)fd;
	(void)what;
	spool_stats(q->spool, &stats);
	for (; list->at < end && list->at < stats.slots; list->at++)
		count_slot(q, list->at);
	if (list->at < stats.slots) {
		next_turn(q);
		return;
	}
	while (list->nwaiting > 0)
		answer(list, list->waiting[--list->nwaiting]);
}

static int
is_fresh(const struct queue_list *list)
{
	int64_t age = clock_boot() - list->boot;

	return (list->counted != 0 &&
	    age < (int64_t)proc_conf()->global.pool_interval);
}

void
queue_list(struct queue_env *q, uint64_t id)
{
	struct queue_list *list = &q->list;

	if (list->nwaiting == 0 && is_fresh(list)) {
		answer(list, id);
		return;
	}
	/* Control has no more clients than that. */
	if (list->nwaiting == nitems(list->waiting))
		return;
	list->waiting[list->nwaiting++] = id;
	if (list->nwaiting > 1)
		return;
	list->n = 0;
	list->at = 0;
	list->counted = (uint64_t)clock_wall();
	list->boot = clock_boot();
	evtimer_set(&list->ev, turn, q);
	next_turn(q);
}

void
queue_list_stop(struct queue_env *q)
{
	if (evtimer_initialized(&q->list.ev))
		evtimer_del(&q->list.ev);
}
