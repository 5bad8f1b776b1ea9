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

#ifndef SMTPD_MIX_KEYS_SUBKEY_H
#define SMTPD_MIX_KEYS_SUBKEY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ipc/proto.h"
#include "mixtasy/layer.h"

/* The subkeys of this mix, each with a file of its own at rest. */
#define KEYS_SUBKEYS_MAX	PROTO_STATUS_KEYS_MAX

enum keys_subkey_state {
	KEYS_WAITS,		/* for queue to have its replay log */
	KEYS_LIVE
};

struct keys_subkey {
	struct mix_subkey	 key;
	enum keys_subkey_state	 state;
	int			 fresh;	/* made in this run: its log is new */
};

struct keys_subkeys {
	struct keys_subkey	 list[KEYS_SUBKEYS_MAX];
	size_t			 n;
};

/* Reads all files; those that can't be read are named in the log, and stay. */
void	keys_subkeys_load(struct keys_subkeys *);

/*
 * Makes a new one and its file.  The subkey, or NULL with a line in errbuf.
 */
struct keys_subkey *
	keys_subkeys_make(struct keys_subkeys *,
	    const struct proto_conf_global *, time_t now, char *errbuf,
	    size_t errlen);

struct keys_subkey *
	keys_subkeys_find(struct keys_subkeys *,
	    const uint8_t keyid[PGP_KEYID_LEN]);

/* Destroys the secret, at rest and in memory. */
void	keys_subkeys_destroy(struct keys_subkeys *, struct keys_subkey *);

/*
 * One subkey and its file, PREFIX and the key id in hex.  generate: created at
 * the time given, to be used when it has come; -1: no key.  save: 0, -1 with
 * errno.  read: NULL, or what is wrong with the file.
 */
#define KEYS_LIVE_PREFIX	"subkey-"
#define KEYS_NAME_MAX		32
void	keys_subkey_name(const char *prefix, const uint8_t id[PGP_KEYID_LEN],
	    char name[KEYS_NAME_MAX]);
int	keys_subkey_generate(struct keys_subkey *,
	    const struct proto_conf_global *, time_t created);
int	keys_subkey_save(const char *prefix, const struct keys_subkey *);
const char *
	keys_subkey_read(const char *prefix, const char *name,
	    struct keys_subkey *);

/* Creation time of the newest live or waiting one, 0: there is none. */
uint64_t keys_subkeys_newest(const struct keys_subkeys *);

#endif
