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
#ifdef __linux__
#include <sys/timex.h>
#endif

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "compat/clock.h"

#define BOOT_ID_FILE	"/proc/sys/kernel/random/boot_id"

#ifndef CLOCK_BOOTTIME
#define CLOCK_BOOTTIME	CLOCK_MONOTONIC
#endif

static struct {
	uint8_t		boot_id[CLOCK_BOOT_ID_LEN];
	int		test;
	int64_t		offset;
	enum clock_sync	sync;
	uint32_t	boot;
} env;

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');

	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* Systems without such a file leave the id at zeros. */
void
clock_init(void)
{
	char text[64];
	size_t i, n = 0;
	ssize_t len;
	int fd, digit;

	memset(env.boot_id, 0, sizeof(env.boot_id));
	if ((fd = open(BOOT_ID_FILE, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	len = read(fd, text, sizeof(text));
	close(fd);
	for (i = 0; len > 0 && i < (size_t)len; i++) {
		if ((digit = hex_digit(text[i])) == -1 ||
		    n == 2 * sizeof(env.boot_id))
			continue;
		env.boot_id[n / 2] |= (uint8_t)(digit << (n % 2 ? 0 : 4));
		n++;
	}
}

time_t
clock_wall(void)
{
	return (time(NULL) + (time_t)env.offset);
}

int64_t
clock_boot(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_BOOTTIME, &ts) == -1 &&
	    clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		return (0);

	return (ts.tv_sec);
}

time_t
clock_monotonic(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		return (0);

	return (ts.tv_sec);
}

static enum clock_sync
synchronised(void)
{
#ifdef __linux__
	struct timex tx;
	int state;

	memset(&tx, 0, sizeof(tx));
	if ((state = adjtimex(&tx)) == -1)
		return (CLOCK_SYNC_UNKNOWN);

	return (state == TIME_ERROR || (tx.status & STA_UNSYNC) != 0 ?
	    CLOCK_SYNC_NO : CLOCK_SYNC_YES);
#else
	return (CLOCK_SYNC_UNKNOWN);
#endif
}

void
clock_read(struct clock_reading *r)
{
	size_t i;

	r->wall = clock_wall();
	r->boot = clock_boot();
	r->sync = env.test ? env.sync : synchronised();
	memcpy(r->boot_id, env.boot_id, sizeof(r->boot_id));
	for (i = 0; i < sizeof(env.boot); i++)
		r->boot_id[i] ^= (uint8_t)(env.boot >> 8 * i);
}

void
clock_test(int64_t offset, enum clock_sync sync, uint32_t boot)
{
	env.test = 1;
	env.offset = offset;
	env.sync = sync;
	env.boot = boot;
}
