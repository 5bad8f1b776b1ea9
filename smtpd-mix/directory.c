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

#include <openssl/sha.h>

#include <event.h>
#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "fetch/fetch.h"

#include "directory.h"
#include "directory_ask.h"
#include "directory_cache.h"
#include "directory_net.h"
#include "directory_policy.h"
#include "directory_publish.h"
#include "directory_roster.h"
#include "log.h"
#include "roles.h"

/*
 * Finds other mixes by keyservers and publishes ours, away from all secrets;
 * and fetches MTA-STS policies.
 */
#define JUDGE_SECONDS	600	/* subkeys expire: look again */
#define FIRST_SECONDS	30	/* at most, until the first survey */
#define NO_KEYS_SECONDS	60	/* the same if keys says nothing */

static struct directory_env {
	struct directory	 d;
	struct event		 timer;
	int			 started;	/* the cache is read */
	int			 has_own;	/* keys named our certificate */
	int			 stopped;
	uint8_t			 trust[SHA256_DIGEST_LENGTH];
} env;

static void
load(void)
{
	if (fetch_init() == -1)
		fatalx("libcurl does not start");
}

/* What is known has changed, or time has passed. */
static void
judge(void)
{
	store_judge(&env.d.store, clock_wall());
	store_expire(&env.d.store, clock_wall());
	roster_send(&env.d.store);
}

static void
timer_fired(int fd, short what, void *arg)
{
	static const struct timeval tv = { JUDGE_SECONDS, 0 };

	(void)fd, (void)what, (void)arg;
	judge();
	evtimer_add(&env.timer, &tv);
}

/* Surveys in quick succession begin quickly. */
static void
ask_first(uint32_t seconds)
{
	uint32_t most = proc_conf()->global.directory_every / 2;

	ask_soon(seconds < most ? seconds : most);
}

static void
surveyed(void)
{
	static size_t before;

	publish_surveyed();
	judge();
	if (cache_write(&env.d.store, ask_result()) == -1)
		log_warn("the cache of certificates");
	if (env.d.store.usable != before)
		log_info("%zu usable mixes of %zu that are known",
		    env.d.store.usable, env.d.store.n);
	before = env.d.store.usable;
}

static void
directory_init(unsigned int instance)
{
	(void)instance;
	store_init(&env.d.store);
	net_init();
	ask_init(&env.d.store, &env.d.servers, surveyed, publish_given);
	publish_init(&env.d.servers);
	evtimer_set(&env.timer, timer_fired, NULL);
}

static void
come(struct server *server)
{
	ask_server_new(server);
	publish_server_new(server);
}

static void
gone(struct server *server)
{
	ask_server_gone(server);
	publish_server_gone(server);
}

/* Reading all certificates anew is only worth it if others rank them. */
static int
trust_changed(const struct role_conf *conf)
{
	uint8_t chain[2 * SHA256_DIGEST_LENGTH] = { 0 };
	const struct role_blob *b;
	size_t i;
	int changed;

	for (i = 0; i < conf->nblobs; i++) {
		b = &conf->blobs[i];
		if (b->kind != PROTO_BLOB_TRUST)
			continue;
		(void)SHA256(b->data, b->len, chain + SHA256_DIGEST_LENGTH);
		(void)SHA256(chain, sizeof(chain), chain);
	}
	changed = memcmp(chain, env.trust, sizeof(env.trust)) != 0;
	memcpy(env.trust, chain, sizeof(env.trust));

	return (changed);
}

static void
take_trust(const struct role_conf *conf, time_t now)
{
	const struct role_blob *b;
	size_t i;

	if (!trust_changed(conf))
		return;
	store_trust_begin(&env.d.store);
	for (i = 0; i < conf->nblobs; i++) {
		b = &conf->blobs[i];
		if (b->kind == PROTO_BLOB_TRUST)
			store_trust_add(&env.d.store, b->data, b->len, now);
	}
	store_trust_end(&env.d.store, now);
}

static void
take_files(const struct role_conf *conf, time_t now)
{
	const struct role_blob *b;
	size_t i;

	memset(env.d.files, 0, sizeof(env.d.files));
	store_files_begin(&env.d.store);
	for (i = 0; i < conf->nblobs; i++) {
		b = &conf->blobs[i];
		if (b->kind == PROTO_BLOB_ROSTER)
			store_files_add(&env.d.store, b->data, b->len, now,
			    env.d.files);
	}
}

static void
directory_switched(struct role_conf *conf)
{
	time_t now = clock_wall();
	int changed;

	changed = servers_configure(&env.d.servers, conf, come, gone);
	publish_configure(conf);
	ask_configure(conf, changed);
	net_configure(conf);
	take_trust(conf, now);
	if (!env.started)
		cache_read(&env.d.store, ask_result(), now);
	take_files(conf, now);
	store_judge(&env.d.store, now);
	if (!env.started) {
		env.started = 1;
		policy_init(now);
		if (env.d.servers.n == 0)
			log_info("no keyserver: mixes are known from files "
			    "only");
		return;
	}
	judge();
	if (changed)
		ask_first(FIRST_SECONDS);
}

static void
directory_start(void)
{
	timer_fired(-1, 0, NULL);
	ask_first(NO_KEYS_SECONDS);
}

static void
own_cert(const struct proto_own_cert *piece)
{
	if (!publish_own(piece) || env.has_own)
		return;
	env.has_own = 1;
	ask_first(FIRST_SECONDS);
}

static void
directory_message(const struct role_msg *msg)
{
	if (env.stopped)
		return;
	switch (msg->type) {
	case PROTO_OWN_CERT:
		own_cert(msg->data);
		break;
	case PROTO_LOOKED_UP:
		net_looked_up(msg->data);
		break;
	case PROTO_STS_GET:
		policy_get(msg->data);
		break;
	case PROTO_CTL_DIRECTORY:
		directory_ctl_show(&env.d, msg->data);
		break;
	case PROTO_CTL_STATUS:
		directory_ctl_status(&env.d, msg->data);
		break;
	}
}

static void
directory_stop(void)
{
	env.stopped = 1;
	evtimer_del(&env.timer);
	ask_end();
	publish_end();
	policy_end();
	net_end();
	roster_send_end();
	if (env.d.store.changed &&
	    cache_write(&env.d.store, ask_result()) == -1)
		log_warn("the cache of certificates");
	store_clear(&env.d.store);
	proc_stopped();
}

const struct role_ops directory_ops = {
	.role = ROLE_DIRECTORY,
	.load = load,
	.init = directory_init,
	.start = directory_start,
	.switched = directory_switched,
	.message = directory_message,
	.stop = directory_stop
};
