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

#include <event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "mixtasy/layer.h"
#include "mixtasy/path.h"
#include "mixtasy/roster.h"

#include "log.h"
#include "roles.h"

/*
 * Holds the roster and seals what this mix sends of its own.  Certificates,
 * which strangers wrote, are parsed here, away from all secrets.
 */
#define DUMMY_HOPS_MAX	4	/* thesis 6.6 */
#define ROSTER_SECONDS	600	/* subkeys expire: look again */
#define FOUND_MAX	(128 * 1024 * 1024)	/* octets, twice directory's */

static struct seal_env {
	struct roster		 roster;
	const struct role_conf	*conf;
	struct event		 timer;
	struct proto_status_seal stats;
	/* What directory found, besides the files of the configuration. */
	struct seal_certs {
		uint8_t	*data;
		size_t	 len;
	}			 found, coming;
	int			 broken;	/* coming: until a next first */
} env;

static void
roster_build(void)
{
	const struct role_blob *b;
	size_t counts[ROSTER_NERRORS] = { 0 }, trust[ROSTER_NERRORS] = { 0 };
	size_t i;

	roster_clear(&env.roster);
	roster_init(&env.roster);
	/* What is added before the keys that rank it stays unranked. */
	for (i = 0; i < env.conf->nblobs; i++) {
		b = &env.conf->blobs[i];
		if (b->kind == PROTO_BLOB_TRUST)
			(void)roster_trust_add(&env.roster, b->data, b->len,
			    time(NULL), trust);
	}
	for (i = 0; i < env.conf->nblobs; i++) {
		b = &env.conf->blobs[i];
		if (b->kind == PROTO_BLOB_ROSTER)
			(void)roster_add(&env.roster, b->data, b->len,
			    time(NULL), counts);
	}
	if (env.found.len > 0)
		(void)roster_add(&env.roster, env.found.data, env.found.len,
		    time(NULL), counts);
	env.stats.mixes = env.roster.nmixes;
	env.stats.unusable = 0;
	for (i = ROSTER_OK + 1; i < ROSTER_NERRORS; i++)
		env.stats.unusable += counts[i];
}

static void
timer_set(void)
{
	struct timeval tv = { ROSTER_SECONDS, 0 };

	evtimer_add(&env.timer, &tv);
}

static void
timer_fired(int fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	roster_build();
	timer_set();
}

static void
seal_init(unsigned int instance)
{
	(void)instance;
	roster_init(&env.roster);
	evtimer_set(&env.timer, timer_fired, NULL);
	timer_set();
}

static void
seal_switched(struct role_conf *conf)
{
	env.conf = conf;
	roster_build();
	log_info("roster: %zu usable mixes, %llu certificates left out",
	    env.roster.nmixes, (unsigned long long)env.stats.unusable);
}

/*
 * A path for a dummy: of one to four hops, drawn; shorter if the roster does
 * not hold as many.  Its length, or 0.
 */
static size_t
dummy_path(struct mix_hop hops[DUMMY_HOPS_MAX])
{
	struct path_wish wish;

	memset(&wish, 0, sizeof(wish));
	wish.avoid = env.conf->global.address;
	wish.now = time(NULL);
	wish.hop_delay = env.conf->global.hop_delay;
	wish.dummy = 1;
	wish.length = 1 + rng_uniform(&rng_system, DUMMY_HOPS_MAX);
	for (; wish.length > 0; wish.length--)
		if (path_select(&env.roster, &wish, &rng_system,
		    hops) == PATH_OK)
			break;

	return (wish.length);
}

static int
dummy(uint64_t batch)
{
	struct mix_hop hops[DUMMY_HOPS_MAX];
	struct mix_final final;
	struct proto_dummy d;
	size_t n;

	if ((n = dummy_path(hops)) == 0)
		return (-1);
	memset(&d, 0, sizeof(d));
	memset(&final, 0, sizeof(final));
	final.type = MIX_DUMMY;
	mix_id_new(&rng_system, final.id);
	if (mix_seal(&final, hops, n, &rng_system, d.body) == -1)
		return (-1);
	d.batch = batch;
	strlcpy(d.next, hops[0].address, sizeof(d.next));

	return (proc_send(ROLE_QUEUE, 0, PROTO_DUMMY, &d, sizeof(d)));
}

static void
make(const struct proto_make *m)
{
	struct proto_made made;
	uint32_t i;

	memset(&made, 0, sizeof(made));
	made.batch = m->batch;
	for (i = 0; i < m->count; i++) {
		if (dummy(m->batch) == -1) {
			env.stats.failed += m->count - i;
			break;
		}
		made.count++;
	}
	env.stats.dummies += made.count;
	(void)proc_send(ROLE_POOL, 0, PROTO_MADE, &made, sizeof(made));
}

static void
certs_drop(struct seal_certs *certs)
{
	free(certs->data);
	memset(certs, 0, sizeof(*certs));
}

static int
certs_append(struct seal_certs *certs, const uint8_t *data, size_t n)
{
	uint8_t *more;

	if (n > FOUND_MAX - certs->len ||
	    (more = realloc(certs->data, certs->len + n + 1)) == NULL)
		return (-1);
	memcpy(more + certs->len, data, n);
	certs->data = more;
	certs->len += n;

	return (0);
}

/* A set is used when it is complete; what is left of another never. */
static void
take_found(const struct proto_roster *piece)
{
	if (piece->first) {
		certs_drop(&env.coming);
		env.broken = 0;
	}
	if (env.broken)
		return;
	if (certs_append(&env.coming, (const uint8_t *)(piece + 1),
	    piece->n) == -1) {
		log_warnx("roster: what was found is too much; it stays as it "
		    "was");
		certs_drop(&env.coming);
		env.broken = 1;
		return;
	}
	if (!piece->last)
		return;
	certs_drop(&env.found);
	env.found = env.coming;
	memset(&env.coming, 0, sizeof(env.coming));
	env.broken = 1;		/* until the next first */
	roster_build();
}

static void
status(const struct proto_ctl *req)
{
	env.stats.id = req->id;
	(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_SEAL, &env.stats,
	    sizeof(env.stats));
}

static void
seal_message(const struct role_msg *msg)
{
	switch (msg->type) {
	case PROTO_MAKE:
		make(msg->data);
		break;
	case PROTO_ROSTER:
		take_found(msg->data);
		break;
	case PROTO_CTL_STATUS:
		status(msg->data);
		break;
	}
}

const struct role_ops seal_ops = {
	.role = ROLE_SEAL,
	.init = seal_init,
	.switched = seal_switched,
	.message = seal_message
};
