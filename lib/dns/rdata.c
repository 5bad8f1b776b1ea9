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

#include <openssl/evp.h>

#include <ctype.h>
#include <string.h>

#include "compat/compat.h"

#include "dns/rdata.h"

#define STS_MAGIC	"v=STSv1;"
#define STS_MAGIC_LEN	8
#define TXT_MAX		1024	/* longer than any good one */
#define TLSA_HEAD	3

int
dns_mx_read(const struct dns_rdata *data, struct dns_mx *mx)
{
	size_t pos = data->pos + 2, end = data->pos + data->len;

	memset(mx, 0, sizeof(*mx));
	if (data->len < 3)
		return (0);
	mx->preference = (uint16_t)(data->buf[data->pos] << 8 |
	    data->buf[data->pos + 1]);

	return (dns_name_read(data->buf, end, &pos, mx->host) == 1 &&
	    pos == end);
}

int
dns_addr_read(const struct dns_rdata *data, struct proto_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (data->len != 4 && data->len != 16)
		return (0);
	addr->family = data->len == 4 ? 4 : 6;
	memcpy(addr->octets, data->buf + data->pos, data->len);

	return (1);
}

/* Takes the data as they are, if they are a digest of that length. */
static int
set_digest(struct proto_tlsa *tlsa, const uint8_t *p, size_t len, size_t want)
{
	if (len != want)
		return (0);
	tlsa->len = (uint8_t)want;
	memcpy(tlsa->data, p, want);

	return (1);
}

static int
hash_whole(struct proto_tlsa *tlsa, const uint8_t *p, size_t len)
{
	unsigned int n;

	if (len == 0 ||
	    EVP_Digest(p, len, tlsa->data, &n, EVP_sha256(), NULL) != 1)
		return (0);
	tlsa->matching = 1;
	tlsa->len = (uint8_t)n;

	return (1);
}

int
dns_tlsa_read(const struct dns_rdata *data, struct proto_tlsa *tlsa)
{
	const uint8_t *p = data->buf + data->pos;
	size_t len;

	memset(tlsa, 0, sizeof(*tlsa));
	if (data->len < TLSA_HEAD)
		return (0);
	len = data->len - TLSA_HEAD;
	tlsa->usage = p[0];
	tlsa->selector = p[1];
	tlsa->matching = p[2];
	p += TLSA_HEAD;
	if ((tlsa->usage != 2 && tlsa->usage != 3) || tlsa->selector > 1)
		return (0);
	switch (tlsa->matching) {
	case 0:
		return (hash_whole(tlsa, p, len));
	case 1:
		return (set_digest(tlsa, p, len, 32));
	case 2:
		return (set_digest(tlsa, p, len, 64));
	default:
		return (0);
	}
}

/* Joins the strings of a TXT record.  0; -1: broken, or longer than max. */
static int
join_text(const struct dns_rdata *data, char *text, size_t max, size_t *len)
{
	const uint8_t *p = data->buf + data->pos, *end = p + data->len;
	size_t n;

	for (*len = 0; p < end; p += n) {
		n = *p++;
		if (n > (size_t)(end - p) || n > max - *len)
			return (-1);
		memcpy(text + *len, p, n);
		*len += n;
	}

	return (0);
}

static size_t
skip_blanks(const char *s, size_t i, size_t len)
{
	while (i < len && (s[i] == ' ' || s[i] == '\t'))
		i++;

	return (i);
}

/* The value of "id=": 1 to 32 letters and digits.  0 or -1. */
static int
take_id(const char *s, size_t len, char id[DNS_STS_ID_MAX])
{
	size_t i;

	if (id[0] != '\0' || len == 0 || len >= DNS_STS_ID_MAX)
		return (-1);
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]))
			return (-1);
	memcpy(id, s, len);
	id[len] = '\0';

	return (0);
}

/* One field "name=value", as it stands between semicolons.  0 or -1. */
static int
take_field(const char *s, size_t len, char id[DNS_STS_ID_MAX])
{
	size_t i;

	if (len >= 3 && memcmp(s, "id=", 3) == 0)
		return (take_id(s + 3, len - 3, id));
	/* Others are for extensions: anything printable. */
	if (memchr(s, '=', len) == NULL || s[0] == '=')
		return (-1);
	for (i = 0; i < len; i++)
		if (s[i] < '!' || s[i] > '~')
			return (-1);

	return (0);
}

static int
take_fields(const char *s, size_t len, char id[DNS_STS_ID_MAX])
{
	size_t i, end, next;

	for (i = skip_blanks(s, 0, len); i < len; i = skip_blanks(s, next,
	    len)) {
		for (end = i; end < len && s[end] != ';'; end++)
			;
		next = end + (end < len);
		while (end > i && (s[end - 1] == ' ' || s[end - 1] == '\t'))
			end--;
		if (end == i || take_field(s + i, end - i, id) == -1)
			return (-1);
	}

	return (id[0] == '\0' ? -1 : 0);
}

int
dns_sts_id_read(const struct dns_rdata *data, char id[DNS_STS_ID_MAX])
{
	char text[TXT_MAX];
	size_t len;

	id[0] = '\0';
	if (join_text(data, text, sizeof(text), &len) == -1 ||
	    len < STS_MAGIC_LEN || memcmp(text, STS_MAGIC, STS_MAGIC_LEN) != 0)
		return (0);
	if (take_fields(text + STS_MAGIC_LEN, len - STS_MAGIC_LEN, id) == 0)
		return (1);
	id[0] = '\0';

	return (-1);
}
