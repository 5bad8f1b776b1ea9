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

#ifndef SMTPD_MIX_KEYS_STORAGE_H
#define SMTPD_MIX_KEYS_STORAGE_H

#include <sys/types.h>

#include <stdint.h>
#include <time.h>

#include "ipc/proto.h"

/*
 * The daily storage keys: what clear mail in the spool is sealed under, from
 * the day's begin until queue has no slot of that day any more.  The file of a
 * day has the key and a checksum; one that was altered is told, and not used.
 */

/* Reads what is at rest, and says what is damaged.  0; -1 with errno. */
int	keys_storage_load(void);

/*
 * Makes a new day's key when it has begun, and sends it.  0; -1: the disk takes
 * none, and the day before's goes on sealing, if there is one.
 */
int	keys_storage_tick(time_t now);

/* Sends all keys to the roles that seal and open. */
void	keys_storage_send(void);

/*
 * Queue needs these days and none before oldest_day: earlier keys are destroyed
 * everywhere.
 */
void	keys_storage_used(const struct proto_storage_used *);

/* Sets how many there are, and how many are lost that are needed. */
void	keys_storage_status(struct proto_status_keys *);

#endif
