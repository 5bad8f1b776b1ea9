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


#ifndef MIXMAIL_CONF_H
#define MIXMAIL_CONF_H

#include <sys/types.h>

#include <stdint.h>

#include "hkp/hkp.h"
#include "ipc/proto.h"
#include "mail/address.h"
#include "mixtasy/message.h"

#define MIXMAIL_KEYSERVERS_MAX	8
#define MIXMAIL_EXITS_MAX	64

/* A mail domain whose mix isn't named like it. */
struct mixmail_exit {
	char	domain[PROTO_HOST_MAX];
	char	mix[MIX_ADDRESS_MAX];
};

/* How mail is made and where it goes: mixmail.conf, then options. */
struct mixmail_conf {
	char		host[PROTO_HOST_MAX];	/* name or address */
	uint32_t	port;
	uint32_t	tls;			/* enum conf_tls */
	char		ca_file[PROTO_PATH_MAX];	/* "": the system's */
	uint32_t	timeout;		/* seconds without progress */
	uint32_t	hops;
	uint32_t	hop_delay;		/* seconds */
	uint32_t	size;			/* octets of a mail, at most */
	uint32_t	spread;			/* seconds; 0: all at once */
	char		outbox[PROTO_PATH_MAX];	/* "": the user's */
	int		keep_headers;		/* as the mail has them */
	char		from[MAIL_ADDRESS_MAX];	/* "": none */
	char		first[MIX_ADDRESS_MAX];	/* "": none */
	struct mixmail_exit exits[MIXMAIL_EXITS_MAX];
	size_t		nexits;
	char		roster[PROTO_PATH_MAX];	/* "": the usual places */
	struct hkp_server keyservers[MIXMAIL_KEYSERVERS_MAX];
	size_t		nkeyservers;
	char		proxy[PROTO_HOST_MAX + 8];	/* SOCKS5, host:port */
	char		cache[PROTO_PATH_MAX];	/* "": the user's */
	char		trust[PROTO_PATH_MAX];	/* "": nobody */
};

/* What holds without any configuration. */
void	mixmail_conf_init(struct mixmail_conf *);

/*
 * Reads a file over what is set already.  0; 1: there is no such file; -1 with
 * file, line and what is wrong in errbuf.
 */
int	mixmail_conf_read(struct mixmail_conf *, const char *path,
	    char *errbuf, size_t errlen);

/* The mix that serves a mail domain, as the configuration says, or NULL. */
const char *mixmail_conf_exit(const struct mixmail_conf *, const char *domain);

/* The mix address of an address or of a host's name.  0; -1: it is neither. */
int	mixmail_mix_address(const char *text, char address[MIX_ADDRESS_MAX]);

#endif
