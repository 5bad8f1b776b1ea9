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


#ifndef MIXMAIL_OPTIONS_H
#define MIXMAIL_OPTIONS_H

/* The command line. */
struct options {
	int		 anonymous;	/* -a */
	int		 show_roster;	/* -b */
	int		 from_header;	/* -t */
	int		 ignore_dots;	/* -i, -oi */
	int		 keep_headers;	/* -k */
	int		 print_only;	/* -n */
	int		 send_outbox;	/* -q */
	int		 update;	/* -u */
	int		 verbose;	/* -v */
	int		 wait;		/* -w */
	const char	*sender;	/* -f, -r */
	const char	*conf;		/* -C */
	const char	*path;		/* -p */
	const char	*roster;	/* -R */
	char		**rcpts;
	int		 nrcpts;
};

/* 0; -1: not understood, said on standard error. */
int	options_read(struct options *, int argc, char *argv[]);

#endif
