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

#ifndef SMTPD_MIX_CONF_RESOLVER_H
#define SMTPD_MIX_CONF_RESOLVER_H

#include <sys/types.h>

#include <stddef.h>

#include "conf.h"
#include "listen.h"

#define CONF_OWN_MAX	256	/* addresses of this machine */

/*
 * The addresses at which this machine can be reached: those that are listened
 * on, and where that is all of them, those of its interfaces.  At most max are
 * written; returns how many.
 */
size_t	conf_own_addresses(const struct listeners *, struct proto_conf_self *,
	    size_t max);

#endif
