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

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/clock.h"
#include "compat/compat.h"
#include "compat/locked.h"
#include "compat/rng_system.h"
#include "mixtasy/layer.h"
#include "spool/spool.h"

#include "clockwatch.h"
#include "log.h"
#include "parts_limits.h"
#include "recipients.h"
#include "roles.h"
#include "sealed.h"

/*
 * Peels layers.  The only role that has the live subkeys' secrets, and so the
 * only one that sees what is inside a message; it has nowhere to take it but to
 * queue.
 */

/* All that is secret, in locked memory. */
struct crypto_secrets {
	struct mix_subkey	subkeys[PROTO_STATUS_KEYS_MAX];
	struct storage_keys	storage;
	struct mix_peeled	peeled;
};

static struct crypto_env {
	struct crypto_secrets	*secrets;
	/* One for each subkey; libcrypto's, so locked only with all memory. */
	struct pgp_prepared	 prepared[PROTO_STATUS_KEYS_MAX];
	size_t			 nsubkeys;
	int			 locked;
	int			 ready;
	const char		**domains;
	size_t			 ndomains;
	const struct role_conf	*conf;
	struct recipients	 recipients;
	struct proto_status_crypto stats;
	struct proto_result	 result;
} env;

static void
crypto_init(unsigned int instance)
{
	env.secrets = locked_alloc(sizeof(*env.secrets), &env.locked);
	if (env.secrets == NULL)
		fatal("memory for secrets");
	/* libcrypto works on copies, which lie elsewhere. */
	if (!locked_all() && !env.locked)
		log_warnx("memory for secrets is not locked: raise the limit "
		    "of locked memory (ulimit -l)");
	env.stats.instance = instance;
}

static int
known(const char *rcpt)
{
	return (recipients_known(&env.recipients, env.conf, rcpt));
}

/* All lists come as one text. */
static void
index_recipients(struct role_conf *conf)
{
	size_t i;

	recipients_free(&env.recipients);
	for (i = 0; i < conf->nblobs; i++)
		if (conf->blobs[i].kind == PROTO_BLOB_RECIPIENTS &&
		    recipients_index(&env.recipients,
		    (char *)conf->blobs[i].data, conf->blobs[i].len) == -1)
			fatal("recipients");
}

static void
crypto_switched(struct role_conf *conf)
{
	const char **domains;
	size_t i;

	domains = calloc(conf->ndomains + 1, sizeof(*domains));
	if (domains == NULL)
		fatal("domains");
	for (i = 0; i < conf->ndomains; i++)
		domains[i] = conf->domains[i].domain;
	free(env.domains);
	env.domains = domains;
	env.ndomains = conf->ndomains;
	index_recipients(conf);
	env.conf = conf;
}

/* Its place; the number of subkeys if there is none. */
static size_t
subkey_find(const uint8_t keyid[PGP_KEYID_LEN])
{
	size_t i;

	for (i = 0; i < env.nsubkeys; i++)
		if (memcmp(env.secrets->subkeys[i].key.pub.keyid, keyid,
		    PGP_KEYID_LEN) == 0)
			break;

	return (i);
}

static void
subkey_add(const struct proto_subkey *row)
{
	size_t i = subkey_find(row->key.key.pub.keyid);

	if (i == nitems(env.secrets->subkeys)) {
		log_warnx("too many subkeys");
		return;
	}
	if (i == env.nsubkeys)
		env.nsubkeys++;
	env.secrets->subkeys[i] = row->key;
	pgp_seckey_unprepare(&env.prepared[i]);
	if (pgp_seckey_prepare(&row->key.key, &env.prepared[i]) == -1)
		log_warnx("a subkey stays unprepared: out of memory");
}

static void
subkey_drop(const struct proto_subkey_drop *row)
{
	struct mix_subkey *keys = env.secrets->subkeys;
	size_t i = subkey_find(row->keyid), last;

	if (i == env.nsubkeys)
		return;
	pgp_seckey_unprepare(&env.prepared[i]);
	last = --env.nsubkeys;
	keys[i] = keys[last];
	explicit_bzero(&keys[last], sizeof(keys[last]));
	/* The last is freed already if it was this one. */
	env.prepared[i] = env.prepared[last];
	memset(&env.prepared[last], 0, sizeof(env.prepared[last]));
}

/* Which role delivers for a recipient's domain. */
static enum proto_via
via(const char *rcpt)
{
	const char *domain = mail_address_domain(rcpt);
	size_t i;

	for (i = 0; i < env.conf->ndomains; i++)
		if (strcasecmp(env.conf->domains[i].domain, domain) == 0 &&
		    env.conf->domains[i].via != CONF_VIA_HOST)
			return (PROTO_VIA_DELIVER);

	return (PROTO_VIA_RELAY);
}

static int
seal(struct proto_result *r, const struct sealed_name *name, const char *rcpt,
    const uint8_t *payload, size_t len)
{
	r->body_len = MIX_BODY_LEN;

	return (sealed_seal(&env.secrets->storage, &rng_system, name, rcpt,
	    payload, len, &r->storage_day, r->body));
}

static void
count(const struct mix_peeled *p)
{
	switch (p->verdict) {
	case MIX_FORWARD:
		env.stats.forwarded++;
		break;
	case MIX_DELIVER:
		env.stats.exits++;
		break;
	case MIX_HOLD:
		env.stats.parts++;
		break;
	case MIX_DISCARD:
		env.stats.dummies++;
		break;
	default:
		if (p->reason < MIX_NREASONS)
			env.stats.destroyed[p->reason]++;
	}
}

static int
name_part(struct proto_result *r, const struct mix_peeled *p)
{
	if (mix_parts_key(p->id, p->total, r->part_key) == -1)
		return (-1);
	r->set = mix_parts_number(r->part_key);
	r->set_index = p->part;
	r->set_total = p->total;

	return (0);
}

/* Who it is for shows in part 1 alone. */
static int
fill_part(struct proto_result *r, const struct mix_peeled *p)
{
	struct sealed_name name = { SPOOL_PART, p->part, 0 };

	if (name_part(r, p) == -1)
		return (-1);
	name.set = r->set;
	if (p->part == 1)
		r->via = via(p->rcpt);

	return (seal(r, &name, p->rcpt, p->body, p->body_len));
}

static void
fill_random(struct proto_result *r)
{
	r->body_len = MIX_BODY_LEN;
	rng_fill(&rng_system, r->body, sizeof(r->body));
}

/* Turns what was peeled into the result; 0, or -1 if it could not be sealed. */
static int
fill(struct proto_result *r, const struct mix_peeled *p)
{
	struct sealed_name name = { SPOOL_EXIT, 0, 0 };

	r->verdict = p->verdict;
	r->key_expires = p->key_expires;
	memcpy(r->keyid, p->keyid, sizeof(r->keyid));
	memcpy(r->digest, p->digest, sizeof(r->digest));
	switch (p->verdict) {
	case MIX_FORWARD:
		strlcpy(r->next, p->next, sizeof(r->next));
		r->body_len = MIX_BODY_LEN;
		memcpy(r->body, p->body, sizeof(r->body));
		return (0);
	case MIX_DELIVER:
		r->via = via(p->rcpt);
		return (seal(r, &name, p->rcpt, p->body, p->body_len));
	case MIX_HOLD:
		return (fill_part(r, p));
	case MIX_DESTROY_SET:
		fill_random(r);
		return (name_part(r, p));
	default:
		/* As much to write as for any other. */
		fill_random(r);
		return (0);
	}
}

static int
peel(struct proto_result *r, const uint8_t body[MIX_BODY_LEN])
{
	const struct proto_conf_global *g = &env.conf->global;
	struct mix_peel_env peel_env;
	struct mix_peeled *p = &env.secrets->peeled;
	struct mix_parts_limits limits;
	int error;

	memset(&peel_env, 0, sizeof(peel_env));
	peel_env.self = g->address;
	peel_env.keys = env.secrets->subkeys;
	peel_env.prepared = env.prepared;
	peel_env.nkeys = env.nsubkeys;
	peel_env.now = clock_wall();
	peel_env.modes = g->modes;
	peel_env.domains = env.domains;
	peel_env.ndomains = env.ndomains;
	peel_env.known = known;
	parts_limits(g, &limits);
	peel_env.max_parts = limits.parts;
	peel_env.repeat_check = 1;
	peel_env.rng = &rng_system;
	mix_peel(&peel_env, body, p);
	count(p);
	error = fill(r, p);
	explicit_bzero(p, sizeof(*p));

	return (error);
}

/* A piece of ordinary mail to postmaster: not mixed, but not in the clear. */
static int
postmaster(struct proto_result *r, const struct proto_frame *f)
{
	struct sealed_name name = { SPOOL_POSTMASTER, f->set_index, f->set };

	r->verdict = MIX_DELIVER;
	r->set = f->set;
	r->set_index = f->set_index;
	r->set_total = f->set_total;
	if (f->body_len > sizeof(f->body))
		return (-1);

	return (seal(r, &name, env.conf->global.postmaster_rcpt, f->body,
	    f->body_len));
}

static void
frame(const struct proto_frame *f)
{
	struct proto_result *r = &env.result;
	int error = -1;

	memset(r, 0, sizeof(*r));
	r->txn = f->txn;
	r->kind = f->kind;
	env.stats.frames++;
	/* By a wrong clock a good message would be destroyed as expired. */
	if (env.ready && clock_trusted())
		error = f->kind == PROTO_FRAME_MIX ? peel(r, f->body) :
		    postmaster(r, f);
	if (error == -1) {
		r->failed = 1;
		r->set = f->set;
		r->set_index = f->set_index;
		r->set_total = f->set_total;
	}
	(void)proc_send(ROLE_QUEUE, 0, PROTO_RESULT, r, sizeof(*r));
	explicit_bzero(r, sizeof(*r));
}

static void
status(const struct proto_ctl *req)
{
	env.stats.id = req->id;
	env.stats.subkeys = (uint32_t)env.nsubkeys;
	env.stats.locked = (uint32_t)env.locked;
	(void)proc_send(ROLE_CONTROL, 0, PROTO_STATUS_CRYPTO, &env.stats,
	    sizeof(env.stats));
}

static void
crypto_message(const struct role_msg *msg)
{
	const struct proto_storage_drop *drop;

	switch (msg->type) {
	case PROTO_FRAME:
		frame(msg->data);
		break;
	case PROTO_SUBKEY:
		subkey_add(msg->data);
		break;
	case PROTO_SUBKEY_DROP:
		subkey_drop(msg->data);
		break;
	case PROTO_KEYS_READY:
		env.ready = 1;
		break;
	case PROTO_CLOCK:
		clock_told(msg->data);
		break;
	case PROTO_STORAGE_KEY:
		if (storage_keys_add(&env.secrets->storage, msg->data) == -1)
			log_warnx("too many storage keys");
		break;
	case PROTO_STORAGE_DROP:
		drop = msg->data;
		storage_keys_drop(&env.secrets->storage, drop->day);
		break;
	case PROTO_CTL_STATUS:
		status(msg->data);
		break;
	}
}

const struct role_ops crypto_ops = {
	.role = ROLE_CRYPTO,
	.init = crypto_init,
	.switched = crypto_switched,
	.message = crypto_message
};
