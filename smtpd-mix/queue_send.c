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

#include <openssl/evp.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/rng_system.h"
#include "spool/le.h"

#include "clockwatch.h"
#include "log.h"
#include "proc.h"
#include "queue.h"
#include "retry.h"

/*
 * What goes out.  The pool says which slots, in random order; here they wait in
 * one lane for each of the two peers until its credits let a body go.  Waiting
 * costs four octets; the body is read when it goes.
 */
static void
ids_push(struct queue_ids *ids, uint32_t id)
{
	uint32_t *more;
	size_t i, room;

	if (ids->n == ids->room) {
		room = ids->room == 0 ? 64 : ids->room * 2;
		if ((more = reallocarray(NULL, room, sizeof(*more))) == NULL)
			fatal("queue");
		for (i = 0; i < ids->n; i++)
			more[i] = ids->ids[(ids->first + i) % ids->room];
		free(ids->ids);
		ids->ids = more;
		ids->first = 0;
		ids->room = room;
	}
	ids->ids[(ids->first + ids->n++) % ids->room] = id;
}

static int
ids_pop(struct queue_ids *ids, uint32_t *id)
{
	if (ids->n == 0)
		return (0);
	*id = ids->ids[ids->first];
	ids->first = (ids->first + 1) % ids->room;
	ids->n--;

	return (1);
}

void
queue_send_init(struct queue_env *q)
{
	q->send.relay.to = ROLE_RELAY;
	q->send.relay.credits = PROTO_RELAY_CREDITS;
	q->send.deliver.to = ROLE_DELIVER;
	q->send.deliver.credits = PROTO_DELIVER_CREDITS;
}

/* Its next try, by the pool. */
static void
try_again(struct queue_env *q, uint32_t id, uint64_t due)
{
	struct proto_add_item add;

	memset(&add, 0, sizeof(add));
	add.id = id;
	add.fired = 1;
	add.due = due;
	*queue_flags(q, id) &= (uint8_t)~QUEUE_OUT;
	q->counts.deferred++;
	queue_tell_pool(&add, 1);
}

static void
done(struct queue_env *q, uint32_t id, const struct spool_slot *slot)
{
	struct queue_set *set;

	if (*queue_flags(q, id) & QUEUE_HEAD) {
		if ((set = queue_set_by_head(q, id)) == NULL)
			fatalx("a set was lost");
		queue_set_done(q, set);
	} else
		queue_free(q, id, slot);
}

/*
 * Exit mail that can't be delivered is bounced to nobody.  Postmaster gets a
 * copy, if that was asked for: 1; else 0.  A restart forgets it, and tries all
 * anew.
 */
static int
copy_instead(struct queue_env *q, uint32_t id, struct spool_slot *slot)
{
	uint8_t *flags = queue_flags(q, id);

	if (!proc_conf()->global.undeliverable || (*flags & QUEUE_COPY) ||
	    (slot->class != SPOOL_EXIT && !(*flags & QUEUE_PARTS)))
		return (0);
	*flags |= QUEUE_COPY;
	if (slot->state != SPOOL_HEAD)
		slot->state = SPOOL_FIRED;
	slot->tries = 0;
	slot->fired = slot->due = (uint64_t)clock_wall();
	(void)spool_update(q->spool, id, slot);
	try_again(q, id, slot->due);

	return (1);
}

/* Tried or only put off: that neither counts nor makes the wait longer. */
static void
defer(struct queue_env *q, uint32_t id, struct spool_slot *slot, int tried)
{
	const struct proto_conf_global *conf = &proc_conf()->global;
	uint64_t now = (uint64_t)clock_wall();
	int trusted = clock_trusted();

	if (trusted && (slot->fired == 0 || slot->fired > now))
		slot->fired = retry_fired(now, conf->expire);
	if (trusted && retry_expired(slot->fired, now, conf->expire)) {
		q->counts.given_up++;
		if (!copy_instead(q, id, slot))
			done(q, id, slot);
		return;
	}
	if (tried && slot->tries < UINT16_MAX)
		slot->tries++;
	if (slot->state != SPOOL_HEAD)
		slot->state = SPOOL_FIRED;
	slot->due = now + (tried ? retry_delay(conf->retry_first,
	    conf->retry_max, slot->tries, &rng_system) :
	    retry_soon(conf->retry_first, &rng_system));
	/* If that is lost the try comes too early, no more. */
	(void)spool_update(q->spool, id, slot);
	try_again(q, id, slot->due);
}

/* It stays where it is, for the operator; a restart tries it again. */
static void
damaged(struct queue_env *q, uint32_t id)
{
	*queue_flags(q, id) |= QUEUE_DAMAGED;
	if (!q->send.told_damaged)
		log_warnx("spool: a message can't be read; it is kept");
	q->send.told_damaged = 1;
}

/* Reads a slot into send.buf.  0; -1: it has been dealt with. */
static int
load(struct queue_env *q, uint32_t id, struct spool_slot *slot)
{
	uint64_t wait = proc_conf()->global.retry_first;

	if (spool_get(q->spool, id, slot, q->send.buf) == 0)
		return (0);
	if (errno == EINVAL)
		fatalx("a slot that is free was to be sent");
	if (errno == EBADMSG)
		damaged(q, id);
	else
		try_again(q, id, (uint64_t)clock_wall() + wait);

	return (-1);
}

/*
 * The name of a mail that leaves the mixes: always the same for one mail, and
 * telling nothing to who doesn't know what was encrypted.
 */
static void
make_token(const struct spool_slot *slot, uint8_t token[16])
{
	static const char label[] = "token";
	uint8_t text[sizeof(label) + SPOOL_KEYID_LEN + SPOOL_DIGEST_LEN];

	_Static_assert(SPOOL_PART_KEY_LEN <= SPOOL_DIGEST_LEN, "key fits");
	uint8_t md[EVP_MAX_MD_SIZE];
	size_t len = sizeof(label) - 1;

	memcpy(text, label, len);
	if (slot->set != 0) {
		le_put(text + len, slot->set, 8);
		len += 8;
	} else if (slot->class == SPOOL_PART) {
		memcpy(text + len, slot->part_key, SPOOL_PART_KEY_LEN);
		len += SPOOL_PART_KEY_LEN;
	} else {
		memcpy(text + len, slot->keyid, SPOOL_KEYID_LEN);
		len += SPOOL_KEYID_LEN;
		memcpy(text + len, slot->digest, SPOOL_DIGEST_LEN);
		len += SPOOL_DIGEST_LEN;
	}
	if (EVP_Digest(text, len, md, NULL, EVP_sha256(), NULL) != 1)
		fatalx("no SHA-256");
	memcpy(token, md, 16);
}

/* Sends the slot that is in send.buf. */
static void
send_body(struct queue_env *q, struct queue_lane *lane, uint32_t id,
    const struct spool_slot *slot, struct queue_set *set)
{
	struct proto_body *body = &q->send.body;
	struct queue_out *out;

	if (slot->body_len > sizeof(body->body))
		fatalx("a body of the spool is too long");
	memset(body, 0, sizeof(*body));
	body->id = id;
	body->class = slot->class;
	body->storage_day = slot->storage_day;
	body->set = set != NULL ? set->set : 0;
	body->set_index = slot->set_index;
	body->set_total = set != NULL ? set->n + 1 : 1;
	body->body_len = slot->body_len;
	body->undeliverable = (*queue_flags(q, set != NULL ? set->head : id) &
	    QUEUE_COPY) != 0;
	if (slot->class == SPOOL_FORWARD)
		strlcpy(body->next, slot->hop, sizeof(body->next));
	else
		make_token(slot, body->token);
	memcpy(body->body, q->send.buf, slot->body_len);

	out = &q->send.out[q->send.nout++];
	out->to = lane->to;
	out->id = id;
	out->set = set;
	out->slot = *slot;
	lane->credits--;
	proc_send(lane->to, 0, PROTO_BODY, body, sizeof(*body));
}

static void
send_piece(struct queue_env *q, struct queue_lane *lane)
{
	struct queue_set *set = lane->set;
	uint32_t id = set->members[set->next - 1].id;
	struct spool_slot slot;

	/* All pieces were read before the first one went. */
	if (spool_get(q->spool, id, &slot, q->send.buf) == -1)
		fatal("a slot that was just read can't be read");
	set->unanswered++;
	if (set->next++ == set->n)
		lane->set = NULL;
	send_body(q, lane, id, &slot, set);
}

/* The peer can't be left with half a mail: can all of it be read? */
static void
start_set(struct queue_env *q, struct queue_lane *lane, uint32_t head)
{
	struct queue_set *set = queue_set_by_head(q, head);
	struct spool_slot slot;
	uint32_t i;

	if (set == NULL || set->n == 0)
		fatalx("a set was lost");
	for (i = 0; i < set->n; i++)
		if (spool_get(q->spool, set->members[i].id, &slot,
		    q->send.buf) == -1) {
			damaged(q, head);
			return;
		}
	set->next = 1;
	set->unanswered = 0;
	set->outcome = PROTO_DELIVERED;
	lane->set = set;
}

static void
start_next(struct queue_env *q, struct queue_lane *lane, uint32_t id)
{
	struct spool_slot slot;

	if (*queue_flags(q, id) & QUEUE_HEAD)
		start_set(q, lane, id);
	else if (load(q, id, &slot) == 0)
		send_body(q, lane, id, &slot, NULL);
}

static void
run_lane(struct queue_env *q, struct queue_lane *lane)
{
	uint32_t id;

	while (lane->credits > 0) {
		if (lane->set != NULL)
			send_piece(q, lane);
		else if (ids_pop(&lane->waiting, &id))
			start_next(q, lane, id);
		else
			break;
	}
}

void
queue_send_run(struct queue_env *q)
{
	if (q->stuck != NULL || q->stopping)
		return;
	run_lane(q, &q->send.relay);
	run_lane(q, &q->send.deliver);
}

static void
load_and_defer(struct queue_env *q, uint32_t id)
{
	struct spool_slot slot;

	if (load(q, id, &slot) == 0)
		defer(q, id, &slot, 1);
}

/* The lane of a slot; NULL: to postmaster, whose mail nobody reads now. */
static struct queue_lane *
lane_of(struct queue_env *q, uint8_t flags)
{
	if ((flags & QUEUE_COPY) ||
	    ((flags & QUEUE_HEAD) && !(flags & QUEUE_PARTS)))
		switch (proc_conf()->global.postmaster_via) {
		case CONF_VIA_MAILDIR:
		case CONF_VIA_LMTP:
			return (&q->send.deliver);
		case CONF_VIA_HOST:
			return (&q->send.relay);
		default:
			return (NULL);
		}

	return (flags & QUEUE_DELIVER ? &q->send.deliver : &q->send.relay);
}

void
queue_fire(struct queue_env *q, const uint32_t *ids, uint32_t n)
{
	struct queue_lane *lane;
	uint8_t *flags;
	uint32_t i;

	for (i = 0; i < n; i++) {
		flags = queue_flags(q, ids[i]);
		if (!(*flags & QUEUE_LIVE) || (*flags & QUEUE_OUT))
			fatalx("pool fired a slot that it doesn't hold");
		*flags |= QUEUE_OUT;
		if ((lane = lane_of(q, *flags)) != NULL)
			ids_push(&lane->waiting, ids[i]);
		else
			load_and_defer(q, ids[i]);
	}
}

/* A mail ends, by its recipient's word; of a copy nothing is counted. */
static void
count_end(struct queue_env *q, uint32_t id, uint32_t outcome)
{
	if (*queue_flags(q, id) & QUEUE_COPY)
		return;
	if (outcome == PROTO_DELIVERED)
		q->counts.delivered++;
	else
		q->counts.refused++;
}

static void
single_outcome(struct queue_env *q, uint32_t id, struct spool_slot *slot,
    uint32_t outcome)
{
	if (outcome == PROTO_DEFERRED || outcome == PROTO_POSTPONED) {
		defer(q, id, slot, outcome == PROTO_DEFERRED);
		return;
	}
	count_end(q, id, outcome);
	if (outcome == PROTO_FAILED && copy_instead(q, id, slot))
		return;
	done(q, id, slot);
}

static void
set_refused(struct queue_env *q, struct queue_set *set)
{
	struct spool_slot slot;

	if (load(q, set->head, &slot) == 0 &&
	    !copy_instead(q, set->head, &slot))
		queue_set_done(q, set);
}

/* The first answer that isn't good is the set's; else the last one is. */
static void
piece_outcome(struct queue_env *q, struct queue_lane *lane,
    struct queue_set *set, uint32_t outcome)
{
	set->unanswered--;
	if (set->outcome == PROTO_DELIVERED)
		set->outcome = outcome;
	if (set->outcome != PROTO_DELIVERED && lane->set == set)
		lane->set = NULL;
	if (set->unanswered > 0 || lane->set == set)
		return;
	if (set->outcome == PROTO_DEFERRED) {
		load_and_defer(q, set->head);
		return;
	}
	count_end(q, set->head, set->outcome);
	if (set->outcome == PROTO_FAILED)
		set_refused(q, set);
	else
		queue_set_done(q, set);
}

void
queue_outcome(struct queue_env *q, enum role from,
    const struct proto_outcome *o)
{
	struct queue_send *s = &q->send;
	struct queue_out out;
	struct queue_lane *lane;
	size_t i;

	for (i = 0; i < s->nout; i++)
		if (s->out[i].id == o->id && s->out[i].to == from)
			break;
	if (i == s->nout || o->outcome > PROTO_POSTPONED ||
	    (s->out[i].set != NULL && o->outcome == PROTO_POSTPONED))
		fatalx("%s answered for what it doesn't have",
		    role_name(from));
	out = s->out[i];
	s->out[i] = s->out[--s->nout];
	lane = from == ROLE_DELIVER ? &s->deliver : &s->relay;
	lane->credits++;
	if (out.set != NULL)
		piece_outcome(q, lane, out.set, o->outcome);
	else
		single_outcome(q, out.id, &out.slot, o->outcome);
}
