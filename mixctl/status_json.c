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

#include <jansson.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"
#include "openpgp/key.h"

#include "out.h"
#include "status.h"

static json_t *
roles(const struct status *s)
{
	const struct proto_status_role *r;
	json_t *list = out_list(), *o;
	size_t i;

	for (i = 0; i < s->nroles; i++) {
		r = &s->roles[i];
		o = out_object();
		out_set(o, "role", json_string(role_name((enum role)r->role)));
		out_number(o, "instance", r->instance);
		out_number(o, "pid", r->pid);
		out_number(o, "started", r->started);
		out_set(o, "sandbox", json_string(r->sandbox));
		out_set(o, "answering", json_boolean(r->answering));
		out_append(list, o);
	}

	return (list);
}

static json_t *
destroyed(const struct status *s)
{
	json_t *o = out_object();
	size_t i;

	for (i = 0; i < MIX_NREASONS; i++)
		out_number(o, status_reason_name(i), i == MIX_REASON_REPLAY ?
		    s->queue.replays : s->crypto.destroyed[i]);

	return (o);
}

static json_t *
refused(const struct status *s)
{
	json_t *o = out_object();
	size_t i;

	for (i = 1; status_outer_name(i) != NULL; i++)
		out_number(o, status_outer_name(i), s->smtp.bad_message[i]);

	return (o);
}

static json_t *
messages(const struct status *s)
{
	json_t *o = out_object();

	out_number(o, "in", s->smtp.accepted);
	out_number(o, "out", s->relay.delivered);
	out_number(o, "delivered_here", s->deliver.delivered);
	out_number(o, "dummies_received", s->crypto.dummies);
	out_number(o, "dummies_made", s->seal.dummies);
	out_number(o, "dummies_without_path", s->seal.failed);
	out_set(o, "destroyed", destroyed(s));
	out_set(o, "refused", refused(s));

	return (o);
}

static json_t *
reports(const struct proto_status_smtp *smtp)
{
	json_t *o = out_object(), *list = out_list(), *row;
	const struct proto_report_domain *d;

	out_number(o, "failed", smtp->reports_failed);
	out_number(o, "delayed", smtp->reports_delayed);
	out_number(o, "other", smtp->reports_other);
	out_number(o, "free_form", smtp->reports_free_form);
	for (d = smtp->report_domains; d < smtp->report_domains +
	    PROTO_REPORT_DOMAINS; d++) {
		if (d->domain[0] == '\0')
			continue;
		row = out_object();
		out_set(row, "domain", json_string(d->domain));
		out_number(row, "failed", d->failed);
		out_number(row, "delayed", d->delayed);
		out_append(list, row);
	}
	out_set(o, "domains", list);

	return (o);
}

static json_t *
smtp(const struct status *s)
{
	json_t *o = out_object();

	out_number(o, "connections", s->smtp.connections);
	out_number(o, "sessions", s->smtp.sessions);
	out_number(o, "accepted", s->smtp.accepted);
	out_number(o, "rejected", s->smtp.rejected);
	out_number(o, "tempfailed", s->smtp.tempfailed);
	out_number(o, "connections_refused", s->smtp.refused);
	out_number(o, "tls", s->smtp.tls);
	out_number(o, "tls_failed", s->smtp.tls_failed);
	out_number(o, "credit", s->smtp.credit);
	out_set(o, "reports", reports(&s->smtp));

	return (o);
}

static json_t *
pool(const struct status *s)
{
	json_t *o = out_object();

	out_number(o, "held", s->pool.held);
	out_number(o, "waiting", s->pool.waiting);
	out_number(o, "rounds", s->pool.rounds);
	out_number(o, "fired", s->pool.fired);
	out_number(o, "last_batch", s->pool.last_batch);
	out_number(o, "next_run", s->pool.next_run);
	out_number(o, "interval", s->pool.interval);
	out_number(o, "minimum", s->pool.minimum);
	out_number(o, "threshold", s->pool.threshold);
	out_set(o, "rate", json_real((double)s->pool.rate / 1e6));
	out_set(o, "entropy", json_real((double)s->pool.entropy / 1000));
	out_set(o, "mean_entropy",
	    json_real((double)s->pool.mean_entropy / 1000));
	out_set(o, "least_entropy",
	    json_real((double)s->pool.least_entropy / 1000));
	out_number(o, "mean_delay", s->pool.mean_delay);
	out_number(o, "delay_95", s->pool.delay_95);
	out_number(o, "hop_delay", s->pool.hop_delay);
	out_set(o, "arrivals", json_real((double)s->pool.arrivals / 1000));
	out_set(o, "dummies", json_real((double)s->pool.dummies_timer / 1000));

	return (o);
}

static json_t *
queue(const struct status *s)
{
	const struct proto_status_queue *q = &s->queue;
	json_t *o = out_object();

	out_number(o, "slots", q->slots);
	out_number(o, "max_slots", q->max_slots);
	out_number(o, "live", q->live);
	out_number(o, "damaged", q->damaged);
	out_number(o, "committed", q->committed);
	out_number(o, "commits", q->commits);
	out_number(o, "commits_failed", q->failed);
	out_number(o, "delivered", q->delivered);
	out_number(o, "deferred", q->deferred);
	out_number(o, "refused", q->refused);
	out_number(o, "given_up", q->given_up);
	out_number(o, "digests", q->digests);
	out_number(o, "parts_taken", s->crypto.parts);
	out_number(o, "parts_destroyed", q->parts_destroyed);
	out_number(o, "incomplete_mails", q->sets);
	out_number(o, "incomplete_parts", q->parts);
	out_number(o, "incomplete_given_up", q->sets_given_up);
	out_number(o, "incomplete_displaced", q->sets_displaced);
	out_set(o, "full", json_string(q->full));

	return (o);
}

static json_t *
relay_why(const struct proto_status_relay *r)
{
	json_t *o = out_object();
	size_t i;

	for (i = 0; i < PROTO_NWHY; i++)
		out_number(o, status_why_name(i), r->why[i]);

	return (o);
}

static json_t *
relay(const struct status *s)
{
	const struct proto_status_relay *r = &s->relay;
	json_t *o = out_object();

	out_number(o, "connections", r->connections);
	out_number(o, "destinations", r->destinations);
	out_number(o, "waiting", r->waiting);
	out_number(o, "reused", r->reused);
	out_number(o, "delivered", r->delivered);
	out_number(o, "by_route", r->by_route);
	out_number(o, "by_mx", r->by_mx);
	out_number(o, "deferred", r->deferred);
	out_set(o, "why", relay_why(r));
	out_number(o, "refused", r->refused);
	out_number(o, "no_route", r->no_route);
	out_number(o, "tls", r->tls);
	out_number(o, "clear", r->clear);
	out_number(o, "verified", r->verified);
	out_number(o, "by_sts", r->by_sts);
	out_number(o, "by_dane", r->by_dane);
	out_number(o, "downgraded", r->downgraded);
	out_number(o, "unverified", r->unverified);
	out_number(o, "dane_failed", r->dane_failed);
	out_number(o, "testing_failed", r->testing_failed);
	out_number(o, "sts_missing", r->sts_missing);
	out_number(o, "auth_failed", r->auth_failed);
	out_set(o, "last_error", json_string(r->last_error));
	out_set(o, "state", json_string(r->state));

	return (o);
}

static json_t *
resolver(const struct status *s)
{
	const struct proto_status_resolver *r = &s->resolver;
	json_t *o = out_object();

	out_number(o, "asked", r->asked);
	out_number(o, "waiting", r->waiting);
	out_number(o, "found", r->found);
	out_number(o, "none", r->none);
	out_number(o, "later", r->later);
	out_number(o, "bogus", r->bogus);
	out_number(o, "refused", r->refused);
	out_set(o, "validating", json_boolean(r->validating));
	out_set(o, "last_error", json_string(r->last_error));

	return (o);
}

static json_t *
deliver(const struct status *s)
{
	json_t *o = out_object();

	out_number(o, "delivered", s->deliver.delivered);
	out_number(o, "deferred", s->deliver.deferred);
	out_number(o, "refused", s->deliver.refused);
	out_set(o, "last_error", json_string(s->deliver.last_error));

	return (o);
}

static json_t *
prepared(const struct proto_status_keys *k)
{
	json_t *list = out_list(), *key;
	size_t i;

	for (i = 0; i < k->nprepared; i++) {
		key = out_object();
		out_hex(key, "keyid", k->prepared[i].keyid, PGP_KEYID_LEN);
		out_number(key, "created", k->prepared[i].created);
		out_number(key, "expires", k->prepared[i].expires);
		out_set(key, "signed", json_boolean(k->prepared[i].is_signed));
		out_append(list, key);
	}

	return (list);
}

static json_t *
keys(const struct status *s)
{
	const struct proto_status_keys *k = &s->keys;
	json_t *o = out_object(), *list = out_list(), *key;
	size_t i;

	out_hex(o, "fingerprint", k->fpr, sizeof(k->fpr));
	out_number(o, "next_rotation", k->next_rotation);
	out_set(o, "waiting_for", json_string(k->hold));
	out_number(o, "storage_keys", k->storage_keys);
	out_number(o, "storage_keys_lost", k->storage_lost);
	out_set(o, "secrets_locked", json_boolean(s->crypto.locked));
	for (i = 0; i < k->nkeys; i++) {
		key = out_object();
		out_hex(key, "keyid", k->keys[i].keyid, PGP_KEYID_LEN);
		out_set(key, "algorithm", json_string(
		    k->keys[i].alg == PGP_ALG_RSA ? "rsa" : "cv25519"));
		out_number(key, "created", k->keys[i].created);
		out_number(key, "expires", k->keys[i].expires);
		out_set(key, "live", json_boolean(k->keys[i].live));
		out_append(list, key);
	}
	out_set(o, "subkeys", list);
	out_set(o, "key_elsewhere", json_boolean(k->offline));
	out_set(o, "prepared", prepared(k));

	return (o);
}

static json_t *
directory(const struct status *s)
{
	const struct proto_status_directory *d = &s->directory;
	json_t *o = out_object();

	out_number(o, "keyservers", d->keyservers);
	out_number(o, "answering", d->answering);
	out_number(o, "mixes", d->mixes);
	out_number(o, "found", d->found);
	out_number(o, "last_asked", d->last_asked);
	out_number(o, "published", d->published);
	out_number(o, "last_published", d->last_published);
	out_number(o, "policies", d->policies);
	out_set(o, "warning", json_string(d->warning));

	return (o);
}

void
status_print_json(const struct status *s)
{
	json_t *o = out_object(), *roster = out_object();

	out_number(roster, "mixes", s->seal.mixes);
	out_number(roster, "left_out", s->seal.unusable);
	out_set(o, "roles", roles(s));
	out_set(o, "messages", messages(s));
	out_set(o, "smtp", smtp(s));
	out_set(o, "pool", pool(s));
	out_set(o, "queue", queue(s));
	out_set(o, "relay", relay(s));
	out_set(o, "deliver", deliver(s));
	out_set(o, "resolver", resolver(s));
	out_set(o, "keys", keys(s));
	out_set(o, "roster", roster);
	out_set(o, "directory", directory(s));
	out_print(o);
}
