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
 * For tests in sh:
 *	sealtool seal cert ... <mail	the mail sealed for these mixes, as the
 *					first
 *					one gets it
 *	sealtool dummy cert ...		the same with a dummy
 *	sealtool part id number total cert ... <payload
 *				one part of a mail, whatever is in it
 *	sealtool split prefix cert ... [/ cert ...] ... <mail
 *				the parts of the mail, each by one of the paths,
 *				into prefix.0001 and so on, in random order
 *	sealtool header <message	what is before the empty line, without
 *	CRs sealtool body <message		what is behind it
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "lib/layers.h"
#include "lib/testutil.h"
#include "mixtasy/layer.h"
#include "mixtasy/parts.h"

#define INPUT_MAX	(16 * 1024 * 1024)
#define PATHS_MAX	8

struct path {
	struct mix_hop	hops[MIX_PATH_MAX];
	size_t		n;
};

static char input[INPUT_MAX];

static void
put(const void *buf, size_t len)
{
	if (fwrite(buf, 1, len, stdout) != len || fflush(stdout) == EOF)
		err(1, "standard output");
}

static void
read_path(char *const *certs, size_t n, struct path *path)
{
	if (n > MIX_PATH_MAX)
		errx(1, "too many certificates");
	for (path->n = 0; path->n < n; path->n++)
		layers_read_hop(certs[path->n], &path->hops[path->n]);
}

/* The message for the first mix; returns its length. */
static size_t
seal_final(const struct mix_final *final, const struct path *path,
    char text[MIX_OUTER_LEN_MAX])
{
	uint8_t body[MIX_BODY_LEN];

	if (mix_seal(final, path->hops, path->n, &rng_system, body) == -1)
		errx(1, "can't be sealed");
	return (mix_outer_write(NULL, path->hops[0].address, body, text));
}

static void
seal(enum mix_type type, size_t len, char *const *certs, size_t n)
{
	static char text[MIX_OUTER_LEN_MAX];
	struct mix_final final;
	struct path path;

	read_path(certs, n, &path);
	memset(&final, 0, sizeof(final));
	final.type = type;
	mix_id_new(&rng_system, final.id);
	if (type != MIX_DUMMY) {
		final.payload = (const uint8_t *)input;
		final.payload_len = len;
	}
	put(text, seal_final(&final, &path, text));
}

static void
seal_part(size_t len, char *const *args, size_t n)
{
	static char text[MIX_OUTER_LEN_MAX];
	struct mix_final final;
	struct path path;

	if (n < 4)
		errx(1, "usage: sealtool part id number total cert ...");
	read_path(args + 3, n - 3, &path);
	memset(&final, 0, sizeof(final));
	final.type = MIX_MULTIPART;
	(void)strlcpy(final.id, args[0], sizeof(final.id));
	final.part = (uint32_t)strtonum(args[1], 1, MIX_PARTS_MAX, NULL);
	final.total = (uint32_t)strtonum(args[2], 1, MIX_PARTS_MAX, NULL);
	final.payload = (const uint8_t *)input;
	final.payload_len = len;
	put(text, seal_final(&final, &path, text));
}

/* Paths are divided by an argument that is a slash. */
static size_t
read_paths(char *const *args, size_t n, struct path paths[PATHS_MAX])
{
	size_t npaths = 0, from = 0, i;

	for (i = 0; i <= n; i++) {
		if (i < n && strcmp(args[i], "/") != 0)
			continue;
		if (npaths == PATHS_MAX)
			errx(1, "too many paths");
		read_path(args + from, i - from, &paths[npaths++]);
		from = i + 1;
	}
	return (npaths);
}

static void
write_message(const char *prefix, uint32_t number, const char *text,
    size_t len)
{
	char name[1024];

	(void)snprintf(name, sizeof(name), "%s.%04u", prefix, number);
	if (test_write_file(name, text, len) != 0)
		err(1, "%s", name);
}

static void
split(size_t len, char *const *args, size_t n)
{
	static char text[MIX_OUTER_LEN_MAX];
	static struct path paths[PATHS_MAX];
	static uint32_t order[MIX_PARTS_MAX];
	struct mix_final final;
	uint32_t total, i, j, other;
	size_t npaths;

	if (n < 2)
		errx(1, "usage: sealtool split prefix cert ... [/ cert ...]");
	npaths = read_paths(args + 1, n - 1, paths);
	memset(&final, 0, sizeof(final));
	mix_id_new(&rng_system, final.id);
	if ((total = mix_parts_count(final.id, len)) == 0)
		errx(1, "too large");
	for (i = 0; i < total; i++)
		order[i] = i + 1;
	for (i = total; i > 1; i--) {
		j = rng_uniform(&rng_system, i);
		other = order[i - 1];
		order[i - 1] = order[j];
		order[j] = other;
	}
	for (i = 0; i < total; i++) {
		if (mix_parts_cut((const uint8_t *)input, len, order[i],
		    total, &final) == -1)
			errx(1, "can't be cut");
		write_message(args[0], i + 1, text, seal_final(&final,
		    &paths[rng_uniform(&rng_system, (uint32_t)npaths)], text));
	}
}

/* The length of the header with its empty line. */
static size_t
header_len(size_t len)
{
	const char *end = memmem(input, len, "\r\n\r\n", 4);

	if (end == NULL)
		errx(1, "no header");
	return ((size_t)(end + 4 - input));
}

static void
print_header(size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (input[i] != '\r')
			put(input + i, 1);
}

int
main(int argc, char *argv[])
{
	size_t head, len;

	if (argc < 2)
		errx(1, "usage: sealtool seal | dummy | part | split | "
		    "header | body");
	if (strcmp(argv[1], "dummy") == 0) {
		seal(MIX_DUMMY, 0, argv + 2, (size_t)argc - 2);
		return (0);
	}
	len = fread(input, 1, sizeof(input), stdin);
	if (strcmp(argv[1], "seal") == 0) {
		seal(MIX_SINGLEPART, len, argv + 2, (size_t)argc - 2);
		return (0);
	}
	if (strcmp(argv[1], "part") == 0) {
		seal_part(len, argv + 2, (size_t)argc - 2);
		return (0);
	}
	if (strcmp(argv[1], "split") == 0) {
		split(len, argv + 2, (size_t)argc - 2);
		return (0);
	}
	head = header_len(len);
	if (strcmp(argv[1], "header") == 0)
		print_header(head - 2);
	else if (strcmp(argv[1], "body") == 0)
		put(input + head, len - head);
	else
		errx(1, "unknown command %s", argv[1]);
	return (0);
}
