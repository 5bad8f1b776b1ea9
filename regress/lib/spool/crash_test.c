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
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mixing/replayset.h"
#include "mixing/rng.h"
#include "spool/replaylog.h"
#include "spool/spool.h"
#include "spool/spool_priv.h"

#include "lib/spool/simdisk.h"
#include "lib/testutil.h"

/*
 * The queue role in small, on a disk that loses its power before every single
 * operation.  At each the process forks; the children have the accident and
 * live on, the parent goes on to the next operation.  A world knows what was
 * acknowledged and what was freed, so it can tell what recovery owes.
 */
#define MAX_MAILS	2048
#define MAX_SLOTS	(3 * SPOOL_EXTENT_SLOTS)

enum fate {
	NOWHERE,	/* never put, or withdrawn */
	WRITTEN,	/* put, no sync yet */
	ACKED,
	FREEING,	/* freed, no sync yet */
	FREED,
	UNSURE		/* delivered, not freed as it should be: there or not */
};

struct mail {
	enum fate	fate;
	int		acked;		/* ever */
	int		logged;
	int		found;		/* by the last recovery */
	uint8_t		digest[SPOOL_DIGEST_LEN];
	uint32_t	id;
	uint64_t	batch;
	uint64_t	set;
	uint32_t	set_index;
	uint32_t	set_total;
};

struct world {
	struct test_rng		 state;
	struct rng		 rng;
	struct simdisk		*sim;
	struct disk		 disk;
	struct spool		*spool;
	struct replaylog	*log;
	struct replayset	*seen;
	struct replayset	*in_log;
	struct mail		 mails[MAX_MAILS];
	uint32_t		 nmails;
	int			 log_published;
	int			 armed;
	int			 child;
	int			 quick;
	unsigned int		 variant;
	unsigned int		 lives;
	unsigned long		 ops;
	unsigned long		 accident;	/* the operation it happens at */
	unsigned long		 failing;	/* the operation made to fail */
	unsigned long		 points;	/* accidents that happened */
	void			(*work)(struct world *);
	jmp_buf			 out;
};

static const uint8_t	keyid[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
/* Eight octets more: bodies are made by words. */
static uint8_t		body[SPOOL_BODY_LEN + 8], wanted[SPOOL_BODY_LEN + 8];

static void	broken(const struct world *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3), __noreturn__));

static void
broken(const struct world *w, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!w->child)
		atf_tc_fail("%s", what);
	fprintf(stderr, "operation %lu, variant %u: %s\n", w->ops, w->variant,
	    what);
	_exit(1);
}

static uint32_t
draw(struct world *w, uint32_t bound)
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
static void
die(struct world *w)
{
	if (!w->child)
		broken(w, "died without an accident");
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
		broken(w, "out of memory");
}

static void
check_identity(const struct world *w, const struct mail *m)
{
	uint32_t i;

	for (i = 0; i < w->nmails; i++)
		if (w->mails[i].acked && &w->mails[i] != m &&
		    w->mails[i].id == m->id && w->mails[i].batch == m->batch)
			broken(w, "slot %u batch %llu came twice", m->id,
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
		broken(w, "slot %u: nobody's mail", id);
	m = &w->mails[n];
	if (memcmp(m->digest, slot->digest, SPOOL_DIGEST_LEN) != 0 ||
	    memcmp(slot->keyid, keyid, sizeof(keyid)) != 0 ||
	    slot->set != m->set || slot->set_index != m->set_index ||
	    slot->set_total != m->set_total || strcmp(slot->hop, "mix") != 0)
		broken(w, "slot %u: not what was put", id);
	if (slot->set != 0 && slot->set_index > 0 &&
	    slot->state != SPOOL_MEMBER)
		broken(w, "slot %u: state %u of a member", id, slot->state);
	if (m->found++)
		broken(w, "mail %u is there twice", n);
	if (m->acked && (m->id != id || m->batch != slot->batch))
		broken(w, "mail %u is elsewhere", n);
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
		broken(w, "mail %u can't be read: %s", n, strerror(errno));
	if (slot.body_len != len || memcmp(body, wanted, len) != 0)
		broken(w, "mail %u has a wrong body", n);
}

static void
check_wiped(struct world *w, uint32_t n)
{
	uint32_t len = make_body(n, wanted);

	simdisk_peek(w->sim, "spool", spool_body_offset(w->mails[n].id), body,
	    len);
	if (len >= 16 && memcmp(body, wanted, len) == 0)
		broken(w, "mail %u is freed and not wiped", n);
}

static void
check_mail(struct world *w, uint32_t n)
{
	struct mail *m = &w->mails[n];

	if (m->fate == ACKED && !m->found)
		broken(w, "acknowledged mail %u is lost", n);
	if ((m->fate == FREED || m->fate == NOWHERE) && m->found)
		broken(w, "mail %u came back", n);
	if (m->acked && !replayset_has(w->seen, m->digest))
		broken(w, "digest of mail %u is forgotten", n);
	if (!m->acked && !m->found && replayset_has(w->seen, m->digest))
		broken(w, "mail %u is lost, and its digest is not", n);
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
		broken(w, "%u of %u of a set are there", found, total);
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
			die(w);
		w->log_published = 1;
		e = replaylog_open(&w->disk, keyid, found_digest, w, &expires,
		    &w->log);
	}
	if (e == REPLAYLOG_IO)
		die(w);
	if (e != REPLAYLOG_OK)
		broken(w, "replay log: error %d", (int)e);
	if (expires != 777)
		broken(w, "replay log: wrong expiry");
	w->log_published = 1;
}

/* A process starts: opens all and compares it with what it ought to be. */
static void
start(struct world *w)
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
			die(w);
		broken(w, "%s", errbuf);
	}
	if (counts.damaged != 0)
		broken(w, "%u damaged", counts.damaged);
	for (i = 0; i < w->nmails; i++)
		if (w->mails[i].found)
			(void)replayset_insert(w->seen, w->mails[i].digest, 1);
	for (i = 0; i < w->nmails; i++) {
		check_mail(w, i);
		if (w->mails[i].set != 0 && w->mails[i].set_index == 0)
			check_set(w, i);
		accept_finding(w, i);
	}
}

/*
 * The work of the queue.
 */
static void
commit(struct world *w)
{
	struct mail *m;
	uint32_t i;

	if (spool_sync(w->spool) == -1)
		die(w);
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
		die(w);
	for (i = 0; i < w->nmails; i++) {
		if (w->mails[i].fate == WRITTEN)
			w->mails[i].fate = NOWHERE;
		if (w->mails[i].fate == FREEING)
			w->mails[i].fate = FREED;
	}
}

static int
put(struct world *w, uint32_t n, uint8_t class)
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
	slot.body_len = make_body(n, body);
	/* One that fails may be there until its withdrawal is durable. */
	if (class != SPOOL_SCRATCH)
		m->fate = WRITTEN;
	if (spool_put(w->spool, &slot, body, &id) == -1)
		return (-1);
	if (class == SPOOL_SCRATCH)
		return (0);
	if (spool_get(w->spool, id, &slot, body) == -1)
		broken(w, "a put can't be read");
	m->id = id;
	m->batch = slot.batch;
	return (0);
}

static uint32_t
new_mail(struct world *w, uint64_t set, uint32_t index, uint32_t total)
{
	struct mail *m;
	uint32_t n = w->nmails++;

	if (n >= MAX_MAILS)
		broken(w, "too many mails for the test");
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
	uint32_t n, kind = draw(w, 10);

	if (kind < 7 || w->nmails == 0)
		n = new_mail(w, 0, 0, 0);
	else if (kind < 9)
		n = draw(w, w->nmails);
	else
		return (put(w, 0, SPOOL_SCRATCH));
	if (w->mails[n].set != 0 ||
	    replayset_insert(w->seen, w->mails[n].digest, 1) == 0)
		return (put(w, n, SPOOL_SCRATCH));
	return (put(w, n, SPOOL_FORWARD));
}

static uint32_t
room(struct world *w)
{
	const char *reason;

	return (spool_room(w->spool, &reason));
}

static void
take_batch(struct world *w, uint32_t n)
{
	while (n-- > 0) {
		if (room(w) == 0)
			break;
		if (frame(w) == -1) {
			withdraw(w);
			return;
		}
	}
	commit(w);
}

/* A mail of several slots; head and members in one sync or in two. */
static void
take_set(struct world *w)
{
	uint32_t total = 2 + draw(w, 3), first = w->nmails, i;

	if (room(w) < total)
		return;
	for (i = 0; i < total; i++)
		(void)new_mail(w, 1000 + first, i, total);
	for (i = total; i-- > 0; ) {
		if (i == 0 && first % 2 == 0 && spool_sync(w->spool) == -1)
			die(w);
		if (replayset_insert(w->seen, w->mails[first + i].digest,
		    1) == -1 || put(w, first + i, SPOOL_EXIT) == 0)
			continue;
		/* Those that were synced are freed one by one. */
		while (++i < total)
			if (spool_free(w->spool, w->mails[first + i].id) == -1)
				die(w);
		withdraw(w);
		for (i = 0; i < total; i++)
			replayset_withdraw(w->seen,
			    w->mails[first + i].digest);
		return;
	}
	commit(w);
}

/* Delivered: the log is synced past the digest before the slot goes. */
static void
deliver(struct world *w, uint32_t n)
{
	struct mail *m = &w->mails[n];
	uint32_t i, first = n - m->set_index;
	uint32_t total = m->set == 0 ? 1 : m->set_total;

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
		die(w);
	for (i = first; i < first + total; i++)
		w->mails[i].fate = UNSURE;
	for (i = first + total; i-- > first; ) {
		if (spool_free(w->spool, w->mails[i].id) == -1)
			return;
		w->mails[i].fate = FREEING;
		if (draw(w, 4) == 0)
			commit(w);
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

static void
rounds(struct world *w, uint32_t n)
{
	uint32_t i;

	while (n-- > 0) {
		take_batch(w, 1 + draw(w, 6));
		if (draw(w, 3) == 0)
			take_set(w);
		for (i = draw(w, 8); i > 0; i--)
			deliver(w, draw(w, w->nmails));
		for (i = draw(w, 3); i > 0; i--)
			touch(w, draw(w, w->nmails));
	}
}

static void
stop(struct world *w)
{
	commit(w);
	replaylog_close(w->log);
	spool_close(w->spool);
}

/*
 * Accidents.
 */

/* Works until the accident; 0 when there was none. */
static int
live(struct world *w, void (*work)(struct world *))
{
	w->work = work;
	if (setjmp(w->out) != 0)
		return (1);
	w->work(w);
	return (0);
}

static void
next_life(struct world *w)
{
	start(w);
	rounds(w, 6);
	stop(w);
}

static void
last_life(struct world *w)
{
	start(w);
	rounds(w, 1);
	stop(w);
	start(w);
	stop(w);
}

static void
go_on_after_accident(struct world *w)
{
	w->accident = w->ops + 1 + draw(w, 120);
	(void)live(w, next_life);
	w->accident = 0;
	if (live(w, last_life) != 0)
		broken(w, "a second accident");
	_exit(0);
}

/*
 * Variants 0, 2: the power fails; 1: the process is killed; 3, 4: the operation
 * fails, and some operations later the process is killed or the power fails.
 */
#define VARIANTS	5

static void
have_accident(struct world *w, unsigned int variant)
{
	w->child = 1;
	w->variant = variant;
	w->state = (struct test_rng){ { w->ops, variant + 1, 3, 4 } };
	if (variant < 3)
		die(w);
	w->failing = w->ops;
	simdisk_fail(w->sim, SIMDISK_ANY, 0, draw(w, 2) ? EIO : ENOSPC);
	w->accident = w->ops + 1 + draw(w, 60);
}

static void
before_operation(void *arg)
{
	struct world *w = arg;
	unsigned int variant;
	int status;
	pid_t pid;

	w->ops++;
	if (w->child && w->ops == w->accident)
		die(w);
	if (w->child || !w->armed)
		return;
	for (variant = 0; variant < VARIANTS; variant++) {
		if (w->quick && variant != w->ops % VARIANTS)
			continue;
		w->points++;
		if ((pid = fork()) == -1)
			broken(w, "fork: %s", strerror(errno));
		if (pid == 0) {
			have_accident(w, variant);
			return;
		}
		if (waitpid(pid, &status, 0) == -1 || status != 0)
			broken(w, "operation %lu, variant %u: see above",
			    w->ops, variant);
	}
}

/*
 * With -v quick=true, and in a sanitized build, where a fork takes long, every
 * operation has one of the accidents in turn.
 */
static struct world *
new_world(const atf_tc_t *tc, uint64_t seed)
{
	struct world *w;

	ATF_REQUIRE((w = calloc(1, sizeof(*w))) != NULL);
	w->quick = atf_tc_get_config_var_as_bool_wd(tc, "quick", false);
#ifdef __SANITIZE_ADDRESS__
	w->quick = 1;
#endif
	w->rng = test_rng(&w->state, seed);
	w->sim = simdisk_new(&w->rng);
	simdisk_table(w->sim, &w->disk);
	simdisk_hook(w->sim, before_operation, w);
	return (w);
}

static void
end_world(struct world *w)
{
	replayset_free(w->seen);
	replayset_free(w->in_log);
	simdisk_free(w->sim);
	free(w);
}

/* Runs in the parent; a child comes out of live() by its accident. */
static void
run(struct world *w, void (*work)(struct world *))
{
	if (live(w, work) != 0 || w->child)
		go_on_after_accident(w);
	printf("%lu operations, %lu accidents\n", w->ops, w->points);
}

static void
from_nothing(struct world *w)
{
	w->armed = 1;
	start(w);
	rounds(w, 50);
	stop(w);
	start(w);
	rounds(w, 2);
	stop(w);
}

ATF_TC_WITHOUT_HEAD(survives_an_accident_at_every_operation);
ATF_TC_BODY(survives_an_accident_at_every_operation, tc)
{
	struct world *w = new_world(tc, 1);

	run(w, from_nothing);
	ATF_CHECK(w->ops >= 1000);
	end_world(w);
}

/* So many puts that the checkpoint moves while accidents happen. */
static void
over_a_checkpoint(struct world *w)
{
	int i;

	start(w);
	rounds(w, 5);
	for (i = 0; i < 5; i++) {
		while (w->spool->since_checkpoint < 1020) {
			ATF_REQUIRE(room(w) > 0);
			ATF_REQUIRE_EQ(put(w, 1, SPOOL_SCRATCH), 0);
			if (w->spool->since_checkpoint % 64 == 0)
				commit(w);
		}
		w->armed = 1;
		rounds(w, 2);
		w->armed = 0;
	}
	ATF_CHECK(w->spool->super.checkpoint > 0);
	stop(w);
}

ATF_TC_WITHOUT_HEAD(survives_while_the_checkpoint_moves);
ATF_TC_BODY(survives_while_the_checkpoint_moves, tc)
{
	struct world *w = new_world(tc, 2);

	run(w, over_a_checkpoint);
	ATF_CHECK(w->points >= 100);
	end_world(w);
}

/* So much is held that the next batch needs a further extent. */
static void
over_a_growth(struct world *w)
{
	uint32_t n;

	start(w);
	while (w->nmails < 3 * SPOOL_EXTENT_SLOTS / 4 - 2) {
		ATF_REQUIRE(room(w) > 0);
		n = new_mail(w, 0, 0, 0);
		ATF_REQUIRE_EQ(replayset_insert(w->seen, w->mails[n].digest,
		    1), 1);
		ATF_REQUIRE_EQ(put(w, n, SPOOL_FORWARD), 0);
	}
	commit(w);
	w->armed = 1;
	for (n = 0; n < 3; n++)
		take_batch(w, 5);
	w->armed = 0;
	stop(w);
}

ATF_TC_WITHOUT_HEAD(survives_while_the_file_grows);
ATF_TC_BODY(survives_while_the_file_grows, tc)
{
	struct world *w = new_world(tc, 3);

	run(w, over_a_growth);
	ATF_CHECK(simdisk_count(w->sim, SIMDISK_ALLOCATE) >= 2);
	ATF_CHECK(w->points >= 50);
	end_world(w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, survives_an_accident_at_every_operation);
	ATF_TP_ADD_TC(tp, survives_while_the_checkpoint_moves);
	ATF_TP_ADD_TC(tp, survives_while_the_file_grows);
	return (atf_no_error());
}
