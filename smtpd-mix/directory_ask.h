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

#ifndef SMTPD_MIX_DIRECTORY_ASK_H
#define SMTPD_MIX_DIRECTORY_ASK_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "hkp/survey.h"

#include "directory_servers.h"
#include "directory_store.h"

/*
 * Surveys of the keyservers: all of them at times that nothing else depends on,
 * and those that failed again in between.
 */
struct ask_result {
	time_t	last;			/* when the last survey ended */
	time_t	next;			/* 0: one is going on, or none will */
	size_t	found[ROSTER_NERRORS];	/* certificates that came */
	size_t	listed[SURVEY_NREFUSALS];
	size_t	surplus;
	/* What the roster is compared with: it must not shrink. */
	size_t	before;
	time_t	before_since;
	char	shrank[SURVEY_WARNING_TEXT];	/* or "" */
};

/*
 * done is called after each survey; gave for each certificate of a server, with
 * the mix that it is of.
 */
void	ask_init(struct store *, struct servers *, void (*done)(void),
	    void (*gave)(struct server *, const uint8_t *cert, size_t len,
	    const struct store_mix *));

/* A new configuration; what goes on is given up if other servers are in it. */
void	ask_configure(const struct role_conf *, int changed);

/* A survey of all servers in at most so many seconds. */
void	ask_soon(uint32_t seconds);

/* For servers_configure(). */
void	ask_server_new(struct server *);
void	ask_server_gone(struct server *);

/* Ends all. */
void	ask_end(void);

/* What there is to say; the caller may set last, before and before_since. */
struct ask_result *
	ask_result(void);

#endif
