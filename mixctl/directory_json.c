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

#include <string.h>

#include "compat/compat.h"

#include "directory.h"
#include "out.h"

static json_t *
sources(uint32_t flags)
{
	json_t *list = out_list();

	if (flags & PROTO_DIR_FILE)
		out_append(list, json_string("file"));
	if (flags & PROTO_DIR_KEYSERVER)
		out_append(list, json_string("keyserver"));
	if (flags & PROTO_DIR_CACHE)
		out_append(list, json_string("cache"));

	return (list);
}

static json_t *
mix(const struct proto_dir_mix *m)
{
	json_t *o = out_object();

	out_set(o, "address", json_string(m->address));
	out_hex(o, "fingerprint", m->fpr, sizeof(m->fpr));
	out_set(o, "modes", json_string(directory_modes(m->modes)));
	out_set(o, "rank", json_string(
	    roster_rank_name((enum roster_rank)m->rank)));
	out_set(o, "usable", json_boolean(m->state == ROSTER_OK));
	out_set(o, "state", json_string(
	    roster_error_name((enum roster_error)m->state)));
	out_number(o, "subkey_expires", m->subkey_expires);
	out_set(o, "sources", sources(m->sources));
	out_number(o, "keyservers", m->servers);
	out_number(o, "first_seen", m->added);
	out_number(o, "last_seen", m->seen);

	return (o);
}

static json_t *
server(const struct proto_dir_server *s)
{
	json_t *o = out_object();

	out_set(o, "server", json_string(s->server));
	out_number(o, "asked", s->asked);
	out_number(o, "answered", s->answered);
	out_number(o, "next", s->next);
	out_number(o, "failures", s->failures);
	out_set(o, "error", json_string(s->error));
	out_number(o, "listed", s->listed);
	out_set(o, "cut_off", json_boolean(s->capped));
	out_number(o, "mixes", s->mixes);
	out_number(o, "given", s->given);
	out_number(o, "missing", s->missing);
	out_number(o, "published", s->published);
	out_set(o, "publish_error", json_string(s->publish_error));

	return (o);
}

static json_t *
refusals(const uint64_t counts[ROSTER_NERRORS])
{
	json_t *o = out_object();
	size_t i;

	for (i = ROSTER_OK + 1; i < ROSTER_NERRORS; i++)
		out_number(o, roster_error_name((enum roster_error)i),
		    counts[i]);

	return (o);
}

static json_t *
listed(const struct proto_dir *d)
{
	static const char *const names[SURVEY_NREFUSALS] = {
		"foreign", "expired", "unusable", "surplus", "not-given",
		"too-large", "total", "not-a-certificate", "other-key"
	};
	json_t *o = out_object();
	size_t i;

	for (i = 0; i < SURVEY_NREFUSALS; i++)
		out_number(o, names[i], d->listed[i]);

	return (o);
}

static json_t *
left_out(const struct proto_dir *d)
{
	json_t *o = out_object();

	out_set(o, "files", refusals(d->files));
	out_set(o, "listed", listed(d));
	out_set(o, "found", refusals(d->found));
	out_number(o, "conflicts", d->conflicts);
	out_number(o, "surplus", d->surplus);

	return (o);
}

static json_t *
own(const struct proto_dir *d)
{
	json_t *o = out_object();

	out_set(o, "known", json_boolean(d->has_own));
	out_set(o, "to_be_published", json_boolean(!d->silent));
	out_set(o, "state", json_string(!d->has_own ? "" :
	    roster_error_name((enum roster_error)d->own_error)));

	return (o);
}

void
directory_print_json(const struct directory_view *v)
{
	json_t *o = out_object(), *servers = out_list(), *mixes = out_list();
	json_t *warnings = out_list();
	size_t i;

	for (i = 0; i < v->nservers; i++)
		out_append(servers, server(&v->servers[i]));
	for (i = 0; i < v->nmixes; i++)
		out_append(mixes, mix(&v->mixes[i]));
	for (i = 0; i < v->nwarnings; i++)
		out_append(warnings, json_string(v->warnings[i].text));
	out_number(o, "now", v->dir.now);
	out_number(o, "last_asked", v->dir.last_asked);
	out_number(o, "next_survey", v->dir.next_survey);
	out_set(o, "proxy", json_boolean(v->dir.proxied));
	out_number(o, "known", v->dir.known);
	out_number(o, "usable", v->dir.usable);
	out_set(o, "warnings", warnings);
	out_set(o, "own_certificate", own(&v->dir));
	out_set(o, "keyservers", servers);
	out_set(o, "mixes", mixes);
	out_set(o, "left_out", left_out(&v->dir));
	out_print(o);
}
