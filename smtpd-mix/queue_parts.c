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

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/rng_system.h"

#include "clockwatch.h"
#include "log.h"
#include "parts_limits.h"
#include "proc.h"
#include "queue.h"
#include "retry.h"

/*
 * Mails that come in parts.  A part is written and acknowledged like any
 * message; when the last one is durable the mail goes into the pool, as one, by
 * the slot of its first part.
 *
 * What was delivered or given up is remembered by its key, in the replay
 * records of that of its subkeys that lives longest.  The key is there,
 * durably, before the first part is freed: parts that a crash leaves over are
 * known by it.
 */
#define EXPIRE_SECONDS	300	/* at most, between two looks */
#define PROGRESS_SHARE	16	/* of keep: without a part for so long */
#define DISPLACED_MAX	8	/* by one part */

void
queue_parts_init(struct queue_env *q)
{
	mix_parts_init(&q->parts);
}

static struct queue_parts *
find(struct queue_env *q, const uint8_t key[SPOOL_PART_KEY_LEN])
{
	return ((struct queue_parts *)mix_parts_find(&q->parts, key));
}

/* A new one, in the tree; NULL: no memory. */
static struct queue_parts *
begin(struct queue_env *q, const uint8_t key[SPOOL_PART_KEY_LEN],
    uint32_t total, uint64_t since)
{
	struct queue_parts *parts;

	if ((parts = calloc(1, sizeof(*parts))) == NULL)
		return (NULL);
	parts->members = calloc(total, sizeof(*parts->members));
	parts->set.taken = calloc(1, MIX_PARTS_TAKEN_LEN(total));
	if (parts->members == NULL || parts->set.taken == NULL) {
		free(parts->members);
		free(parts->set.taken);
		free(parts);
		return (NULL);
	}
	memcpy(parts->set.key, key, sizeof(parts->set.key));
	parts->set.total = total;
	parts->set.since = since;
	parts->progress = clock_boot();
	mix_parts_begin(&q->parts, &parts->set);

	return (parts);
}

static void
end(struct queue_env *q, struct queue_parts *parts)
{
	mix_parts_end(&q->parts, &parts->set);
	free(parts->members);
	free(parts->set.taken);
	free(parts);
}

/* Its key will be known as long as any of its subkeys; 0 is for ever. */
static void
note_subkey(struct queue_parts *parts, const uint8_t keyid[SPOOL_KEYID_LEN],
    uint64_t expires)
{
	static const uint8_t none[SPOOL_KEYID_LEN];

	if (memcmp(parts->keyid, none, sizeof(none)) != 0 &&
	    (parts->expires == 0 ||
	    (expires != 0 && expires <= parts->expires)))
		return;
	parts->expires = expires;
	memcpy(parts->keyid, keyid, sizeof(parts->keyid));
}

static int
has_plenty(const struct mix_parts *p)
{
	return (p->incomplete <= p->limits.sets / 2 &&
	    p->held <= p->limits.held / 4);
}

/* A bound is the operator's to know of: said once until there is room again. */
static void
tell_bound(struct queue_env *q)
{
	if (!q->told_parts)
		log_warnx("too many parts of incomplete mails: some that make "
		    "no progress are given up early, or new ones are "
		    "destroyed");
	q->told_parts = 1;
}

/* The slots that it has, all durable; its key is on its way to the log. */
static void
drop(struct queue_env *q, struct queue_parts *parts)
{
	uint32_t i;

	for (i = 0; i < parts->set.total; i++)
		if (mix_parts_has(&parts->set, i + 1))
			queue_free_member(q, &parts->members[i]);
	end(q, parts);
}

/* Remembers the key.  A subkey that is gone opens no late part. */
static void
record(struct queue_env *q, const struct queue_parts *parts)
{
	if (queue_replay_admit(&q->replay, parts->keyid, parts->set.key) ==
	    QUEUE_ADMIT_NO_MEMORY)
		fatal("queue");
	queue_free_record(q, parts->keyid, parts->set.key);
}

/*
 * Whoever sends half mails can reach the bounds, and nobody's mail in parts
 * would be taken until they are given up.  So some are given up early: of those
 * that no part has come of for a while one at random, and where octets are
 * short the more likely the more it has.  Mails that are whole, and those that
 * are coming in, stay.
 */
static int
is_displaceable(const struct queue_env *q, const struct queue_parts *parts,
    int64_t now)
{
	return (!mix_parts_whole(&parts->set) &&
	    parts->durable == parts->set.n &&
	    now - parts->progress >= q->parts.limits.keep / PROGRESS_SHARE);
}

static struct queue_parts *
choose(struct queue_env *q, const struct queue_parts *spared, int by_size)
{
	struct queue_parts *parts, *chosen = NULL;
	struct mix_parts_set *set;
	int64_t now = clock_boot();
	uint32_t weight, all = 0;

	for (set = mix_parts_next(&q->parts, NULL); set != NULL;
	    set = mix_parts_next(&q->parts, set)) {
		parts = (struct queue_parts *)set;
		if (parts == spared || !is_displaceable(q, parts, now))
			continue;
		weight = by_size ? set->n : 1;
		all += weight;
		if (rng_uniform(&rng_system, all) < weight)
			chosen = parts;
	}

	return (chosen);
}

/* Whether a part that was refused would be taken if there was room. */
static int
lacks_room(const struct queue_env *q, const struct queue_parts *parts,
    const struct proto_result *r)
{
	if (r->set_index > r->set_total ||
	    r->set_total > q->parts.limits.parts)
		return (0);

	return (parts == NULL || (parts->set.total == r->set_total &&
	    !mix_parts_has(&parts->set, r->set_index)));
}

static enum mix_parts_verdict
judge(struct queue_env *q, const struct proto_result *r)
{
	const struct queue_parts *own = find(q, r->part_key);
	enum mix_parts_verdict verdict;
	struct queue_parts *other;
	int tries;

	for (tries = 0; ; tries++) {
		verdict = mix_parts_judge(&q->parts, r->part_key, r->set_index,
		    r->set_total);
		if (verdict != MIX_PARTS_REFUSED || tries == DISPLACED_MAX ||
		    !lacks_room(q, own, r))
			return (verdict);
		other = choose(q, own,
		    q->parts.held >= q->parts.limits.held / 2);
		if (other == NULL)
			return (verdict);
		tell_bound(q);
		q->counts.sets_displaced++;
		record(q, other);
		drop(q, other);
	}
}

/* Where a good part belongs; NULL: it is not to be kept. */
static struct queue_parts *
admit(struct queue_env *q, const struct proto_result *r)
{
	uint64_t now = (uint64_t)clock_wall();
	struct queue_parts *parts;

	if (replayset_has(q->replay.set, r->part_key))
		return (NULL);
	parts_limits(&proc_conf()->global, &q->parts.limits);
	switch (judge(q, r)) {
	case MIX_PARTS_FIRST:
		if (has_plenty(&q->parts))
			q->told_parts = 0;
		parts = begin(q, r->part_key, r->set_total,
		    retry_fired(now, q->parts.limits.keep));
		if (parts == NULL)
			fatal("queue");
		return (parts);
	case MIX_PARTS_MORE:
		return (find(q, r->part_key));
	case MIX_PARTS_REFUSED:
		tell_bound(q);
		return (NULL);
	default:
		return (NULL);
	}
}

static void
take(struct queue_env *q, const struct proto_result *r,
    struct queue_item *item)
{
	if ((item->parts = admit(q, r)) == NULL) {
		q->counts.parts_destroyed++;
		item->kind = QUEUE_ITEM_SEEN;
		return;
	}
	item->part = r->set_index;
	item->parts->progress = clock_boot();
	(void)mix_parts_take(&q->parts, &item->parts->set, item->part);
	note_subkey(item->parts, r->keyid, r->key_expires);
	if (item->part == 1)
		item->parts->deliver = r->via == PROTO_VIA_DELIVER;
}

/*
 * Part 1 of a mail that must not go out.  It says nothing of a mail that has a
 * good part 1 already.
 */
static void
doom(struct queue_env *q, const struct proto_result *r,
    struct queue_item *item)
{
	const struct queue_parts *parts = find(q, r->part_key);

	q->counts.parts_destroyed++;
	if ((parts != NULL && mix_parts_has(&parts->set, 1)) ||
	    queue_replay_admit(&q->replay, r->keyid, r->part_key) !=
	    QUEUE_ADMIT_NEW)
		item->kind = QUEUE_ITEM_SEEN;
}

void
queue_parts_take(struct queue_env *q, const struct proto_result *r,
    struct queue_item *item)
{
	if (r->set_index < 1 || r->set_index > r->set_total)
		fatalx("crypto sent a part that can't be");
	memcpy(item->part_key, r->part_key, sizeof(item->part_key));
	if (item->kind == QUEUE_ITEM_PART)
		take(q, r, item);
	else
		doom(q, r, item);
}

static void
keep(struct queue_env *q, struct queue_item *item)
{
	struct queue_parts *parts = item->parts;
	struct queue_member *member = &parts->members[item->part - 1];

	member->id = item->id;
	member->day = item->day;
	memcpy(member->keyid, item->keyid, sizeof(member->keyid));
	memcpy(member->digest, item->digest, sizeof(member->digest));
	if (++parts->durable < parts->set.total)
		return;
	item->whole = 1;
	item->id = parts->members[0].id;
	if (queue_set_of_parts(q, parts) == -1)
		fatal("queue");
}

void
queue_parts_settle(struct queue_env *q, struct queue_item *item)
{
	struct queue_parts *parts;

	if (item->kind == QUEUE_ITEM_PART) {
		keep(q, item);
		return;
	}
	queue_free_record(q, item->keyid, item->part_key);
	if ((parts = find(q, item->part_key)) != NULL)
		drop(q, parts);
}

void
queue_parts_withdraw(struct queue_env *q, const struct queue_item *item)
{
	struct queue_parts *parts = item->parts;

	if (item->kind != QUEUE_ITEM_PART) {
		queue_replay_withdraw(&q->replay, item->part_key);
		return;
	}
	mix_parts_give_back(&q->parts, &parts->set, item->part);
	if (parts->set.n == 0)
		end(q, parts);
}

void
queue_parts_done(struct queue_env *q, struct queue_parts *parts)
{
	record(q, parts);
	end(q, parts);
}

static void
give_up(struct queue_env *q)
{
	struct mix_parts_set *set, *next;
	struct queue_parts *parts;
	uint64_t now = (uint64_t)clock_wall();

	for (set = mix_parts_next(&q->parts, NULL); set != NULL; set = next) {
		next = mix_parts_next(&q->parts, set);
		parts = (struct queue_parts *)set;
		/* Not while a part is in the batch. */
		if (!mix_parts_late(&q->parts, set, now) ||
		    parts->durable != set->n)
			continue;
		q->counts.sets_given_up++;
		record(q, parts);
		drop(q, parts);
	}
}

static void
look_again(struct queue_env *q)
{
	struct timeval tv = { EXPIRE_SECONDS, 0 };

	parts_limits(&proc_conf()->global, &q->parts.limits);
	if (q->parts.limits.keep / 24 < EXPIRE_SECONDS)
		tv.tv_sec = q->parts.limits.keep / 24 + 1;
	evtimer_add(&q->parts_ev, &tv);
}

static void
parts_event(int fd, short what, void *arg)
{
	struct queue_env *q = arg;

	(void)fd;
	(void)what;
	if (clock_trusted())
		give_up(q);
	look_again(q);
}

void
queue_parts_start(struct queue_env *q)
{
	evtimer_set(&q->parts_ev, parts_event, q);
	look_again(q);
}

void
queue_parts_stop(struct queue_env *q)
{
	if (evtimer_initialized(&q->parts_ev))
		evtimer_del(&q->parts_ev);
}

/* What was delivered or given up, or is there already, is left over. */
static int
is_left_over(const struct queue_env *q, const struct queue_parts *parts,
    const struct spool_slot *slot)
{
	return (replayset_has(q->replay.set, slot->part_key) ||
	    (parts != NULL && (parts->set.total != slot->set_total ||
	    mix_parts_has(&parts->set, slot->set_index))));
}

int
queue_parts_recovered(struct queue_env *q, uint32_t id,
    const struct spool_slot *slot)
{
	struct queue_parts *parts = find(q, slot->part_key);
	struct queue_member *member;

	if (is_left_over(q, parts, slot)) {
		queue_free_recovered(q, id, slot);
		return (0);
	}
	if (parts == NULL && (parts = begin(q, slot->part_key,
	    slot->set_total, slot->arrived)) == NULL)
		return (-1);
	(void)mix_parts_take(&q->parts, &parts->set, slot->set_index);
	note_subkey(parts, slot->keyid, slot->key_expires);
	parts->durable++;
	member = &parts->members[slot->set_index - 1];
	member->id = id;
	member->day = slot->storage_day;
	memcpy(member->keyid, slot->keyid, sizeof(member->keyid));
	memcpy(member->digest, slot->digest, sizeof(member->digest));
	if (slot->set_index == 1) {
		parts->deliver = strcmp(slot->hop, "local") == 0;
		parts->fired = slot->state != SPOOL_POOLED;
		parts->due = slot->due;
	}

	return (0);
}

int
queue_parts_complete(struct queue_env *q, int (*fn)(struct queue_env *,
    uint32_t, const struct spool_slot *))
{
	struct mix_parts_set *set;
	struct queue_parts *parts;
	struct spool_slot slot;
	uint32_t head;

	memset(&slot, 0, sizeof(slot));
	for (set = mix_parts_next(&q->parts, NULL); set != NULL;
	    set = mix_parts_next(&q->parts, set)) {
		parts = (struct queue_parts *)set;
		if (!mix_parts_whole(set))
			continue;
		head = parts->members[0].id;
		slot.state = parts->fired ? SPOOL_FIRED : SPOOL_POOLED;
		slot.due = parts->due;
		if (queue_set_of_parts(q, parts) == -1 ||
		    fn(q, head, &slot) == -1)
			return (-1);
	}

	return (0);
}
