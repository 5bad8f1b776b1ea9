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

#include "compat/compat.h"
#include "openpgp/key.h"

#include "status.h"

static void
print_id(const uint8_t *id, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		printf("%02X", id[i]);
}

/* "2026-11-23 14:00:00 UTC, in 3h 5m" */
static void
print_when(const char *what, uint64_t when, uint64_t now)
{
	char text[STATUS_UTC_MAX];

	printf("%-16s %s UTC", what, status_utc(when, text));
	if (when > now)
		printf(", in %s", status_duration(when - now));
	printf("\n");
}

static void
print_subkey(const uint8_t *id, uint32_t alg, uint64_t from, uint64_t to,
    const char *state)
{
	char text[STATUS_UTC_MAX];

	print_id(id, PGP_KEYID_LEN);
	printf(" %-8s", alg == PGP_ALG_RSA ? "rsa" : "cv25519");
	printf(" %s", status_utc(from, text));
	printf("  %s  %s\n", status_utc(to, text), state);
}

static void
print_timetable(const struct proto_status_keys *k)
{
	size_t i;

	printf("%-16s %-8s %-19s  %-19s  %s\n", "subkey", "", "from (UTC)",
	    "destroyed at", "state");
	for (i = 0; i < k->nkeys; i++)
		print_subkey(k->keys[i].keyid, k->keys[i].alg,
		    k->keys[i].created, k->keys[i].expires,
		    k->keys[i].live ? "live" : "waits for its replay record");
	for (i = 0; i < k->nprepared; i++)
		print_subkey(k->prepared[i].keyid, k->prepared[i].alg,
		    k->prepared[i].created, k->prepared[i].expires,
		    k->prepared[i].is_signed ? "prepared, signed" :
		    k->offline ? "prepared, NOT SIGNED" : "prepared");
}

void
status_print_keys(const struct status *s)
{
	const struct proto_status_keys *k = &s->keys;
	uint64_t next = 0;
	size_t i;

	if ((s->have & 1U << ROLE_KEYS) == 0) {
		printf("keys does not answer\n");
		return;
	}
	printf("%-16s ", "long-term key");
	print_id(k->fpr, PGP_FPR_LEN);
	printf("%s\n", k->offline ? ", kept elsewhere" : "");
	print_when("now", k->now, k->now);
	if (k->next_rotation != 0)
		print_when("next rotation", k->next_rotation, k->now);
	for (i = 0; i < k->nkeys; i++)
		if (next == 0 || k->keys[i].expires < next)
			next = k->keys[i].expires;
	if (next != 0)
		print_when("next expiry", next, k->now);
	if (k->hold[0] != '\0')
		printf("%-16s %s\n", "WAITING", k->hold);
	printf("\n");
	print_timetable(k);
}

static double
thousandths(uint64_t n)
{
	return ((double)n / 1000);
}

static void
print_sizes(const struct proto_status_pool *p)
{
	printf("%-16s %" PRIu64 " messages; %" PRIu64 " more to be tried "
	    "again\n", "size", p->held, p->waiting);
	printf("%-16s every %s, from %" PRIu64 " messages on, %g of those "
	    "above %" PRIu64 "\n", "fires", status_duration(p->interval),
	    p->minimum + p->threshold, (double)p->rate / 1e6, p->minimum);
	printf("%-16s %" PRIu64 " runs, %" PRIu64 " messages, %" PRIu64
	    " in the last batch\n", "so far", p->rounds, p->fired,
	    p->last_batch);
	printf("%-16s %.1f messages a run\n", "arrivals",
	    thousandths(p->arrivals));
	printf("%-16s %.1f a run now, between %" PRIu64 " and %" PRIu64
	    "\n", "timed dummies", thousandths(p->dummies_timer),
	    p->dummies_low, p->dummies_high);
}

static void
print_delays(const struct proto_status_pool *p)
{
	printf("%-16s %s on average;", "delay",
	    status_duration(p->mean_delay));
	printf(" 95 %% up to %s", status_duration(p->delay_95));
	printf(", wanted %s%s\n", status_duration(p->hop_delay),
	    p->delay_95 > p->hop_delay ? ": MORE than the hop delay" : "");
}

void
status_print_pool(const struct status *s)
{
	const struct proto_status_pool *p = &s->pool;

	if ((s->have & 1U << ROLE_POOL) == 0) {
		printf("pool does not answer\n");
		return;
	}
	print_sizes(p);
	print_delays(p);
	printf("%-16s last batch %.2f bit; last rounds %.2f bit on average, "
	    "%.2f at least\n", "sender entropy", thousandths(p->entropy),
	    thousandths(p->mean_entropy), thousandths(p->least_entropy));
}
