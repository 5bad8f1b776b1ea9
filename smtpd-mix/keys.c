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
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/locked.h"

#include "keyfile.h"
#include "keys.h"
#include "keys_cert.h"
#include "keys_clock.h"
#include "keys_prepared.h"
#include "keys_signed.h"
#include "keys_storage.h"
#include "keys_subkey.h"
#include "keys_tls.h"
#include "log.h"
#include "roles.h"

/*
 * Holds what must outlive a restart: long-term key, subkeys at rest, TLS key,
 * storage keys.  A subkey's life: made and written -> queue makes its replay
 * log, durably -> published in the certificate and given to crypto -> at expiry
 * destroyed here and in crypto, then its log removed.
 */
#define TICK_MAX_SECONDS	600
#define RETRY_SECONDS		60	/* after a subkey could not be made */

static struct keys_env	env;

static void	tick(void);
static int	clock_good(void);

static void
timer_fired(int fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	tick();
}

static void
clock_fired(int fd, short what, void *arg)
{
	static const struct timeval tv = { KEYS_CLOCK_SECONDS, 0 };

	(void)fd, (void)what, (void)arg;
	(void)clock_good();
	evtimer_add(&env.clock_timer, &tv);
}

static void
keys_init(unsigned int instance)
{
	int locked;

	(void)instance;
	if ((env.subkeys = locked_alloc(sizeof(*env.subkeys),
	    &locked)) == NULL)
		fatal("memory for secrets");
	if (keys_storage_load() == -1)
		fatal("keys directory");
	keys_subkeys_load(env.subkeys);
	keys_prepared_load();
	evtimer_set(&env.timer, timer_fired, NULL);
	evtimer_set(&env.clock_timer, clock_fired, NULL);
}

static void
send_crypto(uint32_t type, const void *row, size_t len)
{
	unsigned int i;

	for (i = 0; i < proc_instances(ROLE_CRYPTO); i++)
		(void)proc_send(ROLE_CRYPTO, i, type, row, len);
}

static void
send_chain(void)
{
	struct proto_tls_chain row;
	struct iovec iov[2];
	const uint8_t *pem;
	size_t len;

	if ((pem = keys_tls_chain(&len)) == NULL)
		return;
	memset(&row, 0, sizeof(row));
	row.n = (uint32_t)len;
	iov[0].iov_base = &row;
	iov[0].iov_len = sizeof(row);
	memcpy(&iov[1].iov_base, &pem, sizeof(pem));
	iov[1].iov_len = len;
	(void)proc_sendv(ROLE_SMTP, 0, PROTO_TLS_CHAIN, iov, 2);
}

/* The operator's pair, or our own if the configuration names none. */
static int
tls_load(const struct role_conf *conf, char *err, size_t errlen)
{
	if (conf->tls_cert_fd != -1 && conf->tls_key_fd != -1)
		return (keys_tls_load(conf->tls_cert_fd, conf->tls_key_fd,
		    err, errlen));

	return (keys_tls_generate(conf->global.hostname, time(NULL), err,
	    errlen));
}

/* Made at the very first start only; without it nothing is begun. */
static int
primary_check(const struct role_conf *conf, char *err, size_t errlen)
{
	int others = env.subkeys->n > 0 || access(KEYS_CERT_FILE, F_OK) == 0;

	if (keys_signed_load(env.fpr) && keys_cert_offline())
		return (0);

	return (keys_cert_primary(&conf->global, time(NULL), others, env.fpr,
	    err, errlen));
}

static int
keys_accept(const struct role_conf *conf, char *err, size_t errlen)
{
	if (env.conf == NULL && primary_check(conf, err, errlen) == -1)
		return (-1);

	return (tls_load(conf, err, errlen));
}

/* Writes the certificate with all live subkeys. */
static int
publish(char *errbuf, size_t errlen)
{
	struct keys_cert_subkey list[KEYS_SUBKEYS_MAX];
	size_t i, n = 0;

	for (i = 0; i < env.subkeys->n; i++) {
		if (env.subkeys->list[i].state != KEYS_LIVE)
			continue;
		list[n].pub = &env.subkeys->list[i].key.key.pub;
		list[n].expires = env.subkeys->list[i].key.expires;
		n++;
	}

	if (keys_cert_offline())
		return (keys_signed_publish(&env.conf->global, list, n,
		    errbuf, errlen));

	return (keys_cert_publish(&env.conf->global, clock_wall(), list, n,
	    errbuf, errlen));
}

/* To the log once, and to mixctl status: it is tried again and again. */
static void
hold(const char *why)
{
	if (strcmp(why, env.warned) != 0)
		log_warnx("%s", why);
	strlcpy(env.warned, why, sizeof(env.warned));
	strlcpy(env.hold, why, sizeof(env.hold));
}

/* If it can't be now, tick() tries it again. */
static int
publish_or_hold(void)
{
	char errbuf[PROTO_TEXT_MAX];

	env.unpublished = publish(errbuf, sizeof(errbuf)) == -1;
	if (env.unpublished)
		hold(errbuf);
	else
		keys_own_send();

	return (env.unpublished ? -1 : 0);
}

static void
keys_switched(struct role_conf *conf)
{
	const struct proto_conf_global *old =
	    env.conf != NULL ? &env.conf->global : NULL;
	int renamed = old != NULL && (old->modes != conf->global.modes ||
	    strcmp(old->address, conf->global.address) != 0);

	env.conf = conf;
	keys_tls_switch();
	send_chain();
	if (old == NULL)
		return;
	if (renamed && clock_good())
		(void)publish_or_hold();
	tick();
}

/* Asks queue for the replay log, without which no subkey is used. */
static void
ask_log(const struct keys_subkey *s)
{
	struct proto_log_create row;

	memset(&row, 0, sizeof(row));
	memcpy(row.keyid, s->key.key.pub.keyid, sizeof(row.keyid));
	row.expires = s->key.expires;
	row.existing = !s->fresh;
	(void)proc_send(ROLE_QUEUE, 0, PROTO_LOG_CREATE, &row, sizeof(row));
}

static int
waiting(void)
{
	size_t i;

	for (i = 0; i < env.subkeys->n; i++)
		if (env.subkeys->list[i].state == KEYS_WAITS)
			return (1);

	return (0);
}

/* We sign those ourselves if we can. */
static int
usable(const struct keys_prepared *p)
{
	return (!keys_cert_offline() || keys_signed_has(p));
}

/* A prepared one whose time has come, else a new one; NULL with a reason. */
static struct keys_subkey *
next_subkey(char *errbuf, size_t errlen)
{
	const struct proto_conf_global *g = &env.conf->global;
	struct keys_subkey *s;

	s = keys_prepared_take(env.subkeys, clock_wall(), usable);
	if (s != NULL)
		return (s);
	if (!keys_cert_offline())
		return (keys_subkeys_make(env.subkeys, g, clock_wall(), errbuf,
		    errlen));
	strlcpy(errbuf, "the long-term key is not here, and no signed subkey "
	    "has its time now: mixctl keys shows which there are; mixctl "
	    "prepare, sign, import", errlen);

	return (NULL);
}

/* Told to who asked; else it is tried again. */
static void
not_made(const char *why)
{
	if (env.rotate != 0) {
		keys_ctl_done(env.rotate, 0, why);
		env.rotate = 0;
		return;
	}
	hold(why);
}

static int
make_subkey(void)
{
	char errbuf[PROTO_TEXT_MAX];
	struct keys_subkey *s;

	if ((s = next_subkey(errbuf, sizeof(errbuf))) == NULL) {
		not_made(errbuf);
		return (-1);
	}
	env.warned[0] = '\0';
	ask_log(s);

	return (0);
}

/* Secret first: when the replay record goes, nobody can open a replay. */
static void
drop(struct keys_subkey *s)
{
	struct proto_subkey_drop row;
	struct proto_log_remove log;

	memcpy(row.keyid, s->key.key.pub.keyid, sizeof(row.keyid));
	memcpy(log.keyid, s->key.key.pub.keyid, sizeof(log.keyid));
	keys_subkeys_destroy(env.subkeys, s);
	send_crypto(PROTO_SUBKEY_DROP, &row, sizeof(row));
	(void)proc_send(ROLE_QUEUE, 0, PROTO_LOG_REMOVE, &log, sizeof(log));
}

/* Expired, or made by a clock that went wrong and would not expire in time. */
static int
over(const struct keys_subkey *s, time_t now)
{
	return ((time_t)s->key.expires <= now ||
	    (time_t)s->key.key.pub.created > now + CLOCK_LEEWAY);
}

static int
expire(time_t now)
{
	size_t i = 0;
	int dropped = 0;

	while (i < env.subkeys->n) {
		if (!over(&env.subkeys->list[i], now)) {
			i++;
			continue;
		}
		drop(&env.subkeys->list[i]);
		dropped = 1;
	}

	return (dropped);
}

static uint64_t
next_rotation(void)
{
	uint64_t newest = keys_subkeys_newest(env.subkeys);

	return (newest == 0 ? 0 :
	    newest + env.conf->global.subkey_lifetime / 2);
}

static void
timer_set(time_t now)
{
	struct timeval tv = { TICK_MAX_SECONDS, 0 };
	uint64_t next = next_rotation();
	time_t left;
	size_t i;

	for (i = 0; i < env.subkeys->n; i++)
		if (env.subkeys->list[i].key.expires < next)
			next = env.subkeys->list[i].key.expires;
	left = env.hold[0] != '\0' ? RETRY_SECONDS : (time_t)next - now;
	if (left < 1)
		left = 1;
	if (left < tv.tv_sec)
		tv.tv_sec = left;
	evtimer_del(&env.timer);
	evtimer_add(&env.timer, &tv);
}

/* Does what is due: expiry, rotation, the storage key of a new day. */
static void
tick(void)
{
	time_t now = clock_wall();

	if (!clock_good())
		return;
	env.hold[0] = '\0';
	(void)keys_storage_tick(now);
	keys_prepared_expire(now);
	if (expire(now) || env.unpublished)
		(void)publish_or_hold();
	if (!waiting() && next_rotation() <= (uint64_t)now)
		(void)make_subkey();
	timer_set(now);
}

/* What was left undone while the clock was in doubt. */
static void
resume(void)
{
	tick();
	if (!waiting() && publish_or_hold() == -1)
		timer_set(clock_wall());
}

/* Whether something may be made or destroyed by the clock now. */
static int
clock_good(void)
{
	int before = env.good;

	env.good = keys_clock_good();
	if (env.good && !before && env.started)
		resume();

	return (env.good);
}

static void
keys_start(void)
{
	size_t i;

	keys_clock_start();
	(void)clock_good();
	if (env.good) {
		if (keys_storage_tick(clock_wall()) == -1)
			fatalx("no storage key of the day");
		(void)expire(clock_wall());
	}
	keys_storage_send();
	for (i = 0; i < env.subkeys->n; i++)
		ask_log(&env.subkeys->list[i]);
	env.started = 1;
	tick();
	clock_fired(-1, 0, NULL);
}

static void
give_to_crypto(const struct keys_subkey *s)
{
	struct proto_subkey row;

	row.key = s->key;
	send_crypto(PROTO_SUBKEY, &row, sizeof(row));
	explicit_bzero(&row, sizeof(row));
}

/* Crypto may answer for good from now on. */
static void
announce_ready(void)
{
	if (env.ready || waiting() || env.subkeys->n == 0)
		return;
	env.ready = 1;
	send_crypto(PROTO_KEYS_READY, NULL, 0);
}

static void
rotated(int ok, const char *text)
{
	if (env.rotate != 0)
		keys_ctl_done(env.rotate, ok, text);
	env.rotate = 0;
}

static void
log_ready(const struct proto_log_ready *row)
{
	struct keys_subkey *s = keys_subkeys_find(env.subkeys, row->keyid);

	if (s == NULL)
		return;
	if (!row->ok) {
		log_warnx("a subkey has no sound replay record and is "
		    "destroyed");
		drop(s);
		rotated(0, "queue can't make the replay record: see its log");
		tick();
		announce_ready();
		return;
	}
	s->state = KEYS_LIVE;
	/* Published only now that it can be used here. */
	give_to_crypto(s);
	announce_ready();
	if (!waiting() && clock_good() && publish_or_hold() == -1)
		rotated(0, env.hold);
	else
		rotated(1, "a new subkey is live: publish the certificate "
		    "(mixctl cert)");
	timer_set(clock_wall());
}

static void
ctl_rotate(const struct proto_ctl *req)
{
	char text[PROTO_TEXT_MAX];

	if (env.rotate != 0 || waiting()) {
		keys_ctl_done(req->id, 0, "a rotation is going on");
		return;
	}
	if (!clock_good()) {
		keys_clock_text(text, sizeof(text));
		keys_ctl_done(req->id, 0, text);
		return;
	}
	env.rotate = req->id;
	if (make_subkey() == 0)
		timer_set(clock_wall());
}

static void
ctl_clock(const struct proto_ctl *req)
{
	int good = clock_good();

	if (!good) {
		keys_clock_accept();
		(void)clock_good();
	}
	keys_ctl_done(req->id, 1, good ? "the clock was not in doubt" :
	    "the clock is believed: expired subkeys are destroyed");
}

static void
status(const struct proto_ctl *req)
{
	char text[PROTO_TEXT_MAX];

	if (!clock_good())
		keys_clock_text(text, sizeof(text));
	keys_ctl_status(&env, env.good ? env.hold : text, next_rotation(),
	    req);
}

static void
ctl_prepare(const struct proto_ctl_prepare *req)
{
	uint64_t first = next_rotation(), now = (uint64_t)clock_wall();
	char text[PROTO_TEXT_MAX];

	if (!clock_good()) {
		keys_clock_text(text, sizeof(text));
		keys_ctl_done(req->id, 0, text);
		return;
	}
	keys_ctl_prepare(&env, first > now ? first : now, req);
}

static void
sign(const struct proto_sign *req)
{
	struct proto_signed row;

	memset(&row, 0, sizeof(row));
	keys_tls_sign(req, &row);
	(void)proc_send(ROLE_SMTP, 0, PROTO_SIGNED, &row, sizeof(row));
}

static void
keys_message(const struct role_msg *msg)
{
	const struct proto_storage_used *used;

	switch (msg->type) {
	case PROTO_LOG_READY:
		log_ready(msg->data);
		break;
	case PROTO_STORAGE_USED:
		used = msg->data;
		if (clock_good())
			keys_storage_used(used);
		break;
	case PROTO_SIGN:
		sign(msg->data);
		break;
	case PROTO_CTL_ROTATE:
		ctl_rotate(msg->data);
		break;
	case PROTO_CTL_CLOCK:
		ctl_clock(msg->data);
		break;
	case PROTO_CTL_CERT:
		keys_ctl_cert(msg->data);
		break;
	case PROTO_CTL_PREPARE:
		ctl_prepare(msg->data);
		break;
	case PROTO_CTL_IMPORT:
		if (keys_ctl_import(&env, msg->data) && clock_good())
			resume();
		break;
	case PROTO_CTL_STATUS:
		status(msg->data);
		break;
	}
}

const struct role_ops keys_ops = {
	.role = ROLE_KEYS,
	.init = keys_init,
	.start = keys_start,
	.accept = keys_accept,
	.switched = keys_switched,
	.message = keys_message
};
