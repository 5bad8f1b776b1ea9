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

#include <stdio.h>

#include "compat/compat.h"

#include "directory.h"
#include "out.h"
#include "status.h"

/* Which neutral keys say what of which mix. */

static void
print_trusters(const struct directory_view *v)
{
	char fpr[DIRECTORY_FPR_MAX], until[STATUS_UTC_MAX];
	const struct proto_dir_truster *t;

	if (v->ntrusters == 0)
		printf("no neutral keys: nothing ranks the mixes "
		    "(see trust in smtpd-mix.conf(5))\n");
	for (t = v->trusters; t < v->trusters + v->ntrusters; t++) {
		printf("%zu  %s  %s", (size_t)(t - v->trusters) + 1,
		    directory_fpr(t->fpr, fpr), t->uid);
		if (!t->usable)
			printf("  COUNTS NOTHING: expired, revoked, or it may "
			    "not certify");
		else if (t->expires != 0)
			printf("  until %s UTC", status_utc(t->expires,
			    until));
		printf("\n");
	}
}

static void
print_opinion(const struct directory_view *v, const struct proto_dir_mix *m,
    size_t i)
{
	char until[STATUS_UTC_MAX];

	printf("    by %zu (%s): %s", i + 1, v->trusters[i].uid,
	    directory_class(m->opinions[i].class));
	if (m->opinions[i].expires != 0)
		printf(" until %s UTC", status_utc(m->opinions[i].expires,
		    until));
	printf("%s\n", v->trusters[i].usable ? "" : ", which counts nothing");
}

void
rank_print_text(const struct directory_view *v)
{
	const struct proto_dir_mix *m;
	size_t i;

	print_trusters(v);
	printf("\n");
	for (m = v->mixes; m < v->mixes + v->nmixes; m++) {
		printf("%s  %s%s\n", m->address,
		    roster_rank_name((enum roster_rank)m->rank),
		    m->state == ROSTER_OK ? "" : " (not used)");
		for (i = 0; i < v->ntrusters; i++)
			if (m->opinions[i].class != PGP_CLASS_NONE)
				print_opinion(v, m, i);
	}
}

static json_t *
trusters(const struct directory_view *v)
{
	const struct proto_dir_truster *t;
	json_t *list = out_list(), *o;

	for (t = v->trusters; t < v->trusters + v->ntrusters; t++) {
		o = out_object();
		out_hex(o, "fingerprint", t->fpr, sizeof(t->fpr));
		out_set(o, "user_id", json_string(t->uid));
		out_set(o, "counts", json_boolean(t->usable));
		out_number(o, "expires", t->expires);
		out_append(list, o);
	}

	return (list);
}

static json_t *
opinions(const struct directory_view *v, const struct proto_dir_mix *m)
{
	json_t *list = out_list(), *o;
	size_t i;

	for (i = 0; i < v->ntrusters; i++) {
		if (m->opinions[i].class == PGP_CLASS_NONE)
			continue;
		o = out_object();
		out_hex(o, "by", v->trusters[i].fpr,
		    sizeof(v->trusters[i].fpr));
		out_set(o, "class",
		    json_string(directory_class(m->opinions[i].class)));
		out_number(o, "expires", m->opinions[i].expires);
		out_append(list, o);
	}

	return (list);
}

void
rank_print_json(const struct directory_view *v)
{
	json_t *o = out_object(), *list = out_list(), *mix;
	const struct proto_dir_mix *m;

	for (m = v->mixes; m < v->mixes + v->nmixes; m++) {
		mix = out_object();
		out_set(mix, "address", json_string(m->address));
		out_hex(mix, "fingerprint", m->fpr, sizeof(m->fpr));
		out_set(mix, "rank", json_string(
		    roster_rank_name((enum roster_rank)m->rank)));
		out_set(mix, "usable", json_boolean(m->state == ROSTER_OK));
		out_set(mix, "certifications", opinions(v, m));
		out_append(list, mix);
	}
	out_set(o, "trusted", trusters(v));
	out_set(o, "mixes", list);
	out_print(o);
}
