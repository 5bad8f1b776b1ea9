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

#ifndef SMTPD_MIX_CHANNEL_H
#define SMTPD_MIX_CHANNEL_H

#include <sys/types.h>
#include <sys/uio.h>

#include <event.h>
#include <stddef.h>
#include <stdint.h>

#include "compat/imsg.h"
#include "ipc/proto.h"

/* A message that has passed the rules. */
struct role_msg {
	enum role	 from;
	unsigned int	 instance;	/* of the sender */
	uint32_t	 type;
	const void	*data;		/* aligned; valid during the call */
	size_t		 len;
	int		 fd;		/* -1, or the callee's to close */
};

/*
 * One end of a channel between two roles: an imsg buffer, its events, and the
 * rule table between them.
 */
struct channel {
	struct imsgbuf	 ibuf;
	struct event	 ev;
	struct event	 later;		/* to write what is queued */
	int		 blocked;	/* the socket takes no more now */
	int		 fd;		/* -1: closed */
	int		 in_event;
	enum role	 self;
	enum role	 peer;
	unsigned int	 instance;	/* of the peer */
	void		(*message)(struct channel *, const struct role_msg *);
	/* The peer is gone (broken 0) or has broken the rules (broken 1). */
	void		(*gone)(struct channel *, int broken);
	void		*arg;
};

/* Takes over fd.  The event loop drives it after channel_start(). */
void	channel_init(struct channel *, int fd, enum role self, enum role peer,
	    unsigned int instance);
void	channel_start(struct channel *);
void	channel_close(struct channel *);

/*
 * Queues a message, to be written when the event loop's handlers are through.
 * It must be allowed by the rule table, else fatal.  fd, if not -1, is passed
 * and closed.  0; -1: closed.
 */
int	channel_send(struct channel *, uint32_t type, const struct iovec *,
	    int iovcnt, int fd);

/* Writes what is queued, blocking at most timeout_ms.  0 or -1. */
int	channel_flush(struct channel *, int timeout_ms);

/*
 * Waits for one message at most timeout_ms, outside the event loop, and hands
 * it to the message function.  1: one was handled, 0: time is up, -1: gone.
 */
int	channel_wait(struct channel *, int timeout_ms);

#endif
