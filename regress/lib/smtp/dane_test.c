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
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atf-c.h>
#include <string.h>

#include "smtp/dane.h"

#define NOW	1700000000
#define DAY	86400
#define HOST	"mx1.example.org"
#define DOMAIN	"example.org"

/* A certificate with its key. */
struct issued {
	X509		*cert;
	EVP_PKEY	*key;
};

static struct issued root, between, leaf, other_root;
static const struct dane_names host_only = { 1, { HOST } };
static const struct dane_names both = { 2, { "elsewhere.example", HOST } };
static const struct dane_names wrong = { 1, { "mx2.example.org" } };
static uint8_t pem[65536];
static size_t pem_len;

static EVP_PKEY *
new_key(void)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx;

	ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	ATF_REQUIRE(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1);
	ATF_REQUIRE_EQ(1, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
	    NID_X9_62_prime256v1));
	ATF_REQUIRE_EQ(1, EVP_PKEY_keygen(ctx, &key));
	EVP_PKEY_CTX_free(ctx);

	return (key);
}

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext;
	char text[128];
	X509V3_CTX ctx;

	(void)strcpy(text, value);
	X509V3_set_ctx(&ctx, NULL, cert, NULL, NULL, 0);
	ATF_REQUIRE((ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, text)) !=
	    NULL);
	ATF_REQUIRE_EQ(1, X509_add_ext(cert, ext, -1));
	X509_EXTENSION_free(ext);
}

/* From NOW on for so many days; by NULL: signed by itself. */
static void
issue(struct issued *to, const struct issued *by, const char *cn, int is_ca,
    const char *san, int days)
{
	static long serial = 1;
	X509_NAME *name;

	to->key = new_key();
	ATF_REQUIRE((to->cert = X509_new()) != NULL);
	X509_set_version(to->cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(to->cert), serial++);
	ASN1_TIME_set(X509_getm_notBefore(to->cert), NOW - 30 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(to->cert), NOW + days * DAY);
	name = X509_get_subject_name(to->cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(to->cert, by == NULL ? name :
	    X509_get_subject_name(by->cert));
	X509_set_pubkey(to->cert, to->key);
	add_extension(to->cert, NID_basic_constraints,
	    is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (san != NULL)
		add_extension(to->cert, NID_subject_alt_name, san);
	ATF_REQUIRE(X509_sign(to->cert, by == NULL ? to->key : by->key,
	    EVP_sha256()) > 0);
}

static void
setup(void)
{
	issue(&root, NULL, "Root", 1, NULL, 365);
	issue(&other_root, NULL, "Other root", 1, NULL, 365);
	issue(&between, &root, "Between", 1, NULL, 365);
	issue(&leaf, &between, "leaf", 0, "DNS:" HOST, 90);
}

static void
add_pem(const struct issued *c)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *data;
	long len;

	ATF_REQUIRE(bio != NULL && PEM_write_bio_X509(bio, c->cert) == 1);
	len = BIO_get_mem_data(bio, &data);
	memcpy(pem + pem_len, data, (size_t)len);
	pem_len += (size_t)len;
	BIO_free(bio);
}

/* The chain as a server shows it; ends with NULL. */
static void
show(const struct issued *a, const struct issued *b, const struct issued *c)
{
	pem_len = 0;
	add_pem(a);
	if (b != NULL)
		add_pem(b);
	if (c != NULL)
		add_pem(c);
}

static struct dane_record
record(const struct issued *c, uint8_t usage, uint8_t selector,
    uint8_t matching)
{
	struct dane_record r = { usage, selector, matching, 0, { 0 } };
	const EVP_MD *md = matching == 1 ? EVP_sha256() : EVP_sha512();
	unsigned char *der = NULL, hash[EVP_MAX_MD_SIZE];
	unsigned int n;
	int len;

	len = selector == 0 ? i2d_X509(c->cert, &der) :
	    i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->cert), &der);
	ATF_REQUIRE(len > 0);
	ATF_REQUIRE_EQ(1, EVP_Digest(der, (size_t)len, hash, &n, md, NULL));
	memcpy(r.data, hash, n);
	r.len = (uint8_t)n;
	OPENSSL_free(der);

	return (r);
}

static enum dane_result
verify(const struct dane_record *r, size_t n, const struct dane_names *names,
    time_t now)
{
	return (dane_verify(pem, pem_len, r, n, names, now));
}

ATF_TC_WITHOUT_HEAD(dane_ee_fits_whatever_names_and_dates);
ATF_TC_BODY(dane_ee_fits_whatever_names_and_dates, tc)
{
	struct dane_record r;
	uint8_t selector, matching;

	setup();
	show(&leaf, NULL, NULL);
	for (selector = 0; selector <= 1; selector++)
		for (matching = 1; matching <= 2; matching++) {
			r = record(&leaf, DANE_EE, selector, matching);
			ATF_CHECK_EQ(DANE_OK, verify(&r, 1, &wrong, NOW));
			ATF_CHECK_EQ(DANE_OK, verify(&r, 1, &wrong,
			    NOW + 1000 * (time_t)DAY));
			r.data[r.len - 1] ^= 1;
			ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &host_only,
			    NOW));
		}
}

ATF_TC_WITHOUT_HEAD(dane_ee_is_about_the_servers_own_certificate);
ATF_TC_BODY(dane_ee_is_about_the_servers_own_certificate, tc)
{
	struct dane_record r;

	setup();
	show(&leaf, &between, &root);
	r = record(&between, DANE_EE, 1, 1);
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &host_only, NOW));
	r = record(&leaf, DANE_TA, 1, 1);
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &host_only, NOW));
}

ATF_TC_WITHOUT_HEAD(dane_any_record_is_enough);
ATF_TC_BODY(dane_any_record_is_enough, tc)
{
	struct dane_record r[3];

	setup();
	show(&leaf, &between, NULL);
	r[0] = record(&root, DANE_EE, 0, 1);
	r[1] = record(&other_root, DANE_TA, 0, 1);
	r[2] = record(&leaf, DANE_EE, 1, 2);
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(r, 2, &host_only, NOW));
	ATF_CHECK_EQ(DANE_OK, verify(r, 3, &host_only, NOW));
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(r, 0, &host_only, NOW));
}

ATF_TC_WITHOUT_HEAD(dane_ta_leads_through_the_chain);
ATF_TC_BODY(dane_ta_leads_through_the_chain, tc)
{
	struct dane_record r;

	setup();
	show(&leaf, &between, &root);
	r = record(&root, DANE_TA, 0, 1);
	ATF_CHECK_EQ(DANE_OK, verify(&r, 1, &host_only, NOW));
	/* The anchor needn't be a root ... */
	show(&leaf, &between, NULL);
	r = record(&between, DANE_TA, 1, 2);
	ATF_CHECK_EQ(DANE_OK, verify(&r, 1, &both, NOW));
	/* ... but it has to be shown. */
	r = record(&root, DANE_TA, 0, 1);
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &host_only, NOW));
	show(&leaf, &root, NULL);
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &host_only, NOW));
}

ATF_TC_WITHOUT_HEAD(dane_ta_looks_at_names_and_dates);
ATF_TC_BODY(dane_ta_looks_at_names_and_dates, tc)
{
	struct dane_record r;

	setup();
	show(&leaf, &between, &root);
	r = record(&root, DANE_TA, 1, 1);
	ATF_CHECK_EQ(DANE_BAD_NAME, verify(&r, 1, &wrong, NOW));
	ATF_CHECK_EQ(DANE_OK, verify(&r, 1, &both, NOW));
	ATF_CHECK_EQ(DANE_OK, verify(&r, 1, &both, NOW + 89 * DAY));
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &both, NOW + 91 * DAY));
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &both, NOW - 31 * DAY));
}

ATF_TC_WITHOUT_HEAD(dane_ta_isnt_who_cannot_sign);
ATF_TC_BODY(dane_ta_isnt_who_cannot_sign, tc)
{
	static struct issued below;
	struct dane_record r;

	setup();
	/* Somebody with a server's certificate makes one for another. */
	issue(&below, &leaf, "below", 0, "DNS:" HOST, 90);
	show(&below, &leaf, &between);
	r = record(&between, DANE_TA, 0, 1);
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &host_only, NOW));
}

ATF_TC_WITHOUT_HEAD(dane_rejects_what_is_no_chain);
ATF_TC_BODY(dane_rejects_what_is_no_chain, tc)
{
	static const char junk[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
	    "-----END CERTIFICATE-----\n";
	struct dane_record r;

	setup();
	r = record(&leaf, DANE_EE, 0, 1);
	ATF_CHECK_EQ(DANE_BROKEN, dane_verify(NULL, 0, &r, 1, &both, NOW));
	ATF_CHECK_EQ(DANE_BROKEN, dane_verify((const uint8_t *)"", 0, &r, 1,
	    &both, NOW));
	ATF_CHECK_EQ(DANE_BROKEN, dane_verify((const uint8_t *)junk,
	    sizeof(junk) - 1, &r, 1, &both, NOW));
	ATF_CHECK(dane_store_new((const uint8_t *)junk, sizeof(junk) - 1) ==
	    NULL);
}

ATF_TC_WITHOUT_HEAD(dane_ignores_records_it_does_not_know);
ATF_TC_BODY(dane_ignores_records_it_does_not_know, tc)
{
	struct dane_record r;

	setup();
	show(&leaf, &between, NULL);
	r = record(&leaf, DANE_EE, 0, 1);
	r.matching = 0;
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &both, NOW));
	r = record(&leaf, DANE_EE, 0, 1);
	r.selector = 2;
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &both, NOW));
	r = record(&leaf, 1, 0, 1);
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &both, NOW));
	r = record(&leaf, DANE_EE, 0, 1);
	r.len = 16;
	ATF_CHECK_EQ(DANE_NO_MATCH, verify(&r, 1, &both, NOW));
}

ATF_TC_WITHOUT_HEAD(dane_store_trusts_its_roots);
ATF_TC_BODY(dane_store_trusts_its_roots, tc)
{
	static const struct dane_names below = { 2, { DOMAIN,
	    "." DOMAIN } };
	X509_STORE *store, *other;

	setup();
	show(&root, NULL, NULL);
	ATF_REQUIRE((store = dane_store_new(pem, pem_len)) != NULL);
	show(&other_root, NULL, NULL);
	ATF_REQUIRE((other = dane_store_new(pem, pem_len)) != NULL);
	show(&leaf, &between, NULL);
#define VERIFY(s, names, now) dane_verify_store(pem, pem_len, s, names, now)
	ATF_CHECK_EQ(DANE_OK, VERIFY(store, &host_only, NOW));
	ATF_CHECK_EQ(DANE_OK, VERIFY(store, &below, NOW));
	ATF_CHECK_EQ(DANE_BAD_NAME, VERIFY(store, &wrong, NOW));
	ATF_CHECK_EQ(DANE_NO_MATCH, VERIFY(other, &host_only, NOW));
	ATF_CHECK_EQ(DANE_NO_MATCH, VERIFY(store, &host_only,
	    NOW + 91 * DAY));
	show(&leaf, NULL, NULL);
	ATF_CHECK_EQ(DANE_NO_MATCH, VERIFY(store, &host_only, NOW));
#undef VERIFY
	X509_STORE_free(store);
	X509_STORE_free(other);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dane_ee_fits_whatever_names_and_dates);
	ATF_TP_ADD_TC(tp, dane_ee_is_about_the_servers_own_certificate);
	ATF_TP_ADD_TC(tp, dane_any_record_is_enough);
	ATF_TP_ADD_TC(tp, dane_ta_leads_through_the_chain);
	ATF_TP_ADD_TC(tp, dane_ta_looks_at_names_and_dates);
	ATF_TP_ADD_TC(tp, dane_ta_isnt_who_cannot_sign);
	ATF_TP_ADD_TC(tp, dane_rejects_what_is_no_chain);
	ATF_TP_ADD_TC(tp, dane_ignores_records_it_does_not_know);
	ATF_TP_ADD_TC(tp, dane_store_trusts_its_roots);

	return (atf_no_error());
}
