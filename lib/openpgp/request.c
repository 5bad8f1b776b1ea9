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

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compat/compat.h"
#include "openpgp/request.h"

#define MAGIC		"smtpd-mix request 1"
#define BASE64_MAX	((PGP_PUBKEY_BODY_MAX + 2) / 3 * 4 + 1)
#define LINE_MAX_	(PGP_UID_MAX + 16)

struct sink {
	char	*out;
	size_t	 len;
	size_t	 max;
	int	 full;
};

static void __attribute__((format(printf, 2, 3)))
put(struct sink *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (s->full)
		return;
	va_start(ap, fmt);
	n = vsnprintf(s->out + s->len, s->max - s->len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= s->max - s->len)
		s->full = 1;
	else
		s->len += (size_t)n;
}

static void
put_key(struct sink *s, const struct pgp_request_key *key)
{
	uint8_t body[PGP_PUBKEY_BODY_MAX];
	unsigned char text[BASE64_MAX];
	size_t len = pgp_pubkey_write(&key->pub, body);

	(void)EVP_EncodeBlock(text, body, (int)len);
	put(s, "subkey %u %s\n", key->expires, (const char *)text);
}

ssize_t
pgp_request_write(const struct pgp_request *req, char *out, size_t outmax)
{
	struct sink s = { out, 0, outmax, outmax == 0 };
	size_t i;

	put(&s, "%s\nkey ", MAGIC);
	for (i = 0; i < PGP_FPR_LEN; i++)
		put(&s, "%02X", req->fpr[i]);
	put(&s, "\nuser-id %s\n", req->uid);
	for (i = 0; i < req->nkeys; i++)
		put_key(&s, &req->keys[i]);
	put(&s, "end\n");

	return (s.full ? -1 : (ssize_t)s.len);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');

	return (c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1);
}

static int
read_fpr(const char *text, uint8_t fpr[PGP_FPR_LEN])
{
	int high, low;
	size_t i;

	if (strlen(text) != 2 * PGP_FPR_LEN)
		return (-1);
	for (i = 0; i < PGP_FPR_LEN; i++) {
		high = hex_digit(text[2 * i]);
		low = hex_digit(text[2 * i + 1]);
		if (high == -1 || low == -1)
			return (-1);
		fpr[i] = (uint8_t)(high << 4 | low);
	}

	return (0);
}

/* Printable ASCII only: a person reads it on a terminal. */
static int
read_uid(const char *text, char uid[PGP_UID_MAX + 1])
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return (-1);

	return (p == text ||
	    strlcpy(uid, text, PGP_UID_MAX + 1) > PGP_UID_MAX ? -1 : 0);
}

/* Length of what the base64 digits stand for, or -1. */
static int
decode(const char *text, uint8_t *out)
{
	size_t len = strlen(text);
	int n;

	if (len == 0 || len % 4 != 0 || len >= BASE64_MAX)
		return (-1);
	n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
	/* It counts what stands for nothing too. */
	if (n != -1 && text[len - 1] == '=')
		n -= text[len - 2] == '=' ? 2 : 1;

	return (n);
}

static int
read_key(char *text, struct pgp_request *req)
{
	struct pgp_request_key *key = &req->keys[req->nkeys];
	uint8_t body[BASE64_MAX];
	const char *errstr;
	char *rest = text, *number;
	int len;

	if (req->nkeys == PGP_REQUEST_KEYS_MAX)
		return (-1);
	number = strsep(&rest, " ");
	if (rest == NULL || (len = decode(rest, body)) == -1 ||
	    pgp_pubkey_read(body, (size_t)len, &key->pub) == -1 ||
	    (key->pub.alg != PGP_ALG_ECDH && key->pub.alg != PGP_ALG_RSA))
		return (-1);
	key->expires = (uint32_t)strtonum(number, (long long)key->pub.created +
	    1, UINT32_MAX, &errstr);
	if (errstr != NULL)
		return (-1);
	req->nkeys++;

	return (0);
}

/* One line after the first: 0, 1 for the end, or -1. */
static int
read_line(char *line, struct pgp_request *req)
{
	char *rest = line, *word = strsep(&rest, " ");

	if (strcmp(word, "end") == 0 && rest == NULL)
		return (1);
	if (rest == NULL)
		return (-1);
	if (strcmp(word, "key") == 0)
		return (read_fpr(rest, req->fpr));
	if (strcmp(word, "user-id") == 0)
		return (req->uid[0] == '\0' ? read_uid(rest, req->uid) : -1);
	if (strcmp(word, "subkey") == 0)
		return (read_key(rest, req));

	return (-1);
}

/* Cuts a line off.  0; -1: none, too long, or with a NUL. */
static int
next_line(const char **text, size_t *left, char line[LINE_MAX_])
{
	const char *end = memchr(*text, '\n', *left);
	size_t len;

	if (end == NULL || (len = (size_t)(end - *text)) >= LINE_MAX_)
		return (-1);
	memcpy(line, *text, len);
	line[len] = '\0';
	*left -= len + 1;
	*text = end + 1;
	if (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';

	return (strlen(line) == len ? 0 : -1);
}

int
pgp_request_read(const char *text, size_t len, struct pgp_request *req)
{
	char line[LINE_MAX_];
	int n = 0;

	memset(req, 0, sizeof(*req));
	if (next_line(&text, &len, line) == -1 || strcmp(line, MAGIC) != 0)
		return (-1);
	while (n == 0)
		if (next_line(&text, &len, line) == -1 ||
		    (n = read_line(line, req)) == -1)
			return (-1);

	return (req->uid[0] != '\0' && req->nkeys > 0 ? 0 : -1);
}
