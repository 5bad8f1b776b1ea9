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

#ifndef MAIL_NETADDR_H
#define MAIL_NETADDR_H

#include <sys/types.h>

#include <stdint.h>

/*
 * Anybody can make a mix dial any host, by a name in a domain of their own.
 * These are the addresses to which no name may lead: those of this machine and
 * of the networks around it, and those that are no host's at all.  Networks
 * for documentation are let through: nobody is there, but tests are.
 */

/*
 * Whether an address is refused.  family is 4 or 6; octets are 4 or 16 in
 * network order.  An IPv6 address that stands for an IPv4 one (6to4, NAT64) is
 * refused with that one; one that is merely written as IPv6 (mapped,
 * compatible) always.  Any other family is refused.  1 or 0.
 */
int	netaddr_refused(uint32_t family, const uint8_t *octets);

/*
 * Whether both lead to the same host: equal, or one carries the other in it.  1
 * or 0.
 */
int	netaddr_same(uint32_t family_a, const uint8_t *a, uint32_t family_b,
	    const uint8_t *b);

#endif
