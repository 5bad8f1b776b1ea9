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


#ifndef MIXCTL_OFFLINE_H
#define MIXCTL_OFFLINE_H

/*
 * Subkeys whose certificate is signed on another machine.  Each is a command of
 * mixctl with its arguments; path is the control socket.
 */

/* prepare [-n count]: the request, to standard output. */
int	prepare_main(const char *path, int argc, char *argv[]);

/* sign -k secretkey: request on standard input, certificate to output. */
int	sign_main(int argc, char *argv[]);

/* revoke -k secretkey: certificate on standard input, revoked to output. */
int	revoke_main(int argc, char *argv[]);

/* import: certificate on standard input. */
int	import_main(const char *path, int argc, char *argv[]);

#endif
