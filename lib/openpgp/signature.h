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

#ifndef OPENPGP_SIGNATURE_H
#define OPENPGP_SIGNATURE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "openpgp/key.h"

/*
 * Version 4 signature packets over keys and user ids, RFC 4880 section 5.2.
 * Internal to lib/openpgp.
 */
enum pgp_sig_type {
	PGP_SIG_CERT_GENERIC = 0x10,
	PGP_SIG_CERT_PERSONA = 0x11,
	PGP_SIG_CERT_CASUAL = 0x12,
	PGP_SIG_CERT_POSITIVE = 0x13,
	PGP_SIG_SUBKEY_BINDING = 0x18,
	PGP_SIG_DIRECT_KEY = 0x1f,
	PGP_SIG_KEY_REVOCATION = 0x20,
	PGP_SIG_SUBKEY_REVOCATION = 0x28,
	PGP_SIG_CERT_REVOCATION = 0x30
};

/* A signature's body as it was read; the pointers are into the packet. */
struct pgp_signature {
	uint8_t		 type;
	uint8_t		 alg;
	uint8_t		 hash;
	uint8_t		 flags;		/* key flags; 0 if not stated */
	uint8_t		 local;		/* not exportable */
	uint32_t	 created;
	uint32_t	 lifetime;	/* of the signature, seconds; 0: ever */
	uint32_t	 key_lifetime;	/* of the key, likewise */
	uint8_t		 issuer[PGP_KEYID_LEN];
	const uint8_t	*signed_part;	/* version to hashed subpackets */
	size_t		 signed_len;
	const uint8_t	*digest_start;	/* two octets */
	const uint8_t	*value;		/* algorithm-specific */
	size_t		 value_len;
};

/*
 * Reads a signature's body.  Only hashed subpackets tell anything, the issuer
 * excepted, which is a mere hint.  0, or -1: another version, cut off, no
 * creation time, no issuer, or a critical subpacket that we don't know.
 */
int	pgp_signature_read(const uint8_t *body, size_t len,
	    struct pgp_signature *);

/* What a signature is over: the primary, and a subkey or a user id. */
struct pgp_signed {
	const struct pgp_pubkey	*primary;
	const struct pgp_pubkey	*subkey;	/* or NULL */
	const uint8_t		*uid;		/* or NULL */
	size_t			 uid_len;
};

/*
 * Whether the primary made the signature over it.  SHA-256, SHA-384, SHA-512;
 * SHA-1 if made before 2019-01-19, as GnuPG has it.  Looks at no time but
 * that.  1 or 0.
 */
int	pgp_signature_verify(const struct pgp_signature *,
	    const struct pgp_signed *);

/*
 * Whether signer, another key than the primary, made the signature over it.
 * SHA-256, SHA-384, SHA-512, whenever it was made.  1 or 0.
 */
int	pgp_signature_verify_by(const struct pgp_pubkey *signer,
	    const struct pgp_signature *, const struct pgp_signed *);

/* What a signature of ours states besides its time and issuer. */
struct pgp_sig_claims {
	uint8_t		type;
	uint8_t		flags;		/* key flags; 0: none stated */
	uint32_t	key_lifetime;	/* seconds; 0: none stated */
	int		preferences;	/* state those of a user id */
	int		reason;		/* state a reason for revocation */
};

/*
 * Writes a whole signature packet by the primary, with SHA-512.  Returns its
 * length, at most PGP_SIG_MAX, or -1.
 */
#define PGP_SIG_MAX	(128 + PGP_RSA_MAX)
ssize_t	pgp_signature_make(const struct pgp_seckey *,
	    const struct pgp_signed *, const struct pgp_sig_claims *,
	    time_t now, uint8_t *out);

#endif
