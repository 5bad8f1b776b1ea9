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
 * Commits a second through the spool, in groups, beside pwrite(2) and
 * fdatasync(2) of the same octets on the same file system, in alternating
 * rounds; and how long a restart takes with so many messages held.
 *
 *	commit_bench [-r] [-d directory] [held ...]
 *
 * Prints a table, or with -r the rows for bench.sh.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/rng_system.h"
#include "spool/disk.h"
#include "spool/spool.h"

#define ROUNDS		15
#define ROUND_MESSAGES	256
#define BODY_LEN	30720
#define MESSAGE_LEN	(SPOOL_HEADER_LEN + SPOOL_BODY_LEN)
#define RAW_MESSAGES	1024
#define PAGE		4096

static struct disk	 disk;
static uint8_t		 message[MESSAGE_LEN];
static int		 rows;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((double)t.tv_sec + (double)t.tv_nsec / 1e9);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x < *y ? -1 : *x > *y);
}

static double
median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return (values[n / 2]);
}

static void
count_slot(void *arg, uint32_t id, const struct spool_slot *slot)
{
	(void)id;
	(void)slot;
	++*(uint32_t *)arg;
}

static struct spool *
open_spool(const struct disk *d, uint32_t max, uint32_t *found)
{
	struct spool_recovery counts;
	struct spool *s;
	char errbuf[128];

	*found = 0;
	s = spool_open(d, &rng_system, max, count_slot, found, &counts, errbuf,
	    sizeof(errbuf));
	if (s == NULL)
		errx(1, "%s", errbuf);
	return (s);
}

static uint32_t
put(struct spool *s)
{
	struct spool_slot slot;
	const char *reason;
	uint32_t id;

	memset(&slot, 0, sizeof(slot));
	slot.class = SPOOL_FORWARD;
	slot.state = SPOOL_POOLED;
	slot.body_len = BODY_LEN;
	memcpy(slot.hop, "mix@mix2.example", 17);
	arc4random_buf(slot.digest, sizeof(slot.digest));
	if (spool_room(s, &reason) == 0)
		errx(1, "no room: %s", reason);
	if (spool_put(s, &slot, message, &id) == -1)
		err(1, "put");
	return (id);
}

static void
commit(struct spool *s)
{
	if (spool_sync(s) == -1)
		err(1, "sync");
}

/* Messages a second; what was put is freed again, which isn't counted. */
static double
spool_round(struct spool *s, unsigned int group)
{
	uint32_t ids[ROUND_MESSAGES], i;
	double start = now(), end;

	for (i = 0; i < ROUND_MESSAGES; i++) {
		ids[i] = put(s);
		if ((i + 1) % group == 0)
			commit(s);
	}
	end = now();
	for (i = 0; i < ROUND_MESSAGES; i++)
		if (spool_free(s, ids[i]) == -1)
			err(1, "free");
	/* The second makes the wipes durable. */
	commit(s);
	(void)put(s);
	commit(s);
	return (ROUND_MESSAGES / (end - start));
}

static double
raw_round(int fd, unsigned int group)
{
	static uint32_t next;
	double start = now();
	uint32_t i;

	for (i = 0; i < ROUND_MESSAGES; i++) {
		message[0]++;
		if (pwrite(fd, message, sizeof(message),
		    (off_t)(next++ % RAW_MESSAGES) * MESSAGE_LEN) !=
		    (ssize_t)sizeof(message))
			err(1, "pwrite");
		if ((i + 1) % group == 0 && fdatasync(fd) == -1)
			err(1, "fdatasync");
	}
	return (ROUND_MESSAGES / (now() - start));
}

static void
row(const char *what, const char *unit, double ours, double raw,
    const char *better, const char *goal, const char *note)
{
	if (rows)
		printf("spool\t%s\t%s\t%.6f\t%.6f\t%s\t%s\t%s\n", what, unit,
		    ours, raw, better, goal, note);
	else if (raw > 0)
		printf("%-34s %-12s %10.1f %10.1f %6.2f  %s\n", what, unit,
		    ours, raw, ours / raw, note);
	else
		printf("%-34s %-12s %10.3f %10s %6s  %s\n", what, unit, ours,
		    "-", "-", note);
	fflush(stdout);
}

static void
commits(void)
{
	static const unsigned int groups[] = { 1, 16, 64 };
	double ours[ROUNDS], raw[ROUNDS];
	struct spool *s;
	uint32_t found;
	char what[64];
	size_t g, i;
	int fd;

	s = open_spool(&disk, 4 * SPOOL_EXTENT_SLOTS, &found);
	if ((fd = disk.open(disk.ctx, "raw", 1)) == -1 ||
	    disk.allocate(disk.ctx, fd, 0, (off_t)RAW_MESSAGES *
	    MESSAGE_LEN) == -1 || fdatasync(fd) == -1)
		err(1, "raw");
	(void)spool_round(s, ROUND_MESSAGES);
	for (g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (i = 0; i < ROUNDS; i++) {
			ours[i] = spool_round(s, groups[g]);
			raw[i] = raw_round(fd, groups[g]);
		}
		snprintf(what, sizeof(what), "commits in groups of %u",
		    groups[g]);
		row(what, "messages/s", median(ours, ROUNDS),
		    median(raw, ROUNDS), "high", "-",
		    "beside pwrite and fdatasync");
	}
	disk.close(disk.ctx, fd);
	if (disk.unlink(disk.ctx, "raw") == -1)
		err(1, "raw");
	spool_close(s);
	if (disk.unlink(disk.ctx, "spool") == -1)
		err(1, "spool");
}

/*
 * For the restart a disk that saves room: a restart reads headers, so a hole
 * will do for the rest of the bodies.
 */
static int
allocate_hole(void *ctx, int fd, off_t off, off_t len)
{
	(void)ctx;
	return (ftruncate(fd, off + len));
}

static ssize_t
write_page(void *ctx, int fd, const void *buf, size_t len, off_t off)
{
	size_t n = len == SPOOL_BODY_LEN && off % PAGE == 0 &&
	    memcmp(buf, message, 64) == 0 ? PAGE : len;

	if (disk.pwrite(ctx, fd, buf, n, off) == -1)
		return (-1);
	return ((ssize_t)len);
}

static void
restart(uint32_t held)
{
	struct disk saving = disk;
	struct spool *s;
	uint32_t found, i;
	double times[5];
	char what[64];
	size_t n;

	saving.allocate = allocate_hole;
	saving.pwrite = write_page;
	s = open_spool(&saving, held + SPOOL_EXTENT_SLOTS, &found);
	for (i = 1; i <= held; i++) {
		(void)put(s);
		if (i % 4096 == 0)
			commit(s);
	}
	spool_close(s);
	for (n = 0; n < sizeof(times) / sizeof(times[0]); n++) {
		times[n] = now();
		s = open_spool(&saving, held + SPOOL_EXTENT_SLOTS, &found);
		times[n] = now() - times[n];
		if (found != held)
			errx(1, "held %u, found %u", held, found);
		spool_close(s);
	}
	snprintf(what, sizeof(what), "restart, %u held", held);
	row(what, "us a message", median(times, n) / held * 1e6, 0, "low",
	    "2", "headers read from the disk");
	if (disk.unlink(disk.ctx, "spool") == -1)
		err(1, "spool");
}

int
main(int argc, char *argv[])
{
	char *dir = NULL, made[] = "commit_bench.XXXXXX";
	const char *error;
	uint32_t held;
	int ch, dirfd, i;

	while ((ch = getopt(argc, argv, "d:r")) != -1) {
		switch (ch) {
		case 'd':
			dir = optarg;
			break;
		case 'r':
			rows = 1;
			break;
		default:
			fprintf(stderr, "usage: commit_bench [-r] "
			    "[-d directory] [held ...]\n");
			return (2);
		}
	}
	argc -= optind;
	argv += optind;
	if (dir == NULL && (dir = mkdtemp(made)) == NULL)
		err(1, "mkdtemp");
	if ((dirfd = open(dir, O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", dir);
	disk_posix(&disk, dirfd);
	arc4random_buf(message, sizeof(message));

	if (!rows)
		printf("%-34s %-12s %10s %10s %6s\n", "", "", "spool", "raw",
		    "ratio");
	commits();
	if (argc == 0) {
		restart(10000);
		restart(100000);
	}
	for (i = 0; i < argc; i++) {
		held = (uint32_t)strtonum(argv[i], 1, 10000000, &error);
		if (error != NULL)
			errx(2, "%s: %s", argv[i], error);
		restart(held);
	}
	if (dir == made && rmdir(made) == -1)
		err(1, "%s", made);
	return (0);
}
