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
#include <sys/uio.h>

#include <string.h>

#include "compat/clock.h"
#include "compat/compat.h"

#include "directory.h"
#include "directory_ask.h"
#include "directory_policy.h"
#include "directory_publish.h"
#include "proc.h"

static void
send_row(uint32_t type, const void *row, size_t len)
{
	(void)proc_send(ROLE_CONTROL, 0, type, row, len);
}

static int
was_found(const struct store_mix *m)
{
	return (m->ncopies > 0);
}

/* One line of all that there is to say. */
static void
set_warning(const struct directory *d, char *text, size_t size)
{
	size_t i;

	strlcpy(text, ask_result()->shrank, size);
	for (i = 0; i < d->servers.n; i++) {
		if (d->servers.list[i]->warning_text[0] == '\0')
			continue;
		if (text[0] != '\0')
			strlcat(text, "; ", size);
		strlcat(text, d->servers.list[i]->warning_text, size);
	}
}

void
directory_ctl_status(const struct directory *d, const struct proto_ctl *req)
{
	struct proto_status_directory row;
	const struct server *server;
	size_t i;

	memset(&row, 0, sizeof(row));
	row.id = req->id;
	row.keyservers = d->servers.n;
	for (i = 0; i < d->servers.n; i++) {
		server = d->servers.list[i];
		row.answering += server->answered != 0 &&
		    server->failures == 0;
		row.published += server->published != 0;
	}
	for (i = 0; i < d->store.n; i++)
		row.found += was_found(&d->store.mixes[i]) != 0;
	row.mixes = d->store.usable;
	row.last_asked = (uint64_t)ask_result()->last;
	row.last_published = (uint64_t)publish_result()->last;
	row.policies = policy_count();
	set_warning(d, row.warning, sizeof(row.warning));
	send_row(PROTO_STATUS_DIRECTORY, &row, sizeof(row));
}

static void
send_totals(const struct directory *d, const struct proto_ctl *req)
{
	const struct ask_result *asked = ask_result();
	const struct publish_result *own = publish_result();
	const struct proto_conf_global *g = &proc_conf()->global;
	struct proto_dir row;
	size_t i;

	memset(&row, 0, sizeof(row));
	row.id = req->id;
	row.now = (uint64_t)clock_wall();
	row.last_asked = (uint64_t)asked->last;
	row.next_survey = (uint64_t)asked->next;
	row.known = d->store.n;
	row.usable = d->store.usable;
	row.has_own = (uint32_t)own->has_own;
	row.own_error = own->error;
	row.silent = g->directory_silent;
	row.proxied = g->proxy[0] != '\0';
	for (i = 0; i < ROSTER_NERRORS; i++) {
		row.files[i] = d->files[i];
		row.found[i] = asked->found[i];
	}
	for (i = 0; i < SURVEY_NREFUSALS; i++)
		row.listed[i] = asked->listed[i];
	row.conflicts = d->store.conflicts;
	row.surplus = asked->surplus;
	send_row(PROTO_DIR, &row, sizeof(row));
}

static void
send_server(const struct server *server, uint64_t id)
{
	struct proto_dir_server row;

	memset(&row, 0, sizeof(row));
	row.id = id;
	strlcpy(row.server, server->name, sizeof(row.server));
	row.asked = (uint64_t)server->asked;
	row.answered = (uint64_t)server->answered;
	row.next = (uint64_t)(server->next != 0 ? server->next :
	    ask_result()->next);
	row.published = (uint64_t)server->published;
	row.listed = server->report.listed;
	row.mixes = server->report.mixes;
	row.given = server->report.given;
	row.missing = server->report.missing;
	row.capped = (uint32_t)server->report.capped;
	row.failures = server->failures;
	if (server->failures > 0)
		strlcpy(row.error, server->report.error, sizeof(row.error));
	strlcpy(row.publish_error, server->publish_error,
	    sizeof(row.publish_error));
	send_row(PROTO_DIR_SERVER, &row, sizeof(row));
}

static void
send_warning(const char *text, uint64_t id)
{
	struct proto_dir_warning row;

	if (text[0] == '\0')
		return;
	memset(&row, 0, sizeof(row));
	row.id = id;
	strlcpy(row.text, text, sizeof(row.text));
	send_row(PROTO_DIR_WARNING, &row, sizeof(row));
}

static void
send_trusters(const struct roster *r, uint64_t id)
{
	struct proto_dir_truster row;
	const struct pgp_truster *t;

	for (t = r->trusters; t < r->trusters + r->ntrusters; t++) {
		memset(&row, 0, sizeof(row));
		row.id = id;
		memcpy(row.fpr, t->key.fpr, sizeof(row.fpr));
		row.usable = (uint32_t)pgp_truster_usable(t, clock_wall());
		row.expires = t->expires;
		strlcpy(row.uid, t->uid, sizeof(row.uid));
		send_row(PROTO_DIR_TRUSTER, &row, sizeof(row));
	}
}

static uint32_t
count_bits(uint32_t bits)
{
	uint32_t n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;

	return (n);
}

static void
set_mix(struct proto_dir_mix *row, const struct store_mix *m, time_t now)
{
	size_t i;

	memset(row, 0, sizeof(*row));
	strlcpy(row->address, m->address, sizeof(row->address));
	memcpy(row->fpr, m->fpr, sizeof(row->fpr));
	row->modes = m->modes;
	row->rank = m->rank;
	row->state = m->state;
	if (m->file.error != ROSTER_NERRORS)
		row->sources |= PROTO_DIR_FILE;
	if (m->fresh)
		row->sources |= PROTO_DIR_KEYSERVER;
	else if (m->ncopies > 0)
		row->sources |= PROTO_DIR_CACHE;
	row->subkey_expires = m->subkey_expires;
	row->servers = count_bits(m->given);
	row->added = m->added;
	row->seen = m->seen;
	for (i = 0; i < PGP_TRUSTERS_MAX; i++) {
		row->opinions[i].class = pgp_opinion_class(&m->opinions[i],
		    now);
		row->opinions[i].expires = m->opinions[i].expires;
	}
}

static void
send_mixes(const struct store *store, uint64_t id)
{
	static struct proto_dir_mix mixes[PROTO_DIR_MIXES_MAX];
	struct proto_dir_mixes row;
	struct iovec iov[2];
	size_t i;

	memset(&row, 0, sizeof(row));
	row.id = id;
	iov[0].iov_base = &row;
	iov[0].iov_len = sizeof(row);
	iov[1].iov_base = mixes;
	for (i = 0; i < store->n; i++) {
		set_mix(&mixes[row.n++], &store->mixes[i], clock_wall());
		if (row.n < PROTO_DIR_MIXES_MAX && i + 1 < store->n)
			continue;
		iov[1].iov_len = row.n * sizeof(mixes[0]);
		(void)proc_sendv(ROLE_CONTROL, 0, PROTO_DIR_MIXES, iov, 2);
		row.n = 0;
	}
}

void
directory_ctl_show(const struct directory *d, const struct proto_ctl *req)
{
	struct proto_ctl_done done;
	size_t i;

	send_totals(d, req);
	for (i = 0; i < d->servers.n; i++)
		send_server(d->servers.list[i], req->id);
	send_warning(ask_result()->shrank, req->id);
	for (i = 0; i < d->servers.n; i++)
		send_warning(d->servers.list[i]->warning_text, req->id);
	send_trusters(&d->store.roster, req->id);
	send_mixes(&d->store, req->id);
	memset(&done, 0, sizeof(done));
	done.id = req->id;
	done.ok = 1;
	send_row(PROTO_CTL_DONE, &done, sizeof(done));
}
