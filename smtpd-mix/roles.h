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

#ifndef SMTPD_MIX_ROLES_H
#define SMTPD_MIX_ROLES_H

#include "proc.h"

/* One a role file. */
extern const struct role_ops smtp_ops;
extern const struct role_ops crypto_ops;
extern const struct role_ops seal_ops;
extern const struct role_ops keys_ops;
extern const struct role_ops pool_ops;
extern const struct role_ops queue_ops;
extern const struct role_ops relay_ops;
extern const struct role_ops deliver_ops;
extern const struct role_ops resolver_ops;
extern const struct role_ops directory_ops;
extern const struct role_ops control_ops;

#endif
