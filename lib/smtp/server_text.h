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

#ifndef SMTP_SERVER_TEXT_H
#define SMTP_SERVER_TEXT_H

#include <stddef.h>

#include "smtp/server.h"

/* The text behind DATA: the part of the server that must not be smuggled by. */

/* Whether c makes it a CR without LF, or is itself a LF without CR. */
int	smtp_text_is_bare(const struct smtp_server *, char c);

/* Forgets a text and what was wrong with it. */
void	smtp_text_forget(struct smtp_server *);

/* smtp_server_input() in the state SMTP_ST_TEXT. */
enum smtp_event smtp_text_input(struct smtp_server *, const char *buf,
	    size_t len, size_t *used);

#endif
