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

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "dns/answer.h"
#include "dns/rdata.h"
#include "mail/netaddr.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is read from the data of a record keeps within its bounds. */
static void
read_data(const struct dns_rdata *data)
{
	struct dns_mx mx;
	struct proto_addr addr;
	struct proto_tlsa tlsa;
	char id[DNS_STS_ID_MAX];

	assert(data->pos + data->len >= data->pos);
	if (dns_mx_read(data, &mx))
		assert(strlen(mx.host) < sizeof(mx.host));
	if (dns_addr_read(data, &addr)) {
		assert(addr.family == 4 || addr.family == 6);
		assert(netaddr_refused(addr.family, addr.octets) <= 1);
	}
	if (dns_tlsa_read(data, &tlsa))
		assert((tlsa.matching == 1 && tlsa.len == 32) ||
		    (tlsa.matching == 2 && tlsa.len == 64));
	if (dns_sts_id_read(data, id) == 1)
		assert(strlen(id) > 0 && strlen(id) < sizeof(id));
}

static void
read_answer(const uint8_t *buf, size_t len, const char *name, uint16_t type)
{
	struct dns_answer answer;
	struct dns_rdata data;
	unsigned int n = 0;

	if (dns_answer_open(&answer, buf, len, name, type) == -1)
		return;
	assert(answer.naliases <= DNS_ALIASES_MAX);
	assert(strlen(answer.name) < sizeof(answer.name));
	for (; dns_answer_next(&answer, &data); n++) {
		assert(data.pos <= len && data.len <= len - data.pos);
		read_data(&data);
	}
	assert(n == answer.nrecords);
}

int
LLVMFuzzerTestOneInput(const uint8_t *buf, size_t len)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_CNAME,
	    DNS_TYPE_MX, DNS_TYPE_TXT, DNS_TYPE_AAAA, DNS_TYPE_TLSA };
	char name[DNS_NAME_MAX];
	size_t i, pos = 12;

	/* The question's own name, so that something is found. */
	if (len <= pos || dns_name_read(buf, len, &pos, name) != 1)
		strcpy(name, "a.example");
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		read_answer(buf, len, name, types[i]);

	return (0);
}
