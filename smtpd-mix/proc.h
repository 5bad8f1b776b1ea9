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

#ifndef SMTPD_MIX_PROC_H
#define SMTPD_MIX_PROC_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "channel.h"
#include "ipc/proto.h"
#include "role_conf.h"

/*
 * The runtime that all roles share: start, sandbox, channels, configuration in
 * two phases, ordered stop.  A role file supplies a struct role_ops and never
 * sees a message that the rule table doesn't allow.
 */

#define PROC_PARENT_FD	3	/* where a role finds its parent */
#define PROC_DEBUG_FLAG	"-d"

struct role_ops {
	enum role	role;
	/* Before the sandbox: for libraries that read files when they start. */
	void		(*load)(void);
	/* In the sandbox, before the first message; may add events. */
	void		(*init)(unsigned int instance);
	/* All peers' channels are there and the first configuration is live. */
	void		(*start)(void);
	/* Looks at the next configuration: 0, or -1 with the reason. */
	int		(*accept)(const struct role_conf *, char *err, size_t);
	/* The next configuration is live; conf stays until the next. */
	void		(*switched)(struct role_conf *);
	void		(*message)(const struct role_msg *);
	/* Ordered stop: finish, then call proc_stopped(). */
	void		(*stop)(void);
};

/* Runs a role; the process ends in it. */
void	proc_run(const struct role_ops *, unsigned int instance,
	    int foreground) __attribute__((__noreturn__));

/* The live configuration. */
const struct role_conf *proc_conf(void);

/*
 * The name by which a file of the parent's view is found from inside the
 * chroot.  0; -1: it lies outside, or is too long.
 */
int	proc_path_inside(const char *full, char *out, size_t outmax);

/*
 * Queues a message; written when the loop gets to it.  The pair must be in the
 * rule table and the length right, else fatal: our own fault.  0; -1: that role
 * is gone (the parent will stop us).
 */
int	proc_send(enum role to, unsigned int instance, uint32_t type,
	    const void *data, size_t len);
int	proc_sendv(enum role to, unsigned int instance, uint32_t type,
	    const struct iovec *, int iovcnt);

/* How many messages wait to be written to a role: what it leaves unread. */
uint32_t proc_queued(enum role, unsigned int instance);

/* How many instances of a role have a channel to us. */
unsigned int proc_instances(enum role);

/*
 * Sends, and waits for the answer of reply_type; others that come
 * meanwhile are handled as ever.  Both structs begin with a uint64_t id, by
 * which the answer is known.  For TLS signing only: nobody else waits.
 * 0; -1 when timeout_ms passed, or the role is gone.
 */
int	proc_call(enum role to, uint32_t type, const void *data, size_t len,
	    uint32_t reply_type, void *reply, size_t reply_len,
	    int timeout_ms);

/* The role has finished what it had to before the stop. */
void	proc_stopped(void);

#endif
