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

#ifndef OPENPGP_CERT_H
#define OPENPGP_CERT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "openpgp/key.h"

/*
 * Certificates (transferable public keys, RFC 4880 section 11.1) of the kind
 * that mixes have: one primary, one user id, encrypt-only subkeys.
 */
#define PGP_UID_MAX	1024
#define PGP_SUBKEYS_MAX	1024	/* kept: those not expired come first */

/*
 * What a certificate may have before anything of it is looked at but headers
 * of packets.  A mix with a new subkey a day fills a quarter in two years.
 */
#define PGP_CERT_SIZE_MAX	(4 * 1024 * 1024)	/* octets */
#define PGP_CERT_PACKETS_MAX	20000	/* poisoned ones have 150,000 */
#define PGP_CERT_PACKET_MAX	65536	/* octets of one packet's body */

#define PGP_FLAG_CERTIFY	0x01
#define PGP_FLAG_SIGN		0x02
#define PGP_FLAG_ENCRYPT	0x0c	/* communications, storage */

struct pgp_subkey {
	struct pgp_pubkey	pub;
	uint32_t		expires;	/* absolute; 0: never */
	uint8_t			flags;
	uint8_t			revoked;
};

struct pgp_cert {
	struct pgp_pubkey	 primary;
	uint32_t		 expires;	/* absolute; 0: never */
	uint32_t		 claimed;	/* when expires and flags were
						   signed */
	uint8_t			 flags;		/* of the primary */
	uint8_t			 revoked;
	unsigned int		 nuids;		/* valid ones seen */
	char			 uid[PGP_UID_MAX + 1];	/* the first */
	struct pgp_subkey	*subkeys;	/* verified bindings only */
	size_t			 nsubkeys;
	size_t			 nverified;	/* signatures, for measuring;
						   also after an error */
};

enum pgp_cert_error {
	PGP_CERT_OK,
	PGP_CERT_NOT_A_KEY,	/* no public key packet, broken packet */
	PGP_CERT_UNSUPPORTED,	/* algorithm or version */
	PGP_CERT_NO_VALID_UID,
	PGP_CERT_TOO_LARGE,	/* octets, packets or signatures over the
				   limit */
	PGP_CERT_PACKET_TOO_LARGE,
	PGP_CERT_NO_MEMORY
};

/*
 * Parses one binary certificate from buf and verifies self-signatures,
 * bindings, and revocations at the time now (newest valid self-signature wins;
 * third-party signatures are passed over without being verified; secret key
 * packets are accepted as public ones).  Of each component only the eight
 * newest signatures that claim to be the primary's are looked at; more
 * revocations than that count as one that is valid.  Flags of a subkey are
 * only ever those to encrypt; not stated means none.  A primary's expiry and
 * revocation do not make the parsing fail: look at cert->expires and
 * cert->revoked.  *consumed: octets up to the next primary key, so that a
 * keyring can be walked.  Subkeys that have expired at now are left out when
 * PGP_CERT_LIVE_ONLY is in flags, before any signature of theirs is verified;
 * and then no more signatures are verified than a mix's certificate needs.
 * Fills cert; release with pgp_cert_clear().  After an error there is nothing
 * to release; *consumed is set all the same.
 */
#define PGP_CERT_LIVE_ONLY	0x1
enum pgp_cert_error
	pgp_cert_parse(const uint8_t *buf, size_t len, time_t now, int flags,
	    struct pgp_cert *, size_t *consumed);
void	pgp_cert_clear(struct pgp_cert *);
const char *
	pgp_cert_strerror(enum pgp_cert_error);

/* Whether subkey may be encrypted to at now: flags, expiry, not revoked. */
int	pgp_subkey_usable(const struct pgp_subkey *, time_t now);

/*
 * Writing.  A certificate is built as a buffer of packets: begin() writes
 * primary, user id, its self-signature (certify-only; expires absolute, 0
 * never); add_subkey() appends a subkey packet and its binding signature
 * (encrypt-only, expires absolute, 0 never).  signer is the primary.  Each
 * writes at most the max given here and returns the length, or -1.
 */
#define PGP_CERT_BEGIN_MAX	(2 * PGP_PUBKEY_BODY_MAX + PGP_UID_MAX + 1024)
#define PGP_CERT_SUBKEY_MAX	(2 * PGP_PUBKEY_BODY_MAX + 1024)
ssize_t	pgp_cert_begin(const struct pgp_seckey *primary, const char *uid,
	    time_t expires, time_t now, uint8_t *out);
ssize_t	pgp_cert_add_subkey(const struct pgp_seckey *signer,
	    const struct pgp_pubkey *subkey, time_t expires, time_t now,
	    uint8_t *out);

/*
 * A revocation signature of the primary itself (class 0x20), to be appended to
 * the certificate or put behind the primary; at most PGP_CERT_SUBKEY_MAX
 * octets.
 */
ssize_t	pgp_cert_revoke(const struct pgp_seckey *primary, time_t now,
	    uint8_t *out);

/*
 * Secret keys: a transferable secret key (section 11.2) of primary, uid, and
 * subkeys, unencrypted.  read() walks the packets and gives the secret primary
 * (may be absent: *has_primary 0, as GnuPG's offline primary stub) and at most
 * max secret subkeys with the expiry and flags of their verified binding. Both
 * return 0 or -1 (read: not a key, encrypted with a passphrase, unsupported).
 * The caller wipes the results.
 */
struct pgp_secsubkey {
	struct pgp_seckey	key;
	uint32_t		expires;
	uint8_t			flags;
	uint8_t			revoked;
};
int	pgp_seccert_read(const uint8_t *buf, size_t len, time_t now,
	    struct pgp_seckey *primary, int *has_primary,
	    struct pgp_secsubkey *subkeys, size_t max, size_t *n,
	    char uid[PGP_UID_MAX + 1]);

/*
 * Replaces public key and subkey packets in a certificate of buf by the secret
 * ones that are given (subkeys matched by fingerprint), for export.  Without
 * a primary (NULL) GnuPG's stub for an offline one is written.
 * Returns the length written, or -1: a broken packet, or outmax is too small.
 */
ssize_t	pgp_seccert_write(const uint8_t *cert, size_t len,
	    const struct pgp_seckey *primary, const struct pgp_seckey *subkeys,
	    size_t n, uint8_t *out, size_t outmax);

#endif
