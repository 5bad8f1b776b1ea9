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


#ifndef SMTPD_MIX_DELIVER_LMTP_H
#define SMTPD_MIX_DELIVER_LMTP_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "compat/compat.h"
#include "ipc/proto.h"
#include "mail/address.h"
#include "mail/lines.h"

/*
 * Delivery by LMTP (RFC 2033): one connection to each server, over which mails
 * go one after the other.  The connection is made by the parent, see
 * lmtp_dial.h.  A server that can't be reached, or hangs, gives back all that
 * waits for it.
 */
#define LMTP_DIAL_TIME		10	/* until the parent answers */
#define LMTP_CONNECT_TIME	30
#define LMTP_COMMAND_TIME	60
#define LMTP_TEXT_TIME		120
#define LMTP_PIECE_WAIT		30	/* until the next piece is there */
#define LMTP_FINAL_TIME		300	/* the answer to the final dot */
#define LMTP_IDLE_TIME		10
#define LMTP_QUIT_TIME		5

/* With so many waiting, and no headway for so long, others needn't wait. */
#define LMTP_CROWD		(PROTO_DELIVER_CREDITS / 2)
#define LMTP_STALL_TIME		10

/* A body that queue wants to be delivered. */
struct lmtp_job {
	TAILQ_ENTRY(lmtp_job)	entry;
	char			rcpt[MAIL_ADDRESS_MAX];
	int			again;	/* was put back once */
	struct proto_body	body;
};

/* A server, as in proto_lmtp_open. */
struct lmtp_place {
	char		to[PROTO_PATH_MAX];
	uint32_t	port;
};

/* What the servers' connections need of the role. */
struct lmtp_host {
	const char	*hostname;	/* for LHLO */
	const char	*sender;	/* of all mails */
	unsigned int	 busy;		/* servers that have jobs */
	char		 last_error[PROTO_TEXT_MAX];	/* names nobody */

	/* Opens a body: 0, SEALED_NO_KEY, SEALED_BROKEN (sealed.h). */
	int	(*payload)(const struct proto_body *, uint8_t *, size_t *);
	/* What became of a job, which is the callee's to free. */
	void	(*outcome)(struct lmtp_job *, enum proto_outcome_kind);
	/* Asks the parent for a connection. */
	void	(*dial)(const struct proto_lmtp_open *);
};

/* Takes over a job, whose outcome will be told, maybe at once. */
void	lmtp_add(struct lmtp_host *, const struct lmtp_place *,
	    struct lmtp_job *);

/* The parent's answer to a dial: a descriptor, or -1 and errno's value. */
void	lmtp_dialled(uint64_t id, int fd, int error);

/* Sends idle connections away, and all that only waits back. */
void	lmtp_stop(void);

/* Ends all connections at once. */
void	lmtp_kill(void);

#endif
