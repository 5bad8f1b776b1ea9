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
#include "spool/spool.h"

#include "mixctl/client.h"
#include "mixctl/out.h"
#include "mixctl/queue.h"
#include "mixctl/status.h"

struct listing {
	struct proto_queue_rows	head;
	struct proto_queue_row	rows[PROTO_QUEUE_ROWS_MAX];
};

static void
take(void *arg, uint32_t type, const void *data, size_t len)
{
	if (type == PROTO_QUEUE_ROWS && len <= sizeof(struct listing))
		memcpy(arg, data, len);
}

static const char *
class_name(uint32_t class)
{
	static const char *const names[] = {
		[SPOOL_FREE] = "unknown",
		[SPOOL_FORWARD] = "forward",
		[SPOOL_EXIT] = "exit",
		[SPOOL_PART] = "part",
		[SPOOL_POSTMASTER] = "postmaster"
	};

	return (class < nitems(names) && names[class] != NULL ? names[class] :
	    "unknown");
}

static const char *
state_name(uint32_t state)
{
	static const char *const names[] = {
		[PROTO_QUEUE_POOL] = "pool",
		[PROTO_QUEUE_RETRY] = "retry",
		[PROTO_QUEUE_OUT] = "out",
		[PROTO_QUEUE_INCOMPLETE] = "incomplete",
		[PROTO_QUEUE_DAMAGED] = "damaged"
	};

	return (state < nitems(names) ? names[state] : "unknown");
}

static int
compare(const void *left, const void *right)
{
	const struct proto_queue_row *a = left, *b = right;

	if (a->state != b->state)
		return (a->state < b->state ? -1 : 1);
	if (a->class != b->class)
		return (a->class < b->class ? -1 : 1);

	return (a->due < b->due ? -1 : a->due > b->due);
}

static uint64_t
total(const struct listing *l)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < l->head.n; i++)
		n += l->rows[i].n;

	return (n);
}

/* "2026-11-23 14h", or "-" */
static const char *
hour(uint64_t t, char text[STATUS_UTC_MAX])
{
	if (t == 0)
		return ("-");
	status_utc(t, text);
	strlcpy(text + strlen("2026-11-23 14"), "h",
	    STATUS_UTC_MAX - strlen("2026-11-23 14"));

	return (text);
}

static void
print_text(const struct listing *l)
{
	char due[STATUS_UTC_MAX], since[STATUS_UTC_MAX];
	const struct proto_queue_row *r;
	uint32_t i;

	printf("%-11s %-10s %9s  %-14s  %5s  %s\n", "state", "class",
	    "messages", "due (UTC)", "tries", "oldest (UTC)");
	for (i = 0; i < l->head.n; i++) {
		r = &l->rows[i];
		printf("%-11s %-10s %9u  %-14s  %5u  %s\n",
		    state_name(r->state), class_name(r->class), r->n,
		    hour(r->due, due), r->tries, hour(r->oldest, since));
	}
	printf("%-22s %9" PRIu64 "\n", "all", total(l));
	printf("counted at %s UTC, the next time not before %s later\n",
	    status_utc(l->head.counted, due),
	    status_duration(l->head.interval));
}

static void
set_time(json_t *object, const char *name, uint64_t t)
{
	if (t == 0)
		out_set(object, name, json_null());
	else
		out_number(object, name, t);
}

static json_t *
json_row(const struct proto_queue_row *r)
{
	json_t *o = out_object();

	out_set(o, "state", json_string(state_name(r->state)));
	out_set(o, "class", json_string(class_name(r->class)));
	out_number(o, "messages", r->n);
	set_time(o, "due", r->due);
	out_number(o, "tries", r->tries);
	set_time(o, "oldest", r->oldest);

	return (o);
}

static void
print_json(const struct listing *l)
{
	json_t *o = out_object(), *rows = out_list();
	uint32_t i;

	for (i = 0; i < l->head.n; i++)
		out_append(rows, json_row(&l->rows[i]));
	out_number(o, "counted", l->head.counted);
	out_number(o, "interval", l->head.interval);
	out_number(o, "messages", total(l));
	out_set(o, "rows", rows);
	out_print(o);
}

int
queue_main(const char *path, int argc, char *argv[])
{
	static struct listing listing;
	struct proto_ctl_done done;
	struct client c;
	int ch, json = 0;

	while ((ch = getopt(argc, argv, "j")) != -1) {
		if (ch != 'j')
			return (-1);
		json = 1;
	}
	if (optind != argc)
		return (-1);
	client_open(&c, path);
	client_request(&c, PROTO_CTL_QUEUE);
	client_answer(&c, take, &listing, &done);
	client_close(&c);
	if (!done.ok)
		errx(1, "%s", done.text);
	qsort(listing.rows, listing.head.n, sizeof(listing.rows[0]), compare);
	if (json)
		print_json(&listing);
	else
		print_text(&listing);
	if (fflush(stdout) == EOF)
		err(2, "standard output");

	return (0);
}
