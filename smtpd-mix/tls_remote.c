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

/* RSA_METHOD and EC_KEY_METHOD are the portable way to a remote key. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "tls_remote.h"

/* Exported by libtls, though declared in none of its public headers. */
void	tls_config_use_fake_private_key(struct tls_config *);

static struct tls_remote_env {
	tls_remote_sign	*sign;
	uint64_t	 next_id;
} env;

/* One operation in the other process; the length of out, or -1. */
static int
forward(enum proto_sign_op op, int padding, const unsigned char *in, int len,
    unsigned char *out, size_t outmax)
{
	struct proto_sign request;
	struct proto_signed answer;

	memset(&request, 0, sizeof(request));
	if (len < 0 || (size_t)len > sizeof(request.data))
		return (-1);
	request.id = ++env.next_id;
	request.op = op;
	request.padding = (uint32_t)padding;
	request.len = (uint32_t)len;
	memcpy(request.data, in, (size_t)len);
	if (env.sign(&request, &answer) == -1 || !answer.ok ||
	    answer.len > sizeof(answer.data) || answer.len > outmax)
		return (-1);
	memcpy(out, answer.data, answer.len);

	return ((int)answer.len);
}

static int
rsa_private_encrypt(int len, const unsigned char *from, unsigned char *to,
    RSA *rsa, int padding)
{
	return (forward(PROTO_SIGN_RSA, padding, from, len, to,
	    (size_t)RSA_size(rsa)));
}

static int
ec_sign(int type, const unsigned char *digest, int len, unsigned char *sig,
    unsigned int *siglen, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *key)
{
	int n;

	(void)type;
	(void)kinv;
	(void)r;
	n = forward(PROTO_SIGN_ECDSA, 0, digest, len, sig,
	    (size_t)ECDSA_size(key));
	if (n == -1)
		return (0);
	*siglen = (unsigned int)n;

	return (1);
}

static ECDSA_SIG *
ec_sign_sig(const unsigned char *digest, int len, const BIGNUM *kinv,
    const BIGNUM *r, EC_KEY *key)
{
	unsigned char sig[512];
	const unsigned char *p = sig;
	int n;

	(void)kinv;
	(void)r;
	(void)key;
	n = forward(PROTO_SIGN_ECDSA, 0, digest, len, sig, sizeof(sig));

	return (n == -1 ? NULL : d2i_ECDSA_SIG(NULL, &p, n));
}

static int
replace_rsa(void)
{
	RSA_METHOD *method;

	if ((method = RSA_meth_dup(RSA_get_default_method())) == NULL ||
	    !RSA_meth_set1_name(method, "remote") ||
	    !RSA_meth_set_priv_enc(method, rsa_private_encrypt))
		return (-1);
	RSA_set_default_method(method);

	return (0);
}

static int
replace_ec(void)
{
	EC_KEY_METHOD *method;

	method = EC_KEY_METHOD_new(EC_KEY_get_default_method());
	if (method == NULL)
		return (-1);
	EC_KEY_METHOD_set_sign(method, ec_sign, NULL, ec_sign_sig);
	EC_KEY_set_default_method(method);

	return (0);
}

int
tls_remote_init(tls_remote_sign *sign)
{
	env.sign = sign;

	return (replace_rsa() == 0 && replace_ec() == 0 ? 0 : -1);
}

static struct tls_config *
server_config(const uint8_t *chain, size_t len)
{
	struct tls_config *config;

	if ((config = tls_config_new()) == NULL)
		return (NULL);
	tls_config_use_fake_private_key(config);
	if (tls_config_set_protocols(config, TLS_PROTOCOLS_DEFAULT) == 0 &&
	    tls_config_set_ciphers(config, "secure") == 0 &&
	    tls_config_set_keypair_mem(config, chain, len, NULL, 0) == 0)
		return (config);
	tls_config_free(config);

	return (NULL);
}

struct tls_server *
tls_server_new(const uint8_t *chain, size_t len, char *err, size_t errlen)
{
	struct tls_config *config;
	struct tls_server *server;

	if ((config = server_config(chain, len)) == NULL ||
	    (server = calloc(1, sizeof(*server))) == NULL) {
		snprintf(err, errlen, "the certificate chain is broken");
		tls_config_free(config);
		return (NULL);
	}
	server->refs = 1;
	if ((server->ctx = tls_server()) == NULL ||
	    tls_configure(server->ctx, config) == -1) {
		snprintf(err, errlen, "%s", server->ctx == NULL ?
		    "out of memory" : tls_error(server->ctx));
		tls_server_unref(server);
		server = NULL;
	}
	tls_config_free(config);

	return (server);
}

struct tls_server *
tls_server_ref(struct tls_server *server)
{
	server->refs++;

	return (server);
}

void
tls_server_unref(struct tls_server *server)
{
	if (server == NULL || --server->refs > 0)
		return;
	tls_free(server->ctx);
	free(server);
}
