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

#ifndef MIXMAIL_OUTBOX_H
#define MIXMAIL_OUTBOX_H

#include <sys/types.h>

#include <stddef.h>
#include <time.h>

#include "ipc/proto.h"
#include "mail/address.h"
#include "submit.h"

/*
 * Messages that wait for their moment, on disk.  They are sealed: who reads
 * them learns how many there are, and their first mixes.  What is sent together
 * is a directory in the outbox that gets its name when it is complete and
 * durable; each message is a file in it, whose name begins with the time when
 * it is due.
 * All return 0, or -1 with errno, unless something else is said.
 */
#define OUTBOX_NAME_MAX	64

struct outbox {
	int	fd;			/* of the directory */
	int	lock;			/* -1: not locked */
};

/* Makes the directories that are missing, for this user alone. */
int	outbox_open(struct outbox *, const char *path);
void	outbox_close(struct outbox *);

/*
 * Who sends locks it.  Waits for another who does if wait is set; else that is
 * EWOULDBLOCK.  Until outbox_close().
 */
int	outbox_lock(struct outbox *, int wait);

/*
 * What is sent together, before it has its name.  From is the sender of the
 * envelope, or empty.
 */
struct outbox_batch {
	char	name[OUTBOX_NAME_MAX];
	int	fd;
	size_t	n;
};
int	outbox_begin(struct outbox *, struct outbox_batch *);
int	outbox_add(struct outbox_batch *, time_t due, const char *from,
	    const struct sealed *);
/* All of it is durable, or nothing is there. */
int	outbox_commit(struct outbox *, struct outbox_batch *);
/* Lets go of a batch that was committed. */
void	outbox_end(struct outbox_batch *);

/* Removes what was added. */
void	outbox_abort(struct outbox *, struct outbox_batch *);

/* A message that waits. */
struct outbox_item {
	char	batch[OUTBOX_NAME_MAX];
	char	name[OUTBOX_NAME_MAX];
	time_t	due;
};

/*
 * The one that is due first, and how many there are.  1, or 0: none; -1.
 * Removes what was never complete, if it is a day old.
 */
int	outbox_first(struct outbox *, time_t now, struct outbox_item *,
	    size_t *n);
int	outbox_read(struct outbox *, const struct outbox_item *,
	    char from[MAIL_ADDRESS_MAX], struct sealed *);
int	outbox_remove(struct outbox *, const struct outbox_item *);

#endif
