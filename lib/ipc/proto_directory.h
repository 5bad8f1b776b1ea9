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

#ifndef IPC_PROTO_DIRECTORY_H
#define IPC_PROTO_DIRECTORY_H

#include <sys/types.h>

#include <stdint.h>

#include "ipc/proto_size.h"

/* Other mixes' certificates, our own's publishing, MTA-STS; part of proto.h. */

/*
 * directory -> seal: certificates that were found, binary, one after another in
 * pieces; first begins a new set, last ends it, and seal then uses it together with
 * the files of the configuration.
 */
struct proto_roster {
	uint32_t	n;		/* octets of data that follow */
	uint32_t	first;
	uint32_t	last;
	uint32_t	reserved;
	/* uint8_t data[n] */
};

/*
 * keys -> directory: our own certificate, binary, to be published; at start and
 * whenever it changes.
 */
struct proto_own_cert {
	uint32_t	n;
	uint32_t	first;
	uint32_t	last;
	uint32_t	reserved;
	/* uint8_t data[n] */
};
#define PROTO_CERT_PIECE	16384

/*
 * relay -> directory: the MTA-STS policy of a mail domain (RFC 8461); id as the
 * DNS gives it now, or "" if it gives none (a cached policy holds all the same).
 * Every question is answered by exactly one PROTO_STS with its number.
 */
struct proto_sts_get {
	uint64_t	number;
	char		domain[PROTO_HOST_MAX];
	char		id[36];
	uint32_t	reserved;
};

enum proto_sts_mode {
	PROTO_STS_NONE,		/* no policy, or mode none */
	PROTO_STS_TESTING,
	PROTO_STS_ENFORCE
};
#define PROTO_STS_MX_MAX	32
struct proto_sts {
	uint64_t	number;
	uint32_t	mode;		/* enum proto_sts_mode */
	uint32_t	failed;		/* a policy is announced, but couldn't
					   be had, and none is cached */
	uint32_t	max_age;	/* seconds that are left of it */
	uint32_t	nmx;
	char		mx[PROTO_STS_MX_MAX][PROTO_HOST_MAX];	/* patterns */
};

#endif
