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
 * A spool file of any octets: it opens, or is told to be none, and what opens
 * goes on working.
 *
 * The first octet says how the rest is taken: bit 0 clear: as the start of the
 * file, as it is; set: as a superblock and slots, whose checksums are made
 * right, so that what is behind them is reached.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spool/le.h"
#include "spool/slot.h"
#include "spool/spool_priv.h"

#include "lib/spool/simdisk.h"
#include "lib/testutil.h"

#define HEADERS_LEN	(SPOOL_EXTENT_SLOTS * SPOOL_HEADER_LEN)
#define SLOT_INPUT	24
#define SUPER_INPUT	4

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct checksum	*sums;
static struct simdisk	*sim;
static struct disk	 disk;
static struct rng	 rng;
static uint8_t		 start[SUPER_LEN + HEADERS_LEN];
static uint8_t		 body[SPOOL_BODY_LEN];
static uint32_t		 ids[SPOOL_EXTENT_SLOTS];
static uint32_t		 nids;

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
note(void *arg, uint32_t id, const struct spool_slot *slot)
{
	(void)arg;
	check(nids < SPOOL_EXTENT_SLOTS && id < SPOOL_EXTENT_SLOTS);
	check(slot->class > SPOOL_SCRATCH && slot_valid(slot));
	ids[nids++] = id;
}

static struct spool *
open_spool(void)
{
	struct spool_recovery counts;
	struct spool *s;
	char errbuf[100] = "";

	nids = 0;
	s = spool_open(&disk, &rng, SPOOL_EXTENT_SLOTS, note, NULL, &counts,
	    errbuf, sizeof(errbuf));
	check(s == NULL ? errbuf[0] != '\0' : counts.live == nids);
	return (s);
}

/* A spool of one extent; its first octets, for the inputs to change. */
static void
make_start(void)
{
	const char *reason;
	struct spool *s;

	check((s = open_spool()) != NULL);
	check(spool_room(s, &reason) == SPOOL_EXTENT_SLOTS);
	spool_close(s);
	simdisk_peek(sim, "spool", 0, start, sizeof(start));
}

static void
put_header(int handle, const uint8_t *p)
{
	static const uint8_t hop[] = "mix@mix.example";
	uint8_t header[SPOOL_HEADER_LEN], sum[CHECKSUM_LEN];
	struct spool_slot slot;
	uint32_t id;

	memset(&slot, 0, sizeof(slot));
	id = (uint32_t)le_get(p, 2) % SPOOL_EXTENT_SLOTS;
	slot.class = p[2];
	slot.state = p[3];
	/* Large, impossible, or around the checkpoint. */
	slot.batch = p[4] == 0xff ? le_get(p + 4, 7) :
	    p[4] == 0xfe ? UINT64_MAX : p[4];
	slot.set = p[12];
	slot.set_index = p[13];
	slot.set_total = p[14];
	slot.body_len = (uint32_t)le_get(p + 15, 3);
	slot.tries = p[18];
	memcpy(slot.hop, hop, sizeof(hop));
	if (p[19] == 0xff)
		memset(slot.hop, 0xff, sizeof(slot.hop));
	memset(body, p[20], sizeof(body));
	check(checksum(sums, body, slot.body_len < sizeof(body) ?
	    slot.body_len : sizeof(body), sum) == 0);
	sum[0] ^= p[21];
	check(slot_encode(sums, id, &slot, sum, header) == 0);
	disk.pwrite(disk.ctx, handle, header, sizeof(header),
	    spool_header_offset(id));
	disk.pwrite(disk.ctx, handle, body, 4096, spool_body_offset(id));
}

static void
write_sealed(int handle, const uint8_t *p, size_t len)
{
	struct super sb;

	if (len >= SUPER_INPUT) {
		memset(&sb, 0, sizeof(sb));
		sb.generation = 10 + p[0];
		sb.checkpoint = p[1] == 0xff ? UINT64_MAX : p[1];
		sb.extents = p[2] == 0xff ? UINT32_MAX : p[2] % 3;
		check(super_write(&disk, handle, sums, &sb) == 0);
		p += SUPER_INPUT;
		len -= SUPER_INPUT;
	}
	for (; len >= SLOT_INPUT; p += SLOT_INPUT, len -= SLOT_INPUT)
		put_header(handle, p);
}

static void
make_file(const uint8_t *data, size_t len)
{
	off_t size = spool_extents_end(1);
	int handle;

	simdisk_set(sim, "spool", start, sizeof(start));
	check((handle = disk.open(disk.ctx, "spool", 0)) != -1);
	if (data[0] & 1)
		write_sealed(handle, data + 1, len - 1);
	else
		disk.pwrite(disk.ctx, handle, data + 1, len - 1, 0);
	/* The whole extent, or a file that is cut off. */
	if (data[0] & 2)
		size = (off_t)(len - 1);
	check(disk.truncate(disk.ctx, handle, size) == 0);
	check(disk.sync(disk.ctx, handle) == 0);
}

/* Reads and frees all that is there, and puts one. */
static void
use(struct spool *s)
{
	struct spool_slot slot;
	const char *reason;
	uint32_t i, id;

	for (i = 0; i < nids; i++) {
		if (spool_get(s, ids[i], &slot, body) == 0)
			check(slot.body_len <= SPOOL_BODY_LEN);
		check(spool_free(s, ids[i]) == 0);
	}
	check(spool_sync(s) == 0);
	memset(&slot, 0, sizeof(slot));
	slot.class = SPOOL_FORWARD;
	slot.body_len = 100;
	if (spool_room(s, &reason) == 0)
		return;
	check(spool_put(s, &slot, body, &id) == 0);
	check(spool_sync(s) == 0);
	ids[0] = id;
	nids = 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct test_rng state;
	struct spool *s;
	uint32_t put;

	if (len == 0 || len > sizeof(start))
		return (0);
	if (sums == NULL)
		check((sums = checksum_new()) != NULL);
	rng = test_rng(&state, 1);
	sim = simdisk_new(&rng);
	simdisk_table(sim, &disk);
	if (start[0] == 0)
		make_start();
	make_file(data, len);
	if ((s = open_spool()) != NULL) {
		use(s);
		put = ids[0];
		spool_close(s);
		check((s = open_spool()) != NULL);
		check(nids == 0 || (nids == 1 && ids[0] == put));
		spool_close(s);
	}
	simdisk_free(sim);
	return (0);
}
