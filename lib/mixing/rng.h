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

#ifndef MIXING_RNG_H
#define MIXING_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * A source of randomness, handed to everything in lib/ that draws.  The
 * programs pass rng_system (lib/compat), tests a deterministic one.
 */
struct rng {
	void	(*fill)(void *ctx, void *buf, size_t len);
	void	*ctx;
};

/* Fills buf with len random octets. */
void	rng_fill(const struct rng *, void *buf, size_t len);

/* A number below bound, without modulo bias; 0 if bound is 0 or 1. */
uint32_t rng_uniform(const struct rng *, uint32_t bound);

#endif
