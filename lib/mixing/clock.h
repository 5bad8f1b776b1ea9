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


#ifndef MIXING_CLOCK_H
#define MIXING_CLOCK_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Whether the wall clock may be believed: what is destroyed by a wrong one does
 * not come back.  Times are seconds; the wall clock's since 1970, the boot-time
 * clock's since the machine started, sleep included.
 *
 * It isn't believed when it differs by more than CLOCK_LEEWAY from what the
 * boot-time clock says, since the moment it was last believed; when it is
 * behind the latest time that was believed; and, after the machine was off for
 * longer than CLOCK_ABSENCE, while the system says that it isn't synchronised.
 * A daemon that was off while its machine ran on was not absent: the boot-time
 * clock tells how long it was, so a machine that is never synchronised loses
 * nothing by a restart.  Where the system can't tell, an absence of at most
 * CLOCK_LONGEST is believed.
 */
#define CLOCK_LEEWAY	600
#define CLOCK_ABSENCE	3600
#define CLOCK_LONGEST	(30 * 86400)

#define CLOCK_BOOT_ID_LEN	16

enum clock_sync {
	CLOCK_SYNC_UNKNOWN,	/* the system can't tell */
	CLOCK_SYNC_NO,
	CLOCK_SYNC_YES
};

/* The clocks at one moment. */
struct clock_reading {
	int64_t		wall;
	int64_t		boot;
	enum clock_sync	sync;
	uint8_t		boot_id[CLOCK_BOOT_ID_LEN];	/* of this boot; or
							   zeros: unknown */
};

/* The latest time that was believed, for the next start. */
struct clock_mark {
	int64_t		wall;
	int64_t		boot;		/* that belongs to it */
	uint8_t		boot_id[CLOCK_BOOT_ID_LEN];
};

enum clock_doubt {
	CLOCK_GOOD,
	CLOCK_STEPPED,		/* off the boot-time clock */
	CLOCK_BEHIND,		/* behind the mark */
	CLOCK_ABSENT		/* not synchronised after an absence */
};

struct clock_watch {
	enum clock_doubt doubt;
	int		 anchored;	/* base is good */
	int64_t		 base;		/* wall minus boot, as believed */
	int64_t		 mark;		/* latest wall time believed */
	int64_t		 off;		/* seconds: what the doubt is about */
};

/* Begins; mark is that of the run before, or NULL if there was none. */
void	clock_watch_start(struct clock_watch *, const struct clock_mark *mark,
	    const struct clock_reading *now);

/*
 * Looks again.  A clock that is synchronised is believed, whatever it shows; so
 * is one that has come back to where it should be.
 */
enum clock_doubt
	clock_watch_look(struct clock_watch *, const struct clock_reading *);

/* The operator believes it. */
void	clock_watch_accept(struct clock_watch *, const struct clock_reading *);

/* What to keep; only while there is no doubt: 0, else -1. */
int	clock_watch_mark(const struct clock_watch *,
	    const struct clock_reading *, struct clock_mark *);

/* What is waited for, one line; "" without a doubt. */
void	clock_watch_text(const struct clock_watch *, char *text, size_t len);

/* Whether the two clocks agree with a base: 1 or 0. */
int	clock_agrees(int64_t base, int64_t wall, int64_t boot);

/* A mark in a file: CLOCK_MARK_LEN octets.  read: 0; -1: not a mark. */
#define CLOCK_MARK_LEN	(8 + 8 + 8 + CLOCK_BOOT_ID_LEN)
void	clock_mark_write(const struct clock_mark *,
	    uint8_t out[CLOCK_MARK_LEN]);
int	clock_mark_read(const uint8_t *buf, size_t len, struct clock_mark *);

#endif
