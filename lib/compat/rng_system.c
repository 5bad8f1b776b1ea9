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

#include <limits.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "compat/compat.h"
#include "compat/rng_system.h"

/*
 * From here on libcrypto's generator is faster: ten times for the 30 KiB of a
 * message.  Like arc4random(3) it seeds itself anew after a fork(2).
 */
#define LARGE	512

static void
fill(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	if (len < LARGE || len > INT_MAX || RAND_bytes(buf, (int)len) != 1)
		arc4random_buf(buf, len);
}

const struct rng rng_system = { fill, NULL };
