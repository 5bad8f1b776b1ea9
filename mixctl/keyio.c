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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "openpgp/armor.h"
#include "openpgp/packet.h"

#include "mixctl/keyio.h"
#include "mixctl/readall.h"

#define KEY_FILE_MAX	65536

/* The octets of a key file, without the armor if it has one. */
static ssize_t
read_key_file(const char *path, uint8_t buf[KEY_FILE_MAX])
{
	static uint8_t text[KEY_FILE_MAX];
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (n = read_all(fd, buf, KEY_FILE_MAX)) == -1)
		err(2, "%s", path);
	close(fd);
	/* A packet begins with an octet whose high bit is set. */
	if (n > 0 && (buf[0] & 0x80) == 0) {
		memcpy(text, buf, (size_t)n);
		n = pgp_armor_decode(PGP_ARMOR_PRIVATE_KEY, (char *)text,
		    (size_t)n, buf, KEY_FILE_MAX, NULL);
		explicit_bzero(text, sizeof(text));
	}

	return (n);
}

const char *
keyio_option(int argc, char *argv[])
{
	const char *path = NULL;
	int ch;

	while ((ch = getopt(argc, argv, "k:")) != -1) {
		if (ch != 'k')
			return (NULL);
		path = optarg;
	}

	return (optind == argc ? path : NULL);
}

void
keyio_secret(const char *path, struct pgp_seckey *key)
{
	static uint8_t buf[KEY_FILE_MAX];
	struct pgp_packet pkt;
	ssize_t n = read_key_file(path, buf);
	int error = -1;

	if (n > 0 && pgp_packet_read(buf, (size_t)n, &pkt) == 0 &&
	    pkt.tag == PGP_TAG_SECRET_KEY && pkt.length == PGP_LEN_DEFINITE)
		error = pgp_seckey_read(pkt.body, pkt.body_len, key);
	explicit_bzero(buf, sizeof(buf));
	if (error == -1)
		errx(2, "%s: not an OpenPGP secret key without a passphrase",
		    path);
}

void
keyio_print(const uint8_t *cert, size_t len)
{
	char *text;
	size_t n;

	text = malloc(pgp_armor_size(PGP_ARMOR_PUBLIC_KEY, len, 0));
	if (text == NULL)
		err(2, "certificate");
	n = pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, cert, len, 0, text);
	if (fwrite(text, 1, n, stdout) != n || fflush(stdout) == EOF)
		err(2, "standard output");
	free(text);
}
