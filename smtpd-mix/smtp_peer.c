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
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "smtp_peer.h"

static void
set_v4(struct smtp_peer *peer, const void *addr)
{
	char text[INET_ADDRSTRLEN];

	peer->family = AF_INET;
	memcpy(peer->net, addr, 4);
	if (inet_ntop(AF_INET, addr, text, sizeof(text)) != NULL)
		snprintf(peer->literal, sizeof(peer->literal), "[%s]", text);
}

static void
set_v6(struct smtp_peer *peer, const struct in6_addr *addr)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(addr)) {
		set_v4(peer, addr->s6_addr + 12);
		return;
	}
	peer->family = AF_INET6;
	memcpy(peer->net, addr->s6_addr, sizeof(peer->net));
	if (inet_ntop(AF_INET6, addr, text, sizeof(text)) != NULL)
		snprintf(peer->literal, sizeof(peer->literal), "[IPv6:%s]",
		    text);
}

void
smtp_peer_set(struct smtp_peer *peer, const struct sockaddr *sa)
{
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;

	memset(peer, 0, sizeof(*peer));
	peer->family = AF_UNSPEC;
	snprintf(peer->literal, sizeof(peer->literal), "unknown");
	if (sa->sa_family == AF_INET) {
		memcpy(&sin, sa, sizeof(sin));
		set_v4(peer, &sin.sin_addr);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&sin6, sa, sizeof(sin6));
		set_v6(peer, &sin6.sin6_addr);
	}
}

int
smtp_peer_same(const struct smtp_peer *a, const struct smtp_peer *b)
{
	return (a->family == b->family &&
	    memcmp(a->net, b->net, sizeof(a->net)) == 0);
}
