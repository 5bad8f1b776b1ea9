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

#ifndef SMTPD_MIX_DIRECTORY_PUBLISH_H
#define SMTPD_MIX_DIRECTORY_PUBLISH_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "directory_servers.h"
#include "directory_store.h"
#include "ipc/proto.h"

/* Our own certificate: submitted to every keyserver, whenever it changes. */
struct publish_result {
	int			has_own;
	enum roster_error	error;	/* why it isn't submitted */
	time_t			last;	/* to any server */
};

/* Keeps servers, which must stay. */
void	publish_init(struct servers *);
void	publish_configure(const struct role_conf *);

/* A piece of it, from keys.  1: it is complete. */
int	publish_own(const struct proto_own_cert *);

/* For servers_configure(). */
void	publish_server_new(struct server *);
void	publish_server_gone(struct server *);

/*
 * A server gave a mix's certificate, and the survey of a server has come to its
 * end: who has lost ours, or has an older one, gets it again.
 */
void	publish_given(struct server *, const uint8_t *cert, size_t len,
	    const struct store_mix *);
void	publish_surveyed(void);

/* Breaks off what is going on, and frees. */
void	publish_end(void);

const struct publish_result *
	publish_result(void);

#endif
