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

#ifndef SMTPD_MIX_DIRECTORY_H
#define SMTPD_MIX_DIRECTORY_H

#include <stddef.h>

#include "directory_servers.h"
#include "directory_store.h"
#include "ipc/proto.h"

/* The role directory: what its files share. */
struct directory {
	struct store	 store;
	struct servers	 servers;
	size_t		 files[ROSTER_NERRORS];	/* certificates in files */
};

/* directory_ctl.c: what mixctl asks for. */
void	directory_ctl_status(const struct directory *,
	    const struct proto_ctl *);
void	directory_ctl_show(const struct directory *,
	    const struct proto_ctl *);

#endif
