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

#ifndef MIXTASY_FIELD_H
#define MIXTASY_FIELD_H

/*
 * What the outer header and the one inside have in common; internal to
 * lib/mixtasy.
 */
#define MIX_REMAILER_TYPE	"Mixtasy v1"

/* Whether the value of a Remailer-Type field is ours: 1 or 0. */
int	mix_remailer_type_known(const char *);

/* Writes "name: value" and CRLF; returns the place behind. */
char	*mix_field_write(char *, const char *name, const char *value);

/* Whether id is a printable token that a Mixtasy-ID may be: 1 or 0. */
int	mix_id_valid(const char *id);

#endif
