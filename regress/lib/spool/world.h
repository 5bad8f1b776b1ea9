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

#ifndef WORLD_H
#define WORLD_H

#include <sys/types.h>

#include <setjmp.h>
#include <stdint.h>

#include "mixing/replayset.h"
#include "mixing/rng.h"
#include "spool/replaylog.h"
#include "spool/spool.h"

#include "lib/spool/simdisk.h"
#include "lib/testutil.h"

/*
 * The queue role in small, on a simulated disk.  A world knows what was
 * acknowledged and what was freed, so it can tell what recovery owes.  Whatever
 * is not as it ought to be ends the process with a message and status 1.
 */
#define MAX_MAILS	2048

enum fate {
	NOWHERE,	/* never put, or withdrawn */
	WRITTEN,	/* put, no sync yet */
	ACKED,
	FREEING,	/* freed, no sync yet */
	FREED,
	UNSURE		/* delivered, not freed as it should be: there or not */
};

struct mail {
	enum fate	fate;
	int		acked;		/* ever */
	int		logged;
	int		found;		/* by the last recovery */
	uint8_t		digest[SPOOL_DIGEST_LEN];
	uint32_t	id;
	uint64_t	batch;
	uint64_t	set;
	uint32_t	set_index;
	uint32_t	set_total;	/* with set 0: parts of one mail */
	int		recorded;	/* part 1: the mail is done with */
};

struct world {
	struct test_rng		 state;
	struct rng		 rng;
	struct simdisk		*sim;
	struct disk		 disk;
	struct spool		*spool;
	struct replaylog	*log;
	struct replayset	*seen;
	struct replayset	*in_log;
	struct mail		 mails[MAX_MAILS];
	uint32_t		 nmails;
	int			 log_published;
	int			 armed;
	int			 child;
	int			 quick;
	unsigned int		 variant;
	unsigned int		 lives;
	unsigned long		 ops;
	unsigned long		 accident;	/* at this operation */
	unsigned long		 failing;	/* the operation made to fail */
	unsigned long		 points;	/* accidents that happened */
	void			(*work)(struct world *);
	jmp_buf			 out;
};

void	world_broken(const struct world *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3), __noreturn__));

/* A number below bound. */
uint32_t world_draw(struct world *, uint32_t bound);

/* The end of a life, in a child: comes out where w->out was set. */
void	world_die(struct world *) __attribute__((__noreturn__));

/* A process starts: opens all and compares it with what it ought to be. */
void	world_start(struct world *);
void	world_stop(struct world *);

/* Batches, sets, deliveries, updates; so many rounds of them. */
void	world_work(struct world *, uint32_t rounds);
void	world_take_batch(struct world *, uint32_t n);
uint32_t world_room(struct world *);
uint32_t world_new_mail(struct world *, uint64_t set, uint32_t index,
	    uint32_t total);

/* A mail of that number as it is, or a scratch slot of its size.  0 or -1. */
int	world_put(struct world *, uint32_t n, uint8_t class);
void	world_commit(struct world *);

/* It is delivered, if it is acknowledged: freed, durable with a commit. */
void	world_deliver(struct world *, uint32_t n);

#endif
