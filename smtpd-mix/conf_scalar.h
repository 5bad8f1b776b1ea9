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


#ifndef SMTPD_MIX_CONF_SCALAR_H
#define SMTPD_MIX_CONF_SCALAR_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "ipc/proto.h"

/*
 * The numbers of the configuration, one row each: how they are called, where
 * they are kept, what they may be and what they are by default.
 */
enum conf_kind {
	CONF_NUMBER,
	CONF_SECONDS,		/* 90, 30s, 15m, 4h, 2d, 1w */
	CONF_OCTETS,		/* 65536, 512K, 10M, 1G */
	CONF_MILLIONTHS		/* 0.65, 1 */
};

enum conf_scalar_id {
	CONF_WORKERS,
	CONF_POOL_INTERVAL,
	CONF_POOL_MINIMUM,
	CONF_POOL_THRESHOLD,
	CONF_POOL_RATE,
	CONF_SUBKEY_LIFETIME,
	CONF_HOP_DELAY,
	CONF_SPOOL_SLOTS,
	CONF_RETRY_FIRST,
	CONF_RETRY_MAXIMUM,
	CONF_RETRY_EXPIRE,
	CONF_LIMIT_CONNECTIONS,
	CONF_LIMIT_ADDRESS,
	CONF_LIMIT_COMMANDS,
	CONF_LIMIT_ERRORS,
	CONF_LIMIT_TRANSACTIONS,
	CONF_LIMIT_MAIL_SIZE,
	CONF_LIMIT_TIMEOUT,
	CONF_MULTIPART_SIZE,
	CONF_MULTIPART_SETS,
	CONF_MULTIPART_OCTETS,
	CONF_MULTIPART_KEEP,
	CONF_RELAY_CONNECTIONS,
	CONF_RELAY_PER_DESTINATION,
	CONF_DIRECTORY_EVERY,
	CONF_NSCALARS
};

struct conf_scalar {
	const char	*name;		/* as the configuration says it */
	size_t		 offset;	/* in struct proto_conf_global */
	enum conf_kind	 kind;
	uint32_t	 low;
	uint32_t	 high;
	uint32_t	 standard;
};
extern const struct conf_scalar conf_scalars[CONF_NSCALARS];

/* The number of a keyword in a configuration. */
uint32_t conf_scalar_get(const struct proto_conf_global *,
	    enum conf_scalar_id);
void	conf_scalar_set(struct proto_conf_global *, enum conf_scalar_id,
	    uint32_t);

/* Reads a value of the kind.  0; -1: not of its form, or over 32 bits. */
int	conf_value_read(enum conf_kind, const char *text, uint32_t *value);

/* Writes it in a form that is read as the same. */
#define CONF_VALUE_MAX	16
void	conf_value_write(enum conf_kind, uint32_t value,
	    char text[CONF_VALUE_MAX]);

#endif
