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

#ifndef COMPAT_IMSG_H
#define COMPAT_IMSG_H

#ifdef __OpenBSD__
#include "compat/imsg_openbsd.h"
#else

/*
 * Messages between processes over stream sockets, with descriptors: the
 * interface of OpenBSD's imsg_init(3) and ibuf_add(3), made from their manual.
 * Beyond the manual:
 *
 * - A stream socket can glue a message to the next one that carries a
 *   descriptor, so that both come with one recvmsg(2).  The top bit of a
 *   header's length marks messages that carry one; what was received goes to
 *   them in order.  A descriptor that nobody claims is closed.
 * - What went through a buffer is wiped: secrets travel here too.
 * - Nothing here raises SIGPIPE.
 */

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "compat/compat.h"

#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384	/* with header, unless changed */
#define IMSG_MAX_FDS		32	/* received and not yet claimed */

/* Octets to be sent. */
struct ibuf {
	TAILQ_ENTRY(ibuf)	 entry;
	unsigned char		*buf;
	size_t			 size;	/* allocated */
	size_t			 max;	/* limit of growth */
	size_t			 wpos;	/* end of what was added */
	size_t			 rpos;	/* end of what was sent */
	int			 fd;	/* -1, or to be sent with it */
};

/* A queue of them. */
struct msgbuf {
	TAILQ_HEAD(, ibuf)	 bufs;
	uint32_t		 queued;
	int			 fd;
};

struct imsg_hdr {
	uint32_t	type;
	uint32_t	len;		/* of header and data */
	uint32_t	peerid;
	uint32_t	pid;
};

struct imsg {
	struct imsg_hdr	 hdr;
	int		 fd;		/* -1, or received with it */
	void		*data;		/* hdr.len - IMSG_HEADER_SIZE octets */
};

/* A received descriptor and where the recvmsg(2) it came with ended. */
struct imsg_fd {
	uint64_t	end;
	int		fd;
};

struct imsgbuf {
	struct msgbuf	 w;
	int		 fd;
	pid_t		 pid;
	int		 nofds;		/* takes none */
	size_t		 maxsize;	/* of a message with its header */
	unsigned char	*rbuf;
	size_t		 rsize;
	size_t		 rpos;		/* first octet not yet taken */
	size_t		 rend;		/* end of what was read */
	uint64_t	 consumed;	/* octets taken since imsg_init */
	struct imsg_fd	 fds[IMSG_MAX_FDS];
	size_t		 nfds;
};

/*
 * Makes a channel of a connected stream socket, which stays the caller's.
 * Returns 0.
 */
int	 imsg_init(struct imsgbuf *, int fd);

/*
 * The same for a peer that has no descriptors to pass: those that it does are
 * closed unseen.
 */
int	 imsg_init_nofds(struct imsgbuf *, int fd);

/*
 * Sets the largest amount of data in one message, without its header.  Both
 * ends have to agree.  Returns 0, or -1 (ERANGE: too large; ENOMEM).
 */
int	 imsg_set_maxsize(struct imsgbuf *, uint32_t max);

/*
 * Reads once what is there.  Returns the number of octets, 0 when the peer has
 * closed, or -1 with errno: EAGAIN (nothing there, or no room before
 * imsg_get() takes some), EBADMSG (more descriptors than IMSG_MAX_FDS), EMFILE
 * (a descriptor got lost, this process has too many), or of recvmsg(2).
 */
ssize_t	 imsg_read(struct imsgbuf *);

/*
 * Takes the next complete message out of what was read.  Returns its length
 * with the header, 0 if there is none, or -1: ERANGE for a length in the header
 * that is impossible or above the limit (the channel is unusable then), ENOMEM.
 * The caller frees with imsg_free() and owns imsg->fd.
 */
ssize_t	 imsg_get(struct imsgbuf *, struct imsg *);

/*
 * Takes the descriptor out of a message, or returns -1; imsg_free() closes
 * what was not taken.
 */
int	 imsg_get_fd(struct imsg *);

/* The octets of data in a message. */
size_t	 imsg_get_len(const struct imsg *);

/* Wipes and frees the data; closes a descriptor still in imsg->fd. */
void	 imsg_free(struct imsg *);

/*
 * Queues a message.  fd is -1, or a descriptor that from now on belongs to the
 * queue, which closes it when it is sent.  pid 0 stands for the own process.
 * Returns 1, or -1 with errno (ERANGE: larger than the limit; ENOMEM); then fd
 * remains the caller's.
 */
int	 imsg_compose(struct imsgbuf *, uint32_t type, uint32_t peerid,
	    pid_t pid, int fd, const void *data, size_t len);
int	 imsg_composev(struct imsgbuf *, uint32_t type, uint32_t peerid,
	    pid_t pid, int fd, const struct iovec *, int iovcnt);

/*
 * The same in steps: imsg_create() with the expected amount of data,
 * imsg_add() as often as needed, imsg_close() to queue it.  imsg_create()
 * returns NULL on error; imsg_add() returns the number of octets added or -1,
 * and has then freed the message.
 */
struct ibuf *imsg_create(struct imsgbuf *, uint32_t type, uint32_t peerid,
	    pid_t pid, size_t len);
int	 imsg_add(struct ibuf *, const void *, size_t len);
void	 imsg_close(struct imsgbuf *, struct ibuf *);

/*
 * Writes once as much of the queue as the socket takes.  Returns 1, also for
 * an empty queue, or -1 with errno: EAGAIN if nothing could be written, EPIPE
 * if the peer has gone.
 */
int	 imsg_write(struct imsgbuf *);

/* Writes all of the queue, waiting if need be.  0, or -1 with errno. */
int	 imsg_flush(struct imsgbuf *);

/* The number of messages that wait in the queue. */
uint32_t imsg_queuelen(const struct imsgbuf *);

/*
 * Drops all that is queued, in both directions, and closes its descriptors,
 * but not the channel's.
 */
void	 imsg_clear(struct imsgbuf *);

/* A buffer that grows from len to max octets.  NULL with errno on error. */
struct ibuf *ibuf_dynamic(size_t len, size_t max);
/* Appends.  Returns 0, or -1 with ERANGE above max, ENOMEM. */
int	 ibuf_add(struct ibuf *, const void *, size_t len);
size_t	 ibuf_size(const struct ibuf *);
/* Gives a descriptor (-1: none) to a buffer and closes the one it had. */
void	 ibuf_fd_set(struct ibuf *, int fd);
/* Wipes and frees a buffer, closes its descriptor.  NULL is allowed. */
void	 ibuf_free(struct ibuf *);
/* Hands a buffer to a queue. */
void	 ibuf_close(struct msgbuf *, struct ibuf *);

/* An empty queue for a descriptor; clear drops what is in it. */
void	 msgbuf_init(struct msgbuf *, int fd);
void	 msgbuf_clear(struct msgbuf *);
/* As imsg_write(). */
int	 msgbuf_write(struct msgbuf *);

#endif /* !__OpenBSD__ */
#endif
