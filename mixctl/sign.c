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
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "openpgp/cert.h"
#include "openpgp/request.h"

#include "mixctl/keyio.h"
#include "mixctl/offline.h"
#include "mixctl/readall.h"

#define CERT_MAX	65536

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

int
sign_main(int argc, char *argv[])
{
	static struct pgp_request req;
	static uint8_t cert[CERT_MAX];
	const char *path;
	struct pgp_seckey key;
	ssize_t len;

	if ((path = keyio_option(argc, argv)) == NULL)
		return (-1);
	read_request(&req);
	keyio_secret(path, &key);
	if (memcmp(key.pub.fpr, req.fpr, PGP_FPR_LEN) != 0) {
		explicit_bzero(&key, sizeof(key));
		errx(1, "%s: not the key that the request is for", path);
	}
	show(&req);
	len = certify(&key, &req, time(NULL), cert);
	explicit_bzero(&key, sizeof(key));
	if (len == -1)
		errx(1, "the certificate can't be made: too large?");
	keyio_print(cert, (size_t)len);

	return (0);
}
