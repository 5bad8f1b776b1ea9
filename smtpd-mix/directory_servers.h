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

#ifndef SMTPD_MIX_DIRECTORY_SERVERS_H
#define SMTPD_MIX_DIRECTORY_SERVERS_H

#include <sys/types.h>

#include <event.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "hkp/survey.h"
#include "role_conf.h"

/* The keyservers of the configuration, and what is known of each. */
struct server {
	size_t			 i;		/* in the list */
	struct hkp_server	 where;
	char			 name[PROTO_SERVER_MAX];
	/* surveys */
	time_t			 asked;
	time_t			 answered;	/* to the end */
	time_t			 next;
	unsigned int		 failures;	/* in succession */
	struct survey_report	 report;	/* the last one */
	struct event		 retry;
	int			 due;		/* the time for that has come */
	struct survey_warning	 warning;
	char			 warning_text[SURVEY_WARNING_TEXT];
	/* our certificate */
	time_t			 published;	/* as it is now; 0: not yet */
	unsigned int		 publish_failures;
	char			 publish_error[192];
	uint64_t		 publishing;	/* a request's number */
	time_t			 checked;	/* the survey of that time */
	struct event		 publish;
};

struct servers {
	struct server	*list[SURVEY_SERVERS_MAX];
	size_t		 n;
};

/*
 * Takes those of the configuration, and keeps what is known of those that are
 * there already.  gone is called for those that aren't any more, before they
 * are freed; come for new ones.  Whether anything changed.
 */
int	servers_configure(struct servers *, const struct role_conf *,
	    void (*come)(struct server *), void (*gone)(struct server *));

/*
 * How long to wait, drawn around what is said by a quarter, so that nothing
 * else that happens can be told from it; and how long after failures.
 */
void	servers_around(uint32_t seconds, struct timeval *);
void	servers_back_off(unsigned int failures, uint32_t most,
	    struct timeval *);
/* Up to so many seconds. */
void	servers_soon(uint32_t seconds, struct timeval *);

#endif
