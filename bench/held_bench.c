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
 * What it costs to send messages out of a spool that holds many more.
 *
 *	held_bench fill directory n hop
 *	held_bench fire n port pid
 *
 * The first puts n messages for a next hop into the spool of a mix that isn't
 * running.  The second takes mail at a port until n have come, and prints the
 * milliseconds of CPU that all processes of the mix used for one of them.
 */

#include <sys/types.h>

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "mixtasy/message.h"
#include "spool/disk.h"
#include "spool/spool.h"

#include "hop_sink.h"
#include "proctree.h"

#define GROUP		4096
#define PAGE		4096	/* the rest of a body is zero: a hole */
#define WAIT_US		10000
#define WAIT_SECONDS	180
#define SETTLE_US	500000

static struct disk	 disk;
static uint8_t		 body[MIX_BODY_LEN];

/* A hole instead of blocks: a million bodies need no disk. */
static int
allocate_hole(void *ctx, int fd, off_t off, off_t len)
{
	(void)ctx;
	return (ftruncate(fd, off + len));
}

static ssize_t
write_page(void *ctx, int fd, const void *buf, size_t len, off_t off)
{
	size_t n = len == SPOOL_BODY_LEN ? PAGE : len;

	if (disk.pwrite(ctx, fd, buf, n, off) == -1)
		return (-1);
	return ((ssize_t)len);
}

static void
skip_slot(void *arg, uint32_t id, const struct spool_slot *slot)
{
	(void)arg;
	(void)id;
	(void)slot;
}

static void
put(struct spool *s, const char *hop)
{
	struct spool_slot slot;
	const char *reason;
	uint32_t id;

	memset(&slot, 0, sizeof(slot));
	slot.class = SPOOL_FORWARD;
	slot.state = SPOOL_POOLED;
	slot.body_len = sizeof(body);
	strlcpy(slot.hop, hop, sizeof(slot.hop));
	arc4random_buf(slot.digest, sizeof(slot.digest));
	memset(slot.keyid, 1, sizeof(slot.keyid));
	arc4random_buf(body, 64);
	if (spool_room(s, &reason) == 0)
		errx(1, "no room: %s", reason);
	if (spool_put(s, &slot, body, &id) == -1)
		err(1, "put");
}

static void
fill(const char *dir, uint32_t n, const char *hop)
{
	struct spool_recovery found;
	struct disk saving;
	struct spool *s;
	char errbuf[256];
	uint32_t i;
	int fd;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", dir);
	disk_posix(&disk, fd);
	saving = disk;
	saving.allocate = allocate_hole;
	saving.pwrite = write_page;
	s = spool_open(&saving, &rng_system, n + 2 * SPOOL_EXTENT_SLOTS,
	    skip_slot, NULL, &found, errbuf, sizeof(errbuf));
	if (s == NULL)
		errx(1, "%s", errbuf);
	for (i = 1; i <= n; i++) {
		put(s, hop);
		if (i % GROUP == 0 && spool_sync(s) == -1)
			err(1, "sync");
	}
	if (spool_sync(s) == -1)
		err(1, "sync");
	spool_close(s);
}

static void
fire(uint32_t n, const char *port, pid_t pid)
{
	double cpu = proctree_cpu(pid);
	unsigned int waits = 0;

	hop_sink_start(port);
	while (hop_sink_count() < n) {
		if (++waits > WAIT_SECONDS * (1000000 / WAIT_US))
			errx(1, "%lu of %u messages came", hop_sink_count(),
			    n);
		usleep(WAIT_US);
	}
	/* The last slots are freed after the last reply. */
	usleep(SETTLE_US);
	printf("%.4f\n", (proctree_cpu(pid) - cpu) * 1000 / n);
}

int
main(int argc, char *argv[])
{
	uint32_t n;

	if (argc == 5 && strcmp(argv[1], "fill") == 0) {
		n = (uint32_t)strtonum(argv[3], 1, 10000000, NULL);
		fill(argv[2], n, argv[4]);
	} else if (argc == 5 && strcmp(argv[1], "fire") == 0) {
		n = (uint32_t)strtonum(argv[2], 1, 10000000, NULL);
		fire(n, argv[3], (pid_t)atol(argv[4]));
	} else {
		fprintf(stderr, "usage: held_bench fill directory n hop\n"
		    "       held_bench fire n port pid\n");
		return (2);
	}
	return (0);
}
