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

#include <ctype.h>
#include <string.h>

#include "compat/compat.h"

#include "dns/answer.h"

#define HEADER_LEN	12
#define QUESTION_REST	4	/* type and class */
#define RECORD_REST	10	/* type, class, TTL, length */
#define FLAG_ANSWER	0x80
#define FLAG_TRUNCATED	0x02
#define RCODE_MASK	0x0f
#define CLASS_IN	1
#define TTL_SIGN	0x80000000U	/* RFC 2181 8: such a TTL is 0 */

/* A resource record as it lies in the message. */
struct record {
	char		name[DNS_NAME_MAX];
	int		named;		/* name is text */
	uint16_t	type;
	uint16_t	class;
	uint32_t	ttl;
	size_t		data;		/* where its data is */
	size_t		data_len;
};

static uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)get16(p) << 16 | get16(p + 2));
}

static int
is_host_octet(uint8_t c)
{
	return (isalnum(c) || c == '-' || c == '_');
}

/* Adds a label to the text.  1; 0: it can't be written there. */
static int
add_label(char text[DNS_NAME_MAX], size_t *used, const uint8_t *label,
    size_t n)
{
	size_t i;

	if (*used + n + 1 >= DNS_NAME_MAX)
		return (0);
	if (*used > 0)
		text[(*used)++] = '.';
	for (i = 0; i < n; i++) {
		if (!is_host_octet(label[i]))
			return (0);
		text[(*used)++] = (char)tolower(label[i]);
	}
	text[*used] = '\0';

	return (1);
}

/*
 * A pointer leads only to what lies before it, and before the last one led:
 * so there is no loop.
 */
int
dns_name_read(const uint8_t *buf, size_t len, size_t *pos,
    char text[DNS_NAME_MAX])
{
	size_t p = *pos, least = *pos, used = 0, to;
	int jumped = 0, good = 1;

	text[0] = '\0';
	for (;;) {
		if (p >= len)
			return (-1);
		if ((buf[p] & 0xc0) == 0xc0) {
			if (len - p < 2)
				return (-1);
			to = get16(buf + p) & 0x3fff;
			if (!jumped)
				*pos = p + 2;
			jumped = 1;
			if (to >= least)
				return (-1);
			p = least = to;
			continue;
		}
		if (buf[p] > 63 || len - p - 1 < buf[p])
			return (-1);
		if (buf[p] == 0)
			break;
		good = good && add_label(text, &used, buf + p + 1, buf[p]);
		p += 1U + buf[p];
	}
	if (!jumped)
		*pos = p + 1;
	if (!good)
		text[0] = '\0';

	return (good);
}

/* Reads the record at *pos and moves behind it.  0; -1: broken. */
static int
read_record(const uint8_t *buf, size_t len, size_t *pos, struct record *r)
{
	if ((r->named = dns_name_read(buf, len, pos, r->name)) == -1 ||
	    len - *pos < RECORD_REST)
		return (-1);
	r->type = get16(buf + *pos);
	r->class = get16(buf + *pos + 2);
	r->ttl = get32(buf + *pos + 4);
	if (r->ttl & TTL_SIGN)
		r->ttl = 0;
	r->data_len = get16(buf + *pos + 8);
	r->data = *pos + RECORD_REST;
	if (len - r->data < r->data_len)
		return (-1);
	*pos = r->data + r->data_len;

	return (0);
}

static int
is_for(const struct record *r, const char *name, uint16_t type)
{
	return (r->named && r->type == type && r->class == CLASS_IN &&
	    strcmp(r->name, name) == 0);
}

static void
lower_ttl(struct dns_answer *a, uint32_t ttl)
{
	if (ttl < a->ttl)
		a->ttl = ttl;
}

/* Goes from name to what it is an alias of.  1; 0: it is none; -1. */
static int
follow(struct dns_answer *a, size_t pos, unsigned int n)
{
	struct record r;
	size_t data;

	for (; n > 0; n--) {
		if (read_record(a->buf, a->len, &pos, &r) == -1)
			return (-1);
		if (!is_for(&r, a->name, DNS_TYPE_CNAME))
			continue;
		data = r.data;
		lower_ttl(a, r.ttl);
		if (dns_name_read(a->buf, a->len, &data, a->name) != 1 ||
		    data != r.data + r.data_len)
			return (-1);
		return (1);
	}

	return (0);
}

static int
follow_aliases(struct dns_answer *a, size_t pos, unsigned int n)
{
	int more;

	while ((more = follow(a, pos, n)) == 1)
		if (++a->naliases > DNS_ALIASES_MAX)
			return (-1);

	return (more);
}

/* Counts the records that are asked for, and moves behind the section. */
static int
count_records(struct dns_answer *a, size_t *pos, unsigned int n)
{
	struct record r;

	for (; n > 0; n--) {
		if (read_record(a->buf, a->len, pos, &r) == -1)
			return (-1);
		if (!is_for(&r, a->name, a->type))
			continue;
		lower_ttl(a, r.ttl);
		a->nrecords++;
	}

	return (0);
}

/* How long an absence may be kept: RFC 2308 5. */
static int
read_absence(struct dns_answer *a, size_t pos, unsigned int n)
{
	struct record r;
	uint32_t ttl = 0;

	for (; n > 0; n--) {
		if (read_record(a->buf, a->len, &pos, &r) == -1)
			return (-1);
		if (r.type != DNS_TYPE_SOA || r.data_len < 4)
			continue;
		/* Its last field. */
		ttl = get32(a->buf + r.data + r.data_len - 4);
		if (r.ttl < ttl)
			ttl = r.ttl;
		break;
	}
	lower_ttl(a, ttl);

	return (0);
}

/* Moves behind the question, if there is one. */
static int
skip_question(const uint8_t *buf, size_t len, size_t *pos)
{
	char name[DNS_NAME_MAX];
	unsigned int n;

	if ((n = get16(buf + 4)) > 1)
		return (-1);
	if (n == 0)
		return (0);
	if (dns_name_read(buf, len, pos, name) == -1 ||
	    len - *pos < QUESTION_REST)
		return (-1);
	*pos += QUESTION_REST;

	return (0);
}

static int
set_name(struct dns_answer *a, const char *name)
{
	size_t i, len = strlen(name);

	if (len >= sizeof(a->name))
		return (-1);
	for (i = 0; i <= len; i++)
		a->name[i] = (char)tolower((unsigned char)name[i]);

	return (0);
}

int
dns_answer_open(struct dns_answer *a, const uint8_t *buf, size_t len,
    const char *name, uint16_t type)
{
	size_t pos = HEADER_LEN;
	unsigned int n;

	memset(a, 0, sizeof(*a));
	if (len < HEADER_LEN || (buf[2] & FLAG_ANSWER) == 0 ||
	    (buf[2] & FLAG_TRUNCATED) != 0 || set_name(a, name) == -1 ||
	    skip_question(buf, len, &pos) == -1)
		return (-1);
	a->buf = buf;
	a->len = len;
	a->pos = pos;
	a->left = n = get16(buf + 6);
	a->type = type;
	a->rcode = buf[3] & RCODE_MASK;
	a->ttl = UINT32_MAX;
	if ((type != DNS_TYPE_CNAME && follow_aliases(a, pos, n) == -1) ||
	    count_records(a, &pos, n) == -1)
		return (-1);
	if (a->nrecords == 0)
		return (read_absence(a, pos, get16(buf + 8)));

	return (0);
}

int
dns_answer_next(struct dns_answer *a, struct dns_rdata *data)
{
	struct record r;

	for (; a->left > 0; a->left--) {
		if (read_record(a->buf, a->len, &a->pos, &r) == -1)
			break;
		if (!is_for(&r, a->name, a->type))
			continue;
		a->left--;
		data->buf = a->buf;
		data->pos = r.data;
		data->len = r.data_len;
		return (1);
	}
	a->left = 0;

	return (0);
}
