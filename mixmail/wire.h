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


#ifndef MIXMAIL_WIRE_H
#define MIXMAIL_WIRE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct tls;

/*
 * A connection to the server, in the clear or with TLS, that gives up when
 * nothing moves for some time.
 */
struct wire {
	int		 fd;
	struct tls	*tls;
	int		 timeout;	/* milliseconds */
	char		 why[256];	/* of the last failure */
};

/* Connects to the first address of the host that answers.  0, -1 with why. */
int	wire_connect(struct wire *, const char *host, uint32_t port,
	    uint32_t timeout);

/*
 * Starts TLS; with verify, the certificate has to be for host and signed by
 * somebody in ca_file ("": the system's).  0, -1 with why.
 */
int	wire_tls(struct wire *, const char *host, int verify,
	    const char *ca_file);

/* How many octets came, 0 at the end, -1 with why. */
ssize_t	wire_read(struct wire *, char *buf, size_t size);
/* Writes all.  0, -1 with why. */
int	wire_write(struct wire *, const char *buf, size_t len);
void	wire_close(struct wire *);

#endif
