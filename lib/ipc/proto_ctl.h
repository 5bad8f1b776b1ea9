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


#ifndef IPC_PROTO_CTL_H
#define IPC_PROTO_CTL_H

#include <sys/types.h>

#include <stdint.h>

#include "ipc/proto_size.h"

/* What mixctl asks, and the ends of its requests; part of proto.h. */

/* mixctl -> control, control -> the role concerned: a request, and its end. */
struct proto_ctl {
	uint64_t	id;		/* control's number for the client */
};
/* mixctl -> keys: so many more subkeys for the time to come. */
struct proto_ctl_prepare {
	uint64_t	id;
	uint32_t	count;
	uint32_t	reserved;
};
/* mixctl -> keys: the certificate that was signed elsewhere, in pieces. */
struct proto_ctl_import {
	uint32_t	n;
	uint32_t	last;
	uint64_t	id;
	/* uint8_t binary[n] */
};
/*
 * queue -> mixctl: what is held, counted.  Nothing of it is about one message:
 * neither ids nor hops, times by the hour only.  And it is counted once in an
 * interval of the pool: whoever asks before and after a mail has come learns
 * nothing of that mail.
 */
enum proto_queue_state {
	PROTO_QUEUE_POOL,	/* waits in the pool, for no known time */
	PROTO_QUEUE_RETRY,	/* has left it; is tried again when it's due */
	PROTO_QUEUE_OUT,	/* is being delivered, or about to be */
	PROTO_QUEUE_INCOMPLETE,	/* misses parts; given up when it's due */
	PROTO_QUEUE_DAMAGED	/* can't be read */
};
#define PROTO_QUEUE_ROWS_MAX	256
struct proto_queue_row {
	uint32_t	class;		/* enum spool_class */
	uint32_t	state;		/* enum proto_queue_state */
	uint64_t	due;		/* begin of the hour; 0: none */
	uint64_t	oldest;		/* left the pool, or came; 0: none */
	uint32_t	n;
	uint32_t	tries;		/* the most of any of them */
};
struct proto_queue_rows {
	uint32_t	n;
	uint32_t	interval;	/* seconds between two counts */
	uint64_t	id;
	uint64_t	counted;	/* wall clock, seconds */
	/* struct proto_queue_row rows[n] */
};
struct proto_ctl_done {
	uint64_t	id;
	uint32_t	ok;
	uint32_t	reserved;
	char		text[PROTO_TEXT_MAX];
};
struct proto_ctl_cert_data {
	uint32_t	n;
	uint32_t	reserved;
	uint64_t	id;
	/* uint8_t armored[n] */
};

#endif
