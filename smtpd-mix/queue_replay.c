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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "queue_replay.h"

static struct queue_log *
find(const struct queue_replay *r, const uint8_t keyid[SPOOL_KEYID_LEN])
{
	struct queue_log *ql;

	LIST_FOREACH(ql, &r->logs, entry)
		if (memcmp(ql->keyid, keyid, SPOOL_KEYID_LEN) == 0)
			return (ql);

	return (NULL);
}

/* The record of a subkey, a new one if there is none; NULL: no memory. */
static struct queue_log *
obtain(struct queue_replay *r, const uint8_t keyid[SPOOL_KEYID_LEN])
{
	struct queue_log *ql;

	if ((ql = find(r, keyid)) != NULL)
		return (ql);
	if ((ql = calloc(1, sizeof(*ql))) == NULL)
		return (NULL);
	memcpy(ql->keyid, keyid, SPOOL_KEYID_LEN);
	ql->tag = r->next_tag++;
	LIST_INSERT_HEAD(&r->logs, ql, entry);

	return (ql);
}

static void
forget(struct queue_log *ql)
{
	LIST_REMOVE(ql, entry);
	free(ql);
}

struct loading {
	struct queue_replay	*replay;
	uint32_t		 tag;
	int			 failed;
};

static void
load_digest(void *arg, const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct loading *l = arg;

	if (replayset_insert(l->replay->set, digest, l->tag) == -1)
		l->failed = 1;
}

/* REPLAYLOG_IO with errno for what says nothing about the log. */
static enum replaylog_error
load(struct queue_replay *r, struct queue_log *ql)
{
	struct loading l = { r, ql->tag, 0 };
	enum replaylog_error e;

	e = replaylog_open(r->disk, ql->keyid, load_digest, &l, &ql->expires,
	    &ql->log);
	if (e == REPLAYLOG_OK && l.failed) {
		replaylog_close(ql->log);
		ql->log = NULL;
		errno = ENOMEM;
		return (REPLAYLOG_IO);
	}
	ql->damaged = e == REPLAYLOG_DAMAGED;

	return (e);
}

static void
found_log(void *arg, const uint8_t keyid[SPOOL_KEYID_LEN])
{
	struct loading *l = arg;

	if (obtain(l->replay, keyid) == NULL)
		l->failed = 1;
}

int
queue_replay_open(struct queue_replay *r, const struct disk *disk,
    const struct rng *rng, void (*warn)(const uint8_t *keyid), char *errbuf,
    size_t errlen)
{
	struct loading l = { r, 0, 0 };
	struct queue_log *ql;

	memset(r, 0, sizeof(*r));
	r->disk = disk;
	LIST_INIT(&r->logs);
	if ((r->set = replayset_new(rng)) == NULL) {
		snprintf(errbuf, errlen, "replay records: no memory");
		return (-1);
	}
	if (replaylog_list(disk, found_log, &l) == -1 || l.failed) {
		snprintf(errbuf, errlen, "replay records: %s",
		    l.failed ? "no memory" : strerror(errno));
		return (-1);
	}
	LIST_FOREACH(ql, &r->logs, entry) {
		if (load(r, ql) == REPLAYLOG_IO) {
			snprintf(errbuf, errlen, "replay log: %s",
			    strerror(errno));
			return (-1);
		}
		if (ql->damaged && warn != NULL)
			warn(ql->keyid);
	}

	return (0);
}

void
queue_replay_close(struct queue_replay *r)
{
	struct queue_log *ql;

	while ((ql = LIST_FIRST(&r->logs)) != NULL) {
		replaylog_close(ql->log);
		forget(ql);
	}
	replayset_free(r->set);
	r->set = NULL;
}

int
queue_replay_recovered(struct queue_replay *r,
    const uint8_t keyid[SPOOL_KEYID_LEN],
    const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct queue_log *ql;

	if ((ql = obtain(r, keyid)) == NULL)
		return (-1);

	return (replayset_insert(r->set, digest, ql->tag) == -1 ? -1 : 0);
}

enum queue_admit
queue_replay_admit(struct queue_replay *r,
    const uint8_t keyid[SPOOL_KEYID_LEN],
    const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct queue_log *ql = find(r, keyid);

	if (ql == NULL || ql->log == NULL)
		return (QUEUE_ADMIT_NO_LOG);
	switch (replayset_insert(r->set, digest, ql->tag)) {
	case 1:
		memcpy(r->recent[r->nrecent++ % QUEUE_RECENT], keyid,
		    SPOOL_KEYID_LEN);
		return (QUEUE_ADMIT_NEW);
	case 0:
		return (QUEUE_ADMIT_REPLAY);
	default:
		return (QUEUE_ADMIT_NO_MEMORY);
	}
}

/* The record of a subkey that messages are coming under now, or NULL. */
static struct queue_log *
current(const struct queue_replay *r, const struct rng *rng)
{
	struct queue_log *ql, *last = NULL;
	uint32_t n = r->nrecent < QUEUE_RECENT ? r->nrecent : QUEUE_RECENT;

	if (n > 0 && (ql = find(r, r->recent[rng_uniform(rng, n)])) != NULL &&
	    ql->log != NULL)
		return (ql);
	LIST_FOREACH(ql, &r->logs, entry)
		if (ql->log != NULL && ql->claimed &&
		    (last == NULL || ql->expires > last->expires))
			last = ql;

	return (last);
}

int
queue_replay_pretend(struct queue_replay *r, const struct rng *rng,
    uint8_t keyid[SPOOL_KEYID_LEN], uint64_t *expires,
    uint8_t digest[SPOOL_DIGEST_LEN])
{
	const struct queue_log *ql = current(r, rng);

	if (ql == NULL)
		return (-1);
	memcpy(keyid, ql->keyid, SPOOL_KEYID_LEN);
	*expires = ql->expires;
	rng_fill(rng, digest, SPOOL_DIGEST_LEN);

	return (replayset_insert(r->set, digest, ql->tag) == 1 ? 0 : -1);
}

void
queue_replay_withdraw(struct queue_replay *r,
    const uint8_t digest[SPOOL_DIGEST_LEN])
{
	replayset_withdraw(r->set, digest);
}

int
queue_replay_append(struct queue_replay *r,
    const uint8_t keyid[SPOOL_KEYID_LEN],
    const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct queue_log *ql = find(r, keyid);

	if (ql == NULL || ql->log == NULL)
		return (0);

	return (replaylog_append(ql->log, digest));
}

int
queue_replay_sync(struct queue_replay *r, const uint8_t keyid[SPOOL_KEYID_LEN])
{
	struct queue_log *ql = find(r, keyid);

	if (ql == NULL || ql->log == NULL)
		return (0);

	return (replaylog_sync(ql->log));
}

int
queue_replay_create(struct queue_replay *r,
    const uint8_t keyid[SPOOL_KEYID_LEN], uint64_t expires)
{
	struct queue_log *ql;

	if ((ql = obtain(r, keyid)) == NULL)
		return (0);
	if (ql->log == NULL &&
	    (replaylog_create(r->disk, keyid, expires) != REPLAYLOG_OK ||
	    load(r, ql) != REPLAYLOG_OK))
		return (0);
	ql->claimed = 1;

	return (1);
}

int
queue_replay_claim(struct queue_replay *r,
    const uint8_t keyid[SPOOL_KEYID_LEN])
{
	struct queue_log *ql = find(r, keyid);

	if (ql == NULL)
		return (0);
	ql->claimed = 1;

	return (ql->log != NULL);
}

int
queue_replay_remove(struct queue_replay *r,
    const uint8_t keyid[SPOOL_KEYID_LEN])
{
	struct queue_log *ql = find(r, keyid);

	if (ql != NULL) {
		replayset_drop(r->set, ql->tag);
		replaylog_close(ql->log);
		forget(ql);
	}

	return (replaylog_remove(r->disk, keyid));
}

void
queue_replay_sweep(struct queue_replay *r, uint64_t before)
{
	uint8_t keyid[SPOOL_KEYID_LEN];
	struct queue_log *ql, *next;

	LIST_FOREACH_SAFE(ql, &r->logs, entry, next) {
		if (ql->claimed || ql->log == NULL || ql->expires == 0 ||
		    ql->expires >= before)
			continue;
		memcpy(keyid, ql->keyid, sizeof(keyid));
		(void)queue_replay_remove(r, keyid);
	}
}
