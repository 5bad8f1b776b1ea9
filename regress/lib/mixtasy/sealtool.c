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
 *	sealtool seal cert ... <mail	the mail sealed for these mixes, as the first
 *					one gets it
 *	sealtool dummy cert ...		the same with a dummy
 *	sealtool header <message	what is in front of the empty line, CRs left out
 *	sealtool body <message		what is behind it
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "lib/testutil.h"
#include "mixtasy/layer.h"
#include "mixtasy/roster.h"

#define INPUT_MAX	65536

static char input[INPUT_MAX];

static void
put(const void *buf, size_t len)
{
	if (fwrite(buf, 1, len, stdout) != len || fflush(stdout) == EOF)
		err(1, "standard output");
}

/* The one mix in a certificate file. */
static void
read_hop(const char *path, struct mix_hop *hop)
{
	size_t counts[ROSTER_NERRORS] = { 0 }, len;
	struct roster roster;
	uint8_t *buf;

	if ((buf = test_read_file(path, &len)) == NULL)
		err(1, "%s", path);
	roster_init(&roster);
	if (roster_add(&roster, buf, len, time(NULL), counts) != 1)
		errx(1, "%s: not the certificate of a mix", path);
	memset(hop, 0, sizeof(*hop));
	(void)strlcpy(hop->address, roster.mixes[0].address,
	    sizeof(hop->address));
	hop->subkey = roster.mixes[0].subkey;
	roster_clear(&roster);
	free(buf);
}

static void
seal(enum mix_type type, size_t len, char *const *certs, size_t n)
{
	static char text[MIX_OUTER_LEN_MAX];
	struct mix_hop hops[MIX_PATH_MAX];
	struct mix_final final;
	uint8_t body[MIX_BODY_LEN];
	size_t i;

	if (n > MIX_PATH_MAX)
		errx(1, "too many certificates");
	for (i = 0; i < n; i++)
		read_hop(certs[i], &hops[i]);
	memset(&final, 0, sizeof(final));
	final.type = type;
	mix_id_new(&rng_system, final.id);
	if (type != MIX_DUMMY) {
		final.payload = (const uint8_t *)input;
		final.payload_len = len;
	}
	if (mix_seal(&final, hops, n, &rng_system, body) == -1)
		errx(1, "can't be sealed");
	put(text, mix_outer_write(NULL, hops[0].address, body, text));
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
		errx(1, "usage: sealtool seal | dummy | header | body");
	if (strcmp(argv[1], "dummy") == 0) {
		seal(MIX_DUMMY, 0, argv + 2, (size_t)argc - 2);
		return (0);
	}
	len = fread(input, 1, sizeof(input), stdin);
	if (strcmp(argv[1], "seal") == 0) {
		seal(MIX_SINGLEPART, len, argv + 2, (size_t)argc - 2);
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
