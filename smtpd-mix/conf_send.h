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

#ifndef SMTPD_MIX_CONF_SEND_H
#define SMTPD_MIX_CONF_SEND_H

#include "channel.h"
#include "conf.h"
#include "listen.h"

struct role_file {
	uint8_t	*data;
	size_t	 len;
};

/* The files of a directory of certificates. */
struct conf_certs {
	struct role_file	*list;
	size_t			 n;
	size_t			 len;	/* of all */
};

/*
 * What of a configuration lies in files that only the parent may open, read or
 * opened once for all roles.
 */
struct conf_files {
	struct conf_certs	 roster;
	struct conf_certs	 trust;
	uint8_t			*ca;
	size_t			 ca_len;
	struct proto_conf_auth	*auths;		/* conf_auth.h */
	size_t			 nauths;
	uint8_t			*recipients;	/* recipients.h */
	size_t			 recipients_len;
	uint8_t			*anchor;
	size_t			 anchor_len;
	int			 tls_cert_fd;	/* -1: none */
	int			 tls_key_fd;
};

/* 0; -1 with a line in errbuf. */
int	conf_files_open(struct conf_files *, const struct conf *,
	    char *errbuf, size_t errlen);
void	conf_files_close(struct conf_files *);

/* Sends the rows that the role of the channel gets, BEGIN to END. */
void	conf_send(struct channel *, uint64_t generation, const struct conf *,
	    const struct conf_files *, const struct listeners *,
	    int control_fd);

#endif
