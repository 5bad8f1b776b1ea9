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

#ifndef BENCH_HOP_CLIENT_H
#define BENCH_HOP_CLIENT_H

#include <stddef.h>

/* Sends mails to a server on the loopback interface. */
struct hop_mail {
	char	*text;		/* as SMTP wants it, without the last dot */
	size_t	 len;
};

struct hop_job {
	const char	*port;
	const char	*rcpt;
	unsigned int	 connections;	/* at one time */
	unsigned int	 per_connection; /* mails */
	int		 tls;		/* STARTTLS; nothing is verified */
	const struct hop_mail
			*mails;
	size_t		 n;
};

/*
 * Returns when the server has taken all.  What it refuses for now is sent again
 * on the same connection; *again counts how often.  Ends the program when a
 * mail is refused for good.
 */
void	hop_client_run(const struct hop_job *, unsigned long *again);

#endif
