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
#include <sys/uio.h>

#include <string.h>

#include "compat/compat.h"

#include "keyfile.h"
#include "keys.h"
#include "keys_cert.h"
#include "log.h"

void
keys_own_send(void)
{
	static uint8_t cert[KEYS_CERT_MAX];
	struct proto_own_cert row;
	struct iovec iov[2];
	size_t len, pos;

	if (keyfile_read(KEYS_CERT_FILE, cert, sizeof(cert), &len) == -1) {
		log_warn("%s", KEYS_CERT_FILE);
		return;
	}
	for (pos = 0; pos < len; pos += row.n) {
		memset(&row, 0, sizeof(row));
		row.n = (uint32_t)(len - pos < PROTO_CERT_PIECE ? len - pos :
		    PROTO_CERT_PIECE);
		row.first = pos == 0;
		row.last = pos + row.n == len;
		iov[0].iov_base = &row;
		iov[0].iov_len = sizeof(row);
		iov[1].iov_base = cert + pos;
		iov[1].iov_len = row.n;
		(void)proc_sendv(ROLE_DIRECTORY, 0, PROTO_OWN_CERT, iov, 2);
	}
}
