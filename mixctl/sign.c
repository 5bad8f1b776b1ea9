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
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "openpgp/armor.h"
#include "openpgp/cert.h"
#include "openpgp/packet.h"
#include "openpgp/request.h"

#include "mixctl/offline.h"
#include "mixctl/readall.h"

#define KEY_FILE_MAX	65536
#define CERT_MAX	65536

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

/* The first packet is the long-term key; more may follow. */
static void
read_primary(const char *path, struct pgp_seckey *key)
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

static void
read_request(struct pgp_request *req)
{
	static char text[PGP_REQUEST_MAX];
	ssize_t n;

	if ((n = read_all(STDIN_FILENO, text, sizeof(text))) == -1)
		err(2, "standard input");
	if (pgp_request_read(text, (size_t)n, req) == -1)
		errx(2, "standard input: not what mixctl prepare prints");
}

static void
print_date(const char *what, uint32_t t)
{
	time_t when = (time_t)t;
	char text[32];
	struct tm tm;

	if (gmtime_r(&when, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) != 0)
		fprintf(stderr, "%s %s UTC", what, text);
}

/* The one who signs shall see what. */
static void
show(const struct pgp_request *req)
{
	uint32_t first = UINT32_MAX, last = 0;
	size_t i;

	for (i = 0; i < req->nkeys; i++) {
		if (req->keys[i].pub.created < first)
			first = req->keys[i].pub.created;
		if (req->keys[i].expires > last)
			last = req->keys[i].expires;
	}
	fprintf(stderr, "%zu subkeys of %s", req->nkeys, req->uid);
	print_date(",", first);
	print_date(" to", last);
	fprintf(stderr, "\n");
}

/* The binary certificate; its length, or -1. */
static ssize_t
certify(const struct pgp_seckey *primary, const struct pgp_request *req,
    time_t now, uint8_t out[CERT_MAX])
{
	const struct pgp_request_key *key;
	ssize_t len, n;
	time_t when;
	size_t i;

	if ((len = pgp_cert_begin(primary, req->uid, 0, now, out)) == -1)
		return (-1);
	for (i = 0; i < req->nkeys; i++) {
		key = &req->keys[i];
		/* Some take no signature that is older than what it is on. */
		when = (time_t)key->pub.created > now ?
		    (time_t)key->pub.created : now;
		if (len + PGP_CERT_SUBKEY_MAX > CERT_MAX ||
		    (n = pgp_cert_add_subkey(primary, &key->pub,
		    (time_t)key->expires, when, out + len)) == -1)
			return (-1);
		len += n;
	}

	return (len);
}

static void
print_cert(const uint8_t *cert, size_t len)
{
	static char text[2 * CERT_MAX];
	size_t n;

	n = pgp_armor_encode(PGP_ARMOR_PUBLIC_KEY, cert, len, 0, text);
	if (fwrite(text, 1, n, stdout) != n || fflush(stdout) == EOF)
		err(2, "standard output");
}

int
sign_main(int argc, char *argv[])
{
	static struct pgp_request req;
	static uint8_t cert[CERT_MAX];
	const char *path = NULL;
	struct pgp_seckey key;
	ssize_t len;
	int ch;

	while ((ch = getopt(argc, argv, "k:")) != -1) {
		if (ch != 'k')
			return (-1);
		path = optarg;
	}
	if (path == NULL || optind != argc)
		return (-1);
	read_request(&req);
	read_primary(path, &key);
	if (memcmp(key.pub.fpr, req.fpr, PGP_FPR_LEN) != 0) {
		explicit_bzero(&key, sizeof(key));
		errx(1, "%s: not the key that the request is for", path);
	}
	show(&req);
	len = certify(&key, &req, time(NULL), cert);
	explicit_bzero(&key, sizeof(key));
	if (len == -1)
		errx(1, "the certificate can't be made: too large?");
	print_cert(cert, (size_t)len);

	return (0);
}
