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

#ifndef COMPAT_IMSG_OPENBSD_H
#define COMPAT_IMSG_OPENBSD_H

/*
 * The names of compat/imsg.h on top of the system's own imsg (OpenBSD 7.7 and
 * later, which can change the maximum size of a message).
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include <imsg.h>
#include <stdint.h>

static inline int
imsg_init(struct imsgbuf *imsgbuf, int fd)
{
	if (imsgbuf_init(imsgbuf, fd) == -1)
		return -1;
	imsgbuf_allow_fdpass(imsgbuf);
	return 0;
}

static inline int
imsg_init_nofds(struct imsgbuf *imsgbuf, int fd)
{
	return imsgbuf_init(imsgbuf, fd);
}

static inline int
imsg_set_maxsize(struct imsgbuf *imsgbuf, uint32_t max)
{
	return imsgbuf_set_maxsize(imsgbuf, max);
}

static inline ssize_t
imsg_read(struct imsgbuf *imsgbuf)
{
	return imsgbuf_read(imsgbuf);
}

static inline int
imsg_write(struct imsgbuf *imsgbuf)
{
	return imsgbuf_write(imsgbuf) == -1 ? -1 : 1;
}

static inline int
imsg_flush(struct imsgbuf *imsgbuf)
{
	return imsgbuf_flush(imsgbuf);
}

static inline uint32_t
imsg_queuelen(struct imsgbuf *imsgbuf)
{
	return imsgbuf_queuelen(imsgbuf);
}

static inline void
imsg_clear(struct imsgbuf *imsgbuf)
{
	imsgbuf_clear(imsgbuf);
}

#endif
