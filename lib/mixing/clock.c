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
#include <string.h>

#include "compat/compat.h"
#include "mixing/clock.h"

#define MAGIC		"MIXCLK1\n"
#define MAGIC_LEN	8

/* Differences of clocks that hostile or broken systems give stay in range. */
static int64_t
minus(int64_t a, int64_t b)
{
	const int64_t most = INT64_MAX / 4;

	if (a > most)
		a = most;
	if (a < -most)
		a = -most;
	if (b > most)
		b = most;
	if (b < -most)
		b = -most;

	return (a - b);
}

int
clock_agrees(int64_t base, int64_t wall, int64_t boot)
{
	int64_t off = minus(minus(wall, boot), base);

	return (off <= CLOCK_LEEWAY && off >= -CLOCK_LEEWAY);
}

void
clock_watch_accept(struct clock_watch *w, const struct clock_reading *now)
{
	w->doubt = CLOCK_GOOD;
	w->anchored = 1;
	w->base = minus(now->wall, now->boot);
	w->mark = now->wall;
	w->off = 0;
}

/* A system without an id of the boot: a smaller boot time is another boot. */
static int
same_boot(const struct clock_mark *mark, const struct clock_reading *now)
{
	return (memcmp(mark->boot_id, now->boot_id, CLOCK_BOOT_ID_LEN) == 0 &&
	    minus(mark->boot, now->boot) <= CLOCK_LEEWAY);
}

void
clock_watch_start(struct clock_watch *w, const struct clock_mark *mark,
    const struct clock_reading *now)
{
	memset(w, 0, sizeof(*w));
	if (mark == NULL) {
		clock_watch_accept(w, now);
		return;
	}
	w->mark = mark->wall;
	if (same_boot(mark, now)) {
		w->anchored = 1;
		w->base = minus(mark->wall, mark->boot);
	}
	(void)clock_watch_look(w, now);
}

/* While the machine was off nothing but the mark tells what time it is. */
static enum clock_doubt
doubt_unanchored(struct clock_watch *w, const struct clock_reading *now)
{
	int64_t longest = CLOCK_LONGEST;

	w->off = minus(now->wall, w->mark);
	if (w->off < -CLOCK_LEEWAY)
		return (CLOCK_BEHIND);
	if (now->sync == CLOCK_SYNC_NO)
		longest = CLOCK_ABSENCE;

	return (w->off > longest ? CLOCK_ABSENT : CLOCK_GOOD);
}

static enum clock_doubt
doubt_anchored(struct clock_watch *w, const struct clock_reading *now)
{
	w->off = minus(minus(now->wall, now->boot), w->base);
	if (!clock_agrees(w->base, now->wall, now->boot))
		return (CLOCK_STEPPED);
	w->off = minus(now->wall, w->mark);

	return (w->off < -CLOCK_LEEWAY ? CLOCK_BEHIND : CLOCK_GOOD);
}

enum clock_doubt
clock_watch_look(struct clock_watch *w, const struct clock_reading *now)
{
	w->doubt = w->anchored ? doubt_anchored(w, now) :
	    doubt_unanchored(w, now);
	if (w->doubt != CLOCK_GOOD && now->sync == CLOCK_SYNC_YES) {
		clock_watch_accept(w, now);
		return (CLOCK_GOOD);
	}
	if (w->doubt != CLOCK_GOOD)
		return (w->doubt);
	/* Never anchored anew: small steps must not add up unseen. */
	if (!w->anchored)
		w->base = minus(now->wall, now->boot);
	w->anchored = 1;
	if (w->mark < now->wall)
		w->mark = now->wall;

	return (CLOCK_GOOD);
}

int
clock_watch_mark(const struct clock_watch *w, const struct clock_reading *now,
    struct clock_mark *mark)
{
	if (w->doubt != CLOCK_GOOD)
		return (-1);
	mark->wall = w->mark;
	mark->boot = minus(w->mark, w->base);
	memcpy(mark->boot_id, now->boot_id, CLOCK_BOOT_ID_LEN);

	return (0);
}

/* "12m", "3h 5m", "2d 7h", "2y 10d". */
static void
duration(int64_t seconds, char text[32])
{
	const int64_t m = 60, h = 60 * m, d = 24 * h, y = 365 * d;

	if (seconds < 0)
		seconds = -seconds;
	seconds += m / 2;
	if (seconds >= y)
		(void)snprintf(text, 32, "%" PRId64 "y %" PRId64 "d",
		    seconds / y, seconds % y / d);
	else if (seconds >= d)
		(void)snprintf(text, 32, "%" PRId64 "d %" PRId64 "h",
		    seconds / d, seconds % d / h);
	else if (seconds >= h)
		(void)snprintf(text, 32, "%" PRId64 "h %" PRId64 "m",
		    seconds / h, seconds % h / m);
	else
		(void)snprintf(text, 32, "%" PRId64 "m", seconds / m);
}

void
clock_watch_text(const struct clock_watch *w, char *text, size_t len)
{
	static const char until[] =
	    "waits until it is synchronised, or for mixctl clock accept";
	char off[32];

	duration(w->off, off);
	switch (w->doubt) {
	case CLOCK_STEPPED:
		(void)snprintf(text, len, "the clock was set %s %s: %s", off,
		    w->off > 0 ? "ahead" : "back", until);
		break;
	case CLOCK_BEHIND:
		(void)snprintf(text, len, "the clock is %s behind the time "
		    "it had before: %s", off, until);
		break;
	case CLOCK_ABSENT:
		(void)snprintf(text, len, "by its clock the machine was off "
		    "for %s, and the clock is not synchronised: %s", off,
		    until);
		break;
	default:
		text[0] = '\0';
	}
}

static void
put64(uint8_t *p, int64_t v)
{
	uint64_t u = (uint64_t)v;
	int i;

	for (i = 7; i >= 0; i--, u >>= 8)
		p[i] = (uint8_t)u;
}

static int64_t
get64(const uint8_t *p)
{
	uint64_t u = 0;
	int i;

	for (i = 0; i < 8; i++)
		u = u << 8 | p[i];

	return ((int64_t)u);
}

void
clock_mark_write(const struct clock_mark *mark, uint8_t out[CLOCK_MARK_LEN])
{
	memcpy(out, MAGIC, MAGIC_LEN);
	put64(out + 8, mark->wall);
	put64(out + 16, mark->boot);
	memcpy(out + 24, mark->boot_id, CLOCK_BOOT_ID_LEN);
}

int
clock_mark_read(const uint8_t *buf, size_t len, struct clock_mark *mark)
{
	if (len != CLOCK_MARK_LEN || memcmp(buf, MAGIC, MAGIC_LEN) != 0)
		return (-1);
	mark->wall = get64(buf + 8);
	mark->boot = get64(buf + 16);
	memcpy(mark->boot_id, buf + 24, CLOCK_BOOT_ID_LEN);

	return (0);
}
