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

#ifndef DIALOGUE_H
#define DIALOGUE_H

#include <atf-c.h>
#include <string.h>

#include "mixing/rng.h"

/* What the tests of server and client share. */
#define TRACE_MAX	65536

/* How a dialogue is cut into pieces. */
enum cut { WHOLE, OCTETS, RANDOM };

/* Adds to a trace, which is NUL-terminated. */
static inline void
add(char *trace, const char *s, size_t len)
{
	size_t	n = strlen(trace);

	ATF_REQUIRE(n + len < TRACE_MAX);
	memcpy(trace + n, s, len);
	trace[n + len] = '\0';
}

/* How many of the len octets that are left go in the next piece. */
static inline size_t
piece(enum cut cut, const struct rng *rng, size_t len)
{
	size_t	n;

	n = cut == WHOLE ? len : cut == OCTETS ? 1 : 1 + rng_uniform(rng, 9);
	return n < len ? n : len;
}

/* Copies a dialogue to out; each \2 becomes 100 times x. */
static inline size_t
expand(const char *in, size_t len, char out[TRACE_MAX])
{
	size_t	i, n = 0;

	for (i = 0; i < len; i++) {
		ATF_REQUIRE(n + 100 < TRACE_MAX);
		if (in[i] == '\2') {
			memset(out + n, 'x', 100);
			n += 100;
		} else
			out[n++] = in[i];
	}
	return n;
}

#endif
