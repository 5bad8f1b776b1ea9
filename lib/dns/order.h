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

#ifndef DNS_ORDER_H
#define DNS_ORDER_H

#include <sys/types.h>

#include <stddef.h>

#include "dns/rdata.h"
#include "ipc/proto_resolver.h"
#include "mixing/rng.h"

/* In which order servers are tried.  Pure. */

/*
 * The least preference first, equal ones in random order (RFC 5321 5.1); a host
 * that is named twice stays at its better place.  Returns how many are left of
 * the n.
 */
size_t	dns_mx_order(struct dns_mx *, size_t n, const struct rng *);

/*
 * Each family in random order, and then one of either in turn, IPv6 first: who
 * lacks one of them gets through at the second try.
 */
void	dns_addr_order(struct proto_addr *, size_t n, const struct rng *);

#endif
