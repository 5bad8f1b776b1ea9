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

#ifndef SMTPD_MIX_CHILD_H
#define SMTPD_MIX_CHILD_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "channel.h"
#include "conf.h"

/* A role's process as the parent sees it. */
struct child {
	enum role	role;
	unsigned int	instance;
	pid_t		pid;		/* 0: reaped */
	struct channel	ch;
	uint64_t	started;	/* wall clock */
	char		sandbox[PROTO_SANDBOX_MAX];
	int		hello;		/* is in its sandbox */
	int		accepted;	/* the next configuration */
	int		stopped;	/* has finished its work */
};

#define CHILDREN_MAX	(ROLE_COUNT + PROTO_WORKERS_MAX)

struct children {
	struct child	list[CHILDREN_MAX];
	size_t		n;
};

/*
 * Starts one process: fork, and exec of program itself with -x role, an empty
 * environment, and its channel as descriptor PROC_PARENT_FD.  Or fatal.
 */
void	child_start(struct child *, const char *program, enum role role,
	    unsigned int instance, int foreground);

/* Sends the start message: identity, root, what it may write. */
void	child_boot(struct child *, const struct conf *, int privileged);

/* Makes the channels between all pairs that the rule table lets talk. */
void	children_introduce(struct children *);

/* How many processes of a role the configuration wants. */
unsigned int child_count(enum role, const struct conf *);

/* The child of a process, or NULL. */
struct child *child_by_pid(struct children *, pid_t);

/* The first child that has() doesn't hold for, or NULL. */
const struct child *children_lacking(const struct children *,
	    int (*has)(const struct child *));

/* Sends a message without a body to all. */
void	children_send(struct children *, uint32_t type);

/* Closes all channels, which ends every role, and reaps; kills what stays. */
void	children_end(struct children *);

#endif
