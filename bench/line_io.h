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

#ifndef BENCH_LINE_IO_H
#define BENCH_LINE_IO_H

#include <stddef.h>
#include <tls.h>

/* Lines over a connection, in the clear or by TLS; all calls wait. */
#define LINE_IO_MAX	1024

struct line_io {
	int		 fd;
	struct tls	*tls;		/* NULL: in the clear */
	size_t		 len, pos;
	char		 buf[65536];
	size_t		 out_len;
	char		 out[1024];
};

void	line_io_init(struct line_io *, int fd);
void	line_io_close(struct line_io *);

/* 0; -1: the connection is broken. */
int	line_io_write(struct line_io *, const void *, size_t);

/* Short text, written at once with what follows, before reading waits. */
int	line_io_put(struct line_io *, const char *);

/*
 * A line without its end, cut at LINE_IO_MAX - 1 octets.  0; -1: no more.
 */
int	line_io_read(struct line_io *, char line[LINE_IO_MAX]);

/* Reads up to and with the line that holds a dot alone.  0; -1: no more. */
int	line_io_skip_text(struct line_io *);

#endif
