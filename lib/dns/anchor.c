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

#include "compat/compat.h"

#include "dns/anchor.h"

const char *const dns_root_anchors[] = {
	". IN DS 20326 8 2 "
	"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
	". IN DS 38696 8 2 "
	"683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
	NULL
};

/* What one record is gathered in: words with one blank between. */
struct gather {
	char	*record;
	size_t	 used;
	int	 depth;		/* of parentheses */
};

/* 0; -1: too long, or an octet that no record has. */
static int
put(struct gather *g, char c)
{
	if (c == ' ' && (g->used == 0 || g->record[g->used - 1] == ' '))
		return (0);
	if (c < ' ' || c > '~' || g->used + 1 >= DNS_ANCHOR_MAX)
		return (-1);
	g->record[g->used++] = c;

	return (0);
}

static int
take(struct gather *g, char c)
{
	switch (c) {
	case '(':
		g->depth++;
		return (put(g, ' '));
	case ')':
		g->depth--;
		return (g->depth < 0 ? -1 : put(g, ' '));
	case '\t':
	case '\r':
	case '\n':
		return (put(g, ' '));
	default:
		return (put(g, c));
	}
}

/* Reads up to the end of a record.  0 or -1. */
static int
gather(struct gather *g, const char *text, size_t len, size_t *pos)
{
	char c;

	while (*pos < len) {
		c = text[(*pos)++];
		if (c == ';') {
			while (*pos < len && text[*pos] != '\n')
				(*pos)++;
			continue;
		}
		if (c == '\n' && g->depth == 0)
			break;
		if (take(g, c) == -1)
			return (-1);
	}
	if (g->used > 0 && g->record[g->used - 1] == ' ')
		g->used--;
	g->record[g->used] = '\0';

	return (g->depth == 0 ? 0 : -1);
}

static int
is_word(const char *s, size_t n, const char *word)
{
	return (strlen(word) == n && strncasecmp(s, word, n) == 0);
}

/* Whether DS or DNSKEY is the second to fourth word: TTL and class may be. */
static int
is_anchor(const char *record)
{
	size_t n;
	int word;

	if (record[0] == '$')
		return (0);
	for (word = 0; word < 4 && *record != '\0'; word++) {
		n = strcspn(record, " ");
		if (word > 0 && (is_word(record, n, "DS") ||
		    is_word(record, n, "DNSKEY")))
			return (1);
		record += n + strspn(record + n, " ");
	}

	return (0);
}

int
dns_anchor_next(const char *text, size_t len, size_t *pos,
    char record[DNS_ANCHOR_MAX])
{
	struct gather g = { record, 0, 0 };

	do {
		if (*pos >= len)
			return (0);
		g.used = 0;
		if (gather(&g, text, len, pos) == -1)
			return (-1);
	} while (g.used == 0);

	return (is_anchor(record) ? 1 : -1);
}
