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


#ifndef SMTPD_MIX_TLS_IO_H
#define SMTPD_MIX_TLS_IO_H

#include <sys/types.h>

#include <event.h>
#include <stddef.h>
#include <stdint.h>
#include <tls.h>

#include "tls_remote.h"

/*
 * A stream of octets over a non-blocking socket, in the clear or in TLS, driven
 * by the event loop.  Both buffers are bounded.  What happened is told by one
 * function, which may close the stream and free what it is part of.  READABLE
 * and WRITABLE may be told as one, by either: look at both sides then.
 */
#define TLS_IO_IN	32768

enum tls_io_event {
	TLS_IO_READABLE,	/* there is more to tls_io_peek() at */
	TLS_IO_WRITABLE,	/* all that was written has been sent */
	TLS_IO_CONNECTED,	/* the TCP connection stands */
	TLS_IO_SECURED,		/* the TLS handshake is done */
	TLS_IO_EOF,		/* the peer sends no more */
	TLS_IO_FAILED,		/* see tls_io_error(); nothing more will come */
	TLS_IO_TIMEOUT		/* the time given has passed */
};

enum tls_io_state {
	TLS_IO_CLOSED,
	TLS_IO_CONNECTING,
	TLS_IO_OPEN,
	TLS_IO_HANDSHAKE,
	TLS_IO_BROKEN		/* EOF or failure was told */
};

struct tls_io {
	int			 fd;
	enum tls_io_state	 state;
	struct tls		*tls;		/* NULL: in the clear */
	struct tls_server	*server;	/* of an accepted handshake */
	struct event		 ev;
	struct event		 again;		/* without word of the socket */
	struct event		 timer;
	short			 tls_reads;	/* a TLS read waits for ... */
	short			 tls_writes;	/* ... and a write, handshake */
	int			 reading;
	int			 maybe_more;	/* octets may wait in libtls */
	int			 blocked;	/* the socket takes no more */
	int			 secure;
	char			 in[TLS_IO_IN];
	size_t			 in_pos;	/* taken */
	size_t			 in_len;	/* taken and not */
	char			*out;
	size_t			 out_max;
	size_t			 out_pos;	/* sent */
	size_t			 out_len;	/* sent and to be sent */
	char			 error[128];
	void			(*cb)(void *, enum tls_io_event);
	void			*arg;
};

/*
 * Takes over a connected non-blocking socket, or one whose connect(2) is in
 * progress.  out_max is the room for what is to be sent.  Reading is on.  0;
 * -1 without memory: the socket is still the caller's.
 */
int	tls_io_open(struct tls_io *, int fd, int connecting, size_t out_max,
	    void (*cb)(void *, enum tls_io_event), void *arg);

/* Closes socket and TLS at once; nothing if it isn't open. */
void	tls_io_close(struct tls_io *);

/* Reads and sends no more, and tells nothing more but TLS_IO_TIMEOUT. */
void	tls_io_abandon(struct tls_io *);

/* The octets that have come; valid until the next call. */
const char *tls_io_peek(const struct tls_io *, size_t *len);
/* n of them have been dealt with. */
void	tls_io_take(struct tls_io *, size_t n);
/* Whether to read from the network; what has been read stays. */
void	tls_io_reading(struct tls_io *, int on);

/* How many octets can be written now, and are still to be sent. */
size_t	tls_io_room(const struct tls_io *);
size_t	tls_io_unsent(const struct tls_io *);
/* Takes as much as there is room for; returns how much. */
size_t	tls_io_write(struct tls_io *, const char *, size_t);

/* One timer; 0 stops it. */
void	tls_io_timeout(struct tls_io *, unsigned int seconds);

/*
 * Begins TLS.  All must have been sent; what has come in the clear and not been
 * taken is dropped.  TLS_IO_SECURED or TLS_IO_FAILED will follow.  0, or -1
 * with tls_io_error().
 */
int	tls_io_accept(struct tls_io *, struct tls_server *);
/* As client: config is read, name is whose certificate, or NULL. */
int	tls_io_connect(struct tls_io *, struct tls_config *, const char *name);

/* What went wrong last; lives as long as the tls_io. */
const char *tls_io_error(const struct tls_io *);

#endif
