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
#include <string.h>
#include <time.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/rng_system.h"

#include "log.h"
#include "proc.h"
#include "queue.h"

/*
 * What comes in.  Slots are written as they arrive; one sync makes a batch of
 * them durable.  Commits run back to back: what arrives during one sync is the
 * next batch, and a commit comes when a turn of the loop has brought nothing
 * more, or there is enough.
 *
 * What has to be destroyed costs a scratch slot: the same work, the same time.
 */
#define ENOUGH		PROTO_SMTP_CREDITS
#define TURNS_MAX	32

_Static_assert(MIX_BODY_LEN <= SPOOL_BODY_LEN, "a body fits into a slot");

static void
commit_event(int fd, short what, void *arg)
{
	struct queue_env *q = arg;
	struct queue_batch *b = &q->batch;

	(void)fd;
	(void)what;
	b->scheduled = 0;
	if (q->spool == NULL)
		return;
	if (b->arrived && b->n < ENOUGH && ++b->turns < TURNS_MAX) {
		queue_schedule(q);
		b->arrived = 0;
		return;
	}
	queue_commit(q);
	if (q->stopping && !b->scheduled)
		queue_close(q);
}

void
queue_schedule(struct queue_env *q)
{
	static const struct timeval now = { 0, 0 };
	struct queue_batch *b = &q->batch;

	b->arrived = 1;
	if (b->scheduled)
		return;
	b->scheduled = 1;
	evtimer_set(&b->ev, commit_event, q);
	evtimer_add(&b->ev, &now);
}

struct queue_item *
queue_item(struct queue_env *q, enum queue_item_kind kind, uint64_t txn)
{
	struct queue_batch *b = &q->batch;
	struct queue_item *item;

	if (b->n == QUEUE_BATCH_MAX)
		queue_commit(q);
	item = &b->items[b->n++];
	memset(item, 0, sizeof(*item));
	item->kind = kind;
	item->txn = txn;
	queue_schedule(q);

	return (item);
}

int
queue_put(struct queue_env *q, const struct spool_slot *slot,
    const uint8_t *body, uint32_t *id)
{
	if (q->batch.failed)
		return (-1);
	if (spool_put(q->spool, slot, body, id) == -1) {
		if (!q->batch.told)
			log_warn("spool: mail is answered with 451");
		q->batch.failed = q->batch.told = 1;
		return (-1);
	}
	if (q->room > 0)
		q->room--;

	return (0);
}

static void
slot_of(const struct proto_result *r, struct spool_slot *slot)
{
	memset(slot, 0, sizeof(*slot));
	slot->body_len = MIX_BODY_LEN;
	slot->state = SPOOL_POOLED;
	slot->key_expires = r->key_expires;
	memcpy(slot->keyid, r->keyid, sizeof(slot->keyid));
	memcpy(slot->digest, r->digest, sizeof(slot->digest));
	if (r->verdict == MIX_FORWARD) {
		slot->class = SPOOL_FORWARD;
		strlcpy(slot->hop, r->next, sizeof(slot->hop));
		return;
	}
	slot->class = SPOOL_EXIT;
	slot->storage_day = r->storage_day;
	strlcpy(slot->hop, r->via == PROTO_VIA_DELIVER ? "local" : "smtp",
	    sizeof(slot->hop));
}

static void
part_of(const struct proto_result *r, uint64_t arrived,
    struct spool_slot *slot)
{
	slot->class = SPOOL_PART;
	slot->set_index = r->set_index;
	slot->set_total = r->set_total;
	memcpy(slot->part_key, r->part_key, sizeof(slot->part_key));
	slot->arrived = arrived;
}

static enum queue_item_kind
kind_of(uint32_t verdict)
{
	switch (verdict) {
	case MIX_FORWARD:
	case MIX_DELIVER:
		return (QUEUE_ITEM_MESSAGE);
	case MIX_DISCARD:
		return (QUEUE_ITEM_SEEN);
	case MIX_HOLD:
		return (QUEUE_ITEM_PART);
	case MIX_DESTROY_SET:
		return (QUEUE_ITEM_DESTROY);
	default:
		return (QUEUE_ITEM_NOTHING);
	}
}

/* What becomes of a mix message; its digest is in the set afterwards. */
static enum queue_item_kind
judge(struct queue_env *q, const struct proto_result *r)
{
	if (kind_of(r->verdict) == QUEUE_ITEM_NOTHING)
		return (QUEUE_ITEM_NOTHING);
	/* No name in the DNS is that long. */
	if (strlen(r->next) >= SPOOL_HOP_MAX)
		return (QUEUE_ITEM_NOTHING);
	switch (queue_replay_admit(&q->replay, r->keyid, r->digest)) {
	case QUEUE_ADMIT_NEW:
		return (kind_of(r->verdict));
	case QUEUE_ADMIT_REPLAY:
		q->counts.replays++;
		return (QUEUE_ITEM_NOTHING);
	case QUEUE_ADMIT_NO_MEMORY:
		log_warnx("no memory for the replay records");
		q->batch.failed = 1;
		return (QUEUE_ITEM_NOTHING);
	default:
		return (QUEUE_ITEM_NOTHING);
	}
}

static void
mix_result(struct queue_env *q, const struct proto_result *r)
{
	struct queue_item *item;
	struct spool_slot slot;

	item = queue_item(q, QUEUE_ITEM_NOTHING, r->txn);
	if (r->failed)
		item->kind = QUEUE_ITEM_FAILED;
	if (r->failed || q->batch.failed)
		return;
	item->kind = judge(q, r);
	memcpy(item->keyid, r->keyid, sizeof(item->keyid));
	memcpy(item->digest, r->digest, sizeof(item->digest));
	if (item->kind == QUEUE_ITEM_PART ||
	    item->kind == QUEUE_ITEM_DESTROY)
		queue_parts_take(q, r, item);
	slot_of(r, &slot);
	switch (item->kind) {
	case QUEUE_ITEM_MESSAGE:
		item->day = slot.storage_day;
		if (slot.class == SPOOL_EXIT && r->via == PROTO_VIA_DELIVER)
			item->flags = QUEUE_DELIVER;
		break;
	case QUEUE_ITEM_PART:
		item->day = slot.storage_day;
		part_of(r, item->parts->set.since, &slot);
		break;
	default:
		slot.class = SPOOL_SCRATCH;
	}
	(void)queue_put(q, &slot, r->body, &item->id);
}

void
queue_result(struct queue_env *q, const struct proto_result *r)
{
	if (r->body_len > MIX_BODY_LEN || !proto_string(r->next,
	    sizeof(r->next)))
		fatalx("crypto sent a broken result");
	if (q->granted > 0)
		q->granted--;
	if (r->kind == PROTO_FRAME_POSTMASTER)
		queue_set_frame(q, r);
	else
		mix_result(q, r);
	queue_schedule(q);
}

void
queue_dummy(struct queue_env *q, const struct proto_dummy *d)
{
	struct queue_item *item;
	struct spool_slot slot;

	if (!proto_string(d->next, sizeof(d->next)) ||
	    strlen(d->next) >= SPOOL_HOP_MAX)
		fatalx("seal sent a broken dummy");
	/* The slots that smtp was promised are not for dummies. */
	if (q->full != NULL || q->batch.failed || q->room <= q->granted)
		return;
	item = queue_item(q, QUEUE_ITEM_DUMMY, 0);
	item->dummies = d->batch;
	memset(&slot, 0, sizeof(slot));
	slot.class = SPOOL_FORWARD;
	slot.state = SPOOL_POOLED;
	slot.body_len = MIX_BODY_LEN;
	strlcpy(slot.hop, d->next, sizeof(slot.hop));
	/* Neither the slot nor the log tells it from a message that came. */
	if (queue_replay_pretend(&q->replay, &rng_system, slot.keyid,
	    &slot.key_expires, slot.digest) == 0) {
		memcpy(item->keyid, slot.keyid, sizeof(item->keyid));
		memcpy(item->digest, slot.digest, sizeof(item->digest));
	}
	(void)queue_put(q, &slot, d->body, &item->id);
}

static void
answer(uint64_t txn, uint32_t ok)
{
	struct proto_committed committed;

	memset(&committed, 0, sizeof(committed));
	committed.txn = txn;
	committed.ok = ok;
	proc_send(ROLE_SMTP, 0, PROTO_COMMITTED, &committed,
	    sizeof(committed));
}

/* The slots are durable: what they carry may go to the logs. */
static void
log_digests(struct queue_env *q)
{
	struct queue_item *item;
	size_t i;

	for (i = 0; i < q->batch.n; i++) {
		item = &q->batch.items[i];
		if (item->kind != QUEUE_ITEM_MESSAGE &&
		    item->kind != QUEUE_ITEM_DUMMY &&
		    item->kind != QUEUE_ITEM_PART &&
		    item->kind != QUEUE_ITEM_DESTROY &&
		    item->kind != QUEUE_ITEM_SEEN)
			continue;
		if (queue_replay_append(&q->replay, item->keyid,
		    item->digest) == -1)
			queue_stuck(q, "a replay log can't be written");
		else
			item->flags |= QUEUE_LOGGED;
	}
}

static void
hold(struct queue_env *q, const struct queue_item *item, uint8_t flags)
{
	*queue_flags(q, item->id) = (uint8_t)(item->flags | flags);
	if (queue_days_add(&q->days, item->day) == -1)
		fatal("queue");
}

static void
item_done(struct queue_env *q, struct queue_item *item)
{
	switch (item->kind) {
	case QUEUE_ITEM_MESSAGE:
		q->counts.committed++;
		/* FALLTHROUGH */
	case QUEUE_ITEM_DUMMY:
		hold(q, item, QUEUE_LIVE);
		break;
	case QUEUE_ITEM_PART:
		q->counts.committed++;
		hold(q, item, 0);
		queue_parts_settle(q, item);
		break;
	case QUEUE_ITEM_DESTROY:
		queue_parts_settle(q, item);
		break;
	case QUEUE_ITEM_MEMBER:
		hold(q, item, 0);
		queue_set_settle(q, item->set, 1);
		break;
	case QUEUE_ITEM_HEAD:
		q->counts.committed++;
		hold(q, item, QUEUE_LIVE | QUEUE_HEAD);
		queue_set_held(q, item->set, item->id);
		break;
	case QUEUE_ITEM_REFUSED:
	case QUEUE_ITEM_ABORTED:
		queue_set_refuse(q, item->set);
		break;
	default:
		break;
	}
}

/* The batch was withdrawn: it is as if it had never come. */
static void
item_undone(struct queue_env *q, const struct queue_item *item)
{
	switch (item->kind) {
	case QUEUE_ITEM_MESSAGE:
	case QUEUE_ITEM_DUMMY:
	case QUEUE_ITEM_SEEN:
		queue_replay_withdraw(&q->replay, item->digest);
		break;
	case QUEUE_ITEM_PART:
	case QUEUE_ITEM_DESTROY:
		queue_replay_withdraw(&q->replay, item->digest);
		queue_parts_withdraw(q, item);
		break;
	case QUEUE_ITEM_MEMBER:
		queue_set_settle(q, item->set, 0);
		break;
	case QUEUE_ITEM_HEAD:
	case QUEUE_ITEM_REFUSED:
	case QUEUE_ITEM_ABORTED:
		queue_set_refuse(q, item->set);
		break;
	default:
		break;
	}
}

static void
answer_all(struct queue_env *q)
{
	const struct queue_item *item;
	uint32_t ok;
	size_t i;

	for (i = 0; i < q->batch.n; i++) {
		item = &q->batch.items[i];
		if (item->kind == QUEUE_ITEM_DUMMY ||
		    item->kind == QUEUE_ITEM_MEMBER ||
		    item->kind == QUEUE_ITEM_ABORTED)
			continue;
		ok = !q->batch.failed && item->kind != QUEUE_ITEM_FAILED &&
		    item->kind != QUEUE_ITEM_REFUSED;
		if (!ok)
			q->counts.failed++;
		answer(item->txn, ok);
	}
}

static void
add_all(struct queue_env *q)
{
	struct proto_add_item adds[QUEUE_BATCH_MAX], *add;
	const struct queue_item *item;
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < q->batch.n; i++) {
		item = &q->batch.items[i];
		if (item->kind != QUEUE_ITEM_MESSAGE &&
		    item->kind != QUEUE_ITEM_DUMMY &&
		    item->kind != QUEUE_ITEM_HEAD && !item->whole)
			continue;
		add = &adds[n++];
		memset(add, 0, sizeof(*add));
		/* A mail in parts is one for the pool: it has its head. */
		add->id = item->id;
		add->dummy = item->kind == QUEUE_ITEM_DUMMY;
		add->batch = item->dummies;
		if (item->kind == QUEUE_ITEM_HEAD) {
			add->fired = 1;
			add->due = (uint64_t)clock_wall();
		}
	}
	queue_tell_pool(adds, n);
}

static void
batch_end(struct queue_env *q)
{
	struct queue_batch *b = &q->batch;
	size_t i;

	if (b->n > 0)
		q->counts.commits++;
	if (!b->failed)
		log_digests(q);
	for (i = 0; i < b->n; i++)
		if (b->failed)
			item_undone(q, &b->items[i]);
		else
			item_done(q, &b->items[i]);
	answer_all(q);
	if (!b->failed)
		add_all(q);
	if (!b->failed && b->n > 0)
		b->told = 0;
	b->n = 0;
	b->failed = 0;
	b->turns = 0;
}

void
queue_commit(struct queue_env *q)
{
	if (q->spool == NULL)
		return;
	queue_free_begin(q);
	if (q->batch.failed)
		spool_withdraw(q->spool);
	if (spool_sync(q->spool) == -1)
		fatalx("the spool can't be synced; what is not answered will "
		    "be sent again");
	queue_free_end(q);
	batch_end(q);
	queue_room(q);
}
