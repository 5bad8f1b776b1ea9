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

#include <err.h>
#include <stdio.h>

#include "out.h"

void
out_set(json_t *object, const char *name, json_t *value)
{
	if (value == NULL || json_object_set_new(object, name, value) != 0)
		errx(2, "out of memory");
}

void
out_number(json_t *object, const char *name, uint64_t value)
{
	out_set(object, name, json_integer((json_int_t)value));
}

json_t *
out_object(void)
{
	json_t *object = json_object();

	if (object == NULL)
		errx(2, "out of memory");

	return (object);
}

void
out_hex(json_t *object, const char *name, const uint8_t *buf, size_t len)
{
	char hex[64];
	size_t i;

	for (i = 0; i < len && 2 * i + 2 < sizeof(hex); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", buf[i]);
	out_set(object, name, json_string(hex));
}

json_t *
out_list(void)
{
	json_t *list = json_array();

	if (list == NULL)
		errx(2, "out of memory");

	return (list);
}

void
out_append(json_t *list, json_t *value)
{
	if (value == NULL || json_array_append_new(list, value) != 0)
		errx(2, "out of memory");
}

void
out_print(json_t *object)
{
	if (json_dumpf(object, stdout, JSON_INDENT(2)) != 0)
		err(2, "standard output");
	printf("\n");
	json_decref(object);
}
