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

#include <netinet/in.h>

#include <arpa/inet.h>

#include <ifaddrs.h>
#include <string.h>

#include "compat/compat.h"

#include "conf_parse.h"
#include "conf_resolver.h"
#include "log.h"

#define DNS_PORT	53

void
conf_add_forward(struct conf_parse *p, const char *address, const char *port)
{
	struct conf *conf = p->conf;
	struct proto_conf_forward row;
	size_t i;

	memset(&row, 0, sizeof(row));
	if (!conf_set_address(p, row.address, "forward", address) ||
	    !conf_set_port(p, &row.port, port))
		return;
	if (port == NULL)
		row.port = DNS_PORT;
	for (i = 0; i < conf->nforwards; i++) {
		if (conf->forwards[i].port == row.port &&
		    strcmp(conf->forwards[i].address, row.address) == 0) {
			conf_complain(p, "forward %s port %u is there already",
			    row.address, row.port);
			return;
		}
	}
	if (conf->nforwards == PROTO_FORWARDS_MAX) {
		conf_complain(p, "more than %d times forward",
		    PROTO_FORWARDS_MAX);
		return;
	}
	conf->forwards[conf->nforwards++] = row;
}

static int
from_text(const char *text, struct proto_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = strchr(text, ':') == NULL ? 4 : 6;

	return (inet_pton(addr->family == 4 ? AF_INET : AF_INET6, text,
	    addr->octets) == 1);
}

static int
from_socket(const struct sockaddr *sa, struct proto_addr *addr)
{
	const void *octets;

	memset(addr, 0, sizeof(*addr));
	if (sa == NULL)
		return (0);
	switch (sa->sa_family) {
	case AF_INET:
		addr->family = 4;
		octets = &((const struct sockaddr_in *)(const void *)
		    sa)->sin_addr;
		memcpy(addr->octets, octets, 4);
		return (1);
	case AF_INET6:
		addr->family = 6;
		octets = &((const struct sockaddr_in6 *)(const void *)
		    sa)->sin6_addr;
		memcpy(addr->octets, octets, 16);
		return (1);
	default:
		return (0);
	}
}

static int
is_any(const struct proto_addr *addr)
{
	static const uint8_t zeroes[16];

	return (memcmp(addr->octets, zeroes, sizeof(zeroes)) == 0);
}

/* Those of the interfaces that are of a family. */
static size_t
add_interfaces(struct proto_conf_self *own, size_t n, size_t max,
    uint32_t family)
{
	struct ifaddrs *all, *ifa;
	struct proto_addr addr;

	if (getifaddrs(&all) == -1) {
		log_warn("addresses of this machine");
		return (n);
	}
	for (ifa = all; ifa != NULL && n < max; ifa = ifa->ifa_next)
		if (from_socket(ifa->ifa_addr, &addr) && addr.family == family)
			own[n++].addr = addr;
	freeifaddrs(all);

	return (n);
}

size_t
conf_own_addresses(const struct listeners *listeners,
    struct proto_conf_self *own, size_t max)
{
	struct proto_addr addr;
	size_t i, n = 0;

	for (i = 0; i < listeners->n && n < max; i++) {
		if (!from_text(listeners->list[i].row.address, &addr))
			continue;
		if (is_any(&addr))
			n = add_interfaces(own, n, max, addr.family);
		else
			own[n++].addr = addr;
	}

	return (n);
}
