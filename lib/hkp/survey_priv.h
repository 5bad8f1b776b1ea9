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

#ifndef HKP_SURVEY_PRIV_H
#define HKP_SURVEY_PRIV_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "hkp/hkp.h"
#include "hkp/survey.h"

/* Internal to the survey. */

/* What a server was searched for. */
#define SURVEY_WORDS_MAX	48
#define SURVEY_WORD_MAX		48

enum survey_phase {
	SURVEY_SEARCHING,
	SURVEY_FETCHING,
	SURVEY_OVER
};

struct survey_server {
	struct hkp_server	server;
	enum survey_phase	phase;
	int			busy;		/* an answer is outstanding */
	char			words[SURVEY_WORDS_MAX][SURVEY_WORD_MAX];
	size_t			nwords;		/* the last is under way */
	int			narrow;		/* search by more words */
	int			indexed;	/* a search was answered */
	size_t			first;		/* mixes of the first search */
	size_t			at;		/* key under way, or next */
	unsigned int		silent;		/* requests without answer */
	struct survey_report	report;
};

struct survey {
	struct survey_conf	conf;		/* servers: NULL */
	struct survey_server	servers[SURVEY_SERVERS_MAX];
	size_t			nservers;
	struct survey_key	*keys;
	uint64_t		*tails;		/* low 64 bits of the ids */
	size_t			nkeys;
	size_t			room;
};

/*
 * The words of the next search of a server that needs more than one.  0; -1:
 * there are no more.
 */
int	survey_next_words(const struct survey *, const struct survey_server *,
	    char words[SURVEY_WORD_MAX]);

/*
 * The first certificate in an answer, in a buffer to be freed.  NULL with the
 * reason: it isn't there or isn't what was asked for.
 */
uint8_t	*survey_cert(const struct survey_answer *, const char *id, size_t max,
	    size_t *len, enum survey_refusal *why);

#endif
