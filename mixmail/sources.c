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

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "certs.h"
#include "say.h"
#include "sources.h"

struct adding {
	struct roster	*roster;
	time_t		 now;
	size_t		*counts;
};

static void
take_trust(void *arg, const uint8_t *buf, size_t len)
{
	struct adding *a = arg;

	roster_trust_add(a->roster, buf, len, a->now, a->counts);
}

void
sources_say(const char *what, const size_t counts[ROSTER_NERRORS])
{
	int i;

	for (i = ROSTER_OK + 1; i < ROSTER_NERRORS; i++)
		if (counts[i] != 0)
			say("%s: %zu: %s", what, counts[i],
			    roster_strerror((enum roster_error)i));
}

/* A neutral key that doesn't count any more is for its user to know. */
void
sources_trust(struct roster *roster, const struct mixmail_conf *conf,
    time_t now)
{
	size_t counts[ROSTER_NERRORS] = { 0 };
	struct adding a = { roster, now, counts };
	const char *bad;

	if (conf->trust[0] == '\0')
		return;
	if (certs_read(conf->trust, take_trust, &a, &bad) == -1)
		say_fatal(EX_CONFIG, "the neutral keys can't be read: %s: %s",
		    bad, strerror(errno));
	sources_say("warning: neutral keys that don't count", counts);
}

static void
take_certs(void *arg, const uint8_t *buf, size_t len)
{
	struct adding *a = arg;

	roster_add(a->roster, buf, len, a->now, a->counts);
}

void
sources_read(struct roster *roster, const struct places *places, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	struct adding a = { roster, now, counts };
	const char *bad;

	if ((places->directory[0] != '\0' && certs_read(places->directory,
	    take_certs, &a, &bad) == -1) || (places->cached &&
	    certs_read(places->cache, take_certs, &a, &bad) == -1))
		say_fatal(EX_CONFIG, "the roster can't be read: %s: %s%s", bad,
		    strerror(errno), errno != ENOENT ? "" :
		    "; put certificates of mixes there, or name keyservers in "
		    "~/.mixmail.conf and run mixmail -u");
}
