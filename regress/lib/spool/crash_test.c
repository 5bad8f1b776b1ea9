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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spool/spool_priv.h"

#include "lib/spool/simdisk.h"
#include "lib/spool/world.h"
#include "lib/testutil.h"

/*
 * A disk that loses its power before every single operation.  At each the
 * process forks; the children have the accident and live on, the parent goes on
 * to the next operation.
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
	world_start(w);
	world_work(w, 6);
	world_stop(w);
}

static void
last_life(struct world *w)
{
	world_start(w);
	world_work(w, 1);
	world_stop(w);
	world_start(w);
	world_stop(w);
}

static void
go_on_after_accident(struct world *w)
{
	w->accident = w->ops + 1 + world_draw(w, 120);
	(void)live(w, next_life);
	w->accident = 0;
	if (live(w, last_life) != 0)
		world_broken(w, "a second accident");
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
		world_die(w);
	w->failing = w->ops;
	simdisk_fail(w->sim, SIMDISK_ANY, 0, world_draw(w, 2) ? EIO : ENOSPC);
	w->accident = w->ops + 1 + world_draw(w, 60);
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
		world_die(w);
	if (w->child || !w->armed)
		return;
	for (variant = 0; variant < VARIANTS; variant++) {
		if (w->quick && variant != w->ops % VARIANTS)
			continue;
		w->points++;
		if ((pid = fork()) == -1)
			world_broken(w, "fork: %s", strerror(errno));
		if (pid == 0) {
			have_accident(w, variant);
			return;
		}
		if (waitpid(pid, &status, 0) == -1 || status != 0)
			world_broken(w, "operation %lu, variant %u: see above",
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
	world_start(w);
	world_work(w, 50);
	world_stop(w);
	world_start(w);
	world_work(w, 2);
	world_stop(w);
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

	world_start(w);
	world_work(w, 5);
	for (i = 0; i < 5; i++) {
		while (w->spool->since_checkpoint < 1020) {
			ATF_REQUIRE(world_room(w) > 0);
			ATF_REQUIRE_EQ(world_put(w, 1, SPOOL_SCRATCH), 0);
			if (w->spool->since_checkpoint % 64 == 0)
				world_commit(w);
		}
		w->armed = 1;
		world_work(w, 2);
		w->armed = 0;
	}
	ATF_CHECK(w->spool->super.checkpoint > 0);
	world_stop(w);
}

ATF_TC_WITHOUT_HEAD(survives_while_the_checkpoint_moves);
ATF_TC_BODY(survives_while_the_checkpoint_moves, tc)
{
	struct world *w = new_world(tc, 2);

	run(w, over_a_checkpoint);
	ATF_CHECK(w->points >= 100);
	end_world(w);
}

/* Holds so many messages. */
static void
hold(struct world *w, uint32_t most)
{
	uint32_t n;

	while (w->nmails < most) {
		ATF_REQUIRE(world_room(w) > 0);
		n = world_new_mail(w, 0, 0, 0);
		ATF_REQUIRE_EQ(replayset_insert(w->seen, w->mails[n].digest,
		    1), 1);
		ATF_REQUIRE_EQ(world_put(w, n, SPOOL_FORWARD), 0);
		if (n % 100 == 0)
			world_commit(w);
	}
	world_commit(w);
}

/* So much is held that the next batches need a further extent. */
static void
over_a_growth(struct world *w)
{
	uint32_t n;

	world_start(w);
	hold(w, SPOOL_EXTENT_SLOTS / 2 - 2);
	w->armed = 1;
	for (n = 0; n < 5; n++)
		world_take_batch(w, 5);
	w->armed = 0;
	while (w->spool->slots == SPOOL_EXTENT_SLOTS) {
		w->armed = w->spool->grown >= 14;
		world_take_batch(w, 5);
	}
	w->armed = 1;
	world_take_batch(w, 5);
	w->armed = 0;
	world_stop(w);
}

/* Nearly nothing is left: the batch waits for a further extent. */
static void
over_a_sudden_growth(struct world *w)
{
	uint32_t n;

	world_start(w);
	hold(w, SPOOL_EXTENT_SLOTS / 2 - 2);
	while (w->spool->free.count > SPOOL_EXTENT_SLOTS / 8) {
		n = world_new_mail(w, 0, 0, 0);
		ATF_REQUIRE_EQ(replayset_insert(w->seen, w->mails[n].digest,
		    1), 1);
		ATF_REQUIRE_EQ(world_put(w, n, SPOOL_FORWARD), 0);
	}
	w->armed = 1;
	world_take_batch(w, 5);
	world_take_batch(w, 5);
	w->armed = 0;
	ATF_CHECK(w->spool->slots > SPOOL_EXTENT_SLOTS);
	world_stop(w);
}

/* Most of what was held is gone; the file is cut, and grows again. */
static void
over_a_cut(struct world *w)
{
	uint32_t n;

	world_start(w);
	hold(w, 700);
	ATF_REQUIRE_EQ(w->spool->slots, 2 * SPOOL_EXTENT_SLOTS);
	for (n = 0; n < 700; n++)
		if (n % 50 != 0 || w->mails[n].id >= SPOOL_EXTENT_SLOTS)
			world_deliver(w, n);
	world_commit(w);
	for (n = 0; n < 11; n++)
		ATF_REQUIRE_EQ(spool_trim(w->spool), 0);
	w->armed = 1;
	for (n = 0; n < 6; n++) {
		(void)spool_trim(w->spool);
		world_take_batch(w, 4);
		world_deliver(w, world_draw(w, w->nmails));
	}
	w->armed = 0;
	ATF_REQUIRE_EQ(w->spool->slots, SPOOL_EXTENT_SLOTS);
	ATF_REQUIRE_EQ(simdisk_size(w->sim, "spool"), spool_extents_end(1));
	hold(w, w->nmails + 460);
	while (w->spool->slots == SPOOL_EXTENT_SLOTS) {
		w->armed = w->spool->grown >= 16;
		world_take_batch(w, 5);
	}
	w->armed = 0;
	world_stop(w);
}

ATF_TC_WITHOUT_HEAD(survives_while_the_file_grows);
ATF_TC_BODY(survives_while_the_file_grows, tc)
{
	struct world *w = new_world(tc, 3);

	run(w, over_a_growth);
	ATF_CHECK(simdisk_count(w->sim, SIMDISK_ALLOCATE) >= 32);
	ATF_CHECK(w->points >= 50);
	end_world(w);
}

ATF_TC_WITHOUT_HEAD(survives_while_the_file_grows_at_once);
ATF_TC_BODY(survives_while_the_file_grows_at_once, tc)
{
	struct world *w = new_world(tc, 4);

	/* Many operations, one much like the other. */
	w->quick = 1;
	run(w, over_a_sudden_growth);
	ATF_CHECK(w->points >= 20);
	end_world(w);
}

ATF_TC_WITHOUT_HEAD(survives_while_the_file_is_cut);
ATF_TC_BODY(survives_while_the_file_is_cut, tc)
{
	struct world *w = new_world(tc, 5);

	run(w, over_a_cut);
	ATF_CHECK(simdisk_count(w->sim, SIMDISK_TRUNCATE) >= 1);
	ATF_CHECK(w->points >= 50);
	end_world(w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, survives_an_accident_at_every_operation);
	ATF_TP_ADD_TC(tp, survives_while_the_checkpoint_moves);
	ATF_TP_ADD_TC(tp, survives_while_the_file_grows);
	ATF_TP_ADD_TC(tp, survives_while_the_file_grows_at_once);
	ATF_TP_ADD_TC(tp, survives_while_the_file_is_cut);
	return (atf_no_error());
}
