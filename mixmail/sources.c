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

#include "bag.h"
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

static void
read_certs(const char *path, struct roster *roster, time_t now, size_t *counts)
{
	struct adding a = { roster, now, counts };
	const char *bad;

	if (certs_read(path, take_certs, &a, &bad) == -1)
		say_fatal(EX_CONFIG, "the roster can't be read: %s: %s%s", bad,
		    strerror(errno), errno != ENOENT ? "" :
		    "; put certificates of mixes there, or name keyservers in "
		    "~/.mixmail.conf and run mixmail -u");
}

/* Whose the address of a mix is: 0: nobody's; 1: its own; -1: another's. */
static int
whose(const struct roster *roster, const struct roster_mix *mix)
{
	const struct roster_mix *other = roster_find(roster, mix->address);

	if (other == NULL)
		return 0;
	return memcmp(other->fpr, mix->fpr, PGP_FPR_LEN) == 0 ? 1 : -1;
}

/*
 * Anybody can have a claim for an address in the cache, by a keyserver: none
 * counts against a mix that its user has a file of.
 */
static void
add_found(struct roster *roster, struct roster *found, time_t now,
    size_t *counts)
{
	struct roster_mix revoked;
	size_t i;

	memset(&revoked, 0, sizeof(revoked));
	for (i = 0; i < found->nbars; i++) {
		memcpy(revoked.fpr, found->bars[i].fpr, PGP_FPR_LEN);
		if (roster_bar_primary(roster, &revoked) != ROSTER_OK)
			counts[ROSTER_NO_MEMORY]++;
	}
	for (i = 0; i < found->nrivals; i++)
		if (whose(roster, &found->rivals[i]) == 1)
			(void)roster_insert(roster, &found->rivals[i], now);
	for (i = 0; i < found->nmixes; i++) {
		if (whose(roster, &found->mixes[i]) == -1)
			counts[ROSTER_DUPLICATE]++;
		else if (roster_insert(roster, &found->mixes[i], now) ==
		    ROSTER_NO_MEMORY)
			counts[ROSTER_NO_MEMORY]++;
	}
}

void
sources_read(struct roster *roster, const struct places *places, time_t now,
    size_t counts[ROSTER_NERRORS])
{
	struct roster found;

	if (places->directory[0] != '\0')
		read_certs(places->directory, roster, now, counts);
	if (!places->cached)
		return;
	if (bag_roster_init(&found, roster) == -1)
		say_fatal(EX_OSERR, "out of memory");
	read_certs(places->cache, &found, now, counts);
	add_found(roster, &found, now, counts);
	roster_clear(&found);
}
