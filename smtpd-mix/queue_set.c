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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "log.h"
#include "proc.h"
#include "queue.h"

/*
 * A mail to postmaster is a set of slots outside the pool.  Its pieces come one
 * by one and are written pending; the head, which comes last, commits them all.
 * A mail in parts is a set, too, once it is whole: its head is its first part.
 */
#define OPEN_MAX	64	/* sets whose pieces are stored */

static int	compare(struct queue_set *, struct queue_set *);

RB_PROTOTYPE(queue_held_sets, queue_set, held_entry, compare)
RB_GENERATE(queue_held_sets, queue_set, held_entry, compare)

static int
compare(struct queue_set *a, struct queue_set *b)
{
	return (a->head < b->head ? -1 : a->head > b->head);
}

static struct queue_set *
find_open(struct queue_env *q, uint64_t number)
{
	struct queue_set *set;

	LIST_FOREACH(set, &q->open_sets, open_entry)
		if (set->set == number)
			return (set);

	return (NULL);
}

/* There is at most one open set for each connection of smtp. */
static struct queue_set *
new_open(struct queue_env *q, uint64_t number)
{
	struct queue_set *set;

	if (number == 0)
		fatalx("smtp sent a set without a number");
	if ((set = calloc(1, sizeof(*set))) == NULL)
		fatal("queue");
	set->set = number;
	set->failed = q->nopen >= OPEN_MAX;
	LIST_INSERT_HEAD(&q->open_sets, set, open_entry);
	q->nopen++;

	return (set);
}

static void
close_open(struct queue_env *q, struct queue_set *set)
{
	LIST_REMOVE(set, open_entry);
	q->nopen--;
}

static void
set_free(struct queue_set *set)
{
	free(set->members);
	free(set);
}

static int
add_member(struct queue_set *set, uint32_t id, uint32_t day)
{
	struct queue_member *more, *member;
	uint32_t room;

	if (set->n == set->room) {
		room = set->room == 0 ? 8 : set->room * 2;
		more = reallocarray(set->members, room, sizeof(*more));
		if (more == NULL)
			return (-1);
		set->members = more;
		set->room = room;
	}
	member = &set->members[set->n++];
	memset(member, 0, sizeof(*member));
	member->id = id;
	member->day = day;

	return (0);
}

static uint32_t
most_pieces(void)
{
	return (proc_conf()->global.max_mail_size / PROTO_PIECE_LEN + 2);
}

static void
slot_of(const struct proto_result *r, uint8_t state, struct spool_slot *slot)
{
	memset(slot, 0, sizeof(*slot));
	slot->class = SPOOL_POSTMASTER;
	slot->state = state;
	slot->body_len = r->body_len;
	slot->set = r->set;
	slot->set_index = r->set_index;
	slot->set_total = r->set_total;
	slot->storage_day = r->storage_day;
}

static void
piece(struct queue_env *q, struct queue_set *set,
    const struct proto_result *r)
{
	struct queue_item *item;
	struct spool_slot slot;

	if (set->failed)
		return;
	if (r->set_index != set->n + 1)
		fatalx("the pieces of a set came in disorder");
	if (r->failed || r->body_len == 0 || set->n >= most_pieces()) {
		set->failed = 1;
		return;
	}
	slot_of(r, SPOOL_PENDING, &slot);
	item = queue_item(q, QUEUE_ITEM_MEMBER, r->txn);
	item->set = set;
	item->day = r->storage_day;
	if (queue_put(q, &slot, r->body, &item->id) == -1)
		set->failed = 1;
	else if (add_member(set, item->id, item->day) == -1)
		fatal("queue");
}

static void
head(struct queue_env *q, struct queue_set *set, const struct proto_result *r)
{
	struct queue_item *item;
	struct spool_slot slot;

	item = queue_item(q, QUEUE_ITEM_REFUSED, r->txn);
	item->set = set;
	set->ended = 1;
	if (r->failed || set->failed || set->n == 0 ||
	    r->set_total != set->n + 1)
		return;
	slot_of(r, SPOOL_HEAD, &slot);
	slot.body_len = 0;
	slot.storage_day = 0;
	if (queue_put(q, &slot, r->body, &item->id) == 0)
		item->kind = QUEUE_ITEM_HEAD;
}

void
queue_set_frame(struct queue_env *q, const struct proto_result *r)
{
	struct queue_set *set = find_open(q, r->set);
	int abort = r->set_index == 0 && r->set_total == 0;

	if (set == NULL && abort)
		return;
	if (set == NULL)
		set = new_open(q, r->set);
	if (set->ended)
		fatalx("smtp went on with a set after its head");
	if (abort) {
		queue_item(q, QUEUE_ITEM_ABORTED, r->txn)->set = set;
		set->ended = 1;
	} else if (r->set_index == 0)
		head(q, set, r);
	else
		piece(q, set, r);
}

void
queue_set_settle(struct queue_env *q, struct queue_set *set, int ok)
{
	uint32_t i;

	if (ok) {
		set->synced++;
		return;
	}
	/* What was durable before is freed, the rest was withdrawn. */
	for (i = 0; i < set->synced; i++)
		queue_free_member(q, &set->members[i]);
	set->n = set->synced = 0;
	set->failed = 1;
}

void
queue_set_held(struct queue_env *q, struct queue_set *set, uint32_t id)
{
	close_open(q, set);
	set->head = id;
	RB_INSERT(queue_held_sets, &q->held_sets, set);
}

int
queue_set_of_parts(struct queue_env *q, struct queue_parts *parts)
{
	struct queue_set *set;
	uint8_t *flags;

	if ((set = calloc(1, sizeof(*set))) == NULL)
		return (-1);
	set->set = mix_parts_number(parts->set.key);
	set->members = parts->members;
	set->n = set->room = parts->set.total;
	set->head = set->members[0].id;
	set->parts = parts;
	parts->members = NULL;
	flags = queue_flags(q, set->head);
	*flags |= QUEUE_LIVE | QUEUE_HEAD | QUEUE_PARTS;
	if (parts->deliver)
		*flags |= QUEUE_DELIVER;
	RB_INSERT(queue_held_sets, &q->held_sets, set);

	return (0);
}

void
queue_set_refuse(struct queue_env *q, struct queue_set *set)
{
	queue_set_settle(q, set, 0);
	close_open(q, set);
	set_free(set);
}

int
queue_set_recovered(struct queue_env *q, uint32_t id,
    const struct spool_slot *slot)
{
	struct queue_set *set;

	if (slot->set_index > 0) {
		set = q->recovered_set;
		if (set == NULL || set->set != slot->set)
			fatalx("recovery found a piece without its head");
		return (add_member(set, id, slot->storage_day));
	}
	if ((set = calloc(1, sizeof(*set))) == NULL)
		return (-1);
	set->set = slot->set;
	set->head = id;
	RB_INSERT(queue_held_sets, &q->held_sets, set);
	q->recovered_set = set;

	return (0);
}

struct queue_set *
queue_set_by_head(struct queue_env *q, uint32_t id)
{
	struct queue_set key;

	key.head = id;

	return (RB_FIND(queue_held_sets, &q->held_sets, &key));
}

void
queue_set_done(struct queue_env *q, struct queue_set *set)
{
	struct queue_member last;
	uint32_t i;

	if (set->parts != NULL)
		queue_parts_done(q, set->parts);

	/* The head last, though one sync takes them all. */
	for (i = 0; i < set->n; i++)
		queue_free_member(q, &set->members[i]);
	if (set->parts == NULL) {
		memset(&last, 0, sizeof(last));
		last.id = set->head;
		queue_free_member(q, &last);
	}
	RB_REMOVE(queue_held_sets, &q->held_sets, set);
	set_free(set);
}
