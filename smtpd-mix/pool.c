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

#include <event.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/rng_system.h"
#include "mixing/dummy.h"
#include "mixing/moments.h"
#include "mixing/pool.h"

#include "due.h"
#include "log.h"
#include "proc.h"
#include "roles.h"

/*
 * The role that decides when messages leave.  It knows ids only; it runs by the
 * monotonic clock, so that nobody makes it fire by setting a clock.
 *
 * A mixing run takes a batch out of the pool and asks seal for dummies to go
 * with it; the batch fires when they are there, or after a while without.
 */
#define DUMMY_WAIT	5	/* seconds for a batch's dummies */
#define DUMMIES_MAX	64	/* asked for and not seen yet */
#define DUMMIES_LOST	600	/* seconds after which they won't come */

static struct pool_env {
	struct pool	*pool;
	struct due	 retries;	/* fired before, to be tried again */
	struct event	 run_ev;
	struct event	 due_ev;
	struct event	 wait_ev;
	struct event	 dummy_ev;
	time_t		 next_run;	/* wall clock, for mixctl */

	/* the batch that waits for its dummies */
	uint32_t	*batch;
	uint32_t	 nbatch;
	uint32_t	 batch_room;
	uint64_t	 number;	/* of the last batch; 0 is the pool's */
	int		 waiting;
	int		 made;		/* seal has said how many come */
	uint32_t	 coming;
	uint32_t	 came;

	struct dummy_control dummies;
	struct moments	 moments;	/* of the timed ones of this run */
	uint64_t	 began;		/* it, monotonic ms */
	uint32_t	 others;	/* came since the last run */
	uint32_t	 unseen;	/* dummies asked for */
	uint32_t	 asked[DUMMIES_MAX];	/* of seal, not answered yet */
	uint32_t	 nasked;
	time_t		 last_asked;	/* monotonic */
	uint64_t	 rounds;
	uint64_t	 fired;
	uint64_t	 last_batch;
} env;

static uint64_t
monotonic_ms(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		fatal("clock_gettime");

	return ((uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000);
}

static time_t
monotonic(void)
{
	return ((time_t)(monotonic_ms() / 1000));
}

static void
timer(struct event *ev, time_t seconds)
{
	struct timeval tv = { seconds, 0 };

	evtimer_add(ev, &tv);
}

static void
shuffle(uint32_t *ids, uint32_t n)
{
	uint32_t i, j, id;

	for (i = n; i > 1; i--) {
		j = rng_uniform(&rng_system, i);
		id = ids[i - 1];
		ids[i - 1] = ids[j];
		ids[j] = id;
	}
}

static void
fire(const uint32_t *ids, uint32_t n)
{
	struct {
		struct proto_fire	head;
		uint32_t		ids[PROTO_ITEMS_MAX];
	} msg;
	uint32_t at, part;

	memset(&msg.head, 0, sizeof(msg.head));
	for (at = 0; at < n; at += part) {
		part = n - at < PROTO_ITEMS_MAX ? n - at : PROTO_ITEMS_MAX;
		msg.head.n = part;
		memcpy(msg.ids, ids + at, part * sizeof(*ids));
		proc_send(ROLE_QUEUE, 0, PROTO_FIRE, &msg,
		    sizeof(msg.head) + part * sizeof(*ids));
	}
}

static void
batch_grow(uint32_t n)
{
	uint32_t *ids;

	if (n <= env.batch_room)
		return;
	if ((ids = reallocarray(env.batch, n, sizeof(*ids))) == NULL)
		fatal("pool");
	env.batch = ids;
	env.batch_room = n;
}

/* The batch goes, with the dummies that came. */
static void
batch_fire(void)
{
	evtimer_del(&env.wait_ev);
	env.waiting = 0;
	shuffle(env.batch, env.nbatch);
	fire(env.batch, env.nbatch);
	env.fired += env.nbatch;
	env.last_batch = env.nbatch;
	env.nbatch = 0;
}

static void
batch_ready(void)
{
	if (env.waiting && env.made && env.came >= env.coming)
		batch_fire();
}

static void
wait_event(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (env.waiting)
		batch_fire();
}

static uint32_t
draw(const struct proto_range *range, uint32_t least)
{
	uint32_t low = range->low < least ? least : range->low;

	if (range->high <= low)
		return (low);

	return (low + rng_uniform(&rng_system, range->high - low + 1));
}

/*
 * Asks for dummies.  How many are under way is bounded: while queue or seal
 * stands still there are not more and more.  1: asked; 0: not now.
 */
static int
ask_dummies(uint64_t batch, uint32_t count)
{
	struct proto_make make;
	time_t now = monotonic();

	if (now - env.last_asked > DUMMIES_LOST)
		env.unseen = env.nasked = 0;
	if (count > DUMMIES_MAX)
		count = DUMMIES_MAX;
	if (count == 0 || env.unseen + count > DUMMIES_MAX ||
	    env.nasked == DUMMIES_MAX)
		return (0);
	memset(&make, 0, sizeof(make));
	make.batch = batch;
	make.count = count;
	if (proc_send(ROLE_SEAL, 0, PROTO_MAKE, &make, sizeof(make)) == -1)
		return (0);
	env.unseen += count;
	env.asked[env.nasked++] = count;
	env.last_asked = now;
	/* Until seal says how many of them there will be. */
	if (batch != 0) {
		env.made = 0;
		env.came = 0;
		env.coming = count;
	}

	return (1);
}

static void
batch_start(uint32_t n, const struct proto_conf_global *conf)
{
	batch_grow(n + DUMMIES_MAX);
	env.nbatch = pool_take(env.pool, n, &rng_system, monotonic(),
	    env.batch);
	env.number++;
	env.waiting = 1;
	if (!conf->dummies_none &&
	    ask_dummies(env.number, draw(&conf->dummies_flush, 1)))
		timer(&env.wait_ev, DUMMY_WAIT);
	else
		batch_fire();
}

static void
set_policy(struct dummy_policy *policy, const struct proto_conf_global *conf)
{
	policy->pool.interval = conf->pool_interval;
	policy->pool.minimum = conf->pool_minimum;
	policy->pool.threshold = conf->pool_threshold;
	policy->pool.rate = conf->pool_rate / 1000000.0;
	policy->hop_delay = conf->hop_delay;
	policy->low = conf->dummies_timer.low;
	policy->high = conf->dummies_timer.high;
}

static uint32_t
elapsed(void)
{
	return ((uint32_t)(monotonic_ms() - env.began));
}

static void
schedule_dummies(void)
{
	uint32_t wait = moments_wait(&env.moments, elapsed());
	struct timeval tv = { wait / 1000, wait % 1000 * 1000 };

	if (wait > 0)
		evtimer_add(&env.dummy_ev, &tv);
}

/* One at a time: two would be written together, as messages seldom are. */
static void
dummy_event(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)ask_dummies(0, moments_due(&env.moments, elapsed(), 1));
	schedule_dummies();
}

/*
 * They come into the pool one by one until the next run, and count from then
 * on: all at once they would be told from messages by when they were written.
 */
static void
timed_dummies(const struct dummy_policy *policy)
{
	/* What queue told at the start came in another time. */
	if (env.rounds > 0)
		dummy_arrived(&env.dummies, policy, env.others);
	env.others = 0;
	/* Those whose moment is passing just now. */
	(void)ask_dummies(0, moments_due(&env.moments, UINT32_MAX,
	    UINT32_MAX));
	env.began = monotonic_ms();
	moments_draw(&env.moments, &rng_system, policy->pool.interval * 1000,
	    dummy_draw(&env.dummies, policy, &rng_system));
	schedule_dummies();
}

static void
mix(const struct pool_policy *policy, const struct proto_conf_global *conf)
{
	uint32_t n;

	n = pool_batch(policy, pool_count(env.pool), &rng_system);
	env.rounds++;
	log_debug("mixing run: %u of %u", n, pool_count(env.pool));
	if (n == 0)
		pool_round_empty(env.pool);
	else
		batch_start(n, conf);
}

static void
schedule_run(const struct proto_conf_global *conf)
{
	timer(&env.run_ev, conf->pool_interval);
	env.next_run = time(NULL) + conf->pool_interval;
}

static void
run_event(int fd, short what, void *arg)
{
	const struct proto_conf_global *conf = &proc_conf()->global;
	struct dummy_policy policy;

	(void)fd;
	(void)what;
	(void)arg;
	schedule_run(conf);
	if (env.waiting)
		batch_fire();
	set_policy(&policy, conf);
	if (!conf->dummies_none)
		timed_dummies(&policy);
	mix(&policy.pool, conf);
}

static void
schedule_retries(void)
{
	const struct due_item *first = due_first(&env.retries);
	time_t now = monotonic();

	if (first == NULL)
		evtimer_del(&env.due_ev);
	else
		timer(&env.due_ev, first->when > now ? first->when - now : 0);
}

static void
due_event(int fd, short what, void *arg)
{
	uint32_t ids[PROTO_ITEMS_MAX], n;
	time_t now = monotonic();

	(void)fd;
	(void)what;
	(void)arg;
	do {
		for (n = 0; n < PROTO_ITEMS_MAX; n++)
			if (!due_pop(&env.retries, now, &ids[n]))
				break;
		shuffle(ids, n);
		fire(ids, n);
	} while (n == PROTO_ITEMS_MAX);
	schedule_retries();
}

/*
 * due is wall time, the heap's is monotonic; no wait is longer than the longest
 * that queue asks for, whatever the wall clock did.
 */
static void
add_retry(const struct proto_add_item *item)
{
	const struct proto_conf_global *conf = &proc_conf()->global;
	uint64_t now = (uint64_t)clock_wall(), wait = 0, longest;

	longest = (uint64_t)conf->retry_max + conf->retry_max / 4;
	if (item->due > now)
		wait = item->due - now < longest ? item->due - now : longest;
	if (due_push(&env.retries, item->id,
	    monotonic() + (time_t)wait) == -1)
		fatal("pool");
}

static void
add_item(const struct proto_add_item *item)
{
	if (item->fired) {
		add_retry(item);
		return;
	}
	if (!item->dummy)
		env.others++;
	else if (env.unseen > 0)
		env.unseen--;
	if (item->dummy && env.waiting && item->batch == env.number) {
		batch_grow(env.nbatch + 1);
		env.batch[env.nbatch++] = item->id;
		env.came++;
	} else if (pool_add(env.pool, item->id, monotonic()) == -1)
		fatal("pool");
}

static void
add(const struct proto_add *msg)
{
	const struct proto_add_item *items =
	    (const struct proto_add_item *)(msg + 1);
	uint32_t i;

	for (i = 0; i < msg->n; i++)
		add_item(&items[i]);
	schedule_retries();
	batch_ready();
}

static void
made(const struct proto_made *msg)
{
	uint32_t fewer;

	/* Seal answers in order; what it could not make won't come. */
	if (env.nasked > 0) {
		fewer = env.asked[0] > msg->count ?
		    env.asked[0] - msg->count : 0;
		env.unseen -= fewer < env.unseen ? fewer : env.unseen;
		env.nasked--;
		memmove(env.asked, env.asked + 1,
		    env.nasked * sizeof(env.asked[0]));
	}
	if (!env.waiting || msg->batch != env.number)
		return;
	env.made = 1;
	env.coming = msg->count;
	batch_ready();
}

static void
status(uint64_t id)
{
	const struct proto_conf_global *conf = &proc_conf()->global;
	struct proto_status_pool row;
	struct pool_figures figures;
	struct dummy_policy policy;

	pool_figures(env.pool, &figures);
	set_policy(&policy, conf);
	memset(&row, 0, sizeof(row));
	row.id = id;
	row.held = pool_count(env.pool) + env.nbatch;
	row.waiting = env.retries.n;
	row.rounds = env.rounds;
	row.fired = env.fired;
	row.last_batch = env.last_batch;
	row.next_run = (uint64_t)env.next_run;
	row.interval = conf->pool_interval;
	row.minimum = conf->pool_minimum;
	row.threshold = conf->pool_threshold;
	row.rate = conf->pool_rate;
	row.entropy = (uint64_t)llround(figures.entropy * 1000);
	row.mean_entropy = (uint64_t)llround(figures.mean_entropy * 1000);
	row.least_entropy = (uint64_t)llround(figures.least_entropy * 1000);
	row.mean_delay = (uint64_t)llround(figures.mean_delay);
	row.delay_95 = figures.delay_95;
	row.hop_delay = conf->hop_delay;
	row.arrivals = (uint64_t)llround(figures.arrivals * 1000);
	if (!conf->dummies_none) {
		row.dummies_timer = (uint64_t)llround(
		    dummy_mean(&env.dummies, &policy) * 1000);
		row.dummies_low = policy.low;
		row.dummies_high = policy.high;
	}
	proc_send(ROLE_CONTROL, 0, PROTO_STATUS_POOL, &row, sizeof(row));
}

static void
init(unsigned int instance)
{
	(void)instance;
	if ((env.pool = pool_new()) == NULL)
		fatal("pool");
	evtimer_set(&env.run_ev, run_event, NULL);
	evtimer_set(&env.due_ev, due_event, NULL);
	evtimer_set(&env.wait_ev, wait_event, NULL);
	evtimer_set(&env.dummy_ev, dummy_event, NULL);
}

static void
start(void)
{
	schedule_run(&proc_conf()->global);
}

/* A shorter interval counts from now on, not only after the next run. */
static void
switched(struct role_conf *conf)
{
	if (evtimer_pending(&env.run_ev, NULL) &&
	    time(NULL) + conf->global.pool_interval < env.next_run)
		schedule_run(&conf->global);
}

static void
message(const struct role_msg *msg)
{
	const struct proto_ctl *ctl = msg->data;

	switch (msg->type) {
	case PROTO_ADD:
		add(msg->data);
		break;
	case PROTO_MADE:
		made(msg->data);
		break;
	case PROTO_CTL_STATUS:
		status(ctl->id);
		break;
	default:
		break;
	}
}

/* What it holds is in the spool; the next start hears of it from queue. */
static void
stop(void)
{
	evtimer_del(&env.run_ev);
	evtimer_del(&env.due_ev);
	evtimer_del(&env.wait_ev);
	evtimer_del(&env.dummy_ev);
	proc_stopped();
}

const struct role_ops pool_ops = {
	.role = ROLE_POOL,
	.init = init,
	.start = start,
	.switched = switched,
	.message = message,
	.stop = stop
};
