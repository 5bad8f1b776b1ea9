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

/*
 * A replay log of any octets: it opens or is told damaged, and what opens goes
 * on working.  The first octet says whether the records' checks are made right,
 * so that what is behind them is reached.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mixing/siphash.h"
#include "spool/le.h"
#include "spool/replaylog.h"

#include "lib/spool/simdisk.h"
#include "lib/testutil.h"

#define NAME	"replay-0102030405060708"
#define RECORD	32

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const uint8_t	keyid[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t	key[SIPHASH_KEY_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8,
			    'm', 'i', 'x', 'r', 'e', 'p', 'l', '1' };

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
count(void *arg, const uint8_t digest[SPOOL_DIGEST_LEN])
{
	(void)digest;
	++*(unsigned int *)arg;
}

static void
seal(uint8_t *octets, size_t len)
{
	for (; len >= RECORD; octets += RECORD, len -= RECORD)
		le_put(octets + 24, siphash(key, octets, 24), 8);
}

/* One more digest, and all are found again. */
static void
go_on(const struct disk *disk, struct replaylog *log, unsigned int before)
{
	static const uint8_t digest[SPOOL_DIGEST_LEN] = { 0xdd };
	unsigned int after = 0;
	uint64_t expires;

	check(replaylog_append(log, digest) == 0);
	replaylog_close(log);
	check(replaylog_open(disk, keyid, count, &after, &expires, &log) ==
	    REPLAYLOG_OK);
	check(after == before + 1);
	replaylog_close(log);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct test_rng state;
	struct rng rng = test_rng(&state, 1);
	struct replaylog *log;
	struct simdisk *sim;
	struct disk disk;
	unsigned int found = 0;
	uint64_t expires;
	uint8_t *octets;

	if (len == 0 || (octets = malloc(len)) == NULL)
		return (0);
	memcpy(octets, data + 1, len - 1);
	if (data[0] & 1)
		seal(octets, len - 1);
	sim = simdisk_new(&rng);
	simdisk_table(sim, &disk);
	simdisk_set(sim, NAME, octets, len - 1);
	free(octets);

	switch (replaylog_open(&disk, keyid, count, &found, &expires, &log)) {
	case REPLAYLOG_OK:
		check(simdisk_size(sim, NAME) % RECORD == 0);
		go_on(&disk, log, found);
		break;
	case REPLAYLOG_DAMAGED:
		check(log == NULL && found == 0);
		break;
	default:
		abort();
	}
	simdisk_free(sim);
	return (0);
}
