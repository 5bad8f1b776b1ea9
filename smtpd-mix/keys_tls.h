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


#ifndef SMTPD_MIX_KEYS_TLS_H
#define SMTPD_MIX_KEYS_TLS_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "ipc/proto.h"

/*
 * The TLS key of keys: smtp has the certificate chain alone, and asks for every
 * private operation.  One key pair is live at a time, RSA (2048 to 4096 bits)
 * or EC.
 */

/*
 * Reads the operator's pair, PEM chain and key, as the next one, which
 * keys_tls_switch() makes live.  The descriptors are read, not closed.  0; -1
 * with a line in err, and there is no next one.
 */
int	keys_tls_load(int cert_fd, int key_fd, char *err, size_t errlen);

/*
 * The same with our own pair: the files tls.crt and tls.key of the working
 * directory if they fit hostname and are good for a month from now, else a new
 * self-signed EC P-256 pair, valid for five years, is made and written there.
 * 0; -1 with a line in err.
 */
int	keys_tls_generate(const char *hostname, time_t now, char *err,
	    size_t errlen);

/*
 * Makes the next pair live, if there is one: when smtp gets its chain, and not
 * for a configuration that another role may still refuse.
 */
void	keys_tls_switch(void);

/* The live pair's chain, PEM, at most PROTO_CHAIN_MAX octets; or NULL. */
const uint8_t *keys_tls_chain(size_t *len);

/* Does one private operation with the live key; never fails but by ok 0. */
void	keys_tls_sign(const struct proto_sign *, struct proto_signed *);

/* Wipes the live key and the next one. */
void	keys_tls_wipe(void);

#endif
