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

#ifndef MIXCTL_CLIENT_H
#define MIXCTL_CLIENT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "compat/imsg.h"
#include "ipc/proto.h"

/* The connection to the daemon's control socket. */
struct client {
	struct imsgbuf	ibuf;
	const char	*path;
	int		 patience;	/* seconds for an answer */
};

/* Connects; exits with 1 and one line that says what to do if it can't. */
void	client_open(struct client *, const char *path);

/* Sends a request; exits as above if the daemon goes away. */
void	client_request(struct client *, uint32_t type);

/* Sends a request that has more in it; the daemon sets its id. */
void	client_send(struct client *, uint32_t type, const void *data,
	    size_t len);

/*
 * Waits for the next message of the answer, which must fit the rules, and hands
 * its data to fn until PROTO_CTL_DONE comes, whose content is left in done.
 */
void	client_answer(struct client *, void (*fn)(void *, uint32_t type,
	    const void *data, size_t len), void *arg,
	    struct proto_ctl_done *done);

/* For client_answer(): prints the text that PROTO_CTL_CERT_DATA rows bring. */
void	client_print(void *, uint32_t type, const void *data, size_t len);

/* Ends the connection and frees what it holds. */
void	client_close(struct client *);

#endif
