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


#ifndef IPC_PROTO_MAIL_H
#define IPC_PROTO_MAIL_H

#include <sys/types.h>

#include <stdint.h>

#include "ipc/proto_size.h"
#include "mixtasy/layer.h"
#include "mixtasy/message.h"
#include "mixtasy/parts.h"
#include "openpgp/key.h"

/* The way of a message through the roles; part of proto.h. */

/*
 * queue -> smtp: so many more frames may be sent.  Every frame takes one; the
 * queue grants anew when it has dealt with a frame, whatever became of it.
 */
#define PROTO_SMTP_CREDITS	128	/* frames granted and not dealt with */
struct proto_credit {
	uint32_t	slots;		/* more; may be 0 */
	uint32_t	full;		/* no room: answer 452 at once */
};

/*
 * smtp -> crypto: a frame of fixed size.  A mail to postmaster is a set, all of
 * whose frames have one txn and go, in order, to one instance of crypto: pieces
 * with set_index 1 .. n carry the mail, then the head, set_index 0 with
 * set_total n + 1 and body_len 0.  A head with set_total 0 says that the client
 * broke off: the pending pieces are to be freed, and nothing is answered.
 * PROTO_COMMITTED answers a set once, for its head, or earlier with ok 0.
 */
enum proto_frame_kind {
	PROTO_FRAME_MIX,		/* binary body of a mix message */
	PROTO_FRAME_POSTMASTER		/* a piece of a mail to postmaster */
};
struct proto_frame {
	uint64_t	txn;		/* smtp's transaction */
	uint32_t	kind;
	uint32_t	body_len;
	uint64_t	set;		/* POSTMASTER: the mail */
	uint32_t	set_index;	/* pieces 1 .. n; head: 0, and last */
	uint32_t	set_total;	/* in the head: slots incl. head */
	uint8_t		body[MIX_BODY_LEN];
};

#define PROTO_PIECE_LEN		24576		/* of a postmaster's mail */

/* Which role an exit mail is for; in proto_result.via, spool "hop". */
enum proto_via {
	PROTO_VIA_RELAY,
	PROTO_VIA_DELIVER
};

/*
 * crypto -> queue: what became of a frame; emitted for every frame.  For
 * DELIVER, HOLD and POSTMASTER the body is sealed under the storage key of the
 * day: recipient (MAIL_ADDRESS_MAX octets, zero-filled) and payload.  HOLD and
 * DESTROY_SET: set is mix_parts_number(), set_index and set_total say which
 * part of how many; recipient and via are known of part 1 only.
 */
struct proto_result {
	uint64_t	txn;
	uint32_t	kind;		/* enum proto_frame_kind */
	uint32_t	verdict;	/* enum mix_verdict */
	uint32_t	failed;		/* not looked at: 451, nothing kept */
	uint32_t	via;		/* DELIVER, HOLD: enum proto_via */
	uint32_t	key_expires;
	uint8_t		keyid[PGP_KEYID_LEN];
	uint8_t		digest[MIX_DIGEST_LEN];
	uint8_t		part_key[MIX_PARTS_KEY_LEN];	/* of a part */
	uint32_t	storage_day;
	uint64_t	set;
	uint32_t	set_index;
	uint32_t	set_total;
	char		next[MIX_ADDRESS_MAX];
	uint32_t	body_len;
	uint8_t		body[MIX_BODY_LEN];
};

/*
 * queue -> smtp: the commit of a transaction's last frame: durable, or failed.
 */
struct proto_committed {
	uint64_t	txn;
	uint32_t	ok;		/* 1: 250, 0: 451 */
	uint32_t	reserved;
};

/* queue -> pool: slots to hold, or (fired) to try again at due. */
struct proto_add_item {
	uint32_t	id;
	uint16_t	fired;
	uint16_t	dummy;		/* goes out with batch (0: pooled) */
	uint64_t	due;		/* seconds; fired only */
	uint64_t	batch;		/* of struct proto_make */
};
struct proto_add {
	uint32_t	n;
	uint32_t	reserved;
	/* struct proto_add_item items[n] */
};

/* pool -> queue: these go out now, in this order. */
struct proto_fire {
	uint32_t	n;
	uint32_t	reserved;
	/* uint32_t ids[n] */
};
#define PROTO_ITEMS_MAX		512

/*
 * queue -> relay, deliver: a slot to be sent.  At most PROTO_RELAY_CREDITS are
 * unanswered by relay, PROTO_DELIVER_CREDITS by deliver.  The pieces of a set
 * come in order, with nothing of another set between, the head (which carries
 * nothing) doesn't come.  Sets are the mails to postmaster and those in parts,
 * of which the first piece alone names the recipient.
 */
#define PROTO_RELAY_CREDITS	64
#define PROTO_DELIVER_CREDITS	16
struct proto_body {
	uint32_t	id;
	uint32_t	class;		/* enum spool_class */
	uint32_t	storage_day;
	uint32_t	set_index;	/* pieces come in order; the last: */
	uint32_t	set_total;	/* ... set_total - 1; single: 0 and 1 */
	uint32_t	body_len;
	uint64_t	set;		/* as in the frames; single: 0 */
	uint32_t	undeliverable;	/* exit mail: a copy to postmaster */
	uint32_t	reserved;
	uint8_t		token[16];	/* the mail's for good; FORWARD: 0 */
	char		next[MIX_ADDRESS_MAX];	/* FORWARD */
	uint8_t		body[MIX_BODY_LEN];
};

/*
 * relay, deliver -> queue: what became of it.  Every proto_body is answered by
 * exactly one outcome with its id, which gives its credit back.  Of a set,
 * PROTO_DELIVERED for a piece before the last means only that it was taken:
 * nothing of the set may be freed until the last piece, set_total - 1, is
 * answered, and that answer is the whole set's.  When a piece is answered
 * otherwise, so will be those after it that are on their way (PROTO_DEFERRED),
 * and the set begins again with piece 1 (DEFERRED) or is given up (FAILED).
 */
enum proto_outcome_kind {
	PROTO_DELIVERED,
	PROTO_DEFERRED,		/* later */
	PROTO_FAILED,		/* never */
	PROTO_POSTPONED		/* soon again: it wasn't even tried */
};
struct proto_outcome {
	uint32_t	id;
	uint32_t	outcome;
};

/*
 * deliver -> parent: a connection to the LMTP server of a domain, as the
 * configuration names it; the parent connects to nothing else.  Answered by
 * SOCKET, with a descriptor whose connect(2) may be in progress, or FAILED.
 */
struct proto_lmtp_open {
	uint64_t	id;
	uint32_t	port;			/* 0: to is a path */
	uint32_t	reserved;
	char		to[PROTO_PATH_MAX];
};
struct proto_lmtp_socket {
	uint64_t	id;
};
struct proto_lmtp_failed {
	uint64_t	id;
	uint32_t	error;			/* errno */
	uint32_t	reserved;
};

/* pool -> seal: make dummies for a batch (or for the pool, batch 0). */
struct proto_make {
	uint64_t	batch;
	uint32_t	count;
	uint32_t	reserved;
};
/* seal -> pool: so many are on their way to queue. */
struct proto_made {
	uint64_t	batch;
	uint32_t	count;
	uint32_t	reserved;
};
/* seal -> queue: a dummy to hold, like any other message. */
struct proto_dummy {
	uint64_t	batch;
	char		next[MIX_ADDRESS_MAX];
	uint8_t		body[MIX_BODY_LEN];
};

#endif
