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

#include <err.h>
#include <jansson.h>
#include <stdio.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"
#include "openpgp/key.h"

#include "status.h"

static void
set(json_t *object, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(object, name, value) != 0)
		errx(2, "out of memory");
}

static void
set_number(json_t *object, const char *name, uint64_t value)
{
	set(object, name, json_integer((json_int_t)value));
}

static json_t *
object_new(void)
{
	json_t *object = json_object();

	if (object == NULL)
		errx(2, "out of memory");

	return (object);
}

static void
set_hex(json_t *object, const char *name, const uint8_t *buf, size_t len)
{
	char hex[64];
	size_t i;

	for (i = 0; i < len && 2 * i + 2 < sizeof(hex); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", buf[i]);
	set(object, name, json_string(hex));
}

static json_t *
roles(const struct status *s)
{
	const struct proto_status_role *r;
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < s->nroles; i++) {
		r = &s->roles[i];
		o = object_new();
		set(o, "role", json_string(role_name((enum role)r->role)));
		set_number(o, "instance", r->instance);
		set_number(o, "pid", r->pid);
		set_number(o, "started", r->started);
		set(o, "sandbox", json_string(r->sandbox));
		set(o, "answering", json_boolean(r->answering));
		if (json_array_append_new(list, o) != 0)
			errx(2, "out of memory");
	}

	return (list);
}

static json_t *
destroyed(const struct status *s)
{
	json_t *o = object_new();
	size_t i;

	for (i = 0; i < MIX_NREASONS; i++)
		set_number(o, status_reason_name(i), i == MIX_REASON_REPLAY ?
		    s->queue.replays : s->crypto.destroyed[i]);

	return (o);
}

static json_t *
refused(const struct status *s)
{
	json_t *o = object_new();
	size_t i;

	for (i = 1; status_outer_name(i) != NULL; i++)
		set_number(o, status_outer_name(i), s->smtp.bad_message[i]);

	return (o);
}

static json_t *
messages(const struct status *s)
{
	json_t *o = object_new();

	set_number(o, "in", s->smtp.accepted);
	set_number(o, "out", s->relay.delivered);
	set_number(o, "delivered_here", s->deliver.delivered);
	set_number(o, "dummies_received", s->crypto.dummies);
	set_number(o, "dummies_made", s->seal.dummies);
	set_number(o, "dummies_without_path", s->seal.failed);
	set(o, "destroyed", destroyed(s));
	set(o, "refused", refused(s));

	return (o);
}

static json_t *
smtp(const struct status *s)
{
	json_t *o = object_new();

	set_number(o, "connections", s->smtp.connections);
	set_number(o, "sessions", s->smtp.sessions);
	set_number(o, "accepted", s->smtp.accepted);
	set_number(o, "rejected", s->smtp.rejected);
	set_number(o, "tempfailed", s->smtp.tempfailed);
	set_number(o, "connections_refused", s->smtp.refused);
	set_number(o, "tls", s->smtp.tls);
	set_number(o, "tls_failed", s->smtp.tls_failed);
	set_number(o, "credit", s->smtp.credit);

	return (o);
}

static json_t *
pool(const struct status *s)
{
	json_t *o = object_new();

	set_number(o, "held", s->pool.held);
	set_number(o, "waiting", s->pool.waiting);
	set_number(o, "rounds", s->pool.rounds);
	set_number(o, "fired", s->pool.fired);
	set_number(o, "last_batch", s->pool.last_batch);
	set_number(o, "next_run", s->pool.next_run);
	set_number(o, "interval", s->pool.interval);
	set_number(o, "minimum", s->pool.minimum);
	set_number(o, "threshold", s->pool.threshold);
	set(o, "rate", json_real((double)s->pool.rate / 1e6));
	set(o, "entropy", json_real((double)s->pool.entropy / 1000));
	set(o, "mean_entropy", json_real((double)s->pool.mean_entropy / 1000));
	set(o, "least_entropy",
	    json_real((double)s->pool.least_entropy / 1000));
	set_number(o, "mean_delay", s->pool.mean_delay);
	set_number(o, "delay_95", s->pool.delay_95);
	set_number(o, "hop_delay", s->pool.hop_delay);
	set(o, "arrivals", json_real((double)s->pool.arrivals / 1000));
	set(o, "dummies", json_real((double)s->pool.dummies_timer / 1000));

	return (o);
}

static json_t *
queue(const struct status *s)
{
	const struct proto_status_queue *q = &s->queue;
	json_t *o = object_new();

	set_number(o, "slots", q->slots);
	set_number(o, "max_slots", q->max_slots);
	set_number(o, "live", q->live);
	set_number(o, "damaged", q->damaged);
	set_number(o, "committed", q->committed);
	set_number(o, "commits", q->commits);
	set_number(o, "commits_failed", q->failed);
	set_number(o, "delivered", q->delivered);
	set_number(o, "deferred", q->deferred);
	set_number(o, "refused", q->refused);
	set_number(o, "given_up", q->given_up);
	set_number(o, "digests", q->digests);
	set_number(o, "parts_taken", s->crypto.parts);
	set_number(o, "parts_destroyed", q->parts_destroyed);
	set_number(o, "incomplete_mails", q->sets);
	set_number(o, "incomplete_parts", q->parts);
	set_number(o, "incomplete_given_up", q->sets_given_up);
	set(o, "full", json_string(q->full));

	return (o);
}

static json_t *
relay(const struct status *s)
{
	json_t *o = object_new();

	set_number(o, "connections", s->relay.connections);
	set_number(o, "reused", s->relay.reused);
	set_number(o, "delivered", s->relay.delivered);
	set_number(o, "deferred", s->relay.deferred);
	set_number(o, "refused", s->relay.refused);
	set_number(o, "no_route", s->relay.no_route);
	set_number(o, "tls", s->relay.tls);
	set_number(o, "clear", s->relay.clear);
	set(o, "last_error", json_string(s->relay.last_error));

	return (o);
}

static json_t *
deliver(const struct status *s)
{
	json_t *o = object_new();

	set_number(o, "delivered", s->deliver.delivered);
	set_number(o, "deferred", s->deliver.deferred);
	set_number(o, "refused", s->deliver.refused);
	set(o, "last_error", json_string(s->deliver.last_error));

	return (o);
}

static json_t *
prepared(const struct proto_status_keys *k)
{
	json_t *list = json_array(), *key;
	size_t i;

	for (i = 0; i < k->nprepared; i++) {
		key = object_new();
		set_hex(key, "keyid", k->prepared[i].keyid, PGP_KEYID_LEN);
		set_number(key, "created", k->prepared[i].created);
		set_number(key, "expires", k->prepared[i].expires);
		set(key, "signed", json_boolean(k->prepared[i].is_signed));
		if (json_array_append_new(list, key) != 0)
			errx(2, "out of memory");
	}

	return (list);
}

static json_t *
keys(const struct status *s)
{
	const struct proto_status_keys *k = &s->keys;
	json_t *o = object_new(), *list = json_array(), *key;
	size_t i;

	set_hex(o, "fingerprint", k->fpr, sizeof(k->fpr));
	set_number(o, "next_rotation", k->next_rotation);
	set(o, "waiting_for", json_string(k->hold));
	set(o, "secrets_locked", json_boolean(s->crypto.locked));
	for (i = 0; i < k->nkeys; i++) {
		key = object_new();
		set_hex(key, "keyid", k->keys[i].keyid, PGP_KEYID_LEN);
		set(key, "algorithm", json_string(
		    k->keys[i].alg == PGP_ALG_RSA ? "rsa" : "cv25519"));
		set_number(key, "created", k->keys[i].created);
		set_number(key, "expires", k->keys[i].expires);
		set(key, "live", json_boolean(k->keys[i].live));
		if (json_array_append_new(list, key) != 0)
			errx(2, "out of memory");
	}
	set(o, "subkeys", list);
	set(o, "key_elsewhere", json_boolean(k->offline));
	set(o, "prepared", prepared(k));

	return (o);
}

void
status_print_json(const struct status *s)
{
	json_t *o = object_new(), *roster = object_new();

	set_number(roster, "mixes", s->seal.mixes);
	set_number(roster, "left_out", s->seal.unusable);
	set(o, "roles", roles(s));
	set(o, "messages", messages(s));
	set(o, "smtp", smtp(s));
	set(o, "pool", pool(s));
	set(o, "queue", queue(s));
	set(o, "relay", relay(s));
	set(o, "deliver", deliver(s));
	set(o, "keys", keys(s));
	set(o, "roster", roster);
	if (json_dumpf(o, stdout, JSON_INDENT(2)) != 0)
		errx(2, "standard output");
	printf("\n");
	json_decref(o);
}
