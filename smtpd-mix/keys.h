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


#ifndef SMTPD_MIX_KEYS_H
#define SMTPD_MIX_KEYS_H

#include <sys/types.h>

#include <event.h>
#include <stddef.h>
#include <stdint.h>

#include "keys_subkey.h"
#include "proc.h"

/* The role keys: what its files share. */
struct keys_env {
	struct keys_subkeys	*subkeys;	/* in locked memory */
	uint8_t			 fpr[PGP_FPR_LEN];
	struct event		 timer;
	struct event		 clock_timer;
	const struct role_conf	*conf;
	int			 ready;		/* crypto has all it needs */
	int			 good;		/* the clock was, lately */
	int			 started;
	int			 unpublished;	/* the certificate is old */
	uint64_t		 rotate;	/* mixctl's request, 0: none */
	char			 hold[PROTO_TEXT_MAX];
	char			 warned[PROTO_TEXT_MAX];	/* of it */
};

/* keys_own.c: hands our certificate to directory, which publishes it. */
void	keys_own_send(void);

/* keys_ctl.c: what mixctl asks for. */

/* Ends a request. */
void	keys_ctl_done(uint64_t id, int ok, const char *text);

/* Answers: the own certificate, and what mixctl status shows of keys. */
void	keys_ctl_cert(const struct proto_ctl *);
void	keys_ctl_status(const struct keys_env *, const char *hold,
	    uint64_t next_rotation, const struct proto_ctl *);

/* Makes more subkeys for later, from first on, and gives out the request. */
void	keys_ctl_prepare(const struct keys_env *, uint64_t first,
	    const struct proto_ctl_prepare *);

/* One piece; 1: all are there, and what they hold was taken. */
int	keys_ctl_import(const struct keys_env *,
	    const struct proto_ctl_import *);

#endif
