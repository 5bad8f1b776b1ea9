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

#ifndef TESTUTIL_H
#define TESTUTIL_H

#include <stddef.h>
#include <stdint.h>

struct rng;

/*
 * Reads a whole file.  Returns it in malloc(3)ed memory, with a NUL octet
 * after its end that *len doesn't count, or NULL with errno set.
 */
uint8_t	*test_read_file(const char *path, size_t *len);

/* Makes or replaces a file.  Returns 0, or -1 with errno set. */
int	 test_write_file(const char *path, const void *buf, size_t len);

/*
 * The path of a file below the top of the tree (environment variable TOP, else
 * the working directory), in a static buffer that the fourth next call reuses.
 */
const char *test_path(const char *relative);

/*
 * A deterministic source of randomness: one seed, one sequence, on every
 * system.  state must live as long as the returned rng is used.
 */
struct test_rng {
	uint64_t	s[4];
};
struct rng test_rng(struct test_rng *state, uint64_t seed);

/*
 * Lower-case hexadecimal digits of len octets, malloc(3)ed; never NULL (the
 * test ends when there is no memory).
 */
char	*test_hex(const void *buf, size_t len);

/*
 * The octets that a string of hexadecimal digits stands for; blanks, newlines
 * and colons are skipped.  Returns their number, or -1 if there is another
 * character, half an octet, or more than size octets.
 */
int	 test_unhex(const char *hex, void *buf, size_t size);

#endif
