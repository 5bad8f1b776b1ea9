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


#ifndef IPC_PROTO_STATUS_H
#define IPC_PROTO_STATUS_H

#include <sys/types.h>

#include <stdint.h>

#include "ipc/proto_size.h"
#include "mixtasy/layer.h"
#include "openpgp/key.h"

/* The figures of each role, for mixctl; part of proto.h. */

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
#define PROTO_REPORT_DOMAINS	8
struct proto_report_domain {
	char		domain[PROTO_HOST_MAX];	/* "": not used */
	uint64_t	failed;
	uint64_t	delayed;
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
	/* what mail servers report back on what the mix sent, see dsn.h */
	uint64_t	reports_failed;
	uint64_t	reports_delayed;
	uint64_t	reports_other;
	uint64_t	reports_free_form;
	struct proto_report_domain report_domains[PROTO_REPORT_DOMAINS];
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
	uint32_t	storage_keys;	/* days, the present one too */
	uint32_t	storage_lost;	/* of mail that is held */
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
	uint64_t	sets_displaced;	/* incomplete, for want of room */
	char		full[PROTO_TEXT_MAX];	/* why it takes none, or "" */
};
/* Why a mail was not delivered now. */
enum proto_why {
	PROTO_WHY_ROUTE,	/* nothing to route it by */
	PROTO_WHY_ROOM,		/* its destination has enough waiting */
	PROTO_WHY_DNS,		/* no answer, or a bogus one */
	PROTO_WHY_NO_HOST,	/* the DNS names no server */
	PROTO_WHY_LOOP,		/* it names us */
	PROTO_WHY_UNREACHED,	/* no server can be, or lately could be */
	PROTO_WHY_TLS,		/* the server isn't as safe as it has to be */
	PROTO_WHY_AUTH,		/* it doesn't take our password */
	PROTO_WHY_PEER,		/* it said so */
	PROTO_WHY_BROKEN,	/* the connection ended before its time */
	PROTO_WHY_OURS,		/* a key that is gone, a stop */
	PROTO_NWHY
};
struct proto_status_relay {
	uint64_t	id;
	uint64_t	connections;	/* now, as the next two */
	uint64_t	destinations;	/* that have mails */
	uint64_t	waiting;	/* mails that were handed to it */
	uint64_t	delivered;
	uint64_t	deferred;
	uint64_t	refused;
	uint64_t	by_route;	/* delivered; the others by MX */
	uint64_t	by_mx;
	uint64_t	no_route;
	uint64_t	tls;		/* connections, up to dane_failed */
	uint64_t	clear;
	uint64_t	reused;
	uint64_t	verified;	/* by authorities, of them */
	uint64_t	by_sts;		/* ... because of MTA-STS */
	uint64_t	by_dane;
	uint64_t	downgraded;	/* TLS failed, so without */
	uint64_t	testing_failed;	/* MTA-STS would have forbidden them */
	uint64_t	unverified;	/* not whom it should be: not used */
	uint64_t	dane_failed;	/* of those, by TLSA records */
	uint64_t	sts_missing;	/* policies not to be had */
	uint64_t	auth_failed;
	uint64_t	why[PROTO_NWHY];	/* mails deferred */
	char		last_error[PROTO_TEXT_MAX];	/* without addresses */
	char		state[PROTO_TEXT_MAX];	/* what needs somebody, or "" */
};
struct proto_status_deliver {
	uint64_t	id;
	uint64_t	delivered;
	uint64_t	deferred;
	uint64_t	refused;
	char		last_error[PROTO_TEXT_MAX];
};
struct proto_status_resolver {
	uint64_t	id;
	uint64_t	asked;		/* questions of other roles */
	uint64_t	waiting;	/* of them, without an answer now */
	uint64_t	found;
	uint64_t	none;		/* no such domain, or takes no mail */
	uint64_t	later;		/* no answer or an error */
	uint64_t	bogus;		/* DNSSEC validation failed */
	uint64_t	refused;	/* addresses nobody may be sent to */
	uint32_t	validating;	/* there is a trust anchor */
	uint32_t	reserved;
	char		last_error[PROTO_TEXT_MAX];	/* without names */
};
struct proto_status_directory {
	uint64_t	id;
	uint64_t	keyservers;	/* configured */
	uint64_t	answering;	/* of them, at the last asking */
	uint64_t	mixes;		/* usable, of all sources */
	uint64_t	last_asked;	/* wall clock, seconds; 0: never */
	uint64_t	last_published;
	uint64_t	published;	/* keyservers that have our certificate
					   as it is now */
	uint64_t	found;		/* mixes known from keyservers */
	uint64_t	policies;	/* MTA-STS policies in the cache */
	char		warning[PROTO_TEXT_MAX];	/* or "" */
};

#endif
