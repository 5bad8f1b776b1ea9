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

#ifndef SMTPD_MIX_RELAY_TEXT_H
#define SMTPD_MIX_RELAY_TEXT_H

#include <sys/types.h>

#include <stddef.h>

#include "mixtasy/message.h"
#include "relay_conn.h"
#include "sealed.h"

/* The text of a job, before it is made fit for the wire. */
#define RELAY_TEXT_MAX	(MIX_OUTER_LEN_MAX > SEALED_PAYLOAD_MAX ? \
	MIX_OUTER_LEN_MAX : SEALED_PAYLOAD_MAX)

/* Makes it: 0; or -1 and the outcome of a job for which that can't be. */
int	relay_text_make(const struct relay_host *, const struct relay_job *,
	    char text[RELAY_TEXT_MAX], size_t *len,
	    enum proto_outcome_kind *);

#endif
