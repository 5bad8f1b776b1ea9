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

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "mail/header.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_field(const struct mail_field *f)
{
	char	out[100];
	ssize_t	n, i;

	assert(f->name == f->raw && f->name_len > 0);
	assert(f->name[f->name_len] == ':');
	assert(f->value > f->name + f->name_len);
	assert(f->value + f->value_len <= f->raw + f->raw_len);
	if ((n = mail_field_unfold(f, out, sizeof(out))) == -1)
		return;
	assert(n < (ssize_t)sizeof(out) && out[n] == '\0');
	assert(n == 0 || (out[0] != ' ' && out[n - 1] != ' '));
	for (i = 0; i < n; i++)
		assert((unsigned char)out[i] >= ' ' && out[i] != 127);
}

/* The fields lie side by side, from the first octet to the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct mail_header	h;
	struct mail_field	f;
	size_t			pos = 0;
	int			r;

	mail_header_init(&h, (const char *)data, len);
	while ((r = mail_header_next(&h, &f)) == 1) {
		assert(f.raw == h.buf + pos);
		pos += f.raw_len;
		assert(h.pos == pos && pos <= len);
		check_field(&f);
	}
	assert(r == -1 ? h.pos == pos : h.pos <= len && h.pos - pos <= 2);
	return 0;
}
