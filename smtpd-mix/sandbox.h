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

#ifndef SMTPD_MIX_SANDBOX_H
#define SMTPD_MIX_SANDBOX_H

#include <sys/types.h>

#include <stddef.h>

/*
 * What a role gives up before it sees its first message.  One file (or a few)
 * a system: sandbox_linux.c, sandbox_openbsd.c, sandbox_none.c.
 *
 * A call that a role has no right to fails with an errno (EPERM from seccomp,
 * EACCES from Landlock, ENOSYS from pledge) and doesn't kill: a role that runs
 * into its walls logs what failed, and tests in the real role can try
 * everything.
 */

/* In the order of enum role of ipc/proto.h. */
enum sandbox_profile {
	SANDBOX_PARENT,
	SANDBOX_SMTP,
	SANDBOX_CRYPTO,
	SANDBOX_SEAL,
	SANDBOX_KEYS,
	SANDBOX_POOL,
	SANDBOX_QUEUE,
	SANDBOX_RELAY,
	SANDBOX_DELIVER,
	SANDBOX_RESOLVER,
	SANDBOX_DIRECTORY,
	SANDBOX_CONTROL
};

struct sandbox_spec {
	enum sandbox_profile	 profile;
	int			 privileged;	/* root: chroot, change uid */
	uid_t			 uid;		/* used if privileged */
	gid_t			 gid;
	const char		*chroot_dir;	/* if privileged */
	/*
	 * Directories in which the role may create, read, write, rename and
	 * unlink: as seen after the chroot if privileged.  Only for keys,
	 * queue, deliver and directory.
	 */
	const char *const	*rw_paths;
	size_t			 nrw;
};

/*
 * Enters the sandbox for good.  The parent's profile keeps uid, root and files
 * and gives up only what no part of the daemon needs.  Returns 0, or -1 with
 * errbuf filled; the process must end then.
 */
int	sandbox_enter(const struct sandbox_spec *, char *errbuf, size_t errlen);

/*
 * What is in force in this process, for mixctl status: words such as "chroot
 * uid seccomp landlock7", at most 63 octets, or "none".
 */
const char *sandbox_describe(void);

/*
 * Tries what the role's row in the table of rights forbids: files elsewhere,
 * sockets, programs, processes, other identities.  Returns 0 if all of it
 * failed, or -1 with the names of what was allowed in buf.  Only after
 * sandbox_enter(): what is allowed happens.
 */
int	sandbox_selftest(enum sandbox_profile, char *buf, size_t len);

#endif
