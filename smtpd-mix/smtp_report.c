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
#include "mail/dsn.h"
#include "smtp_report.h"

/*
 * The place of a domain.  Anybody can write reports, so there are few places,
 * and the one with the smallest figures gives way.
 */
static struct proto_report_domain *
place_of(struct proto_status_smtp *status, const char *domain)
{
	struct proto_report_domain *d, *least = &status->report_domains[0];
	size_t i;

	for (i = 0; i < nitems(status->report_domains); i++) {
		d = &status->report_domains[i];
		if (strcmp(d->domain, domain) == 0)
			return (d);
		if (d->failed + d->delayed < least->failed + least->delayed)
			least = d;
	}
	memset(least, 0, sizeof(*least));
	strlcpy(least->domain, domain, sizeof(least->domain));

	return (least);
}

static void
count(struct proto_status_smtp *status, const struct dsn_recipient *r)
{
	struct proto_report_domain *d;

	if (r->action == DSN_OTHER || r->domain[0] == '\0')
		return;
	d = place_of(status, r->domain);
	if (r->action == DSN_FAILED)
		d->failed++;
	else
		d->delayed++;
}

int
smtp_report_count(struct proto_status_smtp *status, const char *text,
    size_t len)
{
	struct dsn_recipient r;
	enum dsn_action worst = DSN_OTHER;
	struct dsn dsn;

	switch (dsn_begin(&dsn, text, len)) {
	case DSN_NONE:
		return (0);
	case DSN_FREE_FORM:
		status->reports_free_form++;
		return (1);
	case DSN_REPORT:
		break;
	}
	while (dsn_next(&dsn, &r)) {
		count(status, &r);
		if (r.action < worst)
			worst = r.action;
	}
	if (worst == DSN_FAILED)
		status->reports_failed++;
	else if (worst == DSN_DELAYED)
		status->reports_delayed++;
	else
		status->reports_other++;

	return (1);
}
