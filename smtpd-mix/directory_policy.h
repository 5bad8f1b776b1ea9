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

#ifndef SMTPD_MIX_DIRECTORY_POLICY_H
#define SMTPD_MIX_DIRECTORY_POLICY_H

#include <sys/types.h>

#include <stddef.h>
#include <time.h>

#include "ipc/proto.h"

/*
 * MTA-STS policies of mail domains (RFC 8461), for relay: fetched when the DNS
 * announces a new one, kept for as long as they say, across restarts too.
 */
#define POLICY_MAX		1024	/* domains */
#define POLICY_FETCHES_MAX	32	/* at one time */
#define POLICY_WAITING_MAX	64	/* questions for one domain */
#define POLICY_FAILED_KEEP	300	/* seconds until it is tried again */
#define POLICY_FILE		"policies"

/* Reads the policies that were kept, and begins to look after them. */
void	policy_init(time_t now);

/* Each is answered exactly once, by PROTO_STS. */
void	policy_get(const struct proto_sts_get *);

/* How many there are. */
size_t	policy_count(void);

/* Answers what is open, and writes what has changed. */
void	policy_end(void);

#endif
