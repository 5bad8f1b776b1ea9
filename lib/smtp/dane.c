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

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <limits.h>
#include <string.h>

#include "smtp/dane.h"

static void
free_certs(STACK_OF(X509) *certs)
{
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
}

/* At most max certificates of a PEM text; NULL: there is none. */
static STACK_OF(X509) *
read_certs(const uint8_t *pem, size_t len, int max)
{
	STACK_OF(X509) *certs;
	X509 *cert;
	BIO *bio = NULL;

	if ((certs = sk_X509_new_null()) == NULL || pem == NULL ||
	    len > INT_MAX || (bio = BIO_new_mem_buf(pem, (int)len)) == NULL) {
		free_certs(certs);
		return (NULL);
	}
	while (sk_X509_num(certs) < max && (cert = PEM_read_bio_X509(bio,
	    NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(certs, cert) == 0) {
			X509_free(cert);
			break;
		}
	BIO_free(bio);
	ERR_clear_error();
	if (sk_X509_num(certs) > 0)
		return (certs);
	free_certs(certs);

	return (NULL);
}

/* What a record's data is the hash of: allocated by libcrypto; -1: none. */
static int
selected(X509 *cert, unsigned int selector, unsigned char **der)
{
	*der = NULL;
	switch (selector) {
	case 0:
		return (i2d_X509(cert, der));
	case 1:
		return (i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), der));
	default:
		return (-1);
	}
}

static int
fits(X509 *cert, const struct dane_record *record)
{
	const EVP_MD *md = record->matching == 1 ? EVP_sha256() :
	    record->matching == 2 ? EVP_sha512() : NULL;
	unsigned char hash[EVP_MAX_MD_SIZE], *der;
	unsigned int n = 0;
	int len, ok;

	if (md == NULL || (len = selected(cert, record->selector, &der)) <= 0)
		return (0);
	ok = EVP_Digest(der, (size_t)len, hash, &n, md, NULL) == 1 &&
	    n == record->len && n <= sizeof(record->data) &&
	    memcmp(hash, record->data, n) == 0;
	OPENSSL_free(der);

	return (ok);
}

static int
fits_any(X509 *cert, enum dane_usage usage, const struct dane_record *records,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (records[i].usage == usage && fits(cert, &records[i]))
			return (1);

	return (0);
}

static int
has_name(X509 *cert, const struct dane_names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (X509_check_host(cert, names->name[i],
		    strlen(names->name[i]), 0, NULL) == 1)
			return (1);

	return (0);
}

/* Whether the chain leads to a certificate of the store, dates included. */
static int
leads_to(STACK_OF(X509) *chain, X509_STORE *store, unsigned long flags,
    time_t now)
{
	X509_STORE_CTX *ctx;
	X509_VERIFY_PARAM *param;
	int ok = 0;

	if ((ctx = X509_STORE_CTX_new()) == NULL)
		return (0);
	if (X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0),
	    chain) == 1) {
		param = X509_STORE_CTX_get0_param(ctx);
		X509_VERIFY_PARAM_set_time(param, now);
		X509_VERIFY_PARAM_set_flags(param, flags);
		X509_VERIFY_PARAM_set_depth(param, DANE_CHAIN_MAX);
		ok = X509_STORE_CTX_set_purpose(ctx,
		    X509_PURPOSE_SSL_SERVER) == 1 &&
		    X509_verify_cert(ctx) == 1;
	}
	X509_STORE_CTX_free(ctx);

	return (ok);
}

static enum dane_result
check(STACK_OF(X509) *chain, X509_STORE *store, unsigned long flags,
    const struct dane_names *names, time_t now)
{
	if (!leads_to(chain, store, flags, now))
		return (DANE_NO_MATCH);

	return (has_name(sk_X509_value(chain, 0), names) ? DANE_OK :
	    DANE_BAD_NAME);
}

/*
 * The certificates above the server's own that fit a record are all that is
 * trusted; they needn't be roots.
 */
static enum dane_result
verify_anchors(STACK_OF(X509) *chain, const struct dane_record *records,
    size_t n, const struct dane_names *names, time_t now)
{
	enum dane_result result = DANE_NO_MATCH;
	X509_STORE *store;
	int i, anchors = 0;

	if ((store = X509_STORE_new()) == NULL)
		return (DANE_NO_MATCH);
	for (i = 1; i < sk_X509_num(chain); i++)
		if (fits_any(sk_X509_value(chain, i), DANE_TA, records, n))
			anchors += X509_STORE_add_cert(store,
			    sk_X509_value(chain, i)) == 1;
	if (anchors > 0)
		result = check(chain, store, X509_V_FLAG_PARTIAL_CHAIN, names,
		    now);
	X509_STORE_free(store);

	return (result);
}

enum dane_result
dane_verify(const uint8_t *pem, size_t len, const struct dane_record *records,
    size_t n, const struct dane_names *names, time_t now)
{
	STACK_OF(X509) *chain;
	enum dane_result result;

	if ((chain = read_certs(pem, len, DANE_CHAIN_MAX)) == NULL)
		return (DANE_BROKEN);
	if (fits_any(sk_X509_value(chain, 0), DANE_EE, records, n))
		result = DANE_OK;
	else
		result = verify_anchors(chain, records, n, names, now);
	free_certs(chain);

	return (result);
}

enum dane_result
dane_verify_store(const uint8_t *pem, size_t len, X509_STORE *store,
    const struct dane_names *names, time_t now)
{
	STACK_OF(X509) *chain;
	enum dane_result result;

	if ((chain = read_certs(pem, len, DANE_CHAIN_MAX)) == NULL)
		return (DANE_BROKEN);
	result = check(chain, store, 0, names, now);
	free_certs(chain);

	return (result);
}

X509_STORE *
dane_store_new(const uint8_t *pem, size_t len)
{
	STACK_OF(X509) *certs;
	X509_STORE *store;
	int i;

	if ((certs = read_certs(pem, len, INT_MAX)) == NULL)
		return (NULL);
	if ((store = X509_STORE_new()) != NULL)
		for (i = 0; i < sk_X509_num(certs); i++)
			(void)X509_STORE_add_cert(store,
			    sk_X509_value(certs, i));
	free_certs(certs);

	return (store);
}
