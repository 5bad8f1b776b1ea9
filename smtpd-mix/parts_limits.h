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

#ifndef SMTPD_MIX_PARTS_LIMITS_H
#define SMTPD_MIX_PARTS_LIMITS_H

#include "ipc/proto.h"
#include "mixtasy/parts.h"
#include "spool/spool.h"

/* What a part takes on the disk. */
#define PARTS_SLOT_LEN	((uint64_t)SPOOL_HEADER_LEN + SPOOL_BODY_LEN)

/*
 * The bounds on mails in parts that a configuration says.  Incomplete mails
 * never get more than half of the spool, and one mail never more than they all.
 */
void	parts_limits(const struct proto_conf_global *,
	    struct mix_parts_limits *);

#endif
