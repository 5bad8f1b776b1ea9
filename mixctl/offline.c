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
#include <unistd.h>

#include "compat/compat.h"
#include "openpgp/armor.h"

#include "mixctl/client.h"
#include "mixctl/offline.h"
#include "mixctl/readall.h"

/* Subkeys for a fortnight, with the default life of two days. */
#define COUNT_STANDARD	14
#define CERT_MAX	65536

/* The end of a request; what was said goes to standard error. */
static int
end(struct client *c)
{
	struct proto_ctl_done done;

	client_answer(c, client_print, NULL, &done);
	client_close(c);
	if (!done.ok)
		errx(1, "%s", done.text);
	if (done.text[0] != '\0')
		fprintf(stderr, "%s\n", done.text);
	if (fflush(stdout) == EOF)
		err(2, "standard output");

	return (0);
}

int
prepare_main(const char *path, int argc, char *argv[])
{
	struct proto_ctl_prepare req;
	const char *errstr = NULL;
	struct client c;
	int ch;

	memset(&req, 0, sizeof(req));
	req.count = COUNT_STANDARD;
	while ((ch = getopt(argc, argv, "n:")) != -1) {
		if (ch != 'n')
			return (-1);
		req.count = (uint32_t)strtonum(optarg, 0,
		    PROTO_STATUS_PREPARED_MAX, &errstr);
		if (errstr != NULL)
			errx(2, "-n %s: a number up to %d", optarg,
			    PROTO_STATUS_PREPARED_MAX);
	}
	if (optind != argc)
		return (-1);
	client_open(&c, path);
	client_send(&c, PROTO_CTL_PREPARE, &req, sizeof(req));

	return (end(&c));
}

static void
send_cert(struct client *c, const uint8_t *cert, size_t len)
{
	struct {
		struct proto_ctl_import	head;
		uint8_t			data[PROTO_BLOB_PIECE];
	} piece;
	size_t pos = 0, n;

	do {
		n = len - pos < sizeof(piece.data) ? len - pos :
		    sizeof(piece.data);
		memset(&piece.head, 0, sizeof(piece.head));
		piece.head.n = (uint32_t)n;
		piece.head.last = pos + n == len;
		memcpy(piece.data, cert + pos, n);
		client_send(c, PROTO_CTL_IMPORT, &piece,
		    sizeof(piece.head) + n);
		pos += n;
	} while (pos < len);
}

int
import_main(const char *path, int argc, char *argv[])
{
	static char text[2 * CERT_MAX];
	static uint8_t cert[CERT_MAX];
	struct client c;
	ssize_t n, len;

	(void)argv;
	if (argc != 1)
		return (-1);
	if ((n = read_all(STDIN_FILENO, text, sizeof(text))) == -1)
		err(2, "standard input");
	len = pgp_armor_decode(PGP_ARMOR_PUBLIC_KEY, text, (size_t)n, cert,
	    sizeof(cert), NULL);
	if (len <= 0)
		errx(2, "standard input: not an armored OpenPGP certificate");
	client_open(&c, path);
	send_cert(&c, cert, (size_t)len);

	return (end(&c));
}
