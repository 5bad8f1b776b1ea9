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

#include <stdlib.h>
#include <string.h>

#include "dns/answer.h"
#include "lib/dns/message.h"

#define ANSWERS		6	/* where the counts are */
#define AUTHORITIES	8

void
message_octets(struct message *m, const void *p, size_t len)
{
	if (len > sizeof(m->buf) - m->len)
		abort();
	if (len > 0)
		memcpy(m->buf + m->len, p, len);
	m->len += len;
}

void
message_16(struct message *m, unsigned int n)
{
	uint8_t b[2] = { (uint8_t)(n >> 8), (uint8_t)n };

	message_octets(m, b, sizeof(b));
}

static void
message_32(struct message *m, uint32_t n)
{
	message_16(m, n >> 16);
	message_16(m, n & 0xffff);
}

size_t
message_name_len(const char *name)
{
	return (name[0] == '\0' ? 1 : strlen(name) + 2);
}

void
message_name(struct message *m, const char *name)
{
	uint8_t n;

	while (*name != '\0') {
		n = (uint8_t)strcspn(name, ".");
		message_octets(m, &n, 1);
		message_octets(m, name, n);
		name += n + (name[n] == '.');
	}
	message_octets(m, "", 1);
}

void
message_begin(struct message *m, const char *question, uint16_t type,
    uint8_t rcode)
{
	const uint8_t header[12] = { 0, 1, 0x81, (uint8_t)(0x80 | rcode), 0,
	    1 };

	m->len = 0;
	message_octets(m, header, sizeof(header));
	message_name(m, question);
	message_16(m, type);
	message_16(m, 1);
}

static void
count(struct message *m, size_t at)
{
	if (++m->buf[at + 1] == 0)
		m->buf[at]++;
}

void
message_record(struct message *m, const char *name, uint16_t type,
    uint32_t ttl, size_t len)
{
	count(m, ANSWERS);
	message_name(m, name);
	message_16(m, type);
	message_16(m, 1);
	message_32(m, ttl);
	message_16(m, (unsigned int)len);
}

void
message_a(struct message *m, const char *name, uint32_t ttl,
    const char *address)
{
	int family = strchr(address, ':') == NULL ? AF_INET : AF_INET6;
	size_t len = family == AF_INET ? 4 : 16;
	uint8_t octets[16];

	if (inet_pton(family, address, octets) != 1)
		abort();
	message_record(m, name, family == AF_INET ? DNS_TYPE_A :
	    DNS_TYPE_AAAA, ttl, len);
	message_octets(m, octets, len);
}

void
message_mx(struct message *m, const char *name, uint32_t ttl,
    unsigned int preference, const char *host)
{
	message_record(m, name, DNS_TYPE_MX, ttl, 2 + message_name_len(host));
	message_16(m, preference);
	message_name(m, host);
}

void
message_cname(struct message *m, const char *name, uint32_t ttl,
    const char *to)
{
	message_record(m, name, DNS_TYPE_CNAME, ttl, message_name_len(to));
	message_name(m, to);
}

void
message_txt(struct message *m, const char *name, uint32_t ttl,
    const char *text)
{
	uint8_t n = (uint8_t)strlen(text);

	message_record(m, name, DNS_TYPE_TXT, ttl, n + 1U);
	message_octets(m, &n, 1);
	message_octets(m, text, n);
}

void
message_tlsa(struct message *m, const char *name, uint32_t ttl,
    unsigned int usage, unsigned int selector, unsigned int matching,
    size_t len)
{
	const uint8_t head[3] = { (uint8_t)usage, (uint8_t)selector,
	    (uint8_t)matching };
	size_t i;

	message_record(m, name, DNS_TYPE_TLSA, ttl, len + 3);
	message_octets(m, head, sizeof(head));
	for (i = 0; i < len; i++)
		message_octets(m, "x", 1);
}

void
message_soa(struct message *m, const char *zone, uint32_t ttl,
    uint32_t minimum)
{
	static const uint8_t numbers[16];

	count(m, AUTHORITIES);
	message_name(m, zone);
	message_16(m, DNS_TYPE_SOA);
	message_16(m, 1);
	message_32(m, ttl);
	message_16(m, 1 + 1 + 20);
	message_name(m, "");
	message_name(m, "");
	message_octets(m, numbers, sizeof(numbers));
	message_32(m, minimum);
}
