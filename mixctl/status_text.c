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

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "mixtasy/layer.h"
#include "openpgp/key.h"

#include "status.h"

const char *
status_duration(uint64_t s)
{
	static char text[32];

	if (s >= 86400)
		(void)snprintf(text, sizeof(text), "%" PRIu64 "d %" PRIu64 "h",
		    s / 86400, s % 86400 / 3600);
	else if (s >= 3600)
		(void)snprintf(text, sizeof(text), "%" PRIu64 "h %" PRIu64 "m",
		    s / 3600, s % 3600 / 60);
	else
		(void)snprintf(text, sizeof(text), "%" PRIu64 "m %" PRIu64 "s",
		    s / 60, s % 60);

	return (text);
}

const char *
status_utc(uint64_t t, char text[STATUS_UTC_MAX])
{
	time_t when = (time_t)t;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(text, STATUS_UTC_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		strlcpy(text, "?", STATUS_UTC_MAX);

	return (text);
}

static void
print_role(const struct proto_status_role *r)
{
	uint64_t now = (uint64_t)time(NULL);
	char name[32];

	if (r->role == ROLE_CRYPTO)
		(void)snprintf(name, sizeof(name), "%s/%u",
		    role_name((enum role)r->role), r->instance);
	else
		strlcpy(name, role_name((enum role)r->role), sizeof(name));
	printf("%-10s %8u  %-9s %s%s\n", name, r->pid,
	    status_duration(now > r->started ? now - r->started : 0),
	    r->sandbox[0] != '\0' ? r->sandbox : "none",
	    r->answering ? "" : "  NOT ANSWERING");
}

static void
print_roles(const struct status *s)
{
	size_t i;

	printf("%-10s %8s  %-9s %s\n", "role", "pid", "up", "sandbox");
	/* The parent comes last on the channel. */
	if (s->nroles > 0)
		print_role(&s->roles[s->nroles - 1]);
	for (i = 0; i + 1 < s->nroles; i++)
		print_role(&s->roles[i]);
}

static void
print_destroyed(const struct status *s)
{
	uint64_t n;
	size_t i;
	int any = 0;

	printf("destroyed ");
	for (i = 0; i < MIX_NREASONS; i++) {
		n = i == MIX_REASON_REPLAY ? s->queue.replays :
		    s->crypto.destroyed[i];
		if (n == 0)
			continue;
		printf("%s %s %" PRIu64, any ? "," : "",
		    status_reason_name(i), n);
		any = 1;
	}
	printf("%s\n", any ? "" : " none");
	printf("refused   ");
	any = 0;
	for (i = 1; status_outer_name(i) != NULL; i++) {
		if (s->smtp.bad_message[i] == 0)
			continue;
		printf("%s %s %" PRIu64, any ? "," : "", status_outer_name(i),
		    s->smtp.bad_message[i]);
		any = 1;
	}
	printf("%s\n", any ? "" : " none");
}

static void
print_messages(const struct status *s)
{
	printf("messages   in %" PRIu64 ", out %" PRIu64 ", delivered here %"
	    PRIu64 ", dummies for us %" PRIu64 ", dummies made %" PRIu64 "\n",
	    s->smtp.accepted, s->relay.delivered, s->deliver.delivered,
	    s->crypto.dummies, s->seal.dummies);
	print_destroyed(s);
}

/* What mail servers say about what the mix has sent, if they do. */
static void
print_reports(const struct proto_status_smtp *smtp)
{
	const struct proto_report_domain *d;

	if (smtp->reports_failed + smtp->reports_delayed +
	    smtp->reports_other + smtp->reports_free_form == 0)
		return;
	printf("reports    failed %" PRIu64 ", delayed %" PRIu64 ", other %"
	    PRIu64 ", without form %" PRIu64 "\n", smtp->reports_failed,
	    smtp->reports_delayed, smtp->reports_other,
	    smtp->reports_free_form);
	for (d = smtp->report_domains; d < smtp->report_domains +
	    PROTO_REPORT_DOMAINS; d++)
		if (d->domain[0] != '\0')
			printf("           %s: failed %" PRIu64 ", delayed %"
			    PRIu64 "\n", d->domain, d->failed, d->delayed);
}

static void
print_smtp(const struct status *s)
{
	printf("smtp       %" PRIu64 " connections, %" PRIu64 " sessions, %"
	    PRIu64 " with TLS; mails refused %" PRIu64 ", put off %" PRIu64
	    "; connections refused %" PRIu64 "\n", s->smtp.connections,
	    s->smtp.sessions, s->smtp.tls, s->smtp.rejected,
	    s->smtp.tempfailed, s->smtp.refused);
	print_reports(&s->smtp);
}

static void
print_pool(const struct status *s)
{
	uint64_t now = (uint64_t)time(NULL);

	printf("pool       %" PRIu64 " held, %" PRIu64 " to be tried again; ",
	    s->pool.held, s->pool.waiting);
	printf("next run in %s, last batch %" PRIu64 ", %" PRIu64
	    " rounds\n", status_duration(s->pool.next_run > now ?
	    s->pool.next_run - now : 0), s->pool.last_batch, s->pool.rounds);
	printf("           entropy %.2f bit, mean delay %s\n",
	    (double)s->pool.entropy / 1000,
	    status_duration(s->pool.mean_delay));
}

static void
print_queue(const struct status *s)
{
	const struct proto_status_queue *q = &s->queue;

	printf("queue      %" PRIu64 " of %" PRIu64 " slots used; delivered %"
	    PRIu64 ", deferred %" PRIu64 ", refused %" PRIu64 ", given up %"
	    PRIu64 "\n", q->live, q->max_slots, q->delivered, q->deferred,
	    q->refused, q->given_up);
	if (s->crypto.parts > 0 || q->sets > 0)
		printf("parts      %" PRIu64 " came, %" PRIu64 " destroyed; %"
		    PRIu64 " mails miss some and have %" PRIu64 ", %" PRIu64
		    " given up\n", s->crypto.parts, q->parts_destroyed,
		    q->sets, q->parts, q->sets_given_up);
	if (q->sets_displaced > 0)
		printf("           %" PRIu64 " of them given up early, for "
		    "want of room\n", q->sets_displaced);
	if (q->damaged > 0)
		printf("           %" PRIu64 " DAMAGED slots: stop it, then "
		    "mixctl spool check\n", q->damaged);
	if (q->failed > 0)
		printf("           %" PRIu64 " commits failed (answered "
		    "451)\n", q->failed);
	if (q->full[0] != '\0')
		printf("           FULL: %s\n", q->full);
}

static void
print_relay(const struct status *s)
{
	status_print_relay(&s->relay);
	if (s->deliver.last_error[0] != '\0')
		printf("deliver    last error: %s\n", s->deliver.last_error);
}

static void
print_keys(const struct status *s)
{
	const struct proto_status_keys *k = &s->keys;
	char from[32], to[32];
	size_t i, j;

	printf("key        ");
	for (i = 0; i < PGP_FPR_LEN; i++)
		printf("%02X", k->fpr[i]);
	printf("\n");
	for (i = 0; i < k->nkeys; i++) {
		printf("subkey     ");
		for (j = 0; j < PGP_KEYID_LEN; j++)
			printf("%02X", k->keys[i].keyid[j]);
		printf("  %s  valid %s to %s UTC%s\n",
		    k->keys[i].alg == PGP_ALG_RSA ? "rsa" : "cv25519",
		    status_utc(k->keys[i].created, from),
		    status_utc(k->keys[i].expires, to),
		    k->keys[i].live ? "" : "  not live yet");
	}
	if (k->hold[0] != '\0')
		printf("keys       WAITING: %s\n", k->hold);
	if (k->storage_lost > 0)
		printf("           the storage keys of %u days are LOST: their "
		    "exit mail waits\n", k->storage_lost);
	printf("roster     %" PRIu64 " usable mixes, %" PRIu64
	    " certificates left out\n", s->seal.mixes, s->seal.unusable);
}

static void
print_resolver(const struct status *s)
{
	const struct proto_status_resolver *r = &s->resolver;

	printf("resolver   %" PRIu64 " names asked for, %" PRIu64 " waiting; "
	    "found %" PRIu64 ", none %" PRIu64 ", later %" PRIu64 ", bogus %"
	    PRIu64 "; %" PRIu64 " addresses refused\n", r->asked, r->waiting,
	    r->found, r->none, r->later, r->bogus, r->refused);
	if (!r->validating)
		printf("           NOT VALIDATING\n");
	if (r->last_error[0] != '\0')
		printf("           last error: %s\n", r->last_error);
}

static void
print_directory(const struct status *s)
{
	const struct proto_status_directory *d = &s->directory;
	uint64_t now = (uint64_t)time(NULL);

	printf("directory  %" PRIu64 " usable mixes, %" PRIu64 " found; %"
	    PRIu64 " of %" PRIu64 " keyservers answer", d->mixes, d->found,
	    d->answering, d->keyservers);
	if (d->last_asked != 0)
		printf(", asked %s ago", status_duration(
		    now > d->last_asked ? now - d->last_asked : 0));
	printf("; our certificate is at %" PRIu64 " of them\n", d->published);
	if (d->warning[0] != '\0')
		printf("           WARNING: %s\n", d->warning);
}

void
status_print_text(const struct status *s)
{
	print_roles(s);
	printf("\n");
	print_messages(s);
	print_smtp(s);
	print_pool(s);
	print_queue(s);
	print_relay(s);
	print_resolver(s);
	print_keys(s);
	print_directory(s);
}
