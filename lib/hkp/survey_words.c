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

/*
 * Keyservers index whole words, and want all of those that are asked for.  So
 * what is too much for one search is cut into several: by the modes that the
 * user ids state, and by top-level domains, usual ones and those of mixes that
 * are known.  Hosts are never searched for.
 */
static const char *const fixed[] = {
	"mixtasy",
	"mixtasy-mode",
	"mixtasy middleman",
	"mixtasy exitpublic",
	"mixtasy exitprivate",
	"mixtasy org",
	"mixtasy net",
	"mixtasy com",
	"mixtasy eu",
	"mixtasy de",
	"mixtasy info",
	"mixtasy io"
};

static int
is_tried(const struct survey_server *server, const char *words)
{
	size_t i;

	for (i = 0; i < server->nwords; i++)
		if (strcmp(server->words[i], words) == 0)
			return (1);
	return (0);
}

/* A mix address always has a dot in its domain. */
static int
top_level(const char *address, char words[SURVEY_WORD_MAX])
{
	const char *dot = strrchr(address, '.');

	return (dot != NULL && snprintf(words, SURVEY_WORD_MAX, "mixtasy %s",
	    dot + 1) < SURVEY_WORD_MAX);
}

int
survey_next_words(const struct survey *s, const struct survey_server *server,
    char words[SURVEY_WORD_MAX])
{
	size_t i;

	if (server->nwords == SURVEY_WORDS_MAX)
		return (-1);
	for (i = 0; i < nitems(fixed); i++) {
		strlcpy(words, fixed[i], SURVEY_WORD_MAX);
		if (!is_tried(server, words))
			return (0);
	}
	for (i = 0; i < s->nkeys; i++)
		if (top_level(s->keys[i].address, words) &&
		    !is_tried(server, words))
			return (0);
	return (-1);
}
