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

#include <openssl/sha.h>

#include <string.h>

#include "directory_file.h"

#define HASH_LEN	SHA256_DIGEST_LENGTH

void
file_put(struct file_out *out, const void *data, size_t len)
{
	if (out->buf != NULL)
		memcpy(out->buf + out->len, data, len);
	out->len += len;
}

void
file_put_number(struct file_out *out, uint64_t n)
{
	uint8_t octets[8];
	int i;

	for (i = 7; i >= 0; i--, n >>= 8)
		octets[i] = (uint8_t)n;
	file_put(out, octets, sizeof(octets));
}

void
file_put_hash(struct file_out *out)
{
	uint8_t hash[HASH_LEN] = { 0 };

	if (out->buf != NULL)
		(void)SHA256(out->buf + out->from, out->len - out->from,
		    hash);
	file_put(out, hash, sizeof(hash));
	out->from = out->len;
}

int
file_get(struct file_in *in, const uint8_t **data, size_t len)
{
	if (len > in->len - in->at)
		return (-1);
	*data = in->buf + in->at;
	in->at += len;

	return (0);
}

int
file_get_number(struct file_in *in, uint64_t *n)
{
	const uint8_t *octets;
	size_t i;

	if (file_get(in, &octets, 8) == -1)
		return (-1);
	for (*n = 0, i = 0; i < 8; i++)
		*n = *n << 8 | octets[i];

	return (0);
}

int
file_get_hash(struct file_in *in)
{
	uint8_t hash[HASH_LEN];
	const uint8_t *octets;
	size_t end = in->at;

	if (file_get(in, &octets, HASH_LEN) == -1)
		return (-1);
	(void)SHA256(in->buf + in->from, end - in->from, hash);
	in->from = in->at;

	return (memcmp(hash, octets, HASH_LEN) == 0 ? 0 : -1);
}
