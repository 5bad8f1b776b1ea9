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

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atf-c.h>

#include "keys_tls.h"
#include "lib/testutil.h"

static char	err[256];

static void
generate(const char *hostname, time_t now)
{
	ATF_REQUIRE_EQ_MSG(0, keys_tls_generate(hostname, now, err,
	    sizeof(err)), "%s", err);
	keys_tls_switch();
}

static X509 *
live_cert(void)
{
	const uint8_t *chain;
	X509 *cert;
	BIO *bio;
	size_t len;

	chain = keys_tls_chain(&len);
	ATF_REQUIRE(chain != NULL && len > 0);
	bio = BIO_new_mem_buf(chain, (int)len);
	cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ATF_REQUIRE(cert != NULL);
	BIO_free(bio);

	return (cert);
}

/* Loads the files of a pair; 0 or -1. */
static int
load(const char *cert, const char *key)
{
	int c = open(cert, O_RDONLY), k = open(key, O_RDONLY), rv;

	ATF_REQUIRE(c != -1 && k != -1);
	rv = keys_tls_load(c, k, err, sizeof(err));
	close(c);
	close(k);
	keys_tls_switch();

	return (rv);
}

static void
write_rsa(int bits)
{
	EVP_PKEY *key = EVP_RSA_gen((unsigned int)bits);
	X509 *cert = X509_new();
	FILE *c = fopen("rsa.crt", "w"), *k = fopen("rsa.key", "w");

	ATF_REQUIRE(key != NULL && cert != NULL && c != NULL && k != NULL);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	ATF_REQUIRE(X509_sign(cert, key, EVP_sha256()) > 0);
	ATF_REQUIRE(PEM_write_X509(c, cert));
	ATF_REQUIRE(PEM_write_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL));
	ATF_REQUIRE(fclose(c) == 0 && fclose(k) == 0);
	X509_free(cert);
	EVP_PKEY_free(key);
}

ATF_TC_WITHOUT_HEAD(keys_tls_makes_a_certificate_for_the_host);
ATF_TC_BODY(keys_tls_makes_a_certificate_for_the_host, tc)
{
	struct stat st;
	X509 *cert;
	time_t now = time(NULL);

	generate("mix1.example", now);
	cert = live_cert();
	ATF_CHECK_EQ(1, X509_check_host(cert, "mix1.example", 0, 0, NULL));
	ATF_CHECK_EQ(0, X509_check_host(cert, "mix2.example", 0, 0, NULL));
	ATF_CHECK(X509_cmp_time(X509_get0_notBefore(cert), &now) < 0);
	now += 4 * 365 * 86400;
	ATF_CHECK(X509_cmp_time(X509_get0_notAfter(cert), &now) > 0);
	ATF_REQUIRE_EQ(0, stat("tls.key", &st));
	ATF_CHECK_EQ(0600, st.st_mode & 0777);
	X509_free(cert);
}

/* Another role may still refuse the configuration that names it. */
ATF_TC_WITHOUT_HEAD(keys_tls_is_live_when_switched_to);
ATF_TC_BODY(keys_tls_is_live_when_switched_to, tc)
{
	X509 *cert;
	size_t len;

	ATF_REQUIRE_EQ(0, keys_tls_generate("mix1.example", time(NULL), err,
	    sizeof(err)));
	ATF_REQUIRE(keys_tls_chain(&len) == NULL);
	keys_tls_switch();
	ATF_REQUIRE(keys_tls_chain(&len) != NULL);
	ATF_REQUIRE_EQ(0, keys_tls_generate("mix2.example", time(NULL), err,
	    sizeof(err)));
	cert = live_cert();
	ATF_CHECK_EQ(1, X509_check_host(cert, "mix1.example", 0, 0, NULL));
	X509_free(cert);
	keys_tls_switch();
	cert = live_cert();
	ATF_CHECK_EQ(1, X509_check_host(cert, "mix2.example", 0, 0, NULL));
	X509_free(cert);
	/* There is nothing more to switch to. */
	keys_tls_switch();
	ATF_REQUIRE(keys_tls_chain(&len) != NULL);
}

ATF_TC_WITHOUT_HEAD(keys_tls_keeps_its_certificate_while_it_serves);
ATF_TC_BODY(keys_tls_keeps_its_certificate_while_it_serves, tc)
{
	X509 *first, *second;
	time_t now = time(NULL);

	generate("mix1.example", now);
	first = live_cert();
	generate("mix1.example", now + 86400);
	second = live_cert();
	ATF_CHECK_EQ(0, X509_cmp(first, second));
	X509_free(second);
	generate("mix2.example", now);
	second = live_cert();
	ATF_CHECK(X509_cmp(first, second) != 0);
	X509_free(first);
	first = second;
	generate("mix2.example", now + (time_t)5 * 365 * 86400);
	second = live_cert();
	ATF_CHECK(X509_cmp(first, second) != 0);
	X509_free(first);
	X509_free(second);
}

ATF_TC_WITHOUT_HEAD(keys_tls_takes_a_long_host_name);
ATF_TC_BODY(keys_tls_takes_a_long_host_name, tc)
{
	char name[200];
	X509 *cert;

	memset(name, 'a', sizeof(name));
	name[60] = name[120] = name[180] = '.';
	name[199] = '\0';
	generate(name, time(NULL));
	cert = live_cert();
	ATF_CHECK_EQ(1, X509_check_host(cert, name, 0, 0, NULL));
	X509_free(cert);
}

ATF_TC_WITHOUT_HEAD(keys_tls_replaces_broken_files);
ATF_TC_BODY(keys_tls_replaces_broken_files, tc)
{
	generate("mix1.example", time(NULL));
	ATF_REQUIRE_EQ(0, test_write_file("tls.key", "nonsense", 8));
	generate("mix1.example", time(NULL));
	ATF_CHECK_EQ(0, load("tls.crt", "tls.key"));
}

ATF_TC_WITHOUT_HEAD(keys_tls_refuses_what_is_no_pair);
ATF_TC_BODY(keys_tls_refuses_what_is_no_pair, tc)
{
	const uint8_t *before, *after;
	size_t len;

	generate("mix1.example", time(NULL));
	before = keys_tls_chain(&len);
	write_rsa(2048);
	ATF_CHECK_EQ(-1, load("tls.crt", "rsa.key"));
	ATF_CHECK(strstr(err, "doesn't belong") != NULL);
	ATF_CHECK_EQ(-1, load("tls.key", "tls.key"));
	ATF_CHECK_EQ(-1, load("tls.crt", "tls.crt"));
	write_rsa(1024);
	ATF_CHECK_EQ(-1, load("rsa.crt", "rsa.key"));
	ATF_CHECK(strstr(err, "RSA of 2048") != NULL);
	after = keys_tls_chain(&len);
	ATF_CHECK_EQ(before, after);
}

ATF_TC_WITHOUT_HEAD(keys_tls_signs_with_ec);
ATF_TC_BODY(keys_tls_signs_with_ec, tc)
{
	struct proto_sign in;
	struct proto_signed out;
	EVP_PKEY_CTX *ctx;
	X509 *cert;

	generate("mix1.example", time(NULL));
	memset(&in, 0, sizeof(in));
	in.id = 77;
	in.op = PROTO_SIGN_ECDSA;
	in.len = 32;
	keys_tls_sign(&in, &out);
	ATF_REQUIRE_EQ(1, out.ok);
	ATF_CHECK_EQ(77, out.id);
	cert = live_cert();
	ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(cert), NULL);
	ATF_REQUIRE(EVP_PKEY_verify_init(ctx) > 0);
	ATF_CHECK_EQ(1, EVP_PKEY_verify(ctx, out.data, out.len, in.data, 32));
	EVP_PKEY_CTX_free(ctx);
	X509_free(cert);
}

ATF_TC_WITHOUT_HEAD(keys_tls_signs_with_rsa);
ATF_TC_BODY(keys_tls_signs_with_rsa, tc)
{
	struct proto_sign in;
	struct proto_signed out;
	EVP_PKEY_CTX *ctx;
	X509 *cert;

	write_rsa(2048);
	ATF_REQUIRE_EQ(0, load("rsa.crt", "rsa.key"));
	memset(&in, 1, sizeof(in));
	in.op = PROTO_SIGN_RSA;
	in.padding = RSA_PKCS1_PADDING;
	in.len = 51;
	keys_tls_sign(&in, &out);
	ATF_REQUIRE_EQ(1, out.ok);
	ATF_CHECK_EQ(256, out.len);
	cert = live_cert();
	ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(cert), NULL);
	ATF_REQUIRE(EVP_PKEY_verify_init(ctx) > 0);
	ATF_CHECK_EQ(1, EVP_PKEY_verify(ctx, out.data, out.len, in.data, 51));
	EVP_PKEY_CTX_free(ctx);
	X509_free(cert);
	in.padding = RSA_NO_PADDING;
	in.len = 256;
	keys_tls_sign(&in, &out);
	ATF_CHECK_EQ(1, out.ok);
}

ATF_TC_WITHOUT_HEAD(keys_tls_refuses_what_it_cannot_sign);
ATF_TC_BODY(keys_tls_refuses_what_it_cannot_sign, tc)
{
	struct proto_sign in;
	struct proto_signed out;

	memset(&in, 0, sizeof(in));
	in.len = 32;
	keys_tls_sign(&in, &out);
	ATF_CHECK_EQ(0, out.ok);
	generate("mix1.example", time(NULL));
	in.op = PROTO_SIGN_RSA;
	keys_tls_sign(&in, &out);
	ATF_CHECK_EQ(0, out.ok);
	in.op = 99;
	keys_tls_sign(&in, &out);
	ATF_CHECK_EQ(0, out.ok);
	in.op = PROTO_SIGN_ECDSA;
	in.len = sizeof(in.data) + 1;
	keys_tls_sign(&in, &out);
	ATF_CHECK_EQ(0, out.ok);
	keys_tls_wipe();
	in.len = 32;
	keys_tls_sign(&in, &out);
	ATF_CHECK_EQ(0, out.ok);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, keys_tls_makes_a_certificate_for_the_host);
	ATF_TP_ADD_TC(tp, keys_tls_is_live_when_switched_to);
	ATF_TP_ADD_TC(tp, keys_tls_keeps_its_certificate_while_it_serves);
	ATF_TP_ADD_TC(tp, keys_tls_takes_a_long_host_name);
	ATF_TP_ADD_TC(tp, keys_tls_replaces_broken_files);
	ATF_TP_ADD_TC(tp, keys_tls_refuses_what_is_no_pair);
	ATF_TP_ADD_TC(tp, keys_tls_signs_with_ec);
	ATF_TP_ADD_TC(tp, keys_tls_signs_with_rsa);
	ATF_TP_ADD_TC(tp, keys_tls_refuses_what_it_cannot_sign);

	return (atf_no_error());
}
