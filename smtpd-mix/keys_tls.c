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
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "compat/compat.h"
#include "keys_tls.h"

#define CERT_FILE	"tls.crt"
#define KEY_FILE	"tls.key"
#define KEY_FILE_MAX	16384
#define DAY		(24 * 60 * 60)
#define VALID_DAYS	(5 * 365)
#define SPARE_DAYS	30

struct pair {
	EVP_PKEY	*key;
	uint8_t		 chain[PROTO_CHAIN_MAX];
	size_t		 chain_len;
};

static struct keys_tls_env {
	struct pair	live;
	struct pair	next;	/* key NULL: none */
} env;

static int
fail(char *err, size_t errlen, const char *what)
{
	snprintf(err, errlen, "%s", what);

	return (-1);
}

static void
pair_wipe(struct pair *pair)
{
	EVP_PKEY_free(pair->key);
	pair->key = NULL;
}

static void
move(struct pair *to, struct pair *from)
{
	pair_wipe(to);
	*to = *from;
	from->key = NULL;
}

/* Reads a whole file of at most max octets; its length, or -1. */
static ssize_t
read_all(int fd, uint8_t *buf, size_t max)
{
	size_t len = 0;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) == -1 && errno != ESPIPE)
		return (-1);
	while (len < max) {
		n = read(fd, buf + len, max - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		if (n == 0)
			return ((ssize_t)len);
		len += (size_t)n;
	}

	return (-1);
}

static EVP_PKEY *
read_key(int fd)
{
	uint8_t pem[KEY_FILE_MAX];
	EVP_PKEY *key = NULL;
	BIO *bio;
	ssize_t n;

	if ((n = read_all(fd, pem, sizeof(pem))) > 0 &&
	    (bio = BIO_new_mem_buf(pem, (int)n)) != NULL) {
		/* An empty password: an encrypted key must fail, not ask. */
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL,
		    (void *)(uintptr_t)"");
		BIO_free(bio);
	}
	explicit_bzero(pem, sizeof(pem));

	return (key);
}

/* The first certificate of a chain. */
static X509 *
leaf(const uint8_t *chain, size_t len)
{
	X509 *cert;
	BIO *bio;

	if ((bio = BIO_new_mem_buf(chain, (int)len)) == NULL)
		return (NULL);
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);

	return (cert);
}

/* Whether its private operations fit struct proto_sign. */
static int
key_usable(EVP_PKEY *key)
{
	switch (EVP_PKEY_base_id(key)) {
	case EVP_PKEY_EC:
		return (1);
	case EVP_PKEY_RSA:
		return (EVP_PKEY_bits(key) >= 2048 &&
		    EVP_PKEY_bits(key) <= 4096);
	default:
		return (0);
	}
}

static int
check_pair(const struct pair *pair, char *err, size_t errlen)
{
	X509 *cert;
	int fits;

	if (!key_usable(pair->key))
		return (fail(err, errlen,
		    "the TLS key is neither EC nor RSA of 2048 to 4096 bits"));
	if ((cert = leaf(pair->chain, pair->chain_len)) == NULL)
		return (fail(err, errlen,
		    "the TLS certificate file holds no PEM certificate"));
	fits = X509_check_private_key(cert, pair->key) == 1;
	X509_free(cert);
	if (!fits)
		return (fail(err, errlen,
		    "the TLS key doesn't belong to the certificate"));

	return (0);
}

static int
pair_read(struct pair *pair, int cert_fd, int key_fd, char *err, size_t errlen)
{
	ssize_t n;

	n = read_all(cert_fd, pair->chain, sizeof(pair->chain));
	if (n <= 0)
		return (fail(err, errlen,
		    "the TLS certificate can't be read, or is too large"));
	pair->chain_len = (size_t)n;
	if ((pair->key = read_key(key_fd)) == NULL)
		return (fail(err, errlen,
		    "the TLS key can't be read: PEM without password?"));
	if (check_pair(pair, err, errlen) == 0)
		return (0);
	pair_wipe(pair);

	return (-1);
}

int
keys_tls_load(int cert_fd, int key_fd, char *err, size_t errlen)
{
	struct pair pair;

	pair_wipe(&env.next);
	if (pair_read(&pair, cert_fd, key_fd, err, errlen) == -1)
		return (-1);
	move(&env.next, &pair);

	return (0);
}

static int
cert_serves(const struct pair *pair, const char *hostname, time_t now)
{
	X509 *cert;
	time_t least = now + SPARE_DAYS * DAY;
	int ok;

	if ((cert = leaf(pair->chain, pair->chain_len)) == NULL)
		return (0);
	ok = X509_check_host(cert, hostname, 0, 0, NULL) == 1 &&
	    X509_cmp_time(X509_get0_notAfter(cert), &least) > 0;
	X509_free(cert);

	return (ok);
}

/* Our own files, if they are there and good. */
static int
own_read(struct pair *pair, const char *hostname, time_t now)
{
	char err[128];
	int cert_fd, key_fd, rv = -1;

	cert_fd = open(CERT_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	key_fd = open(KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (cert_fd != -1 && key_fd != -1)
		rv = pair_read(pair, cert_fd, key_fd, err, sizeof(err));
	if (cert_fd != -1)
		close(cert_fd);
	if (key_fd != -1)
		close(key_fd);
	if (rv == 0 && !cert_serves(pair, hostname, now)) {
		pair_wipe(pair);
		rv = -1;
	}

	return (rv);
}

static int
set_names(X509 *cert, const char *hostname)
{
	X509_NAME *name = X509_get_subject_name(cert);
	X509_EXTENSION *ext;
	char alt[PROTO_HOST_MAX + 8];
	int ok;

	/* A common name has 64 octets at most; the alternative one counts. */
	if (strlen(hostname) <= 64 && !X509_NAME_add_entry_by_txt(name, "CN",
	    MBSTRING_ASC, (const unsigned char *)hostname, -1, -1, 0))
		return (-1);
	snprintf(alt, sizeof(alt), "DNS:%s", hostname);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alt);
	if (ext == NULL)
		return (-1);
	ok = X509_add_ext(cert, ext, -1) && X509_set_issuer_name(cert, name);
	X509_EXTENSION_free(ext);

	return (ok ? 0 : -1);
}

static int
set_serial(X509 *cert)
{
	BIGNUM *bn;
	int ok;

	if ((bn = BN_new()) == NULL)
		return (-1);
	ok = BN_rand(bn, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
	    BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert)) != NULL;
	BN_free(bn);

	return (ok ? 0 : -1);
}

static X509 *
self_signed(EVP_PKEY *key, const char *hostname, time_t now)
{
	X509 *cert;
	time_t from = now - DAY;

	if ((cert = X509_new()) == NULL)
		return (NULL);
	if (X509_set_version(cert, 2) && set_serial(cert) == 0 &&
	    X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &from) &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), VALID_DAYS, 0, &now) &&
	    X509_set_pubkey(cert, key) && set_names(cert, hostname) == 0 &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return (cert);
	X509_free(cert);

	return (NULL);
}

static EVP_PKEY *
new_key(void)
{
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *key = NULL;

	if ((ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL)) == NULL)
		return (NULL);
	if (EVP_PKEY_keygen_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
	    NID_X9_62_prime256v1) <= 0 ||
	    EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_NAMED_CURVE) <= 0 ||
	    EVP_PKEY_keygen(ctx, &key) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);

	return (key);
}

/* Writes what a memory BIO holds to a file: beside it, then in its place. */
static int
write_bio(const char *file, BIO *bio)
{
	char tmp[32], *p;
	long len = BIO_get_mem_data(bio, &p);
	int fd, ok;

	snprintf(tmp, sizeof(tmp), "%s.new", file);
	if (unlink(tmp) == -1 && errno != ENOENT)
		return (-1);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	ok = write(fd, p, (size_t)len) == (ssize_t)len && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (ok && rename(tmp, file) == 0)
		return (0);
	unlink(tmp);

	return (-1);
}

/* Wipes the octets too: one of the two is a private key. */
static void
bio_wipe(BIO *bio)
{
	char *p;
	long len;

	if (bio == NULL)
		return;
	if ((len = BIO_get_mem_data(bio, &p)) > 0)
		explicit_bzero(p, (size_t)len);
	BIO_free(bio);
}

/* The key first: a crash between the two leaves a pair that doesn't fit. */
static int
own_write(struct pair *pair, X509 *cert)
{
	BIO *key_pem = BIO_new(BIO_s_mem()), *cert_pem = BIO_new(BIO_s_mem());
	char *p;
	long len;
	int rv = -1;

	if (key_pem != NULL && cert_pem != NULL &&
	    PEM_write_bio_PKCS8PrivateKey(key_pem, pair->key, NULL, NULL, 0,
	    NULL, NULL) && PEM_write_bio_X509(cert_pem, cert) &&
	    (len = BIO_get_mem_data(cert_pem, &p)) > 0 &&
	    len <= PROTO_CHAIN_MAX && write_bio(KEY_FILE, key_pem) == 0 &&
	    write_bio(CERT_FILE, cert_pem) == 0) {
		memcpy(pair->chain, p, (size_t)len);
		pair->chain_len = (size_t)len;
		rv = 0;
	}
	bio_wipe(key_pem);
	bio_wipe(cert_pem);

	return (rv);
}

int
keys_tls_generate(const char *hostname, time_t now, char *err, size_t errlen)
{
	struct pair pair;
	X509 *cert = NULL;
	int rv = -1;

	pair_wipe(&env.next);
	if (own_read(&pair, hostname, now) == 0) {
		move(&env.next, &pair);
		return (0);
	}
	if ((pair.key = new_key()) != NULL)
		cert = self_signed(pair.key, hostname, now);
	if (cert == NULL)
		snprintf(err, errlen, "no TLS certificate could be made");
	else if (own_write(&pair, cert) == -1)
		snprintf(err, errlen, "writing %s and %s: %s", KEY_FILE,
		    CERT_FILE, strerror(errno));
	else {
		move(&env.next, &pair);
		rv = 0;
	}
	X509_free(cert);
	pair_wipe(&pair);

	return (rv);
}

void
keys_tls_switch(void)
{
	if (env.next.key != NULL)
		move(&env.live, &env.next);
}

const uint8_t *
keys_tls_chain(size_t *len)
{
	*len = env.live.chain_len;

	return (env.live.key == NULL ? NULL : env.live.chain);
}

static int
padding_allowed(uint32_t padding)
{
	return (padding == RSA_PKCS1_PADDING || padding == RSA_NO_PADDING);
}

static int
sign(EVP_PKEY_CTX *ctx, const struct proto_sign *in, struct proto_signed *out)
{
	size_t len = sizeof(out->data);

	if (EVP_PKEY_sign_init(ctx) <= 0)
		return (-1);
	if (in->op == PROTO_SIGN_RSA && (!padding_allowed(in->padding) ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, (int)in->padding) <= 0))
		return (-1);
	if (EVP_PKEY_sign(ctx, out->data, &len, in->data, in->len) <= 0)
		return (-1);
	out->len = (uint32_t)len;
	out->ok = 1;

	return (0);
}

void
keys_tls_sign(const struct proto_sign *in, struct proto_signed *out)
{
	EVP_PKEY_CTX *ctx;
	int type = in->op == PROTO_SIGN_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC;

	memset(out, 0, sizeof(*out));
	out->id = in->id;
	if (env.live.key == NULL || in->len > sizeof(in->data) ||
	    in->op > PROTO_SIGN_RSA ||
	    EVP_PKEY_base_id(env.live.key) != type ||
	    (ctx = EVP_PKEY_CTX_new(env.live.key, NULL)) == NULL)
		return;
	if (sign(ctx, in, out) == -1)
		explicit_bzero(out->data, sizeof(out->data));
	EVP_PKEY_CTX_free(ctx);
}

void
keys_tls_wipe(void)
{
	pair_wipe(&env.live);
	pair_wipe(&env.next);
	env.live.chain_len = 0;
}
