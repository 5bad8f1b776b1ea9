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

#ifndef MIXTASY_LAYER_H
#define MIXTASY_LAYER_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "mail/address.h"
#include "mixing/rng.h"
#include "mixtasy/message.h"
#include "openpgp/key.h"

/* Operation modes of a mix, thesis 6.4. */
#define MIX_MODE_MIDDLEMAN	0x1
#define MIX_MODE_EXITPRIVATE	0x2
#define MIX_MODE_EXITPUBLIC	0x4

struct mix_subkey {
	struct pgp_seckey	key;
	uint32_t		expires;	/* absolute; 0: never */
};

/* Why a message is destroyed: a class that may be counted, never told. */
enum mix_reason {
	MIX_REASON_NONE,
	MIX_REASON_PACKETS,	/* structure of the encrypted body */
	MIX_REASON_KEY,		/* unknown, expired, not yet valid */
	MIX_REASON_REPEAT,	/* equal cipher blocks */
	MIX_REASON_SESSION,	/* session key can't be recovered */
	MIX_REASON_LITERAL,	/* structure inside */
	MIX_REASON_VERIFICATION,
	MIX_REASON_HEADER,	/* of the revealed message */
	MIX_REASON_ADDRESS,
	MIX_REASON_TYPE,
	MIX_REASON_PART,
	MIX_REASON_MODE,	/* not a mode of this mix */
	MIX_REASON_RECIPIENT,	/* final: no single recipient, not ours */
	MIX_REASON_REPLAY,	/* set by who keeps the replay records */
	MIX_REASON_UNKNOWN,	/* final: nobody of that name here */
	MIX_NREASONS
};
const char *mix_reason_text(enum mix_reason);

enum mix_verdict {
	MIX_DESTROY,
	MIX_FORWARD,
	MIX_DELIVER,		/* single part: payload, recipient */
	MIX_HOLD,		/* one part of several */
	MIX_DISCARD,		/* dummy */
	MIX_DESTROY_SET		/* part 1 of a mail that must not go out: all
				   its parts are to be destroyed */
};

struct mix_peel_env {
	const char		*self;		/* our mix address */
	const struct mix_subkey	*keys;
	const struct pgp_prepared *prepared;	/* NULL, or one for each key */
	size_t			 nkeys;
	time_t			 now;
	unsigned int		 modes;
	const char *const	*domains;	/* our own, for exitprivate */
	size_t			 ndomains;
	/* Whether mail may go to rcpt, of whatever domain; NULL: it may. */
	int			(*known)(const char *rcpt);
	uint32_t		 max_parts;	/* 0: multipart is destroyed */
	int			 repeat_check;
	const struct rng	*rng;
};

struct mix_peeled {
	enum mix_verdict verdict;
	enum mix_reason	 reason;
	uint8_t		 keyid[PGP_KEYID_LEN];	/* of the subkey used */
	uint32_t	 key_expires;
	uint8_t		 digest[MIX_DIGEST_LEN];
	char		 next[MIX_ADDRESS_MAX];	/* FORWARD */
	char		 id[MIX_ID_MAX];	/* final messages */
	uint32_t	 part, total;		/* HOLD, DESTROY_SET */
	char		 rcpt[MAIL_ADDRESS_MAX];	/* DELIVER, or part 1 */
	size_t		 body_len;	/* FORWARD: MIX_BODY_LEN */
	size_t		 revealed_len;	/* FORWARD: before new padding */
	uint8_t		 body[MIX_BODY_LEN];	/* new body, or payload */
};

/*
 * Peels one layer: decrypts, verifies over the raw octets, reads the header,
 * re-pads.  What has to be destroyed comes back as MIX_DESTROY with the reason,
 * and all the rest zeroed; MIX_DESTROY_SET has a reason too, but the rest stays
 * (without payload).  The replay check is the caller's.  The result holds
 * clear text: the caller wipes it.  Thesis 6.4.
 */
void	mix_peel(const struct mix_peel_env *, const uint8_t body[MIX_BODY_LEN],
	    struct mix_peeled *);

/*
 * The recipient of an original message: the single mailbox of its only To
 * field.  0; -1: none, several, or a header that can't be read.
 */
int	mix_payload_recipient(const uint8_t *payload, size_t len,
	    char rcpt[MAIL_ADDRESS_MAX]);

/* One hop of a path: whom, and the subkey to encrypt to. */
struct mix_hop {
	char			address[MIX_ADDRESS_MAX];
	struct pgp_pubkey	subkey;
};

#define MIX_PATH_MAX	8	/* that fits: checked by mix_seal() */

/* What the last mix gets. */
struct mix_final {
	enum mix_type	 type;		/* SINGLEPART, MULTIPART, DUMMY */
	char		 id[MIX_ID_MAX];	/* mix_id_new() */
	uint32_t	 part, total;		/* MULTIPART */
	const uint8_t	*payload;	/* DUMMY: NULL; random is drawn, as
					   much as there is room for */
	size_t		 payload_len;	/* DUMMY: 0 */
};

/* A random Mixtasy-ID in message-id form. */
void	mix_id_new(const struct rng *, char id[MIX_ID_MAX]);

/* Most octets of payload that a final message with these fields can carry. */
size_t	mix_payload_max(const struct mix_final *);

/*
 * Seals a message for hops[0] .. hops[nhops - 1], first to last: the binary
 * body for the first hop.  0; -1: payload too large, or the path too long for
 * the body.  Thesis 6.2.
 */
int	mix_seal(const struct mix_final *, const struct mix_hop *hops,
	    size_t nhops, const struct rng *, uint8_t body[MIX_BODY_LEN]);

#endif
