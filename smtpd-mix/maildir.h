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

#ifndef SMTPD_MIX_MAILDIR_H
#define SMTPD_MIX_MAILDIR_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Delivery to Maildirs.  A mail's file is named by its token alone: no time, no
 * host, no process.  So a second delivery of the same mail, after a crash,
 * replaces the first, or finds it in cur/ and does nothing; only a mail that
 * was removed since, or moved elsewhere, comes twice.
 */
#define MAILDIR_USER_MAX	65	/* with its NUL */
#define MAILDIR_TOKEN_LEN	16
#define MAILDIR_NAME_MAX	64
#define MAILDIR_LOOK_MAX	100000	/* entries of cur/ that are looked at */

/*
 * The user that a local part of len octets stands for: lower-cased, without a
 * "+" and what follows; of letters, digits and ".", "_", "-", the first no dot.
 * 0; -1: it is none.
 */
int	maildir_user(const char *local, size_t len,
	    char user[MAILDIR_USER_MAX]);

/*
 * Fills a template: %u is the user.  The first *must octets of path are what
 * has to be there already: up to the last component with %u, which is how a
 * user is known, or without %u the Maildir's parent.  0; -1: too long.
 */
int	maildir_path(const char *template, const char *user, char *path,
	    size_t size, size_t *must);

enum maildir_error {
	MAILDIR_OK,
	MAILDIR_MISSING,	/* what has to be there is not */
	MAILDIR_LATER		/* errno says why */
};

/* A mail being written. */
struct maildir {
	int	dirfd;			/* -1: none is being written */
	int	fd;
	char	name[MAILDIR_NAME_MAX];
};

/*
 * Begins a mail below a Maildir, which is made below path's first must octets
 * if it is missing.  After MAILDIR_OK, maildir_commit() or maildir_abort()
 * ends it.
 */
enum maildir_error
	maildir_begin(struct maildir *, const char *path, size_t must,
	    const uint8_t token[MAILDIR_TOKEN_LEN]);

/* 0, or -1 with errno. */
int	maildir_write(struct maildir *, const void *, size_t);

/* Makes it durable, then visible; ended in any case.  0, or -1 with errno. */
int	maildir_commit(struct maildir *);

/* Removes what was written; does nothing if none is being written. */
void	maildir_abort(struct maildir *);

#endif
