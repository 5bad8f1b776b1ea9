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


#ifndef SMTPD_MIX_TLS_REMOTE_H
#define SMTPD_MIX_TLS_REMOTE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include <tls.h>

#include "ipc/proto.h"

/*
 * A TLS server whose private key is in another process.  libcrypto's default
 * methods for RSA and EC keys are replaced by ones that hand each private
 * operation to a function; public operations stay as they are.
 */

/* Does one operation: 0 and the answer, or -1. */
typedef int tls_remote_sign(const struct proto_sign *, struct proto_signed *);

/* Replaces the methods, once, before any key is loaded.  0, or -1. */
int	tls_remote_init(tls_remote_sign *);

/*
 * A server context for a certificate chain.  It is counted: connections hold
 * it, since libtls looks at it during their handshakes.
 */
struct tls_server {
	struct tls	*ctx;
	unsigned int	 refs;
};

/*
 * TLS 1.2 or later, with forward secrecy, for a chain in PEM.  The new context
 * with one reference; NULL with a line in err.
 */
struct tls_server *tls_server_new(const uint8_t *chain, size_t len,
	    char *err, size_t errlen);
struct tls_server *tls_server_ref(struct tls_server *);
void	tls_server_unref(struct tls_server *);	/* NULL is allowed */

#endif
