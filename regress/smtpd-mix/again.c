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

/*
 * The same message in other octets, as somebody without any key can make it:
 *
 *	again kind cert <message
 *
 * cert is that of the mix it is for.  Kinds:
 *	point	X25519: the bit of the ephemeral point that isn't looked at
 *	modulus	RSA: the encrypted session key plus the modulus; exits 3 if
 *		that is too long for a number of as many octets
 *	header	the session key packet with a header of the new format, which is
 *		as long
 *	tail	another last octet, which is random padding
 */

#include <sys/types.h>

#include <openssl/bn.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "lib/layers.h"
#include "mixtasy/message.h"
#include "openpgp/armor.h"
#include "openpgp/packet.h"

#define VERSION_LEN	1
#define MPI_AT		(VERSION_LEN + PGP_KEYID_LEN + 1)

static uint8_t	body[MIX_BODY_LEN];

static void
read_message(void)
{
	static char text[MIX_OUTER_LEN_MAX];
	size_t len = fread(text, 1, sizeof(text), stdin);

	if (pgp_armor_decode(PGP_ARMOR_MESSAGE, text, len, body, sizeof(body),
	    NULL) != MIX_BODY_LEN)
		errx(1, "not a mix message");
}

/* The body of the session key packet, for this algorithm. */
static uint8_t *
session_key(uint8_t alg)
{
	struct pgp_packet pkt;
	uint8_t *p;

	if (pgp_packet_read(body, sizeof(body), &pkt) == -1 ||
	    pkt.tag != PGP_TAG_PKESK)
		errx(1, "no session key packet");
	p = body + pkt.header_len;
	if (alg != 0 && p[MPI_AT - 1] != alg)
		errx(1, "a session key of algorithm %u", p[MPI_AT - 1]);
	return (p);
}

/* The last octet of the point, which is little-endian. */
static void
change_point(void)
{
	uint8_t *mpi = session_key(PGP_ALG_ECDH) + MPI_AT;

	mpi[2 + 32] ^= 0x80;
}

static void
change_modulus(const struct pgp_pubkey *key)
{
	uint8_t *mpi = session_key(PGP_ALG_RSA) + MPI_AT;
	int bits = mpi[0] << 8 | mpi[1];
	BIGNUM *c = BN_bin2bn(mpi + 2, (bits + 7) / 8, NULL);
	BIGNUM *n = BN_bin2bn(key->n, key->n_len, NULL);

	if (c == NULL || n == NULL || BN_add(c, c, n) != 1)
		errx(1, "no memory");
	if (BN_num_bytes(c) != (bits + 7) / 8)
		exit(3);
	(void)BN_bn2bin(c, mpi + 2);
	mpi[0] = (uint8_t)(BN_num_bits(c) >> 8);
	mpi[1] = (uint8_t)BN_num_bits(c);
	BN_free(c);
	BN_free(n);
}

/* Old format, tag 1, one or two octets of length: the new one has as many. */
static void
change_header(void)
{
	struct pgp_packet pkt;

	(void)session_key(0);
	(void)pgp_packet_read(body, sizeof(body), &pkt);
	body[0] = 0xc0 | PGP_TAG_PKESK;
	if (pkt.header_len == 3) {
		body[1] = (uint8_t)((pkt.body_len - 192) / 256 + 192);
		body[2] = (uint8_t)((pkt.body_len - 192) % 256);
	}
}

int
main(int argc, char *argv[])
{
	static char text[MIX_OUTER_LEN_MAX];
	struct mix_hop mix;
	size_t len;

	if (argc != 3)
		errx(2, "usage: again point | modulus | header | tail cert");
	layers_read_hop(argv[2], &mix);
	read_message();
	if (strcmp(argv[1], "point") == 0)
		change_point();
	else if (strcmp(argv[1], "modulus") == 0)
		change_modulus(&mix.subkey);
	else if (strcmp(argv[1], "header") == 0)
		change_header();
	else if (strcmp(argv[1], "tail") == 0)
		body[sizeof(body) - 1] ^= 1;
	else
		errx(2, "unknown kind %s", argv[1]);
	len = mix_outer_write(NULL, mix.address, body, text);
	if (fwrite(text, 1, len, stdout) != len || fflush(stdout) == EOF)
		err(1, "standard output");
	return (0);
}
