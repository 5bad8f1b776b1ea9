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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"

#include "client.h"
#include "directory.h"
#include "status.h"

static void
take_mixes(struct directory_view *v, const struct proto_dir_mixes *row)
{
	const struct proto_dir_mix *list =
	    (const struct proto_dir_mix *)(row + 1);
	struct proto_dir_mix *mix;
	uint32_t i;

	v->mixes = reallocarray(v->mixes, v->nmixes + row->n + 1,
	    sizeof(*v->mixes));
	if (v->mixes == NULL)
		err(2, NULL);
	for (i = 0; i < row->n; i++) {
		mix = &v->mixes[v->nmixes++];
		*mix = list[i];
		status_clean(mix->address, sizeof(mix->address));
	}
}

static void
take_server(struct directory_view *v, const void *data)
{
	struct proto_dir_server *s;

	if (v->nservers == nitems(v->servers))
		return;
	s = &v->servers[v->nservers++];
	memcpy(s, data, sizeof(*s));
	status_clean(s->server, sizeof(s->server));
	status_clean(s->error, sizeof(s->error));
	status_clean(s->publish_error, sizeof(s->publish_error));
}

static void
take_warning(struct directory_view *v, const void *data)
{
	struct proto_dir_warning *w;

	if (v->nwarnings == nitems(v->warnings))
		return;
	w = &v->warnings[v->nwarnings++];
	memcpy(w, data, sizeof(*w));
	status_clean(w->text, sizeof(w->text));
}

static void
take_truster(struct directory_view *v, const void *data)
{
	struct proto_dir_truster *t;

	if (v->ntrusters == nitems(v->trusters))
		return;
	t = &v->trusters[v->ntrusters++];
	memcpy(t, data, sizeof(*t));
	status_clean(t->uid, sizeof(t->uid));
}

static void
take(void *arg, uint32_t type, const void *data, size_t len)
{
	struct directory_view *v = arg;

	(void)len;
	switch (type) {
	case PROTO_DIR:
		memcpy(&v->dir, data, sizeof(v->dir));
		break;
	case PROTO_DIR_SERVER:
		take_server(v, data);
		break;
	case PROTO_DIR_WARNING:
		take_warning(v, data);
		break;
	case PROTO_DIR_TRUSTER:
		take_truster(v, data);
		break;
	case PROTO_DIR_MIXES:
		take_mixes(v, data);
		break;
	}
}

static int
compare(const void *a, const void *b)
{
	return (strcmp(((const struct proto_dir_mix *)a)->address,
	    ((const struct proto_dir_mix *)b)->address));
}

/* Asks; exits if nobody answers.  Texts are clean, mixes sorted by address. */
static void
ask(const char *path, struct directory_view *v)
{
	struct proto_ctl_done done;
	struct client c;

	memset(v, 0, sizeof(*v));
	client_open(&c, path);
	client_request(&c, PROTO_CTL_DIRECTORY);
	client_answer(&c, take, v, &done);
	client_close(&c);
	if (!done.ok)
		errx(1, "%s", done.text);
	if (v->nmixes > 0)
		qsort(v->mixes, v->nmixes, sizeof(*v->mixes), compare);
}

const char *
directory_modes(uint32_t modes)
{
	static char text[48];

	(void)snprintf(text, sizeof(text), "%s%s%s",
	    modes & MIX_MODE_MIDDLEMAN ? " middleman" : "",
	    modes & MIX_MODE_EXITPRIVATE ? " exitprivate" : "",
	    modes & MIX_MODE_EXITPUBLIC ? " exitpublic" : "");

	return (text[0] == '\0' ? "" : text + 1);
}

const char *
directory_fpr(const uint8_t fpr[PGP_FPR_LEN], char text[DIRECTORY_FPR_MAX])
{
	(void)snprintf(text, DIRECTORY_FPR_MAX, "%02X%02X %02X%02X %02X%02X "
	    "%02X%02X", fpr[0], fpr[1], fpr[2], fpr[3], fpr[4], fpr[5],
	    fpr[6], fpr[7]);

	return (text);
}

const char *
directory_class(uint32_t class)
{
	switch (class) {
	case PGP_CLASS_GENERIC:
		return ("generic");
	case PGP_CLASS_PERSONA:
		return ("persona");
	case PGP_CLASS_CASUAL:
		return ("casual");
	case PGP_CLASS_POSITIVE:
		return ("positive");
	default:
		return ("none");
	}
}

/* "3h 5m ago", "never" */
static const char *
ago(uint64_t when, uint64_t now)
{
	static char text[48];

	if (when == 0)
		return ("never");
	(void)snprintf(text, sizeof(text), "%s ago",
	    status_duration(now > when ? now - when : 0));

	return (text);
}

static void
print_source(const struct proto_dir_mix *m, uint64_t now)
{
	const char *between = "";

	if (m->sources & PROTO_DIR_FILE) {
		printf("file");
		between = ", ";
	}
	if (m->sources & PROTO_DIR_KEYSERVER)
		printf("%skeyservers: %u, seen %s", between, m->servers,
		    ago(m->seen, now));
	if (m->sources & PROTO_DIR_CACHE)
		printf("%scache, seen %s", between, ago(m->seen, now));
}

static void
print_state(const struct proto_dir_mix *m, uint64_t now)
{
	if (m->state != ROSTER_OK)
		printf("NOT USED: %s",
		    roster_strerror((enum roster_error)m->state));
	else if (m->subkey_expires == 0)
		printf("subkey for ever");
	else
		printf("subkey for %s", status_duration(
		    m->subkey_expires > now ? m->subkey_expires - now : 0));
}

static void
print_mixes(const struct directory_view *v)
{
	char fpr[DIRECTORY_FPR_MAX];
	const struct proto_dir_mix *m;

	printf("%" PRIu64 " mixes known, %" PRIu64 " of them usable\n",
	    v->dir.known, v->dir.usable);
	for (m = v->mixes; m < v->mixes + v->nmixes; m++) {
		printf("%s  %s  %s  %s\n    ", m->address[0] != '\0' ?
		    m->address : "(without an address)",
		    directory_fpr(m->fpr, fpr),
		    roster_rank_name((enum roster_rank)m->rank),
		    directory_modes(m->modes));
		print_state(m, v->dir.now);
		printf("; ");
		print_source(m, v->dir.now);
		printf("\n");
	}
}

static void
print_published(const struct directory_view *v,
    const struct proto_dir_server *s)
{
	if (v->dir.silent)
		return;
	printf("    our certificate: ");
	if (s->published != 0)
		printf("published %s\n", ago(s->published, v->dir.now));
	else if (s->publish_error[0] != '\0')
		printf("NOT PUBLISHED: %s\n", s->publish_error);
	else
		printf("not published yet\n");
}

static void
print_server(const struct directory_view *v, const struct proto_dir_server *s)
{
	printf("%s  answered %s", s->server,
	    ago(s->answered, v->dir.now));
	if (s->next > v->dir.now)
		printf(", again in %s", status_duration(s->next -
		    v->dir.now));
	printf("\n    %" PRIu64 " keys listed%s, %" PRIu64 " mixes, %" PRIu64
	    " given, %" PRIu64 " missing\n", s->listed,
	    s->capped ? " (CUT OFF)" : "", s->mixes, s->given, s->missing);
	if (s->error[0] != '\0')
		printf("    FAILED %u times: %s\n", s->failures, s->error);
	print_published(v, s);
}

static void
print_servers(const struct directory_view *v)
{
	size_t i;

	if (v->nservers == 0) {
		printf("no keyserver: mixes are known from files only\n");
		return;
	}
	printf("keyservers%s, last asked %s\n", v->dir.proxied ?
	    " (by the proxy)" : "", ago(v->dir.last_asked, v->dir.now));
	for (i = 0; i < v->nservers; i++)
		print_server(v, &v->servers[i]);
	if (v->dir.silent)
		printf("our certificate is not to be published\n");
	else if (!v->dir.has_own)
		printf("our certificate: there is none yet\n");
	else if (v->dir.own_error != ROSTER_OK)
		printf("our certificate is NOT PUBLISHED: %s\n",
		    roster_strerror((enum roster_error)v->dir.own_error));
}

static void
print_refusals(const char *what, const uint64_t counts[ROSTER_NERRORS])
{
	size_t i;

	for (i = ROSTER_OK + 1; i < ROSTER_NERRORS; i++)
		if (counts[i] > 0)
			printf("    %s: %" PRIu64 " %s\n", what, counts[i],
			    roster_strerror((enum roster_error)i));
}

static uint64_t
sum(const uint64_t *counts, size_t n)
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < n; i++)
		all += counts[i];
	return (all);
}

static void
print_left_out(const struct directory_view *v)
{
	const struct proto_dir *d = &v->dir;
	size_t i;

	if (sum(d->files + 1, ROSTER_NERRORS - 1) +
	    sum(d->found + 1, ROSTER_NERRORS - 1) +
	    sum(d->listed, SURVEY_NREFUSALS) + d->conflicts + d->surplus == 0)
		return;
	printf("left out\n");
	print_refusals("files", d->files);
	for (i = 0; i < SURVEY_NREFUSALS; i++)
		if (d->listed[i] > 0)
			printf("    keyservers: %" PRIu64 " %s\n",
			    d->listed[i],
			    survey_refusal_name((enum survey_refusal)i));
	print_refusals("keyservers", d->found);
	if (d->conflicts > 0)
		printf("    keyservers: %" PRIu64 " for the address of a mix "
		    "in a file, ranked, or known for longer\n", d->conflicts);
	if (d->surplus > 0)
		printf("    keyservers: %" PRIu64 " over what the cache "
		    "holds\n", d->surplus);
}

static void
print_text(const struct directory_view *v)
{
	size_t i;

	for (i = 0; i < v->nwarnings; i++)
		printf("WARNING: %s\n", v->warnings[i].text);
	print_servers(v);
	printf("\n");
	print_mixes(v);
	printf("\n");
	print_left_out(v);
}

static int
options(int argc, char *argv[], int *json)
{
	int ch;

	while ((ch = getopt(argc, argv, "j")) != -1) {
		if (ch != 'j')
			return (-1);
		*json = 1;
	}

	return (optind == argc ? 0 : -1);
}

static int
show(const char *path, int argc, char *argv[],
    void (*text)(const struct directory_view *),
    void (*as_json)(const struct directory_view *))
{
	static struct directory_view v;
	int json = 0;

	if (options(argc, argv, &json) == -1)
		return (-1);
	ask(path, &v);
	if (json)
		as_json(&v);
	else
		text(&v);
	free(v.mixes);
	if (fflush(stdout) == EOF)
		err(2, "standard output");

	return (0);
}

int
directory_main(const char *path, int argc, char *argv[])
{
	return (show(path, argc, argv, print_text, directory_print_json));
}

int
rank_main(const char *path, int argc, char *argv[])
{
	return (show(path, argc, argv, rank_print_text, rank_print_json));
}
