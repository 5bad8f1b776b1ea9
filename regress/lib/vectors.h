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

#ifndef REGRESS_VECTORS_H
#define REGRESS_VECTORS_H

#include <sys/types.h>

#include <jansson.h>
#include <stddef.h>
#include <time.h>

#include "mixtasy/layer.h"

/*
 * The vectors in regress/vectors/mixtasy-v1; see README.md there.  All of these
 * end the program with a message when a file can't be read or isn't what it
 * has to be.
 */

/* manifest.json; release with json_decref(). */
json_t	*vectors_manifest(void);

/* The path of a file that the manifest names. */
const char *vectors_path(const char *name);

/* A member of an object, or the end of the program. */
const char *vectors_string(const json_t *, const char *name);
long long vectors_integer(const json_t *, const char *name);

/*
 * The message of a case or step: its file, or its base after the mutation.
 * malloc(3)ed text with a NUL behind its end.
 */
char	*vectors_message(const json_t *step, size_t *len);

/* Whether a file name or SHA-256 (in hexadecimal) fits the octets: 1 or 0. */
int	 vectors_same_as_file(const char *name, const void *, size_t);
int	 vectors_same_sha256(const char *hex, const void *, size_t);

#define VECTORS_SUBKEYS_MAX	4

/* The secret subkeys of a key file; none where the key isn't valid yet. */
struct vectors_key {
	struct mix_subkey	subkeys[VECTORS_SUBKEYS_MAX];
	size_t			n;
	unsigned int		modes;
};
void	 vectors_key(const char *name, time_t now, struct vectors_key *);

#endif
