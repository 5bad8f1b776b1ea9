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
#include <string.h>

#include "compat/compat.h"
#include "hkp/survey_priv.h"

static const char *const refusal_names[SURVEY_NREFUSALS] = {
	"without a mix address",
	"expired",
	"of a version that can't be used",
	"over the number that is kept",
	"listed but not given",
	"too large",
	"over the octets that are taken from a server",
	"not certificates",
	"other keys than asked for"
};

const char *
survey_refusal_name(enum survey_refusal refusal)
{
	if ((unsigned int)refusal >= SURVEY_NREFUSALS)
		return ("unknown");
	return (refusal_names[refusal]);
}

int
survey_shrank(size_t before, size_t now)
{
	return (now < before && before - now > before / 5);
}

static size_t
count_given(const struct survey *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->nkeys; i++)
		n += s->keys[i].given != 0;
	return (n);
}

/* What is to be said of one server. */
static int
judge(const struct survey_report *report, struct survey_warning *w)
{
	if (report->failed)
		w->kind = SURVEY_W_FAILED;
	else if (report->capped)
		w->kind = SURVEY_W_CAPPED;
	else if (report->missing > 0) {
		w->kind = SURVEY_W_MISSING;
		w->n = report->missing;
	} else
		return (0);
	return (1);
}

size_t
survey_warnings(const struct survey *s, size_t before, size_t now,
    struct survey_warning warnings[SURVEY_WARNINGS_MAX])
{
	struct survey_warning *w;
	size_t i, n = 0;

	for (i = 0; i < s->nservers; i++) {
		w = &warnings[n];
		memset(w, 0, sizeof(*w));
		w->server = i;
		w->count = count_given(s);
		n += (size_t)judge(&s->servers[i].report, w);
	}
	if (survey_shrank(before, now)) {
		w = &warnings[n++];
		memset(w, 0, sizeof(*w));
		w->kind = SURVEY_W_SHRANK;
		w->n = now;
		w->count = before;
	}
	return (n);
}

void
survey_warning_text(const struct survey *s, const struct survey_warning *w,
    char text[SURVEY_WARNING_TEXT])
{
	char name[HKP_SERVER_TEXT];

	hkp_server_write(&s->servers[w->server].server, name);
	switch (w->kind) {
	case SURVEY_W_FAILED:
		snprintf(text, SURVEY_WARNING_TEXT, "the keyserver %s: %s",
		    name, s->servers[w->server].report.error);
		break;
	case SURVEY_W_CAPPED:
		snprintf(text, SURVEY_WARNING_TEXT, "the keyserver %s cuts "
		    "its list off: there may be mixes that it doesn't tell of",
		    name);
		break;
	case SURVEY_W_MISSING:
		snprintf(text, SURVEY_WARNING_TEXT, "the keyservers disagree: "
		    "%s lacks %zu of %zu mixes", name, w->n, w->count);
		break;
	case SURVEY_W_SHRANK:
		snprintf(text, SURVEY_WARNING_TEXT, "the roster shrinks: %zu "
		    "of %zu mixes are left; that can be somebody who hides "
		    "the others", w->n, w->count);
		break;
	}
}
