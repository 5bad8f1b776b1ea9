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

#ifndef SMTP_DANE_H
#define SMTP_DANE_H

#include <sys/types.h>

#include <openssl/x509_vfy.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Whether the certificates that a mail server showed are those of the server
 * that was meant: by its TLSA records (RFC 7672, RFC 7671), or by the
 * certification authorities that somebody trusts.  A chain is PEM, the server's
 * own certificate first, as tls_peer_cert_chain_pem() gives it; the handshake
 * has shown that the server has the key of that one.
 */
#define DANE_CHAIN_MAX	16	/* certificates of a chain that are looked at */

enum dane_usage {
	DANE_TA = 2,
	DANE_EE = 3
};

/* A usable record. */
struct dane_record {
	uint8_t	usage;		/* enum dane_usage */
	uint8_t	selector;	/* 0: certificate, 1: public key */
	uint8_t	matching;	/* 1: SHA-256, 2: SHA-512 */
	uint8_t	len;
	uint8_t	data[64];
};

/* The names that a certificate may be for; ".name" is any below it. */
struct dane_names {
	size_t		 n;
	const char	*name[3];
};

enum dane_result {
	DANE_OK,
	DANE_NO_MATCH,		/* no record fits, or no authority is trusted */
	DANE_BAD_NAME,		/* trusted, but for none of the names */
	DANE_BROKEN		/* no chain at all */
};

/*
 * By TLSA records: one of usage DANE-EE that fits the server's certificate is
 * enough, whatever its names and dates are (RFC 7671 section 5.1).  With usage
 * DANE-TA a certificate further up the chain must fit, and from there on the
 * chain, with dates, must be good and for one of the names (section 5.2).
 */
enum dane_result dane_verify(const uint8_t *pem, size_t len,
	    const struct dane_record *, size_t nrecords,
	    const struct dane_names *, time_t now);

/* By the certificates in a store (RFC 8461 section 4.2). */
enum dane_result dane_verify_store(const uint8_t *pem, size_t len,
	    X509_STORE *, const struct dane_names *, time_t now);

/* A store of the certificates in a PEM file; NULL: it holds none. */
X509_STORE *dane_store_new(const uint8_t *pem, size_t len);

#endif
