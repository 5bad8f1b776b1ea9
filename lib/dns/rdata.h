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

#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "ipc/proto_resolver.h"

/* The data of single records.  Pure. */

#define DNS_STS_ID_MAX	33	/* with its NUL */

struct dns_mx {
	uint16_t	preference;
	char		host[DNS_NAME_MAX];	/* "": null MX (RFC 7505) */
};

/* 1; 0: broken, or a host that can't be one. */
int	dns_mx_read(const struct dns_rdata *, struct dns_mx *);

/* The address of an A or AAAA record.  1; 0: of a wrong length. */
int	dns_addr_read(const struct dns_rdata *, struct proto_addr *);

/*
 * A TLSA record that SMTP can use (RFC 7672 3.1): usage 2 or 3, selector 0 or
 * 1, matching type 0, 1 or 2 with data of the right length.  What isn't hashed
 * (matching type 0) is, by SHA-256: it compares alike and is short.  1; 0: it
 * can't be used.
 */
int	dns_tlsa_read(const struct dns_rdata *, struct proto_tlsa *);

/*
 * The id of a TXT record of MTA-STS (RFC 8461 3.1).  1; 0: a record of
 * something else; -1: one of MTA-STS that is not well-formed.
 */
int	dns_sts_id_read(const struct dns_rdata *, char id[DNS_STS_ID_MAX]);

#endif
