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
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "compat/compat.h"
#include "mail/header.h"
#include "mixtasy/layer.h"

#include "say.h"
#include "scrub.h"

enum action {
	KEEP,
	REMOVE,
	REWRITE_FROM,		/* SCRUB_ANONYMOUS; only one of them stays */
	REWRITE_DATE,		/* the hour of sending, in UTC */
	REWRITE_ID,		/* random, without the name of a host */
	REWRITE_VERSION		/* without the comment that names a program */
};

struct rule {
	const char	*name;	/* with a * behind it: all that begin so */
	enum action	 action;
};

/* When the sender is left out these come before the others. */
static const struct rule anonymous_rules[] = {
	{ "From", REWRITE_FROM },
	{ "Author", REMOVE },
	{ "Mail-Followup-To", REMOVE },
	{ "Mail-Reply-To", REMOVE },
	{ "Organisation", REMOVE },
	{ "Organization", REMOVE },
	{ "Originator", REMOVE },
	{ "Reply-To", REMOVE },
	{ "Resent-*", REMOVE },
	{ "X-Homepage", REMOVE },
	{ "X-Organisation", REMOVE },
	{ "X-Organization", REMOVE },
	{ "X-URL", REMOVE },
	{ NULL, KEEP }
};

static const struct rule rules[] = {
	/* What every mail has, and what it tells by the way. */
	{ "Date", REWRITE_DATE },
	{ "Resent-Date", REWRITE_DATE },
	{ "Message-ID", REWRITE_ID },
	{ "Resent-Message-ID", REWRITE_ID },
	{ "MIME-Version", REWRITE_VERSION },

	/* Who it is for besides, and who really sends. */
	{ "Bcc", REMOVE },
	{ "Resent-Bcc", REMOVE },
	{ "Sender", REMOVE },
	{ "Resent-Sender", REMOVE },
	{ "X-Sender*", REMOVE },
	{ "X-X-Sender", REMOVE },
	{ "Errors-To", REMOVE },

	/* What makes the recipient's program answer by itself. */
	{ "Disposition-Notification-*", REMOVE },
	{ "Generate-Delivery-Report", REMOVE },
	{ "Return-Receipt-*", REMOVE },
	{ "X-Confirm-Reading-To", REMOVE },

	/* The program, its system, and the language that it is set to. */
	{ "User-Agent", REMOVE },
	{ "X-Mailer*", REMOVE },
	{ "X-Newsreader", REMOVE },
	{ "X-Operating-System", REMOVE },
	{ "Accept-Language", REMOVE },
	{ "Content-Language", REMOVE },
	{ "X-Accept-Language", REMOVE },
	{ "Thread-Index", REMOVE },
	{ "Thread-Topic", REMOVE },
	{ "X-Apple-*", REMOVE },
	{ "X-Claws-*", REMOVE },
	{ "X-Draft-From", REMOVE },
	{ "X-Enigmail-*", REMOVE },
	{ "X-Evolution-*", REMOVE },
	{ "X-Gm-*", REMOVE },
	{ "X-Gnus-*", REMOVE },
	{ "X-Google-*", REMOVE },
	{ "X-KMail-*", REMOVE },
	{ "X-Microsoft-*", REMOVE },
	{ "X-MimeOLE", REMOVE },
	{ "X-Mozilla-*", REMOVE },
	{ "X-MS-*", REMOVE },
	{ "X-MSMail-*", REMOVE },
	{ "X-Mutt-*", REMOVE },
	{ "X-PHP-*", REMOVE },
	{ "X-Pm-*", REMOVE },
	{ "X-Sylpheed-*", REMOVE },
	{ "X-Uniform-Type-Identifier", REMOVE },
	{ "X-Universally-Unique-Identifier", REMOVE },
	{ "X-Yahoo-*", REMOVE },
	{ "X-YMail-*", REMOVE },

	/* Where a program keeps a mail, and under whose name. */
	{ "Fcc", REMOVE },
	{ "X-Fcc", REMOVE },
	{ "X-Account-*", REMOVE },
	{ "X-Identity-*", REMOVE },
	{ "Status", REMOVE },
	{ "X-Status", REMOVE },
	{ "X-Keywords", REMOVE },
	{ "X-Label", REMOVE },
	{ "X-UID*", REMOVE },

	/* A picture or a key: one and the same under all names. */
	{ "Face", REMOVE },
	{ "X-Face*", REMOVE },
	{ "X-Image-URL", REMOVE },
	{ "Autocrypt*", REMOVE },
	{ "OpenPGP", REMOVE },
	{ "X-GPG-*", REMOVE },
	{ "X-PGP-*", REMOVE },

	/* The way that a mail has come. */
	{ "Received*", REMOVE },
	{ "X-Received*", REMOVE },
	{ "Return-Path", REMOVE },
	{ "Delivered-To", REMOVE },
	{ "Delivery-Date", REMOVE },
	{ "Envelope-To", REMOVE },
	{ "NNTP-Posting-*", REMOVE },
	{ "X-AntiAbuse", REMOVE },
	{ "X-Antivirus*", REMOVE },
	{ "X-Authenticated-*", REMOVE },
	{ "X-Authentication-*", REMOVE },
	{ "X-Client-*", REMOVE },
	{ "X-Complaints-To", REMOVE },
	{ "X-Delivered-To", REMOVE },
	{ "X-Envelope-*", REMOVE },
	{ "X-Forwarded-*", REMOVE },
	{ "X-Get-Message-Sender-Via", REMOVE },
	{ "X-HTTP-*", REMOVE },
	{ "X-Original-*", REMOVE },
	{ "X-Originating-*", REMOVE },
	{ "X-Originator*", REMOVE },
	{ "X-Remote-*", REMOVE },
	{ "X-Source*", REMOVE },
	{ "X-Spam-*", REMOVE },
	{ "X-Trace", REMOVE },
	{ "X-Virus-*", REMOVE },

	/* What a server has signed or found out. */
	{ "ARC-*", REMOVE },
	{ "Authentication-Results", REMOVE },
	{ "DKIM-Signature", REMOVE },
	{ "DomainKey-*", REMOVE },
	{ NULL, KEEP }
};

/* A header being scrubbed. */
struct scrubbing {
	const struct scrub	*how;
	FILE			*out;
	int			 has_from;	/* SCRUB_ANONYMOUS is in it */
};

static int
matches(const struct rule *rule, const struct mail_field *field)
{
	size_t len = strlen(rule->name) - 1;

	if (rule->name[len] != '*')
		return mail_field_is(field, rule->name);
	return field->name_len >= len &&
	    strncasecmp(field->name, rule->name, len) == 0;
}

static enum action
look_up(const struct rule *rule, const struct mail_field *field)
{
	while (rule->name != NULL && !matches(rule, field))
		rule++;
	return rule->action;
}

static enum action
action_for(const struct scrub *how, const struct mail_field *field)
{
	enum action action = KEEP;

	if (how->anonymous)
		action = look_up(anonymous_rules, field);
	return action == KEEP ? look_up(rules, field) : action;
}

static void
note_removed(const struct scrubbing *s, const struct mail_field *field)
{
	if (s->how->verbose)
		say("removed %.*s", (int)field->name_len, field->name);
}

static void
rewrite(const struct scrubbing *s, const struct mail_field *field,
    const char *value)
{
	fprintf(s->out, "%.*s: %s\r\n", (int)field->name_len, field->name,
	    value);
	if (s->how->verbose)
		say("rewrote %.*s: %s", (int)field->name_len, field->name,
		    value);
}

static void
rewrite_from(struct scrubbing *s, const struct mail_field *field)
{
	if (s->has_from)
		note_removed(s, field);
	else
		rewrite(s, field, SCRUB_ANONYMOUS);
	s->has_from = 1;
}

static void
rewrite_date(const struct scrubbing *s, const struct mail_field *field)
{
	char text[64];
	time_t hour = s->how->now - s->how->now % 3600;
	struct tm *tm = gmtime(&hour);

	if (tm == NULL || strftime(text, sizeof(text),
	    "%a, %d %b %Y %H:%M:%S +0000", tm) == 0)
		note_removed(s, field);
	else
		rewrite(s, field, text);
}

static void
rewrite_id(const struct scrubbing *s, const struct mail_field *field)
{
	char id[MIX_ID_MAX];

	mix_id_new(s->how->rng, id);
	rewrite(s, field, id);
}

static void
put_field(struct scrubbing *s, const struct mail_field *field)
{
	switch (action_for(s->how, field)) {
	case KEEP:
		fwrite(field->raw, 1, field->raw_len, s->out);
		break;
	case REMOVE:
		note_removed(s, field);
		break;
	case REWRITE_FROM:
		rewrite_from(s, field);
		break;
	case REWRITE_DATE:
		rewrite_date(s, field);
		break;
	case REWRITE_ID:
		rewrite_id(s, field);
		break;
	case REWRITE_VERSION:
		if (memchr(field->value, '(', field->value_len) == NULL)
			fwrite(field->raw, 1, field->raw_len, s->out);
		else
			rewrite(s, field, "1.0");
		break;
	}
}

static void
put_fields(struct scrubbing *s, const struct letter *letter)
{
	struct mail_header header;
	struct mail_field field;

	mail_header_init(&header, letter->text, letter->header_len);
	while (mail_header_next(&header, &field) == 1)
		put_field(s, &field);
	if (s->how->anonymous && !s->has_from)
		fputs("From: " SCRUB_ANONYMOUS "\r\n", s->out);
}

int
scrub_letter(const struct scrub *how, struct letter *letter)
{
	struct scrubbing s;
	char *text = NULL;
	size_t len;
	int error;

	memset(&s, 0, sizeof(s));
	s.how = how;
	if ((s.out = open_memstream(&text, &len)) == NULL)
		return -1;
	put_fields(&s, letter);
	error = ferror(s.out);
	if (fclose(s.out) != 0 || error)
		error = -1;
	else
		error = letter_set_header(letter, text, len);
	free(text);
	return error;
}
