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

#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "hkp/hkp.h"
#include "mixtasy/roster.h"
#include "openpgp/cert.h"

#define KEYID_HEX	(2 * PGP_KEYID_LEN)
#define FPR_HEX		(2 * PGP_FPR_LEN)

void
hkp_index_init(struct hkp_index *x, const char *text, size_t len)
{
	memset(x, 0, sizeof(*x));
	x->at = text;
	x->left = len;
	x->announced = -1;
}

/* A line without its end; where the next one begins is *next. */
struct line {
	const char	*s;
	size_t		 len;
	const char	*next;
};

static int
peek_line(const struct hkp_index *x, struct line *line)
{
	const char *end;

	if (x->left == 0)
		return (0);
	line->s = x->at;
	end = memchr(x->at, '\n', x->left);
	line->len = end == NULL ? x->left : (size_t)(end - x->at);
	line->next = end == NULL ? x->at + x->left : end + 1;
	if (line->len > 0 && line->s[line->len - 1] == '\r')
		line->len--;
	return (1);
}

static void
skip_line(struct hkp_index *x, const struct line *line)
{
	x->left -= (size_t)(line->next - x->at);
	x->at = line->next;
}

static int
begins(const struct line *line, const char *word)
{
	size_t n = strlen(word);

	return (line->len >= n && memcmp(line->s, word, n) == 0);
}

/* The field behind the first n colons; 0: the line has fewer. */
static int
field(const struct line *line, size_t n, const char **s, size_t *len)
{
	const char *p = line->s, *end = line->s + line->len, *colon;

	for (; n > 0; n--) {
		if ((colon = memchr(p, ':', (size_t)(end - p))) == NULL)
			return (0);
		p = colon + 1;
	}
	colon = memchr(p, ':', (size_t)(end - p));
	*s = p;
	*len = (size_t)((colon == NULL ? end : colon) - p);
	return (1);
}

/* A field that is a number; 0 if it is none, empty, or absurd. */
static int64_t
number(const struct line *line, size_t n)
{
	const char *s;
	size_t i, len;
	int64_t value = 0;

	if (!field(line, n, &s, &len) || len > 15)
		return (0);
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (0);
		value = 10 * value + (s[i] - '0');
	}
	return (value);
}

static unsigned int
small_number(const struct line *line, size_t n)
{
	int64_t value = number(line, n);

	return (value > 65535 ? 0 : (unsigned int)value);
}

static unsigned int
read_flags(const struct line *line, size_t n)
{
	const char *s;
	size_t i, len;
	unsigned int flags = 0;

	if (!field(line, n, &s, &len))
		return (0);
	for (i = 0; i < len; i++) {
		if (s[i] == 'r')
			flags |= HKP_REVOKED;
		else if (s[i] == 'd')
			flags |= HKP_DISABLED;
		else if (s[i] == 'e')
			flags |= HKP_EXPIRED;
	}
	return (flags);
}

/* Hexadecimal digits to upper case.  The number of them, 0: other things. */
static size_t
read_id(const struct line *line, char id[HKP_ID_MAX])
{
	const char *s;
	size_t i, len;
	char c;

	if (!field(line, 1, &s, &len))
		return (0);
	if (len > 2 && s[0] == '0' && s[1] == 'x') {
		s += 2;
		len -= 2;
	}
	for (i = 0; i < len; i++) {
		c = s[i] >= 'a' && s[i] <= 'f' ? (char)(s[i] - 'a' + 'A') :
		    s[i];
		if ((c < '0' || c > '9') && (c < 'A' || c > 'F'))
			return (0);
		if (i < HKP_ID_MAX - 1)
			id[i] = c;
	}
	id[len < HKP_ID_MAX ? len : 0] = '\0';
	return (len);
}

/* pub:id:algorithm:bits:created:expires:flags */
static int
read_pub(struct hkp_index *x, const struct line *line, struct hkp_key *key)
{
	size_t len;

	memset(key, 0, sizeof(*key));
	if ((len = read_id(line, key->id)) == 0) {
		x->bad++;
		return (0);
	}
	x->keys++;
	if (len != FPR_HEX && len != KEYID_HEX) {
		x->unusable++;
		return (0);
	}
	key->alg = small_number(line, 2);
	key->bits = small_number(line, 3);
	key->created = number(line, 4);
	key->expires = number(line, 5);
	key->flags = read_flags(line, 6);
	return (1);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* What isn't an escape stays: some servers escape colons only. */
static int
unescape(const char *s, size_t len, char uid[PGP_UID_MAX + 1])
{
	size_t i, n = 0;
	int high, low;

	for (i = 0; i < len; i++) {
		if (n == PGP_UID_MAX)
			return (-1);
		uid[n++] = s[i];
		if (s[i] != '%' || len - i < 3)
			continue;
		high = hex_digit(s[i + 1]);
		low = hex_digit(s[i + 2]);
		if (high == -1 || low == -1)
			continue;
		uid[n - 1] = (char)(16 * high + low);
		i += 2;
	}
	uid[n] = '\0';
	return (memchr(uid, '\0', n) == NULL ? 0 : -1);
}

/* uid:escaped user id:created:expires:flags */
static void
read_uid(struct hkp_index *x, const struct line *line, struct hkp_key *key)
{
	char uid[PGP_UID_MAX + 1], address[MIX_ADDRESS_MAX];
	const char *s;
	size_t len;

	if (!field(line, 1, &s, &len)) {
		x->bad++;
		return;
	}
	key->nuids++;
	if (unescape(s, len, uid) == -1 ||
	    roster_uid_address(uid, address) == -1)
		return;
	if (key->nmixes++ == 0)
		strlcpy(key->address, address, sizeof(key->address));
}

static void
read_other(struct hkp_index *x, const struct line *line)
{
	if (begins(line, "info:") && x->announced == -1)
		x->announced = (long)number(line, 2);
	else if (line->len > 0 && !begins(line, "uid:") &&
	    !begins(line, "uat:"))
		x->bad++;
}

/* The lines up to the next key are this one's. */
static void
read_uids(struct hkp_index *x, struct hkp_key *key)
{
	struct line line;

	while (peek_line(x, &line) && !begins(&line, "pub:")) {
		if (begins(&line, "uid:"))
			read_uid(x, &line, key);
		else
			read_other(x, &line);
		skip_line(x, &line);
	}
}

int
hkp_index_next(struct hkp_index *x, struct hkp_key *key)
{
	struct line line;

	while (peek_line(x, &line)) {
		skip_line(x, &line);
		if (!begins(&line, "pub:"))
			read_other(x, &line);
		else if (read_pub(x, &line, key)) {
			read_uids(x, key);
			return (1);
		}
	}
	return (0);
}

int
hkp_maybe_capped(size_t keys)
{
	return (keys >= 500 || (keys > 0 && keys % 100 == 0) ||
	    keys == 128 || keys == 250 || keys == 256);
}
