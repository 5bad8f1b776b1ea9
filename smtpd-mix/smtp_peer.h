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


#ifndef SMTPD_MIX_SMTP_PEER_H
#define SMTPD_MIX_SMTP_PEER_H

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdint.h>

/*
 * Where a client comes from, as far as limits go: an IPv4 address, or the /64
 * of an IPv6 address, since whoever has one has all of it.
 */
struct smtp_peer {
	int	family;			/* AF_INET, AF_INET6 or AF_UNSPEC */
	uint8_t	net[8];
	char	literal[INET6_ADDRSTRLEN + 8];	/* RFC 5321 section 4.1.3 */
};

/* From a socket address; whether two count as one client. */
void	smtp_peer_set(struct smtp_peer *, const struct sockaddr *);
int	smtp_peer_same(const struct smtp_peer *, const struct smtp_peer *);

#endif
