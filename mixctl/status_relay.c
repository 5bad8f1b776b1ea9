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

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>

#include "status.h"

/* How mails go out. */

static const char *const why_names[PROTO_NWHY] = {
	"no_route", "no_room", "dns", "no_host", "loop", "unreached", "tls",
	"auth", "peer", "broken", "ours"
};

static const char *const why_words[PROTO_NWHY] = {
	"without a route", "put off for others", "no answer of the DNS",
	"without a host", "would come back to us", "not reached",
	"not as safe as it has to be", "password not taken",
	"refused for now by the peer", "connection broken", "ours"
};

const char *
status_why_name(size_t i)
{
	return (why_names[i]);
}

static void
print_why(const struct proto_status_relay *r)
{
	const char *separator = "           deferred: ";
	size_t i;

	for (i = 0; i < PROTO_NWHY; i++) {
		if (r->why[i] == 0)
			continue;
		printf("%s%" PRIu64 " %s", separator, r->why[i],
		    why_words[i]);
		separator = ", ";
	}
	if (separator[0] == ',')
		printf("\n");
}

/* What is less than it should be: never without a word. */
static void
print_doubts(const struct proto_status_relay *r)
{
	if (r->downgraded > 0)
		printf("           DOWNGRADED: TLS failed %" PRIu64
		    " times, and mail was sent in the clear\n",
		    r->downgraded);
	if (r->unverified > 0)
		printf("           %" PRIu64 " servers turned away for their "
		    "certificates (%" PRIu64 " by DANE)\n", r->unverified,
		    r->dane_failed);
	if (r->testing_failed > 0 || r->sts_missing > 0)
		printf("           MTA-STS: %" PRIu64 " against a policy in "
		    "testing, %" PRIu64 " policies not to be had\n",
		    r->testing_failed, r->sts_missing);
	if (r->auth_failed > 0)
		printf("           %" PRIu64 " times user and password were "
		    "not taken\n", r->auth_failed);
}

void
status_print_relay(const struct proto_status_relay *r)
{
	printf("relay      %" PRIu64 " connections, %" PRIu64 " reused; TLS %"
	    PRIu64 ", clear %" PRIu64 "; no route %" PRIu64 "\n",
	    r->connections, r->reused, r->tls, r->clear, r->no_route);
	printf("           %" PRIu64 " delivered by routes, %" PRIu64
	    " by MX; verified %" PRIu64 " (MTA-STS %" PRIu64 "), DANE %"
	    PRIu64 "\n", r->by_route, r->by_mx, r->verified, r->by_sts,
	    r->by_dane);
	if (r->waiting > 0)
		printf("           %" PRIu64 " mails wait for %" PRIu64
		    " destinations\n", r->waiting, r->destinations);
	print_why(r);
	print_doubts(r);
	if (r->state[0] != '\0')
		printf("           LOOK: %s\n", r->state);
	if (r->last_error[0] != '\0')
		printf("           last error: %s\n", r->last_error);
}
