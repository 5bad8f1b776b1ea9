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

#ifndef MIXCTL_STATUS_H
#define MIXCTL_STATUS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto.h"

/* All that the roles answered to one status request. */
struct status {
	struct proto_status_role	roles[ROLE_COUNT + PROTO_WORKERS_MAX];
	size_t				nroles;
	struct proto_status_smtp	smtp;
	struct proto_status_crypto	crypto;	/* of all workers, added up */
	struct proto_status_seal	seal;
	struct proto_status_keys	keys;
	struct proto_status_pool	pool;
	struct proto_status_queue	queue;
	struct proto_status_relay	relay;
	struct proto_status_deliver	deliver;
	struct proto_status_resolver	resolver;
	struct proto_status_directory	directory;
	unsigned int			have;	/* 1 << enum role */
};

/* Takes one message of the answer; for client_answer(). */
void	status_take(void *status, uint32_t type, const void *data,
	    size_t len);

/* Writes it to standard output. */
void	status_print_text(const struct status *);
void	status_print_json(const struct status *);

/* In detail: the timetable of the keys, the pool. */
void	status_print_keys(const struct status *);
void	status_print_pool(const struct status *);

/* Of the summary the part that is about relay. */
void	status_print_relay(const struct proto_status_relay *);

/*
 * Makes a text from elsewhere fit for a terminal: it ends, and has no commands
 * in it.
 */
void	status_clean(char *text, size_t size);

/* "3d 4h", "12m 5s"; the next call reuses the buffer. */
const char *status_duration(uint64_t seconds);
/* A time in UTC. */
#define STATUS_UTC_MAX	32
const char *status_utc(uint64_t, char text[STATUS_UTC_MAX]);

/* Names for enum mix_outer_error and enum mix_reason as words. */
const char *status_outer_name(size_t);
const char *status_reason_name(size_t);
/* And for enum proto_why. */
const char *status_why_name(size_t);

#endif
