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


#ifndef SMTPD_MIX_CONF_NAMES_H
#define SMTPD_MIX_CONF_NAMES_H

/* Words of the configuration that stand for a value, both ways. */
struct conf_name {
	const char	*name;		/* NULL ends a table */
	int		 value;
};
extern const struct conf_name conf_modes[];		/* MIX_MODE_* */
extern const struct conf_name conf_tls[];		/* enum conf_tls */
extern const struct conf_name conf_algorithms[];	/* enum conf_alg */

/* The value, or -1. */
int	conf_name_value(const struct conf_name *, const char *name);
/* The name, or NULL. */
const char *
	conf_name_of(const struct conf_name *, int value);

#endif
