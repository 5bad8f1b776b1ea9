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

#ifndef SMTPD_MIX_RELAY_TRUST_H
#define SMTPD_MIX_RELAY_TRUST_H

#include <sys/types.h>

#include <openssl/x509_vfy.h>

#include <time.h>
#include <tls.h>

#include "ipc/proto.h"
#include "relay_plan.h"

/*
 * After a TLS handshake, before anything else is said: whether the other end is
 * who it has to be.  Counts in status what was found.  0; -1 with why.
 */
int	relay_trust_check(struct tls *, const struct relay_hop *,
	    X509_STORE *cas, time_t now, struct proto_status_relay *,
	    const char **why);

/*
 * Something less safe was done, or found, than might have been: one line in the
 * log for each kind, without names, at most once an hour.
 */
enum relay_notice {
	RELAY_NOTICE_DOWNGRADE,		/* TLS failed: sent in the clear */
	RELAY_NOTICE_TESTING,		/* a policy that is only tested */
	RELAY_NOTICE_STS,		/* a policy that can't be had */
	RELAY_NOTICE_DANE,		/* TLSA records that don't fit */
	RELAY_NOTICE_CA,		/* certificates that aren't good */
	RELAY_NOTICE_AUTH,
	RELAY_NNOTICES
};
void	relay_notice(enum relay_notice, time_t now);

#endif
