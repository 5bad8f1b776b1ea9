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

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"

#include "mixctl/keyio.h"
#include "mixctl/offline.h"
#include "mixctl/readall.h"

/* An armored certificate of the largest size that others take. */
#define TEXT_MAX	(2 * PGP_CERT_SIZE_MAX)

/* Reads the certificate on standard input, binary.  Its length. */
static size_t
read_cert(uint8_t *cert)
{
	char *text;
	ssize_t n;

	if ((text = malloc(TEXT_MAX)) == NULL)
		err(2, "certificate");
	if ((n = read_all(STDIN_FILENO, text, TEXT_MAX)) == -1)
		err(2, "standard input");
	n = pgp_armor_decode(PGP_ARMOR_PUBLIC_KEY, text, (size_t)n, cert,
	    PGP_CERT_SIZE_MAX, NULL);
	free(text);
	if (n == -1)
		errx(2, "standard input: not a certificate");

	return ((size_t)n);
}

/* The length of its first packet, which must be that of the key. */
static size_t
primary_len(const uint8_t *cert, size_t len, const struct pgp_seckey *key)
{
	struct pgp_pubkey pub;
	struct pgp_packet pkt;

	if (pgp_packet_read(cert, len, &pkt) == -1 ||
	    pkt.tag != PGP_TAG_PUBLIC_KEY || pkt.length != PGP_LEN_DEFINITE ||
	    pgp_pubkey_read(pkt.body, pkt.body_len, &pub) == -1)
		errx(2, "standard input: not a certificate");
	if (memcmp(pub.fpr, key->pub.fpr, PGP_FPR_LEN) != 0)
		errx(1, "the certificate is not that of the key");

	return (pkt.header_len + pkt.body_len);
}

/*
 * The revocation stands behind the primary key, where programs look for it, RFC
 * 4880 section 11.1.
 */
int
revoke_main(int argc, char *argv[])
{
	uint8_t sig[PGP_CERT_SUBKEY_MAX], *cert;
	const char *path;
	struct pgp_seckey key;
	size_t len, first;
	ssize_t n;

	if ((path = keyio_option(argc, argv)) == NULL)
		return (-1);
	if ((cert = malloc(PGP_CERT_SIZE_MAX + sizeof(sig))) == NULL)
		err(2, "certificate");
	keyio_secret(path, &key);
	len = read_cert(cert);
	first = primary_len(cert, len, &key);
	n = pgp_cert_revoke(&key, time(NULL), sig);
	explicit_bzero(&key, sizeof(key));
	if (n == -1)
		errx(1, "the revocation can't be made");
	memmove(cert + first + n, cert + first, len - first);
	memcpy(cert + first, sig, (size_t)n);
	keyio_print(cert, len + (size_t)n);
	free(cert);

	return (0);
}
