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

#ifndef IPC_PROTO_H
#define IPC_PROTO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "mail/address.h"
#include "mixtasy/layer.h"
#include "mixtasy/message.h"
#include "mixtasy/parts.h"
#include "openpgp/key.h"

/*
 * Every message between roles, and from and to mixctl, is declared here: one
 * struct a type, fixed-width fields, and one row in the rule table of proto.c
 * for each pair of roles that may exchange it.  Strings are NUL-terminated in
 * arrays; a receiver checks that with proto_string().
 */
#define PROTO_VERSION		1
#define PROTO_MAX_SIZE		65535	/* of a message, imsg header included */

enum role {
	ROLE_PARENT,
	ROLE_SMTP,
	ROLE_CRYPTO,
	ROLE_SEAL,
	ROLE_KEYS,
	ROLE_POOL,
	ROLE_QUEUE,
	ROLE_RELAY,
	ROLE_DELIVER,
	ROLE_CONTROL,
	ROLE_COUNT,
	ROLE_MIXCTL = ROLE_COUNT	/* a client of the control socket */
};

#define PROTO_WORKERS_MAX	16	/* instances of crypto */
#define PROTO_PATH_MAX		512
#define PROTO_HOST_MAX		256
#define PROTO_TEXT_MAX		256
#define PROTO_SANDBOX_MAX	64

enum proto_type {
	/* parent and every role: start, configuration, stop */
	PROTO_BOOT = 1,
	PROTO_HELLO,
	PROTO_PEER,
	PROTO_CONF_BEGIN,
	PROTO_CONF_GLOBAL,
	PROTO_CONF_LISTEN,
	PROTO_CONF_ROUTE,
	PROTO_CONF_DOMAIN,
	PROTO_CONF_BLOB,
	PROTO_CONF_TLS,
	PROTO_CONF_END,
	PROTO_CONF_ACCEPT,
	PROTO_CONF_REJECT,
	PROTO_CONF_SWITCH,
	PROTO_CONF_DROP,
	PROTO_STOP,
	PROTO_STOPPED,

	/* the way of a message */
	PROTO_CREDIT = 100,
	PROTO_FRAME,
	PROTO_RESULT,
	PROTO_COMMITTED,
	PROTO_ADD,
	PROTO_FIRE,
	PROTO_BODY,
	PROTO_OUTCOME,
	PROTO_MAKE,
	PROTO_MADE,
	PROTO_DUMMY,

	/* keys */
	PROTO_LOG_CREATE = 200,
	PROTO_LOG_READY,
	PROTO_LOG_REMOVE,
	PROTO_SUBKEY,
	PROTO_SUBKEY_DROP,
	PROTO_KEYS_READY,
	PROTO_STORAGE_KEY,
	PROTO_STORAGE_DROP,
	PROTO_STORAGE_USED,
	PROTO_TLS_CHAIN,
	PROTO_SIGN,
	PROTO_SIGNED,
	PROTO_CLOCK,

	/* control, mixctl */
	PROTO_CTL_STATUS = 300,
	PROTO_CTL_ROTATE,
	PROTO_CTL_RELOAD,
	PROTO_CTL_STOP,
	PROTO_CTL_CERT,
	PROTO_CTL_CERT_DATA,
	PROTO_CTL_CLOCK,
	PROTO_CTL_PREPARE,
	PROTO_CTL_IMPORT,
	PROTO_CTL_DONE,
	PROTO_STATUS_ROLE,
	PROTO_STATUS_SMTP,
	PROTO_STATUS_CRYPTO,
	PROTO_STATUS_SEAL,
	PROTO_STATUS_KEYS,
	PROTO_STATUS_POOL,
	PROTO_STATUS_QUEUE,
	PROTO_STATUS_RELAY,
	PROTO_STATUS_DELIVER
};

/* parent -> role, the first message, before the sandbox. */
struct proto_boot {
	uint32_t	version;
	uint32_t	role;
	uint32_t	instance;
	uint32_t	privileged;	/* started as root: chroot, own uid */
	uint32_t	uid;
	uint32_t	gid;
	uint32_t	verbose;
	uint32_t	test_sandbox;	/* try what is forbidden, and tell */
	char		chroot_dir[PROTO_PATH_MAX];
	/* deliver: the directories of Maildirs; others: nrw is 0 */
	uint32_t	nrw;
	char		rw[16][PROTO_PATH_MAX];
};

/* role -> parent: sandboxed and ready for its peers. */
struct proto_hello {
	uint32_t	version;
	uint32_t	role;
	uint32_t	instance;
	uint32_t	pid;
	char		sandbox[PROTO_SANDBOX_MAX];
};

/* parent -> role, with a descriptor: the channel to another role. */
struct proto_peer {
	uint32_t	role;
	uint32_t	instance;
};

/*
 * parent -> role: the configuration in rows, between BEGIN and END.  A role answers
 * ACCEPT or REJECT; when all have accepted, the parent says SWITCH, else DROP.
 */
struct proto_conf_begin {
	uint64_t	generation;
};

struct proto_range {
	uint32_t	low;
	uint32_t	high;
};

enum conf_tls {
	CONF_TLS_OPPORTUNISTIC,
	CONF_TLS_OFF,
	CONF_TLS_REQUIRE,		/* encrypted, whoever it is */
	CONF_TLS_VERIFY			/* and the certificate is checked */
};

enum conf_alg {
	CONF_ALG_CURVE25519,
	CONF_ALG_RSA2048,
	CONF_ALG_RSA3072,
	CONF_ALG_RSA4096
};

enum conf_via {
	CONF_VIA_NONE,			/* not configured */
	CONF_VIA_MAILDIR,
	CONF_VIA_HOST
};

/* Scalars of the configuration; every role gets them. */
struct proto_conf_global {
	char		hostname[PROTO_HOST_MAX];
	char		address[MIX_ADDRESS_MAX];	/* mixtasy@hostname */
	uint32_t	modes;			/* MIX_MODE_* */
	uint32_t	verbose;
	uint32_t	workers;		/* crypto processes */
	/* pool */
	uint32_t	pool_interval;		/* seconds */
	uint32_t	pool_minimum;
	uint32_t	pool_threshold;
	uint32_t	pool_rate;		/* in millionths */
	struct proto_range dummies_flush;	/* with every firing */
	struct proto_range dummies_timer;	/* before every mixing run */
	uint32_t	dummies_none;		/* test keyword */
	uint32_t	test_sandbox;		/* test keyword */
	uint32_t	test_clock;		/* test keyword: with it ... */
	uint32_t	clock_sync;		/* ... enum clock_sync, */
	uint32_t	clock_boot;		/* another boot */
	int64_t		clock_offset;		/* seconds, to the wall clock */
	/* keys */
	uint32_t	subkey_alg;		/* enum conf_alg */
	uint32_t	subkey_lifetime;	/* seconds */
	uint32_t	hop_delay;		/* seconds */
	/* queue */
	uint32_t	spool_slots;
	uint32_t	retry_first;		/* seconds */
	uint32_t	retry_max;
	uint32_t	expire;			/* relay gives up after */
	/* smtp */
	uint32_t	max_connections;
	uint32_t	max_connections_address;
	uint32_t	max_commands;
	uint32_t	max_errors;
	uint32_t	max_transactions;
	uint32_t	max_mail_size;		/* for postmaster */
	/* mails in parts; see parts_limits.h */
	uint32_t	parts_size;		/* octets of one mail */
	uint32_t	parts_sets;		/* incomplete mails */
	uint32_t	parts_octets;		/* of all of them, on disk */
	uint32_t	parts_keep;		/* seconds */
	uint32_t	timeout;		/* seconds, each state */
	/* postmaster */
	uint32_t	postmaster_via;		/* enum conf_via */
	uint32_t	postmaster_port;
	char		postmaster_to[PROTO_PATH_MAX];	/* directory or host */
	char		postmaster_rcpt[MAIL_ADDRESS_MAX];	/* VIA_HOST */
};

/* parent -> smtp, with the listening descriptor. */
struct proto_conf_listen {
	char		address[64];		/* numeric */
	uint32_t	port;
	uint32_t	tls;			/* STARTTLS is offered */
};

/* parent -> relay: where mail for a domain goes; "*" is all others. */
struct proto_conf_route {
	char		domain[PROTO_HOST_MAX];
	char		host[64];		/* numeric address */
	uint32_t	port;
	uint32_t	tls;			/* enum conf_tls */
};

/* parent -> crypto, relay, deliver: one of our own domains. */
struct proto_conf_domain {
	char		domain[PROTO_HOST_MAX];
	uint32_t	via;			/* enum conf_via */
	uint32_t	port;			/* VIA_HOST */
	char		to[PROTO_PATH_MAX];	/* numeric host, or Maildir; %u is
						   the local part */
};

/* parent -> seal (certificates), relay (CA bundle): a file in pieces. */
enum proto_blob_kind {
	PROTO_BLOB_ROSTER,
	PROTO_BLOB_CA
};
#define PROTO_BLOB_PIECE	16384
struct proto_conf_blob {
	uint32_t	n;		/* octets of data that follow */
	uint32_t	kind;
	uint32_t	last;		/* this piece ends a file */
	uint32_t	reserved;
	/* uint8_t data[n] */
};

/* parent -> keys, with a descriptor: the operator's TLS files. */
struct proto_conf_tls {
	uint32_t	is_key;		/* else the certificate chain */
};

/*
 * role -> parent: to the configuration of that generation; an answer that comes
 * after its reload was given up is not mistaken for one to the next.
 */
struct proto_conf_accept {
	uint64_t	generation;
};
struct proto_conf_reject {
	uint64_t	generation;
	char		text[PROTO_TEXT_MAX];
};

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
	uint32_t	set_index;	/* pieces 1 .. n, the head is 0 and last */
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
	uint32_t	failed;		/* not looked at: 451, nothing is kept */
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

/* queue -> smtp: the commit of a transaction's last frame is durable, or failed. */
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
	uint32_t	set_index;	/* pieces come in order, the last is ... */
	uint32_t	set_total;	/* ... set_total - 1; single: 0 and 1 */
	uint32_t	body_len;
	uint64_t	set;		/* as in the frames; single: 0 */
	uint8_t		token[16];	/* names this mail for good; FORWARD: 0 */
	char		next[MIX_ADDRESS_MAX];	/* FORWARD */
	uint8_t		body[MIX_BODY_LEN];
};

/*
 * relay, deliver -> queue: what became of it.  Every proto_body is answered by
 * exactly one outcome with its id, which gives its credit back.  Of a set,
 * PROTO_DELIVERED for a piece before the last means only that it was taken:
 * nothing of the set may be freed until the last piece (set_index set_total - 1)
 * is answered, and that answer is the whole set's.  When a piece is answered
 * otherwise, so will be those after it that are on their way (PROTO_DEFERRED),
 * and the set begins again with piece 1 (DEFERRED) or is given up (FAILED).
 */
enum proto_outcome_kind {
	PROTO_DELIVERED,
	PROTO_DEFERRED,		/* later */
	PROTO_FAILED		/* never */
};
struct proto_outcome {
	uint32_t	id;
	uint32_t	outcome;
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

/* keys -> queue: make (and make durable) the replay log of a new subkey. */
struct proto_log_create {
	uint8_t		keyid[PGP_KEYID_LEN];
	uint64_t	expires;
	uint32_t	existing;	/* must be there already (restart) */
	uint32_t	reserved;
};
/* queue -> keys: it is there; or not ok: the subkey must not be used. */
struct proto_log_ready {
	uint8_t		keyid[PGP_KEYID_LEN];
	uint32_t	ok;
	uint32_t	reserved;
};
struct proto_log_remove {
	uint8_t		keyid[PGP_KEYID_LEN];
};

/* keys -> crypto: a live subkey; keys -> crypto: forget it. */
struct proto_subkey {
	struct mix_subkey key;
};
struct proto_subkey_drop {
	uint8_t		keyid[PGP_KEYID_LEN];
};

/*
 * keys -> crypto: PROTO_KEYS_READY, without a body: all live subkeys and the storage
 * key have been sent.  Before, crypto answers every frame as failed: a good mail
 * must not be destroyed because its subkey wasn't there yet.
 */

/* keys -> crypto, relay, deliver: the storage key of a day. */
struct proto_storage_key {
	uint32_t	day;
	uint32_t	current;	/* crypto seals with this one */
	uint8_t		key[32];
};
struct proto_storage_drop {
	uint32_t	day;
};
/*
 * queue -> keys: no slot of a day before this one is left, or on its way to
 * queue.
 */
struct proto_storage_used {
	uint32_t	oldest_day;
	uint32_t	reserved;
};

/* keys -> smtp: the certificate chain, PEM; the key stays in keys. */
struct proto_tls_chain {
	uint32_t	n;
	uint32_t	reserved;
	/* uint8_t pem[n] */
};
#define PROTO_CHAIN_MAX		32768

/* smtp -> keys, keys -> smtp: one private key operation of a handshake. */
enum proto_sign_op {
	PROTO_SIGN_ECDSA,
	PROTO_SIGN_RSA			/* raw private operation, padding given */
};
struct proto_sign {
	uint64_t	id;
	uint32_t	op;
	uint32_t	padding;
	uint32_t	len;
	uint8_t		data[512];
};
struct proto_signed {
	uint64_t	id;
	uint32_t	ok;
	uint32_t	len;
	uint8_t		data[512];
};

/*
 * keys -> crypto, queue: whether the wall clock is believed, and by what its
 * receiver sees a step at once: wall minus boot-time clock.
 */
struct proto_clock {
	int64_t		base;
	uint32_t	hold;		/* it isn't */
	uint32_t	reserved;
};

/* mixctl -> control, control -> the role concerned: a request, and its end. */
struct proto_ctl {
	uint64_t	id;		/* control's number for the client */
};
/* mixctl -> keys: so many more subkeys for the time to come. */
struct proto_ctl_prepare {
	uint64_t	id;
	uint32_t	count;
	uint32_t	reserved;
};
/* mixctl -> keys: the certificate that was signed elsewhere, in pieces. */
struct proto_ctl_import {
	uint32_t	n;
	uint32_t	last;
	uint64_t	id;
	/* uint8_t binary[n] */
};
struct proto_ctl_done {
	uint64_t	id;
	uint32_t	ok;
	uint32_t	reserved;
	char		text[PROTO_TEXT_MAX];
};
struct proto_ctl_cert_data {
	uint32_t	n;
	uint32_t	reserved;
	uint64_t	id;
	/* uint8_t armored[n] */
};

/* Answers to PROTO_CTL_STATUS; id is the request's. */
struct proto_status_role {	/* parent -> control -> mixctl, one a role */
	uint64_t	id;
	uint32_t	role;
	uint32_t	instance;
	uint32_t	pid;
	uint32_t	answering;	/* set by control */
	uint64_t	started;	/* wall clock, seconds */
	char		sandbox[PROTO_SANDBOX_MAX];
};
struct proto_status_smtp {
	uint64_t	id;
	uint64_t	connections;	/* now */
	uint64_t	sessions;	/* since start, as all below */
	uint64_t	accepted;	/* answered 250 */
	uint64_t	rejected;	/* 5xx to a whole mail */
	uint64_t	tempfailed;	/* 4xx to a whole mail */
	uint64_t	refused;	/* connections, by limits */
	uint64_t	tls;		/* handshakes that came to an end */
	uint64_t	tls_failed;
	uint64_t	bad_message[8];	/* by enum mix_outer_error */
	uint64_t	credit;		/* frames that may be sent now */
};
struct proto_status_crypto {
	uint64_t	id;
	uint32_t	instance;
	uint32_t	subkeys;
	uint64_t	frames;
	uint64_t	forwarded;
	uint64_t	exits;
	uint64_t	parts;
	uint64_t	dummies;
	uint64_t	destroyed[MIX_NREASONS];
	uint32_t	locked;		/* secrets are in locked memory */
	uint32_t	reserved;
};
struct proto_status_seal {
	uint64_t	id;
	uint64_t	mixes;		/* usable */
	uint64_t	unusable;	/* certificates that were left out */
	uint64_t	dummies;	/* made */
	uint64_t	failed;		/* wanted, but no path */
};
#define PROTO_STATUS_KEYS_MAX	16
#define PROTO_STATUS_PREPARED_MAX	64
struct proto_status_keys {
	uint64_t	id;
	uint64_t	now;
	uint8_t		fpr[PGP_FPR_LEN];
	uint32_t	nkeys;
	uint64_t	next_rotation;
	struct {
		uint8_t		keyid[PGP_KEYID_LEN];
		uint64_t	created;
		uint64_t	expires;
		uint32_t	alg;
		uint32_t	live;
	} keys[PROTO_STATUS_KEYS_MAX];
	char		hold[PROTO_TEXT_MAX];	/* what it waits for, or "" */
	uint32_t	offline;	/* the long-term key is elsewhere */
	uint32_t	nprepared;
	struct {
		uint8_t		keyid[PGP_KEYID_LEN];
		uint64_t	created;	/* when it begins */
		uint64_t	expires;
		uint32_t	alg;
		uint32_t	is_signed;
	} prepared[PROTO_STATUS_PREPARED_MAX];
};
struct proto_status_pool {
	uint64_t	id;
	uint64_t	held;
	uint64_t	waiting;	/* fired, to be tried again */
	uint64_t	rounds;
	uint64_t	fired;
	uint64_t	last_batch;
	uint64_t	next_run;	/* wall clock, seconds */
	uint64_t	interval;
	uint64_t	minimum;
	uint64_t	threshold;
	uint64_t	rate;		/* millionths */
	uint64_t	entropy;	/* thousandths of a bit */
	uint64_t	mean_delay;	/* seconds */
	uint64_t	delay_95;	/* seconds that 95 % are not above */
	uint64_t	hop_delay;	/* what they should be under */
	uint64_t	mean_entropy;	/* of the last rounds, thousandths */
	uint64_t	least_entropy;
	uint64_t	arrivals;	/* a run, thousandths */
	uint64_t	dummies_timer;	/* a run, on average, thousandths */
	uint64_t	dummies_low;
	uint64_t	dummies_high;
};
struct proto_status_queue {
	uint64_t	id;
	uint64_t	slots;
	uint64_t	max_slots;
	uint64_t	live;
	uint64_t	damaged;
	uint64_t	committed;	/* messages */
	uint64_t	commits;	/* syncs */
	uint64_t	replays;
	uint64_t	failed;		/* commits that failed: 451 */
	uint64_t	delivered;
	uint64_t	deferred;
	uint64_t	given_up;
	uint64_t	refused;	/* by the next hop, for good */
	uint64_t	digests;	/* in the replay records */
	uint64_t	sets;		/* mails that miss parts, now */
	uint64_t	parts;		/* that they have */
	uint64_t	parts_destroyed;	/* double, late, too many */
	uint64_t	sets_given_up;	/* never complete */
	char		full[PROTO_TEXT_MAX];	/* why nothing is taken, or "" */
};
struct proto_status_relay {
	uint64_t	id;
	uint64_t	connections;
	uint64_t	delivered;
	uint64_t	deferred;
	uint64_t	refused;
	uint64_t	no_route;
	uint64_t	tls;
	uint64_t	clear;
	uint64_t	reused;
	char		last_error[PROTO_TEXT_MAX];	/* without addresses */
};
struct proto_status_deliver {
	uint64_t	id;
	uint64_t	delivered;
	uint64_t	deferred;
	uint64_t	refused;
	char		last_error[PROTO_TEXT_MAX];
};

/*
 * One row of the rule table.  A message is good if its length is size, or,
 * where item is not 0, size + n * item with n the first uint32_t of the
 * struct and at most max.
 */
struct proto_rule {
	uint32_t	type;
	enum role	from;
	enum role	to;
	size_t		size;
	size_t		item;
	size_t		max;
	int		with_fd;	/* a descriptor comes with it */
};
extern const struct proto_rule	proto_rules[];
extern const size_t		proto_nrules;

/* The rule for a message of type and length between two roles, or NULL. */
const struct proto_rule *
	proto_check(uint32_t type, enum role from, enum role to,
	    const void *data, size_t len);

/* Whether any rule lets the two roles talk, in either direction. */
int	proto_paired(enum role, enum role);

/* Whether the array holds a NUL: 1 or 0. */
int	proto_string(const char *array, size_t size);

const char *role_name(enum role);
/* The role of a name, or -1. */
int	role_by_name(const char *);

#endif
