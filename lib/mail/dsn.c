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
#include <strings.h>

#include "mail/dsn.h"
#include "mail/header.h"

#define VALUE_MAX	1024
#define BOUNDARY_MAX	321	/* 70 by RFC 2046; some put a host name in */

/* What a header says of itself. */
struct look {
	int	report;			/* multipart/report, of this sort */
	int	mixed;			/* multipart/mixed: OpenSMTPD's */
	int	automatic;		/* signs of a machine */
	char	boundary[BOUNDARY_MAX];	/* between the parts */
};

/* Whether s begins with word, without regard to case. */
static int
begins(const char *s, const char *word)
{
	return (strncasecmp(s, word, strlen(word)) == 0);
}

static int
contains(const char *s, const char *word)
{
	for (; *s != '\0'; s++)
		if (begins(s, word))
			return (1);

	return (0);
}

/* The value of a parameter of Content-Type; "" if it has none. */
static void
parameter(const char *value, const char *name, char *out, size_t outmax)
{
	size_t n = 0, len = strlen(name);
	int quoted;

	out[0] = '\0';
	for (value = strchr(value, ';'); value != NULL;
	    value = strchr(value, ';')) {
		value++;
		value += strspn(value, " \t");
		if (strncasecmp(value, name, len) != 0 || value[len] != '=')
			continue;
		value += len + 1;
		quoted = *value == '"';
		value += quoted;
		for (; *value != '\0' && n < outmax - 1; value++) {
			if (quoted ? *value == '"' :
			    strchr("; \t", *value) != NULL)
				break;
			out[n++] = *value;
		}
		out[n] = '\0';
		return;
	}
}

static void
look_at_type(struct look *look, const char *value)
{
	char type[64];

	parameter(value, "boundary", look->boundary, sizeof(look->boundary));
	look->mixed = look->boundary[0] != '\0' &&
	    begins(value, "multipart/mixed");
	if (!begins(value, "multipart/report"))
		return;
	look->automatic = 1;
	parameter(value, "report-type", type, sizeof(type));
	/* Some leave the type out; what is inside tells. */
	look->report = look->boundary[0] != '\0' &&
	    (type[0] == '\0' || strcasecmp(type, "delivery-status") == 0);
}

static const char *const subjects[] = {
	"undeliver", "delivery ", "mail delivery", "mail system error",
	"mail failure", "returned mail", "failure notice", "warning: ",
	"non remis", "unzustellbar"
};

static void
look_at_field(struct look *look, const struct mail_field *field)
{
	char value[VALUE_MAX];
	size_t i;

	if (mail_field_unfold(field, value, sizeof(value)) == -1)
		return;
	if (mail_field_is(field, "Content-Type"))
		look_at_type(look, value);
	else if (mail_field_is(field, "X-Failed-Recipients"))
		look->automatic = 1;
	else if (mail_field_is(field, "Auto-Submitted"))
		look->automatic |= !begins(value, "no");
	else if (mail_field_is(field, "From"))
		look->automatic |= contains(value, "mailer-daemon") ||
		    contains(value, "postmaster@");
	else if (mail_field_is(field, "Subject"))
		for (i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
			look->automatic |= begins(value, subjects[i]);
}

/* The line after the one at p; end if that is the last. */
static const char *
next_line(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return (lf == NULL ? end : lf + 1);
}

static int
is_boundary(const char *p, const char *end, const char *boundary)
{
	size_t len = strlen(boundary);

	return ((size_t)(end - p) >= len + 2 && p[0] == '-' && p[1] == '-' &&
	    memcmp(p + 2, boundary, len) == 0);
}

/* The first line from p on that is a boundary; end if there is none. */
static const char *
find_boundary(const char *p, const char *end, const char *boundary)
{
	while (p < end && !is_boundary(p, end, boundary))
		p = next_line(p, end);

	return (p);
}

/* Whether a part is the report; *body gets where its body begins. */
static int
is_status_part(const char *p, const char *end, const char **body)
{
	struct mail_header header;
	struct mail_field field;
	char value[VALUE_MAX];
	int status = 0, r;

	mail_header_init(&header, p, (size_t)(end - p));
	while ((r = mail_header_next(&header, &field)) == 1)
		if (mail_field_is(&field, "Content-Type") &&
		    mail_field_unfold(&field, value, sizeof(value)) != -1)
			status = begins(value, "message/delivery-status") ||
			    begins(value, "message/global-delivery-status");
	*body = p + header.pos;

	return (r == 0 && status);
}

/* Finds the report among the parts: 1, or 0. */
static int
find_report(struct dsn *d, const char *boundary)
{
	const char *part, *end, *body;
	unsigned int i;

	part = find_boundary(d->pos, d->end, boundary);
	for (i = 0; i < DSN_PARTS_MAX && part < d->end; i++) {
		part = next_line(part, d->end);
		end = find_boundary(part, d->end, boundary);
		if (is_status_part(part, end, &body)) {
			d->pos = body;
			d->end = end;
			return (1);
		}
		part = end;
	}

	return (0);
}

/* Reads fields up to an empty line, which is taken too. */
static int
next_field(struct mail_header *header, struct mail_field *field)
{
	int r = mail_header_next(header, field);

	/* What is no field ends all: nobody guesses where it goes on. */
	if (r == -1)
		header->pos = header->len;

	return (r == 1);
}

/* Leaves the group of fields about the message. */
static void
skip_group(struct dsn *d)
{
	struct mail_header header;
	struct mail_field field;

	mail_header_init(&header, d->pos, (size_t)(d->end - d->pos));
	while (next_field(&header, &field))
		;
	d->pos += header.pos;
}

enum dsn_kind
dsn_begin(struct dsn *d, const char *text, size_t len)
{
	struct mail_header header;
	struct mail_field field;
	struct look look;

	memset(d, 0, sizeof(*d));
	memset(&look, 0, sizeof(look));
	mail_header_init(&header, text, len);
	while (mail_header_next(&header, &field) == 1)
		look_at_field(&look, &field);
	d->pos = text + header.pos;
	d->end = text + len;
	if ((look.report || (look.mixed && look.automatic)) &&
	    find_report(d, look.boundary)) {
		skip_group(d);
		return (DSN_REPORT);
	}
	d->pos = d->end;

	return (look.automatic ? DSN_FREE_FORM : DSN_NONE);
}

static enum dsn_action
action_of(const char *value)
{
	if (strcasecmp(value, "failed") == 0)
		return (DSN_FAILED);

	return (strcasecmp(value, "delayed") == 0 ? DSN_DELAYED : DSN_OTHER);
}

/* "rfc822; user@host": the host, if it is one. */
static void
domain_of(const char *value, char domain[MAIL_DOMAIN_MAX])
{
	const char *at = strrchr(value, '@');
	size_t i, len;

	if (at == NULL)
		return;
	len = strcspn(++at, "> \t");
	if (len >= MAIL_DOMAIN_MAX || !mail_domain_valid(at, len))
		return;
	for (i = 0; i < len; i++)
		domain[i] = at[i] >= 'A' && at[i] <= 'Z' ?
		    (char)(at[i] - 'A' + 'a') : at[i];
	domain[len] = '\0';
}

int
dsn_next(struct dsn *d, struct dsn_recipient *r)
{
	struct mail_header header;
	struct mail_field field;
	char value[VALUE_MAX];
	int fields;

	while (d->pos < d->end && d->told < DSN_RECIPIENTS_MAX) {
		memset(r, 0, sizeof(*r));
		r->action = DSN_OTHER;
		fields = 0;
		mail_header_init(&header, d->pos, (size_t)(d->end - d->pos));
		while (next_field(&header, &field)) {
			fields++;
			if (mail_field_unfold(&field, value,
			    sizeof(value)) == -1)
				continue;
			if (mail_field_is(&field, "Action"))
				r->action = action_of(value);
			else if (mail_field_is(&field, "Final-Recipient") ||
			    (r->domain[0] == '\0' &&
			    mail_field_is(&field, "Original-Recipient")))
				domain_of(value, r->domain);
		}
		d->pos += header.pos;
		if (fields > 0) {
			d->told++;
			return (1);
		}
		/* Empty lines before a group. */
		if (header.pos == 0)
			d->pos = d->end;
	}

	return (0);
}
