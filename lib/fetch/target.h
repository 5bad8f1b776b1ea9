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

#ifndef FETCH_TARGET_H
#define FETCH_TARGET_H

#include <sys/types.h>

#include <stddef.h>

/* Where a URL points to.  Internal to lib/fetch. */
struct target {
	char	host[256];	/* IPv6: in brackets */
	char	port[8];
	int	tls;
	int	numeric;	/* host is an address */
};

/* 0; -1: not http or https, with credentials, or otherwise odd. */
int	target_read(const char *url, struct target *);

/*
 * Whether a proxy is host:port or [address]:port.  *numeric: it is given by
 * its address.
 */
int	target_proxy_valid(const char *proxy, int *numeric);

#endif
