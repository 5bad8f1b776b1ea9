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

#ifndef REGRESS_LAYERS_H
#define REGRESS_LAYERS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mixtasy/layer.h"

/*
 * Layers and hops made by hand, right ones and wrong ones.  All end the program
 * when something fails that can't.
 */

/* The time that the tests work at, and that keys are made at. */
#define LAYERS_NOW	1750000000

/*
 * Makes n mixes mixtasy@<label><number>.example.net with a subkey of the
 * algorithm (numbers from 1); secrets may be NULL.
 */
void	layers_hops(size_t n, uint8_t alg, const char *label,
	    struct mix_hop *hops, struct mix_subkey *secrets);

/* The one mix in a certificate file, as a hop. */
void	layers_read_hop(const char *path, struct mix_hop *);

/*
 * Writes the plaintext of a layer: a literal packet of indeterminate length
 * with the Verification line, header (that ends in its empty line), content,
 * and zeros until the hashed octets are full.  plain holds MIX_BODY_LEN.
 * Returns the length.
 */
size_t	layers_plain(const char *header, const void *content, size_t len,
	    uint8_t *plain);

/* Encrypts any plaintext; the rest of the body is random. */
void	layers_encrypt(const struct pgp_pubkey *, const struct rng *,
	    const uint8_t *plain, size_t len, uint8_t body[MIX_BODY_LEN]);

/* An environment for one mix with all modes. */
void	layers_env(const char *self, const struct mix_subkey *, size_t n,
	    const struct rng *, struct mix_peel_env *);

#endif
