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

#include <stddef.h>

#include "compat/compat.h"
#include "log.h"
#include "relay_trust.h"
#include "smtp/dane.h"

#define NOTICE_SECONDS	3600

static const char *const notices[RELAY_NNOTICES] = {
	"TLS with a server failed, mail goes to it in the clear",
	"the MTA-STS policy of a domain, in testing, would forbid its server",
	"the MTA-STS policy of a domain is announced, but can't be had",
	"a server's certificate doesn't fit its TLSA records; not used",
	"a server's certificate isn't good; not used",
	"a server doesn't take our user and password"
};

static struct relay_trust_env {
	time_t	told[RELAY_NNOTICES];
} env;

void
relay_notice(enum relay_notice kind, time_t now)
{
	time_t *told = &env.told[kind];

	if (*told != 0 && now >= *told && now - *told < NOTICE_SECONDS)
		return;
	*told = now;
	log_warnx("%s (see mixctl status)", notices[kind]);
}

static void
names_of(const struct relay_hop *hop, struct dane_names *names)
{
	names->n = 0;
	while (names->n < hop->nnames) {
		names->name[names->n] = hop->names[names->n];
		names->n++;
	}
}

/* Whether a policy in testing would have let it pass. */
static int
passes_test(const struct relay_hop *hop, const uint8_t *pem, size_t len,
    X509_STORE *cas, time_t now)
{
	struct dane_names names = { 1, { hop->sni } };

	return (hop->testing == RELAY_TEST_NAME && cas != NULL &&
	    dane_verify_store(pem, len, cas, &names, now) == DANE_OK);
}

static int
check_ca(const struct relay_hop *hop, const uint8_t *pem, size_t len,
    X509_STORE *cas, time_t now, struct proto_status_relay *status,
    const char **why)
{
	struct dane_names names;

	names_of(hop, &names);
	if (cas == NULL)
		*why = "there are no CA certificates";
	else if (dane_verify_store(pem, len, cas, &names, now) != DANE_OK)
		*why = "the server's certificate isn't good";
	else {
		status->verified++;
		status->by_sts += hop->by_sts != 0;
		return (0);
	}
	status->unverified++;
	relay_notice(RELAY_NOTICE_CA, now);

	return (-1);
}

static int
check_dane(const struct relay_hop *hop, const uint8_t *pem, size_t len,
    time_t now, struct proto_status_relay *status, const char **why)
{
	struct dane_names names;

	names_of(hop, &names);
	if (dane_verify(pem, len, hop->records, hop->nrecords, &names,
	    now) == DANE_OK) {
		status->by_dane++;
		return (0);
	}
	*why = "the server's certificate doesn't fit its TLSA records";
	status->unverified++;
	status->dane_failed++;
	relay_notice(RELAY_NOTICE_DANE, now);

	return (-1);
}

int
relay_trust_check(struct tls *tls, const struct relay_hop *hop,
    X509_STORE *cas, time_t now, struct proto_status_relay *status,
    const char **why)
{
	const uint8_t *pem;
	size_t len = 0;

	if ((pem = tls_peer_cert_chain_pem(tls, &len)) == NULL)
		len = 0;
	if (hop->testing != RELAY_UNTESTED &&
	    !passes_test(hop, pem, len, cas, now)) {
		status->testing_failed++;
		relay_notice(RELAY_NOTICE_TESTING, now);
	}
	switch (hop->trust) {
	case RELAY_CA:
		return (check_ca(hop, pem, len, cas, now, status, why));
	case RELAY_DANE:
		return (check_dane(hop, pem, len, now, status, why));
	default:
		return (0);
	}
}
