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

#include "hkp/survey.h"
#include "ipc/proto_size.h"
#include "mixtasy/roster.h"

/* Other mixes' certificates, our own's publishing, MTA-STS; part of proto.h. */

/*
 * directory -> seal: certificates that were found, binary, one after another in
 * pieces; first begins a new set, last ends it, and seal then uses it together
 * with the files of the configuration.
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
 * DNS gives it now, or "" if it gives none (a cached policy holds all the
 * same).  Every question is answered by exactly one PROTO_STS with its number.
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

/*
 * directory -> control -> mixctl: answers to PROTO_CTL_DIRECTORY, in this
 * order: one DIR, SERVER and WARNING and TRUSTER as many as there are, MIXES in
 * pieces, and the end.
 */
#define PROTO_DIR_ERROR_MAX	192
struct proto_dir {
	uint64_t	id;
	uint64_t	now;
	uint64_t	last_asked;	/* 0: never, as all times here */
	uint64_t	next_survey;	/* 0: a survey is going on, or none is
					   to be */
	uint64_t	known;		/* mixes */
	uint64_t	usable;		/* of them */
	uint32_t	has_own;	/* keys has named our certificate */
	uint32_t	own_error;	/* enum roster_error: why not good */
	uint32_t	silent;		/* not to be published */
	uint32_t	proxied;
	/* certificates left out: of files now; at the last survey */
	uint64_t	files[ROSTER_NERRORS];
	uint64_t	found[ROSTER_NERRORS];
	uint64_t	listed[SURVEY_NREFUSALS];
	uint64_t	conflicts;	/* of addresses that another key has: by
					   a file, a rank, or as it has been
					   known for longer */
	uint64_t	surplus;	/* over what the cache may hold */
};

struct proto_dir_server {
	uint64_t	id;
	char		server[PROTO_SERVER_MAX];
	uint64_t	asked;		/* when it last was */
	uint64_t	answered;	/* when it last answered to the end */
	uint64_t	next;
	uint64_t	published;	/* our present certificate; 0: not */
	uint64_t	listed;		/* keys at the last asking, as below */
	uint64_t	mixes;
	uint64_t	given;
	uint64_t	missing;
	uint32_t	capped;
	uint32_t	failures;	/* in succession */
	char		error[PROTO_DIR_ERROR_MAX];
	char		publish_error[PROTO_DIR_ERROR_MAX];
};

struct proto_dir_warning {
	uint64_t	id;
	char		text[SURVEY_WARNING_TEXT];
};

/* The keys that rank mixes; a mix's opinions are in the same order. */
struct proto_dir_truster {
	uint64_t	id;
	uint8_t		fpr[PGP_FPR_LEN];
	uint32_t	usable;		/* not expired, not revoked */
	uint32_t	expires;	/* 0: never */
	uint32_t	reserved;
	char		uid[PROTO_TEXT_MAX];
};

#define PROTO_DIR_FILE		0x1	/* sources: the roster directory */
#define PROTO_DIR_KEYSERVER	0x2	/* a keyserver, since the start */
#define PROTO_DIR_CACHE		0x4	/* the cache, of an earlier survey */
struct proto_dir_mix {
	char		address[MIX_ADDRESS_MAX];
	uint8_t		fpr[PGP_FPR_LEN];
	uint32_t	modes;
	uint32_t	rank;		/* enum roster_rank */
	uint32_t	state;		/* enum roster_error; 0: usable */
	uint32_t	sources;
	uint32_t	subkey_expires;	/* 0: never, or there is none */
	uint32_t	servers;	/* how many gave it when last asked */
	uint64_t	added;		/* when a keyserver first gave it */
	uint64_t	seen;		/* and last */
	struct {
		uint32_t	class;		/* enum pgp_class; 0: none */
		uint32_t	expires;	/* 0: never */
	} opinions[PGP_TRUSTERS_MAX];
};

#define PROTO_DIR_MIXES_MAX	128
struct proto_dir_mixes {
	uint32_t	n;
	uint32_t	reserved;
	uint64_t	id;
	/* struct proto_dir_mix mixes[n] */
};

#endif
