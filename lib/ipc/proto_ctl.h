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


#ifndef IPC_PROTO_CTL_H
#define IPC_PROTO_CTL_H

#include <sys/types.h>

#include <stdint.h>

#include "ipc/proto_size.h"

/* What mixctl asks, and the ends of its requests; part of proto.h. */

/* mixctl -> control, control -> the role concerned: a request, and its end. */
struct proto_ctl {
	uint64_t	id;		/* control's number for the client */
};
/* mixctl -> keys: so many more subkeys for the time to come. */
struct proto_ctl_prepare {
	uint64_t	id;
	uint32_t	count;
	uint32_t	reserved;
};
/* mixctl -> keys: the certificate that was signed elsewhere, in pieces. */
struct proto_ctl_import {
	uint32_t	n;
	uint32_t	last;
	uint64_t	id;
	/* uint8_t binary[n] */
};
struct proto_ctl_done {
	uint64_t	id;
	uint32_t	ok;
	uint32_t	reserved;
	char		text[PROTO_TEXT_MAX];
};
struct proto_ctl_cert_data {
	uint32_t	n;
	uint32_t	reserved;
	uint64_t	id;
	/* uint8_t armored[n] */
};

#endif
