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
#include <sys/stat.h>
#include <sys/time.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/rng_system.h"

#include "clockwatch.h"
#include "log.h"
#include "proc.h"
#include "queue.h"
#include "roles.h"

/*
 * The role that holds the spool and the replay records: what crypto and seal
 * made is written here, what the pool fires is handed out.
 */
#define DUMMY_ROOM	64	/* slots that smtp is never promised */
#define LOW_ROOM	96	/* below it nothing is taken */
#define ENOUGH_ROOM	192	/* from it something is taken again */
#define RETRY_SECONDS	5
#define RETRY_GROWTH	16	/* spool_room() tries only every so often */
#define DAY_SECONDS	86400
#define ON_ITS_WAY	300	/* a body sealed so long ago has come */
#define SWEEP_SECONDS	600	/* in which keys names its subkeys */
#define SWEEP_GRACE	(7 * DAY_SECONDS)

static struct queue_env env;

uint8_t *
queue_flags(struct queue_env *q, uint32_t id)
{
	uint32_t n;

	if (id >= q->nflags) {
		n = q->nflags;
		while (n <= id)
			n += SPOOL_EXTENT_SLOTS;
		q->flags = recallocarray(q->flags, q->nflags, n, 1);
		if (q->flags == NULL)
			fatal("queue");
		q->nflags = n;
	}

	return (&q->flags[id]);
}

void
queue_tell_pool(const struct proto_add_item *items, uint32_t n)
{
	struct {
		struct proto_add	head;
		struct proto_add_item	items[PROTO_ITEMS_MAX];
	} add;

	if (n == 0)
		return;
	memset(&add.head, 0, sizeof(add.head));
	add.head.n = n;
	memcpy(add.items, items, n * sizeof(*items));
	proc_send(ROLE_POOL, 0, PROTO_ADD, &add,
	    sizeof(add.head) + n * sizeof(*items));
}

/* Keys are destroyed by what is said here: a day counts a while longer. */
static void
tell_days(struct queue_env *q)
{
	struct proto_storage_used used;
	uint32_t lately;

	if (!clock_trusted())
		return;
	memset(&used, 0, sizeof(used));
	used.oldest_day = queue_days_oldest(&q->days);
	lately = (uint32_t)((clock_wall() - ON_ITS_WAY) / DAY_SECONDS);
	if (used.oldest_day > lately)
		used.oldest_day = lately;
	used.n = queue_days_list(&q->days, used.days, nitems(used.days));
	if (memcmp(&used, &q->told_days, sizeof(used)) == 0)
		return;
	q->told_days = used;
	proc_send(ROLE_KEYS, 0, PROTO_STORAGE_USED, &used, sizeof(used));
}

static void
send_credit(struct queue_env *q, uint32_t slots)
{
	struct proto_credit credit;

	credit.slots = slots;
	credit.full = q->full != NULL;
	q->granted += slots;
	proc_send(ROLE_SMTP, 0, PROTO_CREDIT, &credit, sizeof(credit));
}

static void
retry_soon(struct queue_env *q)
{
	static const struct timeval tv = { RETRY_SECONDS, 0 };

	if (!evtimer_pending(&q->retry_ev, NULL))
		evtimer_add(&q->retry_ev, &tv);
}

static void
set_full(struct queue_env *q, const char *why)
{
	if (why != NULL)
		retry_soon(q);
	if ((why == NULL) == (q->full == NULL)) {
		q->full = why;
		return;
	}
	if (why != NULL)
		log_warnx("no more mail is taken: %s", why);
	else
		log_info("mail is taken again");
	q->full = why;
	send_credit(q, 0);
}

/* Of so much room, how much smtp may have been promised. */
static uint32_t
promise(uint32_t room)
{
	if (room <= DUMMY_ROOM)
		return (0);
	room -= DUMMY_ROOM;

	return (room < PROTO_SMTP_CREDITS ? room : PROTO_SMTP_CREDITS);
}

void
queue_room(struct queue_env *q)
{
	const char *why = NULL;
	uint32_t low = q->full == NULL ? LOW_ROOM : ENOUGH_ROOM, most;

	q->room = spool_room(q->spool, &why);
	if (q->stuck != NULL)
		why = q->stuck;
	else if (q->room >= low)
		why = NULL;
	else if (why == NULL)
		why = "the spool is full";
	if (q->stopping)
		return;
	set_full(q, why);
	most = promise(q->room);
	if (q->full == NULL && q->granted < most)
		send_credit(q, most - q->granted);
}

void
queue_stuck(struct queue_env *q, const char *why)
{
	if (q->stuck == NULL && q->full == NULL)
		log_warn("%s", why);
	q->stuck = why;
	retry_soon(q);
}

static void
retry_event(int fd, short what, void *arg)
{
	struct queue_env *q = arg;
	const char *why;
	int i;

	(void)fd;
	(void)what;
	if (q->spool == NULL)
		return;
	q->stuck = NULL;
	for (i = 0; i < RETRY_GROWTH; i++)
		(void)spool_room(q->spool, &why);
	queue_commit(q);
	queue_send_run(q);
}

static void
minutes_event(int fd, short what, void *arg)
{
	static const struct timeval tv = { ON_ITS_WAY, 0 };
	struct queue_env *q = arg;

	(void)fd;
	(void)what;
	tell_days(q);
	if (q->spool != NULL && spool_trim(q->spool))
		queue_schedule(q);
	evtimer_add(&q->minutes_ev, &tv);
}

static void
sweep_event(int fd, short what, void *arg)
{
	static const struct timeval tv = { SWEEP_SECONDS, 0 };
	struct queue_env *q = arg;

	(void)fd;
	(void)what;
	if (q->spool == NULL)
		return;
	if (clock_trusted())
		queue_replay_sweep(&q->replay,
		    (uint64_t)clock_wall() - SWEEP_GRACE);
	else
		evtimer_add(&q->sweep_ev, &tv);
}

static void
init(unsigned int instance)
{
	(void)instance;
	env.dirfd = -1;
	LIST_INIT(&env.open_sets);
	RB_INIT(&env.held_sets);
	queue_parts_init(&env);
	evtimer_set(&env.retry_ev, retry_event, &env);
	evtimer_set(&env.minutes_ev, minutes_event, &env);
	evtimer_set(&env.sweep_ev, sweep_event, &env);
}

/* The first configuration says how large the spool may be. */
static int
accept_conf(const struct role_conf *conf, char *err, size_t errlen)
{
	if (env.spool != NULL)
		return (0);

	return (queue_open(&env, conf->global.spool_slots, err, errlen));
}

static void
start(void)
{
	queue_send_init(&env);
	queue_tell_recovered(&env);
	queue_room(&env);
	queue_parts_start(&env);
	minutes_event(-1, 0, &env);
}

/* A subkey's log is asked for: its first use, or its first after a start. */
static void
log_create(struct queue_env *q, const struct proto_log_create *create)
{
	static const struct timeval tv = { SWEEP_SECONDS, 0 };
	struct proto_log_ready ready;

	memset(&ready, 0, sizeof(ready));
	memcpy(ready.keyid, create->keyid, sizeof(ready.keyid));
	ready.ok = (uint32_t)(create->existing ?
	    queue_replay_claim(&q->replay, create->keyid) :
	    queue_replay_create(&q->replay, create->keyid, create->expires));
	if (!ready.ok)
		log_warnx("a subkey's replay log %s: the subkey can't be used",
		    create->existing ? "is missing or damaged" :
		    "can't be made");
	proc_send(ROLE_KEYS, 0, PROTO_LOG_READY, &ready, sizeof(ready));
	if (!q->sweeping)
		evtimer_add(&q->sweep_ev, &tv);
	q->sweeping = 1;
}

static void
status(struct queue_env *q, uint64_t id)
{
	struct proto_status_queue row;
	struct spool_stats stats;

	spool_stats(q->spool, &stats);
	memset(&row, 0, sizeof(row));
	row.id = id;
	row.slots = stats.slots;
	row.max_slots = stats.max_slots;
	row.live = stats.live;
	row.damaged = stats.damaged;
	row.committed = q->counts.committed;
	row.commits = q->counts.commits;
	row.replays = q->counts.replays;
	row.failed = q->counts.failed;
	row.delivered = q->counts.delivered;
	row.deferred = q->counts.deferred;
	row.given_up = q->counts.given_up;
	row.refused = q->counts.refused;
	row.digests = replayset_count(q->replay.set);
	row.sets = q->parts.incomplete;
	row.parts = q->parts.held;
	row.parts_destroyed = q->counts.parts_destroyed;
	row.sets_given_up = q->counts.sets_given_up;
	row.sets_displaced = q->counts.sets_displaced;
	if (q->full != NULL)
		strlcpy(row.full, q->full, sizeof(row.full));
	proc_send(ROLE_CONTROL, 0, PROTO_STATUS_QUEUE, &row, sizeof(row));
}

static void
message(const struct role_msg *msg)
{
	const struct proto_log_remove *gone = msg->data;
	const struct proto_ctl *ctl = msg->data;
	const struct proto_fire *fire = msg->data;

	if (env.spool == NULL)
		return;
	switch (msg->type) {
	case PROTO_RESULT:
		queue_result(&env, msg->data);
		break;
	case PROTO_DUMMY:
		queue_dummy(&env, msg->data);
		break;
	case PROTO_FIRE:
		queue_fire(&env, (const uint32_t *)(fire + 1), fire->n);
		queue_send_run(&env);
		break;
	case PROTO_OUTCOME:
		queue_outcome(&env, msg->from, msg->data);
		queue_send_run(&env);
		break;
	case PROTO_LOG_CREATE:
		log_create(&env, msg->data);
		break;
	case PROTO_LOG_REMOVE:
		if (queue_replay_remove(&env.replay, gone->keyid) == -1)
			log_warn("the replay log of a subkey that is gone");
		break;
	case PROTO_CLOCK:
		clock_told(msg->data);
		tell_days(&env);
		break;
	case PROTO_CTL_STATUS:
		status(&env, ctl->id);
		break;
	case PROTO_CTL_QUEUE:
		queue_list(&env, ctl->id);
		break;
	default:
		break;
	}
}

static void
stop(void)
{
	env.stopping = 1;
	if (env.spool == NULL)
		proc_stopped();
	else
		queue_schedule(&env);
}

void
queue_close(struct queue_env *q)
{
	evtimer_del(&q->retry_ev);
	evtimer_del(&q->minutes_ev);
	evtimer_del(&q->sweep_ev);
	queue_parts_stop(q);
	queue_list_stop(q);
	queue_replay_close(&q->replay);
	spool_close(q->spool);
	q->spool = NULL;
	close(q->dirfd);
	proc_stopped();
}

const struct role_ops queue_ops = {
	.role = ROLE_QUEUE,
	.init = init,
	.start = start,
	.accept = accept_conf,
	.message = message,
	.stop = stop
};
