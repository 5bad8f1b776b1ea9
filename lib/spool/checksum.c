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

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "spool/checksum.h"

struct checksum {
	EVP_CIPHER_CTX	*cipher;
};

static const uint8_t zeros[16];

struct checksum *
checksum_new(void)
{
	struct checksum *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	if ((c->cipher = EVP_CIPHER_CTX_new()) == NULL ||
	    EVP_EncryptInit_ex(c->cipher, EVP_aes_128_gcm(), NULL, zeros,
	    zeros) != 1) {
		checksum_free(c);
		return (NULL);
	}
	return (c);
}

void
checksum_free(struct checksum *c)
{
	if (c == NULL)
		return;
	EVP_CIPHER_CTX_free(c->cipher);
	free(c);
}

int
checksum(struct checksum *c, const void *data, size_t len,
    uint8_t sum[CHECKSUM_LEN])
{
	uint8_t none[16];
	int n;

	memset(sum, 0, CHECKSUM_LEN);
	if (len > INT_MAX)
		return (-1);
	if (EVP_EncryptInit_ex(c->cipher, NULL, NULL, NULL, zeros) != 1 ||
	    EVP_EncryptUpdate(c->cipher, NULL, &n, data, (int)len) != 1 ||
	    EVP_EncryptFinal_ex(c->cipher, none, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c->cipher, EVP_CTRL_GCM_GET_TAG, CHECKSUM_LEN,
	    sum) != 1)
		return (-1);
	return (0);
}
