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
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mixing/rng.h"

#include "testutil.h"

uint8_t *
test_read_file(const char *path, size_t *len)
{
	struct stat st;
	uint8_t *buf;
	size_t size, got;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL)
		return NULL;
	if (fstat(fileno(f), &st) == -1) {
		fclose(f);
		return NULL;
	}
	size = (size_t)st.st_size;
	if ((buf = malloc(size + 1)) == NULL) {
		fclose(f);
		return NULL;
	}
	got = fread(buf, 1, size, f);
	fclose(f);
	if (got != size) {
		free(buf);
		errno = EIO;
		return NULL;
	}
	buf[size] = '\0';
	*len = size;
	return buf;
}

int
test_write_file(const char *path, const void *buf, size_t len)
{
	FILE *f;
	size_t put;

	if ((f = fopen(path, "wb")) == NULL)
		return -1;
	put = fwrite(buf, 1, len, f);
	if (fclose(f) != 0)
		return -1;
	if (put != len) {
		errno = EIO;
		return -1;
	}
	return 0;
}

const char *
test_path(const char *relative)
{
	static char paths[4][1024];
	static unsigned int next;
	const char *top;
	char *path;

	if ((top = getenv("TOP")) == NULL)
		top = ".";
	path = paths[next++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", top, relative);
	return path;
}

static uint64_t
rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

/* xoshiro256**, by D. Blackman and S. Vigna. */
static uint64_t
next_word(struct test_rng *state)
{
	uint64_t *s = state->s, result, t;

	result = rotate(s[1] * 5, 7) * 9;
	t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

static void
fill(void *ctx, void *buf, size_t len)
{
	struct test_rng *state = ctx;
	uint8_t *p = buf;
	uint64_t word = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (i % 8 == 0)
			word = next_word(state);
		p[i] = (uint8_t)(word >> (i % 8 * 8));
	}
}

/* Spreads a seed over the state (splitmix64), which must not be all zero. */
struct rng
test_rng(struct test_rng *state, uint64_t seed)
{
	struct rng rng;
	uint64_t z;
	int i;

	for (i = 0; i < 4; i++) {
		seed += 0x9e3779b97f4a7c15;
		z = seed;
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
		state->s[i] = z ^ (z >> 31);
	}
	rng.fill = fill;
	rng.ctx = state;
	return rng;
}

char *
test_hex(const void *buf, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = buf;
	char *hex;
	size_t i;

	if ((hex = malloc(2 * len + 1)) == NULL)
		abort();
	for (i = 0; i < len; i++) {
		hex[2 * i] = digits[p[i] >> 4];
		hex[2 * i + 1] = digits[p[i] & 15];
	}
	hex[2 * len] = '\0';
	return hex;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
test_unhex(const char *hex, void *buf, size_t size)
{
	uint8_t *p = buf;
	int high = -1, value, n = 0;

	for (; *hex != '\0'; hex++) {
		if (strchr(" \t\r\n:", *hex) != NULL)
			continue;
		if ((value = digit(*hex)) == -1)
			return -1;
		if (high == -1) {
			high = value;
			continue;
		}
		if ((size_t)n >= size)
			return -1;
		p[n++] = (uint8_t)(high << 4 | value);
		high = -1;
	}
	return high == -1 ? n : -1;
}

/* For the leak sanitizer, where it is built in: libatf-c leaks by itself. */
const char	*__lsan_default_options(void);
const char	*__lsan_default_suppressions(void);

const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}

const char *
__lsan_default_suppressions(void)
{
	return "leak:libatf-c\nleak:atf_\n";
}
