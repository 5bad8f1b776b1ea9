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

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "compat/compat.h"

#include "log.h"
#include "queue.h"

/*
 * The end of a slot.  Its digest goes to its subkey's log, durably, before the
 * header that carries it is overwritten; one sync of the spool makes the batch
 * and the frees durable.  Between the peer's final reply and that sync, which
 * comes as soon as the loop is quiet, lies the only window in which a crash
 * makes a mail be sent again.
 */
static void
later(struct queue_env *q, const struct queue_gone *gone)
{
	struct queue_frees *f = &q->frees;
	struct queue_gone *more;
	size_t room;

	if (f->n == f->room) {
		room = f->room == 0 ? 128 : f->room * 2;
		if ((more = reallocarray(f->gone, room, sizeof(*more))) == NULL)
			fatal("queue");
		f->gone = more;
		f->room = room;
	}
	f->gone[f->n++] = *gone;
}

void
queue_free_recovered(struct queue_env *q, uint32_t id,
    const struct spool_slot *slot)
{
	struct queue_gone gone;

	memset(&gone, 0, sizeof(gone));
	gone.id = id;
	gone.day = slot->storage_day;
	memcpy(gone.keyid, slot->keyid, sizeof(gone.keyid));
	memcpy(gone.digest, slot->digest, sizeof(gone.digest));
	later(q, &gone);
}

void
queue_free(struct queue_env *q, uint32_t id, const struct spool_slot *slot)
{
	queue_free_recovered(q, id, slot);
	queue_schedule(q);
}

void
queue_free_member(struct queue_env *q, const struct queue_member *member)
{
	struct queue_gone gone;

	memset(&gone, 0, sizeof(gone));
	gone.id = member->id;
	gone.day = member->day;
	memcpy(gone.keyid, member->keyid, sizeof(gone.keyid));
	memcpy(gone.digest, member->digest, sizeof(gone.digest));
	later(q, &gone);
	queue_schedule(q);
}

void
queue_free_record(struct queue_env *q, const uint8_t keyid[SPOOL_KEYID_LEN],
    const uint8_t key[SPOOL_PART_KEY_LEN])
{
	struct queue_frees *f = &q->frees;
	struct queue_record *more;
	size_t room;

	if (f->nrecords == f->records_room) {
		room = f->records_room == 0 ? 16 : f->records_room * 2;
		more = reallocarray(f->records, room, sizeof(*more));
		if (more == NULL)
			fatal("queue");
		f->records = more;
		f->records_room = room;
	}
	more = &f->records[f->nrecords++];
	memcpy(more->keyid, keyid, sizeof(more->keyid));
	memcpy(more->key, key, sizeof(more->key));
	more->appended = 0;
	queue_schedule(q);
}

static int
has_digest(const struct queue_gone *gone)
{
	static const uint8_t none[SPOOL_KEYID_LEN];

	return (memcmp(gone->keyid, none, sizeof(none)) != 0);
}

static int
append_records(struct queue_env *q)
{
	struct queue_record *record;
	size_t i;

	for (i = 0; i < q->frees.nrecords; i++) {
		record = &q->frees.records[i];
		if (record->appended)
			continue;
		if (queue_replay_append(&q->replay, record->keyid,
		    record->key) == -1)
			return (-1);
		record->appended = 1;
	}

	return (0);
}

static void
sync_logs(struct queue_env *q)
{
	const struct queue_frees *f = &q->frees;
	size_t i;

	for (i = 0; i < f->nrecords; i++)
		if (queue_replay_sync(&q->replay, f->records[i].keyid) == -1)
			fatal("sync of a replay log");
	for (i = 0; i < f->n; i++)
		if (has_digest(&f->gone[i]) &&
		    queue_replay_sync(&q->replay, f->gone[i].keyid) == -1)
			fatal("sync of a replay log");
}

/* Slots from before the start may not be in their logs yet.  0 or -1. */
static int
append_digests(struct queue_env *q)
{
	const struct queue_gone *gone;
	uint8_t *flags;
	size_t i;

	for (i = 0; i < q->frees.n; i++) {
		gone = &q->frees.gone[i];
		flags = queue_flags(q, gone->id);
		if (!has_digest(gone) || (*flags & QUEUE_LOGGED))
			continue;
		if (queue_replay_append(&q->replay, gone->keyid,
		    gone->digest) == -1)
			return (-1);
		*flags |= QUEUE_LOGGED;
	}

	return (0);
}

void
queue_free_begin(struct queue_env *q)
{
	struct queue_frees *f = &q->frees;
	size_t i;

	f->overwritten = 0;
	if (append_records(q) == -1 || append_digests(q) == -1) {
		queue_stuck(q, "a replay log can't be written");
		return;
	}
	sync_logs(q);
	f->nrecords = 0;
	for (i = 0; i < f->n; i++) {
		if (spool_free(q->spool, f->gone[i].id) == -1) {
			if (errno == EINVAL)
				fatalx("a slot was freed twice");
			queue_stuck(q, "a slot of the spool can't be freed");
			return;
		}
		f->overwritten++;
	}
}

void
queue_free_end(struct queue_env *q)
{
	struct queue_frees *f = &q->frees;
	size_t i;

	if (f->overwritten == 0)
		return;
	for (i = 0; i < f->overwritten; i++) {
		*queue_flags(q, f->gone[i].id) = 0;
		queue_days_remove(&q->days, f->gone[i].day);
	}
	f->n -= f->overwritten;
	memmove(f->gone, f->gone + f->overwritten, f->n * sizeof(*f->gone));
	f->overwritten = 0;
}
