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


#ifndef IPC_PROTO_SIZE_H
#define IPC_PROTO_SIZE_H

/* Bounds that several messages share; part of proto.h. */
#define PROTO_MAX_SIZE		65535	/* of a message, imsg header included */
#define PROTO_WORKERS_MAX	16	/* instances of crypto */
#define PROTO_PATH_MAX		512
#define PROTO_HOST_MAX		256
#define PROTO_TEXT_MAX		256
#define PROTO_SERVER_MAX	280	/* a keyserver */
#define PROTO_SANDBOX_MAX	64

#endif
