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

#include <string.h>

#include <openssl/evp.h>

#include "compat/compat.h"
#include "sealed.h"

#define NONCE_LEN	12
#define TAG_LEN		16
#define CLEAR_LEN	(MIX_BODY_LEN - NONCE_LEN - TAG_LEN)
#define AD_LEN		20

int
storage_keys_add(struct storage_keys *sk, const struct proto_storage_key *key)
{
	size_t i;

	for (i = 0; i < sk->n; i++)
		if (sk->keys[i].day == key->day)
			break;
	if (i == STORAGE_KEYS_MAX)
		return (-1);
	sk->keys[i] = *key;
	if (i == sk->n)
		sk->n++;
	if (!key->current)
		return (0);
	for (i = 0; i < sk->n; i++)
		sk->keys[i].current = sk->keys[i].day == key->day;

	return (0);
}

void
storage_keys_drop(struct storage_keys *sk, uint32_t day)
{
	size_t i;

	for (i = 0; i < sk->n; i++) {
		if (sk->keys[i].day != day)
			continue;
		sk->keys[i] = sk->keys[--sk->n];
		explicit_bzero(&sk->keys[sk->n], sizeof(sk->keys[0]));
		return;
	}
}

void
storage_keys_wipe(struct storage_keys *sk)
{
	explicit_bzero(sk, sizeof(*sk));
}

static const struct proto_storage_key *
key_of_day(const struct storage_keys *sk, uint32_t day)
{
	size_t i;

	for (i = 0; i < sk->n; i++)
		if (sk->keys[i].day == day)
			return (&sk->keys[i]);

	return (NULL);
}

static const struct proto_storage_key *
current_key(const struct storage_keys *sk)
{
	size_t i;

	for (i = 0; i < sk->n; i++)
		if (sk->keys[i].current)
			return (&sk->keys[i]);

	return (NULL);
}

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
	while (n-- > 0) {
		*p++ = (uint8_t)v;
		v >>= 8;
	}
}

static uint32_t
get_le32(const uint8_t *p)
{
	return ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24);
}

static void
write_ad(const struct sealed_name *name, uint32_t day, uint8_t ad[AD_LEN])
{
	put_le(ad, name->class, 4);
	put_le(ad + 4, name->set, 8);
	put_le(ad + 12, name->set_index, 4);
	put_le(ad + 16, day, 4);
}

static int
gcm_encrypt(const uint8_t *key, const uint8_t *ad, const uint8_t *clear,
    uint8_t *body)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t *out = body + NONCE_LEN + TAG_LEN;
	int n, ok;

	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (-1);
	ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, body) &&
	    EVP_EncryptUpdate(ctx, NULL, &n, ad, AD_LEN) &&
	    EVP_EncryptUpdate(ctx, out, &n, clear, CLEAR_LEN) &&
	    EVP_EncryptFinal_ex(ctx, out + n, &n) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN,
	    body + NONCE_LEN);
	EVP_CIPHER_CTX_free(ctx);

	return (ok ? 0 : -1);
}

static int
gcm_decrypt(const uint8_t *key, const uint8_t *ad, const uint8_t *body,
    uint8_t *clear)
{
	EVP_CIPHER_CTX *ctx;
	uint8_t tag[TAG_LEN];
	int n, ok;

	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return (-1);
	memcpy(tag, body + NONCE_LEN, TAG_LEN);
	ok = EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, body) &&
	    EVP_DecryptUpdate(ctx, NULL, &n, ad, AD_LEN) &&
	    EVP_DecryptUpdate(ctx, clear, &n, body + NONCE_LEN + TAG_LEN,
	    CLEAR_LEN) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN, tag) &&
	    EVP_DecryptFinal_ex(ctx, clear + n, &n) > 0;
	EVP_CIPHER_CTX_free(ctx);

	return (ok ? 0 : -1);
}

int
sealed_seal(const struct storage_keys *sk, const struct rng *rng,
    const struct sealed_name *name, const char *rcpt, const uint8_t *payload,
    size_t len, uint32_t *day, uint8_t body[MIX_BODY_LEN])
{
	const struct proto_storage_key *key;
	uint8_t clear[CLEAR_LEN], ad[AD_LEN];
	size_t rcpt_len = strlen(rcpt);
	int rv;

	if ((key = current_key(sk)) == NULL || len > SEALED_PAYLOAD_MAX ||
	    rcpt_len >= MAIL_ADDRESS_MAX)
		return (-1);
	memset(clear, 0, sizeof(clear));
	memcpy(clear, rcpt, rcpt_len);
	put_le(clear + MAIL_ADDRESS_MAX, len, 4);
	if (len > 0)
		memcpy(clear + MAIL_ADDRESS_MAX + 4, payload, len);
	*day = key->day;
	write_ad(name, *day, ad);
	rng_fill(rng, body, NONCE_LEN);
	rv = gcm_encrypt(key->key, ad, clear, body);
	explicit_bzero(clear, sizeof(clear));

	return (rv);
}

/* Takes recipient and payload out of what was decrypted. */
static int
unpack(const uint8_t *clear, char *rcpt, uint8_t *payload, size_t *len)
{
	uint32_t n = get_le32(clear + MAIL_ADDRESS_MAX);

	if (n > SEALED_PAYLOAD_MAX ||
	    memchr(clear, '\0', MAIL_ADDRESS_MAX) == NULL)
		return (SEALED_BROKEN);
	memcpy(rcpt, clear, MAIL_ADDRESS_MAX);
	memcpy(payload, clear + MAIL_ADDRESS_MAX + 4, n);
	*len = n;

	return (0);
}

int
sealed_open(const struct storage_keys *sk, const struct proto_body *body,
    char rcpt[MAIL_ADDRESS_MAX], uint8_t *payload, size_t *len)
{
	const struct proto_storage_key *key;
	struct sealed_name name;
	uint8_t clear[CLEAR_LEN], ad[AD_LEN];
	int rv = SEALED_NO_KEY;

	if (body->body_len != MIX_BODY_LEN)
		return (SEALED_BROKEN);
	if ((key = key_of_day(sk, body->storage_day)) == NULL)
		return (SEALED_NO_KEY);
	name.class = body->class;
	name.set = body->set;
	name.set_index = body->set_index;
	write_ad(&name, body->storage_day, ad);
	/* The spool has checked the body: it is the key that is another. */
	if (gcm_decrypt(key->key, ad, body->body, clear) == 0)
		rv = unpack(clear, rcpt, payload, len);
	explicit_bzero(clear, sizeof(clear));

	return (rv);
}
