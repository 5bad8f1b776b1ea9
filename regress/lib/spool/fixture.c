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

#include <err.h>
#include <stdint.h>
#include <string.h>

#include "lib/spool/fixture.h"

struct fixture	fx;

static void
note_slot(void *arg, uint32_t id, const struct spool_slot *slot)
{
	(void)arg;
	if (fx.nfound >= FIXTURE_FOUND)
		errx(1, "more than %d slots", FIXTURE_FOUND);
	fx.found[fx.nfound].id = id;
	fx.found[fx.nfound++].slot = *slot;
}

struct spool *
fixture_try_open(uint32_t max_slots)
{
	fx.nfound = 0;
	fx.errbuf[0] = '\0';
	return (spool_open(&fx.disk, &fx.rng, max_slots, note_slot, NULL,
	    &fx.counts, fx.errbuf, sizeof(fx.errbuf)));
}

struct spool *
fixture_open(void)
{
	struct spool *s = fixture_try_open(SPOOL_EXTENT_SLOTS);
	const char *reason;

	if (s == NULL)
		errx(1, "%s", fx.errbuf);
	if (spool_room(s, &reason) == 0)
		errx(1, "no room: %s", reason);
	return (s);
}

struct spool *
fixture_new(void)
{
	fx.rng = test_rng(&fx.state, 1);
	fx.sim = simdisk_new(&fx.rng);
	simdisk_table(fx.sim, &fx.disk);
	return (fixture_open());
}

void
fixture_end(struct spool *s)
{
	spool_close(s);
	simdisk_free(fx.sim);
}

struct spool_slot
fixture_slot(uint8_t class, uint32_t len, uint8_t octet)
{
	struct spool_slot slot;

	memset(&slot, 0, sizeof(slot));
	slot.class = class;
	slot.state = SPOOL_POOLED;
	slot.body_len = len;
	memset(fx.body, octet, sizeof(fx.body));
	return (slot);
}

uint32_t
fixture_put(struct spool *s, uint8_t octet)
{
	struct spool_slot slot = fixture_slot(SPOOL_FORWARD, FIXTURE_LEN,
	    octet);
	uint32_t id;

	if (spool_put(s, &slot, fx.body, &id) == -1)
		err(1, "put");
	return (id);
}

uint32_t
fixture_put_member(struct spool *s, uint64_t set, uint32_t index,
    uint32_t total)
{
	struct spool_slot slot = fixture_slot(SPOOL_EXIT, 100, (uint8_t)index);
	uint32_t id;

	slot.state = index == 0 ? SPOOL_HEAD : SPOOL_PENDING;
	slot.set = set;
	slot.set_index = index;
	slot.set_total = total;
	if (spool_put(s, &slot, fx.body, &id) == -1)
		err(1, "put");
	return (id);
}

void
fixture_sync(struct spool *s)
{
	if (spool_sync(s) == -1)
		err(1, "sync");
}

void
fixture_check(struct spool *s, uint32_t id, uint8_t octet)
{
	struct spool_slot slot;
	uint32_t i;

	memset(fx.body, ~octet, sizeof(fx.body));
	if (spool_get(s, id, &slot, fx.body) == -1)
		err(1, "get");
	if (slot.body_len != FIXTURE_LEN)
		errx(1, "a body of %u octets", slot.body_len);
	for (i = 0; i < slot.body_len; i++)
		if (fx.body[i] != octet)
			errx(1, "octet %u is %u, not %u", i, fx.body[i],
			    octet);
}

struct spool_stats
fixture_stats(const struct spool *s)
{
	struct spool_stats stats;

	spool_stats(s, &stats);
	return (stats);
}
