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
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool/spool_priv.h"

#include "lib/spool/world.h"

#define MAX_SLOTS	(3 * SPOOL_EXTENT_SLOTS)

static const uint8_t	keyid[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
/* Eight octets more: bodies are made by words. */
static uint8_t		body[SPOOL_BODY_LEN + 8], wanted[SPOOL_BODY_LEN + 8];

void
world_broken(const struct world *w, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	fprintf(stderr, "operation %lu, variant %u: %s\n", w->ops, w->variant,
	    what);
	_exit(1);
}

uint32_t
world_draw(struct world *w, uint32_t bound)
{
	return (rng_uniform(&w->rng, bound));
}

/* The body of the n-th mail follows from n. */
static uint32_t
make_body(uint32_t n, uint8_t *b)
{
	uint32_t len = 1 + n * 2654435761U % 3000, i;
	uint64_t x = n + 1;

	if (n % 16 == 0)
		len = SPOOL_BODY_LEN;
	for (i = 0; i < len; i += sizeof(x)) {
		x = x * 6364136223846793005 + 1442695040888963407;
		memcpy(b + i, &x, sizeof(x));
	}
	return (len);
}

/* The end of this life.  When it isn't the power, the next one ends by it. */
void
world_die(struct world *w)
{
	if (!w->child)
		world_broken(w, "died without an accident");
	if (w->variant % 2 == 0 || w->lives++ > 0)
		simdisk_power_failure(w->sim);
	w->accident = 0;
	longjmp(w->out, 1);
}

/*
 * Recovery, and what it owes.
 */
static void
found_digest(void *arg, const uint8_t digest[SPOOL_DIGEST_LEN])
{
	struct world *w = arg;

	if (replayset_insert(w->seen, digest, 1) == -1 ||
	    replayset_insert(w->in_log, digest, 1) == -1)
		world_broken(w, "out of memory");
}

static int
is_part(const struct mail *m)
{
	return (m->set == 0 && m->set_total != 0);
}

/* The key of the mail that the n-th is a part of. */
static void
make_key(const struct world *w, uint32_t n, uint8_t key[SPOOL_PART_KEY_LEN])
{
	uint32_t first = n + 1 - w->mails[n].set_index;

	memset(key, 0x5a, SPOOL_PART_KEY_LEN);
	memcpy(key, &first, sizeof(first));
}

static void
check_part(const struct world *w, uint32_t n, const struct spool_slot *slot)
{
	uint8_t key[SPOOL_PART_KEY_LEN];

	make_key(w, n, key);
	if (slot->class != SPOOL_PART || slot->arrived != 1000 + n ||
	    memcmp(slot->part_key, key, sizeof(key)) != 0)
		world_broken(w, "mail %u is not the part that it was", n);
}

static void
check_identity(const struct world *w, const struct mail *m)
{
	uint32_t i;

	for (i = 0; i < w->nmails; i++)
		if (w->mails[i].acked && &w->mails[i] != m &&
		    w->mails[i].id == m->id && w->mails[i].batch == m->batch)
			world_broken(w, "slot %u batch %llu came twice", m->id,
			    (unsigned long long)m->batch);
}

static void
found_slot(void *arg, uint32_t id, const struct spool_slot *slot)
{
	struct world *w = arg;
	struct mail *m;
	uint32_t n;

	memcpy(&n, slot->digest, sizeof(n));
	if (n >= w->nmails)
		world_broken(w, "slot %u: nobody's mail", id);
	m = &w->mails[n];
	if (memcmp(m->digest, slot->digest, SPOOL_DIGEST_LEN) != 0 ||
	    memcmp(slot->keyid, keyid, sizeof(keyid)) != 0 ||
	    slot->set != m->set || slot->set_index != m->set_index ||
	    slot->set_total != m->set_total || strcmp(slot->hop, "mix") != 0)
		world_broken(w, "slot %u: not what was put", id);
	if (slot->set != 0 && slot->set_index > 0 &&
	    slot->state != SPOOL_MEMBER)
		world_broken(w, "slot %u: state %u of a member", id,
		    slot->state);
	if (is_part(m))
		check_part(w, n, slot);
	if (m->found++)
		world_broken(w, "mail %u is there twice", n);
	/* An update may have brought it into a later batch. */
	if (m->acked && (m->id != id || m->batch > slot->batch))
		world_broken(w, "mail %u is elsewhere", n);
	m->id = id;
	m->batch = slot->batch;
	check_identity(w, m);
}

static void
check_body(struct world *w, uint32_t n)
{
	struct spool_slot slot;
	uint32_t len = make_body(n, wanted);

	if (spool_get(w->spool, w->mails[n].id, &slot, body) == -1)
		world_broken(w, "mail %u can't be read: %s", n,
		    strerror(errno));
	if (slot.body_len != len || memcmp(body, wanted, len) != 0)
		world_broken(w, "mail %u has a wrong body", n);
}

static void
check_wiped(struct world *w, uint32_t n)
{
	uint32_t len = make_body(n, wanted);
	off_t at = spool_body_offset(w->mails[n].id);

	/* Cut off, with its place. */
	if (at + (off_t)len > simdisk_size(w->sim, "spool"))
		return;
	simdisk_peek(w->sim, "spool", at, body, len);
	if (len >= 16 && memcmp(body, wanted, len) == 0)
		world_broken(w, "mail %u is freed and not wiped", n);
}

static void
check_mail(struct world *w, uint32_t n)
{
	struct mail *m = &w->mails[n];

	if (m->fate == ACKED && !m->found)
		world_broken(w, "acknowledged mail %u is lost", n);
	if ((m->fate == FREED || m->fate == NOWHERE) && m->found)
		world_broken(w, "mail %u came back", n);
	if (m->acked && !replayset_has(w->seen, m->digest))
		world_broken(w, "digest of mail %u is forgotten", n);
	if (!m->acked && !m->found && replayset_has(w->seen, m->digest))
		world_broken(w, "mail %u is lost, and its digest is not", n);
	if (m->found)
		check_body(w, n);
	else if (m->acked)
		check_wiped(w, n);
}

static void
check_set(struct world *w, uint32_t n)
{
	uint32_t i, total = w->mails[n].set_total, found = 0;

	for (i = 0; i < total; i++)
		found += (uint32_t)w->mails[n + i].found;
	if (found != 0 && found != total)
		world_broken(w, "%u of %u of a set are there", found, total);
}

/*
 * A mail whose parts may be gone in part is never taken for an incomplete one;
 * what is left of it goes.
 */
static void
check_parts(struct world *w, uint32_t n)
{
	uint32_t i, total = w->mails[n].set_total;
	uint8_t key[SPOOL_PART_KEY_LEN];

	make_key(w, n, key);
	if (!replayset_has(w->seen, key)) {
		if (w->mails[n].recorded)
			world_broken(w, "the record of mail %u is lost", n);
		return;
	}
	w->mails[n].recorded = 1;
	for (i = n; i < n + total; i++)
		if (w->mails[i].found) {
			w->mails[i].fate = UNSURE;
			if (spool_free(w->spool, w->mails[i].id) == 0)
				w->mails[i].fate = FREEING;
		}
}

/* What is there is as good as acknowledged; what isn't never comes. */
static void
accept_finding(struct world *w, uint32_t n)
{
	struct mail *m = &w->mails[n];

	if (m->found) {
		m->fate = ACKED;
		m->acked = 1;
		m->logged = replayset_has(w->in_log, m->digest);
		(void)replayset_insert(w->seen, m->digest, 1);
	} else
		m->fate = m->acked ? FREED : NOWHERE;
}

static void
open_log(struct world *w)
{
	enum replaylog_error e;
	uint64_t expires;

	e = replaylog_open(&w->disk, keyid, found_digest, w, &expires,
	    &w->log);
	if (e == REPLAYLOG_MISSING && !w->log_published) {
		if (replaylog_create(&w->disk, keyid, 777) != REPLAYLOG_OK)
			world_die(w);
		w->log_published = 1;
		e = replaylog_open(&w->disk, keyid, found_digest, w, &expires,
		    &w->log);
	}
	if (e == REPLAYLOG_IO)
		world_die(w);
	if (e != REPLAYLOG_OK)
		world_broken(w, "replay log: error %d", (int)e);
	if (expires != 777)
		world_broken(w, "replay log: wrong expiry");
	w->log_published = 1;
}

void
world_start(struct world *w)
{
	struct spool_recovery counts;
	unsigned long before = w->ops;
	char errbuf[128];
	uint32_t i;

	replayset_free(w->seen);
	replayset_free(w->in_log);
	w->seen = replayset_new(&w->rng);
	w->in_log = replayset_new(&w->rng);
	for (i = 0; i < w->nmails; i++)
		w->mails[i].found = 0;
	open_log(w);
	w->spool = spool_open(&w->disk, &w->rng, MAX_SLOTS, found_slot, w,
	    &counts, errbuf, sizeof(errbuf));
	if (w->spool == NULL) {
		if (w->failing > before)
			world_die(w);
		world_broken(w, "%s", errbuf);
	}
	if (counts.damaged != 0)
		world_broken(w, "%u damaged", counts.damaged);
	for (i = 0; i < w->nmails; i++)
		if (w->mails[i].found)
			(void)replayset_insert(w->seen, w->mails[i].digest, 1);
	for (i = 0; i < w->nmails; i++) {
		check_mail(w, i);
		if (w->mails[i].set != 0 && w->mails[i].set_index == 0)
			check_set(w, i);
		accept_finding(w, i);
	}
	for (i = 0; i < w->nmails; i++)
		if (is_part(&w->mails[i]) && w->mails[i].set_index == 1)
			check_parts(w, i);
}

/*
 * The work of the queue.
 */
void
world_commit(struct world *w)
{
	struct mail *m;
	uint32_t i;

	if (spool_sync(w->spool) == -1)
		world_die(w);
	for (i = 0; i < w->nmails; i++) {
		m = &w->mails[i];
		if (m->fate == FREEING)
			m->fate = FREED;
		if (m->fate != WRITTEN)
			continue;
		m->fate = ACKED;
		m->acked = 1;
		m->logged = replaylog_append(w->log, m->digest) == 0;
	}
}

static void
withdraw(struct world *w)
{
	uint32_t i;

	spool_withdraw(w->spool);
	for (i = 0; i < w->nmails; i++)
		if (w->mails[i].fate == WRITTEN)
			replayset_withdraw(w->seen, w->mails[i].digest);
	if (spool_sync(w->spool) == -1)
		world_die(w);
	for (i = 0; i < w->nmails; i++) {
		if (w->mails[i].fate == WRITTEN)
			w->mails[i].fate = NOWHERE;
		if (w->mails[i].fate == FREEING)
			w->mails[i].fate = FREED;
	}
}

int
world_put(struct world *w, uint32_t n, uint8_t class)
{
	struct mail *m = &w->mails[n];
	struct spool_slot slot;
	uint32_t id;

	memset(&slot, 0, sizeof(slot));
	slot.class = class;
	slot.state = m->set == 0 ? SPOOL_POOLED :
	    m->set_index == 0 ? SPOOL_HEAD : SPOOL_PENDING;
	slot.set = m->set;
	slot.set_index = m->set_index;
	slot.set_total = m->set_total;
	memcpy(slot.keyid, keyid, sizeof(keyid));
	memcpy(slot.digest, m->digest, sizeof(slot.digest));
	memcpy(slot.hop, "mix", 4);
	if (is_part(m)) {
		make_key(w, n, slot.part_key);
		slot.arrived = 1000 + n;
	}
	slot.body_len = make_body(n, body);
	/* One that fails may be there until its withdrawal is durable. */
	if (class != SPOOL_SCRATCH)
		m->fate = WRITTEN;
	if (spool_put(w->spool, &slot, body, &id) == -1)
		return (-1);
	if (class == SPOOL_SCRATCH)
		return (0);
	if (spool_get(w->spool, id, &slot, body) == -1)
		world_broken(w, "a put can't be read");
	m->id = id;
	m->batch = slot.batch;
	return (0);
}

uint32_t
world_new_mail(struct world *w, uint64_t set, uint32_t index, uint32_t total)
{
	struct mail *m;
	uint32_t n = w->nmails++;

	if (n >= MAX_MAILS)
		world_broken(w, "too many mails for the test");
	m = &w->mails[n];
	memset(m, 0, sizeof(*m));
	memset(m->digest, 0xa5, sizeof(m->digest));
	memcpy(m->digest, &n, sizeof(n));
	m->set = set;
	m->set_index = index;
	m->set_total = total;
	return (n);
}

/* One frame: a new mail, one that was seen before, or a forged one. */
static int
frame(struct world *w)
{
	uint32_t n, kind = world_draw(w, 10);

	if (kind < 7 || w->nmails == 0)
		n = world_new_mail(w, 0, 0, 0);
	else if (kind < 9)
		n = world_draw(w, w->nmails);
	else
		return (world_put(w, 0, SPOOL_SCRATCH));
	if (w->mails[n].set_total != 0 ||
	    replayset_insert(w->seen, w->mails[n].digest, 1) == 0)
		return (world_put(w, n, SPOOL_SCRATCH));
	return (world_put(w, n, SPOOL_FORWARD));
}

uint32_t
world_room(struct world *w)
{
	const char *reason;

	return (spool_room(w->spool, &reason));
}

void
world_take_batch(struct world *w, uint32_t n)
{
	while (n-- > 0) {
		if (world_room(w) == 0)
			break;
		if (frame(w) == -1) {
			withdraw(w);
			return;
		}
	}
	world_commit(w);
}

/* A mail of several slots; head and members in one sync or in two. */
static void
take_set(struct world *w)
{
	uint32_t total = 2 + world_draw(w, 3), first = w->nmails, i;

	if (world_room(w) < total)
		return;
	for (i = 0; i < total; i++)
		(void)world_new_mail(w, 1000 + first, i, total);
	for (i = total; i-- > 0; ) {
		if (i == 0 && first % 2 == 0 && spool_sync(w->spool) == -1)
			world_die(w);
		if (replayset_insert(w->seen, w->mails[first + i].digest,
		    1) == -1 || world_put(w, first + i, SPOOL_EXIT) == 0)
			continue;
		/* Those that were synced are freed one by one. */
		while (++i < total)
			if (spool_free(w->spool, w->mails[first + i].id) == -1)
				world_die(w);
		withdraw(w);
		for (i = 0; i < total; i++)
			replayset_withdraw(w->seen,
			    w->mails[first + i].digest);
		return;
	}
	world_commit(w);
}

/* A mail in parts: each is a message like others. */
static void
take_parts(struct world *w)
{
	uint32_t total = 2 + world_draw(w, 3), first = w->nmails, i;

	if (world_room(w) < total)
		return;
	for (i = 1; i <= total; i++)
		(void)world_new_mail(w, 0, i, total);
	for (i = 0; i < total; i++) {
		(void)replayset_insert(w->seen, w->mails[first + i].digest, 1);
		if (world_put(w, first + i, SPOOL_PART) == -1) {
			withdraw(w);
			return;
		}
		if (world_draw(w, 2) == 0)
			world_commit(w);
	}
	world_commit(w);
}

/* The key goes to the log, with the digests, before the first part goes. */
static void
deliver_parts(struct world *w, uint32_t n)
{
	uint32_t i, first = n + 1 - w->mails[n].set_index;
	uint32_t end = first + w->mails[first].set_total;
	uint8_t key[SPOOL_PART_KEY_LEN];

	for (i = first; i < end; i++) {
		if (w->mails[i].fate != ACKED)
			return;
		if (!w->mails[i].logged)
			w->mails[i].logged = replaylog_append(w->log,
			    w->mails[i].digest) == 0;
		if (!w->mails[i].logged)
			return;
	}
	make_key(w, first, key);
	if (replaylog_append(w->log, key) == -1)
		return;
	for (i = first; i < end; i++)
		w->mails[i].fate = UNSURE;
	if (replaylog_sync(w->log) == -1)
		world_die(w);
	w->mails[first].recorded = 1;
	for (i = first; i < end; i++) {
		if (spool_free(w->spool, w->mails[i].id) == -1)
			return;
		w->mails[i].fate = FREEING;
		if (world_draw(w, 4) == 0)
			world_commit(w);
	}
}

/* Delivered: the log is synced past the digest before the slot goes. */
void
world_deliver(struct world *w, uint32_t n)
{
	struct mail *m = &w->mails[n];
	uint32_t i, first = n - m->set_index;
	uint32_t total = m->set == 0 ? 1 : m->set_total;

	if (is_part(m)) {
		deliver_parts(w, n);
		return;
	}
	for (i = first; i < first + total; i++) {
		m = &w->mails[i];
		if (m->fate != ACKED)
			return;
		if (!m->logged)
			m->logged = replaylog_append(w->log, m->digest) == 0;
		if (!m->logged)
			return;
	}
	if (replaylog_sync(w->log) == -1)
		world_die(w);
	for (i = first; i < first + total; i++)
		w->mails[i].fate = UNSURE;
	for (i = first + total; i-- > first; ) {
		if (spool_free(w->spool, w->mails[i].id) == -1)
			return;
		w->mails[i].fate = FREEING;
		if (world_draw(w, 4) == 0)
			world_commit(w);
	}
}

static void
touch(struct world *w, uint32_t n)
{
	struct spool_slot slot;

	if (w->mails[n].fate != ACKED)
		return;
	memset(&slot, 0, sizeof(slot));
	slot.state = w->mails[n].set == 0 ? SPOOL_FIRED :
	    w->mails[n].set_index == 0 ? SPOOL_HEAD : SPOOL_MEMBER;
	slot.tries = 7;
	(void)spool_update(w->spool, w->mails[n].id, &slot);
}

void
world_work(struct world *w, uint32_t n)
{
	uint32_t i;

	while (n-- > 0) {
		world_take_batch(w, 1 + world_draw(w, 6));
		if (world_draw(w, 3) == 0)
			take_set(w);
		if (world_draw(w, 3) == 0)
			take_parts(w);
		for (i = world_draw(w, 8); i > 0; i--)
			world_deliver(w, world_draw(w, w->nmails));
		for (i = world_draw(w, 3); i > 0; i--)
			touch(w, world_draw(w, w->nmails));
	}
}

void
world_stop(struct world *w)
{
	world_commit(w);
	replaylog_close(w->log);
	spool_close(w->spool);
}
