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


/*
 * conf_load() on any text.  What it accepts has to be printed in a form that it
 * accepts and prints as the same.
 */

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char	 path[64];
static FILE	*nowhere;

static void
remove_file(void)
{
	unlink(path);
}

static void
make_file(void)
{
	int fd;

	snprintf(path, sizeof(path), "/tmp/conf_fuzz.XXXXXXXXXX");
	if ((fd = mkstemp(path)) == -1 ||
	    (nowhere = fopen("/dev/null", "w")) == NULL)
		abort();
	close(fd);
	atexit(remove_file);
}

static struct conf *
load(const void *text, size_t len)
{
	FILE *f;

	if ((f = fopen(path, "w")) == NULL ||
	    fwrite(text, 1, len, f) != len || fclose(f) != 0)
		abort();
	return conf_load(path, nowhere);
}

static char *
print(const struct conf *conf, size_t *len)
{
	char *text;
	FILE *f;

	if ((f = open_memstream(&text, len)) == NULL)
		abort();
	conf_print(conf, f);
	if (fclose(f) != 0)
		abort();
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf;
	char *first, *second;
	size_t first_len, second_len;

	if (path[0] == '\0')
		make_file();
	if ((conf = load(data, size)) == NULL)
		return 0;
	first = print(conf, &first_len);
	conf_free(conf);
	if ((conf = load(first, first_len)) == NULL)
		abort();
	second = print(conf, &second_len);
	conf_free(conf);
	if (first_len != second_len || memcmp(first, second, first_len) != 0)
		abort();
	free(first);
	free(second);
	return 0;
}
