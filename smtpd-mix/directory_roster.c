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
#include <sys/uio.h>

#include <event.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"

#include "directory_roster.h"
#include "log.h"
#include "proc.h"

#define QUEUED_MAX	16	/* pieces that seal has not read yet */
#define WAIT_USEC	20000	/* for it */

static struct roster_env {
	uint8_t		*data;	/* the set that seal has, or gets now */
	size_t		 len;
	size_t		 at;	/* what is sent */
	int		 going;
	int		 begun;	/* there was a set */
	struct event	 timer;
} env;

static void
send_piece(void)
{
	struct proto_roster row;
	struct iovec iov[2];

	memset(&row, 0, sizeof(row));
	row.n = (uint32_t)(env.len - env.at < PROTO_CERT_PIECE ?
	    env.len - env.at : PROTO_CERT_PIECE);
	row.first = env.at == 0;
	row.last = env.at + row.n == env.len;
	iov[0].iov_base = &row;
	iov[0].iov_len = sizeof(row);
	if (row.n > 0) {
		iov[1].iov_base = env.data + env.at;
		iov[1].iov_len = row.n;
	}
	/* A set of nothing is one too. */
	(void)proc_sendv(ROLE_SEAL, 0, PROTO_ROSTER, iov, row.n > 0 ? 2 : 1);
	env.at += row.n;
	env.going = !row.last;
}

/* No more than seal reads: the rest waits here. */
static void
send_some(int fd, short what, void *arg)
{
	static const struct timeval tv = { 0, WAIT_USEC };

	(void)fd, (void)what, (void)arg;
	while (env.going && proc_queued(ROLE_SEAL, 0) < QUEUED_MAX)
		send_piece();
	if (env.going)
		evtimer_add(&env.timer, &tv);
}

void
roster_send(const struct store *store)
{
	uint8_t *data;
	size_t len;

	data = store_roster(store, &len);
	if (data == NULL && len > 0) {
		log_warn("roster");
		return;
	}
	if (env.begun && len == env.len &&
	    (len == 0 || memcmp(data, env.data, len) == 0)) {
		free(data);
		return;
	}
	roster_send_end();
	env.data = data;
	env.len = len;
	env.begun = 1;
	env.going = 1;
	evtimer_set(&env.timer, send_some, NULL);
	send_some(-1, 0, NULL);
}

void
roster_send_end(void)
{
	if (env.begun)
		evtimer_del(&env.timer);
	free(env.data);
	memset(&env, 0, sizeof(env));
}
