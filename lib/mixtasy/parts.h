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

#ifndef MIXTASY_PARTS_H
#define MIXTASY_PARTS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixtasy/layer.h"

/*
 * Mails in several parts: thesis 6.2.2 and 6.4.4.  The parts of a mail have one
 * Mixtasy-ID and one total; their payloads, put together in order, are the mail.
 */
#define MIX_PARTS_MAX		65535	/* of one mail, whatever is configured */

/* Octets of a mail that are carried if nothing else is configured. */
#define MIX_PARTS_OCTETS	(10 * 1024 * 1024)

/*
 * The sender's side.  How many messages a mail of len octets takes whose parts
 * have this id: 1 is a single part message; 0: more than MIX_PARTS_MAX.
 */
uint32_t mix_parts_count(const char *id, size_t len);

/*
 * Makes final, whose id is set, the message number part (from 1) of total, which
 * is mix_parts_count(): type, part, total, and the payload, which points into
 * the mail.  All parts but the last are full.  With total 1 it is the single
 * part.  0; -1: there is no such part.
 *
 * The recipient has to show in part 1: its header must end there, see
 * mix_part_recipient().
 */
int	mix_parts_cut(const uint8_t *mail, size_t len, uint32_t part,
	    uint32_t total, struct mix_final *final);

/*
 * The recipient of a mail by its first part: as mix_payload_recipient(), but the
 * header has to end inside, with its empty line.  0 or -1.
 */
int	mix_part_recipient(const uint8_t *payload, size_t len,
	    char rcpt[MAIL_ADDRESS_MAX]);

#endif
