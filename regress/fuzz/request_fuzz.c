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


/* What was read, written again, is read as the same. */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "openpgp/request.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(int ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct pgp_request req, again;
	static char text[PGP_REQUEST_MAX];
	ssize_t n;
	size_t i;

	if (pgp_request_read((const char *)data, len, &req) == -1)
		return (0);
	if ((n = pgp_request_write(&req, text, sizeof(text))) == -1)
		return (0);
	check(pgp_request_read(text, (size_t)n, &again) == 0);
	check(memcmp(req.fpr, again.fpr, sizeof(req.fpr)) == 0 &&
	    strcmp(req.uid, again.uid) == 0 && req.nkeys == again.nkeys);
	for (i = 0; i < req.nkeys; i++)
		check(memcmp(req.keys[i].pub.fpr, again.keys[i].pub.fpr,
		    PGP_FPR_LEN) == 0 &&
		    req.keys[i].expires == again.keys[i].expires);

	return (0);
}
