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

#ifndef MIXTASY_MESSAGE_H
#define MIXTASY_MESSAGE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * The text form of Mixtasy v1 messages: thesis 6.2 and mixtasy(7).
 */
#define MIX_BODY_LEN	30720	/* binary body of every message */
#define MIX_HASHED_LEN	20480	/* what the Verification hash covers */
#define MIX_DIGEST_LEN	20
#define MIX_ADDRESS_MAX	264	/* mixtasy@ and a name of 255 octets, NUL */
#define MIX_ID_MAX	251	/* Mixtasy-ID with its NUL */
#define MIX_HEADER_MAX	2048	/* of a message that we write */
#define MIX_OUTER_HEADER_MAX 65536 /* of a message that we read */

enum mix_type {
	MIX_INTERMEDIATE,
	MIX_SINGLEPART,
	MIX_MULTIPART,
	MIX_DUMMY
};

/*
 * The outermost message, as a mix or mixctl receives it: header and armored
 * body.  Checks what needs no secret: one Remailer-Type of ours, exactly one
 * To, which is self (no regard to case), the armor, and the size of the body.
 * Text around the armored block is passed over: nothing of it goes on.
 */
enum mix_outer_error {
	MIX_OUTER_OK,
	MIX_OUTER_HEADER,	/* broken, or a field twice */
	MIX_OUTER_TYPE,		/* Remailer-Type missing or another */
	MIX_OUTER_TO,		/* not for this mix */
	MIX_OUTER_ARMOR,
	MIX_OUTER_SIZE
};
enum mix_outer_error
	mix_outer_read(const char *text, size_t len, const char *self,
	    uint8_t body[MIX_BODY_LEN]);
const char *
	mix_outer_strerror(enum mix_outer_error);

/*
 * Writes the outermost message: header (From if not NULL, Remailer-Type, To)
 * and armored body, with CRLF.  out holds MIX_OUTER_LEN_MAX octets.  Returns
 * the length: for the same two addresses always the same.
 */
#define MIX_OUTER_LEN_MAX	(MIX_HEADER_MAX + 43008)
size_t	mix_outer_write(const char *from, const char *to,
	    const uint8_t body[MIX_BODY_LEN], char *out);

/* The header of a revealed message, after its Verification line. */
struct mix_inner {
	enum mix_type	type;
	char		from[MIX_ADDRESS_MAX];	/* intermediate; may be empty */
	char		to[MIX_ADDRESS_MAX];	/* intermediate: next mix */
	char		id[MIX_ID_MAX];		/* final */
	uint32_t	part, total;		/* multipart; else 0 */
	size_t		header_len;		/* empty line included */
};

enum mix_inner_error {
	MIX_INNER_OK,
	MIX_INNER_VERIFICATION,		/* first line is not what it must be */
	MIX_INNER_STRUCTURE,		/* no header, a field twice, ... */
	MIX_INNER_TYPE,			/* Remailer-Type, Mixtasy-Type */
	MIX_INNER_ADDRESS,		/* To, From */
	MIX_INNER_PART
};

/* Length of "Verification: <40 hex>\r\n". */
#define MIX_VERIFICATION_LINE	56

/*
 * Compares the first line with the SHA-1 of the MIX_HASHED_LEN octets after it;
 * nothing is repaired.  digest gets the hash.  0, or -1.
 */
int	mix_verify(const uint8_t *message, size_t len,
	    uint8_t digest[MIX_DIGEST_LEN]);

/* Writes the line for the octets that follow it. */
void	mix_verification_write(const uint8_t hashed[MIX_HASHED_LEN],
	    char line[MIX_VERIFICATION_LINE]);

/*
 * Reads the header after the Verification line: intermediate or final, with all
 * the rules of mixtasy(7); self is this mix's address.  The addresses that it
 * gives are in lower case.
 */
enum mix_inner_error
	mix_inner_read(const char *text, size_t len, const char *self,
	    uint32_t max_parts, struct mix_inner *);

/*
 * Writes the header of an intermediate (from: the mix that sends it on, to: the
 * next) or final message, empty line included, without Verification.  out holds
 * MIX_HEADER_MAX octets.  Returns the length.
 */
size_t	mix_inner_write(const struct mix_inner *, char *out);

#endif
