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
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/rng_system.h"

#include "log.h"
#include "queue.h"

/*
 * The start.  What was acknowledged is there again, its digests are in the set,
 * and the pool is told.  Whether the digests are in their logs isn't asked:
 * they are appended before their slots are freed.
 */
#define LOCK_SECONDS	5

struct recovery {
	struct queue_env	*q;
	int			 failed;
};

static void
warn_damaged(const uint8_t *keyid)
{
	(void)keyid;
	log_warnx("a replay log is damaged: its subkey can't be used");
}

static int
remember(struct queue_env *q, uint32_t id, const struct spool_slot *slot)
{
	struct proto_add_item *add;
	uint32_t room;

	if (q->nrecovered == q->recovered_room) {
		room = q->recovered_room == 0 ? 1024 : q->recovered_room * 2;
		add = reallocarray(q->recovered, room, sizeof(*add));
		if (add == NULL)
			return (-1);
		q->recovered = add;
		q->recovered_room = room;
	}
	add = &q->recovered[q->nrecovered++];
	memset(add, 0, sizeof(*add));
	add->id = id;
	add->fired = slot->state != SPOOL_POOLED;
	add->due = slot->due;

	return (0);
}

static int
recover_message(struct queue_env *q, uint32_t id,
    const struct spool_slot *slot)
{
	static const uint8_t none[SPOOL_KEYID_LEN];
	uint8_t *flags = queue_flags(q, id);

	*flags = QUEUE_LIVE;
	if (slot->class == SPOOL_EXIT && strcmp(slot->hop, "local") == 0)
		*flags |= QUEUE_DELIVER;
	if (memcmp(slot->keyid, none, sizeof(none)) != 0 &&
	    queue_replay_recovered(&q->replay, slot->keyid,
	    slot->digest) == -1)
		return (-1);

	return (remember(q, id, slot));
}

static int
recover_piece(struct queue_env *q, uint32_t id, const struct spool_slot *slot)
{
	if (queue_set_recovered(q, id, slot) == -1)
		return (-1);
	if (slot->set_index > 0)
		return (0);
	*queue_flags(q, id) = QUEUE_LIVE | QUEUE_HEAD;

	return (remember(q, id, slot));
}

static int
recover_part(struct queue_env *q, uint32_t id, const struct spool_slot *slot)
{
	if (queue_replay_recovered(&q->replay, slot->keyid,
	    slot->digest) == -1)
		return (-1);

	return (queue_parts_recovered(q, id, slot));
}

static void
recovered(void *arg, uint32_t id, const struct spool_slot *slot)
{
	struct recovery *r = arg;
	int rc;

	if (slot->class == SPOOL_POSTMASTER)
		rc = recover_piece(r->q, id, slot);
	else if (slot->class == SPOOL_PART)
		rc = recover_part(r->q, id, slot);
	else
		rc = recover_message(r->q, id, slot);
	if (rc == -1 || queue_days_add(&r->q->days, slot->storage_day) == -1)
		r->failed = 1;
}

static void
tell_operator(const struct spool_recovery *found)
{
	log_info("spool: %u messages, %u unfinished ones dropped",
	    found->live, found->torn + found->pending_freed);
	if (found->damaged + found->broken + found->orphaned > 0)
		log_warnx("spool: %u slots can't be read; they are kept: see "
		    "mixctl spool check", found->damaged + found->broken +
		    found->orphaned);
}

static int
open_all(struct queue_env *q, uint32_t max_slots, char *err, size_t errlen)
{
	struct recovery r = { q, 0 };
	struct spool_recovery found;

	if (queue_replay_open(&q->replay, &q->disk, &rng_system, warn_damaged,
	    err, errlen) == -1)
		return (-1);
	q->spool = spool_open(&q->disk, &rng_system, max_slots, recovered, &r,
	    &found, err, errlen);
	if (q->spool == NULL)
		return (-1);
	if (r.failed || queue_parts_complete(q, remember) == -1) {
		snprintf(err, errlen, "spool: no memory");
		return (-1);
	}
	tell_operator(&found);

	return (0);
}

/*
 * One queue at a time has the spool: when a parent was killed, the queue that
 * it leaves behind may still be about its last sync.
 */
static int
lock(int dirfd)
{
	struct timespec tick = { 0, 100 * 1000 * 1000 };
	int tries;

	for (tries = 0; tries < LOCK_SECONDS * 10; tries++) {
		if (flock(dirfd, LOCK_EX | LOCK_NB) == 0)
			return (0);
		if (errno != EWOULDBLOCK)
			return (-1);
		nanosleep(&tick, NULL);
	}

	return (-1);
}

/* On failure the process has no future: nothing is released. */
int
queue_open(struct queue_env *q, uint32_t max_slots, char *err, size_t errlen)
{
	if ((q->dirfd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		snprintf(err, errlen, "spool directory: %s", strerror(errno));
		return (-1);
	}
	if (lock(q->dirfd) == -1) {
		snprintf(err, errlen, "spool directory: %s",
		    errno == EWOULDBLOCK ? "another smtpd-mix uses it; stop "
		    "it first" : strerror(errno));
		return (-1);
	}
	disk_posix(&q->disk, q->dirfd);

	return (open_all(q, max_slots, err, errlen));
}

void
queue_tell_recovered(struct queue_env *q)
{
	uint32_t at, n;

	for (at = 0; at < q->nrecovered; at += n) {
		n = q->nrecovered - at;
		if (n > PROTO_ITEMS_MAX)
			n = PROTO_ITEMS_MAX;
		queue_tell_pool(q->recovered + at, n);
	}
	if (q->frees.n > 0)
		queue_schedule(q);
	free(q->recovered);
	q->recovered = NULL;
	q->nrecovered = q->recovered_room = 0;
}
