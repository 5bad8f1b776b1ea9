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

#ifndef MIXCTL_OUT_H
#define MIXCTL_OUT_H

#include <sys/types.h>

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* JSON as it is made here; whoever has no memory exits. */
json_t	*out_object(void);
json_t	*out_list(void);

/* The value becomes the object's, or the list's; NULL: no memory. */
void	out_set(json_t *object, const char *name, json_t *value);
void	out_append(json_t *list, json_t *value);
void	out_number(json_t *object, const char *name, uint64_t value);
/* At most 31 octets of it. */
void	out_hex(json_t *object, const char *name, const uint8_t *buf,
	    size_t len);

/* Writes it to standard output, and frees it. */
void	out_print(json_t *object);

#endif
