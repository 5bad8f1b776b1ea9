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


#ifndef SMTPD_MIX_KEYS_PREPARED_H
#define SMTPD_MIX_KEYS_PREPARED_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ipc/proto.h"
#include "keys_subkey.h"

/*
 * Subkeys for the time to come, for a mix whose long-term key is elsewhere.
 * Their secrets lie in files, prepared-KEYID, until their time comes: then the
 * file gets a live subkey's name.  Only what is public is kept in memory.
 */
#define KEYS_PREPARED_PREFIX	"prepared-"
#define KEYS_PREPARED_MAX	PROTO_STATUS_PREPARED_MAX

struct keys_prepared {
	struct pgp_pubkey	pub;
	uint32_t		expires;
};

/* Reads all files; those that can't be read are named in the log, and stay. */
void	keys_prepared_load(void);

/* All, the earliest first; valid until the next change. */
const struct keys_prepared *
	keys_prepared_list(size_t *n);

/*
 * Makes count more: the first begins at first, or when half of the life of the
 * last has passed, if there are any; each other half a life after the one
 * before.  0; -1 with a line in errbuf; those made before that stay.
 */
int	keys_prepared_make(const struct proto_conf_global *, uint64_t first,
	    uint32_t count, char *errbuf, size_t errlen);

/*
 * The latest one whose time has come and that usable() accepts becomes one of
 * the subkeys; those before it are destroyed.  It, or NULL: there is none, or
 * its file is broken.
 */
struct keys_subkey *
	keys_prepared_take(struct keys_subkeys *, time_t now,
	    int (*usable)(const struct keys_prepared *));

/* Destroys those that have expired unused. */
void	keys_prepared_expire(time_t now);

#endif
