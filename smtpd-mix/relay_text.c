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

#include <stdint.h>

#include "relay_text.h"
#include "spool/spool.h"

int
relay_text_make(const struct relay_host *host, const struct relay_job *job,
    char text[RELAY_TEXT_MAX], size_t *len, enum proto_outcome_kind *outcome)
{
	int error;

	if (job->body.class == SPOOL_FORWARD) {
		*len = mix_outer_write(host->conf.address, job->rcpt,
		    job->body.body, text);
		return (0);
	}
	error = host->payload(job, (uint8_t *)text, len);
	if (error == 0)
		return (0);
	*outcome = error == SEALED_NO_KEY ? PROTO_DEFERRED : PROTO_FAILED;

	return (-1);
}
