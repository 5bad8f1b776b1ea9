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

#include "parts_limits.h"

void
parts_limits(const struct proto_conf_global *conf,
    struct mix_parts_limits *limits)
{
	limits->held = conf->parts_octets / PARTS_SLOT_LEN;
	if (limits->held > conf->spool_slots / 2)
		limits->held = conf->spool_slots / 2;
	limits->parts = mix_parts_most(conf->parts_size);
	if (limits->parts > limits->held)
		limits->parts = (uint32_t)limits->held;
	limits->sets = conf->parts_sets;
	limits->keep = conf->parts_keep;
}
