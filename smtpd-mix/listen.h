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

#ifndef SMTPD_MIX_LISTEN_H
#define SMTPD_MIX_LISTEN_H

#include <sys/types.h>

#include <stddef.h>

#include "conf.h"

/* The sockets that the parent listens on for the others. */
struct listener {
	struct proto_conf_listen row;
	int	fd;
	int	taken;		/* over from the sockets before */
};

struct listeners {
	struct listener	list[CONF_LISTEN_MAX];
	size_t		n;
};

/*
 * Makes next the sockets that conf names: those of old that fit are taken (old
 * keeps what was not).  0; -1 with a line in errbuf, and next is empty again.
 */
int	listeners_open(struct listeners *next, struct listeners *old,
	    const struct conf *, char *errbuf, size_t errlen);
void	listeners_close(struct listeners *);

/*
 * Undoes a listeners_open() that succeeded: old gets back what was taken over
 * from it, which running names; what next opened anew is closed.
 */
void	listeners_revert(struct listeners *next, struct listeners *old,
	    const struct conf *running);

/*
 * Makes the control socket at its path, for root and the configured group.
 * The descriptor; -1 with a line in errbuf (another daemon answers there, ...).
 */
int	listen_control(const struct conf *, char *errbuf, size_t errlen);

#endif
